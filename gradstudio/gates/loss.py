"""Losses: one number for how wrong the predictions of a batch are."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import GraphError, ShapeError
from gradstudio.engine.gate import Array, Category, Gate, Kernels, Kind, Param, Port, Shape, shape_text
from gradstudio.gates.common import Explained, number

TRANSPOSED_UP_TO = 64
"""Classes up to which reducing over the first axis of a transposed copy beats reducing over the last (numpy 2.4)."""


class Classification(Gate):
    """A loss of class scores held against true labels: the mean over the batch."""

    category = Category.LOSS
    inputs = (
        Port("scores", "A score for each class, one row per example (N×C), or one such row."),
        Port("labels", "The true class of each example, from 0.", kind=Kind.LABELS),
    )
    outputs = (Port("loss", "The mean loss of the batch."),)

    def shape(self, scores: Shape, labels: Shape) -> Shape:
        """A scalar."""
        if not 1 <= len(scores) <= 2 or 0 in scores:
            raise ShapeError(f"{self.title} needs scores for each class (N×C or C), found {shape_text(scores)}.")
        if labels != scores[:-1]:
            raise ShapeError(
                f"{self.title} needs one label for each row of scores; "
                f"scores are {shape_text(scores)} and labels {shape_text(labels)}."
            )
        return ()


@register
class SoftmaxCrossEntropy(Classification):
    """Softmax and the negative logarithm of the true class's probability in one gate."""

    id = "softmax_cross_entropy"
    title = "Softmax + cross-entropy"
    names = ("data_loss",)
    formula = r"L = -\frac{1}{N} \sum_i \ln \frac{e^{s_{i,y_i}}}{\sum_j e^{s_{i,j}}}"
    help = "Turns scores into probabilities and punishes a low probability of the true class."
    rule = "Softmax + cross-entropy compares: the scores' gradient is (p − 1 at the true class) ÷ N × the upstream one."
    keywords = ("log loss", "classifier", "probability", "nll", "logits", "loss")
    numpy_forward = (
        "{loss} = {scores} - np.max({scores}, axis=-1, keepdims=True)\n"
        "{loss} = {loss} - np.log(np.sum(np.exp({loss}), axis=-1, keepdims=True))\n"
        "{loss} = -np.mean(np.take_along_axis({loss}, np.expand_dims({labels}, -1), axis=-1))"
    )
    numpy_backward = (
        "{dscores} = np.exp({scores} - np.max({scores}, axis=-1, keepdims=True))\n"
        "{dscores} = {dscores} / np.sum({dscores}, axis=-1, keepdims=True)\n"
        "{dscores} = {dscores} - (np.arange({scores}.shape[-1]) == np.expand_dims({labels}, -1))\n"
        "{dscores} = {dscores} * {dloss} / np.size({labels})"
    )

    def forward(self, scores: Array, labels: Array) -> Array:
        """−ln p of the true class, averaged; the largest score is subtracted first so that nothing overflows."""
        labels = refuse_labels(labels, scores.shape[-1])
        self.true, self.count = true_class(scores, labels), labels.size
        shifted = scores - scores.max(axis=-1, keepdims=True)
        exponentials = np.exp(shifted)
        total = exponentials.sum(axis=-1, keepdims=True)
        self.p = exponentials / total
        return np.asarray(np.mean(np.log(total[..., 0]) - shifted[self.true]))

    def backward(self, dz: Array) -> tuple[Array, None]:
        """p, less 1 at the true class, ÷ N × upstream."""
        return (self.p - self.true) * (dz / self.count), None

    def kernels(self, k: Kernels) -> bool:
        """Softmax, loss and gradient fused, in the layout that reduces faster."""
        scores, labels = k.x[0], k.x[1]
        if scores.ndim != 2 or labels.dtype != np.int64:
            return False
        count, classes = scores.shape
        fused = FusedSoftmax(k, count, classes)
        k.ahead(refuse_labels, labels, classes)
        fused.forward(scores, labels)
        if k.dx[0] is not None:
            fused.backward(k.dx[0], labels)
        return True


