"""What is kept of a run while it goes on: how it was trained, a state every so often, and its best state.

States are taken between two steps of the trainer, by whoever steps it, and wait here for whoever writes them: of those
that wait the newest stays. A state is what a pause at this step would leave, so a run that goes on from it ends as the
one it was taken from.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from gradstudio.document.model import Settings, Training
from gradstudio.engine.running import Stop
from gradstudio.training.trainer import Trainer

MINUTES = 5.0
"""From one state to the next, where nobody says otherwise."""
SHARE = 0.01
"""Looking for a better state takes this share of the time at most."""
LOOK_SECONDS = 0.5
"""From one look at the loss to the next, where no rows are held back that are evaluated anyway."""
HAND_OVER = 30.0
"""Seconds from one best state that is handed over to the next: writing takes time too."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants to have kept.

    Attributes:
        every: seconds from one state to the next; None for no states but the last.
        best: whether the best state is kept too.
    """

    every: float | None = 60 * MINUTES
    best: bool = True


@dataclass(frozen=True, slots=True)
class Log:
    """How a run is trained.

    Attributes:
        run: its number in the session.
        began: when, in seconds since 1970.
        seconds: it has trained, pauses left out.
        first: steps done before it.
        goal: the step it is to go to.
        settings: those it began with.
    """

    run: int
    began: float
    seconds: float
    first: int
    goal: int
    settings: Settings


@dataclass(frozen=True, eq=False, slots=True)
class Taken:
    """A state of a run under way.

    Attributes:
        log: how it was trained so far.
        training: the state.
        settings: those in force.
        revision: of the graph it belongs to.
        measured: "validation_loss" or "loss" and its value, where this is the best state so far; None otherwise.
    """

    log: Log
    training: Training
    settings: Settings
    revision: int
    measured: tuple[str, float] | None = None


class Keeping:
    """Keeps the log of a run, and takes its states when they are due.

    Args:
        wishes: what is wanted.

    Attributes:
        wishes: as given; what changes holds from the next run on.
        due: of `time.perf_counter`; `look` has nothing to do before it, unless rows held back were just evaluated.
        log: of the run that goes on, or went last; None before the first.
    """

    def __init__(self, wishes: Wishes | None = None) -> None:
        self.wishes = wishes or Wishes()
        self.due = math.inf
        self.log: Log | None = None
        self._newest_due = self._best_due = self._hand_over_due = math.inf
        self._resumed: tuple[Log, float] | None = None
        self._best = math.inf
        self._since = 0.0
        self._lock = threading.Lock()
        self._ready: dict[bool, Taken] = {}
        self._better: Taken | None = None

    # ---- whoever trains

    def begin(self, run: int, step: int, goal: int, settings: Settings) -> None:
        """A run begins, or one goes on after a pause."""
        now = time.perf_counter()
        if self._resumed is not None:
            (log, self._best), self._resumed = self._resumed, None
            self.log, self._better = replace(log, run=run), None
        elif self.log is None or self.log.run != run or step < self.log.first:
            self.log = Log(run, time.time(), 0.0, step, goal, settings)
            self._best, self._better = math.inf, None
        self.log = replace(self.log, goal=goal)
        self._since = now
        self._newest_due = now + (self.wishes.every or math.inf)
        self._best_due = now + LOOK_SECONDS if self.wishes.best else math.inf
        self._hand_over_due = now + HAND_OVER
        self.due = min(self._newest_due, self._best_due)

    def go_on(self, log: Log, best: float | None) -> None:
        """The run that begins next is this one, which a crash has ended."""
        self._resumed = log, math.inf if best is None else best

    def look(self, trainer: Trainer, stop: Stop | None = None) -> bool:
        """Take what is due, between two steps: the passes of this step are made, its update isn't. False if stopped."""
        now = time.perf_counter()
        evaluated = trainer.curve.validated == trainer.step
        wanted = self.wishes.best and (evaluated or now >= self._best_due)
        if wanted and not self._look_for_better(trainer, now, stop, evaluated=evaluated):
            return False
        if now >= self._newest_due:
            if not trainer.verify(stop):
                return False
            self._put(self._take(trainer, now))
            self._newest_due = now + (self.wishes.every or math.inf)
        self.due = min(self._newest_due, self._best_due)
        return True

    def end(self) -> None:
        """The run pauses, or has ended."""
        if self.log is not None:
            now = time.perf_counter()
            self.log = replace(self.log, seconds=self.log.seconds + now - self._since)
            self._since = now
            self._hand_over()

    # ---- whoever writes

    def taken(self) -> tuple[Taken, ...]:
        """The states nobody has fetched yet: the newest, and the best."""
        with self._lock:
            found, self._ready = tuple(self._ready.values()), {}
        return found

    # ---- inside

    def _look_for_better(self, trainer: Trainer, now: float, stop: Stop | None, *, evaluated: bool) -> bool:
        """Keep this state at hand where it is the best so far; False if stopped."""
        held = trainer.curve.held
        value = trainer.curve.newest("validation_loss") if evaluated else math.nan
        if not held:
            trainer.measure()
            value = math.nan if trainer.loss is None else trainer.loss
        if value < self._best:
            if not trainer.verify(stop):
                return False
            self._best = value
            self._better = self._take(trainer, now, ("validation_loss" if held else "loss", value))
        after = time.perf_counter()
        self._best_due = math.inf if held else max(now + LOOK_SECONDS, after + (after - now) / SHARE)
        if now >= self._hand_over_due:
            self._hand_over()
        return True

    def _hand_over(self) -> None:
        """Let the best state be written that was found since the last time."""
        better, self._better = self._better, None
        self._hand_over_due = time.perf_counter() + HAND_OVER
        if better is not None:
            self._put(better)

    def _take(self, trainer: Trainer, now: float, measured: tuple[str, float] | None = None) -> Taken:
        assert self.log is not None
        log = replace(self.log, seconds=self.log.seconds + now - self._since)
        training = before_step(trainer.training())
        return Taken(log, training, trainer.settings, trainer.document.graph_revision, measured)

    def _put(self, taken: Taken) -> None:
        with self._lock:
            self._ready[taken.measured is not None] = taken


def before_step(training: Training) -> Training:
    """A state taken within a step as it was before it: the step's row of the curve comes when it is made again."""
    steps = training.history.get("step")
    if steps is None:
        return training
    rows = int(np.searchsorted(steps, training.step))
    history = {name: column[:rows] for name, column in training.history.items()}
    return replace(training, history=MappingProxyType(history))
