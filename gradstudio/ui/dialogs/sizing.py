"""How large a dialog opens: as is comfortable, and never larger than there is room for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

AROUND = 24
"""Room that is left free, for the frame of the window system."""


def open_within(dialog: QDialog, wanted: QSize) -> None:
    """Give a dialog the size that is wanted, as far as the screen, or a larger window below it, has room."""
    room = dialog.screen().availableSize()
    parent = dialog.parentWidget()
    if parent is not None:
        room = room.expandedTo(parent.window().size())
    dialog.resize(wanted.boundedTo(room - QSize(AROUND, AROUND)))