@register
class SVMHinge(Classification):
    """Weston and Watkins' multiclass hinge."""

    id = "svm_hinge"
    title = "SVM hinge"
    names = ("data_loss",)
    formula = r"L = \frac{1}{N} \sum_i \sum_{j \ne y_i} \max(0,\; s_{i,j} - s_{i,y_i} + \Delta)"
    help = "Punishes every wrong class whose score comes closer to the true one's than a margin (Weston-Watkins)."
    rule = (
        "SVM hinge routes: every class over the margin gets the upstream gradient ÷ N, the true class minus their sum; "
        "exactly on the margin counts as inside, with gradient 0."
    )
    keywords = ("multiclass", "margin", "support vector", "weston watkins", "classifier", "loss")
    params = MappingProxyType(
        {"margin": Param("float", 1.0, "How far the true class must lead.", title="margin Δ", low=0, high=1e6)}
    )
    numpy_forward = (
        "{loss} = {scores} - np.take_along_axis({scores}, np.expand_dims({labels}, -1), axis=-1) + {margin}\n"
        "{loss} = np.maximum({loss}, 0) * (np.arange({scores}.shape[-1]) != np.expand_dims({labels}, -1))\n"
        "{loss} = np.sum({loss}) / np.size({labels})"
    )
    numpy_backward = (
        "{dscores} = {scores} - np.take_along_axis({scores}, np.expand_dims({labels}, -1), axis=-1) + {margin}\n"
        "{dscores} = ({dscores} > 0) * 1.0 * (np.arange({scores}.shape[-1]) != np.expand_dims({labels}, -1))\n"
        "{dscores} = {dscores} - np.sum({dscores}, axis=-1, keepdims=True) * "
        "(np.arange({scores}.shape[-1]) == np.expand_dims({labels}, -1))\n"
        "{dscores} = {dscores} * {dloss} / np.size({labels})"
    )

    margin: float

    def forward(self, scores: Array, labels: Array) -> Array:
        """The margins violated, added up over the wrong classes and averaged over the batch."""
        labels = refuse_labels(labels, scores.shape[-1])
        self.true, self.count = true_class(scores, labels), labels.size
        excess = np.maximum(self._margins(scores, self.true), 0) * ~self.true
        self.over = (excess > 0).astype(scores.dtype)
        return np.asarray(excess.sum() / self.count)

    def backward(self, dz: Array) -> tuple[Array, None]:
        """Upstream ÷ N to each violator, minus their number to the true class."""
        losers = self.over.sum(axis=-1, keepdims=True) * self.true
        return (self.over - losers) * (dz / self.count), None

    def branch(self, scores: Array, labels: Array) -> Array:
        """Which classes are over the margin."""
        true = true_class(scores, refuse_labels(labels, scores.shape[-1]))
        return np.asarray((self._margins(scores, true) > 0) & ~true)

    def caption(self) -> str:
        """The margin, where it isn't 1."""
        return "" if self.margin == 1 else f"Δ = {number(self.margin)}"

    def _margins(self, scores: Array, true: Array) -> Array:
        return np.asarray(scores - scores[true].reshape(*scores.shape[:-1], 1) + self.margin)


@register
class MeanSquaredError(Explained):
    """The squared difference between prediction and target, averaged or added up."""

    id = "mean_squared_error"
    title = "Mean squared error"
    names = ("data_loss",)
    category = Category.LOSS
    formula = r"L = \frac{1}{n} \sum_i (p_i - t_i)^2"
    help = "The squared difference between prediction and target, averaged over all entries (or added up)."
    rule = "Squared error pulls: the prediction's gradient is 2 · (prediction − target) ÷ n × the upstream one."
    keywords = ("mse", "l2 loss", "regression", "squared", "quadratic", "sum of squares", "loss")
    inputs = (Port("prediction", "What the network says."), Port("target", "What it should say."))
    outputs = (Port("loss", "The loss of the batch."),)
    params = MappingProxyType(
        {
            "reduction": Param(
                "choice", "mean", "Average over all entries, or add them up (n = 1 above).", choices=("mean", "sum")
            )
        }
    )
    local = ("2·(prediction − target)", "−2·(prediction − target)")
    numpy_forward = "{loss} = np.{reduction}(({prediction} - {target}) ** 2)"
    numpy_backward = (
        "{dprediction} = 2 * ({prediction} - {target}) * {dloss} * np.{reduction}(np.ones(np.shape({target})))\n"
        "{dprediction} = {dprediction} / np.size({target})\n"
        "{dtarget} = -{dprediction}"
    )

    reduction: str

    def shape(self, prediction: Shape, target: Shape) -> Shape:
        """A scalar."""
        if prediction != target:
            raise ShapeError(
                "Mean squared error needs prediction and target of one shape; "
                f"prediction is {shape_text(prediction)} and target {shape_text(target)}."
            )
        if 0 in prediction:
            raise ShapeError(f"Mean squared error needs at least one entry, found {shape_text(prediction)}.")
        return ()

    def forward(self, prediction: Array, target: Array) -> Array:
        """The squares of the differences, averaged or added up."""
        self.difference = prediction - target
        return np.asarray(self._share(prediction) * np.sum(self.difference * self.difference))

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """2 · difference ÷ n × upstream, and its negative."""
        dprediction = 2 * self._share(self.difference) * dz * self.difference
        return dprediction, -dprediction

    def kernels(self, k: Kernels) -> bool:
        """Four calls forward; a scalar and one call for each wanted gradient back."""
        share, scale = self._share(k.x[0]), k.scratch(())
        difference, squares = k.scratch(k.x[0].shape), k.scratch(k.x[0].shape)
        k.ahead(np.subtract, *k.x, out=difference)
        k.ahead(np.square, difference, out=squares)
        k.ahead(np.add.reduce, squares, axis=None, out=k.z)
        k.ahead(np.multiply, k.z, k.const(share), out=k.z)
        for dx, factor in zip(k.dx, (2 * share, -2 * share), strict=True):
            if dx is not None:
                k.back(np.multiply, k.dz, k.const(factor), out=scale)
                k.back(np.multiply, difference, scale, out=dx)
        return True

    def caption(self) -> str:
        """That it is summed, where it is."""
        return "" if self.reduction == "mean" else "summed"

    def _share(self, entries: Array) -> float:
        """What one squared difference counts."""
        return 1 / np.size(entries) if self.reduction == "mean" else 1.0


