"""The SHA-256 of what was read: whether a file is still the one a network was made with."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from gradstudio.data.errors import refused
from gradstudio.data.folders import image_paths
from gradstudio.data.progress import told

PIECE = 2**22
"""Bytes that are looked at together."""


def digest(path: Path) -> str:
    """Of a file its bytes; of a folder, or of pictures beside their labels, the names and digests of its files.

    Raises:
        NotReadable: if it can't be read.
    """
    try:
        files = _files(path)
        if files == [path]:
            return f"sha256:{_of_file(path)}"
        root = path if path.is_dir() else path.parent
        lines = "".join(f"{file.relative_to(root).as_posix()}\n{_of_file(file)}\n" for file in files)
        return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"
    except OSError as error:
        raise refused(path, error) from error


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        pair = re.sub(r"(images|labels)(.?idx)\d", r"*\2?", path.name)
        return sorted(path.parent.glob(pair)) if "*" in pair else [path]
    pictures = sorted(image_paths(path))
    return pictures or sorted(one for one in path.iterdir() if one.is_file())


def _of_file(path: Path) -> str:
    size, done, found = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
            done += len(piece)
            told(done, size)
    return found.hexdigest()
