"""One trial trained from its start to its end, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from gradstudio.document.model import Document, Patch
from gradstudio.engine.errors import EngineError, NotFinite
from gradstudio.engine.running import Stop
from gradstudio.runs.record import Outcome, Result, Run
from gradstudio.training.trainer import Trainer
from gradstudio.training.validation import unpunished, validation_of

GLANCE = 0.1
"""Seconds between two tellings of how far a trial is."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial that has come to an end.

    Attributes:
        document: the network with what it has learned.
        outcome: finished, diverged, or stopped where it couldn't be trained.
        result: what came of it, measured on the network as it ended.
        seconds: it took.
        message: why it didn't come to its end, in a sentence.
    """

    document: Document
    outcome: Outcome
    result: Result
    seconds: float = 0.0
    message: str = ""

    def as_run(self, goal: int, began: float) -> Run:
        """What is kept of it in a folder of runs, before it has a name."""
        training = self.document.training
        return Run(
            began=began, seconds=self.seconds, step=training.step, goal=goal, outcome=self.outcome,
            settings=self.document.settings, result=self.result, origin="sweep", message=self.message,
        )  # fmt: skip


def try_out(document: Document, steps: int, stop: Stop, tell: Callable[[int, float | None], None]) -> Tried | None:
    """Train a network.

    Args:
        document: one nobody else changes.
        steps: to make.
        stop: asked between two gates; once it is true the trial is given up.
        tell: told of the step and the loss, a few times a second.

    Returns:
        What came of it; None if it was given up.
    """
    began = time.perf_counter()
    try:
        trainer = Trainer(document)
        trainer.refuse_untrainable()
    except EngineError as error:
        return Tried(document, Outcome.STOPPED, Result(), time.perf_counter() - began, str(error))
    try:
        _train(trainer, steps, stop, tell)
    except NotFinite as error:
        made = _learned(document, trainer)
        return Tried(made, Outcome.DIVERGED, Result(), time.perf_counter() - began, str(error))
    if stop():
        return None
    return Tried(_learned(document, trainer), Outcome.FINISHED, _measured(trainer), time.perf_counter() - began)


def _train(trainer: Trainer, steps: int, stop: Stop, tell: Callable[[int, float | None], None]) -> None:
    due = 0.0
    for step in trainer.run(steps, stop):
        now = time.perf_counter()
        if now >= due:
            due = now + GLANCE
            tell(step, trainer.loss)
    if not stop():
        trainer.finish()


def _measured(trainer: Trainer) -> Result:
    """Loss and accuracy of the last state, over all rows it learned from and those held back, without penalties."""
    document, arrays = trainer.document, trainer.training().parameters
    held = validation_of(document)
    loss, accuracy = (held and held.measure(arrays)) or (None, None)
    learned_from = _over_all(document, trainer) or (trainer.loss, trainer.accuracy)
    return Result(*learned_from, loss, accuracy)


def _over_all(document: Document, trainer: Trainer) -> tuple[float | None, float | None] | None:
    """What the network makes of all rows it learned from, as it is used. None where that can't be told."""
    whole = validation_of(document, "training")
    if whole is not None:
        return whole.measure(trainer.training().parameters)
    made = _learned(document, trainer)
    made.apply(Patch("Judge", unpunished(made), settings=replace(made.settings, batch_size=None)))
    try:
        judge = Trainer(made)
        judge.plan.mode.training = False
        judge.evaluate()
    except EngineError:
        return None
    return judge.loss, judge.accuracy


def _learned(document: Document, trainer: Trainer) -> Document:
    made = document.copy()
    made.apply(Patch("Train", training=trainer.training()))
    return made
