"""How far two ways of computing an array lie apart, and how far they may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan

RELATIVE = {"float64": 1e-10, "float32": 1e-4}
"""Largest relative error of an array: its largest difference over its largest entry."""
DIGITS = 64
"""Where entries cancel each other, what is left may be off by so many last digits of the largest in the graph."""


def require_agreement(plan: Plan, values: Mapping[Slot, Array], gradients: Mapping[Slot, Array]) -> None:
    """Every value of a plan, and every gradient that flows in it, are those of an oracle.

    A gradient the plan doesn't have (none flows, or nobody wants one of data) is 0 or of a slot without one.
    """
    found = {slot: plan.value(slot) for slot in values}
    _require("value", plan, found, values)
    known = {slot: gradient for slot in gradients if (gradient := plan.gradient(slot)) is not None}
    _require("gradient", plan, known, {slot: gradients[slot] for slot in known})
    for slot in gradients.keys() - known.keys():
        silent = not plan.graph.differentiable(slot) or slot.node not in plan.live
        assert silent or not gradients[slot].any(), f"no gradient at {_name(plan, slot)}: {gradients[slot]}"


def _require(what: str, plan: Plan, found: Mapping[Slot, Array], wanted: Mapping[Slot, Array]) -> None:
    relative, largest = RELATIVE[plan.dtype.name], max(map(size, wanted.values()), default=0.0)
    floor = DIGITS * float(np.finfo(plan.dtype).eps) * max(1.0, largest)
    for slot, array in found.items():
        apart = size(array - wanted[slot])
        if not (array.shape == wanted[slot].shape and apart <= max(relative * size(wanted[slot]), floor)):
            where = f"{what} of {_name(plan, slot)} in {plan.dtype.name}"
            raise AssertionError(f"{where}:\nengine {array!r}\noracle {wanted[slot]!r}\napart  {apart}")


def size(array: Any) -> float:
    """The largest entry without its sign; 0 of nothing, NaN where there is one."""
    return float(np.max(np.abs(array), initial=0.0))


def _name(plan: Plan, slot: Slot) -> str:
    node = plan.graph.nodes[slot.node]
    return f"output {slot.output} of “{node.name}” ({node.gate.id})"
