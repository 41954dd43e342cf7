"""Linear algebra: products of matrices and vectors."""

from __future__ import annotations

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Port, Shape, broadcast_shapes, shape_text
from gradstudio.engine.types import MOST_AXES
from gradstudio.gates.axes import seen_as, total
from gradstudio.gates.common import matmul_quietly, scratch_like


@register
class MatMul(Gate):
    """x @ y for vectors, matrices and batches of matrices."""

    id = "matmul"
    title = "MatMul"
    symbol = "@"
    category = Category.LINEAR
    formula = r"z = x\,y"
    help = (
        "The matrix product of its inputs; a vector counts as a row on the left and as a column on the right. "
        "With more than two axes the last two are matrices and those before them broadcast."
    )
    rule = "MatMul switches: dx = dz · yᵀ and dy = xᵀ · dz, summed over the axes along which one was broadcast."
    keywords = ("matrix", "product", "dot", "inner", "linear", "batched", "bmm", "Wx")
    inputs = (Port("x"), Port("y"))
    numpy_forward = "{z} = {x} @ {y}"
    numpy_backward = (
        "{dx} = np.multiply.outer({dz}, {y}) if {y}.ndim == 1 else {dz} @ {y}.T if {y}.ndim == 2 else "
        "({y} @ {dz}[..., None])[..., 0] if {x}.ndim == 1 else {dz} @ np.swapaxes({y}, -1, -2)\n"
        "{dy} = {x}.T @ {dz} if {x}.ndim == 2 else np.tensordot({dz}, {x}, np.ndim({dz})) if {y}.ndim == 1 else "
        "{x}[:, None] * {dz}[..., None, :] if {x}.ndim == 1 else "
        "np.sum(np.swapaxes({x}, -1, -2) @ {dz}, axis=tuple(range({x}.ndim - 2))) if {y}.ndim == 2 else "
        "np.swapaxes({x}, -1, -2) @ {dz}"
    )

    def shape(self, x: Shape, y: Shape) -> Shape:
        """Rows of x × columns of y, behind the axes that broadcast."""
        if not (1 <= len(x) <= MOST_AXES and 1 <= len(y) <= MOST_AXES):
            raise ShapeError(f"MatMul needs vectors or matrices, found {shape_text(x)} and {shape_text(y)}.")
        if x[-1] != y[-2:][0]:
            raise ShapeError(
                f"MatMul needs as many columns in x as rows in y; x is {shape_text(x)} and y is {shape_text(y)}."
            )
        return broadcast_shapes(x[:-2], y[:-2]) + x[-2:-1] + y[-1:] * (len(y) > 1)

    @matmul_quietly
    def forward(self, x: Array, y: Array) -> Array:
        """The product; both factors are kept for the way back."""
        self.x, self.y = x, y
        return np.asarray(x @ y)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, Array]:
        """The products dz · yᵀ and xᵀ · dz; where a factor is a vector, its missing axis is put in for them."""
        x, y = self.x, self.y
        if y.ndim == 1:
            return np.multiply.outer(dz, y), np.tensordot(dz, x, np.ndim(dz))
        if x.ndim == 1:
            return (y @ dz[..., None])[..., 0], x[:, None] * dz[..., None, :]
        if y.ndim == 2:
            return dz @ y.T, _rows(x).T @ _rows(dz)
        return dz @ y.swapaxes(-1, -2), x.swapaxes(-1, -2) @ dz

    def kernels(self, k: Kernels) -> bool:
        """One product forward, one for each wanted gradient back; not where stacks of matrices are broadcast."""
        (x, y), (dx, dy) = k.x, k.dx
        if min(x.ndim, y.ndim) < 2 or (y.ndim == 2 and x.ndim > 2):
            return self._as_matrices(k)
        if x.ndim != y.ndim or x.shape[:-2] != y.shape[:-2]:
            return False
        k.product_ahead(x, y, k.z)
        if dx is not None:
            k.product_back(k.dz, y.swapaxes(-1, -2), dx)
        if dy is not None:
            k.product_back(x.swapaxes(-1, -2), k.dz, dy)
        return True

    def _as_matrices(self, k: Kernels) -> bool:
        """Where a factor is a vector, or y one matrix for a stack: all rows of x as one matrix, y as another."""
        (x, y), (dx, dy) = k.x, k.dx
        shape = (total(x.shape[:-1]), total(y.shape[1:]))
        left, to_left = (None if a is None else seen_as(a, (shape[0], x.shape[-1])) for a in (x, dx))
        right, to_right = (None if a is None else seen_as(a, (len(y), shape[1])) for a in (y, dy))
        missing = (to_left is None and dx is not None) or (to_right is None and dy is not None)
        if (x.ndim == 1 and y.ndim > 2) or left is None or right is None or missing:
            return False
        self._product_ahead(k, left, right, shape)
        self._product_back(k, (left, right), (to_left, to_right), shape)
        return True

    def _product_ahead(self, k: Kernels, left: Array, right: Array, shape: Shape) -> None:
        """Into z, by way of a matrix where z can't be seen as one."""
        z = seen_as(k.z, shape)
        made = k.scratch(shape) if z is None else z
        k.product_ahead(left, right, made)
        if z is None:
            k.ahead(np.copyto, k.z, made.reshape(k.z.shape))

    def _product_back(
        self, k: Kernels, factors: tuple[Array, Array], gradients: tuple[Array | None, Array | None], shape: Shape
    ) -> None:
        """A product with a single row or column is one of each entry with each."""
        (left, right), (to_left, to_right), dz = factors, gradients, seen_as(k.dz, shape)
        if dz is None:
            dz = k.scratch(shape)
            k.back(np.copyto, dz.reshape(k.dz.shape), k.dz)
        if to_left is not None and shape[1] == 1:
            k.back(np.multiply, dz, right.T, out=to_left)
        elif to_left is not None:
            k.product_back(dz, right.T, to_left)
        if to_right is not None and shape[0] == 1:
            k.back(np.multiply, left.T, dz, out=to_right)
        elif to_right is not None:
            k.product_back(left.T, dz, to_right)


