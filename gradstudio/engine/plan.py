"""A graph made ready to run: every array allocated once, each pass a straight line of calls into them.

After a run every node's value and gradient lies in an array of its own, to be looked at. Where several wires leave one
output, each keeps its own contribution, and the gradient of the output is their sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import EngineError, GraphError, MemoryRefused, NotFinite
from gradstudio.engine.gate import Array, Gate, Kernels, Kind, Shape
from gradstudio.engine.graph import Graph, GraphNode, Leaf, Slot, count, memory_limit

Call: TypeAlias = Callable[[], Any]
Stop: TypeAlias = Callable[[], bool]
Edge: TypeAlias = tuple[int, int]


class Plan:
    """A compiled graph with its arrays.

    Args:
        graph: what to run.
        dtype: of real arrays, float32 or float64. Labels are int64.
        limit: bytes it may take; `memory_limit()` where None.
        beside: arrays others will keep of each parameter, such as an optimiser; they count towards the limit.

    Attributes:
        parameters: all learnable arrays, flat; `value` of a leaf is a view of it.
        gradients: their gradients, flat, in the same order. Zero where none flows.
        bytes: predicted size of all arrays.

    Raises:
        MemoryRefused: before anything is allocated.
        GraphError: if a source can't produce its data.
    """

    def __init__(
        self, graph: Graph, dtype: npt.DTypeLike = np.float32, limit: int | None = None, beside: int = 0
    ) -> None:
        self.graph = graph
        self.dtype = np.dtype(dtype)
        self.live = live_nodes(graph)
        self._seeded = frozenset(slot for slot in graph.objective if graph.differentiable(slot))
        self._edges = self._wanted_edges()
        self.bytes = self._predict(memory_limit() if limit is None else limit, beside)
        self._values: dict[Slot, Array] = {}
        self._gradients: dict[Slot, Array] = {}
        self._contributions: dict[Edge, Array] = {}
        with np.errstate(all="ignore"):  # what is too large for float32 is infinite, and told where it matters
            self.parameters, self.gradients = self._allocate_leaves()
            self._allocate_nodes()
        self._allocate_contributions()
        self._forward: list[tuple[int, list[Call]]] = []
        self._backward: list[tuple[int, list[Call]]] = []
        self._emit()

    # ---- looking at it

    def value(self, slot: Slot) -> Array:
        """The array at a slot (the plan's own: don't write to it)."""
        return self._values[slot]

    def gradient(self, slot: Slot) -> Array | None:
        """Gradient of the objective with respect to a slot; None where none is defined or none flows."""
        return self._gradients.get(slot)

    def contribution(self, node: int, position: int) -> Array | None:
        """The share of a slot's gradient that comes back through one input of one node."""
        return self._contributions.get((node, position))

    def objective(self) -> float:
        """The sum of what is differentiated, after a forward pass."""
        return self.total(self.graph.objective)

    def total(self, slots: Sequence[Slot]) -> float:
        """The sum of all entries of some slots."""
        with np.errstate(all="ignore"):
            return float(sum(float(self._values[slot].sum(dtype=np.float64)) for slot in slots))

    # ---- running it

    def run(self) -> None:
        """Forward, then backward."""
        self.forward()
        self.backward()

    def forward(self, stop: Stop | None = None, start: int = 0) -> bool:
        """Compute every value from node `start` on; False if `stop()` became true between two gates."""
        program = self._forward if start == 0 else [step for step in self._forward if step[0] >= start]
        return self._play(program, stop)

    def backward(self, stop: Stop | None = None) -> bool:
        """Compute every gradient; values must be there. False if stopped."""
        return self._play(self._backward, stop)

    def feed(self, slot: Slot, array: Array) -> None:
        """Put data (a batch) where a source's output lies.

        Raises:
            ValueError: if it has another shape.
        """
        with np.errstate(all="ignore"):
            np.copyto(self._values[slot], array, casting="same_kind")

    def refuse_nonfinite(self) -> None:
        """Look for NaN and infinity after both passes.

        Raises:
            NotFinite: naming the first node, the pass and the index.
        """
        with np.errstate(all="ignore"):
            square = float(np.dot(self.gradients, self.gradients))
            if math.isfinite(square) and math.isfinite(self.objective()):
                return
        everywhere = [(i, Slot(i, k)) for i, node in enumerate(self.graph.nodes) for k in range(len(node.shapes))]
        for i, slot in everywhere:
            self._refuse_array(i, "forward", self._values[slot])
        for i, slot in reversed(everywhere):
            if slot in self._gradients:
                self._refuse_array(i, "backward", self._gradients[slot])

    def _refuse_array(self, node: int, phase: str, array: Array) -> None:
        if array.dtype.kind != "f" or np.isfinite(array).all():
            return
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise NotFinite(self.graph.nodes[node].name, phase, index, float(array[index]))

    def _play(self, program: Sequence[tuple[int, list[Call]]], stop: Stop | None) -> bool:
        at = 0
        try:
            with np.errstate(all="ignore"):
                for node, calls in program:
                    at = node
                    if stop is not None and stop():
                        return False
                    for call in calls:
                        call()
        except EngineError as error:
            raise GraphError(f"{self.graph.nodes[at].name}: {error}") from error
        return True

    # ---- making it

    def _wanted_edges(self) -> dict[Slot, list[Edge]]:
        """For each differentiable slot, the edges a gradient comes back through."""
        return {
            slot: edges
            for slot, readers in self.graph.consumers.items()
            if self.graph.differentiable(slot) and (edges := [edge for edge in readers if edge[0] in self.live])
        }

    def _shares_buffer(self, slot: Slot) -> bool:
        """One wire only: its contribution is the gradient itself."""
        return len(self._edges.get(slot, ())) == 1 and slot not in self._seeded

    def _predict(self, limit: int, beside: int) -> int:
        total = others = 0
        for i, node in enumerate(self.graph.nodes):
            for k, shape in enumerate(node.shapes):
                slot = Slot(i, k)
                item = self.dtype.itemsize if self.graph.port(slot).kind is Kind.REAL else 8
                edges = len(self._edges.get(slot, ()))
                copies = 1 + (edges > 0 or slot in self._seeded or isinstance(node.gate, Leaf))
                total += count(shape) * item * (copies + (0 if self._shares_buffer(slot) else edges))
                others += count(shape) * item * beside if isinstance(node.gate, Leaf) else 0
                if total + others > limit:
                    raise MemoryRefused(
                        f"{node.name}: with it the network needs more than {limit / 2**30:.1f} GiB of memory. "
                        "Use fewer units, a smaller batch, or float32."
                    )
        return total

    def _allocate_leaves(self) -> tuple[Array, Array]:
        leaves = [(i, node) for i, node in enumerate(self.graph.nodes) if isinstance(node.gate, Leaf)]
        size = sum(count(node.shapes[0]) for _, node in leaves)
        parameters, gradients = np.zeros(size, self.dtype), np.zeros(size, self.dtype)
        offset = 0
        for i, node in leaves:
            shape, end = node.shapes[0], offset + count(node.shapes[0])
            self._values[Slot(i)] = parameters[offset:end].reshape(shape)
            self._gradients[Slot(i)] = gradients[offset:end].reshape(shape)
            self._values[Slot(i)][...] = node.gate.forward()
            offset = end
        return parameters, gradients

    def _allocate_nodes(self) -> None:
        for i, node in enumerate(self.graph.nodes):
            if isinstance(node.gate, Leaf):
                continue
            for k, shape in enumerate(node.shapes):
                slot = Slot(i, k)
                real = self.graph.port(slot).kind is Kind.REAL
                self._values[slot] = np.zeros(shape, self.dtype if real else np.int64)
                if slot in self._edges or slot in self._seeded:
                    self._gradients[slot] = np.zeros(shape, self.dtype)
            if not node.inputs:
                self._produce(i, node)

    def _produce(self, i: int, node: GraphNode) -> None:
        """A source runs once, when the plan is made."""
        try:
            made = node.gate.forward()
        except EngineError as error:
            raise GraphError(f"{node.name}: {error}") from error
        for k, array in enumerate(made if isinstance(made, tuple) else (made,)):
            self._values[Slot(i, k)][...] = array

    def _allocate_contributions(self) -> None:
        for slot in self._seeded:
            self._gradients[slot][...] = 1
        for slot, edges in self._edges.items():
            for edge in edges:
                shared = self._shares_buffer(slot)
                self._contributions[edge] = (
                    self._gradients[slot] if shared else np.zeros(self.graph.shape(slot), self.dtype)
                )

    def _emit(self) -> None:
        for i, node in enumerate(self.graph.nodes):
            if not node.inputs:
                continue
            ahead, back = self._calls_of(i, node)
            self._forward.append((i, ahead))
            if i in self.live:
                self._backward.append((i, back))
        self._backward.reverse()
        sums = {i: calls for i in range(len(self.graph.nodes)) if (calls := self._sums_at(i))}
        self._backward = [(i, sums.pop(i, []) + calls) for i, calls in self._backward]
        self._backward += [(i, sums[i]) for i in sorted(sums, reverse=True)]

    def _calls_of(self, i: int, node: GraphNode) -> tuple[list[Call], list[Call]]:
        x = [self._values[slot] for slot in node.inputs]
        z = [self._values[Slot(i, k)] for k in range(len(node.shapes))]
        dz = [self._gradients.get(Slot(i, k), _nothing(a)) for k, a in enumerate(z)]
        dx = [self._contributions.get((i, p)) for p in range(len(x))]
        if len(z) == 1:
            kernels = Kernels(x, z[0], dz[0], dx, self.dtype)
            if node.gate.kernels(kernels):
                return [partial(f, *a, **kw) for f, a, kw in kernels.forward_calls], [
                    partial(f, *a, **kw) for f, a, kw in kernels.backward_calls
                ]
        return [partial(_forward, node.gate, x, z)], [partial(_backward, node.gate, dz, dx)]

    def _sums_at(self, i: int) -> list[Call]:
        """Calls that add up what several wires bring back to the outputs of a node."""
        calls: list[Call] = []
        for k in range(len(self.graph.nodes[i].shapes)):
            slot = Slot(i, k)
            if self._shares_buffer(slot) or slot not in self._edges:
                continue
            total = self._gradients[slot]
            first, *others = [self._contributions[edge] for edge in self._edges[slot]]
            seed = np.ones((), self.dtype) if slot in self._seeded else np.zeros((), self.dtype)
            calls.append(partial(np.add, first, others.pop(0) if others and slot not in self._seeded else seed, total))
            calls += [partial(np.add, total, other, total) for other in others]
        return calls


