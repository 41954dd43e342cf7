"""The trainer: one network, its plan and its optimiser, stepped by whoever holds it. No thread in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from gradstudio.data.batches import Batches
from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.course import LOWERED, MOST_CHANGES, STOPPED, Adjustment, How, Settings, Training, adjusted
from gradstudio.document.model import Document, Node, NodeId
from gradstudio.engine.errors import EngineError, GraphError, NotFinite
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop
from gradstudio.engine.schedules import scale
from gradstudio.engine.statistics import norm
from gradstudio.training.ahead import Ahead
from gradstudio.training.beginnings import put_off
from gradstudio.training.curve import STEP, Curve
from gradstudio.training.guard import Guard
from gradstudio.training.metrics import accuracy
from gradstudio.training.rule import Rule, arrays_beside, read_only
from gradstudio.training.telling import stopped_early
from gradstudio.training.threads import leave_a_core
from gradstudio.training.validation import Validation, validation_of
from gradstudio.training.watching import BEST_OF, Watching

SEEN = (LOWERED, STOPPED)
"""Changes that follow from losses."""


class Trainer:
    """A document made ready to train.

    Args:
        document: one nobody else changes (`Document.copy`). Training goes on from the state it holds.
        compiled: the document compiled already, where it is.

    Attributes:
        compiled: the document as the engine sees it.
        plan: its arrays; values and gradients are those of the last `evaluate` or step.
        step: training steps done, in all runs.
        loss: objective at the last curve row or `evaluate`; None where there is none.
        accuracy: share of samples classified right then; None where nothing is classified.
        curve: the learning curve so far.
        changes: what was changed on the way.
        verdict: why the last run ended early, in a sentence; empty where it didn't.
    """

    def __init__(self, document: Document, compiled: Compiled | None = None) -> None:
        leave_a_core()
        self.document = document
        self.settings = document.settings
        self._varies = _varies(self.settings)
        self.compiled = compiled or compile_document(document)
        self.plan = Plan(self.compiled.graph, self.settings.dtype, beside=arrays_beside(self.settings))
        self.plan.mode.seed = self.settings.seed
        self.step = document.training.step
        self.loss: float | None = None
        self.accuracy: float | None = None
        self.verdict = ""
        self._how = How(self.settings, self._frozen_in(document))
        last = document.training.how
        self._last_how = self._how if last is None else replace(last, frozen=self._with_weights(last.frozen))
        self.changes = list(document.training.changes)
        self.curve = self._make_curve(document.training)
        self._batches = self._make_batches()
        self._feeds = self._make_feeds() if self._batches is not None else []
        arrays = [array for source in self.compiled.sources for array in source.arrays]
        apart = [array for array in arrays if not isinstance(array, np.ndarray)]
        self._ahead = Ahead(self._batches, apart) if self._batches is not None and apart else None
        kept = document.training.optimizer
        self._rule = Rule(self.plan, self.compiled.parameters, self._how, kept, self.step)
        self._watching = self._make_watching(document.training.watched, kept)
        loss, scored = self.compiled.loss, self.compiled.classifier
        self._total = self.plan.adder(loss) if loss else None
        ends = self.compiled.graph.objective
        self._glance = self.plan.adder(ends) if len(ends) == 1 else None
        self._scores = None if scored is None else (self.plan.value(scored[0]), self.plan.value(scored[1]))
        self._guard = self._make_guard()

    def refuse_untrainable(self) -> None:
        """Say why it can't be trained.

        Raises:
            GraphError: with a sentence that says what is missing.
        """
        if not self.compiled.loss:
            first = f" First problem: {self.compiled.problems[0].message}" if self.compiled.problems else ""
            raise GraphError(f"There is nothing to minimise: the network has no complete output.{first}")
        if not self.compiled.parameters:
            raise GraphError("There is nothing to train: add a Parameter or a layer with weights, such as Dense.")
        if self.compiled.unfinished is not None:
            raise GraphError(f"The network isn't complete, so it can't be trained. {self.compiled.unfinished.message}")
        if self._rule.everything_frozen:
            raise GraphError("There is nothing to train: every node with weights is frozen. Unfreeze one.")

    def run(self, steps: int, stop: Stop | None = None) -> Iterator[int]:
        """Make training steps. Ends early when `stop()` becomes true.

        Yields the number of steps done so far, once the values and gradients of the network at that step are in the
        plan; its update is made when the generator is resumed. NaN and infinity are looked for every so many steps and
        at the end: some steps may have been yielded after the one they appeared in.

        Raises:
            GraphError: if it can't be trained.
            NotFinite: naming the step NaN or infinity appeared in; the state is that before this step.
        """
        self.refuse_untrainable()
        self.verdict = ""
        if self._watching is not None:
            self._watching.begin(self.step, validates=self._validation is not None)
        self._guard.begin(self.step)
        for _ in range(steps):
            if not self._differentiate(stop) or (self.step >= self._guard.next and not self.verify(stop)):
                break
            if self._watching is not None and self._watching.stopped:
                break
            yield self.step
            self._move()
        if self._guard.open and not self._moved_soundly():
            self._retrace(stop)
        self._guard.open = False
        if self._watching is not None and self._watching.stopped:
            self._stop_early(self._watching)

    def verify(self, stop: Stop | None = None) -> bool:
        """Look whether all steps of the run under way were sound, between two of them.

        Returns:
            False if it was stopped on the way: then the run is to end.

        Raises:
            NotFinite: naming the step NaN or infinity appeared in; the state is that before this step.
        """
        began = time.perf_counter()
        if not self._guard.open:
            return True
        if math.isfinite(self._guard.total) and self.plan.sound():
            self._guard.passed(self.step, began)
            return True
        return self._retrace(stop) and self._differentiate(stop) and self._refuse_nonfinite()

    def evaluate(self, stop: Stop | None = None) -> bool:
        """Forward and backward of the next step, without an update; False if stopped.

        The gates run as in training: what is shown is what the step will be, batch statistics, dropped units and all.
        """
        self._begin()
        if not self.plan.run(stop):
            return False
        self.measure()
        return True

    def finish(self) -> None:
        """Evaluate the network after the last step, which may have been one too many.

        Raises:
            NotFinite: if NaN or infinity has come of it.
        """
        self.evaluate()
        self._refuse_nonfinite()

    def use(self, settings: Settings, frozen: frozenset[NodeId] | None = None) -> bool:
        """Take over what may change while it runs: how it learns, for how long, and which nodes are frozen.

        Returns:
            Whether that is other than before.

        Raises:
            NotFinite: if steps made with the old ones weren't sound.
        """
        how = How(settings, self._how.frozen if frozen is None else self._with_weights(frozen))
        if how == self._how:
            return False
        self.verify()
        self.settings, self._how, self._varies = settings, how, _varies(settings)
        others = self._rule.use(how, self.step)
        if self._use_watching(settings) or others:
            was_open, self._guard = self._guard.open, self._make_guard()
            if was_open:
                self._guard.begin(self.step)
        self.curve.correct_rate(self.step, self.rate)
        return True

    def _use_watching(self, settings: Settings) -> bool:
        """Watch the losses as the settings say, from what was seen of them so far; whether in other arrays."""
        old = self._watching
        if old is None and not settings.watches:
            return False
        if old is not None and settings.watches and bool(old.best) == (settings.stop_patience is not None):
            old.use(settings)
            return False
        self._watching = self._make_watching({} if old is None else old.kept(), {})
        if self._watching is not None:
            self._watching.begin(self.step, validates=self._guard.open and self._validation is not None)
        return True

    def amend(self, nodes: Mapping[NodeId, Node]) -> bool:
        """Put other params of nodes without inputs into the plan, between runs.

        Returns:
            False where that won't do and another plan is needed; then nothing has changed.
        """
        if self.step != self.document.training.step:
            return False
        found = [self._fed_by(node) for node in nodes.values()]
        if any(fed is None for fed in found):
            return False
        for slot, array in (pair for fed in found for pair in fed or ()):
            self.plan.feed(slot, array)
        return True

    def _fed_by(self, node: Node) -> list[tuple[Slot, Array]] | None:
        """Where the outputs and start values of a node without inputs lie, and what they are; None if it is data."""
        try:
            gate = node.make()
            made = gate.forward() if gate.outputs else ()
        except EngineError:
            return None
        fed = list(zip((port.name for port in gate.outputs), made if isinstance(made, tuple) else (made,), strict=True))
        fed += [(w.name, getattr(gate, w.start) if w.start else None) for w in gate.active_weights()]
        slots, trained = self.compiled.slots, self.document.training.parameters
        if not all((node.id, name) in slots and self._takes(slots[node.id, name], array) for name, array in fed):
            return None
        return [(slots[node.id, name], array) for name, array in fed if f"{node.id}.{name}" not in trained]

    def _takes(self, slot: Slot, array: Array | None) -> bool:
        data = any(slot in source.slots for source in self.compiled.sources)
        return not data and array is not None and self.plan.value(slot).shape == array.shape

    def training(self) -> Training:
        """What to keep: parameters, gates' own state, optimiser, step, curve, all copies; muted nodes keep theirs."""
        slots = {**self.compiled.parameters, **self.compiled.state}
        parameters = {key: read_only(self.plan.value(slot)) for key, slot in slots.items()}
        kept, watching = self.document.training, self._watching
        muted = put_off(self._of_muted(kept.optimizer), self.step - kept.step)
        return Training(
            self.step,
            MappingProxyType(self._of_muted(kept.parameters) | parameters),
            MappingProxyType(muted | self._rule.state(self.step) | self._best_arrays()),
            MappingProxyType(self.curve.columns()),
            tuple(change for change in self.changes if change.step <= self.step)[-MOST_CHANGES:],
            MappingProxyType({} if watching is None else watching.kept()),
            self._last_how if self.step else None,
        )

    def _of_muted(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        muted = {str(node.id) for node in self.document.nodes.values() if node.muted}
        return {key: array for key, array in arrays.items() if key.partition(".")[0] in muted}

    def history(self) -> Mapping[str, Array]:
        """The learning curve so far, with the state now as its last row."""
        return self.curve.columns(self.step, self.loss, self.accuracy)

    def _differentiate(self, stop: Stop | None) -> bool:
        """Forward and backward of one step; a row of the curve where due. False if stopped."""
        self._begin()
        if not self.plan.run(stop):
            return False
        if self._glance is not None:
            self._guard.total += self._glance()
        row, held = self.curve.wants(self.step), None
        if row:
            self.measure()
            if self._validation is not None and self.curve.validates(self.step, self._seldom):
                slots = {**self.compiled.parameters, **self.compiled.state}
                held = self._validation.measure({key: self.plan.value(slot) for key, slot in slots.items()}, stop)
                if held is None:
                    return False
        if self._watching is not None:
            self._watch(self._watching, None if held is None else held[0])
        if row:
            self.curve.add(self.step, self.loss, self.accuracy, held, self.rate)
        return True

    def _watch(self, watching: Watching, held: float | None) -> None:
        """Show the losses of this step to who watches them, and note what follows from them."""
        loss, before = 0.0 if self._total is None else self._total(), self.rate
        ends = self._batches is None or self._batches.ends_epoch(self.step)
        if not watching.see(self.step, loss, held, epoch_ends=ends):
            return
        if self.rate != before:
            self.changes.append(Adjustment(self.step, LOWERED, before, self.rate))
        if watching.stopped and watching.lowest is not None:
            self.changes.append(Adjustment(self.step, STOPPED, None, watching.lowest[1]))

    def _stop_early(self, watching: Watching) -> None:
        """End where the loss hasn't fallen any more, with the best weights."""
        watching.put_best()
        self.curve.cut(self.step)
        if watching.lowest is not None:
            self.verdict = stopped_early(self.step, *watching.lowest, validated=watching.validates)

    @cached_property
    def _seldom(self) -> int:
        """Steps between two evaluations of the rows held back, so that they take a tenth of the time or less.

        Of a step's time evaluating takes about a third for each row.
        """
        batch = self.settings.batch_size or self.compiled.samples or 1
        rows = 0 if self._validation is None else self._validation.rows
        return math.ceil(10 * rows / (3 * batch))

    @cached_property
    def _validation(self) -> Validation | None:
        return validation_of(self.document) if self.compiled.sources else None

    def _move(self) -> None:
        """The update that ends a step."""
        if self._how is not self._last_how:
            self._note_changes()
        if self._varies:
            self._rule.optimizer.learning_rate = self.rate
        self._rule.move(self.step)
        if self.compiled.state:
            self.plan.advance()
        self.step += 1

    def _note_changes(self) -> None:
        """What this step goes by is another thing than the last one went by."""
        if self.step:
            last, now = self._last_how, self._how
            aims = (last.settings.objective, now.settings.objective)
            told = {*last.frozen, *now.frozen, *(aim for aim in aims if aim is not None)}
            names = {i: self.document.nodes[i].name for i in told if i in self.document.nodes}
            self.changes.extend(adjusted(last, now, self.step, names))
            del self.changes[:-MOST_CHANGES]
        self._last_how = self._how

    @property
    def frozen(self) -> frozenset[NodeId]:
        """The nodes with weights that aren't trained."""
        return self._how.frozen

    @property
    def rate(self) -> float:
        """The learning rate of this step."""
        if not self._varies:
            return self.settings.learning_rate
        scale = 1.0 if self._watching is None else self._watching.scale
        return rate_at(self.settings, self.step) * scale

    def moving(self) -> tuple[Array, ...]:
        """All arrays that steps change and passes read: the parameters, and the gates' own state. The plan's own."""
        return (self.plan.parameters, *(self.plan.value(slot) for slot in self.compiled.state.values()))

    def next_update(self) -> Array:
        """What the update of this step would add to each parameter, flat as `Plan.parameters`; nothing is changed."""
        return self._rule.preview(self.step, self.rate)

    def measure(self) -> None:
        """Take loss and accuracy from the plan as it is now."""
        self.loss = None if self._total is None else self._total()
        if self._scores is not None:
            self.accuracy = accuracy(*self._scores)

    # ---- NaN and infinity

    def _moved_soundly(self) -> bool:
        """Whether nothing tells of NaN or infinity after an update: they never leave parameters they have come to."""
        norms = (norm(array) for array in (self.plan.gradients, self.plan.parameters))
        return math.isfinite(self._guard.total) and all(map(math.isfinite, norms))

    def _retrace(self, stop: Stop | None) -> bool:
        """Repeat the steps since the last sound state, looking at each; False if stopped, in a sound state."""
        last, self.step = self.step, self._guard.go_back()
        self.curve.cut(self.step)
        if self._watching is not None:
            self.changes = [c for c in self.changes if c.what not in SEEN or c.step < self._watching.next]
        while self.step < last:
            if not (self._differentiate(stop) and self._refuse_nonfinite()):
                self._guard.open = False
                return False
            self._guard.keep(self.step)
            self._move()
            self._refuse_update()
        return True

    def _refuse_update(self) -> None:
        """Go back to before an update that made a parameter NaN or infinite, and say so."""
        for slot in self.compiled.parameters.values():
            array = self.plan.value(slot)
            if not np.isfinite(array).all():
                index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                error = NotFinite(self.plan.graph.nodes[slot.node].name, "update", index, float(array[index]))
                self.step = error.step = self._guard.go_back()
                self._guard.open = False
                raise error

    def _refuse_nonfinite(self) -> bool:
        """True: both passes are finite.

        Raises:
            NotFinite: where they aren't.
        """
        try:
            self.plan.refuse_nonfinite()
        except NotFinite as error:
            error.step = self.step
            self._guard.open = False
            raise
        return True

    def _make_guard(self) -> Guard:
        state = (self.plan.value(slot) for slot in self.compiled.state.values())
        watched = () if self._watching is None else self._watching.arrays
        return Guard([self.plan.parameters, *self._rule.optimizer.state.values(), *state, *watched])

    # ---- making it

    def _make_batches(self) -> Batches | None:
        if not self.compiled.samples:  # no data, or a set without a sample
            return None
        together = max(getattr(array, "block", 1) for source in self.compiled.sources for array in source.arrays)
        batches = Batches(self.compiled.samples, self.settings.batch_size, self.settings.seed, together)
        return batches if batches.size is not None else None

    def _make_feeds(self) -> list[Callable[[npt.NDArray[np.intp]], None]]:
        sources = [pair for source in self.compiled.sources for pair in zip(source.slots, source.arrays, strict=True)]
        return [self.plan.feeder(slot, array) for slot, array in sources]

    def _begin(self) -> None:
        """Tell the gates which step comes, and put its batch in place."""
        self.plan.mode.step = self.step
        chosen = None if self._batches is None else self._batches.indices(self.step)
        if self._batches is not None and chosen is not None:
            for feed in self._feeds:
                feed(chosen)
            if self._ahead is not None:
                self._ahead.look(self.step)

    def _make_curve(self, training: Training) -> Curve:
        """The curve so far; where it has no column of learning rates they were all that of its first step."""
        steps = training.history.get(STEP)
        first = int(steps[0]) if steps is not None and len(steps) else 0
        return Curve(training.history, rate_at(self._last_how.settings, first))

    def _make_watching(self, kept: Mapping[str, float], arrays: Mapping[str, Array]) -> Watching | None:
        """Who watches the losses, where the settings ask for it."""
        if not self.settings.watches:
            return None
        return Watching(self.settings, self.step, kept, self.moving(), self._best_of(arrays))

    def _best_of(self, arrays: Mapping[str, Array]) -> tuple[Array, ...] | None:
        """The best weights among what was kept, laid out as `moving`; None where they aren't all there."""
        flat, *state = (array.copy() for array in self.moving())
        views = self._rule.views(flat) | dict(zip(self.compiled.state, state, strict=True))
        for key, view in views.items():
            saved = arrays.get(f"{key}/{BEST_OF}")
            if saved is None or saved.shape != view.shape:
                return None
            view[...] = saved
        return flat, *state

    def _best_arrays(self) -> dict[str, Array]:
        """The best weights so far, to be kept: "17.W/best" -> array."""
        if self._watching is None or not self._watching.best or self._watching.lowest is None:
            return {}
        flat, *state = self._watching.best
        views = self._rule.views(flat) | dict(zip(self.compiled.state, state, strict=True))
        return {f"{key}/{BEST_OF}": read_only(view) for key, view in views.items()}

    def _frozen_in(self, document: Document) -> frozenset[NodeId]:
        return frozenset(i for i in self._trained if document.nodes[i].frozen)

    def _with_weights(self, nodes: frozenset[NodeId]) -> frozenset[NodeId]:
        """Those of some nodes that are trained otherwise."""
        return nodes & self._trained if nodes else nodes

    @cached_property
    def _trained(self) -> frozenset[NodeId]:
        """The nodes with weights."""
        return frozenset(int(key.partition(".")[0]) for key in self.compiled.parameters)


def _varies(settings: Settings) -> bool:
    """Whether the learning rate may be another one from step to step."""
    return settings.schedule != "constant" or settings.warmup > 0


def rate_at(settings: Settings, step: int) -> float:
    """The learning rate of a step by its schedule; what plateaus have done to it comes on top."""
    s = settings
    return s.learning_rate * scale(s.schedule, step, s.period or s.steps, s.factor, s.warmup)