@register
class Dot(Gate):
    """Σ x · y along the last axis."""

    id = "dot"
    title = "Dot"
    symbol = "·"
    category = Category.LINEAR
    formula = r"z = \sum_i x_i y_i"
    help = "The dot product of two vectors; with a batch, of the vectors along the last axis."
    rule = "Dot switches: each vector's gradient is the other vector × the upstream number."
    keywords = ("inner", "scalar product", "vector", "vdot", "similarity")
    inputs = (Port("x"), Port("y"))
    numpy_forward = "{z} = np.sum({x} * {y}, axis=-1)"
    numpy_backward = "{dx} = np.expand_dims({dz}, -1) * {y}\n{dy} = np.expand_dims({dz}, -1) * {x}"

    def shape(self, x: Shape, y: Shape) -> Shape:
        """What x and y broadcast to, without the last axis."""
        if not (x and y and x[-1] == y[-1]):
            raise ShapeError(f"Dot needs vectors of one length; x is {shape_text(x)} and y is {shape_text(y)}.")
        return broadcast_shapes(x, y)[:-1]

    def expand(self, x: Expression, y: Expression) -> Expression:
        """Products, added up along the last axis."""
        return x.formula.one("sum", x * y, axis=-1)

    def forward(self, x: Array, y: Array) -> Array:
        """The sum of the products; both vectors are kept for the way back."""
        self.x, self.y = x, y
        return np.asarray((x * y).sum(axis=-1))

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Each gets the other one × upstream."""
        spread = np.expand_dims(dz, -1)
        return spread * self.y, spread * self.x

    def kernels(self, k: Kernels) -> bool:
        """Two calls forward, one for each wanted gradient back."""
        x, y = k.x
        if x.shape != y.shape:
            return False
        products = scratch_like(k, x)
        k.ahead(np.multiply, x, y, out=products)
        k.ahead(np.add.reduce, products, axis=-1, out=k.z)
        for dx, other in zip(k.dx, (y, x), strict=True):
            if dx is not None:
                k.back(np.multiply, k.dz[..., None], other, out=dx)
        return True


@register
class Outer(Gate):
    """x yᵀ."""

    id = "outer"
    title = "Outer"
    symbol = "⊗"
    category = Category.LINEAR
    formula = r"z_{ij} = x_i y_j"
    help = "Every entry of one vector times every entry of the other; with a batch, of the vectors along the last axis."
    rule = "Outer switches: dx = dz · y and dy = dzᵀ · x."
    keywords = ("outer product", "tensor product", "vector")
    inputs = (Port("x"), Port("y"))
    numpy_forward = "{z} = {x}[..., :, None] * {y}[..., None, :]"
    numpy_backward = (
        "{dx} = np.sum({dz} * {y}[..., None, :], axis=-1)\n{dy} = np.sum({dz} * {x}[..., :, None], axis=-2)"
    )

    def shape(self, x: Shape, y: Shape) -> Shape:
        """Entries of x × entries of y, behind the axes that broadcast."""
        if not (x and y):
            raise ShapeError(f"Outer needs vectors; x is {shape_text(x)} and y is {shape_text(y)}.")
        return broadcast_shapes(x[:-1], y[:-1]) + x[-1:] + y[-1:]

    def expand(self, x: Expression, y: Expression) -> Expression:
        """A column times a row: each is repeated along the other."""
        formula = x.formula
        return formula.one("expand_dims", x, axis=-1) * formula.one("expand_dims", y, axis=-2)

    def forward(self, x: Array, y: Array) -> Array:
        """Every product; both vectors are kept for the way back."""
        self.x, self.y = x, y
        return x[..., :, None] * y[..., None, :]

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, Array]:
        """The products dz · y and dzᵀ · x."""
        dx = (dz @ self.y[..., :, None])[..., 0]
        return dx, (dz.swapaxes(-1, -2) @ self.x[..., :, None])[..., 0]

    def kernels(self, k: Kernels) -> bool:
        """One call forward, one product for each wanted gradient back."""
        (x, y), (dx, dy) = k.x, k.dx
        if x.shape[:-1] != y.shape[:-1]:
            return False
        k.ahead(np.multiply, x[..., :, None], y[..., None, :], out=k.z)
        if dx is not None:
            k.product_back(k.dz, y[..., :, None], dx[..., :, None])
        if dy is not None:
            k.product_back(k.dz.swapaxes(-1, -2), x[..., :, None], dy[..., :, None])
        return True


def _rows(array: Array) -> Array:
    """All rows of a batch of matrices as one matrix."""
    return array.reshape(total(array.shape[:-1]), array.shape[-1])
