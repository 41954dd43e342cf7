"""Maxout: an activation with weights of its own."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Category, Port, Weight
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.initial import INIT, UNITS, Layer, affine, bias_gradient, pin, weight_gradient


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
        {"units": UNITS, "init": INIT} | {f"start_{name}": pin(name) for name in ("W1", "b1", "W2", "b2")}
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

    def branch(self, x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
        """Which sum is larger."""
        return affine(x, W1, b1) >= affine(x, W2, b2)
