"""Copy, paste and duplicate. What is copied is JSON text, read as strictly as a file.

::

    {"gradstudio": 1,
     "nodes": [{"id": 3, "gate": "add", "name": "q", "x": 0.0, "y": 0.0, "params": {}}, …],
     "wires": [{"source": 3, "output": "z", "target": 4, "input": "x"}, …]}

A wire with dots also has `"via": [[x, y], …]`; a node may have `"muted": true`,
`"frozen": true`, a `"color"` and a `"note"`.
Where there are any, `"groups"`, `"frames"` and `"comments"` follow; a node in a group has its id as `"group"`.

Arrays are nested lists; one that lists can't tell exactly (empty, or of a gate unknown here) is written as
`{"dtype": "<f4", "shape": [0, 3], "base64": ""}`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import msgspec
import numpy as np

from gradstudio.document.cliptypes import (
    Clip,
    ClipComment,
    ClipFrame,
    ClipGroup,
    ClipNode,
    ClipPort,
    ClipWire,
    Packed,
)  # fmt: skip
from gradstudio.document.inserting import Piece, insert, piece_of
from gradstudio.document.legality import check
from gradstudio.document.mailtext import lines, mended
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire
from gradstudio.document.ordering import DEEPEST
from gradstudio.document.params import checked_params
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import AreaId, Comment, Exposed, Frame, Group, GroupId
from gradstudio.document.remarks import rect_of
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Array, Value

LONGEST = 1 << 28
"""Characters a clipboard text may have."""
_DTYPES = ("<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1")


def copy(doc: Document, nodes: Iterable[NodeId], areas: Iterable[AreaId] = (), *, inside: GroupId | None = None) -> str:
    """Nodes and the wires between them, with the groups that are whole, frames and comments, as JSON text.

    Args:
        doc: the network.
        nodes: to copy.
        areas: frames and comments to copy.
        inside: the group one is in, which isn't copied even if all of its nodes are.

    Raises:
        Refused: for an id that isn't there.
    """
    piece = piece_of(doc, nodes, areas, inside=inside)
    known = {group.id for group in piece.groups}
    records: dict[str, list[msgspec.Struct]] = {
        "nodes": [_clipped(node, known) for node in piece.nodes],
        "wires": [ClipWire(w.source, w.output, w.target, w.input, w.via) for w in piece.wires],
        "groups": [_clipped_group(group, known) for group in piece.groups],
        "frames": [ClipFrame(f.id, f.title, *rect_of(f), f.color, _among(f.group, known)) for f in piece.frames],
        "comments": [ClipComment(c.id, c.text, *rect_of(c), c.color, _among(c.group, known)) for c in piece.comments],
    }
    return lines({what: [_json(record) for record in found] for what, found in records.items()})


def _clipped(node: Node, inside: Collection[GroupId]) -> ClipNode:
    params = {name: _pack(value, node.known) for name, value in node.params.items()}
    marks = node.muted, node.color, node.note, _among(node.group, inside), node.frozen
    return ClipNode(node.id, node.gate, node.name, node.x, node.y, params, *marks)


def _clipped_group(group: Group, inside: Collection[GroupId]) -> ClipGroup:
    inputs, outputs = (
        [ClipPort(port.name, port.node, port.port) for port in side] for side in (group.inputs, group.outputs)
    )
    parent = _among(group.parent, inside)
    return ClipGroup(group.id, group.name, group.x, group.y, group.collapsed, inputs, outputs, group.color, parent)


def _among(group: GroupId | None, inside: Collection[GroupId]) -> GroupId | None:
    return group if group in inside else None


def _json(record: msgspec.Struct) -> str:
    return msgspec.json.encode(record).decode()


def paste(doc: Document, clip: str, x: float, y: float) -> tuple[Patch, tuple[NodeId, ...]]:
    """What was copied, its upper left corner at a place; with fresh ids, names of their own, and inner wires.

    Raises:
        Refused: if the text is anything but a copy of nodes, with what is wrong and where.
    """
    read = _read(clip)
    piece = Piece(
        [_node(node, f"nodes[{i}]") for i, node in enumerate(read.nodes)],
        [Wire(i, w.source, w.output, w.target, w.input, w.via) for i, w in enumerate(read.wires)],
        [_group(group) for group in read.groups],
        [Frame(f.id, f.title, f.x, f.y, f.width, f.height, f.color, f.group) for f in read.frames],
        [Comment(c.id, c.text, c.x, c.y, c.width, c.height, c.color, c.group) for c in read.comments],
    )
    if not (piece.nodes or piece.frames or piece.comments):
        raise Refused(Reason.CLIPBOARD, "There is nothing in the clipboard to paste. Copy some nodes first.")
    _refuse_loose(piece)
    _refuse_broken(piece)
    patch, fresh = insert(doc, "Paste", piece, piece.corner(), (x, y))
    _refuse_illegal(patch)
    return patch, fresh


def duplicate(
    doc: Document,
    nodes: Iterable[NodeId],
    dx: float = 24,
    dy: float = 24,
    *,
    incoming: bool = False,
    areas: Iterable[AreaId] = (),
    inside: GroupId | None = None,
) -> tuple[Patch, tuple[NodeId, ...]]:
    """The same nodes again, with the wires between them and the groups that are whole, a bit further.

    Args:
        doc: the network.
        nodes: to double.
        dx: how far to the right the twins lie.
        dy: how far below.
        incoming: whether the twins are also fed by what feeds the nodes from outside.
        areas: frames and comments to double.
        inside: the group one is in, which isn't doubled even if all of its nodes are.

    Raises:
        Refused: for an id that isn't there.
    """
    return insert(doc, "Duplicate", piece_of(doc, nodes, areas, incoming=incoming, inside=inside), (0, 0), (dx, dy))


def _refuse_illegal(patch: Patch) -> None:
    """Refuse wires, names and places no edit could have made, by the same table as a whole document."""
    alone = Document()
    try:
        alone.apply(patch)
    except ValueError as error:
        raise Refused(Reason.CLIPBOARD, f"The clipboard can't be pasted. {error}.") from None
    for finding in check(alone):
        if finding.reason.structural:
            raise Refused(Reason.CLIPBOARD, f"The clipboard can't be pasted. {finding.message}")


def _refuse_loose(piece: Piece) -> None:
    """Refuse an id twice, and wires and ports without their nodes."""
    for what, records in (("nodes", piece.nodes), ("groups", piece.groups)):
        if len({record.id for record in records}) < len(records):
            raise _bad(what, "ids of their own", "an id twice")
    ids = {node.id for node in piece.nodes}
    for i, wire in enumerate(piece.wires):
        if not {wire.source, wire.target} <= ids:
            raise _bad(f"wires[{i}]", "the ids of two of its nodes", f"{wire.source} and {wire.target}")
    for i, group in enumerate(piece.groups):
        if not {port.node for port in group.ports} <= ids:
            raise _bad(f"groups[{i}]", "ports of its nodes", "ports of others")


def _refuse_broken(piece: Piece) -> None:
    """Refuse what lies in a group that isn't there, and groups that lie in themselves."""
    parents = {group.id: group.parent for group in piece.groups}
    homes = [node.group for node in piece.nodes] + list(parents.values())
    homes += [area.group for area in piece.frames] + [area.group for area in piece.comments]
    if not set(homes) <= {None, *parents}:
        raise _bad("groups", "the groups something lies in", "too few")
    for group in piece.groups:
        over = group.parent
        for _ in range(DEEPEST):
            over = None if over is None else parents[over]
        if over is not None:
            raise _bad("groups", f"groups that lie in each other at most {DEEPEST} deep", f"“{group.name[:40]}”")


