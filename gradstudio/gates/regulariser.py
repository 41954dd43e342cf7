"""Penalties on weights. Their input takes any number of wires.

In exported code {w} is a list of names and {dw} the list its gradients are unpacked into: "[W1, W2]", "[dW1, dW2]".
"""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Shape
from gradstudio.gates.common import Explained, number

STRENGTH = MappingProxyType(
    {"strength": Param("float", 1e-3, "How strongly large weights are punished.", title="λ", low=0, high=1e6)}
)


class Penalty(Explained):
    """A scalar computed from any number of weights."""

    category = Category.REGULARISER
    inputs = (Port("w", "The weights to keep small.", many=True),)
    outputs = (Port("loss", "The penalty, to be added to the data loss."),)
    params: ClassVar[MappingProxyType[str, Param]] = STRENGTH

    strength: float

    def shape(self, *w: Shape) -> Shape:
        """A scalar."""
        return ()

    def caption(self) -> str:
        """The strength."""
        return f"λ = {number(self.strength)}"


@register
class L2(Penalty):
    """½ λ Σ w²."""

    id = "l2"
    title = "L2"
    names = ("reg_loss",)
    formula = r"R = \frac{1}{2} \lambda \sum_i w_i^2"
    help = "Half the squared size of the weights × λ: keeps them small and spread out."
    rule = "L2 pulls every weight towards 0 in proportion: its gradient is λ · w × the upstream one."
    keywords = ("weight decay", "ridge", "regularisation", "regularization", "penalty")
    local = ("λ·w",)
    numpy_forward = "{loss} = 0.5 * {strength} * sum(np.sum(w ** 2) for w in {w})"
    numpy_backward = "{dw} = [{strength} * w * {dloss} for w in {w}]"

    def forward(self, *w: Array) -> Array:
        """Half the sum of squares × λ."""
        self.w = w
        return np.asarray(0.5 * self.strength * sum(np.sum(a * a) for a in w))

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """λ · w × upstream."""
        return tuple(self.strength * a * dz for a in self.w)

    def kernels(self, k: Kernels) -> bool:
        """A dot product for each array, and two calls to add them up; back one call for each."""
        if not all(w.flags.c_contiguous for w in k.x):
            return False
        parts, scale = k.scratch((len(k.x),)), k.scratch(())
        for i, w in enumerate(k.x):
            k.ahead(np.dot, w.reshape(-1), w.reshape(-1), out=parts[i, ...])
        k.ahead(np.add.reduce, parts, out=k.z)
        k.ahead(np.multiply, k.z, k.const(self.strength / 2), out=k.z)
        k.back(np.multiply, k.dz, k.const(self.strength), out=scale)
        for w, dw in zip(k.x, k.dx, strict=True):
            if dw is not None:
                k.back(np.multiply, w, scale, out=dw)
        return True


@register
class L1(Penalty):
    """λ Σ |w|."""

    id = "l1"
    title = "L1"
    names = ("reg_loss",)
    formula = r"R = \lambda \sum_i |w_i|"
    help = "The sum of the weights' sizes × λ: drives many of them to exactly 0."
    rule = "L1 pulls every weight towards 0 with the same force: its gradient is λ · sign(w) × upstream, 0 at 0."
    keywords = ("lasso", "sparse", "regularisation", "regularization", "penalty")
    local = ("λ·sign(w)",)
    numpy_forward = "{loss} = {strength} * sum(np.sum(np.abs(w)) for w in {w})"
    numpy_backward = "{dw} = [{strength} * np.sign(w) * {dloss} for w in {w}]"

    def forward(self, *w: Array) -> Array:
        """The sum of sizes × λ."""
        self.w = w
        return np.asarray(self.strength * sum(np.sum(np.abs(a)) for a in w))

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """λ · sign(w) × upstream."""
        return tuple(self.strength * np.sign(a) * dz for a in self.w)

    def kernels(self, k: Kernels) -> bool:
        """Two calls for each array, and two to add them up; back two for each."""
        parts, scale = k.scratch((len(k.x),)), k.scratch(())
        for i, w in enumerate(k.x):
            size = k.scratch(w.shape)
            k.ahead(np.absolute, w, out=size)
            k.ahead(np.add.reduce, size, axis=None, out=parts[i, ...])
        k.ahead(np.add.reduce, parts, out=k.z)
        k.ahead(np.multiply, k.z, k.const(self.strength), out=k.z)
        k.back(np.multiply, k.dz, k.const(self.strength), out=scale)
        for w, dw in zip(k.x, k.dx, strict=True):
            if dw is not None:
                k.back(np.sign, w, out=dw)
                k.back(np.multiply, dw, scale, out=dw)
        return True

    def branch(self, *w: Array) -> Array:
        """The sign of every weight."""
        return np.concatenate([np.ravel(a) > 0 for a in w])
