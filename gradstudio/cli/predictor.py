"""`gradstudio export FILE.grad OUT.py --predictor`: a trained network as a script that answers rows of a file."""

from __future__ import annotations

from pathlib import Path

from gradstudio.cli import networks
from gradstudio.cli.output import say
from gradstudio.insight.predictor import export_predictor


def write_predictor(path: Path, out: Path) -> int:
    """Write a network as a predictor: the script, and its arrays beside it."""
    networks.refuse_bad_target(out, (".py",))
    document = networks.read(path)
    written = export_predictor(document, out, path.name)
    say(f"Written: {', '.join(str(file) for file in written)}.")
    return 0
