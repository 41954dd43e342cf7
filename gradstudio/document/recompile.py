"""Compiling an edited document from what was compiled before the edit: what the edit doesn't touch is taken over.

What comes out is what `compile_document` makes of the document. Edits are followed that leave every other node where it
is in the graph: new values and params, new wires, nodes that come last, and nodes that go. A node of scalars leaves a
gap, which nothing reads, and comes back into it. After all others the whole document is compiled.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Set
from typing import Any

import numpy as np

from gradstudio.document.compile import Assembly, Compiled, compile_document, fresh
from gradstudio.document.model import Document, Node, NodeId, WireId
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, Gate, Port
from gradstudio.engine.graph import Leaf, Slot

MOST_GAPS = 1_000
"""Where more nodes than this have gone from the middle of a graph, it is made anew without them."""


def recompile(before: Compiled, document: Document, nodes: Set[NodeId], wires: Set[WireId]) -> Compiled:
    """The engine graph of an edited document.

    Args:
        before: what was compiled of it at an earlier revision. It is used up: of a hundred thousand nodes nothing is
            copied, its dictionaries become those of the result.
        document: as it is now.
        nodes: ids of all nodes that have come, gone or changed since, at least.
        wires: ids of all such wires.
    """
    try:
        return _Revision(before, document).follow(nodes, wires)
    except _TooDifferent:
        return compile_document(document)


class Gap(Gate):
    """The place of a node of scalars that isn't computed: zeros that nothing reads."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.outputs = (Port("gap", gradient=False),) * outputs  # type: ignore[misc]

    def forward(self) -> Any:
        """Zeros."""
        zeros = (np.zeros(()),) * len(self.outputs)
        return zeros if len(zeros) > 1 else zeros[0]

    def backward(self, *dz: Array) -> tuple[()]:
        """Nothing flows further."""
        return ()


class _TooDifferent(Exception):
    """An edit that moves nodes in the graph, or might."""


