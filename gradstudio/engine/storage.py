"""How an array lies in memory.

Measured (docs/performance.md): activations feature by feature, with a last feature that is constantly 1, make bias and
bias gradient part of the matrix products and reduce over classes along whole batches; images row by row with the batch
last let a convolution read overlapping rows instead of copies. A gate sees arrays of the usual shapes all the same:
only their strides differ.
"""

from __future__ import annotations

from gradstudio.engine.gate import Array, Shape
from gradstudio.engine.graph import count

ALIGNED = 16
"""Arrays begin at multiples of so many entries: at least a processor's cache line."""


def entries(shape: Shape, *, ones: bool) -> int:
    """Entries an array takes, with the room around it, as a Python integer."""
    return count(shape) + (shape[0] if ones else 0)


def laid(arena: Array, at: int, shape: Shape, *, ones: bool) -> tuple[Array, Array]:
    """An array of this shape within a zeroed arena, and the larger one it lies in (itself where there is no room)."""
    flat = arena[at : at + entries(shape, ones=ones)]
    if len(shape) == 2:
        n, features = shape
        full = flat.reshape(features + ones, n).T
        if ones:
            full[:, features] = 1
            return full[:, :features], full
        return full, full
    if len(shape) == 4:
        n, channels, height, width = shape
        images = flat.reshape(height, channels, width, n).transpose(3, 1, 0, 2)
        return images, images
    array = flat.reshape(shape)
    return array, array
