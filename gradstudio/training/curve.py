"""The learning curve: bounded in size however long training goes on, and the same whether it was interrupted or not."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from gradstudio.engine.gate import Array

LIMIT = 4096
NAMES = ("step", "loss", "accuracy")
HELD = ("validation_loss", "validation_accuracy")
"""Columns there are where rows were held back; NaN in a row at which they weren't evaluated."""
SELDOM = 16
"""Rows held back are evaluated at every so many rows of the curve: it costs time."""
Pair = tuple[float | None, float | None]


class Curve:
    """Rows of (step, loss, accuracy) at multiples of a stride that doubles whenever the rows become too many.

    Args:
        history: columns of an earlier curve to go on from.

    Attributes:
        validated: the step rows held back were evaluated at last; -1 before.
    """

    def __init__(self, history: Mapping[str, Array]) -> None:
        known = all(name in history for name in NAMES)
        self._names = (*NAMES, *HELD) if known and all(name in history for name in HELD) else NAMES
        self._columns = tuple(array("d", history[name].tolist() if known else ()) for name in self._names)
        steps = self._columns[0]
        self.stride = int(steps[-1]) - int(steps[-2]) if len(steps) > 1 else 1
        self.validated = -1

    @property
    def held(self) -> bool:
        """Whether rows held back have been evaluated."""
        return len(self._columns) > len(NAMES)

    def newest(self, name: str) -> float:
        """The last row's number in a column; NaN where there is none."""
        column = self._columns[self._names.index(name)] if name in self._names else ()
        return column[-1] if len(column) else math.nan

    def wants(self, step: int) -> bool:
        """Whether this step is to be a row."""
        return step % self.stride == 0

    def validates(self, step: int, least: int = 1) -> bool:
        """Whether rows held back are to be evaluated at this step.

        Args:
            step: training steps done.
            least: steps from one evaluation to the next, at least: where evaluating is dear.
        """
        doubled = 1 << max(0, math.ceil(math.log2(max(1, least) / SELDOM)))
        return step % (SELDOM * max(self.stride, doubled)) == 0

    def add(self, step: int, loss: float | None, accuracy: float | None, held: Pair | None = None) -> None:
        """Add a row; `held` is loss and accuracy of rows held back, where they were evaluated."""
        steps = self._columns[0]
        if held is not None:
            self.validated = step
        if held is not None and len(self._columns) == len(NAMES):
            self._names = (*NAMES, *HELD)
            self._columns += tuple(array("d", [math.nan]) * len(steps) for _ in HELD)
        row = (step, loss, accuracy, *(held or (None, None)))
        for column, value in zip(self._columns, row, strict=False):
            column.append(math.nan if value is None else value)
        if len(steps) > LIMIT:
            self.stride *= 2
            kept = [i for i, known in enumerate(steps) if int(known) % self.stride == 0]
            self._columns = tuple(array("d", [column[i] for i in kept]) for column in self._columns)

    def cut(self, step: int) -> None:
        """Forget the rows of this step and those after it."""
        first = bisect_left(self._columns[0], step)
        for column in self._columns:
            del column[first:]

    def columns(
        self, step: int | None = None, loss: float | None = None, accuracy: float | None = None
    ) -> dict[str, Array]:
        """The columns by name, read-only; with one more row for a step that isn't in yet."""
        steps = self._columns[0]
        extra = step is not None and loss is not None and (not steps or steps[-1] < step)
        table = np.empty((len(self._columns), len(steps) + extra))
        for row, column in zip(table, self._columns, strict=True):
            row[: len(column)] = column
        if extra:
            table[:, -1] = math.nan
            table[: len(NAMES), -1] = step, loss, math.nan if accuracy is None else accuracy
        table.flags.writeable = False
        return dict(zip(self._names, table, strict=True))
