"""Make the pictures of the documentation anew, from real runs: `python scripts/make_screenshots.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from gradstudio.cli import main
from gradstudio.resources import resource

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


def make(folder: Path) -> int:
    """Draw the window with the welcome network, trained; returns the worst exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    welcome, circuit = resource("examples", "welcome.grad"), resource("examples", "sum-times-z.grad")
    commands = [
        ["window", welcome, folder / f"window-{theme}.png", "--train", "10000", "--select", "relu", "--theme", theme]
        for theme in ("dark", "light")
    ]
    commands.append(["picture", circuit, folder / "sum-times-z.png", "--theme", "light"])
    return max(main([str(word) for word in words]) for words in commands)


if __name__ == "__main__":
    sys.exit(make(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES))
