"""Well-known sets of data: where a system keeps them once they are installed, and how they come to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

INSTALLED = (Path("/usr/share/datasets"),)
"""Folders that are looked into after that of a network."""
HOW_TO_GET: Mapping[str, str] = MappingProxyType(
    {"fashion-mnist": "Install it (on Debian: apt-get install dataset-fashion-mnist), or choose its folder."}
)
"""By the name of a file or folder, a sentence on where it comes from."""


def named(words: str) -> Path:
    """The file or folder of this name; where there is none, the set of data a system has installed under it."""
    path = Path(words)
    there = (folder / path for folder in INSTALLED if path.name == words)
    return path if path.exists() else next((found for found in there if found.exists()), path)
