"""Numbers that say how good a network is. A regularisation penalty is never part of them."""

from __future__ import annotations

import math
from typing import NamedTuple

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
    ranks = np.argsort(-scores, axis=-1, kind="stable")[:, :k]
    right = (ranks == labels[:, None]).any(axis=-1)
    return int(np.count_nonzero(right)) / right.size if right.size else math.nan


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
