"""Update rules, clipping and weight decay against PyTorch's, step by step in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradstudio.engine.optimizers import OPTIMIZERS, Momentum
from gradstudio.engine.treatment import Treatment

torch = pytest.importorskip("torch", reason="PyTorch isn't installed: there is nothing to compare with")

RATE, STEPS, SIZE = 0.01, 25, 40
MAKE: dict[str, Any] = {
    "sgd": lambda p, decay: torch.optim.SGD(p, RATE, weight_decay=decay),
    "momentum": lambda p, decay: torch.optim.SGD(p, RATE, momentum=0.8, weight_decay=decay),
    "nesterov": lambda p, decay: torch.optim.SGD(p, RATE, momentum=0.8, nesterov=True, weight_decay=decay),
    "adagrad": lambda p, decay: torch.optim.Adagrad(p, RATE, eps=1e-8, weight_decay=decay),
    "rmsprop": lambda p, decay: torch.optim.RMSprop(p, RATE, weight_decay=decay),
    "adam": lambda p, decay: torch.optim.Adam(p, RATE, weight_decay=decay),
    "adamw": lambda p, decay: torch.optim.AdamW(p, RATE, weight_decay=decay),
}


@pytest.mark.parametrize("limits", [{}, {"clip_norm": 2.0}, {"clip_value": 0.3}], ids=["plain", "norm", "value"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_rule_goes_where_pytorchs_goes(name: str, decay: float, limits: dict[str, Any]) -> None:
    """After each of 25 steps the parameters are PyTorch's, with weight decay, and with clipped gradients."""
    draw = np.random.default_rng(5)
    x, g = draw.standard_normal(SIZE), np.empty(SIZE)
    other = torch.nn.Parameter(torch.tensor(x))
    theirs = MAKE[name]([other], decay)
    rule = OPTIMIZERS[name](x, RATE)
    rule.weight_decay = decay
    if isinstance(rule, Momentum):
        rule.momentum = 0.8
    treatment = Treatment(x, g, weight_decay=0.0 if rule.decoupled else decay, **limits)
    for step in range(STEPS):
        g[:] = draw.standard_normal(SIZE)
        other.grad = torch.tensor(g.copy())
        if "clip_norm" in limits:
            other.grad *= min(1.0, limits["clip_norm"] / float(other.grad.norm()))  # PyTorch's adds 1e-6 to the norm
        if "clip_value" in limits:
            torch.nn.utils.clip_grad_value_([other], limits["clip_value"])
        theirs.step()
        treatment.apply()
        rule.update(treatment.gradients, step)
        np.testing.assert_allclose(x, other.detach().numpy(), rtol=1e-10, atol=1e-12)
