"""An array in a few numbers: for eyes, many times a second.

Nothing here warns or fails: empty arrays, constants, NaN and infinity have their plain answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from gradstudio.engine.gate import Array

FloatArray: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
SAFE_LOW, SAFE_HIGH = 1e-15, 1e15
"""Within these bounds squares neither overflow nor vanish, even in float32."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What `summary` tells of an array.

    Attributes:
        norm: Euclidean norm.
        low: smallest entry; nan where the array is empty.
        high: largest entry; nan where the array is empty.
        mean: mean entry; nan where the array is empty.
        zeros: share of entries that are exactly 0.
    """

    norm: float
    low: float
    high: float
    mean: float
    zeros: float


EMPTY = Numbers(0.0, math.nan, math.nan, math.nan, 0.0)


def summary(array: Array, limit: int | None = None) -> Numbers:
    """Norm, extremes, mean and share of zeros.

    With a `limit`, an array of more entries than that keeps its exact norm; the other numbers are those of a
    `sample` of so many entries. NaN anywhere looked at makes every number but `zeros` NaN.
    """
    if array.size == 1:
        return _of_one(float(array.reshape(())))
    if array.size == 0:
        return EMPTY
    flat = _flat(array)
    seen = flat if limit is None else sample(flat, limit)
    with np.errstate(all="ignore"):
        low, high = float(np.minimum.reduce(seen)), float(np.maximum.reduce(seen))
        zeros = float(np.count_nonzero(seen == 0)) / seen.size
        return Numbers(_norm(flat), low, high, _mean(seen, low, high), zeros)


def norm(array: Array) -> float:
    """Euclidean norm of all entries. Tiny and huge entries don't vanish or overflow on the way."""
    if array.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        return _norm(_flat(array))


def sample(array: Array, limit: int) -> Array:
    """At most `limit` entries, evenly spaced and flat; the same entries every time, and a copy where not all.

    The stride has no common factor with the array's size, so that
    the sample isn't one column of a matrix.
    """
    flat = array.ravel(order="K")
    if flat.size <= limit:
        return flat
    stride = -(-flat.size // max(1, limit))
    while math.gcd(stride, flat.size) > 1:
        stride += 1
    return flat[::stride].copy()


def histogram(array: Array, bins: int = 64) -> tuple[Array, Array]:
    """How the finite entries lie: counts of `bins` equal bins, and their `bins + 1` edges.

    The bins reach from the smallest to the largest entry. Equal entries get bins around them, as far as
    half their size; without any finite entry all counts are 0 and the edges go from 0 to 1.
    """
    x: FloatArray = array.ravel(order="K").astype(np.float64)
    with np.errstate(all="ignore"):
        low, high = _extremes(x)
        if not (math.isfinite(low) and math.isfinite(high)):
            x = x[np.isfinite(x)]
            low, high = _extremes(x)
        if x.size == 0:
            return np.zeros(bins, np.intp), np.linspace(0.0, 1.0, bins + 1)
        low, high = _apart(low, high)
        scale = max(abs(low), abs(high))
        span = high / scale - low / scale
        place = ((x / scale - low / scale) * (bins / span)).astype(np.intp)
        np.clip(place, 0, bins - 1, out=place)
        t = np.arange(bins + 1) / bins
        return np.bincount(place, minlength=bins), low * (1.0 - t) + high * t


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least this: a step between round numbers."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= least * (1 - 1e-9))


def _flat(array: Array) -> Array:
    flat = array.ravel(order="K")
    return flat if flat.dtype.kind == "f" else flat.astype(np.float64)


def _of_one(x: float) -> Numbers:
    return Numbers(abs(x), x, x, x, 1.0 if x == 0.0 else 0.0)


def _mean(x: Array, low: float, high: float) -> float:
    mean = float(np.add.reduce(x)) / x.size
    if math.isfinite(mean) or not (math.isfinite(low) and math.isfinite(high)):
        return mean
    return float(np.add.reduce(x.astype(np.float64) / x.size))


def _norm(flat: Array) -> float:
    square = float(np.dot(flat, flat))
    if SAFE_LOW**2 * flat.size < square < SAFE_HIGH**2 or math.isnan(square):
        return math.sqrt(square)
    scale = float(np.maximum.reduce(np.abs(flat)))
    if scale == 0.0 or not math.isfinite(scale):
        return scale
    scaled = flat.astype(np.float64) / scale
    return scale * math.sqrt(float(np.dot(scaled, scaled)))


def _extremes(x: FloatArray) -> tuple[float, float]:
    if x.size == 0:
        return math.nan, math.nan
    return float(np.minimum.reduce(x)), float(np.maximum.reduce(x))


def _apart(low: float, high: float) -> tuple[float, float]:
    """The ends, moved apart where they are too close for numbers between them."""
    if high - low > 1e-13 * max(abs(low), abs(high)):
        return low, high
    half = abs(low) / 2 if abs(low) > 1e-300 else 0.5
    return low - half, high + half
