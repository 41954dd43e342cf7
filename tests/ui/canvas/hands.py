"""Hands to work on a canvas with real events, and small networks for it."""

import time

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.document import commands
from gradstudio.document.model import Document, Node, Wire
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.gestures.drop import GATE_MIME

Item = tuple[str, float, float, dict[str, object]]
"""Gate, x, y and params."""
NO_KEY = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


class Hands:
    """Mouse, keyboard and eyes of a person before a canvas."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.studio = view.studio
        self.messages: list[str] = []
        self._button = LEFT
        view.studio.messageShown.connect(self.messages.append)

    @property
    def document(self) -> Document:
        return self.studio.document

    # --- knowing the network by names ---

    def node(self, name: str) -> Node:
        node = self.document.named(name)
        assert node is not None, f"no node {name}"
        return node

    def wire(self, source: str, target: str) -> Wire:
        ends = (self.node(source).id, self.node(target).id)
        return next(w for w in self.document.wires.values() if (w.source, w.target) == ends)

    def wires(self) -> set[str]:
        names = {i: node.name for i, node in self.document.nodes.items()}
        return {f"{names[w.source]}.{w.output}>{names[w.target]}.{w.input}" for w in self.document.wires.values()}

    def at(self, name: str, dx: float = 0.0, dy: float = 0.0) -> QPointF:
        """The middle of a node's body, or beside it, in the view."""
        rect = self.view.node_rect(self.node(name).id)
        return self.view.to_view(rect.center() + QPointF(dx, rect.height() / 2 - 8 + dy))

    def header(self, name: str) -> QPointF:
        rect = self.view.node_rect(self.node(name).id)
        return self.view.to_view(QPointF(rect.left() + 20, rect.top() + 12))

    def port(self, port: str) -> QPointF:
        """The place of "q.x" in the view; inputs are looked for first."""
        name, _, end = port.partition(".")
        node = self.node(name)
        is_output = end not in {p.name for p in node.input_ports()}
        return self.view.to_view(self.view.port_point(node.id, end, is_output))

    def selected(self) -> set[str]:
        return {self.document.nodes[i].name for i in self.studio.selection()[0]}

    def places(self) -> dict[str, tuple[float, float]]:
        return {node.name: (node.x, node.y) for node in self.document.nodes.values()}

    # --- mouse ---

    def press(self, at: QPointF, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
        self._button = button
        self._mouse(QEvent.Type.MouseButtonPress, at, button, button, keys)

    def move(self, at: QPointF, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        held = self._button if self.view.gesture_active() else Qt.MouseButton.NoButton
        self._mouse(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, held, keys)

    def release(self, at: QPointF, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        self._mouse(QEvent.Type.MouseButtonRelease, at, self._button, Qt.MouseButton.NoButton, keys)

    def click(self, at: QPointF, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        self.press(at, keys)
        self.release(at, keys)

    def double_click(self, at: QPointF) -> None:
        self.click(at)
        self._mouse(QEvent.Type.MouseButtonDblClick, at, LEFT, LEFT, NO_KEY)
        self.release(at)

    def drag(
        self, start: QPointF, end: QPointF, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT
    ) -> None:
        """Press, move there in a few steps, and don't let go."""
        self.press(start, keys, button)
        for i in range(1, 6):
            self.move(start + (end - start) * (i / 5), keys)
            QApplication.processEvents()

    def drop(
        self, start: QPointF, end: QPointF, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT
    ) -> None:
        """Drag and let go."""
        self.drag(start, end, keys, button)
        self.release(end, keys)
        QApplication.processEvents()

    def wheel(self, at: QPointF, angle: int, keys: Qt.KeyboardModifier = NO_KEY, pixels: QPoint | None = None) -> None:
        event = QWheelEvent(
            at, self._global(at), pixels or QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton, keys,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)

    def _mouse(
        self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton, keys: Qt.KeyboardModifier
    ) -> None:
        QApplication.sendEvent(self.view, QMouseEvent(kind, at, self._global(at), button, held, keys))

    def _global(self, at: QPointF) -> QPointF:
        return QPointF(self.view.mapToGlobal(QPoint(0, 0))) + at

    # --- keyboard ---

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        """Press a key wherever the focus is."""
        target = QApplication.focusWidget() or self.view
        QTest.keyClick(target, key, keys)

    def type(self, text: str) -> None:
        """Type a text wherever the focus is."""
        for letter in text:
            QTest.keyClicks(QApplication.focusWidget() or self.view, letter)

    # --- drag and drop from the palette ---

    def carry(self, gate: str) -> QMimeData:
        mime = QMimeData()
        mime.setData(GATE_MIME, gate.encode())
        return mime

    def drag_in(self, mime: QMimeData, at: QPointF) -> QDragEnterEvent:
        event = QDragEnterEvent(at.toPoint(), Qt.DropAction.CopyAction, mime, LEFT, NO_KEY)
        QApplication.sendEvent(self.view, event)
        return event

    def drag_on(self, mime: QMimeData, at: QPointF) -> None:
        QApplication.sendEvent(self.view, QDragMoveEvent(at.toPoint(), Qt.DropAction.CopyAction, mime, LEFT, NO_KEY))

    def drag_out(self) -> None:
        QApplication.sendEvent(self.view, QDragLeaveEvent())

    def let_fall(self, mime: QMimeData, at: QPointF) -> QDropEvent:
        event = QDropEvent(at, Qt.DropAction.CopyAction, mime, LEFT, NO_KEY)
        QApplication.sendEvent(self.view, event)
        return event

    # --- edits ---

    def settle(self) -> None:
        """Let the numbers arrive and everything be painted."""
        assert self.studio.session.wait_idle(10)
        deadline = time.monotonic() + 5
        while self.studio.snapshot() is None and time.monotonic() < deadline:
            QApplication.processEvents()
        for _ in range(3):
            QApplication.processEvents()

    def undo_all(self) -> None:
        while self.studio.history.can_undo:
            self.studio.history.undo()


def network(nodes: dict[str, Item], wires: str = "") -> Document:
    """A document of named nodes (gate, x, y, params) and wires like "x>q.x y>q.y dense1.W>reg.w"."""
    document = Document()
    for name, (gate, x, y, params) in nodes.items():
        document.apply(commands.add_node(document, gate, x, y, name=name, params=params)[0])
    for wire in wires.split():
        start, _, end = wire.partition(">")
        source_name, _, output = start.partition(".")
        target_name, _, into = end.partition(".")
        source, target = document.named(source_name), document.named(target_name)
        assert source is not None
        assert target is not None
        output = output or source.output_ports()[0].name
        into = into or target.input_ports()[0].name
        document.apply(commands.connect(document, source.id, output, target.id, into))
    return document


def sum_times_z(wires: str = "x>q.x y>q.y q>f.x z>f.y") -> Document:
    """f = (x + y)·z with x=-2, y=5, z=-4."""
    return network(
        {
            "x": ("constant", 0, 0, {"value": -2.0}),
            "y": ("constant", 0, 100, {"value": 5.0}),
            "z": ("constant", 0, 200, {"value": -4.0}),
            "q": ("add", 220, 40, {}),
            "f": ("multiply", 440, 120, {}),
        },
        wires,
    )
