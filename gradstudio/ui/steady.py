"""Texts that change many times a second without anything around them being laid out anew.

A label whose text changes asks every layout above it, up to the window's, whether it still fits, and the window is
painted anew as a whole. A steady one asks only when it needs more room than it has had so far.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

LESS = 24
"""Pixels less than it has had that make a text give room back."""


class Steady(QWidget):
    """The place of a label: the label fills it, and what the label says changes its size only where it has to.

    Args:
        label: one line in letters of equal width.
        elastic: take whatever width there is, and ask for none.
    """

    def __init__(self, label: QLabel, *, elastic: bool = False) -> None:
        super().__init__()
        self._label = label
        self._elastic = elastic
        self._room = QSize(0, 0)
        label.setParent(self)
        across = QSizePolicy.Policy.Ignored if elastic else QSizePolicy.Policy.Fixed
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        self.fit()

    def say(self, text: str) -> None:
        """Show another text."""
        before = self._label.text()
        if text != before:
            self._label.setText(text)
            if len(text) != len(before):
                self.fit()

    def fit(self) -> None:
        """Ask for more room if the text needs it, or give some back."""
        wanted = self._label.sizeHint()
        less = 0 if self._elastic else self._room.width() - wanted.width()
        if wanted.height() != self._room.height() or not 0 <= less <= LESS:
            self._room = wanted
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The room the text has had so far."""
        return self._room

    def minimumSizeHint(self) -> QSize:
        """The same; an elastic one goes without."""
        return QSize(0 if self._elastic else self._room.width(), self._room.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give all room to the label."""
        super().resizeEvent(event)
        self._label.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:
        """Another font or style needs other room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit()
