"""Learning curves as arrays made ready to draw: smoothed, on a log axis, and no finer than the screen. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradstudio.engine.gate import Array

SMOOTHING = 50
"""A smoothed point is the mean of this share of the whole curve: one in fifty."""
MOST_SMOOTHED = 8192
"""So many points are smoothed one by one."""


@dataclass(frozen=True, eq=False, slots=True)
class LearningCurve:
    """The history of a training, one row a recorded step.

    Attributes:
        step: growing.
        loss: at that step; nan where there was none.
        accuracy: share classified right, 0 to 1; nan where there was none.
        validation_loss: on samples training doesn't see; nan where there was none.
        validation_accuracy: likewise.
        learning_rate: of the update that followed; nan where the history doesn't say, for it was always the same.
    """

    step: Array
    loss: Array
    accuracy: Array
    validation_loss: Array
    validation_accuracy: Array
    learning_rate: Array

    @classmethod
    def of(cls, history: Mapping[str, Array]) -> LearningCurve:
        """From the columns of a document's or a snapshot's history; missing columns are nan."""
        step = np.asarray(history.get("step", ()), np.float64)
        nothing = np.full(step.shape, np.nan)
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate")
        return cls(step, *(np.asarray(history.get(name, nothing), np.float64) for name in names))

    def __len__(self) -> int:
        return len(self.step)

    @property
    def has_accuracy(self) -> bool:
        """Whether any step has an accuracy."""
        return bool(np.isfinite(self.accuracy).any() or np.isfinite(self.validation_accuracy).any())

    @property
    def has_validation(self) -> bool:
        """Whether any step has a loss on samples training doesn't see."""
        return bool(np.isfinite(self.validation_loss).any())

    def nearest(self, step: float) -> int:
        """The row whose step is nearest."""
        right = int(np.searchsorted(self.step, step))
        if right == 0 or right == len(self.step):
            return min(right, len(self.step) - 1)
        return right - 1 if step - self.step[right - 1] <= self.step[right] - step else right


def smooth(x: Array, y: Array) -> tuple[Array, Array]:
    """A running mean of running means, centred so that it doesn't lag; missing numbers are left out of it.

    Of a very long curve some neighbours are put together first, far fewer than the mean reaches over.
    """
    group = len(y) // MOST_SMOOTHED + 1
    if group > 1:
        whole = len(y) // group * group
        x = x[:whole].reshape(-1, group).mean(axis=1)
        y = y[:whole].reshape(-1, group).mean(axis=1)
    half = max(1, len(y) // SMOOTHING) // 2 + 1
    return x, _running_mean(_running_mean(y, half), half)


def _running_mean(y: Array, half: int) -> Array:
    there = np.isfinite(y)
    total = np.concatenate(((0.0,), np.cumsum(np.where(there, y, 0.0))))
    count = np.concatenate(((0,), np.cumsum(there)))
    left = np.maximum(np.arange(len(y)) - half, 0)
    right = np.minimum(np.arange(len(y)) + half + 1, len(y))
    number = np.maximum(count[right] - count[left], 1)
    return np.where(there, (total[right] - total[left]) / number, np.nan)


def logarithm(y: Array) -> Array:
    """Base 10; nan where there is no positive number."""
    return np.log10(y, out=np.full(y.shape, np.nan), where=np.isfinite(y) & (y > 0))


def thin(x: Array, y: Array, columns: int) -> tuple[Array, Array]:
    """At most two points a column of the screen, its lowest and highest: no peak is lost. The last point stays."""
    per = len(x) // max(1, columns)
    if per <= 2:
        return x, y
    whole = len(x) // per * per
    blocks = y[:whole].reshape(-1, per)
    lows, highs = np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)
    rising = blocks[:, 0] <= blocks[:, -1]
    made = np.empty((len(blocks), 2))
    made[:, 0], made[:, 1] = np.where(rising, lows, highs), np.where(rising, highs, lows)
    places = np.stack((x[:whole:per], x[per // 2 : whole : per]), axis=1)
    return (
        np.concatenate((places.reshape(-1), x[whole - 1 :])),
        np.concatenate((made.reshape(-1), y[whole - 1 :])),
    )


def span(y: Array, *, log: bool = False) -> tuple[float, float]:
    """The range of an axis that shows these numbers with some room; from 0 where that is near."""
    there = y[np.isfinite(y)]
    if not len(there):
        return 0.0, 1.0
    low, high = float(there.min()), float(there.max())
    if not log and 0.0 <= low < 0.4 * high:
        low = 0.0
    room = (high - low) * 0.05 or (0.1 if log else abs(high) * 0.1 or 1.0)
    return low - (0.0 if low == 0.0 and not log else room), high + room


def without_straights(x: Array, y: Array) -> tuple[Array, Array]:
    """The same line with fewer points: those in the middle of a straight piece are left out."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = np.diff(y) / np.diff(x)
        bend = np.abs(np.diff(rise)) > 1e-9 * np.fmax.reduce(np.abs(rise), initial=1e-300)
    kept = np.concatenate(((True,), bend | ~np.isfinite(y[1:-1]), (True,)))
    return x[kept], y[kept]
