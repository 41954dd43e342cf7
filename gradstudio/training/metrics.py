"""Numbers that say how good a network is, all of them in one place. A regularisation penalty is never part of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.engine.gate import Array


def accuracy(scores: Array, labels: Array) -> float:
    """Share of samples whose highest score is that of their class.

    Args:
        scores: (N, C), or (C,) for one sample.
        labels: (N,) or ().
    """
    right = np.equal(scores.argmax(-1), labels)
    return int(np.count_nonzero(right)) / right.size if right.size else math.nan


def top_k(scores: Array, labels: Array, k: int) -> float:
    """Share of samples whose class is among the k with the highest scores; of ties the first classes count.

    Args:
        scores: (N, C).
        labels: (N,).
        k: at most C count.
    """
    return share_below(ranks(scores, labels), k)


def ranks(scores: Array, labels: Array) -> npt.NDArray[np.int64]:
    """How many classes are ahead of each sample's own: 0 where it has the highest score; of ties the first is ahead.

    Args:
        scores: (N, C).
        labels: (N,).
    """
    classes = np.arange(scores.shape[-1])
    own = np.take_along_axis(scores, labels[:, None].astype(np.int64), axis=-1)
    ahead = (scores > own) | ((scores == own) & (classes < labels[:, None]))
    return np.asarray(ahead.sum(axis=-1), np.int64)


def share_below(ahead: npt.NDArray[np.int64], k: int) -> float:
    """Top-k accuracy from `ranks`."""
    return int(np.count_nonzero(ahead < k)) / ahead.size if ahead.size else math.nan


def confusion(said: Array, true: Array, classes: int) -> npt.NDArray[np.int64]:
    """How often each class (row) was taken for each class (column): a matrix of classes × classes."""
    counts = np.bincount(true.astype(np.int64) * classes + said.astype(np.int64), minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


class PerClass(NamedTuple):
    """Numbers for each class; NaN where there is nothing to divide by.

    Attributes:
        precision: of what was said to be of the class, the share that is.
        recall: of what is of the class, the share that was said to be.
        f1: their harmonic mean.
        support: samples of the class.
        called: samples said to be of the class.
    """

    precision: Array
    recall: Array
    f1: Array
    support: npt.NDArray[np.int64]
    called: npt.NDArray[np.int64]


def per_class(said: Array, true: Array, classes: int) -> PerClass:
    """Precision, recall and F1 of each class."""
    counted = (np.bincount(some.astype(np.int64), minlength=classes) for some in (true[said == true], said, true))
    right, called, support = counted
    with np.errstate(invalid="ignore", divide="ignore"):
        return PerClass(right / called, right / support, 2 * right / (called + support), support, called)


class Macro(NamedTuple):
    """Means over the classes that occur, each class counting the same; what can't be divided counts as 0."""

    precision: float
    recall: float
    f1: float


def macro(each: PerClass) -> Macro:
    """Precision, recall and F1 averaged over the classes that are true of a sample or said of one."""
    occurs = (each.support + each.called) > 0
    if not occurs.any():
        return Macro(math.nan, math.nan, math.nan)
    return Macro(*(float(np.nan_to_num(part[occurs]).mean()) for part in (each.precision, each.recall, each.f1)))


def r_squared(said: Array, true: Array) -> float:
    """1 − Σ(true − said)² ÷ Σ(true − mean)²: 1 is perfect, 0 no better than the mean; NaN where all are alike."""
    spread = float(((true - true.mean()) ** 2).sum()) if true.size else 0.0
    return 1.0 - float(((true - said) ** 2).sum()) / spread if spread > 0 else math.nan


def mean_absolute_error(said: Array, true: Array) -> float:
    """Mean distance, in the target's unit."""
    return float(np.abs(true - said).mean()) if true.size else math.nan


def root_mean_square_error(said: Array, true: Array) -> float:
    """Root of the mean squared distance, in the target's unit."""
    return math.sqrt(float(((true - said) ** 2).mean())) if true.size else math.nan


class Mistake(NamedTuple):
    """A class taken for another.

    Attributes:
        true: what the samples are.
        said: what they were taken for.
        samples: how many.
    """

    true: int
    said: int
    samples: int


def mistakes(matrix: npt.NDArray[np.int64], most: int) -> list[Mistake]:
    """The cells beside the diagonal with the most samples, the largest first; of equal ones the first class first."""
    beside = matrix * ~np.eye(len(matrix), dtype=bool)
    order = np.argsort(-beside, axis=None, kind="stable")[:most]
    cells = zip(*np.unravel_index(order, matrix.shape), strict=True)
    return [Mistake(int(i), int(j), int(beside[i, j])) for i, j in cells if beside[i, j]]


TOP = 5
"""Of more classes than these top-5 accuracy is told too."""


@dataclass(frozen=True, eq=False)
class ClassScore:
    """How good a network is at telling classes.

    Attributes:
        said: the class each sample was taken for.
        true: its class.
        loss: mean loss over the samples, without penalties on weights; NaN where there is none.
        accuracy: share that is right.
        ahead: how many classes were likelier than the true one.
        each: numbers for each class.
        macro: their means.
        names: of the classes.
    """

    said: Array
    true: Array
    loss: float
    accuracy: float
    ahead: npt.NDArray[np.int64]
    each: PerClass
    macro: Macro
    names: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Samples it was judged by."""
        return len(self.said)

    @property
    def right(self) -> int:
        """Samples whose class was told."""
        return int(np.count_nonzero(self.said == self.true))

    def within(self, k: int) -> float:
        """Share whose class is among the k likeliest."""
        return share_below(self.ahead, k)

    @property
    def top(self) -> float | None:
        """Share whose class is among the five likeliest; None of five classes or fewer."""
        return self.within(TOP) if len(self.names) > TOP else None

    @cached_property
    def confusion(self) -> npt.NDArray[np.int64]:
        """True classes as rows, what was said across. Of many classes it is large: look at their number first."""
        return confusion(self.said, self.true, len(self.names))


@dataclass(frozen=True, slots=True)
class NumberScore:
    """How good a network is at telling a number.

    Attributes:
        rows: samples it was judged by.
        loss: mean loss over them, without penalties on weights; NaN where there is none.
        r2: 1 − squared errors ÷ squared distances from the mean.
        mae: mean absolute error, in the target's unit.
        rmse: root mean square error, in the target's unit.
    """

    rows: int
    loss: float
    r2: float
    mae: float
    rmse: float


Score: TypeAlias = ClassScore | NumberScore


def score_classes(
    said: Array, true: Array, ahead: npt.NDArray[np.int64], names: Sequence[str], loss: float = math.nan
) -> ClassScore:
    """All numbers of a classifier.

    Args:
        said: the class each sample was taken for.
        true: its class.
        ahead: how many classes were likelier, see `ranks`.
        names: of all classes.
        loss: mean loss.
    """
    each = per_class(said, true, len(names))
    right = float((said == true).mean()) if len(said) else math.nan
    return ClassScore(said, true, loss, right, ahead, each, macro(each), tuple(names))


def score_numbers(said: Array, true: Array, loss: float = math.nan) -> NumberScore:
    """All numbers of a regression."""
    errors = mean_absolute_error(said, true), root_mean_square_error(said, true)
    return NumberScore(len(said), loss, r_squared(said, true), *errors)