def live_nodes(graph: Graph) -> frozenset[int]:
    """Nodes on a path to the objective: those a gradient reaches."""
    live: set[int] = set()
    pending = [slot.node for slot in graph.objective if graph.differentiable(slot)]
    while pending:
        i = pending.pop()
        if i not in live:
            live.add(i)
            pending += [slot.node for slot in graph.nodes[i].inputs if graph.differentiable(slot)]
    return frozenset(live)


def unbroadcast(gradient: Array, shape: Shape) -> Array:
    """Sum a gradient over the axes along which an input of this shape was broadcast."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    if extra > 0:
        gradient = gradient.sum(axis=tuple(range(extra)))
    stretched = tuple(a for a, n in enumerate(shape) if n == 1 and gradient.shape[a] != 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient


def _nothing(like: Array) -> Array:
    """A zero gradient that takes no memory, for a node no gradient reaches."""
    return np.broadcast_to(np.zeros((), like.dtype), like.shape)


def _forward(gate: Gate, x: Sequence[Array], z: Sequence[Array]) -> None:
    made = gate.forward(*x)
    for out, array in zip(z, made if isinstance(made, tuple) else (made,), strict=True):
        out[...] = array


def _backward(gate: Gate, dz: Sequence[Array], dx: Sequence[Array | None]) -> None:
    made = gate.backward(*dz)
    for out, array in zip(dx, made if isinstance(made, (tuple, list)) else (made,), strict=True):
        if out is not None:
            out[...] = 0 if array is None else unbroadcast(np.asarray(array), out.shape)
