"""The PySide6 in use keeps its references: 6.12.0 on Python 3.11 lost one to None with every void call."""

import sys

import pytest
from pytestqt.qtbot import QtBot

CALLS = 1_000
SLACK = 100
"""What the interpreter itself may gain or lose meanwhile."""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_none_is_not_used_up(qtbot: QtBot) -> None:
    """The count of references to None does not fall over a thousand painter calls."""
    from PySide6.QtGui import QColor, QPainter, QPixmap

    pixmap = QPixmap(16, 16)
    painter, black = QPainter(pixmap), QColor("black")
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        painter.fillRect(0, 0, 4, 4, black)
    after = sys.getrefcount(None)
    painter.end()
    assert after > before - SLACK
