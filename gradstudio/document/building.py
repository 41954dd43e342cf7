"""Nodes put into a network and taken out of it together with their wires, each with one patch: one step of undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gradstudio.document import commands
from gradstudio.document.fitting import End, between, offered, plain_outputs, wanting
from gradstudio.document.joining import around, best_pair, reconnect
from gradstudio.document.model import Document, Dot, NodeId, Patch, Wire, WireId
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG


@dataclass(frozen=True, slots=True)
class Fresh:
    """A node to be made.

    Attributes:
        gate: id in the catalogue.
        x: left edge.
        y: top edge.
        name: its name; None for one of the gate's own.
        params: values that are set.
    """

    gate: str
    x: float
    y: float
    name: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a new node.

    Attributes:
        patch: that makes it.
        node: its id.
        select: what is best selected then, so that building goes on: the node; the node it now feeds, as long as that
            wants more; or, of a new source beside others, all of them, for the gate that takes them both.
    """

    patch: Patch
    node: NodeId
    select: tuple[NodeId, ...]


def add(doc: Document, fresh: Fresh, selected: Sequence[NodeId] = ()) -> Placed:
    """A new node, fed by the selected ones where it takes them; a new source feeds the selected one that wants it.

    Raises:
        Refused: for an unknown gate, a name or a place that can't be.
        ParamError: for a value the gate can't take.
    """
    trial, node = _begin(doc, fresh)
    select: tuple[NodeId, ...] = (node,)
    if infer(trial.doc).places[node].inputs:
        for source in selected:
            _feed(trial, source, node)
    elif any(_feed(trial, node, target) for target in selected):
        select = tuple(selected)
    elif selected and all(_gives(doc, other) for other in selected):
        select = (*selected, node)
    return Placed(trial.patch(_title(trial, node)), node, select)


def add_at(doc: Document, fresh: Fresh, ends: Sequence[End], *, without: WireId | None = None) -> Placed:
    """A new node wired to these ports, for which a wire was dropped on empty canvas.

    Args:
        doc: the network.
        fresh: the node.
        ends: ports each to be wired to a port of it.
        without: a wire that goes in exchange.

    Raises:
        Refused: as `add`, or if there is no port for one of the ends.
        ParamError: as `add`.
    """
    trial, node = _begin(doc, fresh)
    if without is not None:
        trial.do(commands.disconnect(trial.doc, [without]))
    for end in ends:
        _attach(trial, node, end)
    return Placed(trial.patch(_title(trial, node)), node, (node,))


def add_into(doc: Document, fresh: Fresh, wire: WireId, before: int = 0) -> Placed:
    """A new node put into a wire.

    Args:
        doc: the network.
        fresh: the node.
        wire: it is put into.
        before: how many of the wire's dots come before the node.

    Raises:
        Refused: as `add`, or if the node doesn't fit into the wire.
        ParamError: as `add`.
    """
    trial, node = _begin(doc, fresh)
    title = f"Insert {trial.doc.nodes[node].name} into {_wire_name(doc, wire)}"
    _insert(trial, wire, node, before)
    return Placed(trial.patch(title), node, (node,))


def insert(doc: Document, wire_id: WireId, node: NodeId, before: int = 0, at: Dot | None = None) -> Patch:
    """A node put into a wire, and moved where it was dropped.

    Args:
        doc: the network.
        wire_id: the wire.
        node: the node; it feeds nothing yet.
        before: how many of the wire's dots come before the node.
        at: its new place.

    Raises:
        Refused: if it doesn't fit into the wire.
    """
    trial = Rehearsal(doc)
    if at is not None:
        trial.do(commands.move(doc, {node: at}))
    _insert(trial, wire_id, node, before)
    return trial.patch(f"Insert {doc.nodes[node].name} into {_wire_name(doc, wire_id)}")


def take_out(doc: Document, nodes: Sequence[NodeId], places: Mapping[NodeId, Dot] | None = None) -> Patch:
    """Nodes out of their wires, and perhaps to other places; what fed them feeds what they fed, where that is legal.

    Raises:
        Refused: if no wire leads to them or away.
    """
    if not around(doc, nodes):
        raise Refused(Reason.UNKNOWN_NODE, f"No wire leads to {_several(doc, nodes)} or away from there.")
    trial = Rehearsal(doc)
    _heal(trial, nodes)
    if places:
        trial.do(commands.move(trial.doc, places))
    return trial.patch(f"Take {_several(doc, nodes)} out of the wires")


def dissolve(doc: Document, nodes: Sequence[NodeId]) -> Patch:
    """Nodes away; what fed them feeds what they fed, where that is legal.

    Raises:
        Refused: for an id that isn't there.
    """
    trial = Rehearsal(doc)
    _heal(trial, nodes)
    trial.do(commands.delete(trial.doc, nodes))
    return trial.patch(f"Delete {_several(doc, nodes)}, wires healed")


