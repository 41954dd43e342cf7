"""Backpropagation, short enough to read aloud.

The plan (`plan.Plan`) does the same with every array preallocated; the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def backward(
    graph: Graph, values: Mapping[Slot, Array], upstream: Mapping[Slot, Array] | None = None
) -> dict[Slot, Array]:
    """Every gradient: gates in reverse, each turning the upstream gradient into its inputs'; at branches they add.

    Args:
        graph: its gates are those that made the values.
        values: of a forward pass.
        upstream: the gradients to begin with; 1 for every entry of the objective where None.
    """
    gradients: dict[Slot, Any] = (
        {slot: np.ones(values[slot].shape) for slot in graph.objective} if upstream is None else dict(upstream)
    )
    for i, node in reversed(list(enumerate(graph.nodes))):
        outputs = [Slot(i, k) for k in range(len(node.shapes))]
        if not node.inputs or all(slot not in gradients for slot in outputs):
            continue
        dz = [gradients[slot] if slot in gradients else np.zeros_like(values[slot]) for slot in outputs]
        downstream = node.gate.backward(*dz)
        if not isinstance(downstream, (tuple, list)):
            downstream = (downstream,)
        for slot, dx in zip(node.inputs, downstream, strict=True):
            if dx is not None and graph.differentiable(slot):
                gradients[slot] = gradients.get(slot, 0) + unbroadcast(np.asarray(dx), values[slot].shape)
    return gradients
