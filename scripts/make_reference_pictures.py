"""Make the pictures the window is held against anew: `python -m scripts.make_reference_pictures`.

Run it after a change of looks that is meant, and look at every picture that changed (`git diff --stat` names them).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.ui.pictures.painting import REFERENCE, paint_all


def make() -> list[str]:
    """Paint every scene; returns the names of the pictures whose bytes changed."""
    REFERENCE.mkdir(exist_ok=True)
    before = {file.name: file.read_bytes() for file in REFERENCE.glob("*.png")}
    with tempfile.TemporaryDirectory() as folder:
        paint_all(Path(folder))
        for name in before:
            (REFERENCE / name).unlink()
        for file in sorted(Path(folder).glob("*.png")):
            shutil.copyfile(file, REFERENCE / file.name)
    return [file.name for file in sorted(REFERENCE.glob("*.png")) if file.read_bytes() != before.get(file.name)]


if __name__ == "__main__":
    changed = make()
    print("\n".join(changed) or "Every picture is as it was.")
    sys.exit(0)
