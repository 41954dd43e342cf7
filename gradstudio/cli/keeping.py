"""How `gradstudio train` keeps its runs, and goes on with one that was interrupted."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gradstudio.cli.failures import InputError
from gradstudio.cli.stopping import Stopped
from gradstudio.data.beside import bring
from gradstudio.engine.errors import NotFinite
from gradstudio.files.errors import FileProblem
from gradstudio.runs import Outcome, Store
from gradstudio.runs.matching import run_that_left
from gradstudio.runs.places import beside, is_shipped
from gradstudio.runs.recording import Recorder, network_of
from gradstudio.runs.resuming import newest_open
from gradstudio.runs.writing import Failed, Kept, Writer
from gradstudio.training.keeping import Keeping, Wishes, before_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from gradstudio.cli.options import KeepingOptions
    from gradstudio.document.model import Document
    from gradstudio.engine.running import Stop
    from gradstudio.runs import Run
    from gradstudio.training.trainer import Trainer

SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "": 1.0}
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|)\s*")
ORIGIN = "command line"
RUN = 1
"""The number of the one run a command makes."""


class Keeper:
    """Keeps the run of one command in the folder beside a network.

    Args:
        store: of that folder.
        network: the network's file.
        wishes: how often, and whether the best state is kept.

    Attributes:
        kept: the run as it is in the folder; None before it is.
    """

    def __init__(self, store: Store, network: Path, wishes: Wishes) -> None:
        self.kept: Run | None = None
        self._problem = ""
        self._keeping = Keeping(wishes)
        self._writer = Writer(store, self._told, network=network)
        self._recorder = Recorder(self._writer, ORIGIN)

    def go_on_with(self, run: Run) -> None:
        """The run is this one, which was interrupted.

        Raises:
            InputError: if somebody else goes on with it.
        """
        if not self._writer.store.take_over(run.number):
            raise InputError(f"{run.title} is being trained by another process; wait for its end, or stop it.")
        self._keeping.go_on(self._recorder.go_on_with(run), None if run.best is None else run.best.value)

    def begin(self, trainer: Trainer, steps: int) -> None:
        """The run begins."""
        self._keeping.begin(RUN, trainer.step, trainer.step + steps, trainer.settings)

    def look(self, trainer: Trainer, now: float, stop: Stop | None = None) -> None:
        """Between two steps: keep what is due."""
        if now >= self._keeping.due or trainer.curve.validated == trainer.step:
            self._keeping.look(trainer, stop)
            self._hand_over(trainer)

    @contextmanager
    def watching(self, trainer: Trainer) -> Iterator[None]:
        """Keep what has come of a run that is stopped between two steps, or diverges, while the block makes them."""
        try:
            yield
        except Stopped:
            self._stopped(trainer)
            raise
        except NotFinite as error:
            self._end(trainer, Outcome.DIVERGED, message=str(error))
            raise

    @contextmanager
    def finishing(self, trainer: Trainer) -> Iterator[None]:
        """Keep a run that came to its end; the block evaluates the network after the last step."""
        try:
            yield
        except NotFinite as error:
            self._end(trainer, Outcome.DIVERGED, sound=False, message=str(error))
            raise
        self._end(trainer, Outcome.FINISHED, loss=trainer.loss, accuracy=trainer.accuracy)

    def _stopped(self, trainer: Trainer) -> None:
        try:
            trainer.verify()
        except NotFinite as error:
            self._end(trainer, Outcome.DIVERGED, message=str(error))
        else:
            self._end(trainer, Outcome.STOPPED, within=True)

    def tested(self, loss: object, accuracy: object) -> None:
        """Note how good it is on the test part of its data."""
        run = self.kept
        if run is not None and isinstance(loss, float):
            share = accuracy if isinstance(accuracy, float) else None
            self._writer.do(lambda store: _note_test(store, run, loss, share))
            self._writer.close()

    def told(self) -> str:
        """What to add to the command's result: where the run is; why it isn't kept goes to standard error."""
        if self._problem:
            sys.stderr.write(f"gradstudio: this run isn't kept: {self._problem}\n")
        return "" if self.kept is None else f" Kept as run {self.kept.number}."

    def _hand_over(self, trainer: Trainer) -> None:
        for taken in self._keeping.taken():
            self._recorder.take(taken, trainer.document)

    def _end(
        self, trainer: Trainer, outcome: Outcome, *, within: bool = False, sound: bool = True, **known: object
    ) -> None:
        self._keeping.end()
        self._hand_over(trainer)
        log = self._keeping.log
        if log is None or (trainer.step == log.first and outcome is not Outcome.DIVERGED):
            return
        training = before_step(trainer.training()) if within else trainer.training()
        document = network_of(trainer.document, training, trainer.settings)
        self._recorder.end(log, document, outcome, known, sound=sound)
        self._writer.close()

    def _told(self, told: Kept | Failed) -> None:
        if isinstance(told, Failed):
            self._problem = str(told.problem)
            return
        self.kept = told.run
        if told.dropped.runs:
            sys.stderr.write(f"gradstudio: {told.dropped}\n")


def note_test(document: Document, network: Path, found: Mapping[str, Any]) -> None:
    """Note how good a network is on the test part of its data on the run that left it so, if one did."""
    store = Store(beside(network))
    with suppress(FileProblem):
        run = run_that_left(store, document.training)
        if run is not None:
            store.tested(run.number, found.get("loss"), found.get("accuracy"))


def keeper_for(options: KeepingOptions, network: Path | None) -> Keeper | None:
    """What keeps the run of a network's file; None where it isn't to be kept, or there is no file to keep it beside.

    Raises:
        InputError: for a time that is none.
    """
    wishes = Wishes(seconds_of(options.checkpoint_every), options.checkpoint == "best")
    if options.checkpoint == "none":
        wishes = Wishes(None, best=False)
    if network is None or not options.keep or is_shipped(network):
        return None
    return Keeper(Store(beside(network)), network, wishes)


def interrupted_run(network: Path) -> tuple[Run, Document]:
    """The newest run beside a network that can go on, and the network as it left it, with its data at hand.

    Raises:
        InputError: if there is none.
    """
    store = Store(beside(network))
    run = newest_open(store)
    if run is None:
        raise InputError(f"No run in {store.folder} can go on: each has come to its end, or is being trained.")
    document = store.network(run.number)
    bring(document, network)
    return run, document


def seconds_of(text: str) -> float | None:
    """A time such as 60s, 5m or 1h in seconds; None for "never".

    Raises:
        InputError: if it isn't one.
    """
    if text == "never":
        return None
    found = _TIME.fullmatch(text)
    if found is None or not float(found[1]) > 0:
        raise InputError(f"--checkpoint-every needs a time such as 60s, 5m or 1h, or never; found {text}.")
    return float(found[1]) * SECONDS[found[2]]


def _note_test(store: Store, run: Run, loss: float, accuracy: float | None) -> None:
    store.tested(run.number, loss, accuracy)
