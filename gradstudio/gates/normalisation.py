"""Normalisation: activations brought to mean 0 and variance 1, and then to a scale and a shift that are learned."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Param, Port, Shape, Weight, shape_text
from gradstudio.gates.normalisation_kernels import ExampleNorm, FeatureNorm, lines, rows

EPSILON = Param("float", 1e-5, "Added to the variance, so that nothing is divided by 0.", title="ε", low=1e-12, high=1)
SCALE = Weight("gamma", "The scale γ, one for each feature; starts at 1.")
SHIFT = Weight("beta", "The shift β, one for each feature; starts at 0.")
_AXES = "(0, *range(2, {x}.ndim))"
_MEAN = "np.mean({}, axis=(0, *range(2, {{x}}.ndim)), keepdims=True)"
_ALONG = "{}.reshape(-1, *[1] * ({{x}}.ndim - 2))"
_COUNT = "({x}.size // {x}.shape[1])"
"""Exported code: the axes of batch and pixels, a mean over them, a number for each feature brought beside x, and how
many entries a feature has."""


@register
class BatchNorm(Gate):
    """Each feature (or channel) normalised over the batch.

    While training, mean and variance are those of the batch, and gradients flow through them; running means of both are
    kept, and stand in for them while evaluating.
    """

    id = "batch_norm"
    title = "BatchNorm"
    category = Category.LAYER
    formula = r"z = \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"
    help = (
        "Brings each feature (N×D) or channel (N×C×H×W) to mean 0 and variance 1 over the batch, then scales and "
        "shifts it. While evaluating, running averages take the place of the batch's."
    )
    rule = (
        "BatchNorm centres: dx is γ/√(σ²+ε) × (upstream less its mean, less x̂ times the mean of x̂ × upstream); "
        "γ gets the sum of x̂ × upstream, β the sum of upstream. While evaluating, dx is γ/√(σ²+ε) × upstream."
    )
    keywords = ("batch normalisation", "batch normalization", "batchnorm", "layer", "standardise", "running mean")
    names = ("norm",)
    inputs = (Port("x", "Features (N×D) or images (N×C×H×W)."),)
    weights = (
        SCALE,
        SHIFT,
        Weight("running_mean", "Mean of each feature over the batches seen, used while evaluating.", learned=False),
        Weight("running_var", "Variance of each feature over the batches seen, likewise.", learned=False),
    )
    params = MappingProxyType(
        {
            "momentum": Param(
                "float", 0.9, "How much of the running averages is kept at each step; the rest is new.", low=0, high=1
            ),
            "epsilon": EPSILON,
        }
    )
    numpy_forward = (
        f"{{z}} = {{x}} - ({_MEAN.format('{x}')} if {{training}} else {_ALONG.format('{running_mean}')})\n"
        f"{{z}} = {{z}} / np.sqrt(({_MEAN.format('{z} ** 2')} if {{training}} else {_ALONG.format('{running_var}')})"
        " + {epsilon})\n"
        f"{{z}} = {{z}} * {_ALONG.format('{gamma}')} + {_ALONG.format('{beta}')}"
    )
    numpy_backward = (
        f"{{dgamma}} = {{x}} - ({_MEAN.format('{x}')} if {{training}} else {_ALONG.format('{running_mean}')})\n"
        f"{{dbeta}} = {_MEAN.format('{dgamma} ** 2')} if {{training}} else {_ALONG.format('{running_var}')}\n"
        "{dbeta} = 1 / np.sqrt({dbeta} + {epsilon})\n"
        "{dgamma} = {dgamma} * {dbeta}\n"
        f"{{dx}} = {_MEAN.format('{dz}')} + {{dgamma}} * {_MEAN.format('{dgamma} * {dz}')} if {{training}} else 0\n"
        f"{{dx}} = ({{dz}} - {{dx}}) * {{dbeta}} * {_ALONG.format('{gamma}')}\n"
        f"{{dgamma}} = np.sum({{dgamma}} * {{dz}}, axis={_AXES})\n"
        f"{{dbeta}} = np.sum({{dz}}, axis={_AXES})"
    )
    numpy_advance = (
        "{running_mean} = {momentum} * {running_mean} + (1 - {momentum}) * "
        f"np.mean({{x}}, axis={_AXES})\n"
        "{running_var} = {momentum} * {running_var} + (1 - {momentum}) * "
        f"np.var({{x}}, axis={_AXES}) * ({_COUNT} / max({_COUNT} - 1, 1))"
    )

    momentum: float
    epsilon: float

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        self.weight_shapes(x)
        return x

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """One number for each feature, in each of the four."""
        (x,) = inputs
        if len(x) not in (2, 4) or 0 in x:
            raise ShapeError(
                f"BatchNorm needs a batch of features (N×D) or images (N×C×H×W), with at least one of each, "
                f"found {shape_text(x)}."
            )
        return ((x[1],),) * 4

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """Scale and running variance start at 1, the others at 0."""
        return np.ones(shape) if weight in ("gamma", "running_var") else np.zeros(shape)

    def expand(self, x: Expression, gamma: Expression, beta: Expression, *state: Expression) -> Expression:
        """Mean and variance of the batch, as in training; the running ones aren't used."""
        if len(x.shape) == 2:
            return _normalised(x, self.epsilon, axis=0) * gamma + beta
        scale, shift = (w.formula.one("reshape", w, sizes="-1, 1, 1", keep_batch=False) for w in (gamma, beta))
        return _normalised(x, self.epsilon, axes="0, 2, 3") * scale + shift

    def forward(self, x: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array) -> Array:
        """The normalised features x̂, scaled and shifted; x̂ and 1/√(σ²+ε) are kept for the way back."""
        self.axes, self.trained = (0, *range(2, x.ndim)), self.mode.training
        if self.trained:
            self.mean = x.mean(axis=self.axes)
            centred = x - _along(self.mean, x)
            self.var = np.mean(centred * centred, axis=self.axes)
            self.count = x.size // x.shape[1]
        else:
            centred = x - _along(running_mean, x)
        self.gamma = gamma
        self.inverse = 1 / np.sqrt((self.var if self.trained else running_var) + self.epsilon)
        self.normal = centred * _along(self.inverse, x)
        return np.asarray(self.normal * _along(gamma, x) + _along(beta, x))

    def backward(self, dz: Array) -> tuple[Array | None, ...]:
        """The batch's mean and variance depend on every entry of x: what flows through them is taken off."""
        dgamma, dbeta = np.sum(self.normal * dz, axis=self.axes), np.sum(dz, axis=self.axes)
        dx = dz
        if self.trained:
            dx = dz - (_along(dbeta, dz) + self.normal * _along(dgamma, dz)) / self.count
        return dx * _along(self.gamma * self.inverse, dz), dgamma, dbeta, None, None

    def kernels(self, k: Kernels) -> bool:
        """Where a feature's entries can be gone through in lines; what `advance` needs lies in the calls' arrays."""
        seen = lines(k)
        if seen is None:
            return False
        norm = FeatureNorm(k, seen, self.mode, self.epsilon)
        norm.emit()
        self.mean, self.var, self.count = norm.mean, norm.var, norm.count
        return True

    def advance(self, *weights: Array) -> None:
        """Running averages: a share `momentum` of the old, the rest new (the variance unbiased, ÷ n − 1)."""
        _, _, running_mean, running_var = weights
        unbiased = self.var * (self.count / max(self.count - 1, 1))
        for running, new in ((running_mean, self.mean), (running_var, unbiased)):
            running[...] = self.momentum * running + (1 - self.momentum) * new


