"""A list of findings whose keys do what the buttons below it do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView

from gradstudio.ui.panels.base import Panel

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ActingList(QListView):
    """The list of a panel: Enter or a double click goes to where the present row tells of, Ctrl+Enter mends it.

    Args:
        owner: whose list it is; it is called and described as the panel.
    """

    gone = Signal()
    """Somebody wants to go to what the present row tells of."""
    mended = Signal()
    """Somebody wants to have it put right."""

    def __init__(self, owner: Panel) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setAccessibleName(owner.title)
        self.setAccessibleDescription(owner.help)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda *_: self.gone.emit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes there, with Ctrl it mends."""
        if event.key() not in _ENTER:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.mended.emit()
        else:
            self.gone.emit()
