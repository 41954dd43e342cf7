"""Losses of predictions held against targets of the same shape: regression, and yes or no."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Category, Kernels, Param, Port, Shape, shape_text
from gradstudio.gates.common import Explained, number, scratch_like

REDUCTION = Param("choice", "mean", "Average over all entries, or add them up (n = 1 above).", choices=("mean", "sum"))


class Paired(Explained):
    """A loss of the entries of two arrays of one shape, averaged or added up.

    A subclass defines `losses`, what each entry costs, and `slopes`, its derivative by both inputs.
    """

    category = Category.LOSS
    names = ("data_loss",)
    inputs = (Port("prediction", "What the network says."), Port("target", "What it should say."))
    outputs = (Port("loss", "The loss of the batch."),)
    params: ClassVar[MappingProxyType[str, Param]] = MappingProxyType({"reduction": REDUCTION})

    reduction: str

    def shape(self, prediction: Shape, target: Shape) -> Shape:
        """A scalar."""
        one, other = (port.name for port in self.inputs)
        if prediction != target:
            raise ShapeError(
                f"{self.title} needs {one} and {other} of one shape; "
                f"{one} is {shape_text(prediction)} and {other} {shape_text(target)}."
            )
        if 0 in prediction:
            raise ShapeError(f"{self.title} needs at least one entry, found {shape_text(prediction)}.")
        return ()

    def losses(self, prediction: Array, target: Array) -> Array:
        """What each entry costs."""
        raise NotImplementedError

    def slopes(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """Derivative of each entry's cost by prediction and target."""
        raise NotImplementedError

    def forward(self, prediction: Array, target: Array) -> Array:
        """What the entries cost, averaged or added up."""
        self.pair = prediction, target
        return np.asarray(self.share(prediction) * np.sum(self.losses(prediction, target)))

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Slopes ÷ n × upstream."""
        one, other = self.slopes(*self.pair)
        scale = self.share(one) * dz
        return scale * one, scale * other

    def caption(self) -> str:
        """That it is summed, where it is."""
        return "" if self.reduction == "mean" else "summed"

    def share(self, entries: Array) -> float:
        """What one entry's cost counts."""
        return 1 / np.size(entries) if self.reduction == "mean" else 1.0

    def total_ahead(self, k: Kernels, losses: Array, factor: float = 1.0) -> None:
        """Add to the forward pass that what the entries cost is added up."""
        k.ahead(np.add.reduce, losses, axis=None, out=k.z)
        k.ahead(np.multiply, k.z, k.const(factor * self.share(losses)), out=k.z)

    def scaled_back(self, k: Kernels, position: int, slopes: Array, factor: float = 1.0) -> None:
        """Add to the backward pass one input's gradient, if it is wanted: slopes × factor ÷ n × upstream."""
        scale, dx = k.const(factor * self.share(slopes)), k.dx[position]
        if dx is None:
            return
        if not k.seeded:
            share, scale = scale, k.scratch(())
            k.back(np.multiply, k.dz, share, out=scale)
        k.back(np.multiply, slopes, scale, out=dx)


