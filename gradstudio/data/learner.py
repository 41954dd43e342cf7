"""A network that learns from data: layers from one line, the loss that fits the target, settings to begin with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradstudio.data.preparation import Prepared
from gradstudio.data.table import Values
from gradstudio.document import commands
from gradstudio.document.building import Fresh, add
from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.shorthand import SPACING, network

BATCH = 64
RATE, SHARE = 1e-3, 0.03
"""Learning rate of Adam; of a regression the share of the target's deviation: it isn't scaled, so steps must be."""
EPOCHS = 30
"""A run goes so often through the training rows."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned.

    Attributes:
        classes: how many there are to tell; 0 where it is a number.
        rows: that train.
        deviation: of the numbers to tell.
    """

    classes: int
    rows: int
    deviation: float = 1.0

    @classmethod
    def of(cls, made: Prepared) -> Task:
        """That of prepared data."""
        return cls.of_target(len(made.fitted.classes), made.training.y)

    @classmethod
    def of_target(cls, classes: int, y: Values) -> Task:
        """That of what is to be told in the rows that train."""
        return cls(classes, len(y), 1.0 if classes else float(np.std(y)))

    @property
    def gate(self) -> str:
        """The gate that brings a file's data for it."""
        return "data" if self.classes else "data_numbers"

    def settings(self, batch: int | None = BATCH) -> dict[str, object]:
        """How a network is best trained for it to begin with, in batches of this size (None: all rows at once)."""
        size = self.rows if batch is None else min(batch, self.rows)
        steps = max(2_000 if self.classes else 1_000, EPOCHS * self.rows // size)
        rate = RATE if self.classes else max(self.deviation * SHARE, RATE)
        batch_size = None if batch is None else size
        return {
            "optimizer": "adam", "learning_rate": rate, "batch_size": batch_size, "steps": steps, "schedule": "cosine",
        }  # fmt: skip


def learner(trial: Rehearsal, source: NodeId, layers: str, task: Task) -> tuple[NodeId, ...]:
    """Put layers behind a data node, and behind them the loss that fits; the new nodes from left to right.

    Args:
        trial: the network as it is so far.
        source: the data node.
        layers: between data and loss, in one line; may be empty.
        task: what is to be learned.

    Raises:
        NotShorthand: for layers that can't be read or don't fit.
    """
    end = f"{task.classes}-softmax_cross_entropy" if task.classes else "1"
    middle = f"{layers.strip()}-" if layers.strip() else ""
    node = trial.doc.nodes[source]
    patch, nodes = network(trial.doc, f"{middle}{end}", node.x, node.y, begin=source)
    trial.do(patch)
    return nodes if task.classes else (*nodes, _compared(trial, source, nodes[-1]))


def _compared(trial: Rehearsal, source: NodeId, answer: NodeId) -> NodeId:
    """End a regression with the mean squared difference to what is to be told."""
    last = trial.doc.nodes[answer]
    placed = add(trial.doc, Fresh("mean_squared_error", last.x + SPACING, last.y), [answer])
    trial.do(placed.patch)
    trial.do(commands.connect(trial.doc, source, "y", placed.node, "target"))
    return placed.node


def built(
    document: Document, fresh: Fresh, layers: str | None, task: Task, batch: int | None
) -> tuple[Patch, tuple[NodeId, ...]]:
    """A data node, and where layers are given the whole network behind it with its settings: one edit, and its nodes.

    Raises:
        NotShorthand: for layers that can't be read or don't fit.
        Refused: for a place that can't be.
    """
    trial, alone = Rehearsal(document), not document.nodes
    placed, source = commands.add_node(document, fresh.gate, fresh.x, fresh.y, params=fresh.params)
    trial.do(placed)
    if layers is None:
        trial.do(commands.change_settings(trial.doc, batch_size=batch))
        return trial.patch(placed.title), (source,)
    nodes = learner(trial, source, layers, task)
    trial.do(commands.change_settings(trial.doc, **task.settings(batch)))
    if not alone:
        trial.do(commands.set_objective(trial.doc, nodes[-1]))
    name = trial.doc.nodes[source].name
    return trial.patch(f"Add {name} and a network"), (source, *nodes)
