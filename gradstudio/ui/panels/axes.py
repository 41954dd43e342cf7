"""Numbers along an axis: which ones, and how they are written. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradstudio.engine.statistics import round_step
from gradstudio.ui.texts import number

_FINER = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9))
"""Multiples of a power of ten that stand at a log axis, fewer or more as there is room."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of numbers from one end of a plot to the other.

    Attributes:
        low: at the left or the lower end; of a log axis the logarithm to base 10.
        high: at the other end; greater than `low`.
        log: whether places are logarithms of the numbers.
        percent: whether the numbers are shares.
        whole: whether only whole numbers stand at it.
    """

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    percent: bool = False
    whole: bool = False

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """At most so many (but at least two) round numbers: their places and texts."""
        most = max(2, most)
        if self.log:
            return [(place, number(10.0**place)) for place in log_ticks(self.low, self.high, most)]
        values, step = round_numbers(self.low, self.high, most)
        if self.whole and step < 1:
            values, step = [float(v) for v in range(math.ceil(self.low), math.floor(self.high) + 1)], 1.0
        if self.percent:
            return [(value, f"{100 * value:.0f} %") for value in values]
        return [(value, tick_text(value, step)) for value in values]


def round_numbers(low: float, high: float, most: int) -> tuple[list[float], float]:
    """At most so many multiples of a round step, and the step."""
    step = round_step((high - low) / most)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)], step


def tick_text(value: float, step: float) -> str:
    """A number at a tick, with the digits the distance between ticks needs: "0.25", "10 000", "3e+07"."""
    if abs(value) < step / 2:
        return "0"
    if abs(value) >= 1e6 or step < 1e-4:
        return format(value, ".4g")
    return format(value, f",.{max(0, math.ceil(-math.log10(step) - 1e-9))}f").replace(",", "\u202f")


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """At most so many logarithms of round numbers between two logarithms: decades first, then numbers between."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    ticks: list[float] = []
    for factors in _FINER:
        finer = [d + math.log10(f) for d in decades for f in factors if low <= d + math.log10(f) <= high]
        if ticks and len(finer) > most:
            break
        ticks = finer
    if len(ticks) < 2:
        return [math.log10(value) for value in round_numbers(10.0**low, 10.0**high, most)[0] if value > 0]
    return ticks[:: math.ceil(len(ticks) / most)]
