"""The file a network learns from: its record as options say it, and a network with its file moved or replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gradstudio.cli.failures import InputError
from gradstudio.cli.options import PreparingOptions, ReadingOptions, said
from gradstudio.data.errors import DataProblem, NotAtHand
from gradstudio.data.finding import needed, take_file
from gradstudio.data.nodes import data_node
from gradstudio.data.places import named
from gradstudio.data.reading import RECOGNISE
from gradstudio.data.record import DataRecord, record_of, text_of, unpacked
from gradstudio.data.shelf import SHELF, shipped_record
from gradstudio.data.shipped import SHIPPED
from gradstudio.document.model import Document, Node, Patch
from gradstudio.engine.gate import Value

if TYPE_CHECKING:
    from gradstudio.data.table import Table

SOURCES = ("data", "data_numbers")
"""Gates that give the rows of a file."""


def record_for(
    data: str, reading: ReadingOptions, preparing: PreparingOptions, kept: DataRecord | None = None
) -> DataRecord:
    """The record of a file or a shipped table.

    Args:
        data: a file, or the name of a shipped table or of an installed set.
        reading: how it is read.
        preparing: what is done to its rows.
        kept: a record whose reading and preparation hold where nothing is said.

    Raises:
        DataProblem: if the file can't be read, or hasn't got a column that was named.
    """
    if is_shipped(data):
        if preparing.target is not None:
            raise InputError(f"{data} has its own target; leave --target out.")
        record = shipped_record(data)
        table = SHELF.table(record)
        return msgspec.structs.replace(record, preparation=preparing.on(table, record.preparation))
    how = reading.on(RECOGNISE if kept is None else kept.reading)
    table, found = SHELF.load(named(data), how)
    before = None if kept is None else kept.preparation
    return DataRecord(table.kind, table.name, found, how, preparing.on(table, before))  # type: ignore[arg-type]


def is_shipped(data: str) -> bool:
    """Whether a word means a shipped table, not a file."""
    return data in SHIPPED and not Path(data).exists()


def source_of(document: Document) -> Node | None:
    """The node whose file the network learns from; one without a file yet where none has one."""
    unfed = (node for node in document.nodes.values() if node.known and node.gate in SOURCES)
    return data_node(document) or next(unfed, None)


def link(document: Document, path: Path, otherwise: str = "") -> None:
    """Have a network learn from its file, wherever that lies now.

    Args:
        document: the network.
        path: where its file lies.
        otherwise: what may be done about a file with other contents.

    Raises:
        InputError: if the network needs no file.
        DataProblem: if it can't be read, or has other contents than the network was made with.
    """
    records = [record for _, record in needed(document) if record.kind != "shipped" and not record.columns]
    if not records:
        raise InputError("The network learns from no file; put the node Dataset into it, or say --anew.")
    problems = []
    for record in records:
        try:
            return take_file(record, path)
        except NotAtHand as problem:
            problem.advice = otherwise or problem.advice
            problems.append(problem)
    raise problems[0]


def refuse_missing(document: Document, option: str) -> None:
    """Say which file of a network isn't at hand, and with what option to say where it is.

    Raises:
        NotAtHand: then.
    """
    for _, record in needed(document):
        if SHELF.has(record):
            continue
        try:
            SHELF.table(record)
        except DataProblem as problem:
            problem.advice = f"{problem.advice.rstrip('.')}: {option} FILE."
            raise


def prepare_anew(document: Document, data: str | None, reading: ReadingOptions, preparing: PreparingOptions) -> None:
    """Have a network learn from another file, or from its own prepared otherwise.

    Args:
        document: it is changed.
        data: the file or shipped table; None for the network's own.
        reading: how it is read.
        preparing: what is done to its rows; what isn't said stays as it was.

    Raises:
        InputError: if the network has no node for data.
        DataProblem: if the file can't be read or prepared so.
    """
    node = source_of(document)
    if node is None:
        raise InputError("The network has no node that gives the rows of a file; put the node Dataset into it.")
    text = str(node.params.get("record") or "")
    kept = record_of(text) if text else None
    if data is not None:
        record = record_for(data, reading, preparing, kept)
    elif kept is not None:
        record = _otherwise(kept, node, reading, preparing)
    else:
        raise InputError("The network has no file of data yet: say --data FILE.")
    fresh = {
        other.id: replace(other, params={**_without_table(other, record), "record": text_of(record)})
        for other in document.nodes.values()
        if other.known and other.gate in SOURCES and str(other.params.get("record") or "") == text
    }
    document.apply(Patch("Prepare the data anew", fresh))


def _otherwise(kept: DataRecord, node: Node, reading: ReadingOptions, preparing: PreparingOptions) -> DataRecord:
    """The network's own file, read or prepared otherwise."""
    if kept.columns and said(reading):
        raise InputError(f"The table of {node.name} lies in the network's file; how it is read is settled.")
    how = reading.on(kept.reading)
    table = _own_table(msgspec.structs.replace(kept, reading=how), node)
    return msgspec.structs.replace(kept, reading=how, preparation=preparing.on(table, kept.preparation))


def _own_table(record: DataRecord, node: Node) -> Table:
    if not record.columns:
        return SHELF.table(record)
    table, absent = node.params.get("table"), node.params.get("absent")
    return unpacked(record, table, absent)  # type: ignore[arg-type]


def _without_table(node: Node, record: DataRecord) -> dict[str, Value]:
    """The params of a node without the table that lay in the network's file, where it lies there no more."""
    gone = () if record.columns else ("table", "absent")
    return {name: value for name, value in node.params.items() if name not in gone}
