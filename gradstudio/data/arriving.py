"""The data of a network that is being opened: fetched in a thread of its own, while its nodes say that they wait."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gradstudio.data.errors import DataProblem
from gradstudio.data.finding import fetch, look_for, needed
from gradstudio.data.record import DataRecord, record_of
from gradstudio.data.shelf import SHELF, Shelf
from gradstudio.document.model import Document
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.supply import Wanted


def outstanding(document: Document, shelf: Shelf = SHELF) -> tuple[Wanted, ...]:
    """What the data nodes of a network will ask for and isn't there at once."""
    found = [wanted_by(document.nodes[node].params) for node, _ in needed(document)]
    return tuple(wanted for wanted in found if not shelf.is_prepared(wanted))


def wanted_by(params: object) -> Wanted:
    """What a data node with these params asks for."""
    told: dict[str, object] = dict(params)  # type: ignore[call-overload]
    part = str(told.get("part", "training"))
    return Wanted(str(told.get("record", "")), part, told.get("table"), told.get("absent"))  # type: ignore[arg-type]


def bring_in(wanted: Sequence[Wanted], folders: Sequence[Path], shelf: Shelf = SHELF) -> None:
    """Find what is wanted in these folders, read and prepare it; what can't be had is remembered with its reason."""
    for one in wanted:
        record = record_of(one.record)
        if look_for(record, folders, shelf) is None:
            with suppress(DataProblem, ShapeError):  # its node says so itself
                shelf.prepared(one)


def bring_file(wanted: Sequence[Wanted], record: DataRecord, path: Path, shelf: Shelf = SHELF) -> None:
    """Take a file somebody chose for a record, and prepare what is wanted of it.

    Raises:
        DataProblem: if it can't be read, or has other contents than the network was made with.
    """
    fetch(record, path, shelf)
    bring_in(wanted, (), shelf)
