"""Gates wired together: the frozen graph the engine runs, nodes in topological order.

Every learnable array is a node of its own (a `Leaf`), so that a gate with weights is an ordinary gate with more inputs
and a gradient with respect to W is found the way every other gradient is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import GraphError, MemoryRefused, ShapeError
from gradstudio.engine.gate import Array, Gate, Kind, Port, Shape, Weight, shape_text
from gradstudio.engine.memory import amount, memory_limit
from gradstudio.engine.table import Table, tabulate
from gradstudio.engine.types import MOST_AXES, MOST_ENTRIES

DRAWN = 16
"""Bytes an entry of a start value takes while it is drawn: a random number in float64, and its scaled copy."""


class Slot(NamedTuple):
    """One output of one node of a graph: what a wire carries."""

    node: int
    output: int = 0


class Leaf(Gate):
    """A learnable array. `array` is its start value; the plan owns the value that changes.

    One that isn't `learned` is state of a gate: it has no gradient, and no optimiser touches it.
    """

    id = "leaf"
    title = "Parameter"
    outputs = (Port("value"),)

    def __init__(self, array: Array, learned: bool = True) -> None:
        super().__init__()
        self.array = array
        self.learned = learned
        if not learned:
            self.outputs = _STATE  # type: ignore[misc]

    def shape(self) -> Shape:
        """The array's shape."""
        return self.array.shape

    def forward(self) -> Array:
        """The start value."""
        return self.array

    def backward(self, dz: Array) -> tuple[()]:
        """Nothing flows further."""
        return ()


_SCALAR: tuple[Shape, ...] = ((),)
_STATE = (Port("value", gradient=False),)


class Samples(Gate):
    """Where numbers of a batch come from."""

    outputs = (Port("samples", gradient=False),)


class Classes(Gate):
    """Where class labels of a batch come from."""

    outputs = (Port("labels", kind=Kind.LABELS, gradient=False),)


class Feed(Gate):
    """Data that is put in from outside, a batch at a time, in place of the source it stands for."""

    id = "feed"
    title = "Batch"

    def __init__(self, source: Gate, arrays: tuple[Array, ...]) -> None:
        super().__init__()
        self.outputs = source.outputs  # type: ignore[misc]
        self.arrays = arrays

    def shape(self) -> Any:
        """The shapes of one batch."""
        shapes = tuple(array.shape for array in self.arrays)
        return shapes if len(shapes) > 1 else shapes[0]

    def forward(self) -> Any:
        """The first batch."""
        return self.arrays if len(self.arrays) > 1 else self.arrays[0]

    def backward(self, *dz: Array) -> tuple[()]:
        """Nothing flows further."""
        return ()