class Difference(Paired):
    """A loss of the differences prediction − target."""

    def slopes(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """That by the target is the other's negative."""
        slope = self.slope(prediction - target)
        return slope, -slope

    def slope(self, difference: Array) -> Array:
        """Derivative of each entry's cost by its difference."""
        raise NotImplementedError

    def difference_ahead(self, k: Kernels) -> Array:
        """The differences; their subtraction is added to the forward pass."""
        made = scratch_like(k, k.x[0])
        k.ahead(np.subtract, *k.x, out=made)
        return made

    def both_back(self, k: Kernels, slopes: Array, factor: float = 1.0) -> None:
        """Add to the backward pass the gradients that are wanted, of which one is the other's negative."""
        self.scaled_back(k, 0, slopes, factor)
        self.scaled_back(k, 1, slopes, -factor)


@register
class BinaryCrossEntropy(Paired):
    """Sigmoid and the negative logarithm of the true answer's probability in one gate."""

    id = "binary_cross_entropy"
    title = "Binary cross-entropy"
    formula = r"L = -\frac{1}{n} \sum_i t_i \ln \sigma(s_i) + (1 - t_i) \ln(1 - \sigma(s_i))"
    help = "Turns scores into probabilities of yes and punishes a low probability of the true answer (0 or 1)."
    rule = "Binary cross-entropy compares: the scores' gradient is (σ(s) − target) ÷ n × the upstream one."
    keywords = ("bce", "logits", "log loss", "logistic", "sigmoid", "yes or no", "multi-label", "classifier", "loss")
    inputs = (
        Port("scores", "A score for each question: positive where yes is likelier (before the sigmoid)."),
        Port("target", "The true answers: 1 for yes, 0 for no, or a probability."),
    )
    local = ("σ(scores) − target", "−scores")
    numpy_forward = (
        "{loss} = np.{reduction}(np.maximum({scores}, 0) - {scores} * {target} + np.log1p(np.exp(-np.abs({scores}))))"
    )
    numpy_backward = (
        "{dtarget} = {dloss} * np.{reduction}(np.ones(np.shape({scores}))) / np.size({scores})\n"
        "{dscores} = np.exp(-np.abs({scores}))\n"
        "{dscores} = (np.where({scores} >= 0, 1, {dscores}) / (1 + {dscores}) - {target}) * {dtarget}\n"
        "{dtarget} = -{scores} * {dtarget}"
    )

    def expand(self, prediction: Expression, target: Expression) -> Expression:
        """Softplus(s) − s · t, averaged or added up: ln(1 + eˢ) is −ln(1 − σ(s)), and s · t what a yes takes off it."""
        formula = prediction.formula
        return formula.one(self.reduction, formula.one("softplus", prediction) - prediction * target)

    def losses(self, prediction: Array, target: Array) -> Array:
        """ln(1 + eˢ) − s · t, written so that nothing overflows."""
        return np.asarray(np.maximum(prediction, 0) - prediction * target + np.log1p(np.exp(-np.abs(prediction))))

    def slopes(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """σ(s) − t and −s."""
        small = np.exp(-np.abs(prediction))
        return np.where(prediction >= 0, 1, small) / (1 + small) - target, -prediction

    def kernels(self, k: Kernels) -> bool:
        """With e = exp(−|s|), from which both the cost and the sigmoid come."""
        scores, target = k.x
        e, log, cost = (scratch_like(k, scores) for _ in range(3))
        k.ahead(np.absolute, scores, out=e)
        k.ahead(np.negative, e, out=e)
        k.ahead(np.exp, e, out=e)
        k.ahead(np.log1p, e, out=log)
        k.ahead(np.multiply, scores, target, out=cost)
        k.ahead(np.subtract, log, cost, out=cost)
        k.ahead(np.maximum, scores, k.const(0), out=log)
        k.ahead(np.add, cost, log, out=cost)
        self.total_ahead(k, cost)
        if k.dx[0] is not None:
            self._scores_back(k, e)
        self.scaled_back(k, 1, scores, -1)
        return True

    def _scores_back(self, k: Kernels, e: Array) -> None:
        """Where s ≥ 0 the sigmoid is 1 ÷ (1 + e), elsewhere e ÷ (1 + e): of both the one on the right side of ½."""
        scores, target = k.x
        yes, no, positive = scratch_like(k, scores), scratch_like(k, scores), scratch_like(k, scores, np.bool_)
        k.back(np.add, e, k.const(1), out=no)
        k.back(np.reciprocal, no, out=yes)
        k.back(np.multiply, e, yes, out=no)
        k.back(np.greater_equal, scores, k.const(0), out=positive)
        k.back(np.copyto, no, yes, where=positive)
        k.back(np.subtract, no, target, out=no)
        self.scaled_back(k, 0, no)


@register
class MeanSquaredError(Difference):
    """The squared difference between prediction and target, averaged or added up."""

    id = "mean_squared_error"
    title = "Mean squared error"
    formula = r"L = \frac{1}{n} \sum_i (p_i - t_i)^2"
    help = "The squared difference between prediction and target, averaged over all entries (or added up)."
    rule = "Squared error pulls: the prediction's gradient is 2 · (prediction − target) ÷ n × the upstream one."
    stops = "prediction and target are equal"
    keywords = ("mse", "l2 loss", "regression", "squared", "quadratic", "sum of squares", "loss")
    local = ("2·(prediction − target)", "−2·(prediction − target)")
    numpy_forward = "{loss} = np.{reduction}(({prediction} - {target}) ** 2)"
    numpy_backward = (
        "{dprediction} = 2 * ({prediction} - {target}) * {dloss} * np.{reduction}(np.ones(np.shape({target})))\n"
        "{dprediction} = {dprediction} / np.size({target})\n"
        "{dtarget} = -{dprediction}"
    )

    def expand(self, prediction: Expression, target: Expression) -> Expression:
        """The squares of the differences, averaged or added up."""
        formula = prediction.formula
        return formula.one(self.reduction, formula.one("square", prediction - target))

    def losses(self, prediction: Array, target: Array) -> Array:
        """Squares of the differences."""
        return np.asarray((prediction - target) ** 2)

    def slope(self, difference: Array) -> Array:
        """Twice the difference."""
        return 2 * difference

    def kernels(self, k: Kernels) -> bool:
        """The difference and its dot product with itself; back one call and a scalar for each wanted gradient."""
        difference = self.difference_ahead(k)
        flat = difference.ravel(order="K")
        k.ahead(np.dot, flat, flat, k.z)
        if self.share(flat) != 1:
            k.ahead(np.multiply, k.z, k.const(self.share(flat)), out=k.z)
        self.both_back(k, difference, 2)
        return True


@register
class MeanAbsoluteError(Difference):
    """The size of the difference between prediction and target, averaged or added up."""

    id = "mean_absolute_error"
    title = "Mean absolute error"
    common = False
    formula = r"L = \frac{1}{n} \sum_i |p_i - t_i|"
    help = "The distance between prediction and target, averaged over all entries (or added up): outliers count little."
    rule = "Absolute error pulls with the same force from afar and near: ±1 ÷ n × the upstream gradient, 0 on target."
    keywords = ("mae", "l1 loss", "regression", "absolute", "robust", "median", "loss")
    local = ("sign(prediction − target)", "−sign(prediction − target)")
    numpy_forward = "{loss} = np.{reduction}(np.abs({prediction} - {target}))"
    numpy_backward = (
        "{dprediction} = np.sign({prediction} - {target}) * {dloss} * np.{reduction}(np.ones(np.shape({target})))\n"
        "{dprediction} = {dprediction} / np.size({target})\n"
        "{dtarget} = -{dprediction}"
    )

    def expand(self, prediction: Expression, target: Expression) -> Expression:
        """The sizes of the differences, averaged or added up."""
        formula = prediction.formula
        return formula.one(self.reduction, formula.one("abs", prediction - target))

    def losses(self, prediction: Array, target: Array) -> Array:
        """Sizes of the differences."""
        return np.asarray(np.abs(prediction - target))

    def slope(self, difference: Array) -> Array:
        """The sign of the difference."""
        return np.asarray(np.sign(difference))

    def branch(self, prediction: Array, target: Array) -> Array:
        """On which side of the target a prediction lies."""
        return np.asarray(prediction > target)

    def kernels(self, k: Kernels) -> bool:
        """The difference, its size and its sign."""
        difference = self.difference_ahead(k)
        size = scratch_like(k, difference)
        k.ahead(np.absolute, difference, out=size)
        self.total_ahead(k, size)
        if any(dx is not None for dx in k.dx):
            sign = scratch_like(k, difference)
            k.back(np.sign, difference, out=sign)
            self.both_back(k, sign)
        return True


@register
class Huber(Difference):
    """Half the squared difference where it is small, and from δ on a straight line."""

    id = "huber"
    title = "Huber"
    common = False
    formula = (
        r"L = \frac{1}{n} \sum_i h(p_i - t_i), \quad "
        r"h(d) = d^2 / 2 \ \mathrm{for}\ |d| \le \delta,\ \ \delta\,(|d| - \delta / 2) \ \mathrm{beyond}"
    )
    help = "Squared error near the target and absolute error far from it: smooth, but not ruled by outliers."
    rule = "Huber pulls: the gradient is the difference, at most δ either way, ÷ n × the upstream one."
    keywords = ("smooth l1", "robust", "regression", "outlier", "loss")
    params = MappingProxyType(
        {
            "delta": Param("float", 1.0, "From which difference on the loss is a line.", title="δ", low=1e-9, high=1e9),
            "reduction": REDUCTION,
        }
    )
    local = ("clip(prediction − target, ±δ)", "−clip(prediction − target, ±δ)")
    numpy_forward = (
        "{loss} = np.clip({prediction} - {target}, -{delta}, {delta})\n"
        "{loss} = np.{reduction}({loss} * ({prediction} - {target} - {loss} / 2))"
    )
    numpy_backward = (
        "{dprediction} = np.clip({prediction} - {target}, -{delta}, {delta}) * {dloss}\n"
        "{dprediction} = {dprediction} * np.{reduction}(np.ones(np.shape({target}))) / np.size({target})\n"
        "{dtarget} = -{dprediction}"
    )

    delta: float

    def expand(self, prediction: Expression, target: Expression) -> Expression:
        """With c the difference d clipped to ±δ: c · (d − c/2), averaged or added up."""
        formula, difference = prediction.formula, prediction - target
        clipped = formula.one("clip", difference, low=-self.delta, high=self.delta)
        return formula.one(self.reduction, clipped * (difference - clipped / 2))

    def losses(self, prediction: Array, target: Array) -> Array:
        """With c the difference clipped to ±δ: c · (d − c/2), which is both branches in one."""
        difference = prediction - target
        clipped = self.slope(difference)
        return np.asarray(clipped * (difference - clipped / 2))

    def slope(self, difference: Array) -> Array:
        """The difference clipped to ±δ."""
        return np.asarray(np.clip(difference, -self.delta, self.delta))

    def branch(self, prediction: Array, target: Array) -> Array:
        """Whether a difference is small, large or large the other way."""
        difference = prediction - target
        return np.asarray((difference > self.delta).astype(np.int8) - (difference < -self.delta))

    def kernels(self, k: Kernels) -> bool:
        """The clipped difference is the slope, and gives the cost too."""
        difference = self.difference_ahead(k)
        clipped, cost = scratch_like(k, difference), scratch_like(k, difference)
        k.ahead(np.minimum, difference, k.const(self.delta), out=clipped)
        k.ahead(np.maximum, clipped, k.const(-self.delta), out=clipped)
        k.ahead(np.multiply, clipped, k.const(0.5), out=cost)
        k.ahead(np.subtract, difference, cost, out=cost)
        k.ahead(np.multiply, cost, clipped, out=cost)
        self.total_ahead(k, cost)
        self.both_back(k, clipped)
        return True

    def caption(self) -> str:
        """δ, and that it is summed, where it is."""
        return ", ".join(filter(None, (f"δ = {number(self.delta)}", super().caption())))
