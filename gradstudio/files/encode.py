"""Document -> records -> JSON: the same document makes the same bytes.

Nodes and wires are sorted by id and keys by name, numbers are written as the shortest text that reads back to the same
bits, and there is no clock in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from gradstudio.document.model import Document, Group, Node, Wire
from gradstudio.document.remarks import Rect, rect_of
from gradstudio.engine.gate import Array, Value
from gradstudio.files import courses, exercises, regions, rules
from gradstudio.files.errors import Invalid, join, shown
from gradstudio.files.schema import (
    A,
    CommentRecord,
    DocumentRecord,
    FrameRecord,
    GroupRecord,
    NodeRecord,
    PortRecord,
    Scalar,
    Stored,
    TrainingRecord,
    WireRecord,
)

DTYPES = ("float32", "float64", "int64", "uint8", "bool")

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical(record: msgspec.Struct, place: str) -> bytes:
    """A record as JSON in its one form.

    Raises:
        Invalid: if something in it can't be written, e.g. half a character.
    """
    try:
        return _ENCODER.encode(record)
    except (UnicodeEncodeError, TypeError) as error:
        if isinstance(record, DocumentRecord):
            for part in ("nodes", "groups", "frames", "comments"):
                for i, one in enumerate(getattr(record, part)):
                    canonical(one, f"{part}[{i}]")
        raise Invalid("texts and numbers", str(error), place=place) from None


def stored(document: Document) -> tuple[DocumentRecord[Stored], dict[str, Array]]:
    """The document's records with every array put aside as a tensor.

    Raises:
        Invalid: with the place of something no file can hold.
    """
    tensors: dict[str, Array] = {}

    def put(name: str, array: Array, place: str) -> Stored:
        tensors[name] = plain(array, place)
        return Stored(name)

    return record_of(document, put), tensors


def record_of(document: Document, put: Callable[[str, Array, str], A]) -> DocumentRecord[A]:
    """The document's records; `put(tensor name, array, place)` says how an array is written.

    Raises:
        Invalid: with the place of what no reader would take.
    """
    nodes = sorted(document.nodes.values(), key=lambda node: node.id)
    wires = sorted(document.wires.values(), key=lambda wire: wire.id)
    for i, node in enumerate(nodes):
        rules.checked_params(node.gate, node.params, f"nodes[{i}].params")
    training = rules.fitting(document)
    rules.check_document(document, training, nodes, wires)
    frames, comments = tuple(document.frames.values()), tuple(document.comments.values())
    regions.check_document(document, tuple(document.groups.values()), frames, comments)
    exercises.check(document, document.exercise)
    return DocumentRecord(
        tuple(_node(node, f"nodes[{i}]", put) for i, node in enumerate(nodes)),
        tuple(_wire(wire) for wire in wires),
        courses.settings_record(document.settings),
        TrainingRecord(
            training.step,
            _arrays("parameters", training.parameters, put),
            _arrays("optimizer", training.optimizer, put),
            _arrays("history", training.history, put),
            *courses.records_of(document, training),
        ),
        tuple(_group(group, f"groups[{i}]", put) for i, group in enumerate(document.groups.values())),
        tuple(FrameRecord(f.id, f.title, *_floats(rect_of(f)), f.color, f.group) for f in frames),
        tuple(CommentRecord(c.id, c.text, *_floats(rect_of(c)), c.color, c.group) for c in comments),
        exercises.record_of(document.exercise),
    )


def plain(array: Array, place: str) -> Array:
    """The array as a file keeps it: little-endian, in C order, of a dtype the format has.

    Raises:
        Invalid: for another dtype.
    """
    if array.dtype.name not in DTYPES:
        raise Invalid("an array of " + ", ".join(DTYPES), array.dtype.name, place=place)
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def _node(node: Node, place: str, put: Callable[[str, Array, str], A], owner: str = "params/{}") -> NodeRecord[A]:
    column = owner.format(node.id)
    params = {
        name: _param(f"{column}.{name}", value, f"{place}.params.{name}", put) for name, value in node.params.items()
    }
    marks = node.muted, node.color, node.note, node.group, node.frozen
    return NodeRecord(node.id, node.gate, node.name, params, float(node.x), float(node.y), *marks)


def _param(tensor: str, value: Value, place: str, put: Callable[[str, Array, str], A]) -> Scalar | A:
    if isinstance(value, np.ndarray):
        return put(tensor, value, place)
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("a finite number", shown(value), place=place)
    return value


def _wire(wire: Wire) -> WireRecord:
    return WireRecord(wire.id, wire.source, wire.output, wire.target, wire.input, wire.via)


def _floats(rect: Rect) -> Rect:
    x, y, width, height = rect
    return float(x), float(y), float(width), float(height)


def _group(group: Group, at: str, put: Callable[[str, Array, str], A]) -> GroupRecord[A]:
    inputs, outputs = (
        tuple(PortRecord(port.name, port.node, port.port) for port in side) for side in (group.inputs, group.outputs)
    )
    place = float(group.x), float(group.y)
    origin = None if group.origin is None else _node(group.origin, f"{at}.origin", put, f"origin/{group.id}")
    ports = inputs, outputs
    return GroupRecord(group.id, group.name, *place, group.collapsed, *ports, group.color, group.parent, origin)


def _arrays(column: str, arrays: Mapping[str, Any], put: Callable[[str, Array, str], A]) -> dict[str, A]:
    place = f"training.{column}"
    return {name: put(f"{column}/{name}", array, join(place, name)) for name, array in arrays.items()}
