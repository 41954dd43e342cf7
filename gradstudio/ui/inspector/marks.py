"""What a person marks on nodes, as fields: muted, frozen, colour, note."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.marking import has_weights
from gradstudio.document.model import COLORS, Node, NodeId
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import BlockField, Field, FlagField
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.spec import say as say_action
from gradstudio.ui.theme import Theme, ui_font

SWATCH, LEAST = 22, 14
"""Width of a colour where there is room, and where there is little."""


class MarksForm(QWidget):
    """Muted, frozen, colour and note of some nodes, edited for all of them at once.

    Attributes:
        muted: whether they pass their inputs through.
        frozen: whether training leaves their weights as they are; there only where they have some.
        color: what they are painted in.
        note: what stands below them.
    """

    def __init__(self, studio: Studio, nodes: Sequence[NodeId]) -> None:
        super().__init__()
        self._studio = studio
        self._nodes = tuple(nodes)
        self.muted = FlagField(say("Muted"), self._mute, help_text=say("Its first fitting input passes through."))
        words = say("Training leaves its weights as they are: no step, no decay, no share in the clipping norm.")
        self.frozen = FlagField(say("Frozen"), self._freeze, help_text=words)
        self.color = ColorField(say("Colour"), self._paint, studio.theme)
        self.note = NoteField(say("Note"), str, self._write, help_text=say("Shown below the node."))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        for field in (self.muted, self.frozen, self.color, self.note):
            box.addWidget(field)
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says."""
        nodes = [node for i in self._nodes if (node := self._studio.document.nodes.get(i)) is not None]
        if nodes:
            self._show(self.muted, nodes, lambda node: str(node.muted))
            able = [node for node in nodes if has_weights(node) or node.frozen]
            self.frozen.setVisible(bool(able))
            self._show(self.frozen, able or nodes, lambda node: str(node.frozen))
            self._show(self.color, nodes, lambda node: node.color)
            self._show(self.note, nodes, lambda node: node.note)

    def _show(self, field: Field, nodes: Sequence[Node], text: Callable[[Node], str]) -> None:
        texts = {text(node) for node in nodes}
        field.show_value(text(nodes[0]), mixed=len(texts) > 1)

    def _mute(self, value: object, token: Hashable) -> None:
        self._studio.edit(lambda: commands.set_muted(self._studio.document, self._nodes, bool(value)), ("mute", token))

    def _freeze(self, value: object, token: Hashable) -> None:
        document = self._studio.document
        self._studio.edit(lambda: commands.set_frozen(document, self._nodes, bool(value)), ("freeze", token))

    def _paint(self, value: object, token: Hashable) -> None:
        self._studio.edit(lambda: commands.set_color(self._studio.document, self._nodes, str(value)), ("color", token))

    def _write(self, value: object, token: Hashable) -> None:
        self._studio.edit(lambda: commands.set_note(self._studio.document, self._nodes, str(value)), ("note", token))


class NoteField(BlockField):
    """Several lines of words."""

    def lay_out(self, editor: QWidget) -> None:
        """Words, not numbers: they are folded."""
        super().lay_out(editor)
        self.edit.setFont(ui_font())
        self.edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)


class ColorField(Field):
    """A row of colours; the arrow keys go along it."""

    def __init__(self, title: str, commit: Callable[[object, Hashable], None], theme: Theme) -> None:
        super().__init__(title, str, commit, help_text=say("What the node is painted in."))
        row = QWidget()
        self._group = QButtonGroup(self)
        self.swatches = {name: Swatch(name, theme) for name in ("", *COLORS)}
        box = QHBoxLayout(row)
        box.setContentsMargins(0, 2, 0, 2)
        box.setSpacing(2)
        for swatch in self.swatches.values():
            box.addWidget(swatch, 4)
            self._group.addButton(swatch)
            swatch.clicked.connect(self._clicked)
        box.addStretch(1)
        self.lay_out(row)

    def show_value(self, text: str, *, mixed: bool = False) -> None:
        """Show what the document says: none is marked where there are several."""
        self._group.setExclusive(False)
        for name, swatch in self.swatches.items():
            swatch.setChecked(not mixed and name == text)
        self._group.setExclusive(True)
        self.show_refusal("")

    def _clicked(self, *_: object) -> None:
        swatch = self.sender()
        if isinstance(swatch, Swatch):
            self.new_token()
            self.submit(swatch.color)


class Swatch(QAbstractButton):
    """A disc of one colour; no colour is an empty ring. The chosen one has a ring around it and a dot in it."""

    def __init__(self, color: str, theme: Theme) -> None:
        super().__init__()
        self.color = color
        self._theme = theme
        self.setCheckable(True)
        self.setFixedHeight(SWATCH)
        self.setMinimumWidth(LEAST)
        self.setMaximumWidth(SWATCH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = say_action("&No colour") if not color else color.capitalize()
        self.setAccessibleName(name.replace("&", ""))
        self.setToolTip(self.accessibleName())

    def sizeHint(self) -> QSize:
        """All are equally large."""
        return QSize(SWATCH, SWATCH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The disc."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle = QRectF(self.rect()).center()
            if self.isChecked() or self.hasFocus():
                painter.setPen(QPen(theme.color("selection" if self.hasFocus() else "text"), 1.6))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(middle, 8.6, 8.6)
            if self.color:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.tag[self.color])
                painter.drawEllipse(middle, 6.2, 6.2)
            else:
                painter.setPen(QPen(theme.color("text_faint"), 1.3))
                painter.drawEllipse(middle, 5.6, 5.6)
                painter.drawLine(middle + QPointF(-3.8, 3.8), middle + QPointF(3.8, -3.8))
            if self.isChecked() and self.color:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("window"))
                painter.drawEllipse(middle, 2.2, 2.2)
