"""Learning curves of runs laid over each other: which of them are worth drawing behind the present one. No Qt."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradstudio.ui.curves import LearningCurve

KEPT = 6
"""Runs that are drawn behind without being asked for."""
MOST = 12
"""Runs that are drawn behind at most."""
LOOKED_AT = 24
"""So many of the newest are looked at for that: comparing long curves takes time."""
SHORTEST = 3
"""A run of fewer rows isn't drawn without being asked for."""


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """A run that is drawn.

    Attributes:
        number: of the run.
        title: its name, or "run 7".
        how: how it was trained: "adam 0.01".
        curve: what became of it.
    """

    number: int
    title: str
    how: str
    curve: LearningCurve


def worth_drawing(curves: Mapping[int, LearningCurve], present: LearningCurve) -> frozenset[int]:
    """The newest runs that went another way than the present one, and that no later run went on from."""
    found: list[int] = []
    for number in sorted(curves, reverse=True)[:LOOKED_AT]:
        if len(found) == KEPT:
            break
        curve, later = curves[number], (present, *(curves[k] for k in found))
        if len(curve) >= SHORTEST and not any(len(one) and goes_on(curve, one) for one in later):
            found.append(number)
    return frozenset(found)


def goes_on(old: LearningCurve, new: LearningCurve) -> bool:
    """Whether a curve is an older one with more rows: equal wherever both have a row, and no shorter.

    Rows are thinned out as a run grows, so they need not all be there.
    """
    if not len(old):
        return True
    if not len(new) or new.step[-1] < old.step[-1]:
        return False
    at = int(np.searchsorted(new.step, old.step[-1]))
    if new.step[at] == old.step[-1] and not np.array_equal(new.loss[at], old.loss[-1], equal_nan=True):
        return False  # most curves differ in the end: no need to look at all of them
    _, here, there = np.intersect1d(old.step, new.step, assume_unique=True, return_indices=True)
    return len(here) > 0 and bool(np.array_equal(old.loss[here], new.loss[there], equal_nan=True))


def as_csv(runs: Sequence[Drawn]) -> str:
    """The rows of some runs as a table: run, how it was trained, step, and every column that has a number."""
    known = ("loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate")
    names = [name for name in known if _has(runs, name)]
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\n")
    table.writerow(["run", "how", "step", *names])
    for run in runs:
        columns = [getattr(run.curve, name).tolist() for name in names]
        for step, *numbers in zip(run.curve.step.tolist(), *columns, strict=True):
            table.writerow([run.title, run.how, int(step), *("" if math.isnan(x) else repr(x) for x in numbers)])
    return made.getvalue()


def _has(runs: Sequence[Drawn], name: str) -> bool:
    return any(np.isfinite(getattr(run.curve, name)).any() for run in runs)
