"""How the weights of a layer start, and what layers with weights share.

Sources: Glorot and Bengio, AISTATS 2010 (xavier); He and others, ICCV 2015 (he); Saxe, McClelland and Ganguli, "Exact
solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR 2014 (orthogonal); Mezzadri, "How
to generate random matrices from the classical compact groups", 2007 (its signs).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array, Gate, Param, Shape, shape_text
from gradstudio.gates.common import matmul_quietly

SCALES: Mapping[str, Callable[[int], float]] = MappingProxyType(
    {
        "he": lambda fan_in: math.sqrt(2 / fan_in),
        "xavier": lambda fan_in: math.sqrt(1 / fan_in),
        "small normal": lambda _: 0.01,
        "zeros": lambda _: 0.0,
    }
)
"""Standard deviation by the number of inputs of a unit."""
ORTHOGONAL = "orthogonal"

UNITS = Param("int", 100, "Number of units: the length of the output.", low=1, high=65536)
INIT = Param(
    "choice",
    "he",
    "Random start of W: he √(2/n)·randn for ReLU, xavier √(1/n)·randn, small normal 0.01·randn, zeros, or orthogonal: "
    "a random rotation, which changes no lengths.",
    title="start",
    choices=(*SCALES, ORTHOGONAL),
)
GAIN = Param(
    "float", 1.0, "The random start of W is multiplied by it.", title="start gain", low=0.001, high=1000, advanced=True
)


def drawn(how: str, gain: float, shape: Shape, fan_in: int, rng: np.random.Generator) -> Array:
    """Random start values of a weight.

    Args:
        how: a name of `SCALES`, or "orthogonal".
        gain: they are multiplied by it.
        shape: of the weight; an orthogonal one of more than two axes is a matrix of its first axis by the others.
        fan_in: number of inputs of a unit.
        rng: what they are drawn from.
    """
    if how != ORTHOGONAL:
        return np.asarray(gain * SCALES[how](fan_in) * rng.standard_normal(shape))
    return gain * orthogonal(shape[0], math.prod(shape[1:]), rng).reshape(shape)


def orthogonal(rows: int, columns: int, rng: np.random.Generator) -> Array:
    """A random matrix whose rows, or columns where these are fewer, have length 1 and are at right angles.

    Every such matrix is equally likely: the Q of a QR decomposition of random numbers, with R's diagonal made positive.
    """
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return np.ascontiguousarray(q if rows >= columns else q.T)


def pin(weight: str) -> Param:
    """The param that pins the start value of a weight."""
    help_text = f"Start {weight} at exactly these numbers; random where empty."
    return Param("array", None, help_text, title=f"start {weight}", optional=True, advanced=True)


def check_pins(gate: Gate, shapes: tuple[Shape, ...], cause: str) -> tuple[Shape, ...]:
    """The shapes of a gate's weights, once it is sure that pinned start values have them.

    Raises:
        ShapeError: naming the pin, both shapes and what makes them so ("an input of 5×2").
    """
    for weight, shape in zip(gate.active_weights(), shapes, strict=True):
        pinned = getattr(gate, weight.start) if weight.start else None
        if pinned is not None and pinned.shape != shape:
            raise ShapeError(
                f"{weight.start} is {shape_text(pinned.shape)}, but {weight.name} is {shape_text(shape)} for {cause}."
            )
    return shapes


class Layer(Gate):
    """A gate with matrices (W…) and biases (b…) that turn D features into units.

    Attributes:
        most_axes: of an input: 3 where each position of a sequence (N×L×D) may be taken for itself.
    """

    most_axes: ClassVar[int] = 2

    units: int
    init: str
    gain: float

    def shape(self, x: Shape) -> Shape:
        """That of x with units instead of features."""
        self.weight_shapes(x)
        return (*x[:-1], self.units)

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """D × units for a matrix, units for a bias."""
        (x,) = inputs
        if not 1 <= len(x) <= self.most_axes or x[-1] < 1:
            rows = "rows of features (N×D)" + ", sequences of them (N×L×D)" * (self.most_axes > 2)
            raise ShapeError(f"{self.title} needs {rows} or one such row, found {shape_text(x)}.")
        shapes = tuple((x[-1], self.units) if w.name.startswith("W") else (self.units,) for w in self.active_weights())
        return check_pins(self, shapes, f"an input of {shape_text(x)} and {self.units} units")

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Random numbers as `init` says for a matrix, zeros for a bias."""
        if len(shape) < 2:
            return np.zeros(shape)
        return drawn(self.init, self.gain, shape, shape[0], rng)

    def caption(self) -> str:
        """How many units."""
        return f"{self.units} unit" if self.units == 1 else f"{self.units} units"


@matmul_quietly
def affine(x: Array, W: Array, b: Array | None) -> Array:
    """The weighted sums x @ W + b."""
    return np.asarray(x @ W if b is None else x @ W + b)


@matmul_quietly
def weight_gradient(x: Array, dz: Array) -> Array:
    """The product xᵀ · dz: for one row the outer one, for sequences that of all their rows."""
    return np.multiply.outer(x, dz) if x.ndim == 1 else all_rows(x).T @ all_rows(dz)


def bias_gradient(dz: Array) -> Array:
    """Upstream summed over the batch, and over the positions of sequences."""
    return dz if dz.ndim == 1 else all_rows(dz).sum(axis=0)


def all_rows(array: Array) -> Array:
    """The rows of a matrix, or of all sequences of a batch, as one matrix."""
    return array if array.ndim == 2 else array.reshape(math.prod(array.shape[:-1]), array.shape[-1])
