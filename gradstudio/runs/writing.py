"""Runs kept from a thread of its own: whoever trains or paints hands over what is to be kept, and goes on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

from gradstudio.document.model import Document
from gradstudio.files.errors import FileProblem
from gradstudio.runs.interrupted import Underway
from gradstudio.runs.record import Outcome, Run
from gradstudio.runs.store import Dropped, Store
from gradstudio.training.threads import be_nice


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """What is to be kept of a run.

    Attributes:
        run: what is known of it; the number is the writer's business.
        document: the network as it is now; a copy nobody changes. None leaves what is kept.
        best: the network at its best, where there is a better one than before.
    """

    run: Run
    document: Document | None = None
    best: Document | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A run has been written.

    Attributes:
        key: as given to `Writer.keep`.
        run: as it is in the folder now.
        dropped: what made room for it.
    """

    key: Hashable
    run: Run
    dropped: Dropped


@dataclass(frozen=True, slots=True)
class Failed:
    """A run couldn't be written; training isn't disturbed.

    Attributes:
        key: as given to `Writer.keep`.
        problem: why.
    """

    key: Hashable
    problem: Exception


def _say_nothing(_told: Kept | Failed) -> None:
    """Nobody wants to know."""


def _nothing_more(_numbers: dict[int, int]) -> None:
    """Nobody wants to know."""


class Writer:
    """Keeps runs of one network, and does what else touches their folder, one after the other.

    Args:
        store: where to.
        tell: called in the writer's thread with what became of each run.
        underway: where runs that go on are noted, to find them after a crash; None for nowhere.
        network: the network's file, for that note; None while it has none.

    Attributes:
        store: where to, now; for jobs only, which run in the writer's thread.
    """

    def __init__(
        self,
        store: Store,
        tell: Callable[[Kept | Failed], None] = _say_nothing,
        underway: Underway | None = None,
        network: Path | None = None,
    ) -> None:
        self.store = store
        self._tell = tell
        self._underway = underway
        self._network = network
        self._numbers: dict[Hashable, int] = {}
        self._states: dict[Hashable, State] = {}
        self._jobs: deque[Callable[[], None]] = deque()
        self._condition = threading.Condition()
        self._busy = self._closing = False
        self._thread: threading.Thread | None = None

    def keep(self, key: Hashable, state: State) -> None:
        """Have a state of a run written; a newer one of the same key takes the place of one that still waits."""
        with self._condition:
            waiting = self._states.get(key)
            if waiting is None:
                self._jobs.append(lambda: self._write(key))
            else:
                state = State(state.run, state.document or waiting.document, state.best or waiting.best)
            self._states[key] = state
            self._wake()

    def do(self, job: Callable[[Store], None]) -> None:
        """Have something done to the folder, after what waits already. What it raises is its own business to catch."""
        with self._condition:
            self._jobs.append(lambda: job(self.store))
            self._wake()

    def go_on_with(self, key: Hashable, number: int) -> None:
        """States of this key belong to a run that is in the folder already."""
        with self._condition:
            self._numbers[key] = number

    def move(self, folder: Path, network: Path, then: Callable[[dict[int, int]], None] = _nothing_more) -> None:
        """Take all runs along to the folder of a network that has got a file.

        Args:
            folder: where they go.
            network: that file.
            then: told in the writer's thread which new number each old one has got.
        """

        def move(store: Store) -> None:
            try:
                other, numbers = store.move(folder)
            except FileProblem as problem:
                self._tell(Failed(None, problem))
                return
            self.store, self._network = other, network
            self._numbers = {key: numbers.get(number, number) for key, number in self._numbers.items()}
            then(numbers)

        self.do(move)

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until all that was handed over is done; False if that took longer than `timeout` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: not (self._jobs or self._busy), timeout)

    def finish(self) -> None:
        """Do what waits and end the thread then; nobody waits for it."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()

    def close(self) -> None:
        """Do what waits, and end the thread; any number of times."""
        self.finish()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _wake(self) -> None:
        if self._thread is None:
            self._closing = False
            self._thread = threading.Thread(target=self._work, name="gradstudio-runs", daemon=True)
            self._thread.start()
        self._condition.notify_all()

    def _work(self) -> None:
        be_nice()
        while True:
            with self._condition:
                self._busy = False
                self._condition.notify_all()
                self._condition.wait_for(lambda: self._jobs or self._closing)
                if not self._jobs:
                    return
                self._busy = True
                job = self._jobs.popleft()
            job()

    def _write(self, key: Hashable) -> None:
        with self._condition:
            state = self._states.pop(key)
            number = self._numbers.get(key)
        try:
            run, dropped = self._put(state, number)
        except (FileProblem, OSError, MemoryError) as problem:
            self._tell(Failed(key, problem))
            return
        with self._condition:
            self._numbers[key] = run.number
        self._note(run)
        self._tell(Kept(key, run, dropped))

    def _put(self, state: State, number: int | None) -> tuple[Run, Dropped]:
        if number is None:
            return self.store.add(state.run, state.document, state.best)
        return self.store.update(state.run.numbered(number), state.document, state.best)

    def _note(self, run: Run) -> None:
        if self._underway is None:
            return
        if run.outcome is Outcome.RUNNING:
            self._underway.note(self.store.folder, run.number, self._network)
        else:
            self._underway.forget(self.store.folder, run.number)
