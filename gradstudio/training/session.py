"""The session: one worker thread that computes a document, trains it, and publishes snapshots.

The document belongs to the thread that made the session (the window's); the worker only ever sees copies. Everything
public is called from that thread. The worker answers through two places that hold at most one thing each: the newest
snapshot, and the training state of a run that ended.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace
from typing import NamedTuple

from gradstudio.document.model import Change, Document, Patch, Training
from gradstudio.engine.errors import EngineError, NotFinite
from gradstudio.engine.gate import Array
from gradstudio.engine.running import Stop
from gradstudio.training.handing import Edit, Ledger, Twin, frozen_after
from gradstudio.training.keeping import Keeping, Wishes
from gradstudio.training.looks import Scene
from gradstudio.training.observe import UNSEEN, Observation, Observer
from gradstudio.training.pace import Pace
from gradstudio.training.reel import Reel
from gradstudio.training.snapshot import Snapshot, Status, Watch
from gradstudio.training.threads import be_nice
from gradstudio.training.trainer import Trainer

SNAPSHOT_SECONDS = 1 / 20
SHARE = 0.006
"""Making snapshots takes this share of the time at most, beside what `Observer.tick` takes."""
FIRST_SECONDS, LONGEST_SECONDS = 0.2, 1.0
"""But nobody waits longer for the next one: after the first of a run, for which much is made ready, and later on."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What a run leaves: its training state, and the graph revision and step it started from."""

    training: Training
    revision: int
    began: int


class _Now(NamedTuple):
    """How a network is now, while it is shown as it was earlier."""

    step: int
    arrays: tuple[Array, ...]


@dataclass(slots=True)
class _Stage:
    """A network made ready.

    Attributes:
        trainer: trains it.
        observer: looks at it.
        reel: keeps steps of it.
        still: whether its plan shows it as it stands.
        visited: the earlier step it is to be shown at; None for now.
        now: how it is now, meanwhile.
    """

    trainer: Trainer
    observer: Observer
    reel: Reel
    still: bool = False
    visited: int | None = None
    now: _Now | None = None

    @classmethod
    def of(cls, twin: Twin) -> _Stage:
        trainer = Trainer(twin.document, twin.compile())
        return cls(trainer, Observer(trainer.plan, trainer.compiled, twin.document), Reel(trainer.moving()))

    def go(self, step: int | None) -> None:
        """Be as it was at the kept step nearest to this one, or (None) as it is now."""
        if step == self.visited or not (self.reel.steps or step is None):
            return
        if self.visited is None:
            self.now = _Now(self.trainer.step, self.reel.copy())
        self.visited, self.still = step, False
        if step is not None:
            self.trainer.step = self.reel.show(step)
        elif self.now is not None:
            self.reel.put(self.now.arrays)
            self.trainer.step, self.now = self.now.step, None

    def scene(self, stop: Stop) -> Scene:
        """What looks see of it now."""
        trainer = self.trainer
        made = trainer.plan, trainer.compiled, trainer.document, trainer.step
        return Scene(*made, stop, trainer.next_update, trainer.frozen)


