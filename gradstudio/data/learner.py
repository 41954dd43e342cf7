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
from gradstudio.document.shorthand import LIFT, SPACING, network

BATCH = 64
RATE, REGRESSION_RATE = 1e-3, 1e-2
"""Learning rates of Adam."""
NARROW, WIDE, FAR = 0.3, 3.0, 3.0
"""Numbers whose deviation lies between the first two and whose mean is no further from 0 than the third are told by
the last layer as it is; for others what it says is stretched and shifted."""
BELOW = 150.0
"""How far below the layer before the numbers stand."""
EPOCHS = 30
"""A run goes so often through the training rows."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned.

    Attributes:
        classes: how many there are to tell; 0 where it is a number.
        rows: that train.
        deviation: of the numbers to tell.
        mean: of them.
    """

    classes: int
    rows: int
    deviation: float = 1.0
    mean: float = 0.0

    @classmethod
    def of(cls, made: Prepared) -> Task:
        """That of prepared data."""
        return cls.of_target(len(made.fitted.classes), made.training.y)

    @classmethod
    def of_target(cls, classes: int, y: Values) -> Task:
        """That of what is to be told in the rows that train."""
        if classes:
            return cls(classes, len(y))
        return cls(classes, len(y), float(np.std(y, dtype=np.float64)), float(np.mean(y, dtype=np.float64)))

    @property
    def unscaled(self) -> bool:
        """Whether these are numbers that a layer to begin with is far from telling."""
        return not self.classes and not (NARROW <= self.deviation <= WIDE and abs(self.mean) <= FAR)

    @property
    def gate(self) -> str:
        """The gate that brings a file's data for it."""
        return "data" if self.classes else "data_numbers"

    def settings(self, batch: int | None = BATCH) -> dict[str, object]:
        """How a network is best trained for it to begin with, in batches of this size (None: all rows at once)."""
        size = self.rows if batch is None else min(batch, self.rows)
        steps = max(2_000 if self.classes else 1_000, EPOCHS * self.rows // size)
        rate = RATE if self.classes else REGRESSION_RATE
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
    if task.classes:
        return nodes
    if task.unscaled:
        nodes = (*nodes, *_scaled(trial, nodes[-1], task))
    return (*nodes, _compared(trial, source, nodes[-1]))


def _scaled(trial: Rehearsal, answer: NodeId, task: Task) -> tuple[NodeId, ...]:
    """Multiply what the last layer says by the deviation of the target and add its mean."""
    stretch = _with_number(trial, answer, "multiply", "deviation", task.deviation or 1.0)
    return (*stretch, *_with_number(trial, stretch[-1], "add", "mean", task.mean))


def _with_number(trial: Rehearsal, before: NodeId, gate: str, name: str, number: float) -> tuple[NodeId, NodeId]:
    """Put a gate behind a node that takes it and a number; the number's node and the gate's."""
    last = trial.doc.nodes[before]
    free = name if trial.doc.named(name) is None else None
    held = add(trial.doc, Fresh("constant", last.x, last.y + BELOW, free, {"value": float(f"{number:.4g}")}))
    trial.do(held.patch)
    placed = add(trial.doc, Fresh(gate, last.x + SPACING, last.y), [before, held.node])
    trial.do(placed.patch)
    return held.node, placed.node


def _compared(trial: Rehearsal, source: NodeId, answer: NodeId) -> NodeId:
    """End a regression with the mean squared difference to what is to be told."""
    last = trial.doc.nodes[answer]
    placed = add(trial.doc, Fresh("mean_squared_error", last.x + SPACING, last.y + LIFT), [answer])
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
