"""Truths of what a gate declares: words, names, params, shapes, start values."""

from __future__ import annotations

import itertools
import json
import keyword
import re
from dataclasses import replace

import numpy as np

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Gate, shape_text
from gradstudio.testing.cases import Broken, GateClass, candidates, cases, predicted, require, settings
from gradstudio.testing.running import require_close, run
from gradstudio.testing.truths import is_sentence, truth


@truth
def declares_itself(kind: GateClass) -> None:
    """Id, title, formula, help and rule are there; an output or a weight too."""
    name = kind.__name__
    require(re.fullmatch(r"[a-z][a-z0-9_]*", kind.id), f"{name} needs an id in lower case, found “{kind.id}”.")
    require(kind.title and kind.formula, f"{name} needs a title and a formula.")
    require(kind.formula.count("{") == kind.formula.count("}"), f"{name} has unbalanced braces in its formula.")
    require(len(kind.symbol) <= 4, f"{name} has a symbol of more than four characters.")
    require(is_sentence(kind.help), f"{name} needs a sentence as help, found “{kind.help}”.")
    require(is_sentence(kind.rule), f"{name} needs its backward pass as a sentence, found “{kind.rule}”.")
    require(kind.outputs or kind.weights, f"{name} needs an output.")


@truth
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


@truth
def describes_its_params(kind: GateClass) -> None:
    """Every param has a help sentence, a default it takes, and a name that hides nothing of Gate."""
    name = kind.__name__
    for key, param in kind.params.items():
        require(not hasattr(Gate, key), f"{name}: a param can't be called “{key}”.")
        require(is_sentence(param.help), f"{name}: {key} needs a sentence as help, found “{param.help}”.")
        param.check(key, param.default)
    for weight in kind.weights:
        pinned = weight.start is None or kind.params[weight.start].kind == "array"
        require(pinned, f"{name}: {weight.start} must be an array param to pin {weight.name}.")


@truth
def refuses_in_a_sentence(kind: GateClass) -> None:
    """Shapes that don't fit raise ShapeError with a sentence, from weight_shapes too."""
    gate = kind(**settings(kind)[0])
    refused = (shapes for shapes in candidates(kind) if predicted(gate, shapes) is None)
    for shapes in itertools.islice(refused, 100):
        for method in (gate.shape, gate.weight_shapes) if kind.weights else (gate.shape,):
            try:
                method(*shapes)
            except ShapeError as error:
                require(is_sentence(str(error)), f"{kind.__name__} refuses with “{error}”, which is no sentence.")
            else:
                raise Broken(f"{kind.__name__}: {method.__name__} takes {shapes}, which shape refuses.")


@truth
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


@truth
def starts_its_weights(kind: GateClass) -> None:
    """Weights have shapes, and start values that are finite and the same for the same seed."""
    for case in cases(kind):
        gate = case.gate()
        shapes = gate.weight_shapes(*case.input_shapes())
        for weight, shape in zip(gate.active_weights(), shapes, strict=True):
            one, two = (gate.start(weight.name, shape, np.random.default_rng(3)) for _ in range(2))
            sound = one.shape == shape and np.isfinite(one).all() and np.array_equal(one, two)
            require(sound, f"{case}: {weight.name} of {shape_text(shape)} starts at {one!r}, then at {two!r}.")


@truth
def explains_with_numbers(kind: GateClass) -> None:
    """Where `explain` has lines, there is one for each input and it ends with the gradient."""
    given = [(case, (*case.arrays, *case.upstream)) for case in cases(kind)]
    scalars = [case for case, arrays in given if all(a.shape == () and a.dtype.kind == "f" for a in arrays)]
    for case in (case for case in scalars if case.arrays and case.upstream):
        lines = case.gate().explain([float(a) for a in case.arrays], float(case.upstream[0]))
        _, gradients = run(case)
        require(len(lines) in (0, len(gradients)), f"{case} explains itself in {len(lines)} lines.")
        for line, dx in zip(lines, gradients, strict=False):
            close = np.isclose(float(line.rpartition("=")[2]), float(np.asarray(dx)), rtol=1e-3, atol=1e-12)
            require(close, f"{case}: “{line}”, but backward gives {dx}.")


@truth
def draws_its_curve(kind: GateClass) -> None:
    """`curve`, where there is one, gives the values of forward and the slopes of backward."""
    for case in (case for case in cases(kind) if len(case.arrays) == len(case.upstream) == 1):
        made = case.gate().curve(case.arrays[0])
        if made is not None:
            ones = replace(case, upstream=(np.ones(case.upstream[0].shape),))
            outputs, slopes = run(ones)
            require_close(case, "curve", made, (*outputs, *slopes))
