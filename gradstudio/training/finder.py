"""The learning rate range test: how large a step a network takes before its loss explodes.

A copy is trained with a rate that grows by the same factor from step to step; the loss over the rate falls while steps
are worth making, and rises once they are too large.

Sources: Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3.3 (the test); Gugger, "How
do you find a good learning rate", 2018 (exponential growth, the mean of past losses, and both suggestions).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gradstudio.document.model import Document
from gradstudio.engine.errors import NotFinite
from gradstudio.engine.gate import Array
from gradstudio.engine.running import Stop
from gradstudio.training.trainer import Trainer

LEAST, MOST, STEPS = 1e-6, 10.0, 100
KEPT = 0.9
"""Share of the smoothed loss that is kept from step to step."""
EXPLODED = 3.0
"""A smoothed loss that rises above the first one by so many times what it fell before ends the test."""
LEAST_FALL = 0.1
"""It counts as having fallen by at least this share."""
SHORTEST, LONGEST = 10, 1000
"""Steps of a test."""
SETTLED = 5
"""So many steps are made before a slope or an end means something."""


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """What the test has shown so far.

    Attributes:
        rates: growing.
        losses: at these rates, before their update.
        diverged: whether NaN or infinity came of it.
    """

    rates: Array
    losses: Array
    diverged: bool = False

    @property
    def smoothed(self) -> Array:
        """The mean of all losses up to each, older ones weighing less."""
        mean, found = 0.0, []
        for i, loss in enumerate(self.losses.tolist(), 1):
            mean = KEPT * mean + (1 - KEPT) * loss
            found.append(mean / (1 - KEPT**i))
        return np.array(found)

    @property
    def steepest(self) -> float | None:
        """The rate at which the smoothed loss falls fastest; None where it never falls."""
        end = self._lowest()
        if end is None:
            return None
        slopes = np.diff(self.smoothed[: end + 1]) / np.diff(np.log(self.rates[: end + 1]))
        first = min(SETTLED, len(slopes) - 1)
        at = first + int(np.argmin(slopes[first:]))
        return float(self.rates[at]) if slopes[at] < 0 else None

    @property
    def tenth(self) -> float | None:
        """A tenth of the rate at which the smoothed loss is lowest; None where it never falls."""
        end = self._lowest()
        return None if end is None else float(self.rates[end]) / 10

    @property
    def suggestion(self) -> float | None:
        """The rate to take, of two digits: the smaller of both; None where there is none."""
        found = [rate for rate in (self.steepest, self.tenth) if rate is not None]
        return float(f"{min(found):.1e}") if found else None

    def _lowest(self) -> int | None:
        if len(self.losses) <= SETTLED + 1:
            return None
        end = int(np.argmin(self.smoothed))
        return end if end > SETTLED else None


class _Climb(Trainer):
    """A trainer whose rate grows from step to step."""

    least, growth, first = LEAST, 1.0, 0

    @property
    def rate(self) -> float:
        """The learning rate of this step."""
        return self.least * self.growth ** (self.step - self.first)


def find_rate(
    document: Document, least: float = LEAST, most: float = MOST, steps: int = STEPS, stop: Stop | None = None
) -> Iterator[Found]:
    """Test rates on a copy of a network as it is trained now; tells all it has found after each step.

    Args:
        document: it isn't changed.
        least: the first rate.
        most: the last one, if the loss doesn't explode before.
        steps: from the first to the last.
        stop: asked between two gates.

    Raises:
        ValueError: for rates that don't grow, or another number of steps than 10 to 1,000.
        GraphError: if it can't be trained.
    """
    if not 0 < least < most <= 1e6:
        raise ValueError(f"The rates need to grow from above 0 to 1,000,000 at most, found {least:g} to {most:g}.")
    if not SHORTEST <= steps <= LONGEST:
        raise ValueError(f"The test needs from {SHORTEST} to {LONGEST:,} steps, found {steps:,}.")
    climb = _climbing(document, least, (most / least) ** (1 / (steps - 1)))
    rates: list[float] = []
    losses: list[float] = []
    try:
        for _ in climb.run(steps, stop):
            climb.measure()
            if climb.loss is None or not math.isfinite(climb.loss):
                climb.verify(stop)
                break
            rates.append(climb.rate)
            losses.append(climb.loss)
            found = Found(np.array(rates), np.array(losses))
            yield found
            if _exploded(found):
                return
    except NotFinite:
        yield Found(np.array(rates), np.array(losses), diverged=True)


def _climbing(document: Document, least: float, growth: float) -> _Climb:
    copy = document.copy()
    copy.settings = replace(copy.settings, schedule="constant", warmup=1, stop_patience=None)
    climb = _Climb(copy)
    climb.least, climb.growth, climb.first = least, growth, climb.step
    return climb


def _exploded(found: Found) -> bool:
    smoothed = found.smoothed
    if len(smoothed) <= SETTLED:
        return False
    began = float(smoothed[0])
    fall = max(began - float(smoothed.min()), LEAST_FALL * abs(began))
    return bool(smoothed[-1] > began + EXPLODED * fall)
