"""Softmax and its logarithm, along one axis."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Port, Shape, shape_text
from gradstudio.gates.axes import axis_param, place


class AlongAxis(Gate):
    """A gate whose outputs depend on all entries of x along one axis."""

    category = Category.ACTIVATION
    inputs = (Port("x", "Scores, one for each class along the axis."),)
    params = MappingProxyType({"axis": axis_param(-1, "The axis along which the entries compete; −1 is the last.")})

    axis: int

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        if x[place(self.title, self.axis, x)] == 0:
            raise ShapeError(f"{self.title} needs an entry along axis {self.axis}, found an input of {shape_text(x)}.")
        return x

    def caption(self) -> str:
        """The axis, where it isn't the last."""
        return "" if self.axis == -1 else f"axis {self.axis}"

    def line(self, k: Kernels) -> Array:
        """A work array with one entry for each group of entries that compete."""
        x = k.x[0]
        return k.scratch(tuple(1 if a == self.axis % x.ndim else n for a, n in enumerate(x.shape)))


@register
class Softmax(AlongAxis):
    """eˣ ÷ Σ eˣ."""

    id = "softmax"
    title = "Softmax"
    formula = r"z_i = \frac{e^{x_i}}{\sum_j e^{x_j}}"
    help = "Turns scores into probabilities: all positive, and 1 together along the axis."
    rule = "Softmax weighs: the input's gradient is z × (upstream − the mean of upstream weighted by z)."
    keywords = ("probability", "normalize", "classifier", "attention", "activation")
    numpy_forward = (
        "{z} = np.exp({x} - np.max({x}, axis={axis}, keepdims=True))\n"
        "{z} = {z} / np.sum({z}, axis={axis}, keepdims=True)"
    )
    numpy_backward = "{dx} = {z} * ({dz} - np.sum({z} * {dz}, axis={axis}, keepdims=True))"

    def expand(self, x: Expression) -> Expression:
        """eˣ over its sum, the largest taken off first: that changes nothing, and no power overflows."""
        formula = x.formula
        powers = formula.one("exp", x - formula.one("reduce_max", x, axis=self.axis, keepdims=True))
        return powers / formula.one("sum", powers, axis=self.axis, keepdims=True)

    def forward(self, x: Array) -> Array:
        """The largest score is subtracted first so that nothing overflows; z is kept for the way back."""
        exponentials = np.exp(x - x.max(axis=self.axis, keepdims=True))
        self.z = np.asarray(exponentials / exponentials.sum(axis=self.axis, keepdims=True))
        return self.z

    def backward(self, dz: Array) -> Array:
        """z × (upstream − Σ z · upstream)."""
        return np.asarray(self.z * (dz - (self.z * dz).sum(axis=self.axis, keepdims=True)))

    def kernels(self, k: Kernels) -> bool:
        """Five calls forward, four back."""
        (x,), (dx,), line, z = k.x, k.dx, self.line(k), k.z
        k.ahead(np.maximum.reduce, x, axis=self.axis, keepdims=True, out=line)
        k.ahead(np.subtract, x, line, out=z)
        k.ahead(np.exp, z, out=z)
        k.ahead(np.add.reduce, z, axis=self.axis, keepdims=True, out=line)
        k.ahead(np.divide, z, line, out=z)
        if dx is not None:
            k.back(np.multiply, z, k.dz, out=dx)
            k.back(np.add.reduce, dx, axis=self.axis, keepdims=True, out=line)
            k.back(np.subtract, k.dz, line, out=dx)
            k.back(np.multiply, dx, z, out=dx)
        return True


@register
class LogSoftmax(AlongAxis):
    """x − ln Σ eˣ."""

    id = "log_softmax"
    title = "Log-softmax"
    common = False
    formula = r"z_i = x_i - \ln \sum_j e^{x_j}"
    help = "The logarithms of the probabilities that softmax gives, right where these are too small for numbers."
    rule = "Log-softmax compares: the input's gradient is upstream − softmax × the sum of upstream along the axis."
    keywords = ("log probability", "classifier", "nll", "activation")
    numpy_forward = (
        "{z} = {x} - np.max({x}, axis={axis}, keepdims=True)\n"
        "{z} = {z} - np.log(np.sum(np.exp({z}), axis={axis}, keepdims=True))"
    )
    numpy_backward = "{dx} = {dz} - np.exp({z}) * np.sum({dz}, axis={axis}, keepdims=True)"

    def expand(self, x: Expression) -> Expression:
        """The scores less their log-sum-exp: the logarithm of a softmax that is 0 to a computer would be −∞."""
        return x - x.formula.one("log_sum_exp", x, axis=self.axis, keepdims=True)

    def forward(self, x: Array) -> Array:
        """The largest score is subtracted first so that nothing overflows; z is kept for the way back."""
        shifted = x - x.max(axis=self.axis, keepdims=True)
        self.z = np.asarray(shifted - np.log(np.exp(shifted).sum(axis=self.axis, keepdims=True)))
        return self.z

    def backward(self, dz: Array) -> Array:
        """Upstream − softmax × Σ upstream."""
        return np.asarray(dz - np.exp(self.z) * dz.sum(axis=self.axis, keepdims=True))

    def kernels(self, k: Kernels) -> bool:
        """Seven calls forward, four back."""
        (x,), (dx,), line, largest, z = k.x, k.dx, self.line(k), self.line(k), k.z
        k.ahead(np.maximum.reduce, x, axis=self.axis, keepdims=True, out=largest)
        k.ahead(np.subtract, x, largest, out=z)
        k.ahead(np.exp, z, out=z)
        k.ahead(np.add.reduce, z, axis=self.axis, keepdims=True, out=line)
        k.ahead(np.log, line, out=line)
        k.ahead(np.subtract, x, largest, out=z)
        k.ahead(np.subtract, z, line, out=z)
        if dx is not None:
            k.back(np.exp, z, out=dx)
            k.back(np.add.reduce, k.dz, axis=self.axis, keepdims=True, out=line)
            k.back(np.multiply, dx, line, out=dx)
            k.back(np.subtract, k.dz, dx, out=dx)
        return True
