"""Marking: an exercise, its answers, and what they are worth. Qt-free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gradstudio.document.model import Document
from gradstudio.document.questions import Asks, Question
from gradstudio.insight.prediction import Key, NoAnswer, Verdict, keys_of
from gradstudio.insight.stepping import Stepping
from gradstudio.training.looks import Scene
from gradstudio.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class KeyLook:
    """A look at the answers to some questions: what it sees is a `Key` for each, or why there is none.

    Attributes:
        questions: in their order.
    """

    questions: tuple[Question, ...]

    def see(self, scene: Scene) -> tuple[Key | str, ...]:
        """The keys, with numbers of the present step.

        Raises:
            NoAnswer: if it is stopped on the way.
        """
        return keys_of(scene.plan, scene.compiled, scene.document, self.questions, scene.stop)


def keys(document: Document) -> tuple[Key, ...]:
    """The keys of a network's exercise.

    Raises:
        NoAnswer: if there is none, or a question of it has no answer.
    """
    if not document.exercise.questions:
        raise NoAnswer("There is no exercise in this network: ask for the value or the gradient of a wire first.")
    trainer = Trainer(document)
    trainer.evaluate()
    found = keys_of(trainer.plan, trainer.compiled, document, document.exercise.questions)
    for i, key in enumerate(found, 1):
        if isinstance(key, str):
            raise NoAnswer(f"Question {i}: {key}")
    return tuple(key for key in found if isinstance(key, Key))


def mark(known: Sequence[Key], answers: Sequence[object]) -> tuple[Verdict | None, ...]:
    """A verdict for each question; None for one that was not answered."""
    return tuple(None if answer is None else key.judge(answer) for key, answer in zip(known, answers, strict=True))


def points(verdicts: Iterable[Verdict | None]) -> int:
    """One for each right answer."""
    return sum(verdict is not None and verdict.right for verdict in verdicts)


def everywhere(steps: Stepping, asks: Asks) -> tuple[Question, ...]:
    """A question for every number that is computed: values in their order, or gradients in theirs.

    Constants and data need no computing, and the objective's own gradient is 1: these aren't asked for.
    """
    return tuple(_values(steps) if asks == "value" else _gradients(steps))


def _values(steps: Stepping) -> Iterator[Question]:
    """The output of each gate, asked at its wire where there is one."""
    document = steps.document
    for node in steps.forward:
        kind = document.nodes[node].kind
        for port in kind.outputs if kind.inputs else ():
            out = [wire.id for wire in document.wires_out_of(node) if wire.output == port.name]
            yield Question("value", wire=out[0]) if out else Question("value", node=node, port=port.name)


def _gradients(steps: Stepping) -> Iterator[Question]:
    """What each wire brings back, and the sum wherever several meet."""
    for position in range(steps.turn + 1, steps.end + 1):
        moment = steps.at(position)
        if moment.active is not None:
            yield from _sums(steps, moment.active)
            yield from (Question("gradient", wire=wire) for wire in sorted(moment.arriving()))


def _sums(steps: Stepping, node: int) -> Iterator[Question]:
    shares = steps.snapshot.contributions
    out = [wire.output for wire in steps.document.wires_out_of(node) if wire.id in shares]
    return (Question("gradient", node=node, port=port) for port in dict.fromkeys(out) if out.count(port) > 1)
