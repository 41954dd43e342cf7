"""One array that is watched, and its newest summary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.engine import statistics
from gradstudio.training.activations import SAMPLE
from gradstudio.training.snapshot import Distribution, Summary

if TYPE_CHECKING:
    from gradstudio.engine.gate import Array

EXACT = 65_536
"""While training runs larger arrays are sampled for their norm too."""
BINS = 64
KEPT = 64
"""Arrays of at most so many entries are shown whole."""
LONE = Distribution(np.ones(1, np.intp), np.zeros(2))
"""Of a single number: there is nothing to see of how entries lie."""


class Target:
    """One array that is watched.

    Attributes:
        array: the plan's own.
        summary: the newest one; None before the first.
        exact: whether that is of the state the plan is in, and of all entries.
        spread: whether it is shown how the entries lie.
    """

    __slots__ = ("array", "exact", "spread", "summary")

    def __init__(self, array: Array) -> None:
        self.array = array
        self.summary: Summary | None = None
        self.exact = False
        self.spread = False

    def want(self, *, spread: bool) -> None:
        """Show how the entries lie, too, or leave that."""
        self.exact = self.exact and (self.spread or not spread)
        self.spread = spread

    def read(self) -> None:
        """Sum up a single number."""
        x = float(self.array.item())
        self.summary = Summary(self.array.shape, abs(x), x, x, x, 0.0 if x else 1.0, self._copy(), x - x)

    def sample(self) -> None:
        """Sum up a sample."""
        seen = statistics.sample(self.array, SAMPLE)
        numbers = statistics.summary(seen)
        if seen.size < self.array.size:
            grown = numbers.norm * math.sqrt(self.array.size / seen.size)
            numbers = numbers._replace(norm=statistics.norm(self.array) if self.array.size <= EXACT else grown)
        self._keep(numbers, seen)

    def look(self) -> None:
        """Sum up all of it."""
        if self.exact:
            return
        if self.array.size == 1:
            self.read()
        else:
            self._keep(statistics.summary(self.array), self.array)
        self.exact = True

    def _keep(self, n: statistics.Numbers, seen: Array) -> None:
        shown = Distribution(*statistics.histogram(statistics.sample(seen, SAMPLE), BINS)) if self.spread else None
        self.summary = Summary(
            self.array.shape, n.norm, n.low, n.high, n.mean, n.zeros, self._copy(), n.deviation, shown
        )  # fmt: skip

    def _copy(self) -> Array | None:
        return self.array.copy() if self.array.shape and self.array.size <= KEPT else None
