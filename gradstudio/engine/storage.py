"""Where the arrays of a plan lie in memory.

Measured (docs/performance.md): activations feature by feature, with a last feature that is constantly 1, make bias and
bias gradient part of the matrix products and reduce over classes along whole batches; images row by row with the batch
last let a convolution read overlapping rows instead of copies. A gate sees arrays of the usual shapes all the same:
only their strides differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradstudio.engine.gate import Array, Budget, Room, Shape
from gradstudio.engine.graph import count


def allocate(shape: Shape, dtype: np.dtype[Any], room: Room, budget: Budget) -> tuple[Array, Array]:
    """A zeroed array, and the larger one it lies in (the array itself where there is no room).

    Args:
        shape: of the array.
        dtype: of its entries.
        room: what is wanted around it; granted to N×D arrays.
        budget: asked first.
    """
    if len(shape) == 2:
        return _matrix(shape, dtype, room.ones, budget)
    if len(shape) == 4:
        return _images(shape, dtype, budget)
    budget.take(count(shape) * dtype.itemsize)
    array = np.zeros(shape, dtype)
    return array, array


def _matrix(shape: Shape, dtype: np.dtype[Any], ones: bool, budget: Budget) -> tuple[Array, Array]:
    n, features = shape
    budget.take(n * (features + ones) * dtype.itemsize)
    full = np.zeros((features + ones, n), dtype).T
    if ones:
        full[:, features] = 1
        return full[:, :features], full
    return full, full


def _images(shape: Shape, dtype: np.dtype[Any], budget: Budget) -> tuple[Array, Array]:
    """N×C×H×W, in memory as rows of channels of columns of samples."""
    n, channels, height, width = shape
    budget.take(count(shape) * dtype.itemsize)
    array = np.zeros((height, channels, width, n), dtype).transpose(3, 1, 0, 2)
    return array, array
