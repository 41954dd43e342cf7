"""Cases to try a gate on, found from nothing but its declaration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Gate, Kind, Mode, Param, Port, Shape, shape_text

GateClass: TypeAlias = type[Gate]

SHAPES: tuple[Shape, ...] = (
    *[(), (1,), (0,), (3,), (7,), (1, 1), (1, 3), (2, 3), (7, 3), (0, 3), (3, 2), (2, 1), (3, 0), (3, 5)],
    *[(2,), (5,), (2, 2, 3), (1, 2, 3), (8, 4), (5, 80)],
    *[(1, 1, 4, 4), (2, 3, 5, 6), (7, 2, 4, 5), (0, 2, 4, 4)],
)
FLOATS = (0.5, 2.0, 3.0, -1.0)
INTS = (0, 1, -1)
COUNTS = (1, 2)
"""Tried of whole numbers that must be 1 at least: sizes, strides, how many there are of something."""
TEXTS = ("0", "-1", "1, 0", "0, 1", "2, 3", "3, -1", "2, -1, 3", "0:2, 1")
ARRAYS = (2.0, [1.0, 0.0, 2.0], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
CASES = 45
"""Combinations of shapes tried with the first params; a third of that with each other setting."""


class Broken(AssertionError):
    """A gate doesn't keep the contract."""


def require(condition: object, sentence: str) -> None:
    """Raise Broken with this sentence unless the condition holds."""
    if not condition:
        raise Broken(sentence)


@dataclass(frozen=True)
class Case:
    """A gate with params and arrays to run it on.

    Attributes:
        kind: the gate's class.
        params: of the instance.
        arrays: float64 (labels: int64) arrays for the inputs, then for the weights; read-only.
        upstream: a gradient for each output; read-only.
        training: whether the gate is run as in training; tried both ways where that makes a difference.
    """

    kind: GateClass
    params: dict[str, Any]
    arrays: tuple[Array, ...]
    upstream: tuple[Array, ...]
    training: bool = True

    def gate(self) -> Gate:
        """A fresh instance, in its mode and at a place of its own."""
        gate = self.kind(**self.params)
        gate.mode, gate.place = Mode(self.training, step=3, seed=5), (17,)
        return gate

    def input_shapes(self) -> list[Shape]:
        """Shapes of the inputs, without those of the weights."""
        count = len(self.arrays) - len(self.gate().active_weights())
        return [array.shape for array in self.arrays[:count]]

    def real(self) -> list[int]:
        """Positions of the arrays that have a gradient: neither labels nor state."""
        weights = self.gate().active_weights()
        learned = [True] * (len(self.arrays) - len(weights)) + [weight.learned for weight in weights]
        return [i for i, array in enumerate(self.arrays) if array.dtype.kind == "f" and learned[i]]

    def cast(self, dtype: npt.DTypeLike) -> Case:
        """The same case in another precision."""
        arrays = tuple(frozen(a.astype(dtype)) if a.dtype.kind == "f" else a for a in self.arrays)
        return replace(self, arrays=arrays, upstream=tuple(frozen(dz.astype(dtype)) for dz in self.upstream))

    def put(self, position: int, array: Array) -> Case:
        """The same case with another array in one place."""
        return replace(self, arrays=(*self.arrays[:position], frozen(array), *self.arrays[position + 1 :]))

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        arrays = ", ".join(shape_text(a.shape) for a in self.arrays) or "nothing"
        return f"{self.kind.__name__}({given}) of {arrays}{'' if self.training else ' while evaluating'}"


_KNOWN: dict[GateClass, tuple[Case, ...]] = {}


def cases(kind: GateClass) -> tuple[Case, ...]:
    """Cases of a gate, found by trying shapes until it takes enough of them.

    Raises:
        Broken: if it takes none with some of its params.
    """
    if kind not in _KNOWN:
        _KNOWN[kind] = _find(kind)
    return _KNOWN[kind]


