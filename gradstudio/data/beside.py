"""What the composition roots ask of this room; quick to import: readers are loaded when a network needs them."""

from __future__ import annotations

from pathlib import Path

from gradstudio.document.model import Document
from gradstudio.engine.supply import SUPPLY, Parts, Wanted


def answer() -> None:
    """Have the data nodes of this process answered from the shelf."""
    if SUPPLY.provider is None:
        SUPPLY.provider = _provide


def bring(document: Document, path: Path, *folders: Path) -> None:
    """Put the data that lies beside a network's file, or is installed, on the shelf.

    A node whose data isn't there says so itself.

    Args:
        document: the network.
        path: its file.
        folders: more of them to look into.
    """
    answer()
    if any(node.params.get("record") for node in document.nodes.values()):
        from gradstudio.data.finding import find_files
        from gradstudio.data.places import INSTALLED

        find_files(document, [path.absolute().parent, *folders, *INSTALLED])


def _provide(wanted: Wanted) -> Parts:
    from gradstudio.data.shelf import SHELF

    return SHELF.provide(wanted)
