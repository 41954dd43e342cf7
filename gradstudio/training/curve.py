"""The learning curve: bounded in size however long training goes on, and the same whether it was interrupted or not."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from gradstudio.engine.gate import Array

LIMIT = 4096
NAMES = ("step", "loss", "accuracy")


class Curve:
    """Rows of (step, loss, accuracy) at multiples of a stride that doubles whenever the rows become too many.

    Args:
        history: columns of an earlier curve to go on from.
    """

    def __init__(self, history: Mapping[str, Array]) -> None:
        self._rows: list[tuple[float, float, float]] = []
        if all(name in history for name in NAMES):
            columns = [history[name].tolist() for name in NAMES]
            self._rows = list(zip(*columns, strict=True))
        steps = [int(row[0]) for row in self._rows]
        self.stride = steps[-1] - steps[-2] if len(steps) > 1 else 1

    def wants(self, step: int) -> bool:
        """Whether this step is to be a row."""
        return step % self.stride == 0

    def add(self, step: int, loss: float | None, accuracy: float | None) -> None:
        """Add a row."""
        self._rows.append((step, *_numbers(loss, accuracy)))
        if len(self._rows) > LIMIT:
            self.stride *= 2
            self._rows = [row for row in self._rows if row[0] % self.stride == 0]

    def columns(
        self, step: int | None = None, loss: float | None = None, accuracy: float | None = None
    ) -> dict[str, Array]:
        """The columns by name, read-only; with one more row for a step that isn't in yet."""
        rows = self._rows
        if step is not None and loss is not None and (not rows or rows[-1][0] < step):
            rows = [*rows, (step, *_numbers(loss, accuracy))]
        table = np.array(rows, np.float64).reshape(-1, len(NAMES)).T.copy()
        table.flags.writeable = False
        return dict(zip(NAMES, table, strict=True))


def _numbers(loss: float | None, accuracy: float | None) -> tuple[float, float]:
    return (math.nan if loss is None else loss, math.nan if accuracy is None else accuracy)
