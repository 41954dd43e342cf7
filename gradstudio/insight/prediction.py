"""Prediction: is what a learner tells right, and if not, which rule was likely broken? Qt-free.

For every question there is a key: the right answer, and the wrong ones that follow from a broken rule, each worked out
with the network's own numbers. An answer is held against the right one first, so that no right answer is called wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradstudio.document.compile import Compiled
from gradstudio.document.exercising import where
from gradstudio.document.model import Document
from gradstudio.document.questions import Question
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, shape_text
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop
from gradstudio.insight.wrongs import Mistake, Surroundings, Wrong, gradient_wrongs, value_wrongs

__all__ = ["LARGEST", "TOLERANCE", "Key", "Mistake", "NoAnswer", "Verdict", "judge", "key_of", "keys_of"]

TOLERANCE = 0.005
"""An answer may be off by so much of the right one, entry by entry: three digits that count are always enough."""
NEAR = 0.06
"""One that is off by no more than this was likely rounded too early."""
LARGEST = 64
"""Arrays of more entries can't be asked for."""


class NoAnswer(EngineError):
    """A question that this network has no answer to; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say about an answer.

    Attributes:
        right: whether it is right.
        mistake: the rule that was likely broken, or None.
        sentence: what to think about; it doesn't give the right answer away.
    """

    right: bool
    mistake: Mistake | None
    sentence: str


@dataclass(frozen=True, eq=False, slots=True)
class Key:
    """The right answer to a question, and the wrong ones one can explain.

    Attributes:
        question: it is about.
        right: the right answer; read-only.
        slack: so much may always be between two numbers that are meant to be equal: what computing with rounded
            numbers leaves.
        wrongs: in the order in which they are thought of.
    """

    question: Question
    right: Array
    slack: float
    wrongs: tuple[Wrong, ...]

    def judge(self, answer: object) -> Verdict:
        """Hold an answer (a number, nested lists of numbers, an array) against the key."""
        given = _array(answer)
        if given is None:
            return Verdict(False, Mistake.SHAPE, "A number, or a list of numbers, is asked for.")
        if self._fits(given, self.right):
            return Verdict(True, None, "Right.")
        misfit = self._misfit(given)
        if misfit is not None:
            return misfit
        for wrong in self.wrongs:
            if self._fits(given, wrong.answer):
                return Verdict(False, wrong.mistake, wrong.sentence)
        if close(given, self.right, NEAR, self.slack):
            return Verdict(
                False, Mistake.ROUNDED, "Close. Was it rounded too early? Three digits that count are enough."
            )
        return Verdict(False, None, _NOT_YET[self.question.asks])

    def _fits(self, given: Array, wanted: Array) -> bool:
        return close(given, wanted, TOLERANCE, self.slack)

    def _misfit(self, given: Array) -> Verdict | None:
        """What is wrong with an answer of another shape."""
        if _squeezed(given.shape) == _squeezed(self.right.shape):
            turned = self.right.T
            square = given.ndim == 2 and given.shape == turned.shape
            return _TRANSPOSED if square and self._fits(given, turned) else None
        if self.right.ndim == 2 and given.shape == self.right.T.shape and self._fits(given, self.right.T):
            return _TRANSPOSED
        shape = shape_text(self.right.shape)
        wanted = f"an array of {shape}" if self.right.ndim else "one number"
        found = f"an array of {shape_text(given.shape)}" if given.ndim else "one number"
        why = " A gradient has the shape of what it belongs to." if self.question.asks == "gradient" else ""
        return Verdict(False, Mistake.SHAPE, f"Expected {wanted}, found {found}.{why}")


_NOT_YET = {
    "gradient": "Not yet. Write down the local gradient, then the upstream one, and multiply.",
    "value": "Not yet. Compute the gate with the values that go in.",
}
_TRANSPOSED = Verdict(
    False, Mistake.TRANSPOSED, "The numbers are right, but rows and columns are swapped: this is the transpose."
)


def judge(plan: Plan, compiled: Compiled, document: Document, question: Question, answer: object) -> Verdict:
    """Hold an answer against what a plan that has run says.

    Raises:
        NoAnswer: if the network has none.
    """
    return key_of(plan, compiled, document, question).judge(answer)


