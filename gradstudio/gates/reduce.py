"""Sum and mean, over everything or along one axis."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Shape, shape_text
from gradstudio.gates.common import Explained


class Reduction(Explained):
    """A gate that reduces x over one axis or all of them."""

    category = Category.REDUCE
    inputs = (Port("x"),)
    params = MappingProxyType(
        {
            "axis": Param(
                "int", None, "The axis to reduce, 0 being the batch; empty reduces all.", low=-8, high=7, optional=True
            ),
            "keepdims": Param("bool", False, "Keep the reduced axes with length 1.", title="keep axes"),
        }
    )

    axis: int | None
    keepdims: bool

    def shape(self, x: Shape) -> Shape:
        """That of x without the reduced axes (or with length 1 there)."""
        if self.axis is not None and not -len(x) <= self.axis < len(x):
            raise ShapeError(f"{self.title} finds no axis {self.axis} in its input, which is {shape_text(x)}.")
        reduced = self._reduced(len(x))
        return tuple(1 if a in reduced else n for a, n in enumerate(x) if self.keepdims or a not in reduced)

    def caption(self) -> str:
        """The axis, where one is chosen."""
        return "" if self.axis is None else f"axis {self.axis}"

    def _reduced(self, rank: int) -> tuple[int, ...]:
        return tuple(range(rank)) if self.axis is None else (self.axis % rank,)

    def _spread(self, dz: Array) -> Array:
        """Upstream with the reduced axis put back, so that it broadcasts to x."""
        return dz if self.axis is None or self.keepdims else np.expand_dims(dz, self.axis)


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
    numpy_forward = "{z} = np.sum({x}, axis={axis}, keepdims={keepdims})"
    numpy_backward = "{dx} = np.reshape({dz}, np.sum({x}, axis={axis}, keepdims=True).shape) * np.ones_like({x})"

    def forward(self, x: Array) -> Array:
        """The sum."""
        self.size = x.shape
        return np.asarray(np.sum(x, axis=self.axis, keepdims=self.keepdims))

    def backward(self, dz: Array) -> Array:
        """Upstream for every entry that was added up."""
        return np.broadcast_to(self._spread(dz), self.size)

    def kernels(self, k: Kernels) -> bool:
        """One call each way."""
        k.ahead(np.add.reduce, k.x[0], axis=self.axis, keepdims=self.keepdims, out=k.z)
        if k.dx[0] is not None:
            k.back(np.copyto, k.dx[0], self._spread(k.dz))
        return True


@register
class Mean(Reduction):
    """The mean of x."""

    id = "mean"
    title = "Mean"
    symbol = "μ"
    formula = r"z = \frac{1}{n} \sum_i x_i"
    help = "The mean of the entries of its input."
    rule = "Mean distributes evenly: every entry gets the upstream gradient ÷ n."
    keywords = ("average", "reduce")
    local = ("1/n",)
    numpy_forward = "{z} = np.mean({x}, axis={axis}, keepdims={keepdims})"
    numpy_backward = (
        "{dx} = np.reshape({dz}, np.sum({x}, axis={axis}, keepdims=True).shape) * np.ones_like({x})\n"
        "{dx} = {dx} * np.size({z}) / np.size({x})"
    )

    def shape(self, x: Shape) -> Shape:
        """That of x without the reduced axes; nothing at all has no mean."""
        made = super().shape(x)
        if self._count(x) == 0:
            raise ShapeError(f"Mean needs at least one entry to average, found an input of {shape_text(x)}.")
        return made

    def forward(self, x: Array) -> Array:
        """The mean."""
        self.size = x.shape
        return np.asarray(np.mean(x, axis=self.axis, keepdims=self.keepdims))

    def backward(self, dz: Array) -> Array:
        """Upstream ÷ n for every entry."""
        return np.broadcast_to(self._spread(dz) / self._count(self.size), self.size)

    def kernels(self, k: Kernels) -> bool:
        """Two calls forward, one back."""
        share = k.const(1 / self._count(k.x[0].shape))
        k.ahead(np.add.reduce, k.x[0], axis=self.axis, keepdims=self.keepdims, out=k.z)
        k.ahead(np.multiply, k.z, share, out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, self._spread(k.dz), share, out=k.dx[0])
        return True

    def _count(self, x: Shape) -> int:
        """How many entries go into one mean."""
        product = 1
        for axis in self._reduced(len(x)):
            product *= x[axis]
        return product
