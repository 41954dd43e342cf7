"""A graph made ready to run: every array allocated once, each pass a straight line of calls into them.

After a run every node's value and gradient lies in an array of its own, to be looked at. Where several wires leave one
output, each keeps its own contribution, and the gradient of the output is their sum. Scalar gates, where there are
many, are computed as vectors (`circuit`); where arrays lie in memory is decided in `storage`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from gradstudio.engine.arrays import Arrays
from gradstudio.engine.circuit import Circuit
from gradstudio.engine.errors import EngineError, GraphError, NotFinite
from gradstudio.engine.gate import Array, Budget, Gate, Kernels, Mode
from gradstudio.engine.graph import Graph, GraphNode, Slot
from gradstudio.engine.memory import memory_limit
from gradstudio.engine.running import Call, Program, Step, Stop, calls_of, quiet_context
from gradstudio.engine.supply import Rows


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
        quietly: calls a function with arguments so that numpy warns of nothing; not within itself.

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
        self.quietly = quiet_context().run
        self._alive = graph.live.tolist()
        self._budget = Budget(memory_limit() if limit is None else limit)
        self._arrays = arrays = Arrays(graph, self.dtype, self._budget, beside)
        self._values, self._gradients, self._circuit = arrays.values, arrays.gradients, arrays.circuit
        self.parameters, self.gradients = arrays.parameters, arrays.flat_gradients
        with np.errstate(all="ignore"):  # what is too large for float32 is infinite, and told where it matters
            self._produce()
            self._forward, self._backward = self._emit()
        self._whole = Program([*self._forward.steps, *self._backward.steps])
        self.bytes = self._budget.taken - beside * self.parameters.nbytes

    # ---- looking at it

    @cached_property
    def live(self) -> frozenset[int]:
        """Nodes on a path to the objective: those a gradient reaches."""
        return live_nodes(self.graph)

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
        flows = self._alive[slot.node] and self.graph.differentiable(slot)
        return self._circuit.gradient(self._circuit.cell(slot)) if flows else None

    def contribution(self, node: int, position: int) -> Array | None:
        """The share of a slot's gradient that comes back through one input of one node."""
        found = self._arrays.contributions.get((node, position))
        if found is None and self._circuit is not None and self._circuit.is_member(node) and self._alive[node]:
            return self._circuit.contribution(node, position)
        return found

    def views(self, flat: Array) -> dict[Slot, Array]:
        """The part of a flat array, laid out as `parameters`, that belongs to each leaf, in its shape."""
        return self._arrays.views(flat)

    def objective(self) -> float:
        """The sum of what is differentiated, after a forward pass."""
        return self._objective()

    @cached_property
    def _objective(self) -> Callable[[], float]:
        return self.adder(self.graph.objective)

    def adder(self, slots: Sequence[Slot]) -> Callable[[], float]:
        """What adds up all entries of some slots whenever it is called: made once, it looks nothing up again."""
        cells = np.full(len(slots), -1)
        if self._circuit is not None:
            aims, table = self.graph.aims, self.graph.table
            known = slots is self.graph.objective and len(slots) == len(aims)
            cells = self._circuit.cells(aims if known else table.numbers(slots))
        scalars = cells[cells >= 0]
        arrays = [self.value(slots[i]) for i in np.flatnonzero(cells < 0).tolist()]
        if len(arrays) + len(scalars) == 1 and (len(scalars) or arrays[0].size == 1):
            one: Callable[[], float] = self.value(slots[0]).item
            return one
        values = None if self._circuit is None else self._circuit.values
        return partial(self.quietly, _add_up, arrays, values, scalars)

    # ---- running it

    def run(self, stop: Stop | None = None) -> bool:
        """Forward, then backward; False if stopped between gates."""
        done: bool = self.quietly(self._whole.play, stop)
        return done

    def forward(self, stop: Stop | None = None, after: int | None = None) -> bool:
        """Compute every value, or with `after` those that can depend on that node's; False if stopped between gates."""
        program = self._forward if after is None else self._after(after)
        done: bool = self.quietly(program.play, stop)
        return done

    def backward(self, stop: Stop | None = None) -> bool:
        """Compute every gradient; values must be there. False if stopped."""
        done: bool = self.quietly(self._backward.play, stop)
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
            self.quietly(np.copyto, target, array, "same_kind")

    def feeder(self, slot: Slot, samples: Array | Rows) -> Callable[[npt.NDArray[np.intp]], None]:
        """What puts chosen samples of an array or of rows where a source's output lies, whenever it is called."""
        target = self._values[slot]
        if not isinstance(samples, np.ndarray):
            return partial(_draw, samples, target)
        whole = self.quietly(samples.astype, target.dtype, "C", "same_kind", True, False)
        work = target if target.flags.c_contiguous else np.empty(target.shape, target.dtype)
        return partial(_choose, np.ascontiguousarray(whole), target, work)

    def advance(self) -> None:
        """Move the state of gates on (running statistics), after a training step's passes."""
        for gate, arrays in self._stateful:
            gate.advance(*arrays)

    def sound(self) -> bool:
        """Whether, as far as a look at the objective and a norm of the gradients tells, nothing is NaN or infinite."""
        return math.isfinite(self.quietly(_square, self.gradients)) and math.isfinite(self.objective())

    def refuse_nonfinite(self) -> None:
        """Look for NaN and infinity after both passes.

        Raises:
            NotFinite: naming the first node, the pass and the index.
        """
        if self.sound():
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

    def _produce(self) -> None:
        """Sources run once, when the plan is made; leaves begin at their start values."""
        values = self._arrays.values
        for i in self._arrays.others:
            node = self.graph.nodes[i]
            node.gate.mode = self.mode
            if node.inputs:
                continue
            try:
                made = node.gate.forward()
            except EngineError as error:
                raise GraphError(f"{node.name}: {error}") from error
            for k, array in enumerate(made if isinstance(made, tuple) else (made,)):
                values[Slot(i, k)][...] = array

    def _emit(self) -> tuple[Program, Program]:
        circuit = self._circuit
        ahead: list[Step] = []
        back: dict[int, Step] = {}
        self._stateful: list[tuple[Gate, list[Array]]] = []
        for i in self._arrays.others:
            node = self.graph.nodes[i]
            if not node.inputs:
                continue
            self._budget.blame = node.name
            forward, backward = self._calls_of(i, node)
            work = sum(self.value(slot).size for slot in node.inputs)
            ahead.append(Step(i if circuit is None else circuit.levels[i], node.name, forward, work))
            if self._alive[i]:
                back[i] = Step(-i, node.name, backward, 2 * work)
        for i in sorted({slot.node for slot in self._arrays.edges}):
            sums = self._sums_at(i)
            if sums:
                step = back.get(i, Step(-i, self.graph.nodes[i].name, [], 0))
                back[i] = step._replace(calls=[*sums, *step.calls])
        if circuit is None:
            return Program(ahead), Program(back[i] for i in sorted(back, reverse=True))
        return self._weave(circuit, ahead, back)

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
        arrays, slots = self._arrays, [Slot(i, k) for k in range(len(node.shapes))]
        x = [self.value(slot) for slot in node.inputs]
        z = [arrays.values[slot] for slot in slots]
        dz = [arrays.gradients[s] if s in arrays.gradients else _nothing(a) for s, a in zip(slots, z, strict=True)]
        dx = [arrays.contributions.get((i, position)) for position in range(len(x))]
        kernels = Kernels(x, z[0], dz[0], dx, self.dtype, budget=self._budget)
        kernels.roomy = tuple(map(arrays.roomy.get, node.inputs))
        kernels.seeded = slots[0] in arrays.seeded and slots[0] not in arrays.edges
        if node.gate.weights:
            kernels.own = arrays.own(i)
            if any(not weight.learned for weight in node.gate.active_weights()):
                self._stateful.append((node.gate, [x[p] for p in arrays.weights_of(i)]))
        return calls_of(node.gate, kernels, z, dz)

    def _sums_at(self, i: int) -> list[Call]:
        """Calls that add up what several wires bring back to the outputs of a node."""
        arrays = self._arrays
        calls: list[Call] = []
        for k in range(len(self.graph.nodes[i].shapes)):
            slot = Slot(i, k)
            if slot not in arrays.edges or arrays.shares_buffer(slot) or arrays.is_cell(slot):
                continue
            total = arrays.gradients[slot]
            parts = [arrays.contributions[edge] for edge in arrays.edges[slot]]
            if slot in arrays.seeded:
                parts.append(np.ones((), self.dtype))
            if len(parts) == 1:
                calls.append(partial(total.__setitem__, Ellipsis, parts[0]))
                continue
            calls.append(partial(np.add, parts[0], parts[1], total))
            calls += [partial(np.add, total, other, total) for other in parts[2:]]
        return calls


def _draw(samples: Rows, target: Array, chosen: npt.NDArray[np.intp]) -> None:
    target[...] = samples.take(chosen)


def _choose(whole: Array, target: Array, work: Array, chosen: npt.NDArray[np.intp]) -> None:
    whole.take(chosen, 0, work, "clip")
    if work is not target:
        target[...] = work


def _square(array: Array) -> float:
    return float(array.dot(array))


def _add_up(arrays: Sequence[Array], cells: Array | None, chosen: npt.NDArray[np.intp]) -> float:
    total = float(sum(float(array.sum(dtype=np.float64)) for array in arrays))
    return total if cells is None else total + float(cells[chosen].sum(dtype=np.float64))


def live_nodes(graph: Graph) -> frozenset[int]:
    """Nodes on a path to the objective: those a gradient reaches."""
    return frozenset(np.flatnonzero(graph.live).tolist())


def _nothing(like: Array) -> Array:
    """A zero gradient that takes no memory, for a node no gradient reaches."""
    return np.broadcast_to(np.zeros((), like.dtype), like.shape)
