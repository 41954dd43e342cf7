"""A field below a node in which its note is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from gradstudio.document import commands
from gradstudio.document.model import NodeId
from gradstudio.document.reasons import Refused
from gradstudio.ui.canvas.metrics import NOTE_GAP, NOTE_WIDTH
from gradstudio.ui.theme import ui_font

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_HEIGHT = 74
_MIN_WIDTH = 190


class NoteEditor(QPlainTextEdit):
    """Enter commits, Shift+Enter begins a line, Escape goes back, clicking elsewhere commits."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._nodes: tuple[NodeId, ...] = ()
        self.setObjectName("canvas.note")
        self.setAccessibleName(self.tr("Note"))
        self.setPlaceholderText(self.tr("A note. Enter keeps it, Shift+Enter begins a line."))
        self.setTabChangesFocus(True)
        self.hide()
        view.viewChanged.connect(self._place)
        view.sceneChanged.connect(self._scene_changed)
        view.studio.documentReplaced.connect(self.cancel)

    def open(self, nodes: tuple[NodeId, ...]) -> None:
        """Write the note of these nodes; the first one's is what there is to begin with."""
        self._nodes = nodes
        self.setPlainText(self._view.studio.document.nodes[nodes[0]].note)
        self.selectAll()
        self._place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel(self) -> None:
        """Close it and change nothing."""
        if self._nodes:
            self._nodes = ()
            self._close()

    def commit(self) -> bool:
        """Hand the note over; says whether it was taken."""
        studio, nodes = self._view.studio, self._nodes
        if not nodes:
            return True
        try:
            studio.edit(lambda: commands.set_note(studio.document, nodes, self.toPlainText()))
        except Refused as refusal:
            studio.messageShown.emit(str(refusal))
            return False
        self.cancel()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Escape end the writing."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.commit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Clicking elsewhere commits; a note that is refused is given up."""
        super().focusOutEvent(event)
        passing = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in passing and not self.commit():
            self.cancel()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab keeps the note and goes back to the canvas."""
        return self.commit()

    def _close(self) -> None:
        if self.hasFocus():
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    def _scene_changed(self) -> None:
        if self._nodes and not set(self._nodes) <= self._view.studio.document.nodes.keys():
            self.cancel()
        self._place()

    def _place(self) -> None:
        if not self._nodes:
            return
        box = self._view.scene.node_rect(self._nodes[0])
        below = QRectF(box.left(), box.bottom() + NOTE_GAP, max(box.width(), NOTE_WIDTH), 1.0)
        rect = self._view.camera.rect_to_view(below).toAlignedRect()
        rect.setWidth(max(rect.width(), _MIN_WIDTH))
        rect.setHeight(_HEIGHT)
        inside = self._view.rect().adjusted(4, 4, -4, -4)
        rect.moveBottom(min(rect.bottom(), inside.bottom()))
        self.setFont(ui_font(13))
        self.setGeometry(rect)
