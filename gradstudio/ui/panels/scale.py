"""The log scale all gradient rows share. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_DECADES = 12
"""A gradient that has vanished altogether doesn't squeeze all others together."""


class Scale:
    """A log axis shared by all rows, from one power of ten to another. It stays put while it fits.

    Attributes:
        low: exponent at the left end.
        high: exponent at the right end.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was fitted: another network is shown."""
        self.low, self.high = 0, 0

    def fit(self, norms: Sequence[float]) -> bool:
        """Make room for these norms, draw in where more than two decades at an end are unused; tell if it changed."""
        logs = [math.log10(norm) for norm in norms if 0.0 < norm < math.inf]
        if not logs:
            return False
        low, high = math.ceil(min(logs)) - 1, math.ceil(max(logs))
        high = max(high, low + 1)
        before = (self.low, self.high)
        if self.low == self.high:
            self.low, self.high = low, high
        if low < self.low or low > self.low + 2:
            self.low = low
        if high > self.high or high < self.high - 2:
            self.high = high
        self.low = max(self.low, self.high - MOST_DECADES)
        return before != (self.low, self.high)

    def share(self, norm: float) -> float:
        """How far a bar of this norm reaches, 0 to 1; 0 for a norm of 0."""
        if not norm > 0.0 or self.low == self.high:
            return 0.0
        if math.isinf(norm):
            return 1.0
        return min(max((math.log10(norm) - self.low) / (self.high - self.low), 0.0), 1.0)

    def ticks(self, most: int) -> list[int]:
        """At most so many exponents, evenly spaced."""
        if self.low == self.high:
            return []
        every = max(1, math.ceil((self.high - self.low) / max(1, most - 1)))
        return list(range(self.low, self.high + 1, every))


def power(exponent: int) -> str:
    """A power of ten: 1, 10, 10⁻⁵."""
    if exponent in (0, 1):
        return str(10**exponent)
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
