"""Sum and mean, over everything or along some axes; and what all reductions share."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Shape, shape_text
from gradstudio.gates.axes import axis_param, place, total, whole_numbers
from gradstudio.gates.common import Explained

SPREAD = "np.reshape({dz}, np.sum({x}, axis={axis}, keepdims=True).shape)"
"""Code of the upstream gradient with the reduced axes put back."""


class Reduction(Explained):
    """A gate that reduces x over one axis, several or all of them.

    Attributes:
        over: the axes reduced, as numpy takes them: None for all, a number or a tuple.
        forward_code: template of exported code, with {axis} too.
        backward_code: likewise.
    """

    forward_code: ClassVar[str]
    backward_code: ClassVar[str]

    category = Category.REDUCE
    inputs = (Port("x"),)
    params = MappingProxyType(
        {
            "axis": axis_param(None, "The axis to reduce, 0 being the batch; empty reduces all."),
            "axes": Param("text", "", "Several axes at once, such as “0, 1”, in place of one.", advanced=True),
            "keepdims": Param("bool", False, "Keep the reduced axes with length 1.", title="keep axes"),
        }
    )

    axis: int | None
    axes: str
    keepdims: bool

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        several = whole_numbers(self.title, "axes", self.axes)
        if several and self.axis is not None:
            raise ParamError(f"{self.title} takes one axis or several, not both; leave axis or axes empty.")
        self.over: int | tuple[int, ...] | None = several or self.axis

    def shape(self, x: Shape) -> Shape:
        """That of x without the reduced axes (or with length 1 there)."""
        reduced = self.reduced(x)
        return tuple(1 if a in reduced else n for a, n in enumerate(x) if self.keepdims or a not in reduced)

    def caption(self) -> str:
        """The axes, where some are chosen."""
        return "" if self.over is None else f"axis {self.over}" if isinstance(self.over, int) else f"axes {self.axes}"

    def reduced(self, x: Shape) -> tuple[int, ...]:
        """The axes reduced, counted from the front, in order.

        Raises:
            ShapeError: if one isn't there, or is named twice.
        """
        if self.over is None:
            return tuple(range(len(x)))
        wanted = (self.over,) if isinstance(self.over, int) else self.over
        found = sorted(place(self.title, axis, x) for axis in wanted)
        if len(set(found)) < len(found):
            raise ShapeError(f"{self.title} finds an axis twice in “{self.axes}”; its input is {shape_text(x)}.")
        return tuple(found)

    def kept(self, x: Shape) -> Shape:
        """That of x with length 1 on the reduced axes."""
        reduced = self.reduced(x)
        return tuple(1 if axis in reduced else length for axis, length in enumerate(x))

    def count(self, x: Shape) -> int:
        """How many entries go into one of the output."""
        return total(tuple(x[axis] for axis in self.reduced(x)))

    def spread(self, array: Array) -> Array:
        """An array of the output's shape with the reduced axes put back, so that it broadcasts to x."""
        return array if self.over is None or self.keepdims else np.expand_dims(array, self.over)

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the axes of this gate in it."""
        return self.forward_code.replace("{axis}", repr(self.over))

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code with the axes of this gate in it."""
        return self.backward_code.replace("{axis}", repr(self.over))


class NeedsEntries(Reduction):
    """A reduction that is nothing where there is nothing to reduce."""

    def shape(self, x: Shape) -> Shape:
        """That of x without the reduced axes; it needs entries there."""
        made = super().shape(x)
        if self.count(x) < self.least():
            raise ShapeError(
                f"{self.title} needs {'two entries' if self.least() > 1 else 'an entry'} at least to reduce, "
                f"found an input of {shape_text(x)}."
            )
        return made

    def least(self) -> int:
        """How many entries it needs."""
        return 1


@register
class Sum(Reduction):
    """Σ x."""

    id = "sum"
    title = "Sum"
    symbol = "Σ"
    formula = r"z = \sum_i x_i"
    help = "The sum of the entries of its input."
    rule = "Sum distributes: every entry gets the upstream gradient, unchanged."
    keywords = ("reduce", "total", "norm")
    local = ("1",)
    forward_code = "{z} = np.sum({x}, axis={axis}, keepdims={keepdims})"
    backward_code = f"{{dx}} = {SPREAD} * np.ones_like({{x}})"

    def forward(self, x: Array) -> Array:
        """The sum."""
        self.size = x.shape
        return np.asarray(np.sum(x, axis=self.over, keepdims=self.keepdims))

    def backward(self, dz: Array) -> Array:
        """Upstream for every entry that was added up."""
        return np.broadcast_to(self.spread(dz), self.size)

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.add.reduce, k.x[0], axis=self.over, keepdims=self.keepdims, out=k.z)
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0], self.spread(k.dz))
        return True


@register
class Mean(NeedsEntries):
    """The mean of x."""

    id = "mean"
    title = "Mean"
    symbol = "μ"
    formula = r"z = \frac{1}{n} \sum_i x_i"
    help = "The mean of the entries of its input."
    rule = "Mean distributes evenly: every entry gets the upstream gradient ÷ n."
    keywords = ("average", "reduce")
    local = ("1/n",)
    forward_code = "{z} = np.mean({x}, axis={axis}, keepdims={keepdims})"
    backward_code = f"{{dx}} = {SPREAD} * np.ones_like({{x}})\n{{dx}} = {{dx}} * np.size({{z}}) / np.size({{x}})"

    def forward(self, x: Array) -> Array:
        """The mean."""
        self.size = x.shape
        return np.asarray(np.mean(x, axis=self.over, keepdims=self.keepdims))

    def backward(self, dz: Array) -> Array:
        """Upstream ÷ n for every entry."""
        return np.broadcast_to(self.spread(dz) / self.count(self.size), self.size)

    def kernels(self, k: Kernels) -> bool:
        """Two calls forward, one back."""
        share = k.const(1 / self.count(k.x[0].shape))
        k.ahead(np.add.reduce, k.x[0], axis=self.over, keepdims=self.keepdims, out=k.z)
        k.ahead(np.multiply, k.z, share, out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, self.spread(k.dz), share, out=k.dx[0])
        return True
