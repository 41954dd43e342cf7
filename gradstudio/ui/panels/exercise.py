"""The exercise panel: a teacher makes an exercise here, a learner sees how far it is done and hands the answers in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from gradstudio.document import exercising
from gradstudio.document.exercising import where
from gradstudio.document.questions import Asks, Question
from gradstudio.ui.bridge import Studio
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.panels.base import Panel, Sheet
from gradstudio.ui.predicting import Predicting
from gradstudio.ui.theme import Theme

_DELETE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class ExercisePanel(Panel):
    """The questions with their states. Enter goes to one; while one makes an exercise Delete removes one.

    Attributes:
        heading: the title, to be written; while one works on it, to be read.
        list: the questions.
        wording: the words of the present question.
        status: how many are right, or what to do.
        learner: the name that goes with the answers.
    """

    title = "Exercise"
    help = (
        "Hide values or gradients and ask for them. Select a wire, ask for its value or gradient; Start hides what is "
        "asked for, and marks what is typed."
    )

    answersWanted = Signal(str)
    """The answers are to be saved, with this name in them."""

    def __init__(self, studio: Studio, predicting: Predicting, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.exercise")
        self._predicting = predicting
        self._theme = studio.theme
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages))
        predicting.changed.connect(self._something_changed)
        self.notice.button.clicked.connect(lambda *_: predicting.predict("gradient"))

    def build(self) -> None:
        """Title, list, wording and buttons, from top to bottom."""
        self.heading = QLineEdit()
        self.heading.setPlaceholderText(self.tr("Title of the exercise"))
        self.heading.setAccessibleName(self.heading.placeholderText())
        self.heading.editingFinished.connect(self._name)
        self.list = _List(self)
        self.list.currentRowChanged.connect(self._chosen)
        self.list.itemActivated.connect(lambda item: self._go(self.list.row(item)))
        self.list.itemClicked.connect(lambda item: self._go(self.list.row(item)))
        self.wording = QLineEdit()
        self.wording.setPlaceholderText(self.tr("Words of this question; none: “The gradient on the wire …?”"))
        self.wording.setAccessibleName(self.tr("Words of this question"))
        self.wording.editingFinished.connect(self._reword)
        self.status = label(role="dim")
        self.learner = QLineEdit()
        self.learner.setPlaceholderText(self.tr("Your name"))
        self.learner.setAccessibleName(self.learner.placeholderText())
        self._make_buttons()
        making, working = QHBoxLayout(), QHBoxLayout()
        for button in (self.up, self.down, self.kind, self.remove):
            making.addWidget(button)
        making.addStretch(1)
        making.addWidget(self.start)
        working.addWidget(self.learner, 1)
        working.addWidget(self.save)
        working.addWidget(self.end)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for widget in (self.heading, self.list, self.wording, self.status):
            box.addWidget(widget, 1 if widget is self.list else 0)
        box.addLayout(making)
        box.addLayout(working)
        self.setFocusProxy(self.list)

    def _make_buttons(self) -> None:
        self.up = self._button(self.tr("↑"), self.tr("Ask this question earlier."), lambda: self._move(-1))
        self.down = self._button(self.tr("↓"), self.tr("Ask this question later."), lambda: self._move(1))
        self.kind = self._button("", self.tr("Ask for the value instead of the gradient, or back."), self._switch)
        self.remove = self._button(self.tr("Remove"), self.tr("Take this question away (Delete)."), self.drop)
        self.start = self._button(
            self.tr("Start"), self.tr("Hide what is asked for, and answer."), self._predicting.try_exercise
        )
        self.start.setObjectName("accent")
        self.save = self._button(
            self.tr("Save answers…"),
            self.tr("Write the answers into a file to hand in."),
            lambda: self.answersWanted.emit(self.learner.text().strip()),
        )
        self.end = self._button(self.tr("End"), self.tr("Show all numbers again."), self._predicting.leave)

    def _button(self, text: str, help_: str, does: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(help_)
        button.setAccessibleName(help_ if len(text) == 1 else text)
        button.clicked.connect(lambda *_: does())
        return button

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme

    def refresh(self) -> None:
        """Show the exercise there is, or that is worked on."""
        working, exercise = self._predicting.open, self.studio.document.exercise
        questions = self._predicting.questions if working else exercise.questions
        if not (working or exercise):
            self.show_notice(
                self.tr("No exercise yet"),
                self.tr(
                    "Select a wire and press E to ask for its gradient, Shift+I for its value. "
                    "Or predict every gradient of this network:"
                ),
                self.tr("Predict all gradients"),
            )
            return
        self.show_body()
        self._fill(questions)
        self.heading.setReadOnly(working)
        if not self.heading.hasFocus():
            self.heading.setText(self._predicting.title if working else exercise.title)
        for widget in (self.up, self.down, self.kind, self.remove, self.start, self.wording):
            widget.setVisible(not working)
        handed_in = working and questions == exercise.questions
        for widget, shown in ((self.learner, handed_in), (self.save, handed_in), (self.end, working)):
            widget.setVisible(shown)
        self.start.setEnabled(bool(questions))
        self._say(working, len(questions))
        self._chosen()

    def present(self) -> int | None:
        """The question of the present row."""
        row = self.list.currentRow()
        return row if 0 <= row < self.list.count() else None

    def drop(self) -> None:
        """Remove the present question."""
        here = self.present()
        if here is not None and not self._predicting.open:
            self.studio.do(lambda: exercising.drop_question(self.studio.document, here))

    # --- inside -------------------------------------------------------------------------------------------

    def _fill(self, questions: tuple[Question, ...]) -> None:
        """A row for each question, with what is known of its answer."""
        here = self._predicting.current if self._predicting.open else self.present()
        self.list.blockSignals(True)
        self.list.clear()
        for i, question in enumerate(questions):
            self.list.addItem(self._item(i, question))
        self.list.setCurrentRow(-1 if here is None else min(here, len(questions) - 1))
        self.list.blockSignals(False)

    def _item(self, index: int, question: Question) -> QListWidgetItem:
        given = self._predicting.given.get(index) if self._predicting.open else None
        mark = "" if given is None else "  ✓" if given.verdict.right else "  ✗"
        words = question.text or where(self.studio.document, question)
        item = QListWidgetItem(f"{index + 1}   {question.asks}  ·  {words}{mark}")
        color = self._theme.value if question.asks == "value" else self._theme.gradient
        item.setForeground(QColor(color))
        if given is not None:
            item.setToolTip(given.verdict.sentence)
            item.setData(int(Qt.ItemDataRole.AccessibleTextRole), f"{item.text()} {given.verdict.sentence}")
        return item

    def _say(self, working: bool, count: int) -> None:
        if working:
            text = self.tr("{} of {} right").format(self._predicting.points, count)
        elif count:
            text = self.tr("{} questions. They are kept in the network's file.").format(count)
        else:
            text = self.tr("Select wires or nodes, then E asks for a gradient, Shift+I for a value.")
        set_role(self.status, "value" if working and self._predicting.points == count else "dim")
        self.status.setText(text)
        self.describe(text)

    def _chosen(self, *_: object) -> None:
        """Show the words of the present question, and what can be done with it."""
        here, questions = self.present(), self.studio.document.exercise.questions
        known = here is not None and not self._predicting.open and here < len(questions)
        for widget in (self.up, self.down, self.kind, self.remove, self.wording):
            widget.setEnabled(known)
        question = questions[here] if known and here is not None else None
        if not self.wording.hasFocus():
            self.wording.setText("" if question is None else question.text)
        value = question is not None and question.asks == "value"
        self.kind.setText(self.tr("Ask gradient") if value else self.tr("Ask value"))

    def _go(self, index: int) -> None:
        """Show what a question is about, or answer it."""
        if self._predicting.open:
            self._predicting.go(index)
            return
        question, document = self.studio.document.exercise.questions[index], self.studio.document
        if question.wire is not None and question.wire in document.wires:
            self.studio.select((), (question.wire,))
        elif question.node is not None:
            self.studio.select((question.node,))

    def _name(self) -> None:
        document = self.studio.document
        if not self._predicting.open and self.heading.text().strip() != document.exercise.title:
            self.studio.do(lambda: exercising.set_title(document, self.heading.text()))

    def _reword(self) -> None:
        here, document = self.present(), self.studio.document
        if here is None or self._predicting.open or here >= len(document.exercise.questions):
            return
        if self.wording.text().strip() != document.exercise.questions[here].text:
            self.studio.do(lambda: exercising.reword(document, here, self.wording.text()))

    def _move(self, by: int) -> None:
        here = self.present()
        if here is not None and 0 <= here + by < self.list.count():
            self.studio.do(lambda: exercising.move_question(self.studio.document, here, here + by))
            self.list.setCurrentRow(here + by)

    def _switch(self) -> None:
        here, document = self.present(), self.studio.document
        if here is not None:
            other: Asks = "gradient" if document.exercise.questions[here].asks == "value" else "value"
            self.studio.do(lambda: exercising.ask_for(document, here, other))


class _List(QListWidget):
    """Delete removes the present question, and nothing on the canvas."""

    def __init__(self, panel: ExercisePanel) -> None:
        super().__init__()
        self._panel = panel
        self.setObjectName("plain")
        self.setAccessibleName(self.tr("Questions"))
        self.setStyleSheet("QListWidget::item { padding: 4px 2px; }")
        self.setWordWrap(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def event(self, event: QEvent) -> bool:
        """Delete is this list's while it has the focus."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _DELETE:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Backspace."""
        if event.key() in _DELETE:
            self._panel.drop()
        else:
            super().keyPressEvent(event)
