"""A whole graph computed by PyTorch: every value, and autograd's gradient with respect to every array."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan
from tests.oracle.torch_gates import TABLE, torch


def compute(plan: Plan) -> tuple[dict[Slot, Array], dict[Slot, Array]]:
    """Values and gradients of a plan's graph in float64, from the numbers its leaves and data have now."""
    tensors = values(plan)
    real = {slot: tensor for slot, tensor in tensors.items() if tensor.is_floating_point()}
    total = sum((real[slot].sum() for slot in plan.graph.objective), torch.zeros((), dtype=torch.float64))
    if not total.requires_grad:
        return {slot: tensor.numpy() for slot, tensor in tensors.items()}, {}
    found = torch.autograd.grad(total, list(real.values()), allow_unused=True)
    gradients = {
        slot: np.zeros(tuple(real[slot].shape)) if gradient is None else gradient.numpy()
        for slot, gradient in zip(real, found, strict=True)
    }
    return {slot: tensor.detach().numpy() for slot, tensor in tensors.items()}, gradients


def values(plan: Plan) -> dict[Slot, Any]:
    """A tensor for every slot, each of its own and with a gradient of its own."""
    tensors: dict[Slot, Any] = {}
    for i, node in enumerate(plan.graph.nodes):
        if not node.inputs:
            outputs = [torch.tensor(plan.value(Slot(i, k))) for k in range(len(node.shapes))]
            outputs = [z.double() if z.is_floating_point() else z for z in outputs]
        else:
            inputs = [tensors[slot] for slot in node.inputs]
            made = TABLE[node.gate.id](node.gate, *inputs)
            outputs = [
                z.clone() if any(z is x for x in inputs) else z for z in (made if type(made) is tuple else [made])
            ]
        for k, z in enumerate(outputs):
            tensors[Slot(i, k)] = z.requires_grad_() if z.is_floating_point() and not z.requires_grad else z
    return tensors
