"""Smooth activations: softplus, SiLU, GELU, and the two waves."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Kernels, Param
from gradstudio.gates.activation import Activation
from gradstudio.gates.common import in_pieces, number, scratch_like
from gradstudio.gates.normal import normal_cdf, normal_density, tail_ahead

Work: TypeAlias = "tuple[Array, Array, Array]"

EXACT, TANH = "exact", "tanh"
SLOPE, CUBE = math.sqrt(2 / math.pi), 0.044715
"""Constants of the tanh that comes near the normal distribution (Hendrycks and Gimpel, "GELUs", 2016)."""


@register
class Softplus(Activation):
    """ln(1 + e^(s·x)) / s."""

    id = "softplus"
    title = "Softplus"
    common = False
    formula = r"z = \frac{1}{s} \ln(1 + \exp(s x))"
    help = "A ReLU with a round corner; the sharper, the nearer to ReLU."
    rule = "Softplus scales: the input's gradient is σ(s·x) × the upstream one."
    keywords = ("smooth", "rectifier", "log", "activation")
    params = MappingProxyType(
        {"sharpness": Param("float", 1.0, "How sharp the corner is: s above.", title="sharpness s", low=0.01, high=1e3)}
    )
    local = ("σ(s·x)",)
    numpy_forward = "{z} = np.maximum({x}, 0) + np.log1p(np.exp(-{sharpness} * np.abs({x}))) / {sharpness}"
    numpy_backward = "{dx} = {dz} / (1 + np.exp(-{sharpness} * {x}))"

    sharpness: float

    def expand(self, x: Expression) -> Expression:
        """ln(eˢˣ + 1)/s."""
        return x.formula.one("log", (x * self.sharpness).exp() + 1) / self.sharpness

    def forward(self, x: Array) -> Array:
        """Written so that a large x doesn't overflow; x is kept for the way back."""
        self.x = x
        return np.maximum(x, 0) + np.log1p(np.exp(-self.sharpness * np.abs(x))) / self.sharpness

    @np.errstate(over="ignore")
    def backward(self, dz: Array) -> Array:
        """σ(s·x) × upstream. Where the exponential overflows, upstream / ∞ is the right 0."""
        return np.asarray(dz / (1 + np.exp(-self.sharpness * self.x)))

    def kernels(self, k: Kernels) -> bool:
        """Seven calls forward, four back."""
        (x,), (dx,), work = k.x, k.dx, scratch_like(k, k.z)
        k.ahead(np.absolute, x, out=work)
        k.ahead(np.multiply, work, k.const(-self.sharpness), out=work)
        k.ahead(np.exp, work, out=work)
        k.ahead(np.log1p, work, out=work)
        k.ahead(np.multiply, work, k.const(1 / self.sharpness), out=work)
        k.ahead(np.maximum, x, k.const(0), out=k.z)
        k.ahead(np.add, k.z, work, out=k.z)
        if dx is not None:
            k.back(np.multiply, x, k.const(-self.sharpness), out=dx)
            k.back(np.exp, dx, out=dx)
            k.back(np.add, dx, k.const(1), out=dx)
            k.back(np.divide, k.dz, dx, out=dx)
        return True

    def caption(self) -> str:
        """The sharpness, where it isn't 1."""
        return "" if self.sharpness == 1 else f"s = {number(self.sharpness)}"


