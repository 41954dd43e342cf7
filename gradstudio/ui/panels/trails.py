"""How numbers went while somebody looked: bounded, however long training goes on. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gradstudio.training.snapshot import GradientRow

LONGEST = 96
"""Points of a trail; of a longer one every other is forgotten, and new ones come half as often."""
Key: TypeAlias = tuple[int, str]


class Trails:
    """The gradient norms of rows over the training steps, all of them noted at the same steps.

    Attributes:
        steps: at which they were noted, rising.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything: another network is shown, or training began anew."""
        self.steps: list[int] = []
        self._norms: dict[Key, list[float]] = {}
        self._stride = 1

    def note(self, step: int, rows: Iterable[GradientRow]) -> None:
        """Note the norms of a step, if it is time for one."""
        if self.steps and step < self.steps[-1]:
            self.clear()
        if self.steps and step < self.steps[-1] + self._stride:
            return
        before = len(self.steps)
        for row in rows:
            trail = self._norms.setdefault((row.node, row.port), [])
            trail.extend([float("nan")] * (before - len(trail)))
            trail.append(row.norm)
        self.steps.append(step)
        if len(self.steps) > LONGEST:
            self._thin()

    def of(self, row: GradientRow) -> list[float]:
        """The norms of a row at `steps`; shorter where it wasn't there at last."""
        return self._norms.get((row.node, row.port), [])

    @property
    def norms(self) -> Mapping[Key, list[float]]:
        """All of them."""
        return self._norms

    def _thin(self) -> None:
        self.steps = self.steps[::2]
        self._norms = {key: trail[::2] for key, trail in self._norms.items()}
        span = self.steps[-1] - self.steps[0]
        self._stride = max(1, 2 * span // LONGEST)
