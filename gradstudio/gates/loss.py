"""Losses of class scores: one number for how wrong a classifier is about a batch."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.formula import Expression
from gradstudio.engine.gate import Array, Kernels, Param, Shape, shape_text
from gradstudio.gates.common import number
from gradstudio.gates.fused_hinge import FusedHinge
from gradstudio.gates.fused_softmax import FusedSoftmax, WeightedSoftmax
from gradstudio.gates.labels import Classification, refuse_labels


@register
class SoftmaxCrossEntropy(Classification):
    """Softmax and the negative logarithm of the true class's probability in one gate."""

    id = "softmax_cross_entropy"
    title = "Softmax + cross-entropy"
    names = ("data_loss",)
    formula = r"L = -\frac{1}{N} \sum_i \ln \frac{e^{s_{i,y_i}}}{\sum_j e^{s_{i,j}}}"
    help = "Turns scores into probabilities and punishes a low probability of the true class."
    rule = "Softmax + cross-entropy compares: the scores' gradient is (p − 1 at the true class) ÷ N × the upstream one."
    keywords = ("log loss", "classifier", "probability", "nll", "logits", "label smoothing", "class weights", "loss")
    params = MappingProxyType(
        {
            "smoothing": Param(
                "float",
                0.0,
                "Share ε of the target taken from the true class and spread over all C classes, ε/C to each.",
                title="label smoothing",
                low=0,
                high=0.99,
                advanced=True,
            ),
            "class_weights": Param(
                "array",
                None,
                "How much a sample of each class counts; the mean over the batch is weighted with it. All alike where "
                "empty.",
                title="class weights",
                optional=True,
                advanced=True,
            ),
        }
    )

    smoothing: float
    class_weights: Array | None

    def __init__(self, **params: object) -> None:
        """Check the params.

        Raises:
            ParamError: if class weights aren't a list of positive numbers.
        """
        super().__init__(**params)
        if self.class_weights is not None and (self.class_weights.ndim != 1 or not (self.class_weights > 0).all()):
            raise ParamError("Class weights need a list of positive numbers, one for each class.")

    def shape(self, scores: Shape, labels: Shape) -> Shape:
        """A scalar."""
        made = super().shape(scores, labels)
        if self.class_weights is not None and len(self.class_weights) != scores[-1]:
            raise ShapeError(
                f"Softmax + cross-entropy has {len(self.class_weights)} class weights for the {scores[-1]} classes of "
                f"scores of {shape_text(scores)}; it needs one for each class."
            )
        return made

    def expand(self, scores: Expression, labels: Expression) -> Expression:
        """The logarithm of softmax, and its mean at the true classes, which rows of a table point out."""
        formula, classes, weights = scores.formula, scores.shape[-1], self.class_weights
        table = np.eye(classes) * (1 - self.smoothing) + self.smoothing / classes
        logs = formula.one("log_softmax", scores)
        if weights is None:
            return -formula.one("sum", formula.one("gather", table, labels) * logs) / math.prod(labels.shape)
        weighted = formula.one("gather", table * weights, labels)  # each class of a smoothed target has its own weight
        return -formula.one("sum", weighted * logs) / formula.one("sum", formula.one("gather", weights, labels))

    def forward(self, scores: Array, labels: Array) -> Array:
        """−ln p of the true class, averaged; the largest score is subtracted first so that nothing overflows."""
        labels = refuse_labels(labels, scores.shape[-1])
        shifted = scores - scores.max(axis=-1, keepdims=True)
        exponentials = np.exp(shifted)
        total = exponentials.sum(axis=-1, keepdims=True)
        self.p, self.target = exponentials / total, self._target(scores, labels)
        surprise = np.where(self.target > 0, np.log(total) - shifted, 0)  # −∞ elsewhere is no matter
        return np.asarray(np.sum(self.target * surprise))

    def losses(self, scores: Array, labels: Array) -> Array:
        """−ln p of each example's true class; alone its own class weight cancels, and those of the others stay."""
        labels = refuse_labels(labels, scores.shape[-1])
        shifted = scores - scores.max(axis=-1, keepdims=True)
        weights, total = self._weights(scores), np.exp(shifted).sum(axis=-1, keepdims=True)
        counts = self._counts(scores, labels) / weights[labels][..., None]
        return np.asarray(np.sum(counts * np.where(counts > 0, np.log(total) - shifted, 0), axis=-1))

    def backward(self, dz: Array) -> tuple[Array, None]:
        """p × what a sample counts, less the target, × upstream."""
        return (self.p * self.target.sum(axis=-1, keepdims=True) - self.target) * dz, None

    def kernels(self, k: Kernels) -> bool:
        """Softmax, loss and gradient fused, in the layout that reduces faster."""
        scores, labels = k.x[0], k.x[1]
        if scores.ndim != 2 or labels.dtype != np.int64:
            return False
        if self.smoothing or self.class_weights is not None:
            WeightedSoftmax(k, self._weights(scores), self.smoothing).emit()
        else:
            FusedSoftmax(k).emit()
        return True

    def caption(self) -> str:
        """Smoothing, where there is some, and that classes are weighted."""
        smoothed = f"smoothing {number(self.smoothing)}" if self.smoothing else ""
        return ", ".join(filter(None, (smoothed, "" if self.class_weights is None else "weighted")))

    def _weights(self, scores: Array) -> Array:
        """What a sample of each class counts."""
        classes = scores.shape[-1]
        return np.asarray(np.ones(classes) if self.class_weights is None else self.class_weights, scores.dtype)

    def _target(self, scores: Array, labels: Array) -> Array:
        """What each −ln p counts in the loss: 1/N at the true class, unless smoothed or weighted."""
        total = np.sum(self._weights(scores)[labels])
        return np.asarray(self._counts(scores, labels) / total, scores.dtype)

    def _counts(self, scores: Array, labels: Array) -> Array:
        """The same before it is divided by what all samples count."""
        true, classes = true_class(scores, labels), scores.shape[-1]
        spread = (1 - self.smoothing) * true + scores.dtype.type(self.smoothing / classes)
        return np.asarray(spread * self._weights(scores))

    @property
    def numpy_forward(self) -> str:  # type: ignore[override]
        """Code with the target written out where it isn't just the true class."""
        logs = (
            "{loss} = {scores} - np.max({scores}, axis=-1, keepdims=True)\n"
            "{loss} = {loss} - np.log(np.sum(np.exp({loss}), axis=-1, keepdims=True))\n"
        )
        if self.smoothing or self.class_weights is not None:
            return f"{logs}{{loss}} = -np.sum({self._target_code()} * {{loss}})"
        return f"{logs}{{loss}} = -np.mean(np.take_along_axis({{loss}}, np.expand_dims({{labels}}, -1), axis=-1))"

    @property
    def numpy_backward(self) -> str:  # type: ignore[override]
        """Code likewise."""
        p = (
            "{dscores} = np.exp({scores} - np.max({scores}, axis=-1, keepdims=True))\n"
            "{dscores} = {dscores} / np.sum({dscores}, axis=-1, keepdims=True)\n"
        )
        if self.smoothing or self.class_weights is not None:
            target = self._target_code()
            weighted = f"{{dscores}} * np.sum({target}, axis=-1, keepdims=True)"
            return f"{p}{{dscores}} = {weighted} - {target}\n{{dscores}} = {{dscores}} * {{dloss}}"
        return (
            f"{p}{{dscores}} = {{dscores}} - (np.arange({{scores}}.shape[-1]) == np.expand_dims({{labels}}, -1))\n"
            "{dscores} = {dscores} * {dloss} / np.size({labels})"
        )

    def _target_code(self) -> str:
        """Code of `_target`."""
        true = "(np.arange({scores}.shape[-1]) == np.expand_dims({labels}, -1))"
        smooth = f"({1 - self.smoothing!r} * {true} + {self.smoothing!r} / {{scores}}.shape[-1])"
        if self.class_weights is None:
            return f"({smooth} / np.size({{labels}}))"
        weights = f"np.array({self.class_weights.tolist()})"
        return f"({smooth} * {weights} / np.sum({weights}[{{labels}}]))"


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
    stops = "a class is outside the margin, so it costs nothing"
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

    def expand(self, scores: Expression, labels: Expression) -> Expression:
        """Scores less the true one's, plus the margin; what is over 0 adds up, but for the true class."""
        formula, own = scores.formula, np.eye(scores.shape[-1])
        true = formula.one("sum", formula.one("gather", own, labels) * scores, axis=-1, keepdims=True)
        over = formula.one("max", 0.0, scores - true + self.margin)
        return formula.one("sum", over * formula.one("gather", 1 - own, labels)) / math.prod(labels.shape)

    def forward(self, scores: Array, labels: Array) -> Array:
        """The margins violated, added up over the wrong classes and averaged over the batch."""
        labels = refuse_labels(labels, scores.shape[-1])
        self.true, self.count = true_class(scores, labels), labels.size
        excess = self._excess(scores, self.true)
        self.over = (excess > 0).astype(scores.dtype)
        return np.asarray(excess.sum() / self.count)

    def losses(self, scores: Array, labels: Array) -> Array:
        """The margins each example violates, added up."""
        true = true_class(scores, refuse_labels(labels, scores.shape[-1]))
        return np.asarray(self._excess(scores, true).sum(axis=-1))

    def backward(self, dz: Array) -> tuple[Array, None]:
        """Upstream ÷ N to each violator, minus their number to the true class."""
        losers = self.over.sum(axis=-1, keepdims=True) * self.true
        return (self.over - losers) * (dz / self.count), None

    def kernels(self, k: Kernels) -> bool:
        """Worked on as the scores lie: classes × samples, or samples × classes."""
        scores, labels = k.x[0], k.x[1]
        if scores.ndim != 2 or labels.dtype != np.int64:
            return False
        FusedHinge(k, self.margin).emit()
        return True

    def branch(self, scores: Array, labels: Array) -> Array:
        """Which classes are over the margin."""
        true = true_class(scores, refuse_labels(labels, scores.shape[-1]))
        return np.asarray((self._margins(scores, true) > 0) & ~true)

    def caption(self) -> str:
        """The margin, where it isn't 1."""
        return "" if self.margin == 1 else f"Δ = {number(self.margin)}"

    def _excess(self, scores: Array, true: Array) -> Array:
        """By how much each wrong class is over the margin."""
        return np.asarray(np.maximum(self._margins(scores, true), 0) * ~true)

    def _margins(self, scores: Array, true: Array) -> Array:
        return np.asarray(scores - scores[true].reshape(*scores.shape[:-1], 1) + self.margin)


def true_class(scores: Array, labels: Array) -> Array:
    """A mask of scores' shape: True at each row's true class."""
    return np.asarray(np.arange(scores.shape[-1]) == labels[..., None])
