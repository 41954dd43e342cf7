"""Layers with weights."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Room, Shape, Weight
from gradstudio.gates.axes import seen_as, total
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
    help = (
        "A fully connected layer: every unit is a weighted sum of all features plus a bias. Of a sequence (N×L×D) it "
        "takes each position for itself, with the same weights."
    )
    rule = "Dense switches like MatMul: dW = xᵀ · dz and dx = dz · Wᵀ; the bias gets dz summed over the batch."
    keywords = ("linear", "fully connected", "fc", "affine", "layer", "neuron", "perceptron")
    inputs = (Port("x", "Rows of features (N×D), one row, or sequences (N×L×D)."),)
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
    most_axes = 3
    numpy_backward = (
        "{dx} = {dz} @ {W}.T\n"
        "{dW} = np.multiply.outer({x}, {dz}) if {x}.ndim == 1 else {x}.T @ {dz} if {x}.ndim == 2 else "
        "np.tensordot({x}, {dz}, ((0, 1), (0, 1)))\n"
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
        x, z, dz, dx = (_as_matrix(array) for array in (k.x[0], k.z, k.dz, k.dx[0]))
        if k.x[0].ndim < 2 or x is None or z is None or dz is None or (dx is None and k.dx[0] is not None):
            return False
        if not (k.x[0].ndim == 2 and self.bias and self._joined(k)):
            self._apart(k, x, z, dz)
        if dx is not None:
            k.product_back(dz, k.x[1].T, dx)
        return True

    def _apart(self, k: Kernels, x: Array, z: Array, dz: Array) -> None:
        """Calls with W, and with b where there is one, each for itself."""
        _, W, *b = k.x
        _, dW, *db = k.dx
        k.product_ahead(x, W, z)
        if b:
            k.ahead(np.add, z, b[0], out=z)
        if dW is not None:
            k.product_back(x.T, dz, dW)
        if db and db[0] is not None:
            k.product_back(dz.T, np.ones((len(x), 1), k.dtype), db[0].reshape(-1, 1))

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


def _as_matrix(array: Array | None) -> Array | None:
    """All rows of sequences as one matrix, where memory can be seen so."""
    if array is None or array.ndim < 3:
        return array
    return seen_as(array, (total(array.shape[:-1]), array.shape[-1]))