# --- reading -----------------------------------------------------------------------------------------------------


def _read(text: str) -> Clip:
    if len(text) > LONGEST:
        raise Refused(Reason.CLIPBOARD, f"The clipboard holds {len(text):,} characters, more than can be pasted.")
    try:
        return _decoded(text)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        place = where.rstrip("`").lstrip(".") or "the text"
        raise Refused(Reason.CLIPBOARD, f"The clipboard doesn't hold nodes of GradStudio ({place}: {what}).") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        message = "The clipboard doesn't hold nodes of GradStudio. Copy some nodes first."
        raise Refused(Reason.CLIPBOARD, message) from None


def _decoded(text: str) -> Clip:
    """The text as it is; or, where that is no JSON, what is left of it after a mail."""
    try:
        return msgspec.json.decode(text.encode(), type=Clip)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(mended(text).encode(), type=Clip)


def _node(node: ClipNode, place: str) -> Node:
    params = {name: _unpack(value, f"{place}.params.{name}") for name, value in node.params.items()}
    gate_id = node.gate
    try:
        if node.gate in CATALOG:
            gate = CATALOG.get(node.gate)
            gate_id, params = gate.id, dict(checked_params(gate, params))
    except ParamError as error:
        message = f"The clipboard can't be pasted ({place}.params). {error}"
        raise Refused(Reason.CLIPBOARD, message) from None
    marks = node.muted, node.color, node.note, node.group, node.frozen
    return Node(node.id, gate_id, node.name, MappingProxyType(params), node.x, node.y, *marks)


def _group(group: ClipGroup) -> Group:
    inputs, outputs = (
        tuple(Exposed(port.name, port.node, port.port) for port in side) for side in (group.inputs, group.outputs)
    )
    return Group(group.id, group.name, group.parent, group.x, group.y, group.color, group.collapsed, inputs, outputs)


def _pack(value: Value, known: bool) -> object:
    if not isinstance(value, np.ndarray):
        return value
    if known and value.size:
        return value.tolist()
    packed = value.astype(value.dtype.newbyteorder("<"))
    return Packed(packed.dtype.str, list(value.shape), packed.tobytes())


def _unpack(value: object, place: str) -> Value:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list):
        return _array(value, place)
    if isinstance(value, Mapping):
        return _bytes(value, place)
    raise _bad(place, "a value or nested lists of numbers", str(value)[:40])


def _array(value: object, place: str) -> Array:
    try:
        array = np.array(value)
    except ValueError:
        raise _bad(place, "lists of equal length", "lists of different lengths") from None
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise _bad(place, "nested lists of numbers", "something else")
    array.flags.writeable = False
    return array


def _bytes(value: Mapping[str, object], place: str) -> Array:
    try:
        packed = msgspec.convert(value, Packed)
    except msgspec.ValidationError:
        raise _bad(place, "an array as dtype, shape and base64", "something else") from None
    if packed.dtype not in _DTYPES or len(packed.shape) > 32:
        raise _bad(place, f"one of {', '.join(_DTYPES)} and at most 32 axes", f"“{packed.dtype[:40]}”")
    dtype = np.dtype(packed.dtype)
    if math.prod(packed.shape) * dtype.itemsize != len(packed.base64):
        raise _bad(place, f"the bytes of shape {packed.shape}", f"{len(packed.base64)} bytes")
    return np.frombuffer(packed.base64, dtype).reshape(packed.shape)


def _bad(place: str, expected: str, found: str) -> Refused:
    message = f"The clipboard can't be pasted ({place}): expected {expected}, found {found}."
    return Refused(Reason.CLIPBOARD, message)
