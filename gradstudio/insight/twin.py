"""The same network with other samples: a plan of its own, so that the one that trains is never disturbed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.gate import Array, Gate, Shape
from gradstudio.engine.graph import Feed, Graph, GraphNode, Leaf, Slot
from gradstudio.engine.plan import Plan

if TYPE_CHECKING:
    from gradstudio.training.looks import Scene


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

    Raises:
        GraphError: if a gate can't take so many samples.
    """

    def __init__(
        self, plan: Plan, fed: Mapping[Slot, Array], ends: Iterable[Slot], objective: Iterable[Slot] = ()
    ) -> None:
        ends, wanted = tuple(ends), tuple(objective)
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


def data_of(scene: Scene) -> dict[Slot, Array]:
    """All samples by the slot they are fed to: those of data nodes, and arrays typed by hand that are as long."""
    found = {s: a for source in scene.compiled.sources for s, a in zip(source.slots, source.arrays, strict=True)}
    nodes = scene.plan.graph.nodes
    typed = {
        Slot(i, k): scene.plan.value(Slot(i, k))
        for i, node in enumerate(nodes)
        if not node.inputs and not isinstance(node.gate, Leaf)
        for k, shape in enumerate(node.shapes)
        if Slot(i, k) not in found and shape and shape[0] > 1
    }
    if found and any(len(a) != len(scene.plan.value(s)) for s, a in found.items()):
        return found  # batch by batch: what is typed belongs to no sample
    lengths = {len(a) for a in found.values()} or {len(a) for s, a in typed.items() if a.ndim > 1}
    length = max(lengths, default=0)
    return {**found, **{slot: np.array(array) for slot, array in typed.items() if len(array) == length}}
