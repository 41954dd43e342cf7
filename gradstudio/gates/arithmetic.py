"""Gates of two inputs, entry by entry: +, −, ×, ÷, max and min. Negate is here too, as the lecture's ×(−1)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Port, Shape, broadcast_shapes
from gradstudio.gates.common import Explained, OneVariable


class TwoVariables(Explained):
    """A gate that combines the entries of x and y, broadcasting by numpy's rules."""

    inputs = (Port("x"), Port("y"))
    elementwise = True

    def shape(self, x: Shape, y: Shape) -> Shape:
        """What x and y broadcast to."""
        return broadcast_shapes(x, y)


@register
class Add(TwoVariables):
    """x + y."""

    id = "add"
    title = "Add"
    symbol = "+"
    formula = r"z = x + y"
    help = "The sum of its two inputs."
    rule = "Add distributes: each input's gradient is the upstream one, unchanged."
    keywords = ("plus", "sum", "bias", "residual", "skip connection")
    local = ("1", "1")
    numpy_forward = "{z} = {x} + {y}"
    numpy_backward = "{dx} = {dz}\n{dy} = {dz}"

    def forward(self, x: Array, y: Array) -> Array:
        """The sum."""
        return x + y

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """The upstream gradient, twice."""
        return dz, dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, a copy for each wanted gradient back."""
        if not k.plain():
            return False
        k.ahead(np.add, *k.x, out=k.z)
        for dx in k.dx:
            if dx is not None:
                k.back(np.copyto, dx, k.dz)
        return True


@register
class Subtract(TwoVariables):
    """x − y."""

    id = "subtract"
    title = "Subtract"
    symbol = "−"
    formula = r"z = x - y"
    help = "The first input minus the second."
    rule = "Subtract distributes: the first input gets the upstream gradient, the second its negative."
    keywords = ("minus", "difference")
    local = ("1", "-1")
    numpy_forward = "{z} = {x} - {y}"
    numpy_backward = "{dx} = {dz}\n{dy} = -{dz}"

    def expand(self, x: Expression, y: Expression) -> Expression:
        """x plus the negative of y."""
        return x + -y

    def forward(self, x: Array, y: Array) -> Array:
        """The difference."""
        return x - y

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """The upstream gradient and its negative."""
        return dz, -dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, one for each wanted gradient back."""
        if not k.plain():
            return False
        dx, dy = k.dx
        k.ahead(np.subtract, *k.x, out=k.z)
        if dx is not None:
            k.back(np.copyto, dx, k.dz)
        if dy is not None:
            k.back(np.negative, k.dz, out=dy)
        return True


@register
class Multiply(TwoVariables):
    """x · y."""

    id = "multiply"
    title = "Multiply"
    symbol = "×"
    formula = r"z = x \cdot y"
    help = "The product of its two inputs."
    rule = "Multiply switches: each input's gradient is the other input's value × the upstream one."
    stops = "the other factor of {x} is 0"
    keywords = ("times", "product", "mul")
    local = ("y", "x")
    numpy_forward = "{z} = {x} * {y}"
    numpy_backward = "{dx} = {y} * {dz}\n{dy} = {x} * {dz}"

    def forward(self, x: Array, y: Array) -> Array:
        """The product; both factors are kept for the way back."""
        self.x, self.y = x, y
        return x * y

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Each gets the other one × upstream."""
        return self.y * dz, self.x * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, one for each wanted gradient back."""
        if not k.plain():
            return False
        k.ahead(np.multiply, *k.x, out=k.z)
        for dx, other in zip(k.dx, reversed(k.x), strict=True):
            if dx is not None:
                k.back(np.multiply, other, k.dz, out=dx)
        return True


