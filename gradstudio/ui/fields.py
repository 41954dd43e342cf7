"""Fields of the inspector: a title, an editor, and the sentence why while what was typed isn't valid.

Nothing is committed until it is valid. What is typed between entering a field and leaving it carries one merge token,
so it becomes one step of undo.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from gradstudio.document.reasons import Refused
from gradstudio.engine.errors import EngineError
from gradstudio.ui.theme import mono_font

LABEL_WIDTH, LEAST_BOX = 108, 96
_tokens = itertools.count(1)


class Field(QWidget):
    """One setting: a title at the left, its editor at the right, and the refusal below.

    Args:
        title: shown at the left and read by screen readers.
        parse: text (or flag) -> value; raises a sentence (EngineError, Refused, ValueError).
        commit: takes the value and a merge token; may refuse likewise.
    """

    refused = Signal(str)
    """The sentence now shown below the field; empty where it is valid."""

    def __init__(
        self,
        title: str,
        parse: Callable[[str], object],
        commit: Callable[[object, Hashable], None],
        *,
        help_text: str = "",
        unit: str = "",
    ) -> None:
        super().__init__()
        self.title = title
        self._parse = parse
        self._commit = commit
        self.token: Hashable = next(_tokens)
        self.error = QLabel()
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self._label = QLabel(title)
        self._label.setProperty("role", "dim")
        self._label.setFixedWidth(LABEL_WIDTH)
        self._label.setWordWrap(True)
        self._unit = QLabel(unit)
        self._unit.setProperty("role", "faint")
        self._unit.setVisible(bool(unit))
        self._help = help_text

    def lay_out(self, editor: QWidget) -> None:
        """Put the parts in place; called once by each kind of field."""
        self.editor = editor
        editor.setAccessibleName(self.title)
        editor.setAccessibleDescription(self._help)
        for part in (editor, self._label):
            part.setToolTip(self._help)
        self._label.setBuddy(editor)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        top = Qt.AlignmentFlag.AlignTop if isinstance(editor, QPlainTextEdit) else Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self._label, 0, 0, top)
        grid.addWidget(editor, 0, 1)
        grid.addWidget(self._unit, 0, 2)
        grid.addWidget(self.error, 1, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_value(self, text: str, *, mixed: bool = False) -> None:
        """Show what the document says."""
        raise NotImplementedError

    def submit(self, raw: str) -> bool:
        """Commit what was typed if it is valid, else show why it isn't."""
        return self._attempt(lambda: self._commit(self._parse(raw), self.token))

    def check(self, raw: str) -> bool:
        """Show whether what was typed so far is valid, without committing."""
        return self._attempt(lambda: self._parse(raw))

    def show_refusal(self, sentence: str) -> None:
        """Mark the field and write the sentence below it; an empty one takes both away."""
        sentence = f"{sentence[:1].upper()}{sentence[1:]}"
        if sentence == self.error.text():
            return
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.editor.setProperty("invalid", bool(sentence))
        self.editor.style().unpolish(self.editor)
        self.editor.style().polish(self.editor)
        self.refused.emit(sentence)

    def new_token(self) -> None:
        """What is typed from now on is another step of undo."""
        self.token = next(_tokens)

    def _attempt(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except (EngineError, Refused, ValueError) as refusal:
            self.show_refusal(str(refusal))
            return False
        self.show_refusal("")
        return True

    def _same(self, raw: str, text: str) -> bool:
        """Whether two texts mean one value, so that typing isn't tidied up under the fingers."""
        try:
            return raw == text or repr(self._parse(raw)) == repr(self._parse(text))
        except (EngineError, Refused, ValueError):
            return False


class LineEdit(QLineEdit):
    """A line whose Undo is the document's, and that can be stepped with the arrow keys."""

    left = Signal()
    entered = Signal()
    cancelled = Signal()

    def __init__(self, *, steps: bool = False) -> None:
        super().__init__()
        self._steps = steps

    def event(self, event: QEvent) -> bool:
        """Leave Undo and Redo to the window."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_undo(event):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what isn't valid; the arrows step a number."""
        up_down = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif self._steps and event.key() in up_down:
            times = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            stepped = step_number(self.text(), up_down[Qt.Key(event.key())] * times)
            if stepped is not None:
                self.setText(stepped)
                self.textEdited.emit(stepped)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Typing starts."""
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Typing ends, unless only a menu came up."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class TextField(Field):
    """A line of text or a number.

    Args:
        live: commit with every key that leaves a valid value; else when the field is left or Enter is pressed.
        steps: whether the arrow keys step it.
        empty: what stands there dim while it is empty.
    """

    def __init__(
        self,
        title: str,
        parse: Callable[[str], object],
        commit: Callable[[object, Hashable], None],
        *,
        help_text: str = "",
        unit: str = "",
        live: bool = True,
        steps: bool = False,
        empty: str = "",
    ) -> None:
        super().__init__(title, parse, commit, help_text=help_text, unit=unit)
        self._live = live
        self.empty = empty
        self._shown = ""
        self.edit = LineEdit(steps=steps)
        self.edit.setFont(mono_font())
        self.edit.textEdited.connect(self._typed)
        self.edit.returnPressed.connect(self._finish)
        self.edit.entered.connect(self.new_token)
        self.edit.left.connect(self._leave)
        self.edit.cancelled.connect(self._cancel)
        self.lay_out(self.edit)

    def show_value(self, text: str, *, mixed: bool = False) -> None:
        """Show what the document says, unless the same is just being typed."""
        self._shown = "" if mixed else text
        self.edit.setPlaceholderText(self.tr("several values") if mixed else self.empty)
        typing = self.edit.hasFocus() and self.edit.isModified()
        if typing and (mixed or self.error.text() or self._same(self.edit.text(), text)):
            return
        if self.edit.text() != self._shown:
            self.edit.setText(self._shown)
            self.edit.setCursorPosition(0 if not self.edit.hasFocus() else len(self._shown))
        self.edit.setModified(False)
        self.show_refusal("")

    def _typed(self, raw: str) -> None:
        self.edit.setModified(True)
        if self._live:
            self.submit(raw)
        else:
            self.check(raw)

    def _finish(self) -> None:
        if self.edit.isModified() and self.submit(self.edit.text()):
            self.edit.setModified(False)
            self.show_value(self._shown)
        self.edit.selectAll()
        self.new_token()

    def _leave(self) -> None:
        if not self.edit.isModified():
            return
        if self._live or self.submit(self.edit.text()):
            self.edit.setModified(False)
            if not self.error.text():
                self.show_value(self._shown)

    def _cancel(self) -> None:
        self.edit.setModified(False)
        self.edit.setText(self._shown)
        self.show_refusal("")
        self.edit.selectAll()


class BlockField(Field):
    """Several lines, for arrays of rank 2 and more; committed as soon as they are valid."""

    def __init__(
        self,
        title: str,
        parse: Callable[[str], object],
        commit: Callable[[object, Hashable], None],
        *,
        help_text: str = "",
        unit: str = "",
    ) -> None:
        super().__init__(title, parse, commit, help_text=help_text, unit=unit)
        self._shown = ""
        self.edit = QPlainTextEdit()
        self.edit.setFont(mono_font())
        self.edit.setTabChangesFocus(True)
        self.edit.setUndoRedoEnabled(False)
        self.edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.edit.installEventFilter(self)
        self.edit.textChanged.connect(self._typed)
        self.lay_out(self.edit)

    def show_value(self, text: str, *, mixed: bool = False) -> None:
        """Show what the document says, unless the same is just being typed."""
        self._shown = "" if mixed else text
        self.edit.setPlaceholderText(self.tr("several values") if mixed else "")
        now = self.edit.toPlainText()
        if self.edit.hasFocus() and (self.error.text() or self._same(now, text)):
            return
        if now != self._shown:
            self.edit.blockSignals(True)
            self.edit.setPlainText(self._shown)
            self.edit.blockSignals(False)
        lines = min(max(self._shown.count("\n") + 1, 2), 8)
        self.edit.setFixedHeight(lines * self.edit.fontMetrics().lineSpacing() + 22)
        self.show_refusal("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A visit to the field is one step of undo; Undo itself is the document's."""
        if event.type() == QEvent.Type.FocusIn:
            self.new_token()
        elif event.type() == QEvent.Type.ShortcutOverride and _is_undo(event):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self.submit(self.edit.toPlainText())


class ChoiceField(Field):
    """One of several values."""

    def __init__(
        self,
        title: str,
        choices: Sequence[tuple[str, str]],
        commit: Callable[[object, Hashable], None],
        *,
        help_text: str = "",
    ) -> None:
        super().__init__(title, str, commit, help_text=help_text)
        self.box = ComboBox()
        self._choices: list[tuple[str, str]] = []
        self.set_choices(choices)
        self.box.activated.connect(self._chosen)
        self.lay_out(self.box)

    def show_value(self, text: str, *, mixed: bool = False) -> None:
        """Show what the document says."""
        self.box.setCurrentIndex(-1 if mixed else self.box.findData(text))
        self.box.setPlaceholderText(self.tr("several values") if mixed else "")
        self.show_refusal("")

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer these (value, text) pairs; what is chosen stays chosen where it is still offered."""
        if list(choices) == self._choices:
            return
        self._choices = list(choices)
        chosen = self.box.currentData()
        self.box.clear()
        for value, text in choices:
            self.box.addItem(text, value)
        self.box.setCurrentIndex(self.box.findData(chosen))

    def _chosen(self, _index: int) -> None:
        self.new_token()
        self.submit(self.box.currentData())


class ComboBox(QComboBox):
    """A list of choices that doesn't change when the page is scrolled over it."""

    entered = Signal()
    """Somebody is going to choose."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def sizeHint(self) -> QSize:
        """Where it adjusts to its choices the longest is seen in full: Qt leaves out what the style puts around it."""
        hint = super().sizeHint()
        if self.sizeAdjustPolicy() is not QComboBox.SizeAdjustPolicy.AdjustToContents:
            return hint
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.rect = QRect(QPoint(), hint)
        words = max((self.fontMetrics().horizontalAdvance(self.itemText(i)) for i in range(self.count())), default=0)
        return hint + QSize(max(0, words + 4 - self._room(option)), 0)

    def minimumSizeHint(self) -> QSize:
        """In a narrow place a few letters and dots will do."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), LEAST_BOX), least.height())

    def _room(self, option: QStyleOptionComboBox) -> int:
        part = QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()

    def shown(self) -> str:
        """The choice as far as there is room for its words."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self._room(option) - 2
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words that don't fit end in dots; Qt would cut them anywhere."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The arrow keys choose now."""
        self.entered.emit()
        super().focusInEvent(event)

    def showPopup(self) -> None:
        """The mouse chooses now."""
        self.entered.emit()
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class FlagField(Field):
    """Yes or no."""

    def __init__(self, title: str, commit: Callable[[object, Hashable], None], *, help_text: str = "") -> None:
        super().__init__(title, bool, commit, help_text=help_text)
        self.box = QCheckBox()
        self.box.clicked.connect(self._clicked)
        self.lay_out(self.box)

    def show_value(self, text: str, *, mixed: bool = False) -> None:
        """Show what the document says ("True" is ticked)."""
        self.box.setTristate(mixed)
        state = Qt.CheckState.Checked if text == "True" else Qt.CheckState.Unchecked
        self.box.setCheckState(Qt.CheckState.PartiallyChecked if mixed else state)
        self.show_refusal("")

    def _clicked(self) -> None:
        self.box.setTristate(False)
        self.new_token()
        self.submit("yes" if self.box.isChecked() else "")


def step_number(text: str, steps: int) -> str | None:
    """A number made larger or smaller by units of its last digit: 0.1 -> 0.2, 1e-3 -> 2e-3; None if it is none."""
    try:
        number = Decimal(text.strip().replace("−", "-"))
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    exponent = int(number.as_tuple().exponent)
    stepped = number + steps * Decimal((0, (1,), exponent))
    if "e" in text.lower():
        return f"{stepped.scaleb(-exponent):f}e{exponent}"
    return f"{stepped:f}"


def _is_undo(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and (
        event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
    )
