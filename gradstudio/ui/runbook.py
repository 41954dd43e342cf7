"""The runs of the open network: kept as they are made, listed, and laid over each other. One for each studio."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from gradstudio.data.beside import bring
from gradstudio.document.course import EMPTY
from gradstudio.document.model import Document, Patch, Training
from gradstudio.files.errors import FileProblem
from gradstudio.runs import Outcome, Run, Store
from gradstudio.runs.comparing import how_trained
from gradstudio.runs.interrupted import Underway, interrupted
from gradstudio.runs.matching import run_that_left
from gradstudio.runs.places import beside, is_shipped
from gradstudio.runs.recording import Recorder
from gradstudio.runs.restoring import restoring
from gradstudio.runs.writing import Failed, Kept, State, Writer
from gradstudio.training.keeping import Log, Taken, Wishes
from gradstudio.training.snapshot import Snapshot, Status
from gradstudio.ui.curves import LearningCurve
from gradstudio.ui.overlay import MOST, Drawn, worth_drawing

if TYPE_CHECKING:
    from gradstudio.ui.bridge import Studio

ORIGIN = "window"
LARGE, LONG = 20_000, 5.0
"""Of a network of more nodes a run is kept with its network where it took so many seconds: so long takes writing it."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Listed:
    """What is in the folder."""

    runs: tuple[Run, ...]
    complaints: tuple[str, ...]
    open: tuple[Run, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class _Read:
    """Something has been read for somebody."""

    then: Callable[[], None]


@dataclass(frozen=True, eq=False, slots=True)
class _Ended:
    """A run that has come to rest, while what it was like in the end is still being computed.

    Attributes:
        log: how it was trained.
        document: what it has left; just the curve where the network isn't worth keeping.
        whole: whether the network is there.
    """

    log: Log
    document: Document
    whole: bool


class RunBook(QObject):
    """Keeps every run of a studio's network in its folder, and knows those that are there.

    Args:
        studio: whose runs they are.
        state: the person's state folder; None keeps all runs in a temporary folder that goes with the studio.

    Attributes:
        runs: by number.
        complaints: what was passed over in the folder, each in a sentence.
    """

    changed = Signal()
    """Other runs are there, or others are shown."""
    interruptedFound = Signal(object)
    """A `Run` that a crash has ended was found in the folder of the network that was opened."""
    _arrived = Signal(int, object)

    runs: tuple[Run, ...]
    complaints: tuple[str, ...]
    _session: list[int]
    _chosen: dict[int, bool]
    _curves: dict[int, LearningCurve]

    def __init__(self, studio: Studio, state: Path | None = None) -> None:
        super().__init__(studio)
        self._studio = studio
        self._state = state
        self._wishes = Wishes()
        self._writers: list[Writer] = []
        self._adopted: Path | None = None
        self._opened = 0
        studio.runMoved.connect(self._moved)
        studio.stateTaken.connect(self._taken)
        studio.snapshotTaken.connect(self._settled)
        studio.documentReplaced.connect(self._begin)
        studio.historyChanged.connect(self._follow_path)
        studio.closing.connect(self._close)
        self._arrived.connect(self._take_in)
        self._begin()

    # ---- looking

    @property
    def folder(self) -> Path:
        """Where the runs are."""
        return self._folder

    def run(self, number: int) -> Run | None:
        """The run of this number."""
        return next((run for run in self.runs if run.number == number), None)

    def is_shown(self, number: int) -> bool:
        """Whether a run's curve is drawn behind the present one."""
        return self._chosen.get(number, number in self._worth_drawing())

    def is_interrupted(self, number: int) -> bool:
        """Whether a crash has ended a run, and nobody has gone on with it."""
        return number in self._interrupted

    def behind(self) -> tuple[Drawn, ...]:
        """The runs that are drawn behind the present one, from the oldest to the newest."""
        shown = [run for run in self.runs if self.is_shown(run.number) and run.number in self._curves]
        return tuple(
            Drawn(run.number, run.title, how_trained(run.settings), self._curves[run.number]) for run in shown[-MOST:]
        )

    @property
    def present(self) -> Run | None:
        """The run that was trained last since the network was opened."""
        return self.run(self._session[-1]) if self._session else None

    @property
    def wishes(self) -> Wishes:
        """What is kept of a run while it goes on."""
        return self._wishes

    @wishes.setter
    def wishes(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._studio.session.keeping.wishes = wishes

    # ---- what somebody wants

    def show(self, numbers: Iterable[int], shown: bool) -> None:
        """Draw the curves of these runs behind the present one, or don't."""
        for number in numbers:
            self._chosen[number] = shown
            if shown and number not in self._curves:
                self._read_curve(number)
        self.changed.emit()

    def hide_all(self) -> None:
        """Draw no run behind the present one but those that are made from now on."""
        self.show([run.number for run in self.runs], shown=False)

    def rename(self, number: int, name: str) -> None:
        """Give a run a name."""
        self._do(lambda store: self._listed(store, store.rename(number, name)))

    def annotate(self, number: int, note: str) -> None:
        """Write a note on a run."""
        self._do(lambda store: self._listed(store, store.annotate(number, note)))

    def delete(self, numbers: Iterable[int]) -> None:
        """Take runs away, for good."""
        gone = tuple(numbers)
        self._session = [number for number in self._session if number not in gone]

        def delete(store: Store) -> _Listed:
            for number in gone:
                store.delete(number)
            return self._listed(store)

        self._do(delete)

    def fetch(self, number: int, then: Callable[[Document], None], *, best: bool = False) -> None:
        """Read the network of a run, with its data at hand, and hand it over."""
        path = self._studio.path

        def read(store: Store) -> _Read:
            document = store.network(number, best=best)
            bring(document, path if path is not None else store.folder)
            return _Read(lambda: then(document))

        self._do(read)

    def ask(self, question: Callable[[Store], T], then: Callable[[T], None]) -> None:
        """Have the folder asked something in the writer's thread, and the answer handed over in this one."""

        def answer(store: Store) -> _Read:
            found = question(store)
            return _Read(lambda: then(found))

        self._do(answer)

    def tested(self, training: Training, loss: float | None, accuracy: float | None) -> None:
        """Note how good a network is on the test part of its data on the run that left it so, if one did."""

        def note(store: Store) -> _Listed:
            run = run_that_left(store, training)
            return self._listed(store, None if run is None else store.tested(run.number, loss, accuracy))

        if self.runs:
            self._do(note)

    def restore(self, number: int, *, best: bool = False) -> None:
        """Make the network what a run left, as one edit that can be undone."""
        run, studio = self.run(number), self._studio
        if run is None:
            return
        title = self.tr("Restore {}").format(run.title)

        def put(document: Document) -> None:
            if studio.do(lambda: restoring(studio.document, document, title)):
                studio.messageShown.emit(
                    self.tr("The network is as {} left it. Undo takes that back.").format(run.title)
                )

        self.fetch(number, put, best=best)

    def go_on(self, run: Run) -> None:
        """Go on with a run that was interrupted, from the state that was kept last."""

        def read(store: Store) -> _Read:
            if not store.take_over(run.number):
                return _Read(lambda: self._studio.messageShown.emit(self.tr("Another program goes on with this run.")))
            document = store.network(run.number)
            return _Read(lambda: self._go_on(run, document))

        self._do(read)

    def leave(self, run: Run) -> None:
        """Nobody goes on with a run that was interrupted: it counts as stopped."""
        self._writer.go_on_with(run.began, run.number)
        self._writer.keep(run.began, State(replace(run, outcome=Outcome.STOPPED)))

    def adopt(self, folder: Path) -> None:
        """The network that is opened next has no file, and its runs are in this folder."""
        self._adopted = folder

    def refresh(self) -> None:
        """Look into the folder again."""
        self._do(self._listed)

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until all that was handed over is in the folder; False if that took longer."""
        self._write_pending(None)
        return self._writer.wait(timeout)

    # ---- a network comes and goes

    def _begin(self) -> None:
        """Another network is open: its runs are elsewhere."""
        if self._writers:
            self._leave_folder()
        studio = self._studio
        self._opened += 1
        self._path = studio.path
        self._temporary = False
        self._folder = self._place()
        self.runs, self.complaints = (), ()
        self._session, self._chosen, self._curves = [], {}, {}
        self._interrupted: frozenset[int] = frozenset()
        self._fresh: dict[Hashable, LearningCurve] = {}
        self._pending: _Ended | None = None
        self._drawn: tuple[object, frozenset[int]] = (None, frozenset())
        opened = self._opened
        underway = None if self._state is None else Underway(self._state / "underway")
        self._writer = Writer(Store(self._folder), lambda told: self._arrived.emit(opened, told), underway, studio.path)
        self._writers.append(self._writer)
        self._recorder = Recorder(self._writer, ORIGIN)
        studio.session.keeping.wishes = self._wishes
        if self._folder.is_dir():
            self.refresh()
        self.changed.emit()

    def _place(self) -> Path:
        """The folder of the network that is open."""
        path, state, adopted = self._studio.path, self._state, self._adopted
        self._adopted = None
        if state is not None and path is not None and not is_shipped(path):
            return beside(path)
        if adopted is not None:
            self._temporary = True
            return adopted
        self._temporary = True
        parent = Path(tempfile.gettempdir()) if state is None else state / "unsaved"
        return parent / f"gradstudio-{secrets.token_hex(6)}.runs"

    def _leave_folder(self) -> None:
        """Write what is still to be written; runs of a network that was never saved go with it."""
        self._write_pending(None)
        self._recorder.abandon()
        if self._temporary:
            self._writer.do(lambda store: shutil.rmtree(store.folder, ignore_errors=True))
        self._writer.finish()

    def _follow_path(self) -> None:
        """Saved for the first time, runs go along; saved under another name they stay with the old file."""
        path = self._studio.path
        if path == self._path or self._state is None:
            return
        if self._temporary and path is not None:
            self._path, self._temporary, self._folder = path, False, beside(path)
            self._write_pending(None)
            opened = self._opened
            self._writer.move(
                self._folder, path, lambda numbers: self._arrived.emit(opened, _Read(lambda: self._renumber(numbers)))
            )
            self.refresh()
        elif path is not None:
            self._begin()

    def _renumber(self, numbers: dict[int, int]) -> None:
        """Runs have other numbers where they have gone."""
        self._session = [numbers.get(number, number) for number in self._session]
        self._curves = {numbers.get(number, number): curve for number, curve in self._curves.items()}
        self._chosen = {numbers.get(number, number): shown for number, shown in self._chosen.items()}
        self._drawn = (None, frozenset())

    def _close(self) -> None:
        """The window goes."""
        self._leave_folder()
        for writer in self._writers:
            writer.close()

    # ---- a run comes and goes

    def _taken(self, taken: Taken) -> None:
        self._recorder.take(taken, self._studio.document)

    def _moved(self, log: Log) -> None:
        """A run has come to rest: it is written once it is known how it is in the end."""
        self._write_pending(None)
        document = self._studio.document
        whole = len(document.nodes) <= LARGE or log.seconds >= LONG
        left = document.copy() if whole else Document()
        if not whole:
            curve = replace(document.training, parameters=EMPTY, optimizer=EMPTY)
            left.apply(Patch("Train", settings=replace(document.settings, objective=None), training=curve))
        self._pending = _Ended(log, left, whole)

    def _settled(self, *_: object) -> None:
        """Numbers have come: perhaps those of the run that has ended."""
        latest, ended = self._studio.session.latest, self._pending
        if ended is not None and latest.status is not Status.RUNNING:
            step = latest.step if latest.now is None else latest.now
            if step == ended.document.training.step:
                self._write_pending(latest if latest.now is None else None)

    def _write_pending(self, latest: Snapshot | None) -> None:
        ended, self._pending = self._pending, None
        if ended is None:
            return
        known: dict[str, object] = {}
        if latest is not None:
            known = {"loss": latest.loss, "accuracy": latest.accuracy}
            if latest.status is Status.FAILED:
                known["message"] = latest.message
        outcome = _outcome(self._studio.session.status, ended)
        if not ended.whole:
            known["has_network"] = False
        key = self._recorder.end(ended.log, ended.document, outcome, known)
        self._fresh[key] = LearningCurve.of(ended.document.training.history)

    def _go_on(self, run: Run, document: Document) -> None:
        studio = self._studio
        if studio.do(lambda: restoring(studio.document, document, self.tr("Go on with {}").format(run.title))):
            best = None if run.best is None else run.best.value
            studio.session.keeping.go_on(self._recorder.go_on_with(run), best)
            studio.train(max(1, run.goal - document.training.step))

    # ---- the writer's thread

    def _do(self, job: Callable[[Store], _Listed | _Read]) -> None:
        """Have something done in the writer's thread, and what comes of it taken in here."""
        opened = self._opened

        def carry_out(store: Store) -> None:
            try:
                self._arrived.emit(opened, job(store))
            except (FileProblem, OSError, ValueError, MemoryError) as problem:
                self._arrived.emit(opened, Failed(None, problem))

        self._writer.do(carry_out)

    def _listed(self, store: Store, _done: object = None) -> _Listed:
        listing = store.listing()
        return _Listed(listing.runs, listing.complaints, tuple(interrupted(store)))

    def _read_curve(self, number: int) -> None:
        def read(store: Store) -> _Read:
            curve = LearningCurve.of(store.curve(number))
            return _Read(lambda: self._take_curve(number, curve))

        self._do(read)

    # ---- back in the window's thread

    def _take_in(self, opened: int, told: object) -> None:
        if opened != self._opened:
            return
        match told:
            case _Listed():
                self._take_list(told)
            case Kept():
                self._take_kept(told)
            case Failed():
                self._studio.messageShown.emit(self.tr("Runs: {}").format(told.problem))
            case _Read():
                told.then()

    def _take_list(self, listed: _Listed) -> None:
        first = not self.runs and not self._session
        self.runs, self.complaints = listed.runs, listed.complaints
        self._interrupted = frozenset(run.number for run in listed.open)
        self.changed.emit()
        if first and listed.open:
            self.interruptedFound.emit(listed.open[-1])

    def _take_kept(self, kept: Kept) -> None:
        gone = {run.number for run in kept.dropped.runs}
        others = [run for run in self.runs if run.number not in gone and run.number != kept.run.number]
        self.runs = tuple(sorted((*others, kept.run), key=lambda run: run.number))
        self._interrupted -= {kept.run.number}
        if kept.run.number not in self._session:
            self._session.append(kept.run.number)
        curve = self._fresh.pop(kept.key, None)
        if curve is not None:
            self._curves[kept.run.number] = curve
        if gone:
            self._studio.messageShown.emit(str(kept.dropped))
        self._drawn = (None, frozenset())
        self.changed.emit()

    def _take_curve(self, number: int, curve: LearningCurve) -> None:
        self._curves[number] = curve
        self.changed.emit()

    def _worth_drawing(self) -> frozenset[int]:
        """Runs of this session that went another way than the present training."""
        history = self._studio.document.training.history
        if self._drawn[0] is not history:
            curves = {number: self._curves[number] for number in self._session if number in self._curves}
            self._drawn = history, worth_drawing(curves, LearningCurve.of(history))
        return self._drawn[1]


def _outcome(status: Status, ended: _Ended) -> Outcome:
    if status is Status.FAILED:
        return Outcome.DIVERGED
    if ended.document.training.step >= ended.log.goal:
        return Outcome.FINISHED
    return Outcome.PAUSED if status is Status.PAUSED else Outcome.STOPPED
