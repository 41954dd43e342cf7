"""Numbers that say how good a network is, all of them in one place. A regularisation penalty is never part of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    precision: Array
    recall: Array
    f1: Array
    support: npt.NDArray[np.int64]


def per_class(matrix: npt.NDArray[np.int64]) -> PerClass:
    """Precision, recall and F1 from a confusion matrix."""
    right, said, true = matrix.diagonal().astype(float), matrix.sum(axis=0), matrix.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return PerClass(right / said, right / true, 2 * right / (said + true), true)


class Macro(NamedTuple):
    """Means over the classes that occur, each class counting the same; what can't be divided counts as 0."""

    precision: float
    recall: float
    f1: float


def macro(each: PerClass, matrix: npt.NDArray[np.int64]) -> Macro:
    """Precision, recall and F1 averaged over the classes that are true of a sample or said of one."""
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
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


@dataclass(frozen=True, eq=False, slots=True)
class ClassScore:
    """How good a network is at telling classes.

    Attributes:
        rows: samples it was judged by.
        loss: mean loss over them, without penalties on weights; NaN where there is none.
        accuracy: share that is right.
        top: share whose class is among the five likeliest; None of five classes or fewer.
        confusion: true classes as rows, what was said across.
        each: numbers for each class.
        macro: their means.
        names: of the classes.
    """

    rows: int
    loss: float
    accuracy: float
    top: float | None
    confusion: npt.NDArray[np.int64]
    each: PerClass
    macro: Macro
    names: tuple[str, ...]


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
    matrix = confusion(said, true, len(names))
    each = per_class(matrix)
    right = float(matrix.trace() / max(1, matrix.sum())) if matrix.sum() else math.nan
    top = share_below(ahead, TOP) if len(names) > TOP else None
    return ClassScore(len(said), loss, right, top, matrix, each, macro(each, matrix), tuple(names))


def score_numbers(said: Array, true: Array, loss: float = math.nan) -> NumberScore:
    """All numbers of a regression."""
    errors = mean_absolute_error(said, true), root_mean_square_error(said, true)
    return NumberScore(len(said), loss, r_squared(said, true), *errors)
