"""Compiling an edited document from what was compiled before the edit: what the edit doesn't touch is taken over.

What comes out is what `compile_document` makes of the document. Edits are followed that leave every other node where it
is in the graph: new values and params, new wires, nodes that come last or were last. After all others, such as a node
taken from the middle, the whole document is compiled.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Set

from gradstudio.document.compile import Assembly, Compiled, compile_document, fresh
from gradstudio.document.model import Document, Node, NodeId, WireId
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Gate
from gradstudio.engine.graph import Leaf, Slot


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
        made, nodes, end = self._assembly, self._nodes, len(self._nodes)
        was = made.gates.get(node.id)
        if was is None:
            self._refuse(node.id < next(reversed(made.gates), 0))
            made.add(node, gate, inputs, fed)
            self._changed.update(range(end, len(nodes)))
            return
        self._refuse(_kept(was) != _kept(gate) or _is_data(was) or _is_data(gate))
        first = min(made.slots[node.id, name].node for name in _names(gate))
        at = made.build(node, gate, inputs)
        shift = first - end
        for k, (name, part, sources, shapes) in enumerate(nodes[end:], first):
            moved = tuple([Slot(s.node + shift, s.output) if s.node >= end else s for s in sources])
            nodes[k] = type(nodes[k])(name, part, moved, shapes)
            self._changed.add(k)
        del nodes[end:]
        made.gates[node.id] = gate
        made.wires.update((wire, (at + shift, position)) for position, wire in enumerate(fed))

    def _remove(self, node: NodeId) -> None:
        """Take the last node of the graph away; nothing to do for one that wasn't computed."""
        made = self._assembly
        gate = made.gates.get(node)
        if gate is None:
            return
        self._refuse(next(reversed(made.gates)) != node or _is_data(gate))
        names = _names(gate)
        del self._nodes[min(made.slots[node, name].node for name in names) :]
        del made.gates[node]
        for name in names:
            del made.slots[node, name]
            made.parameters.pop(f"{node}.{name}", None)
            made.state.pop(f"{node}.{name}", None)

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
