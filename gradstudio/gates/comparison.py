"""Masks: comparisons that give 1 or 0, and the gate that chooses by a mask."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Category, Kernels, Port, Shape, broadcast_shapes
from gradstudio.gates.arithmetic import TwoVariables
from gradstudio.gates.common import Explained


@register
class Where(Explained):
    """x where the mask isn't 0, y elsewhere."""

    id = "where"
    title = "Where"
    category = Category.COMPARISON
    formula = r"z = x \;\text{if}\; m \ne 0,\; y \;\text{otherwise}"
    help = "Takes x where the mask isn't 0 and y where it is, entry by entry."
    rule = (
        "Where routes: x gets the upstream gradient where the mask isn't 0, y where it is; what wasn't taken gets 0, "
        "and so does the mask, which only chooses."
    )
    stops = "the mask chose the other input"
    keywords = ("choose", "select", "if", "condition", "mask", "mux", "switch")
    inputs = (
        Port("mask", "Chooses: anything but 0 takes x."),
        Port("x", "Taken where the mask isn't 0."),
        Port("y", "Taken where the mask is 0."),
    )
    elementwise = True
    local = ("0", "[mask ≠ 0]", "[mask = 0]")
    numpy_forward = "{z} = np.where({mask} != 0, {x}, {y})"
    numpy_backward = (
        "{dmask} = np.zeros_like({dz})\n{dx} = np.where({mask} != 0, {dz}, 0)\n{dy} = np.where({mask} != 0, 0, {dz})"
    )

    def shape(self, mask: Shape, x: Shape, y: Shape) -> Shape:
        """What the three broadcast to."""
        return broadcast_shapes(mask, x, y)

    def forward(self, mask: Array, x: Array, y: Array) -> Array:
        """The one chosen; which one that is is kept for the way back."""
        self.on = np.not_equal(mask, 0)
        return np.where(self.on, x, y)

    def backward(self, dz: Array) -> tuple[Array, Array, Array]:
        """Nothing to the mask, upstream to the one that was taken."""
        return np.zeros_like(dz), np.where(self.on, dz, 0), np.where(self.on, 0, dz)

    def kernels(self, k: Kernels) -> bool:
        """Three calls forward; one for the mask and two for each other wanted gradient back."""
        if not k.plain():
            return False
        (mask, x, y), (dmask, dx, dy), on, zero = k.x, k.dx, k.scratch(k.z.shape, np.bool_), k.const(0)
        k.ahead(np.not_equal, mask, zero, out=on)
        k.ahead(np.copyto, k.z, y)
        k.ahead(np.copyto, k.z, x, where=on)
        if dmask is not None:
            k.back(np.copyto, dmask, zero)
        for gradient, chosen in ((dx, np.not_equal), (dy, np.equal)):
            if gradient is not None:
                k.back(chosen, mask, zero, out=gradient)
                k.back(np.multiply, gradient, k.dz, out=gradient)
        return True

    def branch(self, mask: Array, x: Array, y: Array) -> Array:
        """Which one is taken."""
        return np.not_equal(mask, 0)


class Comparison(TwoVariables):
    """1 where x and y compare as the gate says, 0 elsewhere; where one of them is NaN they don't.

    Attributes:
        compare: numpy's function for it.
    """

    compare: ClassVar[np.ufunc]
    category = Category.COMPARISON
    keywords = ("compare", "comparison", "mask", "condition", "relation")
    local = ("0", "0")
    numpy_backward = "{dx} = np.zeros_like({dz})\n{dy} = np.zeros_like({dz})"

    def forward(self, x: Array, y: Array) -> Array:
        """The mask as numbers."""
        return np.asarray(self.compare(x, y)).astype(np.result_type(x, y))

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Nothing flows back."""
        return np.zeros_like(dz), np.zeros_like(dz)

    def kernels(self, k: Kernels) -> bool:
        """One call forward, one for each wanted gradient back."""
        if not k.plain():
            return False
        k.ahead(self.compare, *k.x, out=k.z)
        for dx in k.dx:
            if dx is not None:
                k.back(np.copyto, dx, k.const(0))
        return True

    def branch(self, x: Array, y: Array) -> Array:
        """How they compare, by size and equality."""
        return np.asarray(np.greater(x, y).astype(int) - np.less(x, y))


@register
class Greater(Comparison):
    """x > y."""

    id = "greater"
    title = "Greater"
    symbol = ">"
    formula = r"z = [x > y]"
    help = "1 where the first input is greater than the second, 0 elsewhere."
    rule = "Greater stops: a mask is flat on both sides of its jump, so both gradients are 0."
    stops = "a comparison is flat: a small change of {x} changes nothing"
    compare = np.greater
    numpy_forward = "{z} = ({x} > {y}) * np.ones_like({x})"


@register
class GreaterEqual(Comparison):
    """x ≥ y."""

    id = "greater_equal"
    title = "Greater or equal"
    symbol = "≥"
    common = False
    formula = r"z = [x \ge y]"
    help = "1 where the first input is at least the second, 0 elsewhere."
    rule = "Greater or equal stops: a mask is flat on both sides of its jump, so both gradients are 0."
    stops = "a comparison is flat: a small change of {x} changes nothing"
    compare = np.greater_equal
    numpy_forward = "{z} = ({x} >= {y}) * np.ones_like({x})"


@register
class Less(Comparison):
    """x < y."""

    id = "less"
    title = "Less"
    symbol = "<"
    formula = r"z = [x < y]"
    help = "1 where the first input is less than the second, 0 elsewhere."
    rule = "Less stops: a mask is flat on both sides of its jump, so both gradients are 0."
    stops = "a comparison is flat: a small change of {x} changes nothing"
    compare = np.less
    numpy_forward = "{z} = ({x} < {y}) * np.ones_like({x})"


@register
class LessEqual(Comparison):
    """x ≤ y."""

    id = "less_equal"
    title = "Less or equal"
    symbol = "≤"
    common = False
    formula = r"z = [x \le y]"
    help = "1 where the first input is at most the second, 0 elsewhere."
    rule = "Less or equal stops: a mask is flat on both sides of its jump, so both gradients are 0."
    stops = "a comparison is flat: a small change of {x} changes nothing"
    compare = np.less_equal
    numpy_forward = "{z} = ({x} <= {y}) * np.ones_like({x})"


@register
class Equal(Comparison):
    """x = y."""

    id = "equal"
    title = "Equal"
    symbol = "="
    common = False
    formula = r"z = [x = y]"
    help = "1 where both inputs are the same number, 0 elsewhere."
    rule = "Equal stops: a mask is flat but for single points, so both gradients are 0."
    stops = "a comparison is flat: a small change of {x} changes nothing"
    compare = np.equal
    numpy_forward = "{z} = ({x} == {y}) * np.ones_like({x})"


@register
class NotEqual(Comparison):
    """x ≠ y."""

    id = "not_equal"
    title = "Not equal"
    symbol = "≠"
    common = False
    formula = r"z = [x \ne y]"
    help = "1 where the inputs differ, 0 where they are the same number."
    rule = "Not equal stops: a mask is flat but for single points, so both gradients are 0."
    stops = "a comparison is flat: a small change of {x} changes nothing"
    compare = np.not_equal
    numpy_forward = "{z} = ({x} != {y}) * np.ones_like({x})"
