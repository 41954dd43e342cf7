"""Copy, paste and duplicate. What is copied is JSON text, read as strictly as a file.

::

    {"gradstudio": 1,
     "nodes": [{"id": 3, "gate": "add", "name": "q", "x": 0.0, "y": 0.0, "params": {}}, …],
     "wires": [{"source": 3, "output": "z", "target": 4, "input": "x"}, …]}

A wire with dots also has `"via": [[x, y], …]`; a node may have `"muted": true`, a `"color"` and a `"note"`.

Arrays are nested lists; one that lists can't tell exactly (empty, or of a gate unknown here) is written as
`{"dtype": "<f4", "shape": [0, 3], "base64": ""}`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import numpy as np

from gradstudio.document.dots import shifted
from gradstudio.document.legality import check
from gradstudio.document.mailtext import lines, mended
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire, WireId
from gradstudio.document.names import like
from gradstudio.document.params import checked_params
from gradstudio.document.reasons import Reason, Refused
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Array, Value

LONGEST = 1 << 28
"""Characters a clipboard text may have."""
_DTYPES = ("<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1")
_Id: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _ClipNode(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    id: _Id
    gate: str
    name: str
    x: float
    y: float
    params: dict[str, Any]
    muted: bool = False
    color: str = ""
    note: str = ""


class _ClipWire(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    source: _Id
    output: str
    target: _Id
    input: str
    via: tuple[tuple[float, float], ...] = ()


class _Clip(msgspec.Struct, forbid_unknown_fields=True):
    gradstudio: Literal[1]
    nodes: list[_ClipNode]
    wires: list[_ClipWire]


class _Packed(msgspec.Struct, forbid_unknown_fields=True):
    dtype: str
    shape: list[_Id]
    base64: bytes


def copy(doc: Document, nodes: Iterable[NodeId]) -> str:
    """Nodes and the wires between them, as JSON text.

    Raises:
        Refused: for an id that isn't there.
    """
    chosen = _chosen(doc, nodes)
    wires = [_ClipWire(w.source, w.output, w.target, w.input, w.via) for w in _between(doc, chosen)]
    return lines([_json(_clipped(node)) for node in chosen], [_json(wire) for wire in wires])


def _clipped(node: Node) -> _ClipNode:
    params = {name: _pack(value, node.known) for name, value in node.params.items()}
    return _ClipNode(node.id, node.gate, node.name, node.x, node.y, params, node.muted, node.color, node.note)


def _json(record: msgspec.Struct) -> str:
    return msgspec.json.encode(record).decode()


def paste(doc: Document, clip: str, x: float, y: float) -> tuple[Patch, tuple[NodeId, ...]]:
    """What was copied, its upper left corner at a place; with fresh ids, names of their own, and inner wires.

    Raises:
        Refused: if the text is anything but a copy of nodes, with what is wrong and where.
    """
    read = _read(clip)
    if not read.nodes:
        raise Refused(Reason.CLIPBOARD, "There is nothing in the clipboard to paste. Copy some nodes first.")
    nodes = [_node(node, f"nodes[{i}]") for i, node in enumerate(read.nodes)]
    if len({node.id for node in nodes}) < len(nodes):
        raise _bad("nodes", "ids of their own", "an id twice")
    ids = {node.id for node in nodes}
    for i, wire in enumerate(read.wires):
        if not {wire.source, wire.target} <= ids:
            raise _bad(f"wires[{i}]", "the ids of two of its nodes", f"{wire.source} and {wire.target}")
    wires = [Wire(i, w.source, w.output, w.target, w.input, w.via) for i, w in enumerate(read.wires)]
    left, top = min(node.x for node in nodes), min(node.y for node in nodes)
    patch, fresh = _insert(doc, "Paste", nodes, wires, (left, top), (x, y))
    _refuse_illegal(patch)
    return patch, fresh


def duplicate(
    doc: Document, nodes: Iterable[NodeId], dx: float = 24, dy: float = 24, *, incoming: bool = False
) -> tuple[Patch, tuple[NodeId, ...]]:
    """The same nodes again, with the wires between them, a bit further.

    Args:
        doc: the network.
        nodes: to double.
        dx: how far to the right the twins lie.
        dy: how far below.
        incoming: whether the twins are also fed by what feeds the nodes from outside.

    Raises:
        Refused: for an id that isn't there.
    """
    chosen = _chosen(doc, nodes)
    ids = {node.id for node in chosen}
    wires = [w for node in chosen for w in doc.wires_into(node.id) if incoming or w.source in ids]
    wires.sort(key=lambda wire: wire.id)
    return _insert(doc, "Duplicate", chosen, wires, (0, 0), (dx, dy))


def _insert(
    doc: Document,
    verb: str,
    nodes: Sequence[Node],
    wires: Sequence[Wire],
    corner: tuple[float, float],
    to: tuple[float, float],
) -> tuple[Patch, tuple[NodeId, ...]]:
    """Nodes and wires like these, moved as a corner is moved to another place; a source from outside stays."""
    fresh = {node.id: doc.new_id() for node in nodes}
    names: set[str] = set()
    made: dict[NodeId, Node] = {}
    for node in nodes:
        name = like(node.name, lambda n: n in names or doc.named(n) is not None)
        names.add(name)
        i, x, y = fresh[node.id], node.x - corner[0] + to[0], node.y - corner[1] + to[1]
        made[i] = replace(node, id=i, name=name, x=x, y=y)
    inner: dict[WireId, Wire] = {}
    for wire in wires:
        i = doc.new_id()
        via = shifted(wire.via, to[0] - corner[0], to[1] - corner[1])
        source = fresh.get(wire.source, wire.source)
        inner[i] = Wire(i, source, wire.output, fresh[wire.target], wire.input, via)
    what = nodes[0].name if len(nodes) == 1 else f"{len(nodes)} nodes"
    return Patch(f"{verb} {what}", made, inner), tuple(fresh.values())


def _refuse_illegal(patch: Patch) -> None:
    """Refuse wires, names and places no edit could have made, by the same table as a whole document."""
    alone = Document()
    alone.apply(patch)
    for finding in check(alone):
        if finding.reason.structural:
            raise Refused(Reason.CLIPBOARD, f"The clipboard can't be pasted. {finding.message}")


def _chosen(doc: Document, nodes: Iterable[NodeId]) -> list[Node]:
    chosen = sorted(set(nodes))
    for i in chosen:
        if i not in doc.nodes:
            raise Refused(Reason.UNKNOWN_NODE, f"There is no node {i} in this network.")
    return [doc.nodes[i] for i in chosen]


def _between(doc: Document, nodes: Sequence[Node]) -> list[Wire]:
    ids = {node.id for node in nodes}
    inner = [wire for i in ids for wire in doc.wires_into(i) if wire.source in ids]
    return sorted(inner, key=lambda wire: wire.id)


# --- reading -----------------------------------------------------------------------------------------------------


def _read(text: str) -> _Clip:
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


def _decoded(text: str) -> _Clip:
    """The text as it is; or, where that is no JSON, what is left of it after a mail."""
    try:
        return msgspec.json.decode(text.encode(), type=_Clip)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(mended(text).encode(), type=_Clip)


def _node(node: _ClipNode, place: str) -> Node:
    params = {name: _unpack(value, f"{place}.params.{name}") for name, value in node.params.items()}
    gate_id = node.gate
    try:
        if node.gate in CATALOG:
            gate = CATALOG.get(node.gate)
            gate_id, params = gate.id, dict(checked_params(gate, params))
    except ParamError as error:
        message = f"The clipboard can't be pasted ({place}.params). {error}"
        raise Refused(Reason.CLIPBOARD, message) from None
    marks = node.muted, node.color, node.note
    return Node(node.id, gate_id, node.name, MappingProxyType(params), node.x, node.y, *marks)


def _pack(value: Value, known: bool) -> object:
    if not isinstance(value, np.ndarray):
        return value
    if known and value.size:
        return value.tolist()
    packed = value.astype(value.dtype.newbyteorder("<"))
    return _Packed(packed.dtype.str, list(value.shape), packed.tobytes())


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
        packed = msgspec.convert(value, _Packed)
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