def key_of(plan: Plan, compiled: Compiled, document: Document, question: Question) -> Key:
    """The key of a question, of a plan that has run forward and backward.

    Raises:
        NoAnswer: if nothing is there to be asked for, or too much.
    """
    return _key(Surroundings(plan, compiled, document), question)


def keys_of(
    plan: Plan, compiled: Compiled, document: Document, questions: Iterable[Question], stop: Stop | None = None
) -> tuple[Key | str, ...]:
    """The keys of some questions; the sentence that says why, for one without an answer.

    Raises:
        NoAnswer: if it is stopped on the way.
    """
    around = Surroundings(plan, compiled, document)
    found: list[Key | str] = []
    for question in questions:
        if stop is not None and stop():
            raise NoAnswer("The network was edited while the answers were worked out.")
        try:
            found.append(_key(around, question))
        except NoAnswer as error:
            found.append(str(error))
    return tuple(found)


def _key(around: Surroundings, question: Question) -> Key:
    plan, compiled, document = around.plan, around.compiled, around.document
    edge = None if question.wire is None else compiled.wires.get(question.wire)
    slot = _slot(plan, compiled, question, edge)
    if slot is None:
        raise NoAnswer(f"The {question.asks} {where(document, question)} can't be asked for: it isn't computed.")
    if question.asks == "value":
        right, shares = plan.value(slot), [plan.value(s) for s in plan.graph.nodes[slot.node].inputs]
        wrongs = value_wrongs(around, slot)
    else:
        found = plan.gradient(slot) if edge is None else plan.contribution(*edge)
        if found is None:
            raise NoAnswer(f"No gradient flows {where(document, question)}: it can't be asked for.")
        right, shares = found, [found] if edge is not None else around.shares(slot)
        wrongs = gradient_wrongs(around, slot, edge)
    _refuse_unaskable(right, document, question)
    exact = np.array(right, np.float64)
    exact.flags.writeable = False
    return Key(question, exact, _slack(plan, shares), tuple(_copied(wrongs, exact)))


def close(given: Array, wanted: Array, tolerance: float, slack: float) -> bool:
    """Whether two arrays are equal, entry by entry, up to a relative tolerance."""
    if _squeezed(given.shape) != _squeezed(wanted.shape):
        return False
    a, b = given.reshape(-1), wanted.reshape(-1)
    largest = float(np.abs(b).max(initial=0.0))
    with np.errstate(all="ignore"):
        gap, allowed = np.abs(a - b), tolerance * np.maximum(np.abs(b), 1e-3 * largest) + slack
    return bool((gap <= allowed).all())


def _slot(plan: Plan, compiled: Compiled, question: Question, edge: tuple[int, int] | None) -> Slot | None:
    if question.node is not None:
        return compiled.slots.get((question.node, question.port))
    return None if edge is None else plan.graph.nodes[edge[0]].inputs[edge[1]]


def _refuse_unaskable(right: Array, document: Document, question: Question) -> None:
    if right.size > LARGEST:
        raise NoAnswer(
            f"The {question.asks} {where(document, question)} has {right.size:,} entries; "
            f"at most {LARGEST} can be asked for."
        )
    if right.dtype.kind != "f" or not np.isfinite(right).all():
        raise NoAnswer(f"The {question.asks} {where(document, question)} isn't made of finite numbers.")


def _slack(plan: Plan, shares: Sequence[Array]) -> float:
    """What computing leaves between numbers that are meant to be equal, e.g. of a sum that cancels out."""
    sizes = [float(np.abs(share).max(initial=0.0)) for share in shares if share.dtype.kind == "f"]
    return 64 * float(np.finfo(plan.dtype).eps) * float(sum(size for size in sizes if np.isfinite(size)))


def _copied(wrongs: Iterable[Wrong], right: Array) -> Iterator[Wrong]:
    """Wrong answers of the right shape, as copies: the plan's own arrays change."""
    for wrong in itertools.islice(wrongs, 200):
        answer = np.array(wrong.answer, np.float64)
        if _squeezed(answer.shape) == _squeezed(right.shape) and np.isfinite(answer).all():
            yield Wrong(wrong.mistake, answer, wrong.sentence)


def _array(answer: object) -> Array | None:
    try:
        array = np.asarray(answer, np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if np.isfinite(array).all() else None


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
