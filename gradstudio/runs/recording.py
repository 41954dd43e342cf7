"""From what training tells of a run to what is kept of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from gradstudio.document.course import STOPPED
from gradstudio.document.model import Document, Patch, Settings, Training
from gradstudio.runs.record import NOTHING, Best, Changed, Outcome, Run, Scalar
from gradstudio.runs.writing import State, Writer
from gradstudio.training.keeping import Log, Taken

EMPTY: Mapping[str, object] = NOTHING


class Recorder:
    """Hands the states of runs to a writer. Used from the thread that hands documents over.

    Args:
        writer: writes them.
        origin: who trains: "window", "command line" …
        varied: what was set on purpose for these runs.
    """

    def __init__(self, writer: Writer, origin: str, varied: Mapping[str, Scalar] = NOTHING) -> None:
        self._writer = writer
        self._origin = origin
        self._varied = varied
        self._last: dict[Hashable, Run] = {}

    def go_on_with(self, run: Run) -> Log:
        """What is trained next is this run, which was interrupted; returns its log to go on with."""
        log = log_of(run)
        self._writer.go_on_with(key_of(log), run.number)
        self._last[key_of(log)] = run
        return log

    def take(self, taken: Taken, document: Document) -> None:
        """Keep a state of a run under way.

        Args:
            taken: the state.
            document: the network, in whichever state; it is copied.
        """
        key = key_of(taken.log)
        known = self._last.get(key)
        network = network_of(document, taken.training, taken.settings)
        run = self._run(taken.log, taken.training, Outcome.RUNNING)
        if taken.measured is None:
            self._keep(key, State(run, network))
            return
        of, value = taken.measured
        best = Best(taken.training.step, "validation_loss" if of == "validation_loss" else "loss", value)
        self._keep(key, State(replace(known or run, best=best), None if known else network, network))

    def end(
        self, log: Log, document: Document, outcome: Outcome, known: Mapping[str, object] = EMPTY, *, sound: bool = True
    ) -> Hashable:
        """Keep a run that has paused or ended; returns its key, under which the writer tells of it.

        Args:
            log: how it was trained.
            document: the network as the run left it; a copy nobody changes.
            outcome: how it ended.
            known: fields of `record.Run` and `record.Result` somebody knows better than the curve tells.
            sound: whether the network is worth keeping: not where NaN has come of it.
        """
        key = key_of(log)
        outcome = Outcome.FINISHED if outcome is Outcome.STOPPED and stopped_early(document.training) else outcome
        run = self._run(log, document.training, outcome).but(known)
        run = run if sound else replace(run, has_network=False)
        self._keep(key, State(run, document if sound else None))
        return key

    def abandon(self) -> None:
        """Runs that seem to go on have ended, and nobody keeps more of them than there is."""
        for key, run in list(self._last.items()):
            if run.outcome is Outcome.RUNNING:
                self._keep(key, State(replace(run, outcome=Outcome.STOPPED)))

    def _run(self, log: Log, training: Training, outcome: Outcome) -> Run:
        run = run_of(log, training, outcome, self._origin)
        known = self._last.get(key_of(log))
        return replace(run, varied=self._varied, best=known.best if known else None)

    def _keep(self, key: Hashable, state: State) -> None:
        self._last[key] = state.run
        self._writer.keep(key, state)


def stopped_early(training: Training) -> bool:
    """Whether this is where training ended of itself, since nothing more was won."""
    return any(change.what == STOPPED and change.step == training.step for change in training.changes)


def key_of(log: Log) -> Hashable:
    """What tells a run from all others of a network."""
    return log.began


def run_of(log: Log, training: Training, outcome: Outcome, origin: str) -> Run:
    """What is known of a run that has come to this state."""
    made = Run(
        began=log.began,
        seconds=log.seconds,
        first=log.first,
        step=training.step,
        goal=log.goal,
        outcome=outcome,
        settings=log.settings,
        changes=tuple(Changed(c.step, c.what, c.before, c.after) for c in training.changes if c.step >= log.first),
        origin=origin,
    )
    return made.with_result(training.history)


def log_of(run: Run, number: int = 1) -> Log:
    """The log to go on with of a run that was interrupted.

    Args:
        run: as it is kept.
        number: the session's for it.
    """
    return Log(number, run.began, run.seconds, run.first, run.goal, run.settings)


def network_of(document: Document, training: Training, settings: Settings) -> Document:
    """A copy of the network in this state of its training."""
    copy = document.copy()
    copy.apply(Patch("Train", settings=settings, training=training))
    return copy
