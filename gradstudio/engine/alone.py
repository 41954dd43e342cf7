"""One gate of a graph by itself, at the values it has there: to check its backward pass without all the others."""

from __future__ import annotations

import copy

import numpy as np

from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array, Gate, Kind, Port, Shape
from gradstudio.engine.graph import Classes, Feed, Graph, GraphNode, Leaf, Slot
from gradstudio.engine.plan import Plan


class Weighted(Gate):
    """Σ w · z with fixed random w: every entry of z has an upstream gradient of its own."""

    id = "weighted"
    title = "Weighted sum"
    inputs = (Port("z"),)

    def __init__(self, weights: Array) -> None:
        super().__init__()
        self.factors = weights

    def shape(self, z: Shape) -> Shape:
        """A number."""
        return ()

    def forward(self, z: Array) -> Array:
        """The sum of the products."""
        return np.asarray((self.factors * z).sum())

    def backward(self, dz: Array) -> Array:
        """Each entry's factor × upstream."""
        return np.asarray(self.factors * dz)


def alone(plan: Plan, node: int, seed: int = 0) -> tuple[Graph, list[tuple[Slot, str]]]:
    """A graph of one gate, fed by the values a plan holds, whose outputs are added up with random factors.

    Args:
        plan: a forward pass must have been run.
        node: the gate's place in the plan's graph.
        seed: of the factors.

    Returns:
        The graph, and where in it the inputs and weights are that have a gradient, with their names.

    Raises:
        GraphError: if none of what comes in has a gradient.
    """
    place = plan.graph.nodes[node]
    gate, random = copy.copy(place.gate), np.random.default_rng(seed)
    nodes = [_given(plan, i, slot) for i, slot in enumerate(place.inputs)]
    names = _names(gate, len(place.inputs))
    chosen = [
        (Slot(i), names[i]) for i, given in enumerate(nodes) if isinstance(given.gate, Leaf) and given.gate.learned
    ]
    if not chosen:
        raise GraphError(f"{place.name}: nothing that comes in has a gradient, so there is none to check.")
    middle = len(nodes)
    nodes.append(GraphNode(place.name, gate, tuple(Slot(i) for i in range(middle)), place.shapes))
    ends = []
    for k, (port, shape) in enumerate(zip(gate.outputs, place.shapes, strict=True)):
        if port.gradient and port.kind is Kind.REAL:
            factors = random.uniform(0.5, 1.5, shape) * random.choice((-1.0, 1.0), shape)
            ends.append(Slot(len(nodes)))
            nodes.append(GraphNode(f"{port.name} weighted", Weighted(np.asarray(factors)), (Slot(middle, k),), ((),)))
    return Graph(tuple(nodes), tuple(ends)), chosen


def _given(plan: Plan, i: int, slot: Slot) -> GraphNode:
    """What comes in, as it is now: a leaf, or labels."""
    array, source = plan.value(slot).copy(), plan.graph.nodes[slot.node].gate
    if plan.graph.port(slot).kind is not Kind.REAL:
        return GraphNode(f"{i}", Feed(Classes(), (array,)), (), (array.shape,))
    return GraphNode(f"{i}", Leaf(array, not (isinstance(source, Leaf) and not source.learned)), (), (array.shape,))


def _names(gate: Gate, count: int) -> list[str]:
    """A name for each array that goes in; several of one port are numbered."""
    weights = [weight.name for weight in gate.active_weights()] if gate.weights else []
    inputs, last = count - len(weights), len(gate.inputs) - 1
    several = inputs > len(gate.inputs)
    names = [gate.inputs[min(i, last)].name for i in range(inputs)]
    return [f"{name}{i - last + 1}" if several and i >= last else name for i, name in enumerate(names)] + weights
