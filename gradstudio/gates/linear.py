"""Linear algebra."""

from __future__ import annotations

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Port, Shape, shape_text
from gradstudio.gates.common import matmul_quietly


@register
class MatMul(Gate):
    """x @ y for vectors and matrices."""

    id = "matmul"
    title = "MatMul"
    symbol = "@"
    category = Category.LINEAR
    formula = r"z = x\,y"
    help = "The matrix product of its inputs; a vector counts as a row on the left and as a column on the right."
    rule = "MatMul switches: dx = dz · yᵀ and dy = xᵀ · dz."
    keywords = ("matrix", "product", "dot", "inner", "linear", "Wx")
    inputs = (Port("x"), Port("y"))
    numpy_forward = "{z} = {x} @ {y}"
    numpy_backward = (
        "{dx} = np.multiply.outer({dz}, {y}) if {y}.ndim == 1 else {dz} @ {y}.T\n"
        "{dy} = np.multiply.outer({x}, {dz}) if {x}.ndim == 1 else {x}.T @ {dz}"
    )

    def shape(self, x: Shape, y: Shape) -> Shape:
        """Rows of x × columns of y."""
        if not (1 <= len(x) <= 2 and 1 <= len(y) <= 2):
            raise ShapeError(f"MatMul needs vectors or matrices, found {shape_text(x)} and {shape_text(y)}.")
        if x[-1] != y[0]:
            raise ShapeError(
                f"MatMul needs as many columns in x as rows in y; x is {shape_text(x)} and y is {shape_text(y)}."
            )
        return x[:-1] + y[1:]

    @matmul_quietly
    def forward(self, x: Array, y: Array) -> Array:
        """The product; both factors are kept for the way back."""
        self.x, self.y = x, y
        return np.asarray(x @ y)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, Array]:
        """The products dz · yᵀ and xᵀ · dz; where a factor is a vector, outer ones."""
        x, y = self.x, self.y
        dx = np.multiply.outer(dz, y) if y.ndim == 1 else dz @ y.T
        dy = np.multiply.outer(x, dz) if x.ndim == 1 else x.T @ dz
        return dx, dy

    def kernels(self, k: Kernels) -> bool:
        """Matrices only: one call forward, one for each wanted gradient back."""
        (x, y), (dx, dy) = k.x, k.dx
        if x.ndim != 2 or y.ndim != 2:
            return False
        k.ahead(np.matmul, x, y, out=k.z)
        if dx is not None:
            k.back(np.matmul, k.dz, y.T, out=dx)
        if dy is not None:
            k.back(np.matmul, x.T, k.dz, out=dy)
        return True
