"""The files a network's data nodes need: which they are, and which lie beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradstudio.data.digest import digest
from gradstudio.data.errors import DataProblem
from gradstudio.data.reading import read
from gradstudio.data.record import DataRecord, record_of
from gradstudio.data.shelf import SHELF, Shelf, changed, gone
from gradstudio.document.model import Document, NodeId
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.supply import SUPPLY


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that isn't at hand.

    Attributes:
        node: the data node that needs it.
        record: what the node says of it.
        problem: why it isn't at hand: moved, changed or broken.
    """

    node: NodeId
    record: DataRecord
    problem: DataProblem


def needed(document: Document) -> Iterator[tuple[NodeId, DataRecord]]:
    """The data nodes with the files they tell of; records that can't be used are left to the nodes' own problems."""
    for node in document.nodes.values():
        text = node.params.get("record")
        if node.known and "record" in node.kind.params and isinstance(text, str) and text:
            try:
                yield node.id, record_of(text)
            except ShapeError:
                continue


def find_files(document: Document, folders: Sequence[Path], shelf: Shelf = SHELF) -> tuple[Missing, ...]:
    """Put the files of a network on the shelf from these folders, by name and digest; gives those that aren't there."""
    missing = []
    for node, record in needed(document):
        problem = look_for(record, folders, shelf)
        if problem is not None:
            missing.append(Missing(node, record, problem))
    SUPPLY.changed()
    return tuple(missing)


def look_for(record: DataRecord, folders: Sequence[Path], shelf: Shelf = SHELF) -> DataProblem | None:
    """Put the file of a record on the shelf from these folders, without telling anybody; or why it isn't there."""
    problem = None if shelf.has(record) else _find(record, folders, shelf)
    if problem is not None:
        shelf.refuse(record, problem)
    return problem


def take_file(record: DataRecord, path: Path, shelf: Shelf = SHELF) -> None:
    """Put a file somebody chose for a record on the shelf.

    Raises:
        DataProblem: if it can't be read, or has other contents than the network was made with.
    """
    fetch(record, path, shelf)
    SUPPLY.changed()


def fetch(record: DataRecord, path: Path, shelf: Shelf = SHELF) -> None:
    """As `take_file`, without telling anybody: for another thread.

    Raises:
        DataProblem: as there.
    """
    found = digest(path)
    if found != record.digest:
        raise changed(path.name, record.digest, found)
    shelf.put(path, record.reading, read(path, record.reading), found)


def _find(record: DataRecord, folders: Sequence[Path], shelf: Shelf) -> DataProblem | None:
    problem: DataProblem = gone(record.name)
    for folder in folders:
        path = folder / record.name
        if path.exists():
            try:
                fetch(record, path, shelf)
            except DataProblem as found:
                problem = found
            else:
                return None
    return problem
