"""Labels: whole numbers from 0 that stand for classes, or for the rows of a table."""

from __future__ import annotations

import numpy as np

from gradstudio.engine.errors import GraphError, ShapeError
from gradstudio.engine.gate import Array, Category, Gate, Kind, Port, Shape, shape_text

CLASSES = ("Labels", "class")
ROWS = ("Indices", "row of W")
"""What labels stand for, in the words of a refusal: many of them, and one."""


class Classification(Gate):
    """A loss of class scores held against true labels: the mean over the batch."""

    category = Category.LOSS
    inputs = (
        Port("scores", "A score for each class, one row per example (N×C), or one such row."),
        Port("labels", "The true class of each example, from 0.", kind=Kind.LABELS),
    )
    outputs = (Port("loss", "The mean loss of the batch."),)

    def losses(self, scores: Array, labels: Array) -> Array:
        """What each example costs alone."""
        raise NotImplementedError

    def shape(self, scores: Shape, labels: Shape) -> Shape:
        """A scalar."""
        if not 1 <= len(scores) <= 2 or 0 in scores:
            raise ShapeError(f"{self.title} needs scores for each class (N×C or C), found {shape_text(scores)}.")
        if labels != scores[:-1]:
            raise ShapeError(
                f"{self.title} needs one label for each row of scores; "
                f"scores are {shape_text(scores)} and labels {shape_text(labels)}."
            )
        return ()


def refuse_labels(labels: Array, classes: int, words: tuple[str, str] = CLASSES) -> Array:
    """The labels as int64, once it is sure that they are classes.

    Raises:
        GraphError: naming the first that isn't.
    """
    labels = np.asarray(labels, np.int64)
    hold_labels(unsigned(labels), classes, words)
    return labels


def unsigned(labels: Array) -> Array:
    """A view of int64 labels in which negative ones are the largest: one look finds all that are wrong."""
    return labels.view(np.uint64)


def hold_labels(seen: Array, classes: int, words: tuple[str, str] = CLASSES) -> None:
    """Refuse labels, seen `unsigned`, that aren't all below the number of classes.

    Raises:
        GraphError: naming the first that isn't.
    """
    if seen.size and np.maximum.reduce(seen, axis=None) >= classes:
        many, one = words
        wrong = seen[seen >= classes].view(np.int64)[0]
        raise GraphError(f"{many} must be whole numbers from 0 to {classes - 1}, one for each {one}; found {wrong}.")
