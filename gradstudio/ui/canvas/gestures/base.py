"""What all gestures have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QRegion, QSinglePointEvent

from gradstudio.ui.canvas.camera import Camera

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

DRAG_DISTANCE = 4.0
"""A press becomes a drag after so many pixels."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is and what is held with it.

    Attributes:
        view: in the widget.
        scene: in the scene.
        modifiers: keys held.
    """

    view: QPointF
    scene: QPointF
    modifiers: Qt.KeyboardModifier

    @staticmethod
    def of(event: QSinglePointEvent, camera: Camera) -> Pointer:
        """From a mouse event."""
        at = event.position()
        return Pointer(at, camera.to_scene(at), event.modifiers())

    @property
    def adds(self) -> bool:
        """Whether Shift is held: add to the selection."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def toggles(self) -> bool:
        """Whether Ctrl (Cmd) is held: take into or out of the selection."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def heals(self) -> bool:
        """Whether Alt is held: dragged nodes leave their wires."""
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)

    def far_from(self, other: Pointer) -> bool:
        """Whether the mouse has moved enough to mean a drag."""
        gap = self.view - other.view
        return abs(gap.x()) + abs(gap.y()) >= DRAG_DISTANCE


class Gesture:
    """One press, drag and release. Nothing of the document changes before `release`, so `cancel` has little to do.

    Attributes:
        view: the canvas.
        start: where it began.
        cursor: shown meanwhile.
    """

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, view: CanvasView, start: Pointer) -> None:
        self.view = view
        self.start = start

    def begin(self) -> None:
        """The button went down."""

    def move(self, pointer: Pointer) -> Gesture | None:
        """The mouse moved; returns the gesture that takes over, if it has turned out to be another one."""
        return None

    def release(self, pointer: Pointer) -> None:
        """The button went up: make the edit."""

    def cancel(self) -> None:
        """Escape, or the focus went: leave everything as it was."""

    def paint(self, painter: QPainter) -> None:
        """Paint over the canvas, in view coordinates."""

    def extent(self) -> QRectF:
        """What `paint` covers now, in view coordinates; empty if nothing."""
        return QRectF()

    def region(self) -> QRegion:
        """The same where it is of several pieces far apart."""
        return QRegion(self.extent().toAlignedRect())
