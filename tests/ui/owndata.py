"""Files of data for tests of the window, and patience while they are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gradstudio.ui.dialogs.dataset.dialog import DataDialog
from gradstudio.ui.window import MainWindow

ROWS = 60
HEADER = "size;weight;colour;kind"


def fruits(folder: Path, name: str = "fruits.csv") -> Path:
    """Two kinds of fruit told by size, weight (two are missing) and colour; with decimal commas."""
    lines = [HEADER]
    for i in range(ROWS):
        pear = i % 2
        weight = "" if i in (7, 20) else f"{10 - 3 * pear + i % 7 / 10:.1f}"
        cells = f"{3 + 2 * pear + i % 5 / 10:.2f}", weight, ("red", "green", "blue")[i % 3], ("apple", "pear")[pear]
        lines.append(";".join(cells).replace(".", ","))
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def until(true: Callable[[], object]) -> None:
    """Let the window work until something is true."""
    for _ in range(2_000):
        if true():
            return
        QTest.qWait(5)
    raise AssertionError("it didn't come true")


def dialogs(window: MainWindow) -> list[Any]:
    """The open dialogs for data."""
    return [found for found in window.findChildren(DataDialog) if found.isVisible()]


def read(dialog: Any) -> Any:
    """The dialog once everything is read and prepared."""
    until(lambda: not dialog.drafting.busy)
    return dialog


def choose(box: Any, value: object) -> None:
    """Choose an entry of a list of choices, as somebody does."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def drop(target: QWidget, path: Path, at: QPointF) -> None:
    """Drop a file from outside on a widget, as a platform with a screen would: over it, then let go."""
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at.toPoint(), copy, carried, left, none)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted(), "what is dropped isn't taken"
    QApplication.sendEvent(target, QDropEvent(at, copy, carried, left, none))
