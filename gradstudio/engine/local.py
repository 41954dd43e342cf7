"""Local gradients of many scalar gates of one kind at once: their backward pass with an upstream gradient of 1."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.gate import Array, Budget, Gate, Kernels
from gradstudio.engine.running import Call, bound, run_backward, run_forward

Ints: TypeAlias = npt.NDArray[np.intp]
Emitted: TypeAlias = "tuple[Any, tuple[Any, ...], dict[str, Any]]"


def local_calls(
    gate: Gate, values: Array, operands: Ints, cells: Ints, local: Array, edges: Ints, budget: Budget
) -> list[Call]:
    """Calls that put the local gradients of some gates where they belong.

    What depends on no value (the 1 of an addition) is put there at once and needs no call.

    Args:
        gate: one of the kind.
        values: all values.
        operands: cells of the inputs, inputs × gates.
        cells: of the outputs.
        local: where local gradients go.
        edges: their places there, inputs × gates.
        budget: asked before anything is allocated.
    """
    size = len(cells)
    budget.take((2 * len(operands) + 2) * size * local.itemsize)
    x = [np.ones(size, local.dtype) for _ in operands]
    dx = [np.ones(size, local.dtype) for _ in operands]
    z, one = np.ones(size, local.dtype), np.ones(size, local.dtype)
    emitted, made = _emit(gate, x, z, one, dx, budget)
    emitted, shortcuts = _without_ones(emitted, one, dx)
    sources = [shortcuts.get(id(out), out) for out in dx]
    calls = [*made, *bound(emitted)]
    gathers = [
        partial(values.take, wanted, None, array, "clip")
        for wanted, array in zip([*operands, cells], [*x, z], strict=True)
        if made or _reads(emitted, sources, array)
    ]
    calls += [partial(local.put, place, source, "clip") for place, source in zip(edges, sources, strict=True)]
    if gathers:
        return [*gathers, *calls]
    with np.errstate(all="ignore"):
        for call in calls:
            call()
    return []


def _emit(
    gate: Gate, x: Sequence[Array], z: Array, one: Array, dx: Sequence[Array], budget: Budget
) -> tuple[list[Emitted], list[Call]]:
    """The backward kernels of a gate (after the forward ones where they share work arrays), or else two calls of it."""
    kernels = Kernels(x, z, one, dx, one.dtype, budget=budget)
    if gate.kernels(kernels):
        shared = kernels.forward_calls if kernels.scratch_bytes else []
        return [*shared, *kernels.backward_calls], []
    fresh = copy.copy(gate)
    return [], [partial(run_forward, fresh, x, [z]), partial(run_backward, fresh, [one], dx)]


def _without_ones(emitted: list[Emitted], one: Array, dx: Sequence[Array]) -> tuple[list[Emitted], dict[int, Array]]:
    """The calls without products with 1 that are all there is to a gradient; what stands for those gradients."""
    shortcuts: dict[int, Array] = {}
    for out in dx:
        touching = [call for call in emitted if any(argument is out for argument in call[1])]
        if len(touching) == 1 and touching[0][0] is np.multiply and touching[0][1][-1] is out:
            factors = touching[0][1][:2]
            if any(factor is one for factor in factors):
                shortcuts[id(out)] = next((factor for factor in factors if factor is not one), one)
                emitted = [call for call in emitted if call is not touching[0]]
    return emitted, shortcuts


def _reads(emitted: list[Emitted], sources: Sequence[Array], array: Array) -> bool:
    """Whether a call or a gradient's source looks at an array."""
    arguments = [a for _, args, kwargs in emitted for a in (*args, *kwargs.values()) if isinstance(a, np.ndarray)]
    return any(np.may_share_memory(a, array) for a in (*arguments, *sources))
