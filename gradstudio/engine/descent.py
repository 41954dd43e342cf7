"""Training in one loop, for graphs built in Python. The studio's trainer makes the same steps one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from gradstudio.engine.errors import NotFinite
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.optimizers import Optimizer
from gradstudio.engine.plan import Plan

Batch: TypeAlias = Callable[[int], Mapping[Slot, Array]]


def train(plan: Plan, optimizer: Optimizer, steps: int, batch: Batch | None = None) -> Array:
    """Make some steps downhill. Called again it goes on: `plan.mode.step` counts them.

    Afterwards the plan holds the values and gradients of the last step, and the parameters after it.

    Args:
        plan: of the graph whose objective is to become small.
        optimizer: of the plan's parameters, such as `SGD(plan.parameters, 0.1)`.
        steps: how many.
        batch: what to put into which slots at a step, counted from 0; the data stay as they are where None.

    Returns:
        The objective at each step, before its update.

    Raises:
        NotFinite: in the step NaN or infinity appears; the parameters are then those before it.
    """
    objectives = np.empty(steps)
    for i in range(steps):
        step = plan.mode.step
        for slot, array in (batch(step) if batch is not None else {}).items():
            plan.feed(slot, array)
        plan.run()
        _refuse_nonfinite(plan, step)
        objectives[i] = plan.objective()
        optimizer.update(plan.gradients, step)
        plan.advance()
        plan.mode.step = step + 1
    return objectives


def _refuse_nonfinite(plan: Plan, step: int) -> None:
    try:
        plan.refuse_nonfinite()
    except NotFinite as error:
        error.step = step
        raise
