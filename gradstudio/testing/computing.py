"""Truths of forward and backward: right, the same every time, finite, for arrays however they lie in memory."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from gradstudio.engine.gate import Array, Gate, Kind, shape_text
from gradstudio.testing.cases import Broken, Case, GateClass, case_of, cases, frozen, predicted, require, settings
from gradstudio.testing.layouts import LAYOUTS
from gradstudio.testing.running import Outcome, backward, forward, require_close, run, run_kernels
from gradstudio.testing.truths import extreme, truth


@truth
def predicts_its_shape(kind: GateClass) -> None:
    """Outputs have the shapes predicted, gradients those of the inputs, and both the precision of what came in."""
    for case, dtype in itertools.product(cases(kind), (np.float32, np.float64)):
        outputs, gradients = run(case.cast(dtype))
        wanted, real = predicted(case.gate(), case.input_shapes()), tuple(z.shape for z in outputs)
        require(not kind.outputs or real == wanted, f"{case}: shape() predicts {wanted}, forward gives {real}.")
        for port, z in zip(kind.outputs, outputs, strict=False):
            right = np.int64 if port.kind is Kind.LABELS else dtype
            require(not case.arrays or z.dtype == right, f"{case}: {port.name} is {z.dtype}, not {np.dtype(right)}.")
        for x, dx in zip(case.arrays, gradients, strict=True):
            if dx is not None and (dx.shape != x.shape or dx.dtype != dtype):
                raise Broken(f"{case}: gradient {dx!r} of an input of {shape_text(x.shape)} in {np.dtype(dtype)}.")


@truth
def backward_is_the_derivative(kind: GateClass) -> None:
    """Gradients agree with centred differences, except where a kink lies between the two points."""
    for case in cases(kind):
        _, gradients = run(case)
        for position in case.real() if case.upstream else ():
            gradient = gradients[position]
            if gradient is None:
                raise Broken(f"{case}: there is no gradient for array {position}.")
            _check_entries(case, position, gradient)


def _check_entries(case: Case, position: int, gradient: Array, entries: int = 6) -> None:
    size = gradient.size
    for k in np.random.default_rng(size).choice(size, min(size, entries), replace=False):
        index = tuple(int(i) for i in np.unravel_index(k, gradient.shape))
        (numeric, noise), analytic = _difference(case, position, index), float(gradient[index])
        if numeric is not None:
            close = abs(analytic - numeric) <= 1e-6 * max(abs(analytic), abs(numeric)) + 1e-8 + noise
            require(close, f"{case}: array {position} at {list(index)}: {analytic}, differences give {numeric}.")


def _difference(case: Case, position: int, index: tuple[int, ...], h: float = 1e-5) -> tuple[float | None, float]:
    """The centred difference quotient of Σ upstream · output, None across a kink; and what its rounding may come to."""
    totals, sides, noise = [], [], 0.0
    for step in (h, -h):
        moved = case.arrays[position].copy()
        moved[index] += step
        there = case.put(position, moved)
        outputs = forward(there.gate(), there.arrays)
        products = [dz * z for dz, z in zip(case.upstream, outputs, strict=True)]
        totals.append(sum(float(np.sum(product)) for product in products))
        noise += float(np.finfo(np.float64).eps) * sum(float(np.sum(np.abs(product))) for product in products) / h
        sides.append(there.gate().branch(*there.arrays))
    same = all(side is None for side in sides) or _equal(sides[0], sides[1])
    return (totals[0] - totals[1]) / (2 * h) if same else None, noise


@truth
def leaves_inputs_alone(kind: GateClass) -> None:
    """Neither forward nor backward writes to inputs, weights or the upstream gradient."""
    for case in cases(kind):
        arrays, upstream = [a.copy() for a in case.arrays], [dz.copy() for dz in case.upstream]
        gate = case.gate()
        forward(gate, arrays)
        gate.backward(*upstream)
        kept = zip((*arrays, *upstream), (*case.arrays, *case.upstream), strict=True)
        require(all(np.array_equal(a, b) for a, b in kept), f"{case}: an array that came in was written to.")


@truth
def is_deterministic(kind: GateClass) -> None:
    """The same arrays give the same bits, in a fresh gate and in one used on others before."""
    used: dict[str, Gate] = {}
    for case in cases(kind):
        gate = used.setdefault(f"{case.params} {case.training}", case.gate())
        outputs, gradients = run(case)
        again = forward(gate, case.arrays)
        require(all(map(_equal, outputs, again)), f"{case}: two runs differ.")
        if case.arrays and case.upstream:
            same = all(map(_equal, gradients, backward(case, gate)))
            require(same, f"{case}: the gradients of two runs differ.")


@truth
def passes_nan_on(kind: GateClass) -> None:
    """NaN in an entry that the outputs depend on shows in them, by kernels as well."""
    for case in (case for case in cases(kind) if case.upstream and all(a.size for a in (*case.arrays, *case.upstream))):
        _, gradients = run(case)
        for position in case.real():
            gradient = gradients[position]
            if gradient is None or not gradient.any():
                continue
            array = case.arrays[position].copy()
            array.reshape(-1)[np.argmax(np.abs(gradient))] = np.nan
            spoilt = case.put(position, array)
            outputs = forward(spoilt.gate(), spoilt.arrays)
            require(any(np.isnan(z).any() for z in outputs), f"{case}: NaN in array {position} doesn't show.")
            fast = run_kernels(spoilt, [False] * len(case.arrays))
            require(fast is None or np.isnan(fast[0]).any(), f"{case}: the kernels swallow NaN in array {position}.")


@truth
def stays_quiet_when_large(kind: GateClass) -> None:
    """Numbers of ±10⁴ raise no warning, forward or backward."""
    for case in cases(kind):
        for large in extreme(case.cast(np.float32), (1e4, -1e4)):
            run(large)


@truth
def stays_finite(kind: GateClass) -> None:
    """At ±10⁴ and ±10⁻³⁰ nothing is infinite or NaN that wouldn't be with more digits and a larger range."""
    for case, (narrow, wide) in itertools.product(cases(kind)[::5], WIDER):
        for there in extreme(case, (1e4, -1e4, 1e-30, -1e-30)):
            _hold_finite(there.cast(narrow), run(there.cast(wide)))


