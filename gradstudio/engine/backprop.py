"""Backpropagation, short enough to read aloud.

The plan (`plan.Plan`) does the same with every array preallocated; the tests hold the two against each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Graph, Slot
from gradstudio.engine.running import unbroadcast


def forward(graph: Graph) -> dict[Slot, Array]:
    """Every value: each gate is run once all its inputs are known, which topological order ensures."""
    values: dict[Slot, Array] = {}
    for i, node in enumerate(graph.nodes):
        made = node.gate.forward(*(values[slot] for slot in node.inputs))
        for k, array in enumerate(made if isinstance(made, tuple) else (made,)):
            values[Slot(i, k)] = np.asarray(array)
    return values


def backward(graph: Graph, values: dict[Slot, Array]) -> dict[Slot, Array]:
    """Every gradient: gates in reverse, each turning the upstream gradient into its inputs'; at branches they add."""
    gradients: dict[Slot, Any] = {slot: np.ones(values[slot].shape) for slot in graph.objective}
    for i, node in reversed(list(enumerate(graph.nodes))):
        upstream = [gradients.get(Slot(i, k)) for k in range(len(node.shapes))]
        if not node.inputs or all(dz is None for dz in upstream):
            continue
        filled = [np.zeros(shape) if dz is None else dz for dz, shape in zip(upstream, node.shapes, strict=True)]
        downstream = node.gate.backward(*filled)
        if not isinstance(downstream, (tuple, list)):
            downstream = (downstream,)
        for slot, dx in zip(node.inputs, downstream, strict=True):
            if dx is not None and graph.differentiable(slot):
                gradients[slot] = gradients.get(slot, 0) + unbroadcast(np.asarray(dx), values[slot].shape)
    return gradients
