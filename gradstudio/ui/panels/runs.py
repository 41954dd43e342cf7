"""Earlier runs of this session, to lay a new one over: bounded, and kept in memory only. No Qt."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradstudio.document.model import Settings
from gradstudio.engine.gate import Array
from gradstudio.ui.panels.curves import LearningCurve

KEPT = 6
"""Earlier runs at most; the oldest is forgotten first."""
SHORTEST = 3
"""A run of fewer rows isn't worth keeping."""


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """One training from its first step on.

    Attributes:
        number: counts from 1 in this session.
        how: how it was trained: "adam 0.01".
        curve: what became of it.
    """

    number: int
    how: str
    curve: LearningCurve


class Runs:
    """The run that is shown, and those before it that went another way.

    Attributes:
        earlier: from the oldest to the newest.
        number: of the present run.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all: another document is open."""
        self.earlier: tuple[Run, ...] = ()
        self.number = 1
        self._last = LearningCurve.of({})
        self._how = ""

    def forget(self) -> None:
        """Forget the earlier ones."""
        self.earlier = ()

    def note(self, history: Mapping[str, Array], how: str) -> None:
        """The document's history is this now: if it doesn't go on from the last one, that is an earlier run.

        A history that is only the beginning of the last one (after an undo) is another run once it goes on otherwise.
        """
        curve = LearningCurve.of(history)
        if not len(curve) or not goes_on(self._last, curve):
            self._keep()
            self.number = max((run.number for run in self.earlier), default=0) + 1
        back = next((run for run in self.earlier if len(curve) and goes_on(run.curve, curve)), None)
        if back is not None:
            self.earlier = tuple(run for run in self.earlier if run is not back)
            self.number = back.number
        self._last, self._how = curve, how

    def _keep(self) -> None:
        if len(self._last) >= SHORTEST:
            self.earlier = (*self.earlier, Run(self.number, self._how, self._last))[-KEPT:]


def goes_on(old: LearningCurve, new: LearningCurve) -> bool:
    """Whether a curve is an older one with more rows: equal wherever both have a row, and no shorter.

    Rows are thinned out as a run grows, so they need not all be there.
    """
    if not len(old):
        return True
    if new.step[-1] < old.step[-1]:
        return False
    _, here, there = np.intersect1d(old.step, new.step, assume_unique=True, return_indices=True)
    return len(here) > 0 and bool(np.array_equal(old.loss[here], new.loss[there], equal_nan=True))


def how_trained(settings: Settings) -> str:
    """The settings a run is told from others by: "adam 0.01, batches of 32"."""
    words = f"{settings.optimizer} {settings.learning_rate:g}"
    return words if settings.batch_size is None else f"{words}, batches of {settings.batch_size}"


def as_csv(runs: Sequence[Run]) -> str:
    """The rows of some runs as a table: run, how it was trained, step, and every column that has a number."""
    names = [name for name in ("loss", "accuracy", "validation_loss", "validation_accuracy") if _has(runs, name)]
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\n")
    table.writerow(["run", "how", "step", *names])
    for run in runs:
        columns = [getattr(run.curve, name).tolist() for name in names]
        for step, *numbers in zip(run.curve.step.tolist(), *columns, strict=True):
            table.writerow([run.number, run.how, int(step), *("" if math.isnan(x) else repr(x) for x in numbers)])
    return made.getvalue()


def _has(runs: Sequence[Run], name: str) -> bool:
    return any(np.isfinite(getattr(run.curve, name)).any() for run in runs)
