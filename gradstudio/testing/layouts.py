"""Ways for an array to lie in memory: gates must take and give the same numbers in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradstudio.engine.gate import Array

Layout: TypeAlias = Callable[[Array], Array]


def planned(array: Array) -> Array:
    """The same numbers as plans lay them: a matrix feature by feature, images row by row with the batch last."""
    axes = {2: (1, 0), 4: (2, 1, 3, 0)}.get(array.ndim)
    return array if axes is None else _like(array, np.ascontiguousarray(array.transpose(axes)).transpose(_back(axes)))


def columns_first(array: Array) -> Array:
    """The same numbers with the first axis running fastest, as Fortran lays them."""
    return _like(array, np.array(array, order="F"))


def gapped(array: Array) -> Array:
    """The same numbers as every other entry of a larger array whose axes are reversed."""
    larger = np.full([2 * n for n in reversed(array.shape)], -7, array.dtype)
    every_other: Any = (..., *[slice(None, None, 2)] * array.ndim)
    return _filled(array, larger[every_other].T)


def backwards(array: Array) -> Array:
    """The same numbers in reverse order in memory, along every axis."""
    reverse: Any = (..., *[slice(None, None, -1)] * array.ndim)
    return _filled(array, np.zeros(array.shape, array.dtype)[reverse])


LAYOUTS: tuple[Layout, ...] = (columns_first, gapped, backwards)


def _back(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(np.argsort(axes).tolist())


def _filled(array: Array, view: Array) -> Array:
    view[...] = array
    return _like(array, view)


def _like(array: Array, laid: Array) -> Array:
    """Read-only where the array is."""
    laid.flags.writeable = array.flags.writeable
    return laid
