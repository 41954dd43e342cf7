"""Maxout: an activation with weights of its own."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Port, Room, Shape, Weight
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.initial import GAIN, INIT, UNITS, Layer, affine, bias_gradient, pin, weight_gradient


@register
class Maxout(Layer):
    """max(x @ W1 + b1, x @ W2 + b2)."""

    id = "maxout"
    title = "Maxout"
    category = Category.ACTIVATION
    formula = r"z = \max(w_1^T x + b_1,\; w_2^T x + b_2)"
    help = "The larger of two weighted sums: it learns its own shape, at the price of twice the parameters."
    rule = (
        "Maxout routes: the larger sum gets the upstream gradient and hands it on like Dense, the other 0; "
        "a tie goes to the first."
    )
    stops = "the sum it belongs to lost"
    keywords = ("activation", "max", "layer", "units")
    inputs = (Port("x", "Rows of features (N×D), or one row."),)
    weights = (
        Weight("W1", "Weights of the first sum.", start="start_W1"),
        Weight("b1", "Biases of the first sum.", start="start_b1"),
        Weight("W2", "Weights of the second sum.", start="start_W2"),
        Weight("b2", "Biases of the second sum.", start="start_b2"),
    )
    params = MappingProxyType(
        {"units": UNITS, "init": INIT, "gain": GAIN} | {f"start_{name}": pin(name) for name in ("W1", "b1", "W2", "b2")}
    )
    numpy_forward = "{z} = np.maximum({x} @ {W1} + {b1}, {x} @ {W2} + {b2})"
    numpy_backward = (
        "{db1} = {dz} * ({x} @ {W1} + {b1} >= {x} @ {W2} + {b2})\n"
        "{db2} = {dz} * ({x} @ {W1} + {b1} < {x} @ {W2} + {b2})\n"
        "{dx} = {db1} @ {W1}.T + {db2} @ {W2}.T\n"
        "{dW1} = np.multiply.outer({x}, {db1}) if {x}.ndim == 1 else {x}.T @ {db1}\n"
        "{dW2} = np.multiply.outer({x}, {db2}) if {x}.ndim == 1 else {x}.T @ {db2}\n"
        "{db1} = {db1}.reshape(-1, {b1}.size).sum(axis=0)\n"
        "{db2} = {db2}.reshape(-1, {b2}.size).sum(axis=0)"
    )

    def expand(self, x: Expression, W1: Expression, b1: Expression, W2: Expression, b2: Expression) -> Expression:
        """The larger of two weighted sums."""
        return x.formula.one("max", x @ W1 + b1, x @ W2 + b2)

    def forward(self, x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
        """The larger sum; which one that is is kept for the way back."""
        self.x, self.W1, self.W2 = x, W1, W2
        first, second = affine(x, W1, b1), affine(x, W2, b2)
        self.first, self.second = first >= second, first < second
        return np.maximum(first, second)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, ...]:
        """Upstream to the larger sum, and from there as in Dense."""
        d1, d2 = dz * self.first, dz * self.second
        dx = d1 @ self.W1.T + d2 @ self.W2.T
        x = self.x
        return dx, weight_gradient(x, d1), bias_gradient(d1), weight_gradient(x, d2), bias_gradient(d2)

    def room(self, *inputs: Shape) -> tuple[Room | None, ...]:
        """A feature that is constantly 1 behind those of a batch, as for Dense."""
        return (Room(ones=True),) if len(inputs[0]) == 2 else ()

    def kernels(self, k: Kernels) -> bool:
        """For a batch whose weights lie together: each sum with its bias is one product, and so are its gradients."""
        x, (values, gradients) = k.roomy[0], k.own
        if k.x[0].ndim != 2 or x is None or values is None or x.shape != (len(k.x[0]), k.x[0].shape[1] + 1):
            return False
        weights = values.reshape(2, x.shape[1], self.units)
        second, share = k.scratch_like(k.z), (k.scratch_like(k.z), k.scratch_like(k.z))
        first = share[0]
        k.product_ahead(x, weights[0], first)
        k.product_ahead(x, weights[1], second)
        k.ahead(np.maximum, first, second, out=k.z)
        k.ahead(np.greater_equal, first, second, out=second)
        k.back(np.multiply, k.dz, second, out=share[0])
        k.back(np.subtract, k.dz, share[0], out=share[1])
        if gradients is not None:
            for part, gradient in zip(share, gradients.reshape(weights.shape), strict=True):
                k.product_back(x.T, part, gradient)
        if k.dx[0] is not None:
            self._back_to_x(k, share, k.dx[0])
        return True

    def _back_to_x(self, k: Kernels, share: tuple[Array, Array], dx: Array) -> None:
        other = k.scratch_like(dx)
        k.product_back(share[0], k.x[1].T, dx)
        k.product_back(share[1], k.x[3].T, other)
        k.back(np.add, dx, other, out=dx)

    def branch(self, x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
        """Which sum is larger."""
        return affine(x, W1, b1) >= affine(x, W2, b2)