def _find(kind: GateClass) -> tuple[Case, ...]:
    found: list[Case] = []
    for i, params in enumerate(settings(kind)):
        accepted = (shapes for shapes in candidates(kind) if predicted(kind(**params), shapes) is not None)
        made = [case_of(kind, params, shapes) for shapes in itertools.islice(accepted, CASES if i == 0 else CASES // 3)]
        full = any(all(array.size for array in case.arrays) for case in made)
        guessed = any(kind.params[name].kind == "text" for name in params)
        require(full or guessed, f"{kind.__name__} takes none of the shapes tried with {params}.")
        found += made
    return (*found, *(replace(case, training=False) for case in found if _depends_on_mode(case)))


def _depends_on_mode(case: Case) -> bool:
    training, evaluating = (c.gate().forward(*case.arrays) for c in (case, replace(case, training=False)))
    pairs = zip(*(made if isinstance(made, tuple) else (made,) for made in (training, evaluating)), strict=True)
    return any(not np.array_equal(a, b) for a, b in pairs)


def settings(kind: GateClass) -> list[dict[str, Any]]:
    """Params to try: the defaults with large sizes made small, and then one param changed at a time."""
    small = {
        name: 4
        for name, param in kind.params.items()
        if param.kind == "int" and (param.default or 0) > 4 and _takes(param, 4)
    }
    found = [small]
    for name, param in kind.params.items():
        for value in _values(param):
            changed = small | {name: value}
            try:
                kind(**changed)
            except ParamError:
                continue
            found.append(changed)
    return found


def candidates(kind: GateClass) -> Iterator[tuple[Shape, ...]]:
    """Combinations of input shapes, in an order that is random but always the same.

    Where an input takes many wires one, two and three of them come in turn, half of them of one shape.
    """
    random = np.random.default_rng(7)
    count = len(kind.inputs)
    if not (count and kind.inputs[-1].many):
        yield from _shuffled(random, count)
        return
    orders = [_shuffled(random, n) for n in (count, count + 1, count + 2)]
    for step, alike in enumerate(_shuffled(random, 1)):
        for n, order in enumerate(orders, count):
            yield order[step]
            yield alike * n


def predicted(gate: Gate, inputs: Sequence[Shape]) -> tuple[Shape, ...] | None:
    """Shapes of the outputs as the gate predicts them, or None where it refuses."""
    try:
        made = gate.shape(*inputs)
    except ShapeError:
        return None
    found: tuple[Shape, ...] = (made,) if len(gate.outputs) == 1 else tuple(made)
    return found


def ports(kind: GateClass, count: int) -> list[Port]:
    """The port of each of `count` inputs."""
    return [kind.inputs[min(i, len(kind.inputs) - 1)] for i in range(count)]


def frozen(array: Any) -> Array:
    """The array, read-only."""
    kept: Array = np.asarray(array)
    kept.flags.writeable = False
    return kept


def _shuffled(random: np.random.Generator, n: int) -> list[tuple[Shape, ...]]:
    every = list(itertools.product(SHAPES, repeat=n)) if n <= 3 else _sample(random, n)
    return [every[i] for i in random.permutation(len(every))]


def _sample(random: np.random.Generator, n: int) -> list[tuple[Shape, ...]]:
    return [tuple(SHAPES[i] for i in random.integers(len(SHAPES), size=n)) for _ in range(20_000)]


def _values(param: Param) -> Sequence[Any]:
    """Other values than the default."""
    tried: dict[str, Sequence[Any]] = {
        "bool": (True, False),
        "choice": param.choices,
        "float": FLOATS,
        "int": COUNTS if (param.low or 0) >= 1 else INTS,
        "text": TEXTS,
        "array": () if param.optional else ARRAYS,
    }
    return [value for value in tried.get(param.kind, ()) if value != param.default and _takes(param, value)]


def _takes(param: Param, value: object) -> bool:
    try:
        param.check("value", value)
    except ParamError:
        return False
    return True


def case_of(kind: GateClass, params: dict[str, Any], shapes: tuple[Shape, ...]) -> Case:
    """A case with random numbers whose outcome is finite: of both signs if possible, else positive."""
    random = np.random.default_rng([len(shapes), *itertools.chain(*shapes)])
    gate = kind(**params)
    needed = gate.weight_shapes(*shapes)
    weights = [_weight(random, w.learned, shape) for w, shape in zip(gate.active_weights(), needed, strict=True)]
    upstream = tuple(frozen(random.standard_normal(shape)) for shape in predicted(gate, shapes) or ())
    for signed in (True, False):
        inputs = _inputs(kind, shapes, signed, random, rows=min((s[0] for s in needed if s), default=1))
        case = Case(kind, params, tuple(map(frozen, (*inputs, *weights))), upstream)
        made = case.gate().forward(*case.arrays)
        if all(np.isfinite(z).all() for z in (made if isinstance(made, tuple) else (made,))):
            return case
    raise Broken(f"{kind.__name__} isn't finite for any of the numbers tried in shapes {shapes}.")


def _weight(random: np.random.Generator, learned: bool, shape: Shape) -> Array:
    """Numbers of both signs; positive ones for state, which may hold variances."""
    return np.asarray(random.standard_normal(shape) if learned else random.uniform(0.5, 2, shape))


def _inputs(
    kind: GateClass, shapes: tuple[Shape, ...], signed: bool, random: np.random.Generator, rows: int
) -> list[Array]:
    """Real numbers that keep away from 0, and labels: less than any length of a real input, else rows of a weight."""
    kinds = [port.kind for port in ports(kind, len(shapes))]
    lengths = [n for shape, k in zip(shapes, kinds, strict=True) if k is Kind.REAL for n in shape if n]
    classes = min(lengths, default=rows)
    made = []
    for shape, k in zip(shapes, kinds, strict=True):
        signs = random.choice((-1.0, 1.0), shape) if signed else 1.0
        numbers = random.uniform(0.3, 2.0, shape) * signs
        made.append(np.asarray(numbers if k is Kind.REAL else random.integers(0, classes, shape)))
    return made
