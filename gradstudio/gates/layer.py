"""Layers with weights."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Room, Shape, Weight
from gradstudio.gates.common import matmul_quietly
from gradstudio.gates.initial import GAIN, INIT, UNITS, Layer, affine, bias_gradient, pin, weight_gradient


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
            "gain": GAIN,
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

    def expand(self, x: Expression, W: Expression, b: Expression | None = None) -> Expression:
        """MatMul, and add where there is a bias."""
        return x @ W if b is None else x @ W + b

    def forward(self, x: Array, W: Array, b: Array | None = None) -> Array:
        """The weighted sums x @ W + b; x and W are kept for the way back."""
        self.x, self.W = x, W
        return affine(x, W, b)

    @matmul_quietly
    def backward(self, dz: Array) -> tuple[Array, ...]:
        """Upstream × Wᵀ, xᵀ × upstream, and upstream summed over the batch."""
        dx, dW = dz @ self.W.T, weight_gradient(self.x, dz)
        return (dx, dW, bias_gradient(dz)) if self.bias else (dx, dW)

    def room(self, *inputs: Shape) -> tuple[Room | None, ...]:
        """A feature that is constantly 1 behind those of a batch: b is then one more row of W."""
        return (Room(ones=True),) if self.bias and len(inputs[0]) == 2 else ()

    def kernels(self, k: Kernels) -> bool:
        """For a batch one product each: x @ W + b, xᵀ · dz with the bias's row sum in it, and dz · Wᵀ."""
        x, W, *b = k.x
        if x.ndim != 2:
            return False
        dx, dW, *db = k.dx
        if not (self.bias and self._joined(k)):
            k.product_ahead(x, W, k.z)
            if b:
                k.ahead(np.add, k.z, b[0], out=k.z)
            if dW is not None:
                k.product_back(x.T, k.dz, dW)
            if db and db[0] is not None:
                k.product_back(k.dz.T, np.ones((len(x), 1), k.dtype), db[0].reshape(-1, 1))
        if dx is not None:
            k.product_back(k.dz, W.T, dx)
        return True

    def _joined(self, k: Kernels) -> bool:
        """Calls with W and b as one matrix, where both lie together and x has a feature of ones; else False."""
        x, joined = k.roomy[0], k.joined()
        if x is None or joined is None or x.shape != (len(k.x[0]), k.x[0].shape[1] + 1):
            return False
        weights, gradients = joined
        k.product_ahead(x, weights, k.z)
        if gradients is not None:
            k.product_back(x.T, k.dz, gradients)
        return True
