"""Truths of what stands in for forward and backward: kernels, and exported code."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.engine.running import unbroadcast
from gradstudio.testing.cases import Case, GateClass, cases, frozen, require
from gradstudio.testing.layouts import LAYOUTS, Layout, planned
from gradstudio.testing.running import Outcome, forward, require_close, run, run_exported, run_kernels
from gradstudio.testing.truths import extreme, truth


@truth
def kernels_agree(kind: GateClass) -> None:
    """Kernels give forward's and backward's numbers for any choice of gradients, and write nowhere else."""
    for case in (case.cast(dtype) for case in cases(kind) for dtype in (np.float32, np.float64)):
        right = run(case)
        for chosen in (case.real(), [], *([i] for i in case.real())):
            _hold_kernels(case, chosen, right)


@truth
def kernels_agree_when_large(kind: GateClass) -> None:
    """Numbers of ±10⁴ come out of kernels as they come out of forward and backward."""
    for case in either(kind):
        for large in extreme(case, (1e4, -1e4)):
            _hold_kernels(large, large.real(), run(large))


@truth
def kernels_take_any_memory_order(kind: GateClass) -> None:
    """Arrays that lie in memory as plans lay them, or with gaps, give the same numbers, a constant upstream too."""
    for case, lay in zip(either(kind), itertools.cycle(LAYOUTS), strict=False):
        right = run(case)
        _hold_kernels(case, case.real(), right, lay=planned)
        _hold_kernels(case, case.real(), right, lay=lay)
        seed = replace(case, upstream=tuple(frozen(np.ones_like(dz)) for dz in case.upstream))
        _hold_kernels(seed, seed.real(), run(seed), lay=planned, seeded=True)


def either(kind: GateClass) -> Iterator[Case]:
    """The cases that have kernels, in float32 and float64 in turn."""
    for case, dtype in zip(cases(kind), itertools.cycle((np.float32, np.float64)), strict=False):
        if run_kernels(case, [True] * len(case.arrays)) is not None:
            yield case.cast(dtype)


def _hold_kernels(
    case: Case, chosen: list[int], right: Outcome, *, lay: Layout = np.asarray, seeded: bool = False
) -> None:
    wanted = [i in chosen for i in range(len(case.arrays))]
    found = run_kernels(case, wanted, lay=lay, seeded=seeded)
    if found is not None:
        outputs, gradients = right
        require_close(case, "output of kernels", [found[0]], outputs)
        expected = [dx if want else None for dx, want in zip(gradients, wanted, strict=True)]
        require_close(case, "gradients of kernels", found[1], expected)


@truth
def exports_numpy(kind: GateClass) -> None:
    """The exported lines give forward's and backward's numbers, and gradients of a shape where backward gives it."""
    if not kind.inputs:
        return
    require(kind.numpy_forward and kind.numpy_backward, f"{kind.__name__} needs numpy_forward and numpy_backward.")
    chosen = [case for case in cases(kind) if case.upstream]
    for case, (made, slopes) in zip(chosen, run_exported(chosen), strict=True):
        outputs, gradients = run(case)
        require_close(case, "exported outputs", made, outputs)
        gate = case.gate()
        forward(gate, case.arrays)
        given = gate.backward(*case.upstream)
        shapes = [np.shape(dx) for dx in (given if isinstance(given, (tuple, list)) else (given,))]
        for x, dx, shape in zip(case.arrays, slopes, shapes, strict=True):
            fits = dx is None or shape != x.shape or np.shape(dx) == shape
            require(fits, f"{case}: exported gradient of shape {np.shape(dx)}, backward gives {shape}.")
        shaped = [dx if dx is None else _fit(dx, x) for dx, x in zip(slopes, case.arrays, strict=True)]
        require_close(case, "exported gradients", shaped, gradients)


def _fit(gradient: Array, x: Array) -> Array:
    return unbroadcast(np.asarray(gradient), x.shape)