@register
class Divide(TwoVariables):
    """x / y."""

    id = "divide"
    title = "Divide"
    symbol = "÷"
    formula = r"z = \frac{x}{y}"
    help = "The first input divided by the second."
    rule = "Divide scales: the first input's gradient is the upstream one ÷ y, the second's the upstream one × −x/y²."
    keywords = ("quotient", "ratio", "over", "/")
    local = ("1/y", "−x/y²")
    numpy_forward = "{z} = {x} / {y}"
    numpy_backward = "{dx} = {dz} / {y}\n{dy} = -{z} / {y} * {dz}"

    def expand(self, x: Expression, y: Expression) -> Expression:
        """x times 1/y."""
        return x * (1 / y)

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def forward(self, x: Array, y: Array) -> Array:
        """The quotient; infinite or NaN where y is 0."""
        self.y, self.z = y, x / y
        return self.z

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Upstream ÷ y, and upstream × −z/y where z = x/y."""
        return dz / self.y, -self.z / self.y * dz

    def kernels(self, k: Kernels) -> bool:
        """One call forward, up to three back."""
        if not k.plain():
            return False
        dx, dy = k.dx
        k.ahead(np.divide, *k.x, out=k.z)
        if dx is not None:
            k.back(np.divide, k.dz, k.x[1], out=dx)
        if dy is not None:
            k.back(np.divide, k.z, k.x[1], out=dy)
            k.back(np.negative, dy, out=dy)
            k.back(np.multiply, dy, k.dz, out=dy)
        return True


class Router(TwoVariables):
    """One of the two inputs, chosen by size.

    Attributes:
        take: numpy's function for it.
        wins: the comparisons under which the first and the second input are taken.
    """

    take: ClassVar[np.ufunc]
    wins: ClassVar[tuple[np.ufunc, np.ufunc]]

    def forward(self, x: Array, y: Array) -> Array:
        """The one taken; which one that is is kept for the way back."""
        self.first, self.second = (wins(x, y) for wins in self.wins)
        return np.asarray(self.take(x, y))

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Upstream to the one taken."""
        return dz * self.first, dz * self.second

    def kernels(self, k: Kernels) -> bool:
        """One call forward, two for each wanted gradient back."""
        if not k.plain():
            return False
        k.ahead(self.take, *k.x, out=k.z)
        for dx, wins in zip(k.dx, self.wins, strict=True):
            if dx is not None:
                k.back(wins, *k.x, out=dx)
                k.back(np.multiply, dx, k.dz, out=dx)
        return True

    def branch(self, x: Array, y: Array) -> Array:
        """Which of the two is taken."""
        return np.asarray(self.wins[0](x, y))


@register
class Max(Router):
    """max(x, y)."""

    id = "max"
    title = "Max"
    symbol = "max"
    formula = r"z = \max(x, y)"
    help = "The larger of its two inputs, entry by entry."
    rule = "Max routes: the larger input gets the whole upstream gradient, the other 0; a tie goes to the first."
    stops = "{x} lost: the other input is larger, or first of two equal ones"
    keywords = ("maximum", "router", "larger", "hinge")
    local = ("[x ≥ y]", "[x < y]")
    numpy_forward = "{z} = np.maximum({x}, {y})"
    numpy_backward = "{dx} = {dz} * ({x} >= {y})\n{dy} = {dz} * ({x} < {y})"
    take = np.maximum
    wins = (np.greater_equal, np.less)


@register
class Min(Router):
    """min(x, y)."""

    id = "min"
    title = "Min"
    symbol = "min"
    common = False
    formula = r"z = \min(x, y)"
    help = "The smaller of its two inputs, entry by entry."
    rule = "Min routes: the smaller input gets the whole upstream gradient, the other 0; a tie goes to the first."
    stops = "{x} lost: the other input is smaller, or first of two equal ones"
    keywords = ("minimum", "router", "smaller")
    local = ("[x ≤ y]", "[x > y]")
    numpy_forward = "{z} = np.minimum({x}, {y})"
    numpy_backward = "{dx} = {dz} * ({x} <= {y})\n{dy} = {dz} * ({x} > {y})"
    take = np.minimum
    wins = (np.less_equal, np.greater)

    def expand(self, x: Expression, y: Expression) -> Expression:
        """The negative of the larger of the negatives."""
        return -x.formula.one("max", -x, -y)


@register
class Negate(OneVariable):
    """−x, the lecture's gate ×(−1)."""

    id = "negate"
    title = "Negate"
    symbol = "×−1"
    category = Category.ARITHMETIC
    formula = r"z = -x"
    help = "Its input times −1."
    rule = "Negate flips: the input's gradient is the upstream one × (−1)."
    keywords = ("minus", "negative", "×(-1)", "*-1")
    local = ("-1",)
    numpy_forward = "{z} = -{x}"
    numpy_backward = "{dx} = -{dz}"

    def forward(self, x: Array) -> Array:
        """The negative."""
        return -x

    def backward(self, dz: Array) -> Array:
        """The negative of upstream."""
        return -dz

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.negative, k.x[0], out=k.z)
        if k.dx[0] is not None:
            k.back(np.negative, k.dz, out=k.dx[0])
        return True
