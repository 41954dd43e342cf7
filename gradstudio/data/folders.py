"""Which pictures lie in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")


def image_paths(folder: Path) -> Sequence[Path]:
    """The pictures in the folders of a folder, in the order of their names."""
    inner = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    files = [file for one in inner for file in sorted(one.iterdir())]
    return [file for file in files if file.suffix.lower() in ENDINGS and not file.name.startswith(".")]
