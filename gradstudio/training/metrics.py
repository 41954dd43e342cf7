"""Numbers that say how good a network is. A regularisation penalty is never part of them."""

from __future__ import annotations

import math

import numpy as np

from gradstudio.engine.gate import Array


def accuracy(scores: Array, labels: Array) -> float:
    """Share of samples whose highest score is that of their class.

    Args:
        scores: (N, C), or (C,) for one sample.
        labels: (N,) or ().
    """
    right = np.equal(scores.argmax(-1), labels)
    return int(np.count_nonzero(right)) / right.size if right.size else math.nan
