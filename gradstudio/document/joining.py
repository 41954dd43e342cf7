"""Connecting without aiming: nodes rather than ports are named, and the best free ports are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradstudio.document import commands
from gradstudio.document.fitting import End, offered, wanting
from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, NodeId, Patch, Wire, WireId
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.shapes import infer

Ends = tuple[NodeId, str, NodeId, str]


def best_pair(doc: Document, source: NodeId, target: NodeId) -> Ends | Refused:
    """The output and input by which one node feeds another: the first free ones that fit, or why there are none."""
    kind = doc.nodes[target].kind.category if doc.nodes[target].known else None
    first: Refused | None = None
    for taken in wanting(doc, target):
        for output in offered(doc, source, kind):
            refusal = why_not(doc, source, output, target, taken)
            if refusal is None:
                return source, output, target, taken
            first = first or refusal
    return first or _no_port(doc, source, target)


def either_way(doc: Document, source: NodeId, target: NodeId) -> Ends | Refused:
    """The same, or the other way round where only that fits; the refusal is that of the way asked for."""
    found = best_pair(doc, source, target)
    if isinstance(found, Refused) and source != target:
        back = best_pair(doc, target, source)
        return found if isinstance(back, Refused) else back
    return found


def connect_nodes(doc: Document, source: NodeId, target: NodeId) -> Patch:
    """A wire between two nodes, by the ports that fit best.

    Raises:
        Refused: if no output of the one fits an input of the other, in either direction.
    """
    found = either_way(doc, source, target)
    if isinstance(found, Refused):
        raise found
    return commands.connect(doc, *found)


def join(doc: Document, nodes: Iterable[NodeId]) -> Patch:
    """Wires from left to right: each node feeds the next one that takes it; of two nodes the left feeds the right.

    Raises:
        Refused: if nothing of it can be connected.
    """
    order = sorted(set(nodes), key=lambda i: (doc.nodes[i].x, doc.nodes[i].y, i))
    if len(order) == 2:
        return connect_nodes(doc, *order)
    trial, made, first = Rehearsal(doc), 0, None
    for k, source in enumerate(order):
        refusal = _feed_next(trial, source, order[k + 1 :])
        made += refusal is None
        first = first or refusal
    if not made:
        raise first or Refused(Reason.UNKNOWN_NODE, "Select two nodes or more to join them.")
    return trial.patch("Join 2 nodes" if made == 1 else f"Join {made + 1} nodes")


def _feed_next(trial: Rehearsal, source: NodeId, others: Sequence[NodeId]) -> Refused | None:
    """Connect a node to the first of the others that takes it, unless it feeds one of them already."""
    if not others or {w.target for w in trial.doc.wires_out_of(source)} & set(others):
        return Refused(Reason.DUPLICATE, "These nodes are joined already.")
    first: Refused | None = None
    for target in others:
        found = best_pair(trial.doc, source, target)
        if not isinstance(found, Refused):
            trial.do(commands.connect(trial.doc, *found))
            return None
        first = first or found
    return first


def move_ends(doc: Document, wires: Sequence[Wire], end: End) -> Patch:
    """All these wires to another port with the ends that are at one port now, in one step.

    Raises:
        Refused: if one of them doesn't fit there; then none is moved.
    """
    trial = Rehearsal(doc)
    trial.do(commands.disconnect(doc, [wire.id for wire in wires]))
    for wire in wires:
        trial.do(reconnect(trial.doc, moved_ends(wire, end), wire.via))
    return trial.patch(f"Move {len(wires)} wires to {doc.nodes[end.node].name}" if len(wires) > 1 else "Move a wire")


def moved_ends(wire: Wire, end: End) -> Ends:
    """The ends of a wire that is plugged in elsewhere, with its source end or its target end."""
    if end.is_output:
        return end.node, end.port, wire.target, wire.input
    return wire.source, wire.output, end.node, end.port


def reconnect(doc: Document, ends: Ends, via: tuple[tuple[float, float], ...]) -> Patch:
    """A new wire through these dots.

    Raises:
        Refused: as `commands.connect`.
    """
    patch = commands.connect(doc, *ends)
    wires = {i: wire and Wire(i, *wire.ends, via=via) for i, wire in patch.wires.items()}
    return Patch(patch.title, wires=wires)


def around(doc: Document, nodes: Iterable[NodeId]) -> tuple[WireId, ...]:
    """The wires that lead into a set of nodes from outside, or out of it."""
    inside = set(nodes)
    into = [w.id for i in inside for w in doc.wires_into(i) if w.source not in inside]
    return tuple(sorted([*into, *(w.id for i in inside for w in doc.wires_out_of(i) if w.target not in inside)]))


def _no_port(doc: Document, source: NodeId, target: NodeId) -> Refused:
    """Why there isn't even a pair of ports to ask for."""
    name, place = doc.nodes[target].name, infer(doc).places[target]
    if not infer(doc).places[source].outputs:
        return Refused(Reason.UNKNOWN_PORT, f"“{doc.nodes[source].name}” has no output to start a wire at.")
    if not place.inputs:
        return Refused(Reason.UNKNOWN_PORT, f"“{name}” takes no wire: it has no input.")
    return Refused(Reason.OCCUPIED, f"Every input of “{name}” has its wire. Take one away first.")
