"""Prediction mode: numbers are hidden, the learner tells them, and they are marked one by one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from gradstudio.document.model import Change, Document, NodeId, WireId
from gradstudio.document.questions import Asks, Question
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import parse_numbers
from gradstudio.files.answers import Answers, made
from gradstudio.insight.marking import KeyLook, everywhere, points
from gradstudio.insight.prediction import LARGEST, Key, Verdict
from gradstudio.insight.stepping import Sieve, Stepping
from gradstudio.training.snapshot import NONE, Snapshot
from gradstudio.ui.canvas.asked import Asked, spot_of

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView
    from gradstudio.ui.stepthrough import StepThrough


MOST_ASKED = 100
"""So many numbers are asked for at once where nobody has chosen them."""


class Given(NamedTuple):
    """One answer as it was typed, what it says, and what is said of it."""

    text: str
    answer: object
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a learner must not see: the numbers asked for, and those that are the same.

    Attributes:
        values: outputs whose values are asked for.
        gradients: outputs whose whole gradients are.
        shares: wires whose shares are.
    """

    values: frozenset[tuple[NodeId, str]] = field(default_factory=frozenset)
    gradients: frozenset[tuple[NodeId, str]] = field(default_factory=frozenset)
    shares: frozenset[WireId] = field(default_factory=frozenset)

    @classmethod
    def of(cls, document: Document, questions: Sequence[Question]) -> Hidden:
        """What some questions hide."""
        values: set[tuple[NodeId, str]] = set()
        gradients: set[tuple[NodeId, str]] = set()
        shares: set[WireId] = set()
        for question in questions:
            port = _port(document, question)
            if port is None:
                continue
            if question.asks == "value":
                values.add(port)
                continue
            out = [wire.id for wire in document.wires_out_of(port[0]) if wire.output == port[1]]
            gradients.add(port)
            shares.update([question.wire] if question.wire is not None else out if len(out) == 1 else ())
        return cls(frozenset(values), frozenset(gradients), frozenset(shares))

    def veil(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot without what is hidden, and without whatever would tell it by another way."""
        return replace(
            snapshot,
            values=Sieve(snapshot.values, lambda key: key not in self.values),
            gradients=Sieve(snapshot.gradients, lambda key: key not in self.gradients),
            contributions=Sieve(snapshot.contributions, lambda wire: wire not in self.shares),
            rows=tuple(row for row in snapshot.rows if (row.node, row.port) not in self.gradients),
            loss=None if self.values else snapshot.loss,
            activation=None,
            seen=NONE,
        )


class Predicting(QObject):
    """An exercise being worked on.

    Attributes:
        questions: that are asked; empty while none is worked on.
        title: of the exercise.
        given: what was answered last, by question.
        current: the question that is being answered, or None.
    """

    changed = Signal()
    """It began or ended, an answer was marked, another question has its turn."""

    begun = Signal()
    """An exercise is about to begin: the numbers to be told are those of the batch."""

    def __init__(self, canvas: CanvasView, steps: StepThrough) -> None:
        super().__init__(canvas)
        self._canvas, self._studio, self._steps = canvas, canvas.studio, steps
        self.questions: tuple[Question, ...] = ()
        self.title = ""
        self.given: dict[int, Given] = {}
        self.current: int | None = None
        self._look: KeyLook | None = None
        studio = self._studio
        studio.documentChanged.connect(self._document_changed)
        studio.documentReplaced.connect(self.leave)
        studio.statusChanged.connect(self._status_changed)
        steps.changed.connect(self._stepped)

    @property
    def open(self) -> bool:
        """Whether an exercise is being worked on."""
        return bool(self.questions)

    # --- what people do -----------------------------------------------------------------------------------

    def try_exercise(self) -> None:
        """Work on the network's own exercise."""
        exercise = self._studio.document.exercise
        if exercise.questions:
            self.begin(exercise.questions, exercise.title)
        else:
            self._say(self.tr("There is no exercise in this network. Select a wire and ask for its value or gradient."))

    def predict(self, asks: Asks) -> None:
        """Ask for every value, or for every gradient; of a large network for the first ones of the pass."""
        self.leave()
        snapshot = self._studio.computed
        if snapshot is None:
            self._say(self.tr("The network has no numbers yet."))
            return
        sizes = {
            **{("value", port): value for port, value in snapshot.values.items()},
            **{("gradient", port): gradient for port, gradient in snapshot.gradients.items()},
        }
        document = self._studio.document

        def small(question: Question) -> bool:
            summary = sizes.get((asks, _port(document, question) or (0, "")))
            return summary is not None and (not summary.shape or summary.array is not None)

        found = filter(small, everywhere(Stepping(document, snapshot), asks))
        questions = tuple(itertools.islice(found, MOST_ASKED))
        if not questions:
            self._say(self.tr("There is nothing to predict: no number, or array of up to {} entries.").format(LARGEST))
            return
        self.begin(questions, self.tr("Every value") if asks == "value" else self.tr("Every gradient"))

    def begin(self, questions: tuple[Question, ...], title: str) -> None:
        """Hide what is asked for, and ask for the first of it; a running run is paused."""
        self._steps.leave()
        self.begun.emit()
        if self._studio.running:
            self._studio.pause()
            self._say(self.tr("Training is paused: you are working on an exercise."))
        self.questions, self.title, self.given = questions, title, {}
        self._look = KeyLook(questions)
        self._studio.watch_looks(self, (self._look,))
        self._studio.set_veil(Hidden.of(self._studio.document, questions).veil)
        self._studio.select()
        self.go(0)

    def leave(self) -> None:
        """Show everything again; the answers are forgotten."""
        if not self.open:
            return
        self.questions, self.given, self.current, self._look = (), {}, None, None
        self._studio.watch_looks(self)
        self._studio.set_veil(None)
        self._canvas.set_asked(None)
        self.changed.emit()

    def go(self, index: int | None) -> None:
        """Turn to a question, or to none."""
        self.current = None if index is None or not self.questions else index % len(self.questions)
        self._show()

    def go_on(self, by: int = 1) -> None:
        """Turn to the next question that isn't answered rightly yet, or to the one before."""
        count, here = len(self.questions), -1 if self.current is None else self.current
        order = [(here + by * k) % count for k in range(1, count + 1)]
        self.go(next((i for i in order if not self.right(i)), None))

    def answer(self, text: str) -> Verdict | None:
        """Mark what was typed for the present question; None where it can't be marked yet."""
        if self.current is None:
            return None
        key = self.key(self.current)
        if not isinstance(key, Key):
            self._say(key if key is not None else self.tr("The numbers are still being computed."))
            return None
        answer = read_answer(text)
        verdict = key.judge(text if answer is None else answer)
        self.given[self.current] = Given(text.strip(), answer, verdict)
        self._show()
        return verdict

    # --- what there is to know ----------------------------------------------------------------------------

    def key(self, index: int) -> Key | str | None:
        """The key of a question, why there is none, or None while it isn't known."""
        snapshot = self._studio.computed
        found = None if snapshot is None or self._look is None else snapshot.seen.get(self._look)
        return found[index] if isinstance(found, tuple) else None

    def right(self, index: int) -> bool:
        """Whether a question is answered rightly."""
        given = self.given.get(index)
        return given is not None and given.verdict.right

    @property
    def points(self) -> int:
        """How many are."""
        return points(given.verdict for given in self.given.values())

    def answers(self, name: str) -> Answers:
        """What was answered last, as it is handed in."""
        told = (self.given[i].answer if i in self.given else None for i in range(len(self.questions)))
        return made(self.title, name, tuple(told))

    # --- following ----------------------------------------------------------------------------------------

    def _show(self) -> None:
        self._canvas.set_asked(self._asked())
        self.changed.emit()

    def _asked(self) -> Asked:
        """What the canvas writes in place of the numbers asked for."""
        texts: dict[object, str] = {}
        document = self._studio.document
        for i, question in enumerate(self.questions):
            given = self.given.get(i)
            mark = "" if given is None else " ✓" if given.verdict.right else " ✗"
            text = "?" if given is None else f"{_short(given.text)}{mark}"
            texts[spot_of(document, question), question.asks] = text
        return Asked(texts)

    def _say(self, sentence: str) -> None:
        self._studio.messageShown.emit(sentence)

    def _document_changed(self, change: Change) -> None:
        if self.open and (change.graph or change.exercise):
            self.leave()
            self._say(self.tr("The exercise ended: the network was edited."))

    def _status_changed(self, *_: object) -> None:
        if self.open and self._studio.running:
            self.leave()
            self._say(self.tr("The exercise ended: training runs."))

    def _stepped(self) -> None:
        if self._steps.open and self.open:
            self.leave()
            if self._steps.moment is not None:
                self._studio.set_veil(self._steps.moment.veil)


def read_answer(text: str) -> object:
    """A number or nested lists of numbers; None where the text is neither."""
    try:
        found = parse_numbers("answer", text.strip().replace("−", "-").replace("\n", " "), "a number")
        json.dumps(found, allow_nan=False)
    except (ParamError, ValueError):
        return None
    return found if isinstance(found, (int, float, list)) and not isinstance(found, bool) else None


def _short(text: str) -> str:
    return text if len(text) <= 10 else f"{text[:9]}…"


def _port(document: Document, question: Question) -> tuple[NodeId, str] | None:
    """The output a question is about."""
    if question.node is not None:
        return question.node, question.port
    wire = document.wires.get(question.wire or 0)
    return None if wire is None else (wire.source, wire.output)
