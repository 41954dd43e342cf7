"""The trainer: one network, its plan and its optimiser, stepped by whoever holds it. No thread in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from gradstudio.data.batches import Batches
from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.model import Document, Node, NodeId, Settings, Training
from gradstudio.engine.errors import EngineError, GraphError, NotFinite
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.optimizers import OPTIMIZERS, Adam, Momentum, Optimizer
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop
from gradstudio.engine.schedules import scale
from gradstudio.engine.statistics import norm
from gradstudio.engine.treatment import Treatment
from gradstudio.training.beginnings import as_arrays, beginnings, put_off
from gradstudio.training.curve import Curve
from gradstudio.training.guard import Guard
from gradstudio.training.metrics import accuracy
from gradstudio.training.threads import leave_a_core
from gradstudio.training.validation import Validation, validation_of


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
    """

    def __init__(self, document: Document, compiled: Compiled | None = None) -> None:
        leave_a_core()
        self.document = document
        self.settings = document.settings
        self.compiled = compiled or compile_document(document)
        self.plan = Plan(self.compiled.graph, self.settings.dtype, beside=arrays_beside(self.settings))
        self.plan.mode.seed = self.settings.seed
        self.step = document.training.step
        self.loss: float | None = None
        self.accuracy: float | None = None
        self.curve = Curve(document.training.history)
        self._batches = self._make_batches()
        self._feeds = self._make_feeds() if self._batches is not None else []
        arrays = [array for source in self.compiled.sources for array in source.arrays]
        self._apart = [array for array in arrays if not isinstance(array, np.ndarray)]
        self._optimizer = self._make_optimizer(document.training.optimizer)
        self._treatment = self._make_treatment()
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
        self._guard.begin(self.step)
        for _ in range(steps):
            if not self._differentiate(stop) or (self.step >= self._guard.next and not self.verify(stop)):
                break
            yield self.step
            self._move()
        if self._guard.open and not self._moved_soundly():
            self._retrace(stop)
        self._guard.open = False

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

    def use(self, settings: Settings) -> None:
        """Take over settings that may change while it runs: how it learns, and for how long.

        Raises:
            NotFinite: if steps made with the old ones weren't sound.
        """
        if settings == self.settings:
            return
        self.verify()
        changed = settings.optimizer != self.settings.optimizer
        kept = self._optimizer_state()
        self.settings = settings
        if changed:
            self._optimizer = self._make_optimizer(kept)
            watching, self._guard = self._guard.open, self._make_guard()
            if watching:
                self._guard.begin(self.step)
        self._treatment = self._make_treatment()
        self._optimizer.learning_rate, self._optimizer.weight_decay = settings.learning_rate, settings.weight_decay
        if isinstance(self._optimizer, Momentum):
            self._optimizer.momentum = settings.momentum

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
        parameters = {key: _frozen(self.plan.value(slot)) for key, slot in slots.items()}
        kept = self.document.training
        return Training(
            self.step,
            MappingProxyType(self._of_muted(kept.parameters) | parameters),
            MappingProxyType(put_off(self._of_muted(kept.optimizer), self.step - kept.step) | self._optimizer_state()),
            MappingProxyType(self.curve.columns()),
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
        if self.curve.wants(self.step):
            self.measure()
            held = None
            if self._validation is not None and self.curve.validates(self.step, self._seldom):
                slots = {**self.compiled.parameters, **self.compiled.state}
                held = self._validation.measure({key: self.plan.value(slot) for key, slot in slots.items()}, stop)
                if held is None:
                    return False
            self.curve.add(self.step, self.loss, self.accuracy, held)
        return True

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
        return validation_of(self.document)

    def _move(self) -> None:
        """The update that ends a step."""
        if self.settings.schedule != "constant" or self.settings.warmup:
            self._optimizer.learning_rate = self.rate
        self.plan.quietly(self._update, self._optimizer)
        if self.compiled.state:
            self.plan.advance()
        self.step += 1

    @property
    def rate(self) -> float:
        """The learning rate of this step."""
        s = self.settings
        return s.learning_rate * scale(s.schedule, self.step, s.period or s.steps, s.factor, s.warmup)

    def _update(self, rule: Optimizer) -> None:
        self._treatment.apply()
        rule.update(self._treatment.gradients, self.step)

    def moving(self) -> tuple[Array, ...]:
        """All arrays that steps change and passes read: the parameters, and the gates' own state. The plan's own."""
        return (self.plan.parameters, *(self.plan.value(slot) for slot in self.compiled.state.values()))

    def next_update(self) -> Array:
        """What the update of this step would add to each parameter, flat as `Plan.parameters`; nothing is changed."""
        rule = self._optimizer
        trial = type(rule)(self.plan.parameters.copy(), self.rate)
        trial.weight_decay = rule.weight_decay
        if isinstance(rule, Momentum) and isinstance(trial, Momentum):
            trial.momentum = rule.momentum
        if isinstance(rule, Adam) and isinstance(trial, Adam):
            trial.begin_like(rule)
        for name, kept in rule.state.items():
            trial.state[name][...] = kept
        self.plan.quietly(self._update, trial)
        return np.subtract(trial.parameters, self.plan.parameters, out=trial.parameters)

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
        return Guard([self.plan.parameters, *self._optimizer.state.values(), *state])

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
            for rows in self._apart:
                rows.ahead(self._batches.indices(self.step + 1))

    def _make_optimizer(self, kept: Mapping[str, Array]) -> Optimizer:
        optimizer = OPTIMIZERS[self.settings.optimizer](self.plan.parameters, self.settings.learning_rate)
        optimizer.weight_decay = self.settings.weight_decay
        if isinstance(optimizer, Momentum):
            optimizer.momentum = self.settings.momentum
        for name, flat in optimizer.state.items():
            for key, view in self._views(flat).items():
                saved = kept.get(f"{key}/{name}")
                if saved is not None and saved.shape == view.shape:
                    view[...] = saved
        if isinstance(optimizer, Adam):
            self._begin_sums(optimizer, kept)
        return optimizer

    def _begin_sums(self, adam: Adam, kept: Mapping[str, Array]) -> None:
        """Have it count the steps from where its sums began, parameter by parameter."""
        self._began = beginnings(kept, self._views(adam.parameters), self.step)
        steps = np.zeros(adam.parameters.size, np.int64)
        for key, view in self._views(steps).items():
            view[...] = self._began[key]
        adam.begin(steps)

    def _make_treatment(self) -> Treatment:
        s, plan = self.settings, self.plan
        decay = 0.0 if self._optimizer.decoupled else s.weight_decay
        return Treatment(plan.parameters, plan.gradients, s.clip_value, s.clip_norm, decay)

    def _optimizer_state(self) -> dict[str, Array]:
        state = {
            f"{key}/{name}": _frozen(view)
            for name, flat in self._optimizer.state.items()
            for key, view in self._views(flat).items()
        }
        if isinstance(self._optimizer, Adam):
            began = as_arrays(self._began, self._views(self._optimizer.parameters))
            state |= {name: _frozen(array) for name, array in began.items()}
        return state

    def _views(self, flat: Array) -> dict[str, Array]:
        """The part of a flat array that belongs to each parameter, in its shape."""
        by_slot = self.plan.views(flat)
        return {key: by_slot[slot] for key, slot in self.compiled.parameters.items() if slot in by_slot}


def arrays_beside(settings: Settings) -> int:
    """How many arrays training keeps of each parameter: the optimiser's, the guard's copy, and one of what is kept."""
    rule = OPTIMIZERS[settings.optimizer]
    treated = settings.clip_norm is not None or settings.clip_value is not None
    decays = settings.weight_decay > 0 and not rule.decoupled
    return len(rule.slots) + 2 * (1 + len(rule.slots)) + (treated or decays) + decays


def _frozen(array: Array) -> Array:
    copy = np.array(array)
    copy.flags.writeable = False
    return copy
