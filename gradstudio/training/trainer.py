"""The trainer: one network, its plan and its optimiser, stepped by whoever holds it. No thread in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from gradstudio.data.batches import Batches
from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.model import Document, Settings, Training
from gradstudio.engine.errors import GraphError, NotFinite
from gradstudio.engine.gate import Array
from gradstudio.engine.optimizers import OPTIMIZERS, Momentum, Optimizer
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop
from gradstudio.training.curve import Curve
from gradstudio.training.metrics import accuracy
from gradstudio.training.threads import leave_a_core


class Trainer:
    """A document made ready to train.

    Args:
        document: one nobody else changes (`Document.copy`). Training goes on from the state it holds.

    Attributes:
        compiled: the document as the engine sees it.
        plan: its arrays; values and gradients are those of the last `evaluate` or step.
        step: training steps done, in all runs.
        loss: objective at the last curve row or `evaluate`; None where there is none.
        accuracy: share of samples classified right then; None where nothing is classified.
        curve: the learning curve so far.
    """

    def __init__(self, document: Document) -> None:
        leave_a_core()
        self.document = document
        self.settings = document.settings
        self.compiled: Compiled = compile_document(document)
        self.plan = Plan(self.compiled.graph, self.settings.dtype, beside=arrays_beside(self.settings))
        self.plan.mode.seed = self.settings.seed
        self.step = document.training.step
        self.loss: float | None = None
        self.accuracy: float | None = None
        self.curve = Curve(document.training.history)
        self._batches = self._make_batches()
        self._optimizer = self._make_optimizer(document.training.optimizer)

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
        plan; its update is made when the generator is resumed.

        Raises:
            GraphError: if it can't be trained.
            NotFinite: in the step NaN or infinity appears; parameters stay as they were before that step.
        """
        self.refuse_untrainable()
        for _ in range(steps):
            if not self._differentiate(stop):
                return
            yield self.step
            self._optimizer.update(self.plan.gradients, self.step)
            self.plan.advance()
            self.step += 1

    def evaluate(self, stop: Stop | None = None) -> bool:
        """Forward and backward of the next step, without an update; False if stopped.

        The gates run as in training: what is shown is what the step will be, batch statistics, dropped units and all.
        """
        self._begin()
        if not (self.plan.forward(stop) and self.plan.backward(stop)):
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
        """Take over settings that may change while it runs: optimiser, learning rate, momentum, steps."""
        changed = settings.optimizer != self.settings.optimizer
        kept = self._optimizer_state()
        self.settings = settings
        if changed:
            self._optimizer = self._make_optimizer(kept)
        self._optimizer.learning_rate = settings.learning_rate
        if isinstance(self._optimizer, Momentum):
            self._optimizer.momentum = settings.momentum

    def training(self) -> Training:
        """What to keep: parameters, gates' own state, optimiser, step, curve, all copies; muted nodes keep theirs."""
        slots = {**self.compiled.parameters, **self.compiled.state}
        parameters = {key: _frozen(self.plan.value(slot)) for key, slot in slots.items()}
        kept = self.document.training
        return Training(
            self.step,
            MappingProxyType(self._of_muted(kept.parameters) | parameters),
            MappingProxyType(self._of_muted(kept.optimizer) | self._optimizer_state()),
            MappingProxyType(self.curve.columns()),
        )

    def _of_muted(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        muted = {str(node.id) for node in self.document.nodes.values() if node.muted}
        return {key: array for key, array in arrays.items() if key.partition(".")[0] in muted}

    def history(self) -> Mapping[str, Array]:
        """The learning curve so far, with the state now as its last row."""
        return self.curve.columns(self.step, self.loss, self.accuracy)

    def _differentiate(self, stop: Stop | None) -> bool:
        """Forward and backward of one step, refused where NaN or infinity appears; a row of the curve where due."""
        self._begin()
        if not (self.plan.forward(stop) and self.plan.backward(stop)):
            return False
        self._refuse_nonfinite()
        if self.curve.wants(self.step):
            self.measure()
            self.curve.add(self.step, self.loss, self.accuracy)
        return True

    def _refuse_nonfinite(self) -> None:
        try:
            self.plan.refuse_nonfinite()
        except NotFinite as error:
            error.step = self.step
            raise

    def measure(self) -> None:
        """Take loss and accuracy from the plan as it is now."""
        self.loss = self.plan.total(self.compiled.loss) if self.compiled.loss else None
        if self.compiled.classifier is not None:
            scores, labels = self.compiled.classifier
            self.accuracy = accuracy(self.plan.value(scores), self.plan.value(labels))

    def _make_batches(self) -> Batches | None:
        if not self.compiled.samples:  # no data, or a set without a sample
            return None
        batches = Batches(self.compiled.samples, self.settings.batch_size, self.settings.seed)
        return batches if batches.size is not None else None

    def _begin(self) -> None:
        """Tell the gates which step comes, and put its batch in place."""
        self.plan.mode.step = self.step
        if self._batches is None:
            return
        chosen = self._batches.indices(self.step)
        for source in self.compiled.sources:
            for slot, array in zip(source.slots, source.arrays, strict=True):
                self.plan.feed(slot, array[chosen])

    def _make_optimizer(self, kept: Mapping[str, Array]) -> Optimizer:
        optimizer = OPTIMIZERS[self.settings.optimizer](self.plan.parameters, self.settings.learning_rate)
        if isinstance(optimizer, Momentum):
            optimizer.momentum = self.settings.momentum
        for name, flat in optimizer.state.items():
            for key, view in self._views(flat).items():
                saved = kept.get(f"{key}/{name}")
                if saved is not None and saved.shape == view.shape:
                    view[...] = saved
        return optimizer

    def _optimizer_state(self) -> dict[str, Array]:
        return {
            f"{key}/{name}": _frozen(view)
            for name, flat in self._optimizer.state.items()
            for key, view in self._views(flat).items()
        }

    def _views(self, flat: Array) -> dict[str, Array]:
        """The part of a flat array that belongs to each parameter, in its shape."""
        by_slot = self.plan.views(flat)
        return {key: by_slot[slot] for key, slot in self.compiled.parameters.items() if slot in by_slot}


def arrays_beside(settings: Settings) -> int:
    """How many arrays training keeps of each parameter: the optimiser's, one to work in, and a copy of the state."""
    state = len(OPTIMIZERS[settings.optimizer].slots)
    return state + 1 + (1 + state)


def _frozen(array: Array) -> Array:
    copy = np.array(array)
    copy.flags.writeable = False
    return copy
