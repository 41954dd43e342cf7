"""Penalties on weights. Their input takes any number of wires.

In exported code {w} is a list of names and {dw} the list its gradients are unpacked into: "[W1, W2]", "[dW1, dW2]".
"""

from __future__ import annotations

from functools import reduce
from operator import add
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Shape, in_memory_order
from gradstudio.gates.common import Explained, number, scratch_like

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

    def sums(self, gate: str, w: tuple[Expression, ...]) -> Expression:
        """All entries of all weights, each through a gate, added up: what a penalty is made of."""
        return reduce(add, (a.formula.one("sum", a.formula.one(gate, a)) for a in w))

    def summed_ahead(self, k: Kernels, sums: list[tuple[Any, tuple[Any, ...]]], *factors: float) -> None:
        """Add calls, each of which takes its output last, and what they give × factors (one, or one for each)."""
        parts = k.scratch((len(sums),))
        for i, (function, args) in enumerate(sums):
            k.ahead(function, *args, parts[i, ...])
        weights = np.full(len(sums), factors[0]) if len(factors) == 1 else np.array(factors)
        k.ahead(np.dot, parts, weights.astype(k.dtype), k.z)

    def scale_back(self, k: Kernels, factor: float) -> Array:
        """A number × upstream; its call is added to the backward pass."""
        if k.seeded:
            return k.const(factor)
        scale = k.scratch(())
        k.back(np.multiply, k.dz, k.const(factor), out=scale)
        return scale


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

    def expand(self, *w: Expression) -> Expression:
        """The squares added up, × λ/2."""
        return self.sums("square", w) * (self.strength / 2)

    def forward(self, *w: Array) -> Array:
        """Half the sum of squares × λ."""
        self.w = w
        return np.asarray(0.5 * self.strength * sum(np.sum(a * a) for a in w))

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """λ · w × upstream."""
        return tuple(self.strength * a * dz for a in self.w)

    def kernels(self, k: Kernels) -> bool:
        """A dot product for each array, and one to add them up; back one call for each."""
        pieces = [in_memory_order(w) for w in k.x]
        if any(piece is None for piece in pieces):
            return False
        self.summed_ahead(k, [(np.dot, (piece, piece)) for piece in pieces], self.strength / 2)
        scale = self.scale_back(k, self.strength)
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

    def expand(self, *w: Expression) -> Expression:
        """The sizes added up, × λ."""
        return self.sums("abs", w) * self.strength

    def forward(self, *w: Array) -> Array:
        """The sum of sizes × λ."""
        self.w = w
        return np.asarray(self.strength * sum(np.sum(np.abs(a)) for a in w))

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """λ · sign(w) × upstream."""
        return tuple(self.strength * np.sign(a) * dz for a in self.w)

    def kernels(self, k: Kernels) -> bool:
        """Two calls for each array, and one to add them up; back two for each."""
        self.summed_ahead(k, [(np.add.reduce, (sized_ahead(k, w), 0, None)) for w in k.x], self.strength)
        scale = self.scale_back(k, self.strength)
        for w, dw in zip(k.x, k.dx, strict=True):
            if dw is not None:
                k.back(np.sign, w, out=dw)
                k.back(np.multiply, dw, scale, out=dw)
        return True

    def branch(self, *w: Array) -> Array:
        """The sign of every weight."""
        return np.concatenate([np.ravel(a) > 0 for a in w])


@register
class Elastic(Penalty):
    """λ Σ (α |w| + (1 − α)/2 w²)."""

    id = "elastic"
    title = "Elastic net"
    names = ("reg_loss",)
    formula = r"R = \lambda \sum_i \left( \alpha |w_i| + \frac{1 - \alpha}{2} w_i^2 \right)"
    help = "A mix of L1 and L2: drives weights of little use to exactly 0 and keeps the others small."
    rule = "Elastic net pulls with both: its gradient is λ · (α · sign(w) + (1 − α) · w) × the upstream one."
    keywords = ("lasso", "ridge", "sparse", "weight decay", "regularisation", "regularization", "penalty")
    params = MappingProxyType(
        {**STRENGTH, "mix": Param("float", 0.5, "How much of it is L1; the rest is L2.", title="α", low=0, high=1)}
    )
    local = ("λ·(α·sign(w) + (1 − α)·w)",)
    numpy_forward = "{loss} = {strength} * sum(np.sum({mix} * np.abs(w) + (1 - {mix}) / 2 * w ** 2) for w in {w})"
    numpy_backward = "{dw} = [{strength} * ({mix} * np.sign(w) + (1 - {mix}) * w) * {dloss} for w in {w}]"

    mix: float

    def expand(self, *w: Expression) -> Expression:
        """Sizes × α and squares × (1 − α)/2, added up, × λ."""
        return (self.sums("abs", w) * self.mix + self.sums("square", w) * ((1 - self.mix) / 2)) * self.strength

    def forward(self, *w: Array) -> Array:
        """Sizes × α and half the squares × 1 − α, added up."""
        self.w = w
        parts = (self.mix * np.sum(np.abs(a)) + (1 - self.mix) / 2 * np.sum(a * a) for a in w)
        return np.asarray(self.strength * sum(parts))

    def backward(self, dz: Array) -> tuple[Array, ...]:
        """λ · (α · sign(w) + (1 − α) · w) × upstream."""
        return tuple(self.strength * (self.mix * np.sign(a) + (1 - self.mix) * a) * dz for a in self.w)

    def kernels(self, k: Kernels) -> bool:
        """As L1 and L2 together."""
        pieces = [in_memory_order(w) for w in k.x]
        if any(piece is None for piece in pieces):
            return False
        sums: list[tuple[Any, tuple[Any, ...]]] = [(np.dot, (piece, piece)) for piece in pieces]
        sums += [(np.add.reduce, (sized_ahead(k, w), 0, None)) for w in k.x]
        half, whole = self.strength * (1 - self.mix) / 2, self.strength * self.mix
        self.summed_ahead(k, sums, *[half] * len(k.x), *[whole] * len(k.x))
        plain, signed = self.scale_back(k, self.strength * (1 - self.mix)), self.scale_back(k, whole)
        for w, dw in zip(k.x, k.dx, strict=True):
            if dw is not None:
                pull = scratch_like(k, w)
                k.back(np.sign, w, out=pull)
                k.back(np.multiply, pull, signed, out=pull)
                k.back(np.multiply, w, plain, out=dw)
                k.back(np.add, dw, pull, out=dw)
        return True

    def branch(self, *w: Array) -> Array:
        """The sign of every weight."""
        return np.concatenate([np.ravel(a) > 0 for a in w])

    def caption(self) -> str:
        """Strength and mix."""
        return f"{super().caption()}, α = {number(self.mix)}"


def sized_ahead(k: Kernels, w: Array) -> Array:
    """The sizes of an array's entries, one after the other; their call is added to the forward pass."""
    size = scratch_like(k, w)
    k.ahead(np.absolute, w, out=size)
    return size.ravel(order="K")
