"""How runs differ, in words and as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from gradstudio.document.model import Settings
from gradstudio.runs.record import Run

MEASURES = ("loss", "accuracy", "validation_loss", "validation_accuracy", "test_loss", "test_accuracy")
_UNTOLD = ("steps", "objective")
"""Settings that tell runs apart by what came of them, or say nothing to people."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two runs differ.

    Attributes:
        what: the name of a setting, of what was varied, or of a number of the result.
        one: of the first run.
        other: of the second.
    """

    what: str
    one: Any
    other: Any


def how_trained(settings: Settings) -> str:
    """The settings a run is told from others by: "adam 0.01, batches of 32"."""
    words = f"{settings.optimizer} {settings.learning_rate:g}"
    return words if settings.batch_size is None else f"{words}, batches of {settings.batch_size}"


def traits(run: Run) -> dict[str, Any]:
    """All that was set for a run, by name; what was varied on purpose last."""
    return asdict(run.settings) | dict(run.varied)


def differing(runs: Sequence[Run]) -> tuple[str, ...]:
    """Names of what isn't the same in all of these runs; a thing one of them says nothing of counts as other."""
    known = [traits(run) for run in runs]
    names = dict.fromkeys(name for one in known for name in one)
    return tuple(name for name in names if len({repr(one.get(name, "")) for one in known}) > 1)


def told_apart(run: Run, names: Sequence[str]) -> str:
    """What a run has of these things, in words: "learning rate 0.1, batch size all"."""
    known = traits(run)
    return ", ".join(f"{title(name)} {shown(known[name])}" for name in names if name in known and name not in _UNTOLD)


def differences(one: Run, other: Run) -> list[Difference]:
    """In what two runs differ: settings and what was varied, how long they trained, what came of it."""
    a, b = _all(one), _all(other)
    return [
        Difference(name, a.get(name), b.get(name)) for name in dict.fromkeys((*a, *b)) if a.get(name) != b.get(name)
    ]


def title(name: str) -> str:
    """A setting's name as people read it."""
    return name.replace("_", " ")


def shown(value: object) -> str:
    """A value in a few characters."""
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def when(run: Run) -> str:
    """When a run began, as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(run.began, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(run: Run) -> dict[str, Any]:
    """A run as a row of a table: what programs read."""
    measured = {name: getattr(run.result, name) for name in MEASURES}
    return {
        "run": run.number,
        "name": run.name,
        "when": when(run),
        "seconds": run.seconds,
        "first": run.first,
        "step": run.step,
        "goal": run.goal,
        "outcome": str(run.outcome),
        **measured,
        "best_step": None if run.best is None else run.best.step,
        "origin": run.origin,
        "note": run.note,
    }


def as_csv(runs: Sequence[Run]) -> str:
    """Runs as a table for a spreadsheet: what is known of each, then all in which they differ."""
    names = differing(runs)
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\n")
    table.writerow([*row(Run()), *names])
    for run in runs:
        known = traits(run)
        table.writerow([_cell(value) for value in (*row(run).values(), *(known.get(name) for name in names))])
    return made.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _all(run: Run) -> dict[str, Any]:
    measured = {name: getattr(run.result, name) for name in MEASURES}
    return traits(run) | {"steps made": run.steps, "outcome": str(run.outcome)} | measured | {"seconds": run.seconds}