class Session:
    """Computes and trains one document in a worker thread.

    Args:
        document: observed for changes; a change of its graph is computed at the next `take`, `refresh` or `wait_idle`.
        watch: what snapshots show.

    Attributes:
        document: as given.
        latest: the newest snapshot.
        pace: held while the window paints; training waits then.
        keeping: what is kept of a run while it goes on; nothing but its log, unless somebody wishes for more.
    """

    def __init__(self, document: Document, watch: Watch | None = None) -> None:
        self.document = document
        self.latest = Snapshot()
        self.pace = Pace()
        self.keeping = Keeping(Wishes(None, best=False))
        self._watch = watch or Watch()
        self._condition = threading.Condition()
        self._interrupt = threading.Event()
        self._closing = False
        self._stale = True
        self._renamed = False
        self._job: Document | Edit | None = None
        self._ledger = Ledger(document)
        self._twin = Twin(document.copy())
        self._stage: _Stage | None = None
        self._busy = False
        self._look = False
        self._hurried = False  # an edited network hasn't made its first step: nothing may delay that
        self._visit: int | None = None
        self._kept: tuple[int, ...] = ()
        self._wanted_steps = 0
        self._single = False
        self._goal = 0
        self._done = self._asked = document.training.step
        self._rate = 0.0
        self._run = 0
        self._status = Status.IDLE
        self._message = self._culprit = ""
        self._settings = document.settings
        self._frozen = frozenset(i for i, node in document.nodes.items() if node.frozen)
        self._committed = document.training
        self._fresh: Snapshot | None = None
        self._result: _Result | None = None
        self._failure: BaseException | None = None
        document.changed.connect(self._on_change)
        self._thread = threading.Thread(target=self._work, name="gradstudio-session", daemon=True)
        self._thread.start()

    # ---- what the window asks

    @property
    def status(self) -> Status:
        """What the session does now."""
        return self._status

    @property
    def running(self) -> bool:
        """Whether training steps are being made."""
        return self._status is Status.RUNNING

    @property
    def step(self) -> int:
        """Training steps done so far, right now."""
        stage = self._stage
        if stage is None:
            return self._done
        return stage.trainer.step if stage.now is None else stage.now.step

    @property
    def kept(self) -> tuple[int, ...]:
        """The steps of the training that are kept and can be visited."""
        return self._kept

    @property
    def awaiting(self) -> bool:
        """Whether something will come that nobody has taken yet."""
        with self._condition:
            return bool(self._stale or self._renamed or self._pending() or self._fresh or self._result or self._failure)

    @property
    def watch(self) -> Watch:
        """What somebody looks at; setting it asks for a new snapshot."""
        return self._watch

    @watch.setter
    def watch(self, watch: Watch) -> None:
        if watch != self._watch:
            self._watch = watch
            if not self._stale:
                self.refresh()

    def refresh(self) -> None:
        """Ask for a new snapshot of what is there."""
        self._hand_over()
        with self._condition:
            self._look = True
            self._condition.notify_all()

    def visit(self, step: int | None) -> None:
        """Show the network as it was at the kept step nearest to this one, or (None) as it is now.

        A run is paused for it; when training goes on, it goes on from now.
        """
        self.pause()
        self._hand_over()
        with self._condition:
            self._visit, self._look = step, True
            self._condition.notify_all()

    def start(self, steps: int | None = None) -> None:
        """Train; `steps` more steps, or as many as the settings say. Does nothing while a run goes on."""
        self._hand_over()
        with self._condition:
            if self._closing or (self._status is Status.RUNNING and not self._single):
                return
            self._run += 1
            self._ask(self.document.settings.steps if steps is None else steps)
            self._goal = self._asked

    def resume(self) -> None:
        """Go on with a paused run to its goal; starts a new one where none is paused."""
        self._hand_over()
        with self._condition:
            left = self._goal - self._reached()
            paused = self._status is Status.PAUSED or (self._status is Status.RUNNING and self._single)
            if paused and left > 0 and not self._closing:
                self._ask(left)
                return
        self.start()

    def step_once(self) -> None:
        """Make one training step and pause. Asked for again before it is made, it makes one more."""
        self._hand_over()
        with self._condition:
            if self._closing:
                return
            if not self._single:
                self._halt(Status.PAUSED)
            if self._status not in (Status.PAUSED, Status.RUNNING):
                self._run += 1
                self._goal = self._done + self.document.settings.steps
            self._ask(1, single=True)

    def pause(self) -> None:
        """Stop between two steps and keep the goal; waits until it has stopped (the time of one gate)."""
        self._halt(Status.PAUSED)

    def stop(self) -> None:
        """End the run; what it has learned so far waits in `commit`."""
        self._halt(Status.IDLE)

    def take(self) -> Snapshot | None:
        """The newest snapshot nobody has taken yet, or None.

        Raises:
            BaseException: whatever went wrong in the worker that isn't the network's fault, once.
        """
        self._hand_over()
        with self._condition:
            fresh, self._fresh = self._fresh, None
            failure, self._failure = self._failure, None
            self._condition.notify_all()
        if failure is not None:
            raise failure
        return fresh

    def commit(self) -> Patch | None:
        """The patch that puts a finished or paused run's state into the document, once; None if there is none.

        A run of another graph than the document's now gives none: it never overwrites a newer document.
        """
        with self._condition:
            result, self._result = self._result, None
            if result is None or result.revision != self.document.graph_revision:
                return None
            self._committed = result.training
        made = result.training.step - result.began
        return Patch(f"Train {made:,} step{'s' if made != 1 else ''}", training=result.training)

    def wait_idle(self, timeout: float = 60.0) -> bool:
        """Wait until everything asked for has been done; False if that took longer than `timeout` seconds."""
        self._hand_over()
        with self._condition:
            return self._condition.wait_for(lambda: not self._pending(), timeout)

    def close(self) -> None:
        """End the worker thread; any number of times."""
        self.document.changed.disconnect(self._on_change, missing_ok=True)
        with self._condition:
            self._closing = True
            self._interrupt.set()
            self.pace.let_go()
            self._condition.notify_all()
        self._thread.join()

    # ---- in the window's thread

    def _on_change(self, change: Change) -> None:
        new_state = change.training and self.document.training is not self._committed
        self._ledger.note(change, other_state=new_state)
        frozen = frozen_after(self._frozen, self.document, change)
        if change.graph or new_state:
            self._stale = True
            stopped = self.running
            self._halt(Status.IDLE)
            with self._condition:
                self._result = None
            if stopped:
                self._message = "Training stopped because the network was edited."
        else:
            self._renamed |= self._ledger.has_new_names(change)
        with self._condition:
            otherwise = (self.document.settings, frozen) != (self._settings, self._frozen)
            self._settings, self._frozen = self.document.settings, frozen
            if otherwise and self._status is not Status.RUNNING and not self._stale:
                self._look = True  # what the next update would be is another now
                self._condition.notify_all()

    def _hand_over(self) -> None:
        """Tell the worker how the document has changed. New names alone wait for the end of a run."""
        with self._condition:
            at_rest = self._status in (Status.IDLE, Status.FAILED) and self._result is None
        if not (self._stale or (self._renamed and at_rest)):
            return
        self._halt(Status.IDLE)
        with self._condition:
            if self._status is Status.FAILED:
                self._status, self._message = Status.IDLE, ""
            self._job = self._ledger.told(again=self._job is not None)
            self._stale = self._renamed = False
            self._settings = self.document.settings
            self._committed = self.document.training
            self._done = self.document.training.step
            self._condition.notify_all()

    def _reached(self) -> int:
        """The step at which all that was asked for ends."""
        return self._asked if self._status is Status.RUNNING else self._done

    def _ask(self, steps: int, *, single: bool = False) -> None:
        """Have the worker make so many steps after those it was asked for already."""
        self._asked = self._reached() + steps
        self._wanted_steps += steps
        self._single = single
        self._message = ""
        self._status = Status.RUNNING
        self._condition.notify_all()

    def _halt(self, status: Status) -> None:
        with self._condition:
            if self._status is not Status.RUNNING:
                if self._status is Status.PAUSED:
                    self._status = status
                return
            self._wanted_steps = 0
            self._interrupt.set()
            self.pace.let_go()
            self._condition.wait_for(lambda: not self._busy or self._closing)
            if self._status is Status.RUNNING:
                self._status = Status.IDLE if self._done >= self._goal else status
            self._interrupt.clear()
            self._look = True
            self._condition.notify_all()

    def _pending(self) -> bool:
        return bool(self._job or self._look or self._wanted_steps or self._busy) and not self._closing

    # ---- in the worker's thread

    def _work(self) -> None:
        be_nice()
        while True:
            with self._condition:
                self._busy = False
                self._condition.notify_all()
                self._condition.wait_for(lambda: self._closing or self._job or self._look or self._wanted_steps)
                if self._closing:
                    return
                self._busy = True
                job, self._job = self._job, None
                steps, self._wanted_steps = self._wanted_steps, 0
                self._look = False
            try:
                self._do(job, steps)
            except Exception as error:  # noqa: BLE001 (raised again in the window's thread by `take`)
                with self._condition:
                    self._failure = error
                    self._wanted_steps = 0
                    if self._job is None:
                        self._status = Status.FAILED

    def _do(self, job: Document | Edit | None, steps: int) -> None:
        """Take over a changed document, make the steps asked for, show what is there."""
        try:
            self._take_over(job)
            stage = self._stage = self._stage or _Stage.of(self._twin)
            if stage.trainer.use(self._settings, self._frozen):
                stage.observer.moved()
            if steps:
                self._visit = None
            stage.go(self._visit)
            if steps:
                self._train(stage, steps)
            self._publish_at_rest(stage)
        except EngineError as error:
            self._fail(self._stage, error)

    def _take_over(self, job: Document | Edit | None) -> None:
        """Have the edited document; where just values differ, put them into the plan that is there."""
        if isinstance(job, Edit):
            stage, self._stage = self._stage, None
            values = self._twin.follow(job)
            if stage is not None and values is not None and stage.trainer.amend(values):
                self._stage, stage.still = stage, False
        elif job is not None:
            self._twin, self._stage = Twin(job), None
        self._hurried = job is not None
        if self._stage is None:
            self._visit, self._kept = None, ()

    def _halted(self) -> bool:
        """Asked between two calls: whether to stop; waits while the window paints, unless after an edit."""
        if self.pace.busy and not self._hurried:
            self.pace.give_way()
        return self._interrupt.is_set()

    def _train(self, stage: _Stage, steps: int) -> None:
        trainer, observer, reel, settings = stage.trainer, stage.observer, stage.reel, self._settings
        frozen = self._frozen
        began, start, ended, attentive, shown = trainer.step, time.perf_counter(), False, False, False
        self._rate, stage.still = 0.0, False
        observer.moved()
        due = start + SNAPSHOT_SECONDS
        keeping = self.keeping
        keeping.begin(self._run, trainer.step, self._goal, settings)
        try:
            for _ in trainer.run(steps, self._halted):
                if self._hurried:
                    self._hurried = False  # after an edit the first step comes before anybody looks
                elif not attentive:
                    observer.attend(self._watch)
                    attentive = True
                if settings is not self._settings or frozen is not self._frozen:
                    settings, frozen = self._settings, self._frozen
                    trainer.use(settings, frozen)
                now = time.perf_counter()
                due_to_keep = now >= keeping.due or trainer.curve.validated == trainer.step
                if due_to_keep and not keeping.look(trainer, self._halted):
                    break
                if now >= reel.due:
                    reel.keep(trainer.step, now)
                    self._kept = reel.steps
                if now >= observer.due and self._fresh is None:
                    observer.tick(now)
                if now >= due and attentive and self._fresh is None:
                    self._rate = (trainer.step - began) / (now - start)
                    if not self._show_running(stage):
                        break
                    after = time.perf_counter()
                    pause = min((after - now) / SHARE, LONGEST_SECONDS if shown else FIRST_SECONDS)
                    due = max(due + SNAPSHOT_SECONDS, after + pause)
                    shown = True
            ended = True
        finally:
            self._rate = (trainer.step - began) / max(time.perf_counter() - start, 1e-9)
            keeping.end()
            self._keep(trainer, began, ended=ended)

    def _show_running(self, stage: _Stage) -> bool:
        """Between two steps: values and gradients of the last step are still in the plan. False if stopped."""
        trainer = stage.trainer
        trainer.measure()
        if trainer.loss is not None and not math.isfinite(trainer.loss) and not trainer.verify(self._halted):
            return False
        self._show(stage, stage.observer.seen(stage.scene(self._halted)))
        stage.observer.attend(self._watch)
        return True

    def _keep(self, trainer: Trainer, began: int, *, ended: bool) -> None:
        """Lay the training state ready for `commit`. A run that failed is running until `_fail` says otherwise."""
        result = None
        if trainer.step > began:
            result = _Result(trainer.training(), trainer.document.graph_revision, began)
        with self._condition:
            self._done = trainer.step
            if result is not None:
                if self._result is not None and self._result.revision == result.revision:
                    result = replace(result, began=self._result.began)
                self._result = result
            if ended and self._status is Status.RUNNING and not (self._interrupt.is_set() or self._wanted_steps):
                self._status = Status.IDLE if trainer.step >= self._goal or trainer.verdict else Status.PAUSED
                self._message = trainer.verdict

    def _publish_at_rest(self, stage: _Stage) -> None:
        """Show the network as it stands, unless stopped."""
        if not stage.still:
            stage.still = stage.trainer.evaluate(self._halted)
            self._hurried = False
            stage.observer.moved()
        if stage.still:
            stage.observer.attend(self._watch)
            self._show(stage, stage.observer.look(stage.scene(self._halted)))
            if stage.observer.unfinished:
                with self._condition:
                    self._look = True

    def _fail(self, stage: _Stage | None, error: EngineError) -> None:
        """The network can't be computed or has diverged: say so, with what can be shown."""
        with self._condition:
            if self._job is not None:
                return  # it has been edited since
            self._status = Status.FAILED
            self._message, self._culprit = str(error), error.node if isinstance(error, NotFinite) else ""
            self._wanted_steps = 0
        if stage is None:
            self._offer(Snapshot(self._run, self._twin.document.graph_revision, Status.FAILED, message=self._message))
            return
        try:
            self._publish_at_rest(stage)
        except EngineError:
            self._show(stage, UNSEEN)

    def _show(self, stage: _Stage, seen: Observation) -> None:
        trainer = stage.trainer
        snapshot = Snapshot(
            run=self._run,
            revision=trainer.document.graph_revision,
            status=self._status,
            step=trainer.step,
            steps=self._goal,
            loss=trainer.loss,
            accuracy=trainer.accuracy,
            steps_per_second=self._rate,
            learning_rate=trainer.rate,
            history=trainer.history(),
            changes=tuple(trainer.changes),
            values=seen.values,
            gradients=seen.gradients,
            contributions=seen.contributions,
            rows=seen.rows,
            rows_left_out=seen.rows_left_out,
            activation=seen.activation,
            seen=seen.seen,
            problems=trainer.compiled.problems,
            objective=trainer.compiled.objective_name,
            message=self._message,
            culprit=self._culprit if self._status is Status.FAILED else "",
            now=None if stage.now is None else stage.now.step,
        )
        self._offer(snapshot)

    def _offer(self, snapshot: Snapshot) -> None:
        with self._condition:
            self._fresh = self.latest = snapshot
