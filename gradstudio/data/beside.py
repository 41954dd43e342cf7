"""What the composition roots ask of this room; quick to import: readers are loaded when a network needs them."""

from __future__ import annotations

from pathlib import Path

from gradstudio.document.model import Document
from gradstudio.engine.supply import SUPPLY, Parts, Wanted


def answer() -> None:
    """Have the data nodes of this process answered from the shelf."""
    if SUPPLY.provider is None:
        SUPPLY.provider = _provide


def bring(document: Document, path: Path) -> None:
    """Put the data that lies beside a network's file on the shelf; a node whose data isn't there says so itself."""
    answer()
    if any(node.params.get("record") for node in document.nodes.values()):
        from gradstudio.data.finding import find_files

        find_files(document, [path.absolute().parent])


def _provide(wanted: Wanted) -> Parts:
    from gradstudio.data.shelf import SHELF

    return SHELF.provide(wanted)
