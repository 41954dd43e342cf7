"""What a peer makes of a workload: something that steps, and tells its loss."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

BLOCK = 0.02
"""Seconds between two looks at the clock."""


class Unsupported(Exception):
    """A peer can't run a workload; the message says why."""


class Runner(ABC):
    """A workload made ready by one peer.

    A step puts the next batch in, computes loss and gradients and updates the parameters.

    Attributes:
        facts: further numbers to report, such as compile time.
    """

    def __init__(self) -> None:
        self.facts: dict[str, float] = {}
        self._count = 0

    @abstractmethod
    def step(self) -> None:
        """One training step."""

    @abstractmethod
    def loss(self) -> float:
        """The loss of the last step, before its update."""

    def gradients(self) -> list[float]:
        """Gradients of a circuit's leaves in the last step; empty for networks."""
        return []

    def sync(self) -> None:
        """Wait until the last step is done, where steps are handed to somebody else."""
        return

    def time(self, seconds: float) -> list[float]:
        """Step for so many seconds; returns the microseconds of a step, block by block."""
        count = self._count or repeats(self._block(1))
        found: list[float] = []
        end = time.perf_counter() + seconds
        while not found or time.perf_counter() < end:
            found.append(self._block(count) * 1e6)
            count = repeats(found[-1] / 1e6)
        self._count = count
        return found

    def _block(self, count: int) -> float:
        """Seconds a step takes in a block of so many."""
        step = self.step
        start = time.perf_counter()
        for _ in range(count):
            step()
        self.sync()
        return (time.perf_counter() - start) / count


def repeats(seconds: float, block: float = BLOCK) -> int:
    """How many times something that takes so long is repeated between two looks at the clock."""
    return max(1, min(5000, int(block / max(seconds, 1e-7))))
