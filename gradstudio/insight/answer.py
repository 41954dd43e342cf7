"""What a network says of a sample: which of its arrays is the answer, and what kind of answer it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array, Category, Kind
from gradstudio.engine.graph import Slot

if TYPE_CHECKING:
    from gradstudio.training.looks import Scene

SOFTMAX, YES_OR_NO = "softmax_cross_entropy", "binary_cross_entropy"


class Answer(StrEnum):
    """Kinds of answers.

    Scores of classes that were trained as probabilities, scores of classes that were not, a score of yes, a number.
    """

    PROBABILITIES = "probabilities"
    SCORES = "scores"
    YES = "yes"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Output:
    """The answer of a network.

    Attributes:
        kind: how it is to be read.
        slot: where it is.
        target: where the true answers are; None where there are none.
        name: of the node it comes from.
    """

    kind: Answer
    slot: Slot
    target: Slot | None
    name: str

    def read(self, raw: Array) -> Array:
        """Answers (samples × classes, or samples) as shares that add up to 1, or as numbers."""
        if self.kind is Answer.PROBABILITIES:
            grown = np.exp(raw - raw.max(axis=-1, keepdims=True))
            return np.asarray(grown / grown.sum(axis=-1, keepdims=True))
        if self.kind is Answer.SCORES:
            return np.asarray(np.eye(raw.shape[-1])[raw.argmax(axis=-1)])
        flat: Array = raw.reshape(len(raw))
        if self.kind is Answer.NUMBER:
            return flat
        yes = 1 / (1 + np.exp(-np.clip(flat, -500, 500)))
        return np.stack([1 - yes, yes], axis=-1)


def output_of(scene: Scene) -> Output:
    """The answer: what the last loss compares with the truth; without one, the end that gives one number a sample.

    Raises:
        GraphError: where there is none.
    """
    graph = scene.plan.graph
    for node in reversed(graph.nodes):
        if node.gate.category is not Category.LOSS or len(node.inputs) != 2:
            continue
        slot, target = node.inputs
        kinds, shape = [port.kind for port in node.gate.inputs], graph.shape(slot)
        if kinds == [Kind.REAL, Kind.LABELS] and len(shape) == 2:
            kind = Answer.PROBABILITIES if node.gate.id == SOFTMAX else Answer.SCORES
            return Output(kind, slot, target, graph.nodes[slot.node].name)
        if kinds == [Kind.REAL, Kind.REAL] and _one_each(shape):
            kind = Answer.YES if node.gate.id == YES_OR_NO else Answer.NUMBER
            return Output(kind, slot, target, graph.nodes[slot.node].name)
    for slot in graph.objective:
        if _one_each(graph.shape(slot)) and graph.nodes[slot.node].inputs:
            return Output(Answer.NUMBER, slot, None, graph.nodes[slot.node].name)
    problems = scene.compiled.problems
    first = f" First problem: {problems[0].message}" if problems else ""
    raise GraphError(
        "There is no answer for each sample yet: end the network with a loss such as Softmax + cross-entropy, or with "
        f"one number for each sample.{first}"
    )


def _one_each(shape: tuple[int, ...]) -> bool:
    return len(shape) >= 1 and shape[0] > 1 and all(n == 1 for n in shape[1:])
