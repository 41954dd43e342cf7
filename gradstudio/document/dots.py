"""The dots of a wire: places it is led through. They change how a network looks, and nothing of what it computes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace as changed

from gradstudio.document.legality import dots_problem
from gradstudio.document.model import Document, Dot, Node, NodeId, Patch, Wire, WireId
from gradstudio.document.reasons import Reason, Refused


def add_dot(doc: Document, wire_id: WireId, index: int, x: float, y: float) -> Patch:
    """A dot more; it becomes the one of this index, counted from the source.

    Raises:
        Refused: for a wire that isn't there, a place off the canvas, or one dot too many.
    """
    wire = _wire(doc, wire_id)
    via = (*wire.via[:index], _at(x, y), *wire.via[index:])
    return Patch(f"Add a dot to {_ends(doc, wire)}", wires={wire_id: _through(wire, via)})


def move_dot(doc: Document, wire_id: WireId, index: int, x: float, y: float) -> Patch:
    """A dot to another place.

    Raises:
        Refused: for a wire or a dot that isn't there, or a place off the canvas.
    """
    wire = _dotted(doc, wire_id, index)
    via = (*wire.via[:index], _at(x, y), *wire.via[index + 1 :])
    wires = {} if via == wire.via else {wire_id: _through(wire, via)}
    return Patch(f"Move a dot of {_ends(doc, wire)}", wires=wires)


def remove_dot(doc: Document, wire_id: WireId, index: int) -> Patch:
    """A dot less.

    Raises:
        Refused: for a wire or a dot that isn't there.
    """
    wire = _dotted(doc, wire_id, index)
    via = (*wire.via[:index], *wire.via[index + 1 :])
    return Patch(f"Remove a dot of {_ends(doc, wire)}", wires={wire_id: changed(wire, via=via)})


def straighten(doc: Document, wire_ids: Iterable[WireId]) -> Patch:
    """Wires without any dots.

    Raises:
        Refused: for a wire that isn't there.
    """
    wires = [wire for i in wire_ids if (wire := _wire(doc, i)).via]
    title = f"Straighten {_ends(doc, wires[0])}" if len(wires) == 1 else f"Straighten {len(wires)} wires"
    return Patch(title, wires={wire.id: changed(wire, via=()) for wire in wires})


def carried(doc: Document, nodes: Mapping[NodeId, Node]) -> dict[WireId, Wire]:
    """The wires whose dots go along when nodes move: those between two nodes that move equally far."""
    if not any(wire.via for wire in doc.wires.values()):
        return {}
    found: dict[WireId, Wire] = {}
    for i, node in nodes.items():
        for wire in doc.wires_out_of(i):
            target = nodes.get(wire.target)
            gap = _gap(doc, node)
            if wire.via and target is not None and _gap(doc, target) == gap:
                found[wire.id] = changed(wire, via=shifted(wire.via, *gap))
    return found


def shifted(via: Iterable[Dot], dx: float, dy: float) -> tuple[Dot, ...]:
    """Dots so much further."""
    return tuple((x + dx, y + dy) for x, y in via)


def _gap(doc: Document, node: Node) -> tuple[float, float]:
    was = doc.nodes[node.id]
    return node.x - was.x, node.y - was.y


def _wire(doc: Document, wire: WireId) -> Wire:
    if wire not in doc.wires:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no wire {wire} in this network.")
    return doc.wires[wire]


def _dotted(doc: Document, wire_id: WireId, index: int) -> Wire:
    wire = _wire(doc, wire_id)
    if not 0 <= index < len(wire.via):
        raise Refused(Reason.PLACE, f"{_ends(doc, wire)} has no dot {index + 1}; it has {len(wire.via)}.")
    return wire


def _ends(doc: Document, wire: Wire) -> str:
    return f"{doc.nodes[wire.source].name} → {doc.nodes[wire.target].name}"


def _through(wire: Wire, via: tuple[Dot, ...]) -> Wire:
    problem = dots_problem(via)
    if problem is not None:
        raise Refused(Reason.PLACE, problem)
    return changed(wire, via=via)


def _at(x: float, y: float) -> Dot:
    return float(x) + 0.0, float(y) + 0.0
