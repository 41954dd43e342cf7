"""A graph made ready to run: every array allocated once, each pass a straight line of calls into them.

After a run every node's value and gradient lies in an array of its own, to be looked at. Where several wires leave one
output, each keeps its own contribution, and the gradient of the output is their sum. Scalar gates, where there are
many, are computed as vectors (`circuit`); where arrays lie in memory is decided in `storage`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.circuit import FEWEST, NARROWEST, Circuit, find_members, levels_of
from gradstudio.engine.errors import EngineError, GraphError, NotFinite
from gradstudio.engine.gate import Array, Budget, Gate, Kernels, Kind, Mode, Room
from gradstudio.engine.graph import Graph, GraphNode, Leaf, Slot, count, memory_limit
from gradstudio.engine.running import Call, Program, Step, Stop, calls_of, quiet_context
from gradstudio.engine.storage import allocate

Edge: TypeAlias = tuple[int, int]
_PLAIN = Room()


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
        bytes: size of all its arrays.
        mode: how its gates are run: training or not, and at which step.

    Raises:
        MemoryRefused: before memory is taken.
        GraphError: if a source can't produce its data.
    """

    def __init__(
        self, graph: Graph, dtype: npt.DTypeLike = np.float32, limit: int | None = None, beside: int = 0
    ) -> None:
        self.graph = graph
        self.dtype = np.dtype(dtype)
        self.mode = Mode()
        self._quietly = quiet_context().run
        self._alive = _reach(graph)
        self._seeded = frozenset(slot for slot in graph.objective if graph.differentiable(slot))
        self._budget = Budget(memory_limit() if limit is None else limit)
        self._values: dict[Slot, Array] = {}
        self._gradients: dict[Slot, Array] = {}
        self._contributions: dict[Edge, Array] = {}
        self._roomy: dict[Slot, Array] = {}
        self._circuit: Circuit | None = None
        with np.errstate(all="ignore"):  # what is too large for float32 is infinite, and told where it matters
            self._allocate(beside)
            self._forward, self._backward = self._emit()
        self._whole = Program([*self._forward.steps, *self._backward.steps])
        self.bytes = self._budget.taken - beside * self.parameters.nbytes

    # ---- looking at it

    @cached_property
    def live(self) -> frozenset[int]:
        """Nodes on a path to the objective: those a gradient reaches."""
        return frozenset(i for i, alive in enumerate(self._alive) if alive)

    @property
    def calls(self) -> int:
        """Number of kernel calls in a run of both passes."""
        return len(self._forward.calls) + len(self._backward.calls)

    def value(self, slot: Slot) -> Array:
        """The array at a slot (the plan's own: don't write to it)."""
        found = self._values.get(slot)
        if found is None and self._circuit is not None:
            return self._circuit.value(self._circuit.cell(slot))
        return self._values[slot] if found is None else found

    def gradient(self, slot: Slot) -> Array | None:
        """Gradient of the objective with respect to a slot; None where none is defined or none flows."""
        found = self._gradients.get(slot)
        if found is not None or self._circuit is None or slot in self._values:
            return found
        if not (self._alive[slot.node] and self.graph.differentiable(slot)) or not self._is_wanted(slot):
            return None
        return self._circuit.gradient(self._circuit.cell(slot))

    def contribution(self, node: int, position: int) -> Array | None:
        """The share of a slot's gradient that comes back through one input of one node."""
        found = self._contributions.get((node, position))
        if found is None and self._circuit is not None and self._circuit.is_member(node) and self._alive[node]:
            return self._circuit.contribution(node, position)
        return found

    def views(self, flat: Array) -> dict[Slot, Array]:
        """The part of a flat array, laid out as `parameters`, that belongs to each leaf, in its shape."""
        return {
            slot: flat[first : first + count(self.graph.shape(slot))].reshape(self.graph.shape(slot))
            for slot, first in self._places.items()
        }

    def objective(self) -> float:
        """The sum of what is differentiated, after a forward pass."""
        return self.total(self.graph.objective)

    def total(self, slots: Sequence[Slot]) -> float:
        """The sum of all entries of some slots."""
        with np.errstate(all="ignore"):
            if len(slots) > 8 and self._circuit is not None:
                circuit = self._circuit
                cells = [cell for slot in slots if (cell := circuit.cell(slot)) >= 0]
                others = [slot for slot in slots if slot in self._values]
                return float(circuit.values[cells].sum(dtype=np.float64)) + self.total(others)
            return float(sum(float(self.value(slot).sum(dtype=np.float64)) for slot in slots))

    # ---- running it

    def run(self) -> None:
        """Forward, then backward."""
        self._quietly(self._whole.play)

    def forward(self, stop: Stop | None = None, after: int | None = None) -> bool:
        """Compute every value, or with `after` those that can depend on that node's; False if stopped between gates."""
        program = self._forward if after is None else self._after(after)
        done: bool = self._quietly(program.play, stop)
        return done

    def backward(self, stop: Stop | None = None) -> bool:
        """Compute every gradient; values must be there. False if stopped."""
        done: bool = self._quietly(self._backward.play, stop)
        return done

    def feed(self, slot: Slot, array: Array) -> None:
        """Put data (a batch) where a source's output lies.

        Raises:
            ValueError: if it has another shape.
        """
        target = self._values[slot]
        if array.shape != target.shape:
            raise ValueError(f"{self.graph.nodes[slot.node].name} takes {target.shape}, found {array.shape}.")
        if array.dtype == target.dtype:
            target[...] = array
        else:
            self._quietly(np.copyto, target, array, "same_kind")

    def advance(self) -> None:
        """Move the state of gates on (running statistics), after a training step's passes."""
        for gate, arrays in self._stateful:
            gate.advance(*arrays)

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
            self._refuse_array(i, "forward", self.value(slot))
        for i, slot in reversed(everywhere):
            found = self.gradient(slot)
            if found is not None:
                self._refuse_array(i, "backward", found)

    def _refuse_array(self, node: int, phase: str, array: Array) -> None:
        if array.dtype.kind != "f" or np.isfinite(array).all():
            return
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise NotFinite(self.graph.nodes[node].name, phase, index, float(array[index]))

    def _after(self, node: int) -> Program:
        rank = node if self._circuit is None else self._circuit.levels[node]
        if rank not in self._partial:
            self._partial[rank] = self._forward.after(rank)
        return self._partial[rank]

    @cached_property
    def _partial(self) -> dict[int, Program]:
        return {}

    # ---- making it

    def _is_wanted(self, slot: Slot) -> bool:
        leaf = isinstance(self.graph.nodes[slot.node].gate, Leaf)
        return leaf or slot in self._seeded or slot in self.graph.consumers

    def _shares_buffer(self, slot: Slot) -> bool:
        """One wire only: its contribution is the gradient itself."""
        return len(self._edges.get(slot, ())) == 1 and slot not in self._seeded and slot not in self._apart

    def _allocate(self, beside: int) -> None:
        nodes = self.graph.nodes
        members = find_members(nodes)
        leaves = [(i, node) for i, node in enumerate(nodes) if isinstance(node.gate, Leaf) and node.gate.learned]
        many = len(members.nodes) >= FEWEST
        levels = levels_of(nodes) if many else []
        together = many and len(members.nodes) >= NARROWEST * max(levels)
        arrays = [(i, n) for i, n in leaves if n.shapes[0] != () or not together]
        size = self._refuse_large_leaves(leaves, beside)
        self._edges, self._apart = self._wanted_edges(frozenset(members.nodes) if together else frozenset())
        self._places: dict[Slot, int] = {}
        offset = 0
        for i, node in arrays:
            self._places[Slot(i)] = offset
            offset += count(node.shapes[0])
        if together:
            self._circuit = circuit = Circuit(
                self.graph, self._alive, members, levels, offset, self.dtype, self._budget
            )
            self._places |= {Slot(i): circuit.cell(Slot(i)) for i, n in leaves if n.shapes[0] == ()}
            self.parameters = circuit.values[: circuit.parameters]
            self.gradients = circuit.gradients[: circuit.parameters]
        else:
            self.parameters, self.gradients = np.zeros(size, self.dtype), np.zeros(size, self.dtype)
        values, gradients = self.views(self.parameters), self.views(self.gradients)
        for slot in self._places:
            self._values[slot], self._gradients[slot] = values[slot], gradients[slot]
        self._allocate_nodes(frozenset(members.nodes) if together else frozenset())
        self._allocate_contributions()
        for slot in self._places:
            self._values[slot][...] = nodes[slot.node].gate.forward()

    def _refuse_large_leaves(self, leaves: Sequence[tuple[int, GraphNode]], beside: int) -> int:
        size = 0
        for _, node in leaves:
            self._budget.blame = node.name
            self._budget.take(count(node.shapes[0]) * self.dtype.itemsize * (2 + beside))
            size += count(node.shapes[0])
        return size

    def _wanted_edges(self, members: frozenset[int]) -> tuple[dict[Slot, list[Edge]], frozenset[Slot]]:
        """For each differentiable slot the edges a gradient comes back through, those of circuits left out.

        Then the leaves whose contributions must lie beside those of the other weights of their gate.
        """
        edges: dict[Slot, list[Edge]] = {}
        for i, node in enumerate(self.graph.nodes):
            if i in members or not self._alive[i]:
                continue
            for position, slot in enumerate(node.inputs):
                if self.graph.differentiable(slot):
                    edges.setdefault(slot, []).append((i, position))
        apart: set[Slot] = set()
        for readers in [readers for readers in edges.values() if len(readers) > 1]:
            for i, position in readers:
                weights = self._weights_of(i)
                if position in weights:
                    apart.update(self.graph.nodes[i].inputs[p] for p in weights)
        return edges, frozenset(apart)

    def _weights_of(self, i: int) -> range:
        """Input positions of a node's own weights."""
        node = self.graph.nodes[i]
        return range(len(node.inputs) - len(node.gate.active_weights()), len(node.inputs)) if node.inputs else range(0)

    def _allocate_nodes(self, members: frozenset[int]) -> None:
        rooms = self._rooms(members)
        for i, node in enumerate(self.graph.nodes):
            if i in members or (isinstance(node.gate, Leaf) and node.gate.learned):
                continue
            self._budget.blame = node.name
            for k, shape in enumerate(node.shapes):
                self._allocate_slot(Slot(i, k), shape, rooms)
            node.gate.mode = self.mode
            if not node.inputs:
                self._produce(i, node)

    def _allocate_slot(self, slot: Slot, shape: tuple[int, ...], rooms: dict[Slot, Room]) -> None:
        real = self.graph.port(slot).kind is Kind.REAL
        if real and shape == () and self._circuit is not None:
            cell = self._circuit.cell(slot)
            self._values[slot] = self._circuit.value(cell)
            if slot in self._seeded or (self._alive[slot.node] and self.graph.differentiable(slot)):
                self._gradients[slot] = self._circuit.gradient(cell)
            return
        dtype = self.dtype if real else np.dtype(np.int64)
        room = rooms.get(slot, _PLAIN) if real else _PLAIN
        self._values[slot], self._roomy[slot] = allocate(shape, dtype, room, self._budget)
        if slot in self._edges or slot in self._seeded:
            self._gradients[slot], _ = allocate(shape, self.dtype, _PLAIN, self._budget)

    def _rooms(self, members: frozenset[int]) -> dict[Slot, Room]:
        """The room that is wanted around values."""
        found: dict[Slot, Room] = {}
        for i, node in enumerate(self.graph.nodes):
            if i not in members and node.inputs:
                asked = node.gate.room(*(self.graph.shape(slot) for slot in node.inputs))
                found.update({slot: room for slot, room in zip(node.inputs, asked, strict=False) if room is not None})
        return found

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
            if slot in self._gradients:
                self._gradients[slot][...] = 1
        joint: set[int] = set()
        for slot, edges in self._edges.items():
            for i, position in edges:
                if self._circuit is not None and (outside := self._circuit.outside(i, position)) is not None:
                    self._contributions[i, position] = outside
                elif self._shares_buffer(slot):
                    self._contributions[i, position] = self._gradients[slot]
                elif slot in self._apart and position in self._weights_of(i):
                    joint.add(i)
                else:
                    self._contributions[i, position] = self._beside(slot)
        for i in joint:
            self._allocate_joint(i)

    def _beside(self, slot: Slot) -> Array:
        """One more array like a slot's gradient, in the same memory order."""
        self._budget.blame = self.graph.nodes[slot.node].name
        self._budget.take(self._gradients[slot].nbytes)
        return np.zeros_like(self._gradients[slot])

    def _allocate_joint(self, i: int) -> None:
        """The contributions to all weights of a node in one row, as the weights themselves lie."""
        wanted = [(p, s) for p in self._weights_of(i) if (s := self.graph.nodes[i].inputs[p]) in self._edges]
        sizes = [count(self.graph.shape(slot)) for _, slot in wanted]
        self._budget.take(sum(sizes) * self.dtype.itemsize)
        flat, offset = np.zeros(sum(sizes), self.dtype), 0
        for (position, slot), size in zip(wanted, sizes, strict=True):
            self._contributions[i, position] = flat[offset : offset + size].reshape(self.graph.shape(slot))
            offset += size

    def _emit(self) -> tuple[Program, Program]:
        circuit = self._circuit
        ahead: list[Step] = []
        back: dict[int, Step] = {}
        self._stateful: list[tuple[Gate, list[Array]]] = []
        for i in range(len(self.graph.nodes)) if circuit is None else circuit.others:
            node = self.graph.nodes[i]
            if not node.inputs:
                continue
            self._budget.blame = node.name
            forward, backward = self._calls_of(i, node)
            work = sum(count(self.graph.shape(slot)) for slot in node.inputs)
            ahead.append(Step(i if circuit is None else circuit.levels[i], node.name, forward, work))
            if self._alive[i]:
                back[i] = Step(-i, node.name, backward, 2 * work)
        for i in range(len(self.graph.nodes)) if circuit is None else self._summed_nodes():
            sums = self._sums_at(i)
            if sums:
                step = back.get(i, Step(-i, self.graph.nodes[i].name, [], 0))
                back[i] = step._replace(calls=[*sums, *step.calls])
        if circuit is None:
            return Program(ahead), Program(back[i] for i in sorted(back, reverse=True))
        return self._weave(circuit, ahead, back)

    def _summed_nodes(self) -> list[int]:
        return sorted({slot.node for slot in self._edges})

    def _weave(self, circuit: Circuit, ahead: list[Step], back: dict[int, Step]) -> tuple[Program, Program]:
        """Levels of the circuit and the other nodes, in an order that holds for both."""
        levels = circuit.forward_steps()
        forward = sorted([*ahead, *levels.values()], key=lambda step: step.rank)
        by_level: dict[int, list[int]] = {}
        for i in sorted(back, reverse=True):
            by_level.setdefault(circuit.levels[i], []).append(i)
        backward = circuit.local_steps()
        for level in range(circuit.height - 1, -1, -1):
            backward.append(circuit.backward_step(level))
            backward += [back[i] for i in by_level.get(level, ())]
        return Program(forward), Program(backward)

    def _calls_of(self, i: int, node: GraphNode) -> tuple[list[Call], list[Call]]:
        x = [self._values[slot] if slot in self._values else self.value(slot) for slot in node.inputs]
        slots = [Slot(i, k) for k in range(len(node.shapes))]
        z = [self._values[slot] for slot in slots]
        dz = [self._gradients.get(slot, _nothing(a)) for slot, a in zip(slots, z, strict=True)]
        dx = [self._contributions.get((i, p)) for p in range(len(x))]
        if len(z) != 1:
            return calls_of(node.gate, Kernels(x, z[0], dz[0], dx, self.dtype), z, dz)
        kernels = Kernels(x, z[0], dz[0], dx, self.dtype, budget=self._budget)
        kernels.roomy = tuple(self._roomy.get(slot) for slot in node.inputs)
        kernels.seeded = slots[0] in self._seeded and slots[0] not in self._edges
        if any(not weight.learned for weight in node.gate.active_weights()):
            self._stateful.append((node.gate, [x[p] for p in self._weights_of(i)]))
        return calls_of(node.gate, kernels, z, dz)

    def _sums_at(self, i: int) -> list[Call]:
        """Calls that add up what several wires bring back to the outputs of a node."""
        calls: list[Call] = []
        for k in range(len(self.graph.nodes[i].shapes)):
            slot = Slot(i, k)
            if slot not in self._edges or self._shares_buffer(slot) or self._is_cell(slot):
                continue
            total = self._gradients[slot]
            parts = [self._contributions[edge] for edge in self._edges[slot]]
            if slot in self._seeded:
                parts.append(np.ones((), self.dtype))
            if len(parts) == 1:
                calls.append(partial(total.__setitem__, Ellipsis, parts[0]))
                continue
            calls.append(partial(np.add, parts[0], parts[1], total))
            calls += [partial(np.add, total, other, total) for other in parts[2:]]
        return calls

    def _is_cell(self, slot: Slot) -> bool:
        return self._circuit is not None and self._circuit.cell(slot) >= 0


def live_nodes(graph: Graph) -> frozenset[int]:
    """Nodes on a path to the objective: those a gradient reaches."""
    return frozenset(i for i, alive in enumerate(_reach(graph)) if alive)


def _reach(graph: Graph) -> list[bool]:
    """For each node whether a gradient reaches it, going once through the nodes in reverse."""
    nodes = graph.nodes
    live = [False] * len(nodes)
    for slot in graph.objective:
        if graph.differentiable(slot):
            live[slot[0]] = True
    dull = graph.undifferentiable
    for i in range(len(nodes) - 1, -1, -1):
        if live[i]:
            for slot in nodes[i][2]:
                if not live[slot[0]] and slot not in dull:
                    live[slot[0]] = True
    return live


def _nothing(like: Array) -> Array:
    """A zero gradient that takes no memory, for a node no gradient reaches."""
    return np.broadcast_to(np.zeros((), like.dtype), like.shape)
