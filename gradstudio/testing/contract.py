"""What every gate keeps, one function for each truth."""

from __future__ import annotations

import itertools
import json
import keyword
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array, Gate, Kind, shape_text
from gradstudio.engine.running import unbroadcast
from gradstudio.testing.cases import Broken, Case, GateClass, candidates, cases, frozen, predicted, require, settings
from gradstudio.testing.running import backward, forward, require_close, run, run_exported, run_kernels

Check: TypeAlias = Callable[[GateClass], None]
CONTRACT: dict[str, Check] = {}


def check_gate(kind: GateClass) -> None:
    """Hold a gate class against the whole contract.

    Raises:
        Broken: with a sentence, at the first thing that isn't so.
    """
    for check in CONTRACT.values():
        check(kind)


def _truth(check: Check) -> Check:
    CONTRACT[check.__name__] = check
    return check


@_truth
def declares_itself(kind: GateClass) -> None:
    """Id, title, formula, help and rule are there; an output or a weight too."""
    name = kind.__name__
    require(re.fullmatch(r"[a-z][a-z0-9_]*", kind.id), f"{name} needs an id in lower case, found “{kind.id}”.")
    require(kind.title and kind.formula, f"{name} needs a title and a formula.")
    require(kind.formula.count("{") == kind.formula.count("}"), f"{name} has unbalanced braces in its formula.")
    require(len(kind.symbol) <= 4, f"{name} has a symbol of more than four characters.")
    require(_is_sentence(kind.help), f"{name} needs a sentence as help, found “{kind.help}”.")
    require(_is_sentence(kind.rule), f"{name} needs its backward pass as a sentence, found “{kind.rule}”.")
    require(kind.outputs or kind.weights, f"{name} needs an output.")


@_truth
def names_its_parts(kind: GateClass) -> None:
    """Ports, weights and params have names that differ and can stand in code."""
    name, outputs = kind.__name__, [port.name for port in kind.outputs]
    inputs = [port.name for port in kind.inputs] + [weight.name for weight in kind.weights]
    require(not any(port.many for port in kind.inputs[:-1]), f"{name}: only the last input may take many wires.")
    weights = [weight.name for weight in kind.weights]
    for group in (inputs, outputs, [*outputs, *weights]):
        require(len(set(group)) == len(group), f"{name} uses a port name twice: {', '.join(group)}.")
    for word in (*inputs, *outputs, *kind.params):
        require(word.isidentifier() and not keyword.iskeyword(word), f"{name}: “{word}” can't be a name in code.")


@_truth
def describes_its_params(kind: GateClass) -> None:
    """Every param has a help sentence, a default it takes, and a name that hides nothing of Gate."""
    name = kind.__name__
    for key, param in kind.params.items():
        require(not hasattr(Gate, key), f"{name}: a param can't be called “{key}”.")
        require(_is_sentence(param.help), f"{name}: {key} needs a sentence as help, found “{param.help}”.")
        param.check(key, param.default)
    for weight in kind.weights:
        pinned = weight.start is None or kind.params[weight.start].kind == "array"
        require(pinned, f"{name}: {weight.start} must be an array param to pin {weight.name}.")


@_truth
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
            fits = dx is None or (dx.shape == x.shape and dx.dtype == dtype)
            require(fits, f"{case}: gradient {dx!r} of an input of {shape_text(x.shape)} in {np.dtype(dtype)}.")


@_truth
def refuses_in_a_sentence(kind: GateClass) -> None:
    """Shapes that don't fit raise ShapeError with a sentence, from weight_shapes too."""
    gate = kind(**settings(kind)[0])
    refused = (shapes for shapes in candidates(kind) if predicted(gate, shapes) is None)
    for shapes in itertools.islice(refused, 100):
        for method in (gate.shape, gate.weight_shapes) if kind.weights else (gate.shape,):
            try:
                method(*shapes)
            except ShapeError as error:
                require(_is_sentence(str(error)), f"{kind.__name__} refuses with “{error}”, which is no sentence.")
            else:
                raise Broken(f"{kind.__name__}: {method.__name__} takes {shapes}, which shape refuses.")


@_truth
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
        numeric, analytic = _difference(case, position, index), float(gradient[index])
        if numeric is not None:
            close = abs(analytic - numeric) <= 1e-6 * max(abs(analytic), abs(numeric)) + 1e-8
            require(close, f"{case}: array {position} at {list(index)}: {analytic}, differences give {numeric}.")


