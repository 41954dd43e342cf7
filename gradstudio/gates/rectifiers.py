"""Activations with kinks: SELU, PReLU, hard sigmoid and the step."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import (
    Array,
    Category,
    Gate,
    Kernels,
    Param,
    Port,
    Shape,
    Weight,
    in_memory_order,
    shape_text,
)
from gradstudio.gates.activation import Activation, Kinked, bend
from gradstudio.gates.initial import pin

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""λ and α of Klambauer et al., "Self-Normalizing Neural Networks" (2017): they keep mean 0 and variance 1."""


@register
class SELU(Kinked):
    """The ELU that normalises itself."""

    id = "selu"
    title = "SELU"
    common = False
    formula = r"z = \lambda\,x \;\text{if}\; x > 0,\; \lambda\,\alpha\,(e^x - 1) \;\text{otherwise}"
    help = (
        "An ELU whose two constants (λ = 1.0507, α = 1.6733) keep the mean of deep layers at 0 and their variance at 1."
    )
    rule = "SELU gates softly: the upstream gradient passes times λ where x > 0, times λ·α·eˣ where x ≤ 0."
    keywords = ("self-normalizing", "exponential", "linear", "unit", "activation")
    local = ("λ or λ·α·eˣ",)
    numpy_forward = f"{{z}} = {SELU_SCALE} * np.where({{x}} > 0, {{x}}, {SELU_ALPHA} * np.expm1(np.minimum({{x}}, 0)))"
    numpy_backward = (
        f"{{dx}} = {SELU_SCALE} * np.where({{x}} > 0, 1, {SELU_ALPHA} * np.exp(np.minimum({{x}}, 0))) * {{dz}}"
    )

    def expand(self, x: Expression) -> Expression:
        """An ELU times λ."""
        return x.formula.one("elu", x, alpha=SELU_ALPHA) * SELU_SCALE

    def forward(self, x: Array) -> Array:
        """Times λ where it is positive, λα(eˣ − 1) elsewhere."""
        self.x = x
        return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))

    def backward(self, dz: Array) -> Array:
        """λ × upstream where x > 0, λα·eˣ × upstream elsewhere."""
        return SELU_SCALE * np.where(self.x > 0, dz, SELU_ALPHA * np.exp(np.minimum(self.x, 0)) * dz)

    def kernels(self, k: Kernels) -> bool:
        """Calls shared with ELU."""
        bend(k, SELU_ALPHA, SELU_SCALE)
        return True