WIDER = ((np.float32, np.float64), (np.float64, np.longdouble))


def _hold_finite(case: Case, right: Outcome) -> None:
    outputs, gradients = run(case)
    for found, wanted in zip((*outputs, *gradients), (*right[0], *right[1]), strict=True):
        if found is not None and wanted is not None and found.dtype.kind == "f":
            limit = float(np.finfo(found.dtype).max) / 4
            if np.any(~np.isfinite(found) & np.isfinite(wanted) & (np.abs(wanted) < limit)):
                raise Broken(f"{case}, large or small, gives {found!r} where {wanted!r} is right.")


@truth
def takes_strided_arrays(kind: GateClass) -> None:
    """Arrays that lie in memory in another order, with gaps or backwards, give the same numbers."""
    for case, lay in zip(cases(kind), itertools.cycle(LAYOUTS), strict=False):
        arrays, upstream = (tuple(map(lay, given)) for given in (case.arrays, case.upstream))
        strided = replace(case, arrays=arrays, upstream=upstream)
        for what, found, wanted in zip(("outputs", "gradients"), run(strided), run(case), strict=True):
            require_close(case, f"{lay.__name__}, {what}", found, wanted)


@truth
def is_elementwise_if_it_says_so(kind: GateClass) -> None:
    """Many scalars computed as one vector give what each of them gives alone, as far as numpy's functions do."""
    for params in settings(kind) if kind.elementwise else ():
        many = case_of(kind, params, ((9,),) * len(kind.inputs))
        together = [*run(many)[0], *run(many)[1]]
        for i in range(9):
            arrays, upstream = (tuple(frozen(a[i]) for a in given) for given in (many.arrays, many.upstream))
            alone = replace(many, arrays=arrays, upstream=upstream)
            for stacked, single in zip(together, [*run(alone)[0], *run(alone)[1]], strict=True):
                if stacked is not None and single is not None:
                    same = np.allclose(stacked[i], single, rtol=4e-16, atol=0, equal_nan=True)
                    require(same, f"{many}: entry {i} is {stacked[i]!r} in a vector and {single!r} alone.")


def _equal(a: Array | None, b: Array | None) -> bool:
    """The same bits, or None both."""
    return b is None if a is None else b is not None and np.array_equal(a, b)
