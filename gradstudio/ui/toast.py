"""A message over the canvas that goes by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from gradstudio.ui.icons import icon
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.theme import Theme

SHOWN_MS = 7000
WIDEST = 620


class Toast(QFrame):
    """Sits at the bottom of another widget, shows one sentence, and goes after some seconds."""

    def __init__(self, over: QWidget, theme: Theme) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("toast")
        self._text = label()
        self._text.setMaximumWidth(WIDEST - 70)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._text)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.dress(theme)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, or shown last."""
        return self._text.text()

    def say(self, sentence: str) -> None:
        """Show a sentence."""
        self._text.setText(sentence)
        wanted = self._text.fontMetrics().horizontalAdvance(sentence) + 8
        self._text.setMinimumWidth(min(wanted, WIDEST - 70, max(120, self._over.width() - 110)))
        self.setAccessibleName(sentence)
        self.show()
        self._place()
        self.raise_()
        self._timer.start()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._close.setIcon(icon("clear", theme, color="text_dim", size=12))

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is left to wait for."""
        super().hideEvent(event)
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.adjustSize()
        left = (self._over.width() - self.width()) // 2
        self.move(max(8, left), self._over.height() - self.height() - 16)
