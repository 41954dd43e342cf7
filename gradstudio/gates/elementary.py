"""Further functions of one variable: square, root, absolute value, sign, clip; and the fork."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Kernels, Param
from gradstudio.gates.common import OneVariable, number


@register
class Square(OneVariable):
    """x²."""

    id = "square"
    title = "Square"
    symbol = "x²"
    common = False
    formula = r"z = x^2"
    help = "Its input times itself."
    rule = "Square scales: the input's gradient is 2x × the upstream one."
    stops = "the curve of x² is flat at {x}"
    keywords = ("power", "quadratic", "**2", "^2")
    local = ("2x",)
    numpy_forward = "{z} = {x} ** 2"
    numpy_backward = "{dx} = 2 * {x} * {dz}"

    def expand(self, x: Expression) -> Expression:
        """x times itself: the gradients of both factors add."""
        return x * x

    @np.errstate(over="ignore")
    def forward(self, x: Array) -> Array:
        """x², with x kept for the way back."""
        self.x = x
        return x * x

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, dz: Array) -> Array:
        """2x × upstream."""
        return 2 * self.x * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, two back."""
        k.ahead(np.square, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, k.x[0], k.dz, out=k.dx[0])
            k.back(np.multiply, k.dx[0], k.const(2), out=k.dx[0])
        return True


@register
class Sqrt(OneVariable):
    """√x."""

    id = "sqrt"
    title = "Square root"
    symbol = "√"
    common = False
    formula = r"z = \sqrt{x}"
    help = "The square root of its input, which must not be negative."
    rule = "Square root divides: the input's gradient is the upstream one ÷ 2√x, infinite at x = 0."
    keywords = ("sqrt", "root", "power")
    local = ("1/(2√x)",)
    numpy_forward = "{z} = np.sqrt({x})"
    numpy_backward = "{dx} = {dz} / (2 * {z})"

    @np.errstate(invalid="ignore")
    def forward(self, x: Array) -> Array:
        """√x, kept for the way back; NaN where x is negative."""
        self.z = np.sqrt(x)
        return self.z

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def backward(self, dz: Array) -> Array:
        """Upstream ÷ 2√x."""
        return np.asarray(dz / (2 * self.z))

    def kernels(self, k: Kernels) -> bool:
        """One call forward, two back."""
        k.ahead(np.sqrt, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, k.z, k.const(2), out=k.dx[0])
            k.back(np.divide, k.dz, k.dx[0], out=k.dx[0])
        return True


@register
class Abs(OneVariable):
    """|x|."""

    id = "abs"
    title = "Absolute value"
    symbol = "|x|"
    common = False
    formula = r"z = |x|"
    help = "How far its input is from 0."
    rule = "Absolute value gates by sign: upstream passes where x > 0, negated where x < 0; at x = 0 it stops."
    stops = "|x| has its corner at {x}"
    keywords = ("abs", "magnitude", "modulus")
    local = ("sign(x)",)
    numpy_forward = "{z} = np.abs({x})"
    numpy_backward = "{dx} = np.sign({x}) * {dz}"

    def forward(self, x: Array) -> Array:
        """|x|, with x kept for the way back."""
        self.x = x
        return np.abs(x)

    def backward(self, dz: Array) -> Array:
        """The sign of x × upstream."""
        return np.sign(self.x) * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, two back."""
        k.ahead(np.absolute, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.sign, k.x[0], out=k.dx[0])
            k.back(np.multiply, k.dx[0], k.dz, out=k.dx[0])
        return True

    def branch(self, x: Array) -> Array:
        """Which side of 0 each entry lies on."""
        return np.asarray(x > 0)


@register
class Sign(OneVariable):
    """−1, 0 or 1."""

    id = "sign"
    title = "Sign"
    symbol = "±"
    common = False
    formula = r"z = \text{sign}(x)"
    help = "1 where its input is positive, −1 where it is negative, 0 at 0."
    rule = "Sign stops: it is flat on both sides of its jump, so the input's gradient is 0 everywhere."
    stops = "the sign is flat on both sides of 0"
    keywords = ("signum", "threshold", "binary")
    local = ("0",)
    numpy_forward = "{z} = np.sign({x})"
    numpy_backward = "{dx} = np.zeros_like({dz})"

    def forward(self, x: Array) -> Array:
        """The sign."""
        return np.sign(x)

    def backward(self, dz: Array) -> Array:
        """Nothing flows back."""
        return np.zeros_like(dz)

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.sign, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0], k.const(0))
        return True

    def branch(self, x: Array) -> Array:
        """Which side of 0 each entry lies on."""
        return np.asarray(x > 0)


@register
class Clip(OneVariable):
    """x kept between two bounds."""

    id = "clip"
    title = "Clip"
    common = False
    formula = r"z = \min(\max(x, a),\; b)"
    help = "Its input, but not below the one bound nor above the other."
    rule = "Clip gates: the upstream gradient passes where low ≤ x ≤ high, on the bounds too, and stops outside."
    stops = "{x} is cut off, as it lies outside the limits"
    keywords = ("clamp", "limit", "bound", "saturate", "hard tanh", "relu6")
    params = MappingProxyType(
        {
            "low": Param("float", -1.0, "The smallest value that comes out.", low=-1e30, high=1e30),
            "high": Param("float", 1.0, "The largest value that comes out.", low=-1e30, high=1e30),
        }
    )
    local = ("[low ≤ x ≤ high]",)
    numpy_forward = "{z} = np.clip({x}, {low}, {high})"
    numpy_backward = "{dx} = {dz} * (({low} <= {x}) & ({x} <= {high}))"

    low: float
    high: float

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        if self.low > self.high:
            raise ParamError(f"Clip needs low ≤ high, found {number(self.low)} and {number(self.high)}.")

    def forward(self, x: Array) -> Array:
        """The nearest value between the bounds; where that is x itself is kept for the way back."""
        self.inside = (self.low <= x) & (x <= self.high)
        return np.clip(x, self.low, self.high)

    def backward(self, dz: Array) -> Array:
        """Upstream between the bounds."""
        return dz * self.inside

    def kernels(self, k: Kernels) -> bool:
        """Two calls each way: what clipping leaves as it is lies between the bounds."""
        x, dx = k.x[0], k.dx[0]
        k.ahead(np.maximum, x, k.const(self.low), out=k.z)
        k.ahead(np.minimum, k.z, k.const(self.high), out=k.z)
        if dx is not None:
            k.back(np.equal, x, k.z, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True

    def branch(self, x: Array) -> Array:
        """Below, between or above the bounds."""
        return np.asarray(np.greater(x, self.low).astype(int) + np.greater(x, self.high))

    def caption(self) -> str:
        """The bounds."""
        return f"{number(self.low)} … {number(self.high)}"


@register
class Copy(OneVariable):
    """The fork made visible."""

    id = "copy"
    title = "Copy"
    common = False
    formula = r"z = x"
    help = "Hands its input on to every wire that leaves it: a fork one can see."
    rule = "Copy adds: gradients add at branches, so the input's gradient is the sum of what all wires bring back."
    keywords = ("fork", "branch", "identity", "duplicate", "fan-out")
    local = ("1",)
    numpy_forward = "{z} = {x}"
    numpy_backward = "{dx} = {dz}"

    def forward(self, x: Array) -> Array:
        """The input."""
        return np.array(x)

    def backward(self, dz: Array) -> Array:
        """The sum of what came back."""
        return dz

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.copyto, k.z, k.x[0])
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0], k.dz)
        return True
