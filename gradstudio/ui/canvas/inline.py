"""A field over the canvas in which a name or a value is edited in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolTip

from gradstudio.ui.theme import ui_font

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_MIN_WIDTH, _MIN_HEIGHT = 72, 24


class InlineEditor(QLineEdit):
    """Enter commits, Escape goes back, clicking elsewhere commits; a refusal keeps it open and says why."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._field = QRectF()
        self._before = ""
        self._commit: Callable[[str], str] | None = None
        self.setObjectName("canvas.editor")
        self.hide()
        view.viewChanged.connect(self._follow)
        self.textEdited.connect(lambda _: self._set_invalid(""))

    def open(
        self, field: QRectF, text: str, title: str, commit: Callable[[str], str], typed: str | None = None
    ) -> None:
        """Edit a text over a rectangle of the scene; `commit` returns why it refuses a text, or nothing."""
        self._field, self._before, self._commit = field, text, commit
        self.setAccessibleName(title)
        self.setText(text if typed is None else typed)
        self._set_invalid("")
        self._place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if typed is None:
            self.selectAll()

    def cancel(self) -> None:
        """Close it and change nothing."""
        if self._commit is not None:
            self._commit = None
            self._close()

    def commit(self) -> bool:
        """Hand the text over; says whether it was taken."""
        if self._commit is None:
            return True
        refusal = "" if self.text() == self._before else self._commit(self.text())
        if refusal:
            self._set_invalid(refusal)
            return False
        self._commit = None
        self._close()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, Tab and Escape end the editing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self.commit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab comes to `keyPressEvent`."""
        return False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Clicking elsewhere commits; a text that is refused is given up."""
        super().focusOutEvent(event)
        passing = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in passing and not self.commit():
            self.cancel()

    def _close(self) -> None:
        QToolTip.hideText()
        had_focus = self.hasFocus()
        self.hide()
        if had_focus:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self) -> None:
        """Stay over the field while the view moves."""
        if self._commit is not None:
            self._place()

    def _place(self) -> None:
        rect = self._view.camera.rect_to_view(self._field).toAlignedRect()
        rect.setWidth(max(rect.width(), _MIN_WIDTH))
        rect.setHeight(max(rect.height(), _MIN_HEIGHT))
        self.setFont(ui_font(max(11, min(round(13 * self._view.scale()), 26))))
        self.setStyleSheet("padding: 0 4px;")
        self.setGeometry(rect)

    def _set_invalid(self, why: str) -> None:
        self.setProperty("invalid", "true" if why else "false")
        self.setToolTip(why)
        self.style().unpolish(self)
        self.style().polish(self)
        if why:
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), why, self)
