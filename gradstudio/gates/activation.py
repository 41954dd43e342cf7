"""Activations: what makes a network more than one linear map."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Param
from gradstudio.gates.common import OneVariable, scratch_like


class Activation(OneVariable):
    """A function of one variable on the shelf of activations."""

    category = Category.ACTIVATION


class Kinked(Activation):
    """An activation with a kink at 0."""

    def branch(self, x: Array) -> Array:
        """Which side of 0 each entry lies on."""
        return np.asarray(x > 0)


@register
class Sigmoid(Activation):
    """σ(x) = 1/(1 + e⁻ˣ)."""

    id = "sigmoid"
    title = "Sigmoid"
    symbol = "σ"
    formula = r"\sigma(x) = \frac{1}{1 + e^{-x}}"
    help = "Squashes its input into 0 to 1."
    rule = "Sigmoid scales: the input's gradient is (1 − σ) · σ × the upstream one, at most a quarter of it."
    stops = "the sigmoid is saturated at {x}: far from 0 its curve is flat"
    keywords = ("logistic", "squash", "neuron", "activation")
    local = ("(1 − σ)·σ",)
    numpy_forward = "{z} = 1 / (1 + np.exp(-{x}))"
    numpy_backward = "{dx} = (1 - {z}) * {z} * {dz}"

    def expand(self, x: Expression) -> Expression:
        """×(−1), exp, +1, 1/x."""
        return 1 / (x.formula.one("exp", -x) + 1)

    @np.errstate(over="ignore")
    def forward(self, x: Array) -> Array:
        """σ(x), kept for the way back. Where e⁻ˣ overflows, 1/(1 + ∞) is the right 0."""
        self.z = 1 / (1 + np.exp(-x))
        return self.z

    def backward(self, dz: Array) -> Array:
        """(1 − σ) · σ × upstream."""
        return (1 - self.z) * self.z * dz

    def kernels(self, k: Kernels) -> bool:
        """Four calls forward, three back."""
        z, one, dx = k.z, k.const(1), k.dx[0]
        k.ahead(np.negative, k.x[0], out=z)
        k.ahead(np.exp, z, out=z)
        k.ahead(np.add, z, one, out=z)
        k.ahead(np.reciprocal, z, out=z)
        if dx is not None:
            k.back(np.subtract, one, z, out=dx)
            k.back(np.multiply, dx, z, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True


@register
class Tanh(Activation):
    """tanh x = 2σ(2x) − 1."""

    id = "tanh"
    title = "Tanh"
    symbol = "tanh"
    formula = r"\tanh(x) = 2\,\sigma(2x) - 1"
    help = "Squashes its input into −1 to 1, centred on zero."
    rule = "Tanh scales: the input's gradient is 1 − tanh² × the upstream one."
    stops = "tanh is saturated at {x}: far from 0 its curve is flat"
    keywords = ("hyperbolic", "squash", "activation")
    local = ("1 − tanh²",)
    numpy_forward = "{z} = np.tanh({x})"
    numpy_backward = "{dx} = (1 - {z} ** 2) * {dz}"

    def expand(self, x: Expression) -> Expression:
        """2σ(2x) − 1."""
        return x.formula.one("sigmoid", x * 2) * 2 - 1

    def forward(self, x: Array) -> Array:
        """The hyperbolic tangent, kept for the way back."""
        self.z = np.tanh(x)
        return self.z

    def backward(self, dz: Array) -> Array:
        """1 − tanh² × upstream."""
        return (1 - self.z**2) * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, three back."""
        k.ahead(np.tanh, k.x[0], out=k.z)
        dx = k.dx[0]
        if dx is not None:
            k.back(np.square, k.z, out=dx)
            k.back(np.subtract, k.const(1), dx, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True


@register
class ReLU(Kinked):
    """max(0, x)."""

    id = "relu"
    title = "ReLU"
    formula = r"z = \max(0, x)"
    help = "Keeps what is positive and makes the rest 0."
    rule = "ReLU gates: the upstream gradient passes where x > 0 and stops where x ≤ 0, at x = 0 as well."
    stops = "ReLU is off, {x} ≤ 0"
    keywords = ("rectified", "linear", "unit", "rectifier", "activation")
    local = ("[x > 0]",)
    numpy_forward = "{z} = np.maximum({x}, 0)"
    numpy_backward = "{dx} = {dz} * ({x} > 0)"

    def expand(self, x: Expression) -> Expression:
        """The larger of 0 and x."""
        return x.formula.one("max", 0.0, x)

    def forward(self, x: Array) -> Array:
        """The positive part; where that is is kept for the way back."""
        self.on = x > 0
        return np.maximum(x, 0)

    def backward(self, dz: Array) -> Array:
        """Upstream where x > 0."""
        return dz * self.on

    def kernels(self, k: Kernels) -> bool:
        """One call forward, two back."""
        zero, dx = k.const(0), k.dx[0]
        k.ahead(np.maximum, k.x[0], zero, out=k.z)
        if dx is not None:
            k.back(np.greater, k.x[0], zero, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True


@register
class LeakyReLU(Kinked):
    """max(slope · x, x)."""

    id = "leaky_relu"
    title = "Leaky ReLU"
    formula = r"z = \max(s\,x,\; x)"
    help = "Keeps what is positive and shrinks the rest by a small slope, so that no unit dies."
    rule = "Leaky ReLU gates with a leak: the upstream gradient passes where x > 0, times the slope where x ≤ 0."
    keywords = ("rectified", "linear", "unit", "prelu", "activation")
    params = MappingProxyType({"slope": Param("float", 0.1, "The slope where x ≤ 0.", low=0, high=1)})
    local = ("1 or slope",)
    numpy_forward = "{z} = np.where({x} > 0, {x}, {slope} * {x})"
    numpy_backward = "{dx} = np.where({x} > 0, {dz}, {slope} * {dz})"

    slope: float

    def expand(self, x: Expression) -> Expression:
        """The larger of slope × x and x."""
        return x.formula.one("max", x * self.slope, x)

    def forward(self, x: Array) -> Array:
        """The input where it is positive, slope × input elsewhere."""
        self.on = x > 0
        return np.where(self.on, x, self.slope * x)

    def backward(self, dz: Array) -> Array:
        """Upstream where x > 0, slope × upstream elsewhere."""
        return np.where(self.on, dz, self.slope * dz)

    def kernels(self, k: Kernels) -> bool:
        """Two calls forward, three back; no masked writes, which are slow."""
        (x,), (dx,), slope = k.x, k.dx, k.const(self.slope)
        k.ahead(np.multiply, x, slope, out=k.z)
        k.ahead(np.maximum, k.z, x, out=k.z)
        if dx is not None:
            k.back(np.greater, x, k.const(0), out=dx)
            k.back(np.maximum, dx, slope, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True

    def caption(self) -> str:
        """The slope."""
        return f"slope {self.slope:g}"


@register
class ELU(Kinked):
    """x, or α(eˣ − 1) where x ≤ 0."""

    id = "elu"
    title = "ELU"
    formula = r"z = x \;\text{if}\; x > 0,\; \alpha\,(e^x - 1) \;\text{otherwise}"
    help = "Keeps what is positive; the rest bends smoothly towards −α."
    rule = "ELU gates softly: the upstream gradient passes where x > 0, times α·eˣ where x ≤ 0."
    stops = "ELU is saturated at {x}: far below 0 its curve is flat"
    keywords = ("exponential", "linear", "unit", "activation")
    params = MappingProxyType(
        {"alpha": Param("float", 1.0, "The output tends to −α far below 0.", title="α", low=0, high=100)}
    )
    local = ("1 or α·eˣ",)
    numpy_forward = "{z} = np.where({x} > 0, {x}, {alpha} * np.expm1(np.minimum({x}, 0)))"
    numpy_backward = "{dx} = np.where({x} > 0, {dz}, {alpha} * np.exp(np.minimum({x}, 0)) * {dz})"

    alpha: float

    def expand(self, x: Expression) -> Expression:
        """What is positive, and α(eˣ − 1) of the rest."""
        bent = (x.formula.one("exp", x.formula.one("min", x, 0.0)) - 1) * self.alpha
        return x.formula.one("relu", x) + bent

    def forward(self, x: Array) -> Array:
        """The input where it is positive, α(eˣ − 1) elsewhere."""
        self.x = x
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

    def backward(self, dz: Array) -> Array:
        """Upstream where x > 0, α·eˣ × upstream elsewhere."""
        return np.where(self.x > 0, dz, self.alpha * np.exp(np.minimum(self.x, 0)) * dz)

    def kernels(self, k: Kernels) -> bool:
        """Calls shared with SELU."""
        bend(k, self.alpha, 1.0)
        return True

    def caption(self) -> str:
        """The α, where it isn't 1."""
        return "" if self.alpha == 1 else f"α = {self.alpha:g}"


def bend(k: Kernels, alpha: float, scale: float) -> None:
    """Calls for scale · x where x > 0 and scale · α(eˣ − 1) elsewhere; no masked writes, which are slow."""
    (x,), (dx,), zero, work = k.x, k.dx, k.const(0), scratch_like(k, k.z)
    k.ahead(np.minimum, x, zero, out=k.z)
    k.ahead(np.expm1, k.z, out=k.z)
    k.ahead(np.multiply, k.z, k.const(alpha * scale), out=k.z)
    k.ahead(np.maximum, x, zero, out=work)
    k.ahead(np.multiply, work, k.const(scale), out=work)
    k.ahead(np.add, k.z, work, out=k.z)
    if dx is not None:
        k.back(np.minimum, x, zero, out=dx)
        k.back(np.exp, dx, out=dx)
        k.back(np.multiply, dx, k.const(alpha * scale), out=dx)
        k.back(np.greater, x, zero, out=work)
        k.back(np.multiply, work, k.const(scale * (1 - alpha)), out=work)
        k.back(np.add, dx, work, out=dx)
        k.back(np.multiply, dx, k.dz, out=dx)
