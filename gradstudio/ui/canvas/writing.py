"""A field over a comment in which its Markdown is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from gradstudio.document import remarks
from gradstudio.document.model import Patch
from gradstudio.document.reasons import Refused
from gradstudio.document.regions import AreaId
from gradstudio.ui.theme import ui_font

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_LEAST = (220, 96)
_LOW = 44.0
"""A comment is at least so high."""


class CommentEditor(QPlainTextEdit):
    """Ctrl+Enter or clicking elsewhere commits, Escape goes back; a new comment without words isn't made."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._area: AreaId | None = None
        self._rect = QRectF()
        self._open = False
        self.setObjectName("canvas.comment")
        self.setAccessibleName(self.tr("Comment"))
        self.setPlaceholderText(self.tr("# Title, **bold**, - list …  Ctrl+Enter keeps it."))
        self.setTabChangesFocus(True)
        self.hide()
        view.viewChanged.connect(self._place)
        view.sceneChanged.connect(self._scene_changed)
        view.studio.documentReplaced.connect(self.cancel)
        view.studio.insideChanged.connect(self.cancel)

    def open(self, area: AreaId | None, rect: QRectF) -> None:
        """Write a comment that is there, or (None) a new one at a rectangle of the scene."""
        self._area, self._rect, self._open = area, rect, True
        self.setPlainText("" if area is None else self._view.studio.document.comments[area].text)
        self._place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel(self) -> None:
        """Close it and change nothing."""
        if self._open:
            self._open = False
            had_focus = self.hasFocus()
            self.hide()
            if had_focus:
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def commit(self) -> bool:
        """Hand the words over; says whether they were taken."""
        if not self._open:
            return True
        try:
            if self._area is not None:
                self._view.studio.edit(self._changed)
            elif self.toPlainText().strip():
                self._make()
        except Refused as refusal:
            self._view.studio.messageShown.emit(str(refusal))
            return False
        self.cancel()
        return True

    def _make(self) -> None:
        studio, made = self._view.studio, [0]

        def patch() -> Patch:
            text, rect = self.toPlainText(), self._rect
            high = max(self._view.text_height(text.strip("\n"), rect.width()), _LOW)
            place = rect.x(), rect.y(), rect.width(), high
            result, made[0] = remarks.add_comment(studio.document, place, text, group=studio.stage.inside)
            return result

        studio.edit(patch)
        studio.select((), (), made)

    def _changed(self) -> Patch:
        """The new words; the sheet stays as high as they need where it was that high, else it grows only."""
        assert self._area is not None
        document, text = self._view.studio.document, self.toPlainText()
        comment = document.comments[self._area]
        was, needed = (max(self._view.text_height(t, comment.width), _LOW) for t in (comment.text, text.strip("\n")))
        high = needed if comment.height == was else max(comment.height, needed)
        return remarks.set_text(document, self._area, text, None if text == comment.text else high)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter and Escape end the writing."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.commit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Clicking elsewhere commits; words that are refused are given up."""
        super().focusOutEvent(event)
        passing = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in passing and not self.commit():
            self.cancel()

    def _scene_changed(self) -> None:
        if self._open and self._area is not None and self._area not in self._view.studio.document.comments:
            self.cancel()
        self._place()

    def _place(self) -> None:
        if not self._open:
            return
        rect = self._rect if self._area is None else self._view.scene.area_rect(self._area)
        field = self._view.camera.rect_to_view(rect).toAlignedRect()
        field.setWidth(max(field.width(), _LEAST[0]))
        field.setHeight(max(field.height(), _LEAST[1]))
        self.setFont(ui_font(max(12, min(round(13 * self._view.scale()), 20))))
        self.setGeometry(field)
