"""A sweep: one network trained many times, each time with other settings or params; which times, and what is best.

Everything follows from the plan: the same one makes the same trials with the same numbers, in whatever order and by
however many workers they are trained.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gradstudio.data.record import record_of
from gradstudio.document import commands
from gradstudio.document.model import Document, Patch, Training
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.trained import unpinned
from gradstudio.engine.errors import ShapeError
from gradstudio.runs.axes import Axis, said
from gradstudio.runs.record import Result
from gradstudio.runs.targets import NotASweep, Scalar, target

MOST_TRIALS = 150
"""A folder keeps 200 runs: some of those there were before stay."""
_TRIES = 50
"""So many draws for each trial are made where they repeat others."""
LONGEST_TITLE = 80
STEPS, SEED = "steps", "seed"


class Metric(StrEnum):
    """What a trial is judged by."""

    VALIDATION_LOSS = "validation_loss"
    VALIDATION_ACCURACY = "validation_accuracy"
    LOSS = "loss"
    ACCURACY = "accuracy"

    @property
    def words(self) -> str:
        """As people say it."""
        return self.value.replace("_", " ")

    @property
    def rises(self) -> bool:
        """Whether more of it is better."""
        return self in (Metric.ACCURACY, Metric.VALIDATION_ACCURACY)

    def of(self, result: Result) -> float | None:
        """What a result says of it."""
        found: float | None = getattr(result, self.value)
        return found

    def rank(self, result: Result) -> float:
        """A number that is smaller for a better result, infinite where nothing is known."""
        value = self.of(result)
        return math.inf if value is None or not math.isfinite(value) else -value if self.rises else value


def usual_metric(document: Document) -> Metric:
    """The validation loss where rows are held back, else the loss."""
    texts = (node.params.get("record") for node in document.nodes.values())
    return Metric.VALIDATION_LOSS if any(_holds_back(text) for text in texts) else Metric.LOSS


def _holds_back(text: object) -> bool:
    """Whether the record of a data node holds rows back; nothing is read or compiled for that."""
    try:
        return isinstance(text, str) and bool(text) and record_of(text).preparation.validation > 0
    except ShapeError:
        return False


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of a sweep.

    Attributes:
        number: from 1, in the order of the plan.
        values: what is set for it, by key.
    """

    number: int
    values: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tried.

    Attributes:
        axes: what varies; in a grid the last one varies fastest.
        steps: of each trial.
        random: trials to draw; None for the grid of all values.
        seed: they are drawn with.
        metric: what they are judged by.
        name: of the sweep.
    """

    axes: tuple[Axis, ...]
    steps: int
    random: int | None = None
    seed: int = 0
    metric: Metric = Metric.LOSS
    name: str = "sweep"

    @property
    def keys(self) -> tuple[str, ...]:
        """Of what varies."""
        return tuple(axis.key for axis in self.axes)

    def trials(self) -> tuple[Trial, ...]:
        """All of them.

        Raises:
            NotASweep: if there are none, or too many, or one thing varies twice.
        """
        self._refuse()
        points = list(self._grid() if self.random is None else self._drawn(self.random))
        return tuple(Trial(i + 1, dict(zip(self.keys, point, strict=True))) for i, point in enumerate(points))

    def _refuse(self) -> None:
        if not self.axes:
            raise NotASweep("Nothing varies. Say over what: lr=0.001..1:log:5.")
        twice = [key for key in self.keys if self.keys.count(key) > 1]
        if twice:
            raise NotASweep(f"{twice[0]} varies twice. Put all its values into one.")
        count = math.prod(len(axis.grid()) for axis in self.axes) if self.random is None else self.random
        if not 1 <= count <= MOST_TRIALS:
            few = "Take fewer values, or draw some of them: random." if self.random is None else "Draw fewer."
            raise NotASweep(f"A sweep has 1 to {MOST_TRIALS} trials; these are {count:,}. {few}")

    def _grid(self) -> Iterable[tuple[Scalar, ...]]:
        return itertools.product(*(axis.grid() for axis in self.axes))

    def _drawn(self, count: int) -> Iterable[tuple[Scalar, ...]]:
        """Points drawn from the axes, each once; fewer where there aren't so many."""
        found: dict[tuple[Scalar, ...], None] = {}
        most = min(count, math.prod(axis.size for axis in self.axes))
        for i in range(count * _TRIES):
            numbers = np.random.default_rng([self.seed, i]).random(len(self.axes)).tolist()
            found[tuple(axis.draw(u) for axis, u in zip(self.axes, numbers, strict=True))] = None
            if len(found) == most:
                break
        return found


def variant(document: Document, values: Mapping[str, Scalar], steps: int) -> Document:
    """The network with these values, untrained.

    Where a node's param or the seed varies, start values that are pinned are drawn anew in every trial: they may not
    fit, and would be the same for all seeds.

    Raises:
        NotASweep: if there is no such setting or param, or it can't be that.
    """
    made = document.copy()
    found = {key: target(made, key) for key in values}
    if SEED in values or any(one.node is not None for one in found.values()):
        made.apply(Patch("Draw start values", {i: unpinned(node) for i, node in made.nodes.items()}))
    settings = {key: one.check(values[key]) for key, one in found.items() if one.node is None}
    made.apply(commands.change_settings(made, **{STEPS: steps, **settings}))
    for key, one in found.items():
        if one.node is not None:
            made.apply(commands.set_param(made, [one.node.id], one.name, one.check(values[key])))
    made.apply(Patch("Start anew", training=Training()))
    return made


def adopted(document: Document, values: Mapping[str, Scalar]) -> Patch:
    """The values of a trial put into a network, as one edit; what was trained stays where it still fits.

    Raises:
        NotASweep: if the network has no such setting or param.
        Refused: if it can't be made.
    """
    trial = Rehearsal(document)
    found = {key: target(document, key) for key in values}
    for key, one in found.items():
        if one.node is None:
            trial.do(commands.change_settings(trial.doc, **{key: one.check(values[key])}))
        else:
            trial.do(commands.set_param(trial.doc, [one.node.id], one.name, one.check(values[key])))
    told = ", ".join(f"{key} {said(value)}" for key, value in values.items())
    return trial.patch(f"Set {told}" if len(told) < LONGEST_TITLE else f"Set {len(values)} values of a trial")
