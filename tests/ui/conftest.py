"""What tests of the window share: real windows that are closed for good, and hands that use mouse and keyboard."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.ui import style
from gradstudio.ui.bridge import Studio
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.shot import settle
from gradstudio.ui.theme import DARK
from gradstudio.ui.window import MainWindow


def example(name: str) -> Document:
    """A shipped network."""
    return files.read(resource("examples", f"{name}.grad"))


def forget(widget: QWidget) -> None:
    """Delete a widget now rather than at the next turn of a loop that may never come."""
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


AWAY = QPoint(9_000, 9_000)
"""Where the mouse is when a test begins: over no window, wherever the test before has left it."""


@pytest.fixture
def make_window(qapp: QApplication) -> Iterator[Callable[..., MainWindow]]:
    """Makes shown, settled windows; all of them are closed and deleted after the test."""
    made: list[MainWindow] = []
    QCursor.setPos(AWAY)

    def make(
        document: Document | str | None = None,
        size: tuple[int, int] = (1400, 900),
        preferences: Preferences | None = None,
        *,
        panels: bool = False,
    ) -> MainWindow:
        style.apply(qapp, DARK)
        network = example(document) if isinstance(document, str) else document
        window = MainWindow(Studio(network, theme=DARK), preferences)
        made.append(window)
        window.resize(*size)
        if not panels:
            for name in ("activation", "loss", "gradients"):
                window.docks[name].hide()
        window.show()
        QTest.qWaitForWindowExposed(window)
        window.activateWindow()
        settle(window)
        return window

    yield make
    for window in made:
        window.close_now()
        forget(window)


@pytest.fixture
def studio(qapp: QApplication) -> Iterator[Callable[[Document], Studio]]:
    """Makes studios without a window; all of them are closed after the test."""
    made: list[Studio] = []

    def make(document: Document | None = None) -> Studio:
        made.append(Studio(document))
        return made[-1]

    yield make
    for one in made:
        one.close()


class DragWatch(QObject):
    """Keeps what a drag carried when Qt lets go of it."""

    def __init__(self) -> None:
        super().__init__()
        self.carried: QMimeData | None = None
        self._app = QApplication.instance()
        assert self._app is not None
        self._app.installEventFilter(self)

    def stop(self) -> None:
        """Look no more."""
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        assert self._app is not None
        self._app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Copy what a dying drag carries."""
        if event.type() == QEvent.Type.DeferredDelete and isinstance(watched, QDrag):
            self.carried = QMimeData()
            for kind in watched.mimeData().formats():
                self.carried.setData(kind, watched.mimeData().data(kind))
        return False


class Hand:
    """Mouse and keyboard on one window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    def canvas_point(self, at: QPointF) -> QPoint:
        """Where a scene point is on the canvas widget."""
        return self.window.canvas.to_view(at).toPoint()

    def port(self, node: str, port: str, *, output: bool) -> QPoint:
        """Where a node's port is on the canvas widget."""
        record = self.window.studio.document.named(node)
        assert record is not None, f"no node {node}"
        return self.canvas_point(self.window.canvas.port_point(record.id, port, output))

    def drag(self, start: QPoint, end: QPoint) -> None:
        """Press, move in steps, release, on the canvas."""
        canvas = self.window.canvas
        QTest.mouseMove(canvas, start)
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        for i in range(1, 6):
            QTest.mouseMove(canvas, start + (end - start) * i / 5)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)

    def wire(self, source: str, output: str, target: str, into: str) -> None:
        """Drag from an output to an input."""
        self.drag(self.port(source, output, output=True), self.port(target, into, output=False))

    def drag_gate(self, gate_id: str, at: QPointF) -> None:
        """Drag a gate from the palette to a point of the scene.

        Qt's offscreen platform refuses every QDrag, so its part is played here: the mouse starts the drag, and what
        the drag carries is brought to the canvas as a platform with a screen would bring it.
        """
        carried = self.start_drag(gate_id)
        canvas, place = self.window.canvas, QPointF(self.canvas_point(at))
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        start = place + QPointF(-60, -40)
        enter = QDragEnterEvent(start.toPoint(), copy, carried, left, none)
        QApplication.sendEvent(canvas, enter)
        assert enter.isAccepted(), "the canvas doesn't take what the palette gives"
        for i in range(1, 5):
            step = (start + (place - start) * i / 4).toPoint()
            QApplication.sendEvent(canvas, QDragMoveEvent(step, copy, carried, left, none))
        QApplication.sendEvent(canvas, QDropEvent(place, copy, carried, left, none))

    def start_drag(self, gate_id: str) -> QMimeData:
        """Press a gate of the palette and move the mouse until a drag begins; returns what it carries."""
        self.window.palette_.reveal(gate_id)
        palette = self.window.palette_.list
        index = self.window.palette_.model.index(self.window.palette_.model.row_of(gate_id))
        palette.scrollTo(index)
        begin = palette.viewport().mapTo(self.window, palette.visualRect(index).center())
        handle, none = self.window.windowHandle(), Qt.KeyboardModifier.NoModifier
        watch = DragWatch()
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, none, begin)
        for far in (20, 40):
            QTest.mouseMove(handle, begin + QPoint(far, 0))
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, none, begin + QPoint(40, 0))
        watch.stop()
        assert watch.carried is not None, "no drag began"
        return watch.carried

    def type_into(self, widget: QWidget, text: str) -> None:
        """Click a field, replace what is in it key by key."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(widget, text)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the window."""
        QTest.keyClick(self.window.windowHandle(), key, modifier)

    def settle(self) -> None:
        """Let the window work until nothing is left to do."""
        settle(self.window)


@pytest.fixture
def hand() -> type[Hand]:
    """Gives a window hands."""
    return Hand
