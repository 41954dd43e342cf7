"""The learning curve: bounded in size however long training goes on, and the same whether it was interrupted or not."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from gradstudio.engine.gate import Array

LIMIT = 4096
STEP = "step"
NAMES = (STEP, "loss", "accuracy")
HELD = ("validation_loss", "validation_accuracy")
"""Columns there are where rows were held back; NaN in a row at which they weren't evaluated."""
RATE = "learning_rate"
"""The column there is where the learning rate wasn't the same at all steps."""
SELDOM = 16
"""Rows held back are evaluated at every so many rows of the curve: it costs time."""
Pair = tuple[float | None, float | None]


class Curve:
    """Rows of (step, loss, accuracy) at multiples of a stride that doubles whenever the rows become too many.

    Args:
        history: columns of an earlier curve to go on from.
        rate: the learning rate of all its rows, where they don't say.

    Attributes:
        validated: the step rows held back were evaluated at last; -1 before.
    """

    def __init__(self, history: Mapping[str, Array], rate: float = math.nan) -> None:
        known = all(name in history for name in NAMES)
        held = known and all(name in history for name in HELD)
        names = (*NAMES, *(HELD if held else ()), *((RATE,) if known and RATE in history else ()))
        self._columns = {name: array("d", history[name].tolist() if known else ()) for name in names}
        self._rate = rate
        steps = self._columns[STEP]
        self.stride = int(steps[-1]) - int(steps[-2]) if len(steps) > 1 else 1
        self.validated = -1

    @property
    def held(self) -> bool:
        """Whether rows held back have been evaluated."""
        return HELD[0] in self._columns

    def newest(self, name: str) -> float:
        """The last row's number in a column; NaN where there is none."""
        column = self._columns.get(name)
        return column[-1] if column else math.nan

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

    def add(
        self,
        step: int,
        loss: float | None,
        accuracy: float | None,
        held: Pair | None = None,
        rate: float = math.nan,
    ) -> None:
        """Add a row, in the place of one of this step; `held` is of rows held back, where they were evaluated."""
        if self._columns[STEP] and self._columns[STEP][-1] >= step:
            self.cut(step)
        if held is not None:
            self.validated = step
            self._widen(HELD, math.nan)
        if not math.isnan(rate):
            self._note_rate(rate)
        known = self._columns
        for name, value in zip(NAMES, (step, loss, accuracy), strict=True):
            known[name].append(math.nan if value is None else value)
        if len(known) > len(NAMES):
            self._add_more(held or (None, None), rate)
        if len(known[STEP]) > LIMIT:
            self.stride *= 2
            kept = [i for i, known in enumerate(self._columns[STEP]) if int(known) % self.stride == 0]
            self._columns = {name: array("d", [c[i] for i in kept]) for name, c in self._columns.items()}

    def _add_more(self, held: Pair, rate: float) -> None:
        """The row's entries in the columns there aren't always."""
        for name, value in zip((*HELD, RATE), (*held, rate), strict=True):
            if name in self._columns:
                self._columns[name].append(math.nan if value is None else value)

    def correct_rate(self, step: int, rate: float) -> None:
        """The learning rate of this step, if it is a row already, was changed before its update."""
        if not self._columns[STEP] or self._columns[STEP][-1] != step:
            return
        if len(self._columns[STEP]) == 1 and RATE not in self._columns:
            self._rate = rate
        self._note_rate(rate)
        if RATE in self._columns:
            self._columns[RATE][-1] = rate

    def _note_rate(self, rate: float) -> None:
        """The learning rate of the row to come: the first other one makes a column of it."""
        if not self._columns[STEP] and RATE not in self._columns:
            self._rate = rate
        if rate != self._rate:
            self._widen((RATE,), self._rate)

    def _widen(self, names: tuple[str, ...], before: float) -> None:
        rows = len(self._columns[STEP])
        if names[0] not in self._columns:
            self._columns |= {name: array("d", [before]) * rows for name in names}

    def cut(self, step: int) -> None:
        """Forget the rows of this step and those after it."""
        first = bisect_left(self._columns[STEP], step)
        for column in self._columns.values():
            del column[first:]

    def columns(
        self, step: int | None = None, loss: float | None = None, accuracy: float | None = None
    ) -> dict[str, Array]:
        """The columns by name, read-only; one row more for a step not in yet; its rate is the last one's."""
        steps = self._columns[STEP]
        extra = step is not None and loss is not None and (not steps or steps[-1] < step)
        table = np.empty((len(self._columns), len(steps) + extra))
        for row, column in zip(table, self._columns.values(), strict=True):
            row[: len(column)] = column
        if extra:
            last = {STEP: step, "loss": loss, "accuracy": math.nan if accuracy is None else accuracy}
            last |= {RATE: self._columns[RATE][-1]} if RATE in self._columns else {}
            table[:, -1] = [last.get(name, math.nan) for name in self._columns]
        table.flags.writeable = False
        return dict(zip(self._columns, table, strict=True))
