"""Asking a trained network about rows it wasn't trained on, a piece at a time, in a plan of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradstudio.document.model import Document, NodeId
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array, Category
from gradstudio.engine.graph import Slot
from gradstudio.engine.supply import Rows
from gradstudio.insight.answer import Answer, Output, output_of
from gradstudio.insight.twin import Twin, data_of, entrance, rows_of
from gradstudio.training.looks import Scene
from gradstudio.training.trainer import Trainer

PIECE = 1_000
"""Rows that are asked about together."""


class Answers(NamedTuple):
    """What a network says of some rows.

    Attributes:
        kind: how it is to be read.
        read: shares of classes (rows × classes) that add up to 1, or numbers (rows).
        loss: mean loss over the rows, without penalties on weights; None where the truth isn't known.
    """

    kind: Answer
    read: Array
    loss: float | None

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

    Attributes:
        trainer: the network as it is trained: its own rows are those of its data nodes.
        output: what its answer is.
        entrance: where rows go in.

    Raises:
        GraphError: if it has no answer, or no data to put rows in the place of.
    """

    def __init__(self, document: Document) -> None:
        self.trainer = Trainer(document)
        self._scene = Scene(self.trainer.plan, self.trainer.compiled, document, self.trainer.step, bool)
        self.output: Output = output_of(self._scene)
        self.entrance = self._find()
        self._twin: Twin | None = None

    def own_rows(self) -> tuple[Array | Rows, Array | Rows | None]:
        """The rows the network's data node holds, and the truth of them where it is known."""
        data = data_of(self._scene)
        target = self.output.target
        return data[self.entrance.slot], None if target is None else data.get(target)

    def ask(self, rows: Array | Rows, truth: Array | Rows | None = None) -> Answers:
        """What the network says of rows.

        Args:
            rows: features, prepared as the network's own.
            truth: classes, or numbers; where given, the loss is computed too.

        Raises:
            GraphError: if rows have another shape than the network's, or there are none.
        """
        if tuple(rows.shape[1:]) != self.entrance.shape:
            raise GraphError(f"The network takes rows of {self.entrance.shape}, found {tuple(rows.shape[1:])}.")
        if not len(rows):
            raise GraphError("There is no row to ask the network about.")
        pieces, total = [], 0.0
        for start in range(0, len(rows), PIECE):
            chosen = np.arange(start, min(start + PIECE, len(rows)))
            raw, loss = self._ask(rows_of(rows, chosen), None if truth is None else rows_of(truth, chosen))
            pieces.append(raw)
            total += loss * len(chosen)
        with np.errstate(all="ignore"):
            read = self.output.read(np.concatenate(pieces))
        return Answers(self.output.kind, read, None if truth is None else total / len(rows))

    def _ask(self, rows: Array, truth: Array | None) -> tuple[Array, float]:
        """Raw answers, and the mean loss."""
        twin = self._twin_for(len(rows), truth)
        fed = {self.entrance.slot: rows, self.output.target: truth}
        for slot, array in fed.items():
            if slot is not None and array is not None:
                place = twin.plan.value(twin.slot(slot))
                place[...] = array.reshape(place.shape)
        twin.plan.forward()
        raw = np.array(twin.plan.value(twin.slot(self.output.slot)), np.float64)
        losses = () if truth is None else self._losses()
        return raw, sum(float(twin.plan.value(twin.slot(slot)).mean()) for slot in losses)

    def _twin_for(self, count: int, truth: Array | None) -> Twin:
        """A plan for so many rows; that of the last piece is taken again where it fits."""
        plan, target = self.trainer.plan, self.output.target
        ends = (self.output.slot, *(() if truth is None else self._losses()))
        kept = self._twin
        fits = kept is not None and len(kept.plan.value(kept.slot(self.entrance.slot))) == count
        if kept is None or not fits or len(kept.ends) != len(ends):
            fed = {self.entrance.slot: np.zeros((count, *self.entrance.shape), plan.dtype)}
            if truth is not None and target is not None:
                fed[target] = np.zeros((count, *plan.graph.shape(target)[1:]), plan.value(target).dtype)
            self._twin = kept = Twin(plan, fed, ends)
            kept.refresh()
        return kept

    def _losses(self) -> tuple[Slot, ...]:
        """Losses that compare answers with the truth."""
        nodes = self.trainer.plan.graph.nodes
        return tuple(
            Slot(i)
            for i, node in enumerate(nodes)
            if node.gate.category is Category.LOSS and self.output.slot in node.inputs
        )

    def _find(self) -> Entrance:
        graph, data = self.trainer.plan.graph, data_of(self._scene)
        slot, array = entrance(graph, self.output.slot, data)
        node = next(node for (node, _), known in self.trainer.compiled.slots.items() if known == slot)
        return Entrance(node, slot, tuple(array.shape[1:]))
