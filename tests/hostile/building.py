"""The part of the monkey that builds: strokes, joins, dots, the search palette, nodes into wires and out of them."""

import random

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.scene import Part
from gradstudio.ui.gatesearch import GateSearch
from gradstudio.ui.window import MainWindow

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SEARCHED = (
    "relu", "dense 3", "x=-2", "x", "+", "q = *", "dense 0", "conv 2 3 same", "[1, 2]", "softmax", "l2 .01", "zzz", "",
    "7 = 8", "h=", "=", "parameter w = [1, 2", "dense units=2 bias=no", "−4", "max 3", "  ", "labels [0, 1]",
)  # fmt: skip
MOST = 40


class Builder:
    """Random hands that build.

    Attributes:
        window: worked on.
        chance: of everything.
    """

    window: MainWindow
    chance: random.Random

    def place(self) -> QPoint:
        """Somewhere on the canvas."""
        raise NotImplementedError

    def on_node(self) -> QPoint | None:
        """The header of some node."""
        raise NotImplementedError

    def say(self, words: str) -> None:
        """Remember what was done."""
        raise NotImplementedError

    @property
    def board(self) -> CanvasView:
        """The canvas."""
        return self.window.canvas

    def pull(self, start: QPoint, end: QPoint, held: Qt.KeyboardModifier, button: Qt.MouseButton = LEFT) -> None:
        """Press, move, sometimes give it up, release."""
        QTest.mousePress(self.board, button, held, start)
        for i in range(1, 5):
            QTest.mouseMove(self.board, start + (end - start) * i / 4)
        if self.chance.random() < 0.15:
            QTest.keyClick(self.board, Qt.Key.Key_Escape)
        QTest.mouseRelease(self.board, button, held, end)
        self.answer_search()

    def answer_search(self) -> None:
        """Type something into the search palette if it is open; take the best, or close it."""
        popup = QApplication.activePopupWidget()
        if not isinstance(popup, GateSearch):
            return
        text = self.chance.choice(SEARCHED)
        self.say(f"search {text!r}")
        if text.isascii():
            QTest.keyClicks(popup.field, text)
        else:
            popup.field.setText(text)
        if self.chance.random() < 0.2:
            QTest.keyClick(popup.field, Qt.Key.Key_Tab)
        if len(self.window.studio.document.nodes) < MOST and self.chance.random() < 0.7:
            QTest.keyClick(popup.field, Qt.Key.Key_Return, self.chance.choice((NONE, NONE, SHIFT)))
        if QApplication.activePopupWidget() is popup:
            popup.close()

    def on_wire(self) -> QPoint | None:
        """A point of some wire."""
        wires = self.board.scene.wires
        if not len(wires):
            return None
        points = wires.points(np.array([self.chance.randrange(len(wires))]))[0]
        x, y = points[self.chance.randrange(len(points))].tolist()
        return self.board.to_view(QPointF(x, y)).toPoint()

    # --- gestures -----------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """The search by keyboard or by a double click."""
        self.board.setFocus()
        match self.chance.randrange(3):
            case 0:
                QTest.keyClick(self.board, Qt.Key.Key_Tab)
            case 1:
                QTest.keyClick(self.board, Qt.Key.Key_Space)
            case _:
                at = self.place()
                if self.board.scene.hit(self.board.to_scene(QPointF(at)), self.board.scale()).part is Part.EMPTY:
                    QTest.mouseDClick(self.board, LEFT, NONE, at)
        self.answer_search()

    def stroke(self) -> None:
        """Cut across the canvas."""
        if self.chance.random() < 0.5:
            self.pull(self.place(), self.place(), CONTROL, RIGHT)
            return
        QTest.keyPress(self.board, Qt.Key.Key_Y)
        self.pull(self.place(), self.place(), NONE)
        QTest.keyRelease(self.board, Qt.Key.Key_Y)

    def lead(self) -> None:
        """From node to node without aiming, or a tap that joins the selected."""
        start, end = self.on_node(), self.on_node()
        if start is None or end is None:
            return
        match self.chance.randrange(3):
            case 0:
                self.pull(start, end, ALT, RIGHT)
            case 1:
                QTest.keyPress(self.board, Qt.Key.Key_J)
                self.pull(start, end, NONE)
                QTest.keyRelease(self.board, Qt.Key.Key_J)
            case _:
                QTest.keyClick(self.board, Qt.Key.Key_J)

    def take_out(self) -> None:
        """Alt and drag a node away, or onto a wire."""
        start, end = self.on_node(), self.chance.choice((self.place(), self.on_wire()))
        if start is not None and end is not None:
            self.pull(start, end, self.chance.choice((ALT, NONE)))

    def plug(self) -> None:
        """Pull at a wire: at an end, or out of its middle; also with Ctrl at a port."""
        at = self.on_wire()
        if at is not None:
            self.pull(at, self.chance.choice((self.place(), self.on_node() or self.place())), NONE)

    def dot(self) -> None:
        """A double click on a wire or a dot, or keys for the current dot."""
        at = self.on_wire()
        if at is None:
            return
        if self.chance.random() < 0.6:
            hit = self.board.scene.hit(self.board.to_scene(QPointF(at)), self.board.scale())
            if hit.part in (Part.WIRE, Part.DOT):
                QTest.mouseDClick(self.board, LEFT, NONE, at)
            return
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Comma, Qt.Key.Key_Period, Qt.Key.Key_Delete)
        self.board.setFocus()
        QTest.keyClick(self.board, self.chance.choice(keys))

    def rewire(self) -> None:
        """What keys do to the wires of the selected nodes."""
        names = ("take_out", "dissolve", "unwire", "join", "add_dot", "next_dot", "straighten", "next_node")
        action = self.window.actions_by_id[self.chance.choice(names)]
        if action.isEnabled():
            action.trigger()