@register
class SiLU(Activation):
    """x · σ(x)."""

    id = "silu"
    title = "SiLU"
    common = False
    formula = r"z = x \cdot \sigma(x)"
    help = "Its input times its own sigmoid: a smooth ReLU that dips below 0 once."
    rule = "SiLU scales: the input's gradient is σ · (1 + x · (1 − σ)) × the upstream one."
    stops = "SiLU is flat at {x}"
    keywords = ("swish", "sigmoid", "linear", "unit", "activation")
    local = ("σ·(1 + x·(1 − σ))",)
    numpy_forward = "{z} = {x} / (1 + np.exp(-{x}))"
    numpy_backward = "{dx} = 1 / (1 + np.exp(-{x}))\n{dx} = {dx} * (1 + {x} * (1 - {dx})) * {dz}"

    def expand(self, x: Expression) -> Expression:
        """x times its sigmoid."""
        return x * x.formula.one("sigmoid", x)

    @np.errstate(over="ignore")
    def forward(self, x: Array) -> Array:
        """x · σ(x); both are kept for the way back. Where e⁻ˣ overflows, σ is the right 0."""
        self.x, self.sigma = x, 1 / (1 + np.exp(-x))
        return x * self.sigma

    def backward(self, dz: Array) -> Array:
        """σ · (1 + x · (1 − σ)) × upstream."""
        return self.sigma * (1 + self.x * (1 - self.sigma)) * dz

    def kernels(self, k: Kernels) -> bool:
        """Five calls forward, five back."""
        (x,), (dx,), one, sigma = k.x, k.dx, k.const(1), scratch_like(k, k.z)
        k.ahead(np.negative, x, out=sigma)
        k.ahead(np.exp, sigma, out=sigma)
        k.ahead(np.add, sigma, one, out=sigma)
        k.ahead(np.reciprocal, sigma, out=sigma)
        k.ahead(np.multiply, x, sigma, out=k.z)
        if dx is not None:
            k.back(np.subtract, one, sigma, out=dx)
            k.back(np.multiply, dx, x, out=dx)
            k.back(np.add, dx, one, out=dx)
            k.back(np.multiply, dx, sigma, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True


@register
class GELU(Activation):
    """x · Φ(x)."""

    id = "gelu"
    title = "GELU"
    common = False
    formula = r"z = x \cdot \text{Φ}(x)"
    help = "Its input times Φ, the share of a normal distribution below it: a smooth ReLU, the one of transformers."
    rule = "GELU scales: the input's gradient is (Φ + x · φ) × the upstream one, φ being the bell curve."
    keywords = ("gaussian", "error", "linear", "unit", "transformer", "erf", "activation")
    params = MappingProxyType(
        {
            "form": Param(
                "choice",
                EXACT,
                "Exact, with the error function; or with a tanh that comes near it (to 0.0005) and is faster.",
                choices=(EXACT, TANH),
            )
        }
    )
    local = ("Φ + x·φ",)

    form: str

    def expand(self, x: Expression) -> Expression | None:
        """Half of x times 1 + tanh of a cubic; the exact one has no simpler gates."""
        if self.form != TANH:
            return None
        inner = (x + x.formula.one("power", x, exponent=3.0) * CUBE) * SLOPE
        return x * (x.formula.one("tanh", inner) + 1) * 0.5

    def forward(self, x: Array) -> Array:
        """x · Φ(x); x and Φ are kept for the way back."""
        self.x, self.share = x, normal_cdf(x) if self.form == EXACT else _near_cdf(x)
        return x * self.share

    @np.errstate(over="ignore")
    def backward(self, dz: Array) -> Array:
        """Φ + x · φ, times upstream."""
        return (self.share + self._slope()) * dz

    def kernels(self, k: Kernels) -> bool:
        """Piece by piece, so that some forty calls find their numbers in the cache."""
        (dx,), ahead = k.dx, _exact_ahead if self.form == EXACT else _near_ahead
        slope = k.z if dx is None else scratch_like(k, k.z)
        room: list[Array] = []
        for x, z, kept in in_pieces(k.x[0], k.z, slope):
            room = room or [scratch_like(k, z) for _ in range(3)]
            size, one, other = (array[: len(x)] if x.ndim == 1 else array for array in room)
            ahead(k, (x, z), None if dx is None else kept, (size, one, other))
        if dx is not None:
            k.back(np.multiply, slope, k.dz, out=dx)
        return True

    def caption(self) -> str:
        """The form, where it isn't the exact one."""
        return "" if self.form == EXACT else "tanh form"

    def _slope(self) -> Array:
        """The input times the slope of Φ (or of what stands for it)."""
        if self.form == EXACT:
            return np.asarray(self.x * normal_density(self.x))
        x = np.clip(self.x, -50, 50)  # beyond, the slope is 0 and must not meet an infinite square
        return np.asarray(x * 2 * self.share * (1 - self.share) * SLOPE * (1 + 3 * CUBE * x * x))

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code of the form chosen."""
        return f"{{z}} = {{x}} * {self._cdf_code()}"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code of the form chosen."""
        if self.form == EXACT:
            slope = "{x} * np.exp(-{x} ** 2 / 2) / 2.5066282746310002"
            return f"{{dx}} = ({self._cdf_code()} + {slope}) * {{dz}}"
        slope = f"np.clip({{x}}, -50, 50) * 2 * {{dx}} * (1 - {{dx}}) * {SLOPE}"
        return (
            f"{{dx}} = {self._cdf_code()}\n"
            f"{{dx}} = ({{dx}} + {slope} * (1 + {3 * CUBE} * np.clip({{x}}, -50, 50) ** 2)) * {{dz}}"
        )

    def _cdf_code(self) -> str:
        if self.form == EXACT:
            return f"(1 + np.vectorize(math.erf, otypes=[{{x}}.dtype])({{x}} * {math.sqrt(0.5)})) / 2"
        return f"(1 + np.tanh({SLOPE} * ({{x}} + {CUBE} * {{x}} ** 3))) / 2"


@np.errstate(over="ignore")
def _near_cdf(x: Array) -> Array:
    """What stands for Φ in the tanh form; its argument is cut off where tanh is 1 in any precision."""
    x = np.clip(x, -50, 50)
    return np.asarray((1 + np.tanh(SLOPE * (x + CUBE * x * x * x))) / 2)


def _exact_ahead(k: Kernels, arrays: tuple[Array, Array], slope: Array | None, work: Work) -> None:
    """With the tail Φ(−|x|): z = max(x, 0) − |x| · tail; with r = tail − |x|·φ the slope is r, or 1 − r where x ≥ 0."""
    (x, z), (size, tail, bell) = arrays, tail_ahead(k, arrays[0], work)
    if slope is not None:
        k.ahead(np.multiply, bell, k.const(math.sqrt(0.5 / math.pi)), out=bell)
        k.ahead(np.multiply, bell, size, out=bell)
        k.ahead(np.subtract, tail, bell, out=bell)
        k.ahead(np.greater_equal, x, k.const(0), out=z)
        k.ahead(np.multiply, bell, k.const(-2), out=slope)
        k.ahead(np.add, slope, k.const(1), out=slope)
        k.ahead(np.multiply, slope, z, out=slope)
        k.ahead(np.add, slope, bell, out=slope)
    k.ahead(np.multiply, size, tail, out=size)
    k.ahead(np.maximum, x, k.const(0), out=z)
    k.ahead(np.subtract, z, size, out=z)


def _near_ahead(k: Kernels, arrays: tuple[Array, Array], slope: Array | None, work: Work) -> None:
    """With y = a·x·(1 + c·x²), t = tanh y and s = (1 + t)/2: z = x·s, and the slope is s·(1 + (1 − t) · x · dy/dx)."""
    (x, z), (cut, square, share), one = arrays, work, k.const(1)
    k.ahead(np.minimum, x, k.const(50), out=cut)
    k.ahead(np.maximum, cut, k.const(-50), out=cut)
    k.ahead(np.square, cut, out=square)
    k.ahead(np.multiply, cut, k.const(SLOPE), out=cut)
    k.ahead(np.multiply, square, k.const(CUBE), out=share)
    k.ahead(np.add, share, one, out=share)
    k.ahead(np.multiply, share, cut, out=share)
    k.ahead(np.tanh, share, out=share)
    if slope is not None:
        k.ahead(np.multiply, square, k.const(3 * CUBE), out=square)
        k.ahead(np.add, square, one, out=square)
        k.ahead(np.multiply, square, cut, out=square)
        k.ahead(np.subtract, one, share, out=slope)
        k.ahead(np.multiply, slope, square, out=slope)
        k.ahead(np.add, slope, one, out=slope)
    k.ahead(np.add, share, one, out=share)
    k.ahead(np.multiply, share, k.const(0.5), out=share)
    if slope is not None:
        k.ahead(np.multiply, slope, share, out=slope)
    k.ahead(np.multiply, x, share, out=z)


@register
class Sin(Activation):
    """sin x."""

    id = "sin"
    title = "Sine"
    symbol = "sin"
    common = False
    formula = r"z = \sin(x)"
    help = "The sine of its input, in radians: an activation that repeats itself."
    rule = "Sine scales: the input's gradient is cos x × the upstream one."
    keywords = ("sin", "wave", "periodic", "siren", "trigonometric", "activation")
    local = ("cos x",)
    numpy_forward = "{z} = np.sin({x})"
    numpy_backward = "{dx} = np.cos({x}) * {dz}"

    def forward(self, x: Array) -> Array:
        """The sine; x is kept for the way back."""
        self.x = x
        return np.sin(x)

    def backward(self, dz: Array) -> Array:
        """cos x × upstream."""
        return np.cos(self.x) * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, two back."""
        k.ahead(np.sin, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.cos, k.x[0], out=k.dx[0])
            k.back(np.multiply, k.dx[0], k.dz, out=k.dx[0])
        return True


@register
class Cos(Activation):
    """cos x."""

    id = "cos"
    title = "Cosine"
    symbol = "cos"
    common = False
    formula = r"z = \cos(x)"
    help = "The cosine of its input, in radians."
    rule = "Cosine scales: the input's gradient is −sin x × the upstream one."
    keywords = ("cos", "wave", "periodic", "trigonometric", "activation")
    local = ("−sin x",)
    numpy_forward = "{z} = np.cos({x})"
    numpy_backward = "{dx} = -np.sin({x}) * {dz}"

    def forward(self, x: Array) -> Array:
        """The cosine; x is kept for the way back."""
        self.x = x
        return np.cos(x)

    def backward(self, dz: Array) -> Array:
        """−sin x × upstream."""
        return -np.sin(self.x) * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, three back."""
        k.ahead(np.cos, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.sin, k.x[0], out=k.dx[0])
            k.back(np.negative, k.dx[0], out=k.dx[0])
            k.back(np.multiply, k.dx[0], k.dz, out=k.dx[0])
        return True
