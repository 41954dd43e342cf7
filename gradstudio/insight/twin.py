"""The same network with other samples: a plan of its own, so that the one that trains is never disturbed."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.gate import Array, Gate, Kind, Shape
from gradstudio.engine.graph import Feed, Graph, GraphNode, Leaf, Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.supply import Rows

if TYPE_CHECKING:
    from gradstudio.training.looks import Scene

Ints = npt.NDArray[np.intp]


class Twin:
    """A part of a network once more, for a batch of another size. It runs as a trained network does.

    Gates that differ between training and evaluating evaluate here: nothing is dropped, and running averages stand
    for those of the batch, so that each sample is seen for itself.

    Args:
        plan: the network. Its parameters are copied by `refresh`.
        fed: what takes the place of its data, by slot: arrays with as many samples as wanted.
        ends: what is to be computed.
        objective: what is to be differentiated.

    Attributes:
        plan: of the part; `slot` tells where things are in it.
        ends: as given.

    Raises:
        GraphError: if a gate can't take so many samples.
    """

    def __init__(
        self, plan: Plan, fed: Mapping[Slot, Array], ends: Iterable[Slot], objective: Iterable[Slot] = ()
    ) -> None:
        self.ends = ends = tuple(ends)
        wanted = tuple(objective)
        needed = upstream(plan.graph, (*ends, *wanted), {slot.node for slot in fed})
        self._places: dict[int, int] = {}
        nodes: list[GraphNode] = []
        for i in sorted(needed):
            self._places[i] = len(nodes)
            nodes.append(self._node(plan, i, fed, nodes))
        self.plan = Plan(Graph(tuple(nodes), tuple(map(self.slot, wanted))), plan.dtype)
        self.plan.mode.training = False
        self.plan.mode.seed = plan.mode.seed
        leaves = [Slot(i) for i in needed if isinstance(plan.graph.nodes[i].gate, Leaf)]
        self._pairs = [(self.plan.value(self.slot(slot)), plan.value(slot)) for slot in leaves]

    def slot(self, slot: Slot) -> Slot:
        """Where something of the network is in the twin."""
        return Slot(self._places[slot.node], slot.output)

    def node(self, node: int) -> int:
        """Where a node of the network is in the twin."""
        return self._places[node]

    def refresh(self) -> None:
        """Take over the network's parameters, and its gates' own state, as they are now."""
        for own, known in self._pairs:
            own[...] = known

    def is_fresh(self) -> bool:
        """Whether nothing of that has changed since it was taken over."""
        return all(np.array_equal(own, known, equal_nan=True) for own, known in self._pairs)

    def _node(self, plan: Plan, i: int, fed: Mapping[Slot, Array], nodes: list[GraphNode]) -> GraphNode:
        name, gate, inputs, shapes = plan.graph.nodes[i]
        if any(slot.node == i for slot in fed):
            arrays = _fed(plan, i, fed)
            return GraphNode(name, Feed(gate, arrays), (), tuple(array.shape for array in arrays))
        if not inputs:
            return GraphNode(
                name, Leaf(gate.array, gate.learned) if isinstance(gate, Leaf) else copy.copy(gate), (), shapes
            )
        own = tuple(self.slot(slot) for slot in inputs)
        return GraphNode(name, copy.copy(gate), own, _shapes(name, gate, [nodes[s.node].shapes[s.output] for s in own]))


def _fed(plan: Plan, node: int, fed: Mapping[Slot, Array]) -> tuple[Array, ...]:
    """What all outputs of a data node give, as many samples each; zeros where only others are fed."""
    count = next(len(array) for slot, array in fed.items() if slot.node == node)
    slots = [Slot(node, k) for k in range(len(plan.graph.nodes[node].shapes))]
    return tuple(
        fed[slot] if slot in fed else np.zeros((count, *plan.graph.shape(slot)[1:]), plan.value(slot).dtype)
        for slot in slots
    )


def _shapes(name: str, gate: Gate, inputs: list[Shape]) -> tuple[Shape, ...]:
    own = len(gate.active_weights()) if gate.weights else 0
    try:
        made = gate.shape(*inputs[: len(inputs) - own])
    except EngineError as error:
        raise GraphError(f"{name} can't take another number of samples: {error}") from error
    return tuple(made) if made and isinstance(made[0], tuple) else (made,)


def upstream(graph: Graph, slots: Iterable[Slot], stops: Iterable[int] = ()) -> set[int]:
    """The nodes some slots depend on, theirs included; not what lies behind those to stop at."""
    wanted = {slot.node for slot in slots}
    closed = set(stops)
    for i in range(len(graph.nodes) - 1, -1, -1):
        if i in wanted and i not in closed:
            wanted.update(slot.node for slot in graph.nodes[i].inputs)
    return wanted


def data_of(scene: Scene) -> dict[Slot, Array | Rows]:
    """All samples by the slot they are fed to: those of data nodes, and arrays typed by hand that are as long."""
    sources = scene.compiled.sources
    found: dict[Slot, Array | Rows] = {s: a for one in sources for s, a in zip(one.slots, one.arrays, strict=True)}
    if any(len(array) != len(scene.plan.value(slot)) for slot, array in found.items()):
        return found  # batch by batch: what is typed belongs to no sample
    typed = {
        slot: scene.plan.value(slot)
        for i, node in enumerate(scene.plan.graph.nodes)
        if not node.inputs and not isinstance(node.gate, Leaf)
        for slot in (Slot(i, k) for k in range(len(node.shapes)))
        if slot not in found and scene.plan.graph.shape(slot)[:1] > (1,)
    }
    lengths = {len(a) for a in found.values()} or {len(a) for a in typed.values() if a.ndim > 1}
    length = max(lengths, default=0)
    return {**found, **{slot: array for slot, array in typed.items() if len(array) == length}}


def entrance(graph: Graph, answer: Slot, data: Mapping[Slot, Array | Rows]) -> tuple[Slot, Array | Rows]:
    """Where the samples go in that an answer depends on, and all of them: of several data those of most features.

    Raises:
        GraphError: if there are none.
    """
    nodes = upstream(graph, [answer])
    found = [
        (slot, array)
        for slot, array in data.items()
        if slot.node in nodes and graph.port(slot).kind is Kind.REAL and len(array.shape) > 1
    ]
    if not found:
        raise GraphError("No data leads to the network's answer: wire a data set, or a table of numbers, to its input.")
    return max(found, key=lambda pair: math.prod(pair[1].shape[1:]))


def rows_of(samples: Array | Rows, rows: Ints) -> Array:
    """Some of the samples, as an array of one's own; the others aren't read."""
    return samples.take(rows, 0) if isinstance(samples, np.ndarray) else np.array(samples.take(rows))


def spread(count: int, most: int) -> Ints:
    """At most so many of the numbers below a count, evenly spread."""
    return np.arange(0, count, -(-count // most) or 1)
