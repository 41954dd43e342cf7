"""A sweep under way: processes that train its trials, and what has come of them so far."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradstudio
from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.document.reasons import Refused
from gradstudio.engine.errors import EngineError
from gradstudio.files.errors import FileProblem
from gradstudio.runs import worker
from gradstudio.runs.record import Outcome, Result, Run
from gradstudio.runs.store import Store
from gradstudio.runs.sweep import STEPS, Plan, Trial, variant
from gradstudio.runs.sweepkept import SWEEP, TRIAL
from gradstudio.runs.sweeptext import as_text
from gradstudio.runs.targets import NotASweep
from gradstudio.runs.trying import Tried

COMMAND = (sys.executable, "-m", "gradstudio.cli.worker")
MEMORY = 2**28
"""Bytes of networks that are kept in memory where there is no folder; the worst go first."""
_LINES = 3
"""So many of the last lines a process has written are told of when it ends on its own."""


@dataclass(frozen=True, slots=True)
class Done:
    """A trial that has come to an end.

    Attributes:
        trial: which one.
        run: what came of it; its number is 0 where it isn't kept in a folder.
        dropped: what the folder let go of to make room, in a sentence.
        problem: why it isn't kept, in a sentence.
    """

    trial: Trial
    run: Run
    dropped: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Underway:
    """A trial that is being trained: the step it is at, and its loss."""

    trial: Trial
    step: int = 0
    loss: float | None = None


class Sweeping:
    """Trains the trials of a plan in processes of their own.

    Args:
        document: the network; a copy of it is worked with.
        plan: what is tried.
        store: where runs are kept; None to keep their networks in memory, the best ones where they are large.
        path: the network's file, beside which its data lies.
        folders: more of them to look for data in.
        workers: trials trained at once.
        known: trials that were made before, by number.
        earlier: a sweep of the same plan and network that was stopped: what came of it is taken over.

    Attributes:
        plan: as given.
        trials: all of its trials.
    """

    def __init__(
        self,
        document: Document,
        plan: Plan,
        store: Store | None,
        *,
        path: Path | None = None,
        folders: tuple[Path, ...] = (),
        workers: int = 1,
        known: Mapping[int, Run] | None = None,
        earlier: Sweeping | None = None,
    ) -> None:
        self.plan = plan
        self.trials = plan.trials()
        self._document, self._store = document.copy(), store
        self._where = str(path.absolute() if path is not None else Path.cwd() / "network.grad")
        self._folders = [str(folder.absolute()) for folder in folders]
        known = known or {}
        self._done = {t.number: Done(t, known[t.number]) for t in self.trials if t.number in known}
        self._networks: dict[int, bytes] = {}
        if earlier is not None:
            self._done = {one.trial.number: one for one in earlier.done if one.run.outcome is not Outcome.STOPPED}
            self._networks = dict(earlier._networks)
        self._waiting = deque(trial for trial in self.trials if trial.number not in self._done)
        self._underway: dict[int, Underway] = {}
        self._lock, self._keeping = threading.RLock(), threading.Lock()
        self._stopped, self._paused = False, False
        self._failure: BaseException | None = None
        count = max(1, min(workers, len(self._waiting)))
        self._hands = [_Hand(self, i) for i in range(count)] if self._waiting else []

    # ---- told to

    def start(self) -> None:
        """Begin."""
        for hand in self._hands:
            hand.start()

    def pause(self) -> None:
        """Rest between two steps; what is trained so far isn't lost."""
        self._paused = True
        self._tell_all()

    def go_on(self) -> None:
        """Go on after a pause."""
        self._paused = False
        self._tell_all()

    def stop(self) -> None:
        """End it; trials that have come to an end are kept, those under way are given up."""
        with self._lock:
            self._stopped = True
        for hand in self._hands:
            hand.stop()
        self.join()

    def join(self) -> None:
        """Wait for its end."""
        for hand in self._hands:
            hand.join()

    def _tell_all(self) -> None:
        for hand in self._hands:
            hand.tell()

    # ---- asked

    @property
    def done(self) -> tuple[Done, ...]:
        """The trials that have come to an end, by number.

        Raises:
            BaseException: whatever went wrong that isn't a network's fault.
        """
        with self._lock:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
            return tuple(self._done[number] for number in sorted(self._done))

    @property
    def underway(self) -> tuple[Underway, ...]:
        """Those that are being trained, by number."""
        with self._lock:
            return tuple(self._underway[number] for number in sorted(self._underway))

    @property
    def paused(self) -> bool:
        """Whether it rests."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether it is to end before all trials are made."""
        return self._stopped

    @property
    def running(self) -> bool:
        """Whether it goes on, or rests."""
        return any(hand.alive for hand in self._hands)

    @property
    def best(self) -> Done | None:
        """The best trial so far; the earlier one of equals. None while none has a result."""
        return best_of(self.done, self.plan)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1; of a trial under way the steps it has made count."""
        with self._lock:
            steps = sum(min(1.0, one.step / self.steps_of(one.trial)) for one in self._underway.values())
            return (len(self._done) + steps) / len(self.trials)

    def steps_of(self, trial: Trial) -> int:
        """The steps of a trial."""
        steps = trial.values.get(STEPS, self.plan.steps)
        return steps if isinstance(steps, int) else self.plan.steps

    def network(self, done: Done) -> Document | None:
        """The network a trial has left; None where it isn't kept.

        Raises:
            FileProblem: if it can't be read.
        """
        if self._store is not None and done.run.number:
            return self._store.network(done.run.number) if done.run.has_network else None
        with self._lock:
            kept = self._networks.get(done.trial.number)
        return None if kept is None else files.loads(kept)

    # ---- for the hands

    def network_before(self) -> Document:
        """The network nothing was tried with yet."""
        return self._document.copy()

    def take(self) -> Trial | None:
        """The next trial to train; None where there is none, or no more are wanted."""
        with self._lock:
            if self._stopped or not self._waiting:
                return None
            trial = self._waiting.popleft()
            self._underway[trial.number] = Underway(trial)
            return trial

    def request(self, trial: Trial) -> tuple[dict[str, object], bytes]:
        """What a process is asked to do for a trial.

        Raises:
            NotASweep, Refused, EngineError: if there can't be such a network.
        """
        made = variant(self._document, trial.values, self.plan.steps)
        message = {
            "do": worker.TRY, "steps": self.steps_of(trial), "path": self._where, "folders": self._folders,
        }  # fmt: skip
        return message, files.dumps(made)

    def at(self, trial: Trial, step: int, loss: float | None) -> None:
        """A trial has come to this step."""
        with self._lock:
            self._underway[trial.number] = Underway(trial, step, loss)

    def ended(self, trial: Trial, tried: Tried, began: float, data: bytes = b"") -> None:
        """A trial has come to an end; `data` is its network as in a file."""
        run = replace(
            tried.as_run(self.steps_of(trial), began),
            name=f"{self.plan.name} #{trial.number}",
            note=as_text(self.plan),
            varied={SWEEP: self.plan.name, TRIAL: trial.number, **trial.values},
        )
        with self._keeping:  # not while others wait to hear how far it is: a disk may be slow
            done = self._keep(Done(trial, run), tried.document)
        with self._lock:
            self._underway.pop(trial.number, None)
            self._done[trial.number] = done
            if self._store is None and data:
                self._networks[trial.number] = data
                self._make_room()

    def _make_room(self) -> None:
        """Let go of the networks of the worst trials while all of them take too much memory."""
        rank = self.plan.metric.rank
        while len(self._networks) > 1 and sum(map(len, self._networks.values())) > MEMORY:
            del self._networks[max(self._networks, key=lambda number: rank(self._done[number].run.result))]

    def _keep(self, done: Done, document: Document) -> Done:
        if self._store is None:
            return done
        try:
            run, dropped = self._store.add(done.run, document)
        except FileProblem as problem:
            return replace(done, problem=str(problem))
        return replace(done, run=run, dropped=str(dropped))

    def failed(self, error: BaseException) -> None:
        """Something went wrong that isn't a network's fault."""
        with self._lock:
            self._failure = error
            self._stopped = True


class _Hand:
    """A process that trains, and the thread that gives it work."""

    def __init__(self, owner: Sweeping, number: int) -> None:
        self._owner = owner
        self._process: subprocess.Popen[bytes] | None = None
        self._launching, self._sending = threading.Lock(), threading.Lock()
        self._resting = False
        self._thread = threading.Thread(target=self._work, name=f"gradstudio-sweep-{number}", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it has something to do."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait for its end."""
        if self._thread.is_alive():
            self._thread.join()

    def stop(self) -> None:
        """End the process; its thread follows."""
        with self._launching:
            if self._process is not None:
                self._process.kill()

    def tell(self) -> None:
        """Have the process rest or go on. Never waits: what is being sent to it now is followed by this."""
        while self._process is not None and self._owner.paused is not self._resting:
            if not self._sending.acquire(blocking=False):
                return
            try:
                self._tell_now(self._process)
            finally:
                self._sending.release()

    def _tell_now(self, process: subprocess.Popen[bytes]) -> None:
        self._resting = self._owner.paused
        if process.stdin is not None:
            with suppress(OSError, ValueError):
                worker.send(process.stdin, {"do": worker.PAUSE if self._resting else worker.GO_ON})  # type: ignore[arg-type]

    def _work(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (as long as a process may write)
        try:
            while (trial := self._owner.take()) is not None:
                self._train(trial)
        except Exception as error:  # noqa: BLE001 (raised again by `done` in the owner's thread)
            self._owner.failed(error)
        finally:
            self._end()
            self._errors.close()

    def _train(self, trial: Trial) -> None:
        began = time.time()
        try:
            message, data = self._owner.request(trial)
        except (NotASweep, Refused, EngineError) as error:
            self._owner.ended(trial, _impossible(self._owner, str(error)), began)
            return
        if self._process is None:
            self._launch()
        with suppress(OSError):
            self._send(message, data)
        self.tell()
        while (heard := self._hear()) is not None:
            told, network = heard
            if told["said"] == worker.AT:
                self._owner.at(trial, told["step"], told["loss"])
                continue
            result, outcome = worker.result_of(told["result"]), Outcome(told["outcome"])
            tried = Tried(files.loads(network), outcome, result, told["seconds"], told["message"])
            self._owner.ended(trial, tried, began, network)
            return
        code, said = self._end()
        if not self._owner.stopped:
            self._owner.ended(trial, _impossible(self._owner, _gone(code, said)), began)

    def _launch(self) -> None:
        home = Path(gradstudio.__file__).parents[1]
        with self._launching:
            if self._owner.stopped:
                return
            self._resting = False
            self._process = subprocess.Popen(
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=home,
                env={**os.environ, **worker.ALONE},
            )  # fmt: skip

    def _send(self, message: Mapping[str, object], data: bytes) -> None:
        with self._sending:
            if self._process is not None and self._process.stdin is not None:
                worker.send(self._process.stdin, message, data)  # type: ignore[arg-type]

    def _hear(self) -> tuple[dict[str, Any], bytes] | None:
        if self._process is None or self._process.stdout is None:
            return None
        return worker.receive(self._process.stdout)  # type: ignore[arg-type]

    def _end(self) -> tuple[int, str]:
        """End the process, and say how it ended and what it wrote last."""
        with self._launching:
            process, self._process = self._process, None
        if process is None:
            return 0, ""
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        code = process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return code, " ".join(lines[-_LINES:])


def _gone(code: int, said: str) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
    return f"The process that trained it {how}. {said}".rstrip()


def _impossible(owner: Sweeping, message: str) -> Tried:
    return Tried(owner.network_before(), Outcome.STOPPED, Result(), 0.0, message)


def best_of(done: tuple[Done, ...], plan: Plan) -> Done | None:
    """The best of some trials; the first one of equals."""
    known = [one for one in done if plan.metric.of(one.run.result) is not None]
    return min(known, key=lambda one: plan.metric.rank(one.run.result), default=None)