@register
class PReLU(Gate):
    """A leaky ReLU that learns its slope."""

    id = "prelu"
    title = "PReLU"
    category = Category.ACTIVATION
    common = False
    formula = r"z = \max(0, x) + a \cdot \min(0, x)"
    help = "A leaky ReLU that learns its slope a: one for all features, or one for each."
    rule = (
        "PReLU gates with a learned leak: upstream passes where x > 0, times a where x ≤ 0; "
        "the slope gets x × upstream, summed over all x ≤ 0 it was used for."
    )
    keywords = ("parametric", "rectified", "linear", "unit", "leaky", "learnable", "activation")
    inputs = (Port("x", "Numbers; features (or channels) lie along the second axis, behind the batch."),)
    weights = (Weight("a", "The slope where x ≤ 0.", start="start_a"),)
    params = MappingProxyType(
        {
            "per_feature": Param("bool", False, "Learn a slope for each feature (channel) instead of one for all."),
            "start_a": pin("a"),
        }
    )
    per_feature: bool

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        self.weight_shapes(x)
        return x

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """A scalar, or one slope for each feature."""
        (x,) = inputs
        if self.per_feature and not x:
            raise ShapeError(f"PReLU needs features to give each a slope, found {shape_text(x)}.")
        return ((x[1 if len(x) > 1 else 0],) if self.per_feature else (),)

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """A quarter."""
        return np.full(shape, 0.25)

    def expand(self, x: Expression, a: Expression) -> Expression:
        """What is positive, and a times the rest."""
        if self.per_feature and len(x.shape) > 2:
            a = a.formula.one("reshape", a, sizes="-1" + ", 1" * (len(x.shape) - 2), keep_batch=False)
        return x.formula.one("relu", x) + x.formula.one("min", x, 0.0) * a

    def forward(self, x: Array, a: Array) -> Array:
        """x where it is positive, a · x elsewhere; both are kept for the way back."""
        self.x, self.a = x, self._laid(a, x.ndim)
        return np.asarray(np.where(x > 0, x, self.a * x))

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Upstream or a × upstream; and x × upstream where a was used, summed for each slope."""
        share = np.minimum(self.x, 0) * dz
        return np.where(self.x > 0, dz, self.a * dz), np.asarray(share.sum(axis=self._summed(share.ndim)))

    def kernels(self, k: Kernels) -> bool:
        """Max and min of x and 0 lead to both halves; the slope's gradient is a sum of min(x, 0) × upstream."""
        (x, a), (dx, da) = k.x, k.dx
        laid, zero, low = self._laid(a, x.ndim), k.const(0), k.scratch_like(k.x[0])
        rest = k.scratch_like(x)
        k.ahead(np.minimum, x, zero, out=low)
        k.ahead(np.multiply, low, laid, out=rest)
        k.ahead(np.maximum, x, zero, out=k.z)
        k.ahead(np.add, k.z, rest, out=k.z)
        if da is not None:
            self._slope_back(k, low, rest, da)
        if dx is not None:
            k.back(np.greater, x, zero, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
            k.back(np.subtract, k.dz, dx, out=rest)
            k.back(np.multiply, rest, laid, out=rest)
            k.back(np.add, dx, rest, out=dx)
        return True

    def _slope_back(self, k: Kernels, low: Array, products: Array, da: Array) -> None:
        """One sum over all of memory, or one for each feature."""
        flat = in_memory_order(low), in_memory_order(k.dz)
        if da.ndim == 0 and flat[0] is not None and flat[1] is not None and low.strides == k.dz.strides:
            k.back(np.dot, *flat, da)
            return
        k.back(np.multiply, low, k.dz, out=products)
        axes = self._summed(low.ndim)
        k.back(np.add.reduce, products, axis=axes, out=da)

    def branch(self, x: Array, a: Array) -> Array:
        """Which side of 0 each entry lies on."""
        return np.asarray(x > 0)

    def caption(self) -> str:
        """That each feature has its own slope, where it has."""
        return "per feature" if self.per_feature else ""

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code for one slope or many."""
        return f"{{z}} = np.where({{x}} > 0, {{x}}, {self._laid_code()} * {{x}})"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code for one slope or many."""
        axes = "tuple(axis for axis in range({x}.ndim) if axis != min(1, {x}.ndim - 1))" if self.per_feature else "None"
        return (
            f"{{dx}} = np.where({{x}} > 0, {{dz}}, {self._laid_code()} * {{dz}})\n"
            f"{{da}} = np.sum(np.minimum({{x}}, 0) * {{dz}}, axis={axes})"
        )

    def _laid_code(self) -> str:
        return "{a}.reshape(-1, *(1,) * ({x}.ndim - 2))" if self.per_feature else "{a}"

    def _summed(self, rank: int) -> tuple[int, ...]:
        """The axes a slope's gradient is summed over."""
        return tuple(axis for axis in range(rank) if not (self.per_feature and axis == min(1, rank - 1)))

    def _laid(self, a: Array, rank: int) -> Array:
        """The slopes along the axis of features, to be broadcast."""
        return a.reshape(-1, *(1,) * (rank - 2)) if self.per_feature and rank > 2 else a


@register
class HardSigmoid(Activation):
    """A sigmoid made of three straight lines."""

    id = "hard_sigmoid"
    title = "Hard sigmoid"
    common = False
    formula = r"z = \min(1, \max(0, \frac{x + 3}{6}))"
    help = "A sigmoid made of three straight lines: 0 up to −3, 1 from 3 on, in between (x + 3)/6."
    rule = "Hard sigmoid gates: a sixth of the upstream gradient passes where −3 < x < 3, and none elsewhere."
    stops = "the hard sigmoid is saturated at {x}: outside −3 … 3 it is flat"
    keywords = ("logistic", "squash", "piecewise", "activation")
    local = ("[−3 < x < 3]/6",)
    numpy_forward = "{z} = np.clip(({x} + 3) / 6, 0, 1)"
    numpy_backward = "{dx} = {dz} / 6 * (np.abs({x}) < 3)"

    def expand(self, x: Expression) -> Expression:
        """(x + 3)/6, cut off at 1 and at 0."""
        return x.formula.one("max", 0.0, x.formula.one("min", 1.0, (x + 3) / 6))

    def forward(self, x: Array) -> Array:
        """The middle line, cut off at 0 and 1; where it is cut is kept for the way back."""
        self.inside = np.abs(x) < 3
        return np.clip((x + 3) / 6, 0, 1)

    def backward(self, dz: Array) -> Array:
        """A sixth of upstream on the middle line."""
        return dz / 6 * self.inside

    def kernels(self, k: Kernels) -> bool:
        """Four calls forward, four back."""
        x, z, dx, three, sixth = k.x[0], k.z, k.dx[0], k.const(3), k.const(1 / 6)
        k.ahead(np.add, x, three, out=z)
        k.ahead(np.multiply, z, sixth, out=z)
        k.ahead(np.maximum, z, k.const(0), out=z)
        k.ahead(np.minimum, z, k.const(1), out=z)
        if dx is not None:
            k.back(np.absolute, x, out=dx)
            k.back(np.less, dx, three, out=dx)
            k.back(np.multiply, dx, sixth, out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        return True

    def branch(self, x: Array) -> Array:
        """Which of the three lines each entry lies on."""
        return np.asarray(np.greater(x, -3).astype(int) + np.greater(x, 3))


STOPS, PASSES, PASSES_NEAR = "none", "everywhere", "where |x| ≤ 1"


@register
class Step(Activation):
    """1 where x > 0, else 0."""

    id = "step"
    title = "Step"
    common = False
    formula = r"z = 1 \;\text{if}\; x > 0,\; 0 \;\text{otherwise}"
    help = "1 where its input is positive, 0 elsewhere, at 0 as well."
    rule = (
        "Step stops: it is flat on both sides of its jump, so the gradient is 0. Straight through, the upstream "
        "gradient passes as if the step weren't there, which is no derivative but lets the network learn."
    )
    stops = "a step is flat on both sides of its jump"
    keywords = ("heaviside", "threshold", "perceptron", "binary", "straight-through", "estimator", "activation")
    params = MappingProxyType(
        {
            "straight_through": Param(
                "choice",
                STOPS,
                "Let the upstream gradient pass unchanged: nowhere, everywhere, or only where |x| ≤ 1.",
                choices=(STOPS, PASSES, PASSES_NEAR),
            )
        }
    )
    local = ("what passes",)
    numpy_forward = "{z} = np.heaviside({x}, 0)"

    straight_through: str

    def forward(self, x: Array) -> Array:
        """The step; x is kept for the way back."""
        self.x = x
        return np.asarray(np.heaviside(x, 0)).astype(np.result_type(x), copy=False)

    def backward(self, dz: Array) -> Array:
        """Nothing, or upstream as it is where it may pass."""
        if self.straight_through == PASSES:
            return dz
        return np.zeros_like(dz) if self.straight_through == STOPS else dz * (np.abs(self.x) <= 1)

    def kernels(self, k: Kernels) -> bool:
        """One call forward, up to three back."""
        (x,), (dx,) = k.x, k.dx
        k.ahead(np.heaviside, x, k.const(0), out=k.z)
        if dx is not None and self.straight_through == PASSES_NEAR:
            k.back(np.absolute, x, out=dx)
            k.back(np.less_equal, dx, k.const(1), out=dx)
            k.back(np.multiply, dx, k.dz, out=dx)
        elif dx is not None:
            k.back(np.copyto, dx, k.dz if self.straight_through == PASSES else k.const(0))
        return True

    def branch(self, x: Array) -> Array:
        """Which side of the jump each entry lies on; straight through every point is a kink, left out of checks."""
        return np.asarray(x > 0 if self.straight_through == STOPS else x)

    def caption(self) -> str:
        """That gradients pass, where they do."""
        return "" if self.straight_through == STOPS else "straight through"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code for the way gradients pass."""
        passed = {STOPS: "np.zeros_like({dz})", PASSES: "{dz}", PASSES_NEAR: "{dz} * (np.abs({x}) <= 1)"}
        return f"{{dx}} = {passed[self.straight_through]}"
