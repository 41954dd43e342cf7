"""Question, Exercise: what a teacher asks about a network, kept with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Asks: TypeAlias = Literal["value", "gradient"]
ASKS: tuple[Asks, ...] = ("value", "gradient")
MOST_QUESTIONS = 1000
LONGEST_QUESTION = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """One number (or small array) that a learner is to tell.

    It is asked of a wire, or of an output (or weight) of a node; just one of the two is given. At a wire the gradient
    is what this wire alone brings back, at an output it is the sum of all that comes back.

    Attributes:
        asks: "value" or "gradient".
        wire: id of the wire, or None.
        node: id of the node, or None.
        port: its output port; empty for a wire.
        text: what the learner reads; may be empty.
    """

    asks: Asks
    wire: int | None = None
    node: int | None = None
    port: str = ""
    text: str = ""

    @property
    def place(self) -> tuple[Asks, int | None, int | None, str]:
        """What is asked, without the words."""
        return self.asks, self.wire, self.node, self.port


@dataclass(frozen=True, slots=True)
class Exercise:
    """Questions under a title. The one without either is no exercise.

    Attributes:
        title: may be empty.
        questions: in the order in which they are asked.
    """

    title: str = ""
    questions: tuple[Question, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.title or self.questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)


NO_EXERCISE = Exercise()


def without(exercise: Exercise, wires: Iterable[int], nodes: Iterable[int]) -> Exercise:
    """The exercise without the questions about these wires and nodes."""
    gone_wires, gone_nodes = frozenset(wires), frozenset(nodes)
    kept = tuple(q for q in exercise.questions if q.wire not in gone_wires and q.node not in gone_nodes)
    return exercise if len(kept) == len(exercise.questions) else Exercise(exercise.title, kept)