def _difference(case: Case, position: int, index: tuple[int, ...], h: float = 1e-5) -> float | None:
    """The centred difference quotient of Σ upstream · output; None across a kink."""
    totals, sides = [], []
    for step in (h, -h):
        moved = case.arrays[position].copy()
        moved[index] += step
        there = case.put(position, moved)
        outputs = forward(there.gate(), there.arrays)
        totals.append(sum(float(np.sum(dz * z)) for dz, z in zip(case.upstream, outputs, strict=True)))
        sides.append(there.gate().branch(*there.arrays))
    same = all(side is None for side in sides) or _equal(sides[0], sides[1])
    return (totals[0] - totals[1]) / (2 * h) if same else None


@_truth
def leaves_inputs_alone(kind: GateClass) -> None:
    """Neither forward nor backward writes to inputs, weights or the upstream gradient."""
    for case in cases(kind):
        arrays, upstream = [a.copy() for a in case.arrays], [dz.copy() for dz in case.upstream]
        gate = case.gate()
        forward(gate, arrays)
        gate.backward(*upstream)
        kept = zip((*arrays, *upstream), (*case.arrays, *case.upstream), strict=True)
        require(all(np.array_equal(a, b) for a, b in kept), f"{case}: an array that came in was written to.")


@_truth
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


@_truth
def passes_nan_on(kind: GateClass) -> None:
    """NaN in one entry of any input or weight shows in the output, by kernels as well.

    Where labels alone come in they may look up other entries, so all are NaN then.
    """
    full = [case for case in cases(kind) if case.upstream and all(a.size for a in (*case.arrays, *case.upstream))]
    for case, position in [(one, position) for one in full for position in one.real()]:
        array = case.arrays[position].copy()
        entry = slice(None) if _only_looks_up(kind) else array.size // 2
        array.reshape(-1)[entry] = np.nan
        spoilt = case.put(position, array)
        outputs = forward(spoilt.gate(), spoilt.arrays)
        require(any(np.isnan(z).any() for z in outputs), f"{case}: NaN in array {position} doesn't show.")
        fast = run_kernels(spoilt, [False] * len(case.arrays))
        require(fast is None or np.isnan(fast[0]).any(), f"{case}: the kernels swallow NaN in array {position}.")


def _only_looks_up(kind: GateClass) -> bool:
    return bool(kind.inputs) and all(port.kind is Kind.LABELS for port in kind.inputs)


@_truth
def stays_quiet_when_large(kind: GateClass) -> None:
    """Numbers of ±10⁴ raise no warning, forward or backward."""
    for case, dtype in itertools.product(cases(kind), (np.float32, np.float64)):
        for sign, position in itertools.product((1e4, -1e4), case.real()):
            run(case.put(position, np.full(case.arrays[position].shape, sign)).cast(dtype))


@_truth
def takes_strided_arrays(kind: GateClass) -> None:
    """Arrays that don't lie in one piece give the same numbers."""
    for case in cases(kind):
        arrays, upstream = (tuple(map(_strided, given)) for given in (case.arrays, case.upstream))
        strided = replace(case, arrays=arrays, upstream=upstream)
        for what, found, wanted in zip(("outputs", "gradients"), run(strided), run(case), strict=True):
            require_close(case, f"strided {what}", found, wanted)


def _strided(array: Array) -> Array:
    """The same numbers as every other entry of a larger array whose axes are reversed."""
    larger = np.zeros([2 * n for n in reversed(array.shape)], array.dtype)
    every_other: Any = (..., *[slice(None, None, 2)] * array.ndim)
    view = larger[every_other].T
    view[...] = array
    return frozen(view)


@_truth
def survives_a_file(kind: GateClass) -> None:
    """Params written as JSON and read again make the same gate."""
    for params in settings(kind):
        gate = kind(**params)
        text = json.dumps({name: _plain(getattr(gate, name)) for name in kind.params}, allow_nan=False)
        again = kind(**json.loads(text))
        same = all(np.array_equal(getattr(gate, name), getattr(again, name)) for name in kind.params)
        require(same, f"{kind.__name__}: its params don't survive JSON: {text}.")


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


@_truth
def starts_its_weights(kind: GateClass) -> None:
    """Weights have shapes, and start values that are finite and the same for the same seed."""
    for case in cases(kind):
        gate = case.gate()
        shapes = gate.weight_shapes(*case.input_shapes())
        for weight, shape in zip(gate.active_weights(), shapes, strict=True):
            one, two = (gate.start(weight.name, shape, np.random.default_rng(3)) for _ in range(2))
            sound = one.shape == shape and np.isfinite(one).all() and np.array_equal(one, two)
            require(sound, f"{case}: {weight.name} of {shape_text(shape)} starts at {one!r}, then at {two!r}.")


