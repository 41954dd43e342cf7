"""The table a wire is asked before it is drawn: each row has a reason, and a sentence that names both ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from gradstudio.document.model import Document, Node, NodeId, Wire, WireId
from gradstudio.document.order import Walk
from gradstudio.document.places import Place, TooLarge, arriving, predict, with_shapes
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.shapes import Shapes
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Kind, Port

KINDS = {Kind.REAL: "numbers", Kind.LABELS: "class labels"}


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A wire that somebody would like to have."""

    document: Document
    shapes: Shapes
    wire: Wire
    replace: bool = False
    without: WireId | None = None

    @property
    def source(self) -> Node:
        """The node it would start at."""
        return self.document.nodes[self.wire.source]

    @property
    def target(self) -> Node:
        """The node it would end at."""
        return self.document.nodes[self.wire.target]

    @property
    def source_place(self) -> Place:
        """What is known of the node it would start at."""
        return self.shapes.places[self.wire.source]

    @property
    def target_place(self) -> Place:
        """What is known of the node it would end at."""
        return self.shapes.places[self.wire.target]

    @property
    def present(self) -> list[Wire]:
        """The wires that end at the target now, without the one this wire comes in place of."""
        return [wire for wire in self.document.wires_into(self.wire.target) if wire.id != self.without]

    @property
    def ends(self) -> str:
        """Both ends in words."""
        return f"“{self.source.name}” → “{self.target.name}”"


def refusal(attempt: Attempt) -> Refused | None:
    """Why this wire is refused, or None where it may be drawn."""
    for reason, row in WIRE_ROWS.items():
        message = row(attempt)
        if message is not None:
            return Refused(reason, message)
    return _shape(attempt)


def no_port(name: str, side: str, port: str, ports: tuple[Port, ...]) -> str:
    """The sentence about a port a node hasn't."""
    return f"“{name}” has no {side} “{port}”; it has {', '.join(p.name for p in ports) or 'none'}."


def _unknown_node(attempt: Attempt) -> str | None:
    for node in (attempt.wire.source, attempt.wire.target):
        if node not in attempt.document.nodes:
            return f"There is no node {node} in this network."
    return None


def _self_loop(attempt: Attempt) -> str | None:
    if attempt.wire.source != attempt.wire.target:
        return None
    return f"“{attempt.source.name}” can't feed itself. Wire its output to another node."


def _unknown_gate(attempt: Attempt) -> str | None:
    for node in (attempt.source, attempt.target):
        if not node.known:
            return f"This version of GradStudio doesn't know the gate “{node.gate}” of “{node.name}”, nor its ports."
    return None


def _unknown_port(attempt: Attempt) -> str | None:
    wire = attempt.wire
    if attempt.source_place.output(wire.output) is None:
        return no_port(attempt.source.name, "output", wire.output, attempt.source_place.outputs)
    if attempt.target_place.input(wire.input) is None:
        return no_port(attempt.target.name, "input", wire.input, attempt.target_place.inputs)
    return None


def _duplicate(attempt: Attempt) -> str | None:
    wire = attempt.wire
    if any((w.source, w.output, w.input) == (wire.source, wire.output, wire.input) for w in attempt.present):
        return f"{attempt.ends}: this wire is there already."
    return None


def _type(attempt: Attempt) -> str | None:
    output = attempt.source_place.output(attempt.wire.output)
    taken = attempt.target_place.input(attempt.wire.input)
    if output is None or taken is None or output.kind is taken.kind:
        return None
    return f"{attempt.ends}: {output.name} carries {KINDS[output.kind]}, but {taken.name} needs {KINDS[taken.kind]}."


def _cycle(attempt: Attempt) -> str | None:
    wire = attempt.wire
    path = _walks(attempt).path(attempt.document, wire.target, wire.source)
    if path is None:
        return None
    nodes = attempt.document.nodes
    names = ["…" if i is None else f"“{nodes[i].name}”" for i in path]
    way = f" ({' → '.join(names)})" if len(names) > 2 else ""
    return f"{attempt.ends} would close a cycle: {names[0]} already leads to {names[-1]}{way}. Data flows one way only."


def _occupied(attempt: Attempt) -> str | None:
    taken = attempt.target_place.input(attempt.wire.input)
    if attempt.replace or (taken is not None and taken.many):
        return None
    for wire in attempt.present:
        if wire.input == attempt.wire.input:
            other = attempt.document.nodes[wire.source].name
            return f"{attempt.ends}: {wire.input} is taken by “{other}”. Take that wire away first, or replace it."
    return None


def _shape(attempt: Attempt) -> Refused | None:
    place, wire = attempt.target_place, attempt.wire
    if place.gate is None:
        return None
    port = place.input(wire.input)
    others = [w for w in attempt.present if w.input != wire.input or (port is not None and port.many)]
    inputs = arriving(place.inputs, [*others, wire], attempt.shapes.places)
    if not inputs.known:
        return None
    try:
        predict(place.gate, inputs.shapes)
    except ShapeError as error:
        reason = Reason.SIZE if isinstance(error, TooLarge) else Reason.SHAPE
        return Refused(reason, f"{attempt.ends}: {with_shapes(error, inputs)}")
    return None


WIRE_ROWS: Mapping[Reason, Callable[[Attempt], str | None]] = {
    Reason.UNKNOWN_NODE: _unknown_node,
    Reason.SELF_LOOP: _self_loop,
    Reason.UNKNOWN_GATE: _unknown_gate,
    Reason.UNKNOWN_PORT: _unknown_port,
    Reason.DUPLICATE: _duplicate,
    Reason.TYPE: _type,
    Reason.CYCLE: _cycle,
    Reason.OCCUPIED: _occupied,
}
"""What a wire is asked, in this order; then whether the shapes fit."""


class _Walks:
    """The walks begun for one state of a document: all questions of a gesture share them."""

    def __init__(self, state: tuple[int, WireId | None], ranks: Mapping[NodeId, int]) -> None:
        self.state = state
        self.count = 0
        self._ranks = ranks
        self._up: dict[NodeId, Walk] = {}
        self._down: dict[NodeId, Walk] = {}

    def path(self, document: Document, first: NodeId, last: NodeId) -> tuple[NodeId | None, ...] | None:
        """The nodes on a way from first to last (see `Walk.path`), or None where there is no way."""
        if last in self._up:
            walk, asked = self._up[last], first
        elif first in self._down:
            walk, asked = self._down[first], last
        else:
            self.count += 1
            self._down[first] = self._walk(first, upstream=False)
            walk, asked = self._up.setdefault(last, self._walk(last, upstream=True)), first
        return walk.path(asked) if walk.reaches(document, asked) else None

    def _walk(self, start: NodeId, *, upstream: bool) -> Walk:
        return Walk(self._ranks, start, upstream=upstream, without=self.state[1])


_walked: WeakKeyDictionary[Document, _Walks] = WeakKeyDictionary()


def _walks(attempt: Attempt) -> _Walks:
    state = (attempt.document.graph_revision, attempt.without)
    known = _walked.get(attempt.document)
    if known is None or known.state != state or known.count > 50:
        known = _walked[attempt.document] = _Walks(state, {} if attempt.shapes.stuck else attempt.shapes.ranks)
    return known