@register
class LayerNorm(Gate):
    """The features of each example normalised, whatever the batch."""

    id = "layer_norm"
    title = "LayerNorm"
    category = Category.LAYER
    common = False
    formula = r"z = \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"
    help = (
        "Brings the features of each example (the last axis) to mean 0 and variance 1, then scales and shifts each. "
        "Nothing depends on the batch, so training and evaluating are the same."
    )
    rule = (
        "LayerNorm centres: dx is 1/√(σ²+ε) × (g less its mean, less x̂ times the mean of x̂ × g) with g = γ × upstream; "
        "γ gets the sum of x̂ × upstream, β the sum of upstream."
    )
    keywords = ("layer normalisation", "layer normalization", "layernorm", "standardise", "transformer", "attention")
    names = ("norm",)
    inputs = (Port("x", "Features along the last axis."),)
    weights = (SCALE, SHIFT)
    params = MappingProxyType({"epsilon": EPSILON})
    numpy_forward = (
        "{z} = {x} - np.mean({x}, axis=-1, keepdims=True)\n"
        "{z} = {z} / np.sqrt(np.mean({z} ** 2, axis=-1, keepdims=True) + {epsilon})\n"
        "{z} = {z} * {gamma} + {beta}"
    )
    numpy_backward = (
        "{dgamma} = {x} - np.mean({x}, axis=-1, keepdims=True)\n"
        "{dbeta} = 1 / np.sqrt(np.mean({dgamma} ** 2, axis=-1, keepdims=True) + {epsilon})\n"
        "{dgamma} = {dgamma} * {dbeta}\n"
        "{dx} = {dz} * {gamma}\n"
        "{dx} = {dx} - np.mean({dx}, axis=-1, keepdims=True) - "
        "{dgamma} * np.mean({dgamma} * {dx}, axis=-1, keepdims=True)\n"
        "{dx} = {dx} * {dbeta}\n"
        "{dgamma} = np.sum({dgamma} * {dz}, axis=tuple(range({x}.ndim - 1)))\n"
        "{dbeta} = np.sum({dz}, axis=tuple(range({x}.ndim - 1)))"
    )

    epsilon: float

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        self.weight_shapes(x)
        return x

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """A scale and a shift for each feature."""
        (x,) = inputs
        if not x or not x[-1]:
            raise ShapeError(f"LayerNorm needs features along the last axis, found {shape_text(x)}.")
        return (x[-1:], x[-1:])

    def start(self, weight: str, shape: Shape, rng: np.random.Generator) -> Array:
        """The scale starts at 1, the shift at 0."""
        return np.ones(shape) if weight == "gamma" else np.zeros(shape)

    def expand(self, x: Expression, gamma: Expression, beta: Expression) -> Expression:
        """Mean and variance of each example."""
        return _normalised(x, self.epsilon, axis=-1) * gamma + beta

    def forward(self, x: Array, gamma: Array, beta: Array) -> Array:
        """The normalised features x̂, scaled and shifted; x̂ and 1/√(σ²+ε) are kept for the way back."""
        centred = x - x.mean(axis=-1, keepdims=True)
        self.inverse = 1 / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + self.epsilon)
        self.normal, self.gamma = centred * self.inverse, gamma
        return np.asarray(self.normal * gamma + beta)

    def backward(self, dz: Array) -> tuple[Array, Array, Array]:
        """Mean and variance depend on every feature: what flows through them is taken off."""
        given, batch = dz * self.gamma, tuple(range(dz.ndim - 1))
        through = given.mean(axis=-1, keepdims=True) + self.normal * np.mean(
            self.normal * given, axis=-1, keepdims=True
        )
        return (given - through) * self.inverse, np.sum(self.normal * dz, axis=batch), np.sum(dz, axis=batch)

    def kernels(self, k: Kernels) -> bool:
        """Where all examples can be seen as the rows of one matrix."""
        x, z, dz, dx = (None if array is None else rows(array) for array in (k.x[0], k.z, k.dz, k.dx[0]))
        if x is None or z is None or dz is None or (dx is None and k.dx[0] is not None):
            return False
        norm = ExampleNorm(k, x, self.epsilon)
        norm.ahead(z)
        norm.back(dz, dx)
        return True


def _along(feature: Array, x: Array) -> Array:
    """One number for each feature, in a shape that broadcasts along the second axis of x."""
    return feature.reshape(-1, *[1] * (x.ndim - 2))


def _normalised(x: Expression, epsilon: float, **along: int | str) -> Expression:
    """The entries less their mean, over their deviation, along an axis or several."""
    formula = x.formula
    distance = x - formula.one("mean", x, **along, keepdims=True)
    variance = formula.one("mean", formula.one("square", distance), **along, keepdims=True)
    return distance / formula.one("sqrt", variance + epsilon)