def _insert(trial: Rehearsal, wire_id: WireId, node: NodeId, before: int) -> None:
    """Put a node into a wire."""
    wire = trial.doc.wires[wire_id]
    found = between(trial.doc, wire, trial.doc.nodes[node])
    if found is None:
        message = f"“{trial.doc.nodes[node].name}” doesn't fit into the wire {_wire_name(trial.doc, wire_id)}."
        raise Refused(Reason.SHAPE, message)
    trial.do(commands.disconnect(trial.doc, [wire_id]))
    trial.do(reconnect(trial.doc, (wire.source, wire.output, node, found[0]), wire.via[:before]))
    trial.do(reconnect(trial.doc, (node, found[1], wire.target, wire.input), wire.via[before:]))


def _begin(doc: Document, fresh: Fresh) -> tuple[Rehearsal, NodeId]:
    trial = Rehearsal(doc)
    patch, node = commands.add_node(trial.doc, fresh.gate, fresh.x, fresh.y, name=fresh.name, params=fresh.params)
    trial.do(patch)
    return trial, node


def _feed(trial: Rehearsal, source: NodeId, target: NodeId) -> bool:
    """Connect two nodes by the ports that fit; says whether there are some."""
    found = best_pair(trial.doc, source, target)
    if isinstance(found, Refused):
        return False
    trial.do(commands.connect(trial.doc, *found))
    return True


def _attach(trial: Rehearsal, node: NodeId, end: End) -> None:
    """Wire an end to the first port of the node that fits."""
    doc, refusal = trial.doc, None
    kind = CATALOG.get(doc.nodes[node].gate).category
    for port in wanting(doc, node) if end.is_output else offered(doc, node, kind):
        ends = (end.node, end.port, node, port) if end.is_output else (node, port, end.node, end.port)
        try:
            trial.do(commands.connect(doc, *ends))
        except Refused as why:
            refusal = refusal or why
        else:
            return
    raise refusal or Refused(Reason.UNKNOWN_PORT, f"“{doc.nodes[node].name}” has no port for this wire.")


def _gives(doc: Document, node: NodeId) -> bool:
    """Whether a node's output is free."""
    outputs = {port.name for port in plain_outputs(infer(doc).places[node])}
    return bool(outputs - {wire.output for wire in doc.wires_out_of(node)})


def _heal(trial: Rehearsal, nodes: Sequence[NodeId]) -> None:
    """Take the nodes out of the wires around them, and close the gaps."""
    doc, inside = trial.doc, frozenset(nodes)
    plain = {i: {port.name for port in plain_outputs(infer(doc).places[i])} for i in inside}
    outer = [doc.wires[i] for i in around(doc, nodes)]
    gaps = [w for w in outer if w.source in inside and w.output in plain[w.source]]
    ways = {wire.id: list(_origins(doc, wire.source, inside)) for wire in gaps}
    trial.do(commands.disconnect(doc, [wire.id for wire in outer]))
    for wire in gaps:
        _close(trial, wire, ways[wire.id])


def _close(trial: Rehearsal, gap: Wire, ways: Iterable[Wire]) -> None:
    """Lead the first of the wires that fits to where the gap's wire ended."""
    for way in ways:
        try:
            ends = (way.source, way.output, gap.target, gap.input)
            trial.do(reconnect(trial.doc, ends, (*way.via, *gap.via)))
        except Refused:
            continue
        return


def _origins(doc: Document, node: NodeId, inside: frozenset[NodeId]) -> Iterator[Wire]:
    """The wires from outside that lead to a node, also through others of the set; those of the first input first."""
    stack, seen = _arriving(doc, node)[::-1], {node}
    while stack:
        wire = stack.pop()
        if wire.source not in inside:
            yield wire
        elif wire.source not in seen:
            seen.add(wire.source)
            stack += _arriving(doc, wire.source)[::-1]


def _arriving(doc: Document, node: NodeId) -> list[Wire]:
    """The wires into a node in the order of its inputs."""
    ports = [port.name for port in infer(doc).places[node].inputs]
    return sorted(doc.wires_into(node), key=lambda w: (ports.index(w.input) if w.input in ports else len(ports), w.id))


def _several(doc: Document, nodes: Sequence[NodeId]) -> str:
    return doc.nodes[nodes[0]].name if len(nodes) == 1 else f"{len(nodes)} nodes"


def _title(trial: Rehearsal, node: NodeId) -> str:
    return f"Add {trial.doc.nodes[node].name}"


def _wire_name(doc: Document, wire: WireId) -> str:
    ends = doc.wires[wire]
    return f"{doc.nodes[ends.source].name} → {doc.nodes[ends.target].name}"