class FusedSoftmax:
    """Calls that compute probabilities, loss and gradient of a batch in place.

    Few classes are laid out classes × examples: adding up rows is many times faster than adding up within short ones.
    """

    def __init__(self, k: Kernels, count: int, classes: int) -> None:
        self.k, self.count, self.classes = k, count, classes
        self.flipped = classes <= TRANSPOSED_UP_TO
        self.axis = 0 if self.flipped else 1
        shape, line = ((classes, count), (1, count)) if self.flipped else ((count, classes), (count, 1))
        self.p = k.scratch(shape)
        self.row = k.scratch(line)
        self.true = k.scratch(shape, np.bool_)

    def forward(self, scores: Array, labels: Array) -> None:
        """Leaves the probabilities in `p` and writes the loss."""
        k, p, row, picked = self.k, self.p, self.row, self.k.scratch((self.count,))
        index = k.scratch((self.count,), np.int64)
        k.ahead(np.copyto, p, self._laid(scores))
        k.ahead(np.maximum.reduce, p, axis=self.axis, keepdims=True, out=row)
        k.ahead(np.subtract, p, row, out=p)
        k.ahead(np.multiply, labels, self.count if self.flipped else 1, out=index)
        k.ahead(np.add, index, np.arange(self.count) * (1 if self.flipped else self.classes), out=index)
        k.ahead(np.take, p.reshape(-1), index, out=picked, mode="clip")
        k.ahead(np.exp, p, out=p)
        k.ahead(np.add.reduce, p, axis=self.axis, keepdims=True, out=row)
        k.ahead(np.divide, p, row, out=p)
        k.ahead(np.log, row, out=row)
        k.ahead(np.subtract, row.reshape(-1), picked, out=picked)
        k.ahead(np.add.reduce, picked, out=k.z)
        k.ahead(np.multiply, k.z, k.const(1 / self.count), out=k.z)

    def backward(self, dscores: Array, labels: Array) -> None:
        """Writes p, less 1 at the true class, ÷ N × upstream."""
        k, dp, scale = self.k, self.k.scratch(self.p.shape), self.k.scratch(())
        classes = np.arange(self.classes)
        pair = (labels, classes[:, None]) if self.flipped else (labels[:, None], classes)
        k.back(np.equal, *pair, out=self.true)
        k.back(np.subtract, self.p, self.true, out=dp)
        k.back(np.multiply, k.dz, k.const(1 / self.count), out=scale)
        k.back(np.multiply, dp, scale, out=self._laid(dscores))

    def _laid(self, array: Array) -> Array:
        return array.T if self.flipped else array


def refuse_labels(labels: Array, classes: int) -> Array:
    """The labels as int64, once it is sure that they are classes.

    Raises:
        GraphError: naming the first that isn't.
    """
    labels = np.asarray(labels, np.int64)
    # Seen as unsigned numbers negative ones are the largest: one look finds both kinds.
    if np.maximum.reduce(labels.view(np.uint64), axis=None) >= classes:
        wrong = labels[(labels < 0) | (labels >= classes)]
        raise GraphError(f"Labels must be whole numbers from 0 to {classes - 1}, one for each class; found {wrong[0]}.")
    return labels


def true_class(scores: Array, labels: Array) -> Array:
    """A mask of scores' shape: True at each row's true class."""
    return np.asarray(np.arange(scores.shape[-1]) == labels[..., None])
