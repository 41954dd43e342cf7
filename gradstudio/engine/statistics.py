"""An array in a few numbers: for eyes, many times a second.

Nothing here warns or fails: empty arrays, constants, NaN and infinity have their plain answers.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from gradstudio.engine.gate import Array

_least, _most = np.minimum.reduce, np.maximum.reduce
RUN = 8
"""Neighbours that are sampled together."""
NARROW = 1e-4
"""Entries that differ by less, relative to their size, are told apart in float64."""
SAFE_LOW, SAFE_HIGH = 1e-15, 1e15
"""Within these bounds squares neither overflow nor vanish, even in float32."""


class Numbers(NamedTuple):
    """What `summary` tells of an array.

    Attributes:
        norm: Euclidean norm.
        low: smallest entry; nan where the array is empty.
        high: largest entry; nan where the array is empty.
        mean: mean entry; nan where the array is empty.
        deviation: standard deviation of the entries around their mean; nan where the array is empty.
        zeros: share of entries that are exactly 0.
    """

    norm: float
    low: float
    high: float
    mean: float
    deviation: float
    zeros: float


EMPTY = Numbers(0.0, math.nan, math.nan, math.nan, math.nan, 0.0)


def summary(array: Array) -> Numbers:
    """Norm, extremes, mean, deviation and share of zeros. NaN anywhere makes every number but `zeros` NaN."""
    if array.size == 1:
        return of_one(array.item())
    if array.size == 0:
        return EMPTY
    flat = _flat(array)
    with np.errstate(all="ignore"):
        low, high = float(_least(flat)), float(_most(flat))
        mean = _mean(flat, low, high)
        return Numbers(_norm(flat), low, high, mean, _deviation(flat, mean, low, high), _zeros(flat))


def of_one(x: float) -> Numbers:
    """The summary of one number."""
    return Numbers(abs(x), x, x, x, x - x, 1.0 if x == 0.0 else 0.0)


def norm(array: Array) -> float:
    """Euclidean norm of all entries. Tiny and huge entries don't vanish or overflow on the way."""
    if array.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        return _norm(_flat(array))


def sample(array: Array, limit: int) -> Array:
    """At most `limit` entries of all parts of an array, flat; the same every time, and a copy where not all.

    They come in short runs of neighbours, so that a large array is read at few places of memory. The distance
    between runs has no common factor with the array's size, so that they aren't the same columns of every row.
    """
    flat = array.ravel(order="K")
    if flat.size <= limit:
        return flat
    run = max(1, min(RUN, limit // RUN))
    runs = max(1, limit // run)
    stride = flat.size // runs
    while stride > run and math.gcd(stride, flat.size) > 1:
        stride -= 1
    return flat[: runs * stride].reshape(runs, stride)[:, :run].reshape(-1)


def histogram(array: Array, bins: int = 64) -> tuple[Array, Array]:
    """How the finite entries lie: counts of `bins` equal bins, and their `bins + 1` edges.

    The bins reach from the smallest to the largest entry. Equal entries get bins around them, as far as
    half their size; without any finite entry all counts are 0 and the edges go from 0 to 1.
    """
    x = _flat(array)
    with np.errstate(all="ignore"):
        low, high = _extremes(x)
        if not (math.isfinite(low) and math.isfinite(high)):
            x = x[np.isfinite(x)]
            low, high = _extremes(x)
        if x.size == 0:
            return np.zeros(bins, np.intp), np.linspace(0.0, 1.0, bins + 1)
        low, high = _apart(low, high)
        t = _steps(bins)
        return np.bincount(_places(x, low, high, bins), minlength=bins), low * (1.0 - t) + high * t


@cache
def _steps(bins: int) -> Array:
    return np.arange(bins + 1) / bins


def _places(x: Array, low: float, high: float, bins: int) -> Array:
    """The bin of each entry. Extremes whose difference or ratio floats can't hold are scaled first."""
    if high - low > SAFE_LOW and max(-low, high) < SAFE_HIGH and high - low > NARROW * max(-low, high):
        place = ((x - x.dtype.type(low)) * x.dtype.type(bins / (high - low))).astype(np.intp)
    else:
        x, scale = x.astype(np.float64), max(abs(low), abs(high))
        place = ((x / scale - low / scale) * (bins / (high / scale - low / scale))).astype(np.intp)
    within: Array = np.minimum(np.maximum(place, 0, out=place), bins - 1, out=place)
    return within


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least this: a step between round numbers."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= least * (1 - 1e-9))


def _flat(array: Array) -> Array:
    flat = array.ravel(order="K")
    return flat if flat.dtype.kind == "f" else flat.astype(np.float64)


def _mean(x: Array, low: float, high: float) -> float:
    mean = float(np.add.reduce(x)) / x.size
    if math.isfinite(mean) or not (math.isfinite(low) and math.isfinite(high)):
        return mean
    return float(np.add.reduce(x.astype(np.float64) / x.size))


def _deviation(x: Array, mean: float, low: float, high: float) -> float:
    """The root of the mean square distance from the mean; taken from there, so that nothing cancels."""
    if not math.isfinite(high - low):
        return high - low
    if high - low > SAFE_HIGH:
        x = x.astype(np.float64)
    return _norm(x - x.dtype.type(mean)) / math.sqrt(x.size)


def _zeros(x: Array) -> float:
    return 1.0 - int(np.count_nonzero(x)) / x.size


def _norm(flat: Array) -> float:
    square = float(np.dot(flat, flat))
    if SAFE_LOW**2 * flat.size < square < SAFE_HIGH**2 or math.isnan(square):
        return math.sqrt(square)
    scale = float(np.maximum.reduce(np.abs(flat)))
    if scale == 0.0 or not math.isfinite(scale):
        return scale
    scaled = flat.astype(np.float64) / scale
    return scale * math.sqrt(float(np.dot(scaled, scaled)))


def _extremes(x: Array) -> tuple[float, float]:
    return (math.nan, math.nan) if x.size == 0 else (float(_least(x)), float(_most(x)))


def _apart(low: float, high: float) -> tuple[float, float]:
    """The ends, moved apart where they are too close for numbers between them."""
    if high - low > 1e-13 * max(abs(low), abs(high)):
        return low, high
    half = abs(low) / 2 if abs(low) > 1e-300 else 0.5
    return low - half, high + half