@_truth
def explains_with_numbers(kind: GateClass) -> None:
    """Where `explain` has lines, there is one for each input and it ends with the gradient."""
    scalars = [case for case in cases(kind) if all(a.shape == () and a.dtype.kind == "f" for a in case.arrays)]
    for case in (case for case in scalars if case.arrays and case.upstream):
        lines = case.gate().explain([float(a) for a in case.arrays], float(case.upstream[0]))
        _, gradients = run(case)
        require(len(lines) in (0, len(gradients)), f"{case} explains itself in {len(lines)} lines.")
        for line, dx in zip(lines, gradients, strict=False):
            close = np.isclose(float(line.rpartition("=")[2]), float(np.asarray(dx)), rtol=1e-3, atol=1e-12)
            require(close, f"{case}: “{line}”, but backward gives {dx}.")


@_truth
def draws_its_curve(kind: GateClass) -> None:
    """`curve`, where there is one, gives the values of forward and the slopes of backward."""
    for case in (case for case in cases(kind) if len(case.arrays) == len(case.upstream) == 1):
        made = case.gate().curve(case.arrays[0])
        if made is not None:
            ones = replace(case, upstream=(np.ones(case.upstream[0].shape),))
            outputs, slopes = run(ones)
            require_close(case, "curve", made, (*outputs, *slopes))


@_truth
def kernels_agree(kind: GateClass) -> None:
    """Kernels give forward's and backward's numbers for any choice of gradients, and write nowhere else."""
    for case, dtype in itertools.product(cases(kind), (np.float32, np.float64)):
        typed = case.cast(dtype)
        for chosen in (typed.real(), [], *([i] for i in typed.real())):
            _hold_kernels(typed, chosen)


@_truth
def kernels_agree_when_large(kind: GateClass) -> None:
    """Numbers of ±10⁴ come out of kernels as they come out of forward and backward."""
    for case, dtype in itertools.product(cases(kind), (np.float32, np.float64)):
        for sign, position in itertools.product((1e4, -1e4), case.real()):
            large = case.put(position, np.full(case.arrays[position].shape, sign)).cast(dtype)
            _hold_kernels(large, large.real())


@_truth
def kernels_take_any_memory_order(kind: GateClass) -> None:
    """Arrays that lie in memory as plans lay them give the same numbers, where the output is differentiated too."""
    for case, dtype in itertools.product(cases(kind), (np.float32, np.float64)):
        typed = case.cast(dtype)
        _hold_kernels(typed, typed.real(), as_planned=True)
        seed = replace(typed, upstream=tuple(frozen(np.ones_like(dz)) for dz in typed.upstream))
        _hold_kernels(seed, seed.real(), as_planned=True, seeded=True)


def _hold_kernels(case: Case, chosen: list[int], *, as_planned: bool = False, seeded: bool = False) -> None:
    wanted = [i in chosen for i in range(len(case.arrays))]
    found = run_kernels(case, wanted, as_planned=as_planned, seeded=seeded)
    if found is not None:
        outputs, gradients = run(case)
        require_close(case, "output of kernels", [found[0]], outputs)
        expected = [dx if want else None for dx, want in zip(gradients, wanted, strict=True)]
        require_close(case, "gradients of kernels", found[1], expected)


@_truth
def exports_numpy(kind: GateClass) -> None:
    """The exported lines give forward's and backward's numbers."""
    if not kind.inputs:
        return
    require(kind.numpy_forward and kind.numpy_backward, f"{kind.__name__} needs numpy_forward and numpy_backward.")
    chosen = [case for case in cases(kind) if case.upstream]
    for case, (output, made) in zip(chosen, run_exported(chosen), strict=True):
        outputs, gradients = run(case)
        require_close(case, "exported output", [output], outputs)
        shaped = [dx if dx is None else _fit(dx, x) for dx, x in zip(made, case.arrays, strict=True)]
        require_close(case, "exported gradients", shaped, gradients)


def _equal(a: Array | None, b: Array | None) -> bool:
    """The same bits, or None both."""
    return b is None if a is None else b is not None and np.array_equal(a, b)


def _fit(gradient: Array, x: Array) -> Array:
    return unbroadcast(np.asarray(gradient), x.shape)


def _is_sentence(text: str) -> bool:
    return len(text) > 10 and not text[0].islower() and text.endswith(".") and "\n" not in text
