"""How it stands with a data node: whether its data is there, on its way, missing, or can't be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from gradstudio.data.record import DataRecord, record_of
from gradstudio.data.shelf import SHELF, Shelf
from gradstudio.document.model import Document, NodeId
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import ShapeError

How: TypeAlias = Literal["none", "there", "coming", "missing", "unusable"]


@dataclass(frozen=True, slots=True)
class State:
    """How it stands.

    Attributes:
        how: no data is chosen; it is there; it is being read; its file isn't at hand; it can't be used so.
        record: what the node says of it; None where it says nothing that could be understood.
        sentence: what is in the way; empty where nothing is.
    """

    how: How
    record: DataRecord | None = None
    sentence: str = ""


def state_of(document: Document, node: NodeId, shelf: Shelf = SHELF) -> State:
    """How it stands with a data node."""
    record_text, finding = str(document.nodes[node].params.get("record", "")), infer(document).places[node].finding
    sentence = "" if finding is None else finding.message
    if not record_text:
        return State("none", sentence=sentence)
    try:
        record = record_of(record_text)
    except ShapeError:
        return State("unusable", sentence=sentence)
    if shelf.awaits(record_text):
        return State("coming", record, sentence)
    if finding is None:
        return State("there", record)
    return State("unusable" if shelf.has(record) else "missing", record, sentence)
