"""What would fit, asked while the mouse moves: nothing is copied, and only the nodes concerned are looked at."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, Node, NodeId, Wire, WireId
from gradstudio.document.places import Place, look
from gradstudio.document.reasons import Reason
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import Category, Port

_NEW: NodeId = 2**62
"""An id no node and no wire has."""


@dataclass(frozen=True, slots=True)
class End:
    """A port of a node in the network.

    Attributes:
        node: its node.
        port: its name.
        is_output: whether wires start there.
    """

    node: NodeId
    port: str
    is_output: bool


def newcomer(node: Node) -> Node:
    """The node as one that isn't in the network yet."""
    return Node(_NEW, node.gate, node.name, node.params)


def takes(doc: Document, node: Node, ends: Sequence[End]) -> bool:
    """Whether a node that isn't there yet would fit to each of these ports with one of its own, kinds and shapes."""
    return bool(ends) and all(_partner(doc, newcomer(node), end) is not None for end in ends)


def partner(doc: Document, node: Node, end: End) -> str | None:
    """The port by which a node that isn't there yet would be wired to this end."""
    return _partner(doc, newcomer(node), end)


def _partner(doc: Document, node: Node, end: End) -> str | None:
    places = infer(doc).places
    place = look(node, (), places)
    if end.is_output:
        port = places[end.node].output(end.port)
        for mine in place.inputs:
            wire = Wire(_NEW, end.node, end.port, _NEW, mine.name)
            if port is not None and port.kind is mine.kind and not _misfit(look(node, [wire], places, place.gate)):
                return mine.name
        return None
    port = places[end.node].input(end.port)
    for mine in plain_outputs(place):
        if port is not None and port.kind is mine.kind and _still_fits(doc, node, place, mine, end):
            return mine.name
    return None


def between(doc: Document, wire: Wire, node: Node) -> tuple[str, str] | None:
    """The input and output by which a node could be put into a wire; None where it can't.

    Args:
        doc: the network.
        wire: in it.
        node: in it, feeding nothing yet; or one that isn't there yet (see `newcomer`).
    """
    if node.id in (wire.source, wire.target):
        return None
    present = doc.wires_into(node.id) if node.id in doc.nodes else ()
    place = look(node, present, infer(doc).places)
    for taken in _free(place, present):
        for output in plain_outputs(place):
            if _leads_through(doc, wire, node, present, taken, output):
                return taken.name, output.name
    return None


def loose(doc: Document, node: NodeId) -> bool:
    """Whether a node could be put into a wire: it feeds nothing (but for its weights) and has an input to spare."""
    place = infer(doc).places[node]
    outputs = {port.name for port in plain_outputs(place)}
    feeding = any(wire.output in outputs for wire in doc.wires_out_of(node))
    return bool(outputs) and not feeding and any(True for _ in _free(place, doc.wires_into(node)))


def plain_outputs(place: Place) -> tuple[Port, ...]:
    """A node's outputs without its weights."""
    return place.outputs[: len(place.gate.outputs)] if place.gate is not None else ()


def offered(doc: Document, node: NodeId, category: Category | None = None) -> list[str]:
    """The outputs of a node in the order in which they are wired: unused ones first; to a regulariser its weights."""
    place = infer(doc).places[node]
    plain = [port.name for port in plain_outputs(place)]
    weights = [port.name for port in place.outputs[len(plain) :]]
    used = {wire.output for wire in doc.wires_out_of(node)}
    plain.sort(key=lambda name: name in used)
    return weights + plain if category is Category.REGULARISER else plain + weights


def wanting(doc: Document, node: NodeId) -> list[str]:
    """The inputs of a node that a wire could be added to, those that have none first."""
    place, present = infer(doc).places[node], doc.wires_into(node)
    taken = {wire.input for wire in present}
    return sorted((port.name for port in _free(place, present)), key=lambda name: name in taken)


def _free(place: Place, present: Sequence[Wire]) -> Iterator[Port]:
    taken = {wire.input for wire in present}
    return (port for port in place.inputs if port.many or port.name not in taken)


def _leads_through(doc: Document, wire: Wire, node: Node, present: Sequence[Wire], taken: Port, output: Port) -> bool:
    """Whether both halves of the wire would be legal."""
    places = infer(doc).places
    ends = places[wire.source].output(wire.output), places[wire.target].input(wire.input)
    if ends[0] is None or ends[1] is None or ends[0].kind is not taken.kind or ends[1].kind is not output.kind:
        return False
    if node.id in doc.nodes and not _allowed(doc, wire, node.id, taken.name, output.name):
        return False
    into = [*present, Wire(_NEW, wire.source, wire.output, node.id, taken.name)]
    there = look(node, into, places)
    return not _misfit(there) and _still_fits(doc, node, there, output, End(wire.target, wire.input, False), wire.id)


def _allowed(doc: Document, wire: Wire, node: NodeId, taken: str, output: str) -> bool:
    """Whether neither half closes a cycle, nor is refused for another reason that the shapes have no part in."""
    first = why_not(doc, wire.source, wire.output, node, taken, without=wire.id)
    second = why_not(doc, node, output, wire.target, wire.input, without=wire.id)
    return (first is None or first.reason is Reason.SHAPE) and (second is None or second.reason is Reason.SHAPE)


def _still_fits(doc: Document, node: Node, place: Place, output: Port, end: End, without: WireId | None = None) -> bool:
    """Whether what the node gives would fit at an input, whose wire (where it takes one) would go."""
    places = ChainMap({node.id: place}, infer(doc).places)  # type: ignore[arg-type]  # it is only read
    port = places[end.node].input(end.port)
    kept = [
        w for w in doc.wires_into(end.node)
        if w.id != without and (w.input != end.port or (port is not None and port.many))
    ]  # fmt: skip
    new = Wire(_NEW, node.id, output.name, end.node, end.port)
    return not _misfit(look(doc.nodes[end.node], [*kept, new], places, places[end.node].gate))


def _misfit(place: Place) -> bool:
    return place.finding is not None and place.finding.reason in (Reason.SHAPE, Reason.SIZE)