class GraphNode(NamedTuple):
    """A gate in its place.

    Attributes:
        name: unique in the graph, used in messages.
        gate: what it computes; one instance belongs to one node.
        inputs: where its inputs come from, in the order of `forward`'s arguments.
        shapes: shapes of its outputs.
    """

    name: str
    gate: Gate
    inputs: tuple[Slot, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order (inputs of a node come before it) and what is differentiated.

    Attributes:
        nodes: all nodes.
        objective: slots whose elements are added up; the gradient is that of their sum.
    """

    nodes: tuple[GraphNode, ...]
    objective: tuple[Slot, ...]

    @cached_property
    def consumers(self) -> dict[Slot, tuple[tuple[int, int], ...]]:
        """For each slot, the (node, input position) pairs that read it."""
        found: dict[Slot, list[tuple[int, int]]] = {}
        for i, node in enumerate(self.nodes):
            for position, slot in enumerate(node.inputs):
                found.setdefault(slot, []).append((i, position))
        return {slot: tuple(readers) for slot, readers in found.items()}

    @cached_property
    def table(self) -> Table:
        """The nodes as flat arrays."""
        return tabulate(self.nodes)

    @cached_property
    def aims(self) -> npt.NDArray[np.intp]:
        """The numbers (as in `table`) of the slots that are differentiated."""
        numbers = self.table.numbers(self.objective)
        return numbers[~self.table.dull[numbers]]

    @cached_property
    def live(self) -> npt.NDArray[np.bool_]:
        """For each node whether it is on a path to the objective: a gradient reaches it."""
        return self.table.upstream(self.table.owners[self.aims])

    def edited(self, nodes: Sequence[GraphNode], changed: Sequence[int]) -> Graph:
        """A graph of other nodes, made from this one: its table is revised in the rows that changed.

        Args:
            nodes: all nodes of the new graph.
            changed: positions of those that differ, ascending, all that are new among them.
        """
        graph = Graph(tuple(nodes), ())
        both = min(len(nodes), len(self.nodes))
        if all(nodes[i].shapes == self.nodes[i].shapes for i in changed if i < both):
            graph.__dict__["table"] = self.table.revised(graph.nodes, changed)
        return graph

    def towards(self, objective: tuple[Slot, ...], aims: npt.NDArray[np.intp]) -> Graph:
        """The same nodes with other slots to differentiate, no two the same, and their numbers."""
        graph = Graph(self.nodes, objective)
        graph.__dict__.update(table=self.table, aims=aims)
        return graph

    def port(self, slot: Slot) -> Port:
        """The output port a slot belongs to."""
        return self.nodes[slot.node].gate.outputs[slot.output]

    def shape(self, slot: Slot) -> Shape:
        """The shape of what a slot carries."""
        return self.nodes[slot.node].shapes[slot.output]

    def differentiable(self, slot: Slot) -> bool:
        """Whether a gradient with respect to this slot is defined and wanted."""
        port = self.nodes[slot[0]].gate.outputs[slot[1]]
        return port.gradient and port.kind is Kind.REAL


class GraphBuilder:
    """Build a graph in Python, node after node.

    Example::

        g = GraphBuilder()
        x, y, z = g.parameter("x", -2.0), g.parameter("y", 5.0), g.parameter("z", -4.0)
        q = g.add(Add(), x, y, name="q")
        f = g.add(Multiply(), q, z, name="f")
        plan = Plan(g.graph(f), dtype=np.float64)
        plan.run()
        plan.value(f), plan.gradient(x)          # -12.0, -4.0
    """

    def __init__(self, seed: int = 0, limit: int | None = None) -> None:
        self.seed = seed
        self.limit = memory_limit() if limit is None else limit
        self.nodes: list[GraphNode] = []
        self._names: dict[str, int] = {}
        self._drawn = 0

    def parameter(self, name: str, start: object, learned: bool = True) -> Slot:
        """A learnable array with its start value; one that isn't learned is a gate's state."""
        array = np.asarray(start)
        refuse_impossible(name, array.shape)
        return self._append(name, Leaf(array, learned), (), (array.shape,))

    def feed(self, name: str, first: object, labels: bool = False) -> Slot:
        """Data put in from outside: the first batch here, the others by `Plan.feed`, all of one shape.

        Args:
            name: unique name.
            first: numbers, of which no gradient is computed; or class labels.
            labels: whether they are class labels, whole numbers from 0.

        Raises:
            GraphError: if labels aren't integers, or the name is taken.
        """
        array = np.asarray(first)
        if labels and array.dtype.kind not in "iu":
            raise GraphError(f"{name}: labels need integers, found numbers of type {array.dtype}.")
        refuse_impossible(name, array.shape)
        return self._append(name, Feed(Classes() if labels else Samples(), (array,)), (), (array.shape,))

    def add(
        self,
        gate: Gate,
        *inputs: Slot,
        name: str = "",
        starts: dict[str, Array] | None = None,
        seed: Sequence[int] = (),
    ) -> Slot:
        """A gate fed by earlier slots, its weights made as parameters "name.W"; returns its first output.

        Args:
            gate: an instance of its own for this node.
            inputs: one slot for each input port (a `many` port takes all that remain).
            name: unique name; the gate's id and a number where empty.
            starts: values of weights by name; those missing or of another shape start as the gate says.
            seed: what makes this node's random start values its own; its position where empty.

        Raises:
            ShapeError: if the inputs don't fit, naming the node.
            GraphError: if the number of inputs is wrong or the name is taken.
        """
        name = name or f"{gate.id}{len(self.nodes)}"
        self._check_count(name, gate, inputs)
        nodes = self.nodes
        shapes = [nodes[node][3][output] for node, output in inputs]
        if gate.elementwise and shapes and not any(shapes) and not gate.weights:
            return self._append(name, gate, inputs, _SCALAR)
        try:
            made = gate.shape(*shapes)
            weights = self._weights(name, gate, gate.weight_shapes(*shapes), starts or {}, seed or (len(self.nodes),))
        except ShapeError as error:
            raise ShapeError(f"{name}: {error}") from None
        if not gate.outputs:
            return weights[0]
        gate.place = tuple(seed) or (len(self.nodes),)
        outputs = tuple(made) if made and isinstance(made[0], tuple) else (made,)
        for shape in outputs:
            refuse_impossible(name, shape)
        return self._append(name, gate, (*inputs, *weights), outputs)

    def slot(self, name: str, output: int = 0) -> Slot:
        """An output of a node by the node's name; weights have names such as "dense1.W".

        Raises:
            GraphError: if there is no such node.
        """
        if name not in self._names:
            raise GraphError(f"There is no node named “{name}”.")
        return Slot(self._names[name], output)

    def shape(self, slot: Slot) -> Shape:
        """The shape of what a slot carries."""
        return self.nodes[slot.node].shapes[slot.output]

    def graph(self, *objective: Slot) -> Graph:
        """The finished graph, with the slots to differentiate; one that is named twice counts once."""
        return Graph(tuple(self.nodes), tuple(dict.fromkeys(objective)))

    def _weights(
        self, name: str, gate: Gate, shapes: tuple[Shape, ...], starts: dict[str, Array], seed: Sequence[int]
    ) -> tuple[Slot, ...]:
        slots = []
        for k, (weight, shape) in enumerate(zip(gate.active_weights(), shapes, strict=True)):
            start = starts.get(weight.name)
            if start is None or start.shape != shape:
                start = pinned_start(gate, weight, shape)
            if start is None:
                self._refuse_large(name, shape)
                start = drawn_start(gate, weight, shape, (self.seed, *seed, k))
            slots.append(self.parameter(f"{name}.{weight.name}" if gate.outputs else name, start, weight.learned))
        return tuple(slots)

    def _refuse_large(self, name: str, shape: Shape) -> None:
        """Before a start value is drawn: with those drawn before it must fit."""
        drawn = self._drawn + count(shape)
        if drawn * DRAWN > self.limit:
            raise MemoryRefused(
                f"{name}: with its parameter of shape {shape_text(shape)} the start values need "
                f"{amount(drawn * DRAWN)}, more than the {amount(self.limit)} allowed. Use fewer units."
            )
        self._drawn = drawn

    def _append(self, name: str, gate: Gate, inputs: tuple[Slot, ...], shapes: tuple[Shape, ...]) -> Slot:
        names, nodes = self._names, self.nodes
        if name in names:
            raise GraphError(f"There are two nodes named “{name}”; give one of them another name.")
        names[name] = len(nodes)
        nodes.append(GraphNode(name, gate, inputs, shapes))
        return Slot(len(nodes) - 1, 0)

    def _check_count(self, name: str, gate: Gate, inputs: tuple[Slot, ...]) -> None:
        needed = len(gate.inputs)
        if len(inputs) == needed or (needed and gate.inputs[-1].many and len(inputs) > needed):
            return
        raise GraphError(f"{name}: {gate.title} takes {needed} inputs, found {len(inputs)}.")


def pinned_start(gate: Gate, weight: Weight, shape: Shape) -> Array | None:
    """The start value a gate's own param pins for a weight, or None.

    Raises:
        ShapeError: if the pinned array has another shape than the weight.
    """
    pinned: Array | None = getattr(gate, weight.start) if weight.start else None
    if pinned is not None and pinned.shape != shape:
        raise ShapeError(
            f"{weight.start} has shape {shape_text(pinned.shape)}, but {weight.name} needs {shape_text(shape)}."
        )
    return pinned


def drawn_start(gate: Gate, weight: Weight, shape: Shape, seed: Sequence[int]) -> Array:
    """The start value of a weight that nothing pins, drawn from a seed: the network's, the node's, the weight's."""
    return gate.start(weight.name, shape, np.random.default_rng(list(seed)))


def refuse_impossible(name: str, shape: Shape) -> None:
    """Refuse a shape no array can have, before anybody tries to make one.

    Raises:
        ShapeError: if it has too many axes or a negative length.
        MemoryRefused: if it has more entries than any memory holds, or would have but for a length of 0.
    """
    if len(shape) > MOST_AXES:
        raise ShapeError(
            f"{name}: an array of shape {shape_text(shape)} has {len(shape)} axes, more than the {MOST_AXES} allowed."
        )
    if min(shape, default=0) < 0:
        raise ShapeError(f"{name}: there is no array of shape {shape_text(shape)}; a length can't be negative.")
    if count(tuple(n or 1 for n in shape)) > MOST_ENTRIES:
        raise MemoryRefused(
            f"{name}: an array of shape {shape_text(shape)} has more entries than any memory holds. Make it smaller."
        )


def count(shape: Shape) -> int:
    """Number of entries, as a Python integer (numpy's product wraps around)."""
    return math.prod(int(n) for n in shape)
