"""Asking a trained network about rows it wasn't trained on, a piece at a time, in a plan of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradstudio.document.model import Document, NodeId
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.running import Stop
from gradstudio.engine.supply import Rows
from gradstudio.insight.answer import Answer, Output, output_of
from gradstudio.insight.judging import Judge, Judged
from gradstudio.insight.questions import Questions
from gradstudio.insight.twin import data_of, entrance
from gradstudio.training.looks import Scene
from gradstudio.training.trainer import Trainer


class Answers(NamedTuple):
    """What a network says of some rows.

    Attributes:
        kind: how it is to be read.
        read: shares of classes (rows × classes) that add up to 1, or numbers (rows).
        loss: mean loss over the rows, without penalties on weights; None where the truth isn't known.
    """

    kind: Answer
    read: Array
    loss: float | None = None

    @property
    def classes(self) -> Array:
        """The likeliest class of each row."""
        return np.asarray(self.read.argmax(axis=-1))


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where rows go into a network.

    Attributes:
        node: the document's data node.
        slot: of the features.
        shape: of one row.
    """

    node: NodeId
    slot: Slot
    shape: tuple[int, ...]


class Answering:
    """A network made ready to be asked. Gates that differ between training and evaluating evaluate.

    Args:
        document: the network, with what it has learned.
        stop: asked between two pieces of rows.

    Attributes:
        trainer: the network as it is trained: its own rows are those of its data nodes.
        scene: what looks see of it.
        output: what its answer is.
        entrance: where rows go in.

    Raises:
        GraphError: if it has no answer, or no data to put rows in the place of.
    """

    def __init__(self, document: Document, stop: Stop = bool) -> None:
        self.trainer = Trainer(document)
        self.scene = Scene(self.trainer.plan, self.trainer.compiled, document, self.trainer.step, stop)
        self.output: Output = output_of(self.scene)
        self.entrance = self._find()

    def own_rows(self) -> tuple[Array | Rows, Array | Rows | None]:
        """The rows the network's data node holds, and the truth of them where it is known."""
        data = data_of(self.scene)
        target = self.output.target
        return data[self.entrance.slot], None if target is None else data.get(target)

    def ask(self, rows: Array | Rows, truth: Array | Rows | None = None) -> Answers:
        """What the network says of rows, prepared as the network's own.

        Args:
            rows: features.
            truth: classes, or numbers; where given, the loss is computed too.

        Raises:
            GraphError: if rows have another shape than the network's, or there are none.
        """
        if tuple(rows.shape[1:]) != self.entrance.shape:
            raise GraphError(f"The network takes rows of {self.entrance.shape}, found {tuple(rows.shape[1:])}.")
        if not len(rows):
            raise GraphError("There is no row to ask the network about.")
        asked = Questions(self.scene, self.output.slot, self.entrance.slot, rows, np.arange(len(rows)))
        raw = asked.ask(self.scene)
        if raw is None:
            raise GraphError("Stopped.")
        judged = None if truth is None else self.judge(rows, truth)
        loss = None if judged is None else judged.score.loss
        with np.errstate(all="ignore"):
            return Answers(self.output.kind, self.output.read(raw), loss)

    def judge(self, rows: Array | Rows, truth: Array | Rows | None, names: tuple[str, ...] = ()) -> Judged | None:
        """How good the network is on rows; None if stopped.

        Args:
            rows: features, prepared as the network's own.
            truth: classes, or numbers.
            names: of the classes.

        Raises:
            GraphError: as `ask`, and where the truth isn't known.
        """
        judge = Judge(self.scene, rows, truth)
        found = judge.questions.ask(self.scene)
        return None if found is None else judge.verdict(found, names)

    def _find(self) -> Entrance:
        graph, data = self.trainer.plan.graph, data_of(self.scene)
        slot, array = entrance(graph, self.output.slot, data)
        node = next(node for (node, _), known in self.trainer.compiled.slots.items() if known == slot)
        return Entrance(node, slot, tuple(array.shape[1:]))
