"""Functions of one variable from the lecture's circuits: power, exp, log, 1/x."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Kernels, Param
from gradstudio.gates.common import OneVariable


@register
class Power(OneVariable):
    """xⁿ with a fixed exponent n."""

    id = "power"
    title = "Power"
    symbol = "xⁿ"
    formula = r"z = x^n"
    help = "Its input raised to a fixed exponent n."
    rule = "Power scales: the input's gradient is n · xⁿ⁻¹ × the upstream one."
    keywords = ("square", "cube", "root", "sqrt", "exponent", "**", "^")
    params = MappingProxyType(
        {
            "exponent": Param(
                "float", 2.0, "The exponent n: 2 squares, 0.5 takes the root, −1 the reciprocal.", low=-100, high=100
            )
        }
    )
    local = ("n·xⁿ⁻¹",)
    numpy_forward = "{z} = {x} ** {exponent}"
    numpy_backward = "{dx} = {exponent} * {x} ** ({exponent} - 1) * {dz}"

    exponent: float

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def forward(self, x: Array) -> Array:
        """xⁿ; NaN for a negative x and a fractional n, infinite for 0 and a negative n."""
        self.x = x
        return x**self.exponent

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def backward(self, dz: Array) -> Array:
        """Upstream × n · xⁿ⁻¹; 0 where n is 0, at x = 0 as well."""
        if self.exponent == 0:
            return 0 * dz
        return self.exponent * self.x ** (self.exponent - 1) * dz

    def kernels(self, k: Kernels) -> bool:
        """The square alone has calls faster than the power itself."""
        if self.exponent != 2:
            return False
        k.ahead(np.square, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, k.x[0], k.dz, out=k.dx[0])
            k.back(np.multiply, k.dx[0], k.const(2), out=k.dx[0])
        return True

    def caption(self) -> str:
        """The exponent."""
        return f"n = {self.exponent:g}"


@register
class Exp(OneVariable):
    """eˣ."""

    id = "exp"
    title = "Exp"
    symbol = "eˣ"
    formula = r"z = e^x"
    help = "Euler’s number e to the power of its input."
    rule = "Exp scales by its own output: the input's gradient is eˣ × the upstream one."
    keywords = ("exponential", "e^x")
    local = ("eˣ",)
    numpy_forward = "{z} = np.exp({x})"
    numpy_backward = "{dx} = {z} * {dz}"

    @np.errstate(over="ignore")
    def forward(self, x: Array) -> Array:
        """eˣ, kept for the way back; infinite beyond the largest number."""
        self.z = np.exp(x)
        return self.z

    @np.errstate(invalid="ignore", over="ignore")
    def backward(self, dz: Array) -> Array:
        """eˣ × upstream."""
        return self.z * dz

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.exp, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, k.z, k.dz, out=k.dx[0])
        return True


@register
class Log(OneVariable):
    """ln x."""

    id = "log"
    title = "Log"
    symbol = "ln"
    formula = r"z = \ln x"
    help = "The natural logarithm of its input, which must be positive."
    rule = "Log divides: the input's gradient is 1/x × the upstream one."
    keywords = ("ln", "logarithm")
    local = ("1/x",)
    numpy_forward = "{z} = np.log({x})"
    numpy_backward = "{dx} = {dz} / {x}"

    @np.errstate(divide="ignore", invalid="ignore")
    def forward(self, x: Array) -> Array:
        """The natural logarithm; −∞ at 0, NaN below."""
        self.x = x
        return np.log(x)

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def backward(self, dz: Array) -> Array:
        """Upstream ÷ x."""
        return dz / self.x

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.log, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.divide, k.dz, k.x[0], out=k.dx[0])
        return True


@register
class Reciprocal(OneVariable):
    """1/x."""

    id = "reciprocal"
    title = "Reciprocal"
    symbol = "1/x"
    formula = r"z = \frac{1}{x}"
    help = "One divided by its input."
    rule = "Reciprocal scales: the input's gradient is −1/x² × the upstream one."
    keywords = ("inverse", "one over", "1/x")
    local = ("−1/x²",)
    numpy_forward = "{z} = 1 / {x}"
    numpy_backward = "{dx} = -{z} ** 2 * {dz}"

    @np.errstate(divide="ignore", over="ignore")
    def forward(self, x: Array) -> Array:
        """1/x, kept for the way back; infinite at 0."""
        self.z = 1 / x
        return self.z

    @np.errstate(invalid="ignore", over="ignore")
    def backward(self, dz: Array) -> Array:
        """−1/x² × upstream."""
        return -(self.z**2) * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, three back."""
        k.ahead(np.reciprocal, k.x[0], out=k.z)
        dx = k.dx[0]
        if dx is not None:
            k.back(np.square, k.z, out=dx)
            k.back(np.negative, dx, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True
