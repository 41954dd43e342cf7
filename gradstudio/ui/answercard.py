"""The card over the canvas into which an answer is typed: question, field, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from gradstudio.document.exercising import where
from gradstudio.ui.canvas.asked import field_rect
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.theme import mono_font

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView
    from gradstudio.ui.predicting import Predicting

WIDTH = 250
_GAP, _EDGE = 6, 10


class AnswerCard(QFrame):
    """Enter checks, Tab and Shift+Tab go on and back, Escape puts it away.

    Attributes:
        field: to type into.
        text: the question.
        verdict: what is said of the answer.
    """

    def __init__(self, view: CanvasView, predicting: Predicting) -> None:
        super().__init__(view)
        self._view, self._predicting = view, predicting
        self._at: int | None = None
        self.setObjectName("answercard")
        self.setFixedWidth(WIDTH)
        self.text, self.verdict = label(), label()
        self.text.setProperty("role", "dim")
        self.sign = QLabel("=")
        self.sign.setProperty("role", "faint")
        self.field = _Field(self)
        self._lay_out()
        predicting.changed.connect(self._follow)
        view.viewChanged.connect(self._place)
        view.sceneChanged.connect(self._place)
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.sign)
        row.addWidget(self.field, 1)
        self._box = box = QVBoxLayout(self)
        box.setContentsMargins(10, 8, 10, 9)
        box.setSpacing(5)
        box.addWidget(self.text)
        box.addLayout(row)
        box.addWidget(self.verdict)

    def sizeHint(self) -> QSize:
        """As high as the words need in this width."""
        return QSize(WIDTH, self._box.totalHeightForWidth(WIDTH))

    def check(self) -> bool:
        """Mark what was typed; whether it is right."""
        verdict = self._predicting.answer(self.field.text()) if self.field.text().strip() else None
        return verdict is not None and verdict.right

    def enter(self) -> None:
        """Check; a right answer leads on to the next question."""
        if self.check():
            self._predicting.go_on()
        else:
            self.field.selectAll()

    def leave(self, by: int) -> None:
        """Check what was typed, and go on to the next question all the same, or back."""
        self.check()
        self._predicting.go_on(by)

    def _follow(self) -> None:
        """Show the question that has its turn."""
        at = self._predicting.current
        if at is None:
            had, self._at = self.isVisible(), None
            self.hide()
            if had:
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        given = self._predicting.given.get(at)
        if at != self._at:
            self._at = at
            self.field.setText("" if given is None else given.text)
            self._ask(at)
            self._bring_into_view(at)
            self.show()
            self.raise_()
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.field.selectAll()
        self._tell(at)
        self._place()

    def _ask(self, at: int) -> None:
        question, document = self._predicting.questions[at], self._view.studio.document
        kind = self.tr("The value {}?") if question.asks == "value" else self.tr("The gradient {}?")
        self.text.setText(question.text or kind.format(where(document, question)))
        self.field.setAccessibleName(self.text.text())
        self.field.setProperty("role", question.asks)
        self.field.style().polish(self.field)

    def _tell(self, at: int) -> None:
        given = self._predicting.given.get(at)
        self.verdict.setVisible(given is not None)
        self.verdict.setText("" if given is None else given.verdict.sentence)
        if given is not None:
            set_role(self.verdict, "value" if given.verdict.right else "error")
            self.field.setAccessibleDescription(given.verdict.sentence)

    def _bring_into_view(self, at: int) -> None:
        question, document = self._predicting.questions[at], self._view.studio.document
        wire = None if question.wire is None else document.wires.get(question.wire)
        ends = (wire.source, wire.target) if wire is not None else (question.node,)
        nodes = [node for node in ends if node is not None]
        hidden = [node for node in nodes if self._view.studio.stage.of(node) != node]
        if hidden:
            self._view.reveal(hidden[0])
        self._view.make_visible(nodes)

    def _place(self) -> None:
        """Beside the label it is about, where it covers least of the nodes."""
        if self._at is None or self._at >= len(self._predicting.questions):
            return
        self.resize(self.sizeHint())
        spot = self._view.camera.rect_to_view(field_rect(self._view, self._predicting.questions[self._at]))
        best = min(self._places(spot), key=self._covered)
        self.move(round(best.x()), round(best.y()))

    def _places(self, spot: QRectF) -> list[QRectF]:
        """Where it may lie: below, above, at the right and at the left of a label, always in view."""
        high, middle = self.height(), spot.center()
        room = QRectF(self._view.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        below, above = spot.bottom() + _GAP, spot.top() - _GAP - high
        corners = [(middle.x() - WIDTH * k, y) for y in (below, above) for k in (0.5, 1.0, 0.0)]
        corners += [(spot.right() + _GAP, middle.y() - high / 2), (spot.left() - _GAP - WIDTH, middle.y() - high / 2)]
        return [
            QRectF(
                min(max(x, room.left()), max(room.right() - WIDTH, room.left())),
                min(max(y, room.top()), max(room.bottom() - high, room.top())),
                WIDTH,
                high,
            )
            for x, y in corners
        ]

    def _covered(self, place: QRectF) -> float:
        """How much of the nodes would be covered, in pixels."""
        camera, nodes = self._view.camera, self._view.scene.nodes
        rows = nodes.within(camera.rect_to_scene(place), 0.0).tolist()
        parts = (camera.rect_to_view(nodes.rects[row]).intersected(place) for row in rows)
        return sum(part.width() * part.height() for part in parts)


class _Field(QLineEdit):
    """Its keys are the card's."""

    def __init__(self, card: AnswerCard) -> None:
        super().__init__()
        self._card = card
        self.setObjectName("answercard.field")
        self.setFont(mono_font(14))
        self.setPlaceholderText(self.tr("a number, or [1, 2]"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, Tab and Escape."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._card.enter()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._card.leave(1 if key == Qt.Key.Key_Tab else -1)
        elif key == Qt.Key.Key_Escape:
            self._card._predicting.go(None)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab comes to `keyPressEvent`."""
        return False