class _Revision:
    """What was compiled before, on its way to what is true of a document now."""

    def __init__(self, before: Compiled, document: Document) -> None:
        self._before = before
        self._document = document
        self._assembly = made = Assembly(
            document,
            infer(document),
            before.slots,
            before.wires,
            before.parameters,
            before.state,
            list(before.sources),
            gates=before.gates,
            order=before.order,
            gaps=before.gaps,
        )
        self._nodes = made.builder.nodes
        self._nodes += before.graph.nodes
        self._changed: set[int] = set()
        was, now = before.settings, document.settings
        self._refuse((was.seed, was.batch_size) != (now.seed, now.batch_size) or not before.ascending)
        self._refuse(len(before.problems) > len(before.shapes.problems))
        self._refuse(before.shapes.catalog != made.shapes.catalog)

    def follow(self, nodes: Set[NodeId], wires: Set[WireId]) -> Compiled:
        """Do what the edit asks for, sources before what they feed."""
        document, old = self._document, self._before.shapes.wires
        dirty = {*nodes, *self._forgotten()}
        for wire in wires:
            self._assembly.wires.pop(wire, None)
            dirty.update(w.target for w in (old.get(wire), document.wires.get(wire)) if w is not None)
        for node in sorted((i for i in dirty if i not in document.nodes), reverse=True):
            self._remove(node)
        self._visit(i for i in dirty if i in document.nodes)
        self._take_over_training()
        changed = sorted(i for i in self._changed if i < len(self._nodes))
        graph = self._before.graph
        return self._assembly.finish(graph.edited(self._nodes, changed), graph, ascending=True)

    def _visit(self, dirty: Iterable[NodeId]) -> None:
        """Place these nodes, and those they feed where something else comes out of them now."""
        before, now, document = self._before.shapes.places, self._assembly.shapes.places, self._document
        heap = sorted(dirty)
        last = 0
        while heap:
            node = heapq.heappop(heap)
            if node == last:
                continue
            last = node
            was = node in self._assembly.gates
            self._place(document.nodes[node])
            if was != (node in self._assembly.gates) or (was and before[node].shapes != now[node].shapes):
                for wire in document.wires_out_of(node):
                    heapq.heappush(heap, wire.target)

    def _place(self, node: Node) -> None:
        """Compute a node as it is now, in its old place or at the end; or no longer."""
        made, into = self._assembly, self._document.wires_into(node.id)
        record = self._before.shapes.nodes.get(node.id)
        self._refuse(node.muted or (record is not None and record.muted) or any(w.source > node.id for w in into))
        place = made.shapes.places[node.id]
        fed = None if place.gate is None or None in place.shapes else made.fed(node.id)
        if fed is None or place.gate is None:
            for wire in into:
                made.wires.pop(wire.id, None)
            self._remove(node.id)
            return
        renamed = record is None or record.name != node.name
        self._refuse(renamed and ("." in node.name or bool(place.gate.weights)))
        try:
            self._put(node, fresh(node, place.gate), *fed)
        except EngineError as error:
            raise _TooDifferent from error

    def _put(self, node: Node, gate: Gate, inputs: list[Slot], fed: list[WireId]) -> None:
        made, end = self._assembly, len(self._nodes)
        was = made.gates.get(node.id)
        if was is None and node.id not in made.gaps:
            self._refuse(node.id < (made.order or [0])[-1])
            made.add(node, gate, inputs, fed)
            self._changed.update(range(end, len(self._nodes)))
            return
        if was is None:
            self._refill(node, gate, inputs, fed)
            return
        self._refuse(_kept(was) != _kept(gate) or _is_data(was) or _is_data(gate))
        at = made.build(node, gate, inputs)
        shift = self._move_back(end, min(made.slots[node.id, name].node for name in _names(gate)))
        made.gates[node.id] = gate
        made.wires.update((wire, (at + shift, position)) for position, wire in enumerate(fed))

    def _move_back(self, end: int, first: int) -> int:
        """Put what was built last into the places that begin with `first`; says how far that is."""
        nodes, shift = self._nodes, first - end
        for k, (name, part, sources, shapes) in enumerate(nodes[end:], first):
            moved = tuple([Slot(s.node + shift, s.output) if s.node >= end else s for s in sources])
            nodes[k] = type(nodes[k])(name, part, moved, shapes)
            self._changed.add(k)
        del nodes[end:]
        return shift

    def _refill(self, node: Node, gate: Gate, inputs: list[Slot], fed: list[WireId]) -> None:
        """Have a node come back into the gap it has left."""
        made, nodes, end = self._assembly, self._nodes, len(self._nodes)
        first = made.gaps.pop(node.id)
        last = min((gap for gap in made.gaps.values() if gap > first), default=end)
        made.add(node, gate, inputs, fed)
        made.order.pop()
        new, room = nodes[end:], nodes[first : first + len(nodes) - end]
        self._refuse([part.shapes for part in new] != [part.shapes for part in room] or _is_data(gate))
        self._refuse(first + len(new) > last or not all(isinstance(part.gate, Gap) for part in room))
        shift = self._move_back(end, first)
        for name in _names(gate):
            slot = made.slots[node.id, name]
            made.slots[node.id, name] = slot._replace(node=slot.node + shift)
        made.wires.update((wire, (made.wires[wire][0] + shift, position)) for position, wire in enumerate(fed))
        self._rearrange(made.parameters, node, gate)
        self._rearrange(made.state, node, gate)

    def _rearrange(self, kept: dict[str, Slot], node: Node, gate: Gate) -> None:
        """Bring the arrays of a node that came back into the order of the graph."""
        own = {f"{node.id}.{weight.name}": weight.name for weight in gate.active_weights()}
        found = {key: self._assembly.slots[node.id, own[key]] if key in own else slot for key, slot in kept.items()}
        kept.clear()
        kept.update(sorted(found.items(), key=lambda entry: entry[1]))

    def _remove(self, node: NodeId) -> None:
        """Take a node out of the graph; nothing to do for one that wasn't computed."""
        made, nodes = self._assembly, self._nodes
        gate = made.gates.pop(node, None)
        if gate is None:
            return
        self._refuse(_is_data(gate))
        places = [made.slots.pop((node, name)).node for name in _names(gate)]
        first = min(places)
        for name in _names(gate):
            made.parameters.pop(f"{node}.{name}", None)
            made.state.pop(f"{node}.{name}", None)
        made.gaps[node] = first
        if made.order[-1] != node:
            self._refuse(len(made.gaps) > MOST_GAPS)
            for k in range(first, max(places) + 1):
                self._refuse(any(nodes[k].shapes))
                nodes[k] = nodes[k]._replace(name="", gate=Gap(len(nodes[k].shapes)), inputs=())
                self._changed.add(k)
        while made.order and made.order[-1] in made.gaps:
            del nodes[made.gaps.pop(made.order.pop()) :]

    def _forgotten(self) -> set[NodeId]:
        """The nodes whose weights training knew before and doesn't know now: they start anew."""
        before, now = self._before.training.parameters, self._document.training.parameters
        return set() if before is now else {int(key.partition(".")[0]) for key in before.keys() - now.keys()}

    def _take_over_training(self) -> None:
        """Let learnable arrays start from the training state there is now."""
        before, now = self._before.training.parameters, self._document.training.parameters
        if before is now:
            return
        for key, slot in (*self._assembly.parameters.items(), *self._assembly.state.items()):
            node, array = self._nodes[slot.node], now.get(key)
            if array is not None and array.shape != node.shapes[0]:
                self._refuse(key in before)
            elif array is not None and isinstance(node.gate, Leaf) and array is not node.gate.array:
                self._nodes[slot.node] = node._replace(gate=Leaf(array, node.gate.learned))
                self._changed.add(slot.node)

    def _refuse(self, different: bool) -> None:
        if different:
            raise _TooDifferent


def _names(gate: Gate) -> list[str]:
    """The ports a gate has slots for."""
    return [port.name for port in gate.outputs] + [weight.name for weight in gate.active_weights()]


def _kept(gate: Gate) -> list[tuple[str, bool]]:
    """Its ports, and which of them are learned."""
    return [(port.name, False) for port in gate.outputs] + [(w.name, w.learned) for w in gate.active_weights()]


def _is_data(gate: Gate) -> bool:
    """Whether a gate may be a set of samples."""
    return bool(gate.outputs) and not gate.inputs and not any(port.gradient for port in gate.outputs)
