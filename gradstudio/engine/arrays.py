"""The arrays of a plan: sizes first, as Python integers, then all of them at once.

Learnable arrays are views of one flat array, their gradients of another; the rest lies in one arena. Where many scalar
gates are computed as vectors (`circuit`), scalars are cells behind the learnable arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradstudio.engine.circuit import FEWEST, NARROWEST, Circuit, Members, find_members
from gradstudio.engine.gate import Array, Budget, Kind, Shape
from gradstudio.engine.graph import Graph, GraphNode, Leaf, Slot, count
from gradstudio.engine.memory import zeros
from gradstudio.engine.storage import ALIGNED, entries, laid

Edge: TypeAlias = tuple[int, int]


class _Request(NamedTuple):
    into: dict[Any, Array]
    key: Any
    shape: Shape
    ones: bool
    rows: bool
    at: int


class Arrays:
    """Values, gradients and contributions of a graph.

    Args:
        graph: the graph.
        dtype: of real arrays.
        budget: asked before anything is allocated.
        beside: arrays others will keep of each parameter.

    Attributes:
        parameters: all learnable arrays, flat.
        flat_gradients: theirs, in the same order.
        places: where in them each leaf begins.
        values: by slot; scalars of a circuit are missing.
        gradients: by slot, where one flows.
        contributions: by (node, input position), those of a circuit's gates missing.
        roomy: by slot the value with room around it, where room was wanted.
        circuit: the scalar gates computed as vectors, or None.
        edges: for each slot the inputs a gradient comes back through, those of a circuit's gates left out.
        seeded: slots that are differentiated, those of a circuit's gates left out.
    """

    def __init__(self, graph: Graph, dtype: np.dtype[Any], budget: Budget, beside: int = 0) -> None:
        self.graph = graph
        self._alive = graph.live
        self._dtype = dtype
        self._budget = budget
        self.values: dict[Slot, Array] = {}
        self.gradients: dict[Slot, Array] = {}
        self.contributions: dict[Edge, Array] = {}
        self.roomy: dict[Slot, Array] = {}
        self._joint: dict[int, Array] = {}
        self._requests: list[_Request] = []
        self._size = 0
        members = self._find_circuit()
        self.seeded = self._find_seeded(members)
        self.edges = self._wanted_edges()
        self._apart = self._find_apart()
        self._lay_leaves(members, beside)
        self._ask_for_nodes()
        self._ask_for_contributions()
        self._lay()

    @property
    def others(self) -> Sequence[int]:
        """Nodes that aren't gates of the circuit."""
        return self._others

    def own(self, node: int) -> tuple[Array | None, Array | None]:
        """All weights of a node in one row, and what flows back to them; None where they don't lie so."""
        slots = [self.graph.nodes[node].inputs[p] for p in self.weights_of(node)]
        ends = [self.places.get(slot, -1) for slot in slots]
        sizes = [count(self.graph.shape(slot)) for slot in slots]
        if not slots or ends[0] < 0 or any(a + n != b for a, n, b in zip(ends, sizes, ends[1:], strict=False)):
            return None, None
        values = self.parameters[ends[0] : ends[0] + sum(sizes)]
        if any((node, p) not in self.contributions for p in self.weights_of(node)):
            return values, None
        return values, self._joint.get(node, self.flat_gradients[ends[0] : ends[0] + sum(sizes)])

    def weights_of(self, i: int) -> range:
        """Input positions of a node's own weights."""
        node = self.graph.nodes[i]
        own = len(node.gate.active_weights()) if node.gate.weights else 0
        return range(len(node.inputs) - own, len(node.inputs)) if node.inputs else range(0)

    def shares_buffer(self, slot: Slot) -> bool:
        """One wire only: its contribution is the gradient itself."""
        return len(self.edges.get(slot, ())) == 1 and slot not in self.seeded and slot not in self._apart

    def is_cell(self, slot: Slot) -> bool:
        """Whether a slot is a scalar of the circuit."""
        return self.circuit is not None and self.circuit.cell(slot) >= 0

    def views(self, flat: Array) -> dict[Slot, Array]:
        """The part of a flat array that belongs to each leaf, in its shape."""
        shapes = {slot: self.graph.shape(slot) for slot in self.places}
        return {slot: flat[at : at + count(shapes[slot])].reshape(shapes[slot]) for slot, at in self.places.items()}

    # ---- what is needed

    def _find_circuit(self) -> Members | None:
        """The circuit's gates, where there are enough of them; `others` are the rest."""
        members, table = find_members(self.graph), self.graph.table
        self._others: Sequence[int] = range(len(self.graph.nodes))
        if len(members.nodes) < max(FEWEST, NARROWEST * int(table.levels.max(initial=0))):
            return None
        self._others = np.flatnonzero(table.kinds < 0).tolist()
        return members

    def _find_seeded(self, members: Members | None) -> frozenset[Slot]:
        table, aims = self.graph.table, self.graph.aims
        if members is not None:
            aims = aims[table.kinds[table.owners[aims]] < 0]
        nodes = table.owners[aims]
        return frozenset(map(Slot, nodes.tolist(), (aims - table.first[nodes]).tolist()))

    def _wanted_edges(self) -> dict[Slot, list[Edge]]:
        nodes, differentiable = self.graph.nodes, self.graph.differentiable
        edges: dict[Slot, list[Edge]] = {}
        for i in self._others:
            if self._alive[i]:
                for position, slot in enumerate(nodes[i].inputs):
                    if differentiable(slot):
                        edges.setdefault(slot, []).append((i, position))
        return edges

    def _find_apart(self) -> frozenset[Slot]:
        """Leaves whose contributions must lie beside those of the other weights of their gate."""
        apart: set[Slot] = set()
        for readers in [readers for readers in self.edges.values() if len(readers) > 1]:
            for i, position in readers:
                weights = self.weights_of(i)
                if position in weights:
                    apart.update(self.graph.nodes[i].inputs[p] for p in weights)
        return frozenset(apart)

    def _lay_leaves(self, members: Members | None, beside: int) -> None:
        """Learnable arrays one behind the other, scalar ones last where they are cells of a circuit."""
        nodes, budget = self.graph.nodes, self._budget
        self.places: dict[Slot, int] = {}
        scalars, size, cost = [], 0, self._dtype.itemsize * (2 + beside)
        for i in self._others:
            gate, shapes = nodes[i].gate, nodes[i].shapes
            if isinstance(gate, Leaf) and gate.learned:
                budget.blame = nodes[i].name
                budget.take(count(shapes[0]) * cost)
                if members is not None and shapes[0] == ():
                    scalars.append(Slot(i))
                    continue
                self.places[Slot(i)] = size
                size += count(shapes[0])
        self.circuit: Circuit | None = None
        if members is None:
            self.parameters, self.flat_gradients = zeros((size,), self._dtype), zeros((size,), self._dtype)
        else:
            circuit = Circuit(self.graph, members, self._others, size, self._dtype, budget)
            self.circuit = circuit
            self.places |= {slot: circuit.cell(slot) for slot in scalars}
            self.parameters = circuit.values[: circuit.parameters]
            self.flat_gradients = circuit.gradients[: circuit.parameters]
        self.values.update(self.views(self.parameters))
        self.gradients.update(self.views(self.flat_gradients))

    def _ask_for_nodes(self) -> None:
        nodes = self.graph.nodes
        roomy = {
            slot
            for i in self._others
            if nodes[i].inputs
            for slot, room in zip(nodes[i].inputs, nodes[i].gate.room(*self._shapes(nodes[i])), strict=False)
            if room is not None and room.ones
        }
        for i in self._others:
            self._budget.blame = nodes[i].name
            for k, shape in enumerate(nodes[i].shapes):
                slot = Slot(i, k)
                if slot not in self.places:
                    self._ask_for(slot, shape, ones=slot in roomy and len(shape) == 2)

    def _shapes(self, node: GraphNode) -> list[Shape]:
        return [self.graph.nodes[i].shapes[k] for i, k in node.inputs]

    def _ask_for(self, slot: Slot, shape: Shape, *, ones: bool) -> None:
        """A slot's value and, where one flows, its gradient."""
        if self.graph.port(slot).kind is not Kind.REAL:
            self._budget.take(count(shape) * 8)
            self.values[slot] = np.zeros(shape, np.int64)
            return
        if self.circuit is not None and shape == ():
            cell = self.circuit.cell(slot)
            self.values[slot] = self.circuit.value(cell)
            if self._alive[slot.node] and self.graph.differentiable(slot):
                self.gradients[slot] = self.circuit.gradient(cell)
            return
        self._request(self.values, slot, shape, ones=ones)
        if slot in self.edges or slot in self.seeded:
            self._request(self.gradients, slot, shape)

    def _ask_for_contributions(self) -> None:
        joint: set[int] = set()
        for slot, edges in self.edges.items():
            self._budget.blame = self.graph.nodes[slot.node].name
            for i, position in edges:
                if self.circuit is not None and (outside := self.circuit.outside(i, position)) is not None:
                    self.contributions[i, position] = outside
                elif slot in self._apart and position in self.weights_of(i):
                    joint.add(i)
                elif not self.shares_buffer(slot):
                    rows = slot in self.places
                    self._request(self.contributions, (i, position), self.graph.shape(slot), rows=rows)
        for i in joint:
            sizes = [count(self.graph.shape(self.graph.nodes[i].inputs[p])) for p in self.weights_of(i)]
            self._request(self._joint, i, (sum(sizes),))

    def _request(
        self, into: dict[Any, Array], key: Any, shape: Shape, *, ones: bool = False, rows: bool = False
    ) -> None:
        size = entries(shape, ones=ones)
        self._budget.take(size * self._dtype.itemsize)
        self._requests.append(_Request(into, key, shape, ones, rows, self._size))
        self._size += -(-size // ALIGNED) * ALIGNED

    # ---- all at once

    def _lay(self) -> None:
        arena = zeros((self._size,), self._dtype)
        for into, key, shape, ones, rows, at in self._requests:
            if rows:
                into[key] = arena[at : at + count(shape)].reshape(shape)
                continue
            into[key], full = laid(arena, at, shape, ones=ones)
            if ones:
                self.roomy[key] = full
        self._requests.clear()
        for slot in self.seeded:
            if not self.is_cell(slot):
                self.gradients[slot][...] = 1
        for slot, edges in self.edges.items():
            if self.shares_buffer(slot) and edges[0] not in self.contributions:
                self.contributions[edges[0]] = self.gradients[slot]
        for i, flat in self._joint.items():
            self._part(i, flat)

    def _part(self, i: int, flat: Array) -> None:
        """What flows back to each weight of a node, as a piece of one array."""
        at = 0
        for position in self.weights_of(i):
            slot = self.graph.nodes[i].inputs[position]
            shape = self.graph.shape(slot)
            if slot in self.edges:
                self.contributions[i, position] = flat[at : at + count(shape)].reshape(shape)
            at += count(shape)
