"""Docks whose content is made when they are first seen, so that the window appears before what is slow to import."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget


class LazyDock(QDockWidget):
    """A dock that asks for its content after it was painted empty for the first time.

    Args:
        title: in its title bar and in the View menu.
        name: under which its place is remembered.
        make: makes the content.
    """

    def __init__(self, title: str, name: str, make: Callable[[], QWidget], parent: QMainWindow) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self._make: Callable[[], QWidget] | None = make
        self.setWidget(QWidget())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.load)

    @property
    def loaded(self) -> bool:
        """Whether the content is there."""
        return self._make is None

    def load(self) -> None:
        """Make the content now, if it isn't there."""
        make, self._make = self._make, None
        if make is not None:
            empty = self.widget()
            self.setWidget(make())
            empty.deleteLater()

    def give_up(self) -> None:
        """The window goes: nothing is made any more."""
        self._soon.stop()
        self._make = None

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody can see it."""
        super().showEvent(event)
        if not self.loaded:
            self._soon.start(0)
