"""Layers with weights."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Weight
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.initial import INIT, UNITS, Layer, affine, bias_gradient, pin, weight_gradient


@register
class Dense(Layer):
    """x @ W + b, a fully connected layer.

    In exported code a line that names a weight the layer doesn't have (b without bias) is left out.
    """

    id = "dense"
    title = "Dense"
    category = Category.LAYER
    formula = r"z = x\,W + b"
    help = "A fully connected layer: every unit is a weighted sum of all features plus a bias."
    rule = "Dense switches like MatMul: dW = xᵀ · dz and dx = dz · Wᵀ; the bias gets dz summed over the batch."
    keywords = ("linear", "fully connected", "fc", "affine", "layer", "neuron", "perceptron")
    inputs = (Port("x", "Rows of features (N×D), or one row."),)
    weights = (
        Weight("W", "Weights, features × units.", start="start_W"),
        Weight("b", "Biases, one per unit.", start="start_b"),
    )
    params = MappingProxyType(
        {
            "units": UNITS,
            "bias": Param("bool", True, "Add a learnable bias to each unit."),
            "init": INIT,
            "start_W": pin("W"),
            "start_b": pin("b"),
        }
    )
    numpy_forward = "{z} = {x} @ {W}\n{z} = {z} + {b}"
    numpy_backward = (
        "{dx} = {dz} @ {W}.T\n"
        "{dW} = np.multiply.outer({x}, {dz}) if {x}.ndim == 1 else {x}.T @ {dz}\n"
        "{db} = {dz}.reshape(-1, {b}.size).sum(axis=0)"
    )

    bias: bool

    def active_weights(self) -> tuple[Weight, ...]:
        """W, and b unless it is switched off."""
        return self.weights if self.bias else self.weights[:1]

    def forward(self, x: Array, W: Array, b: Array | None = None) -> Array:
        """The weighted sums x @ W + b; x and W are kept for the way back."""
        self.x, self.W = x, W
        return affine(x, W, b)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, ...]:
        """Upstream × Wᵀ, xᵀ × upstream, and upstream summed over the batch."""
        dx, dW = dz @ self.W.T, weight_gradient(self.x, dz)
        return (dx, dW, bias_gradient(dz)) if self.bias else (dx, dW)

    def kernels(self, k: Kernels) -> bool:
        """For a batch: matmuls, and the bias's sum as one more, which is faster than add.reduce."""
        x, W, *b = k.x
        if x.ndim != 2:
            return False
        k.ahead(np.matmul, x, W, out=k.z)
        if b:
            k.ahead(np.add, k.z, b[0], out=k.z)
        dx, dW, *db = k.dx
        if dx is not None:
            k.back(np.matmul, k.dz, W.T, out=dx)
        if dW is not None:
            k.back(np.matmul, x.T, k.dz, out=dW)
        if db and db[0] is not None:
            k.back(np.matmul, np.ones(len(x), k.dtype), k.dz, out=db[0])
        return True
