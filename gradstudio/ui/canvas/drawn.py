"""A network to look at only: drawn as on the canvas, panned and zoomed, without a session behind it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradstudio.document.model import Document, NodeId
from gradstudio.ui.canvas.bodies import BodyCache
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.gestures import zoom
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.layers.differences import Differing, paint_differences
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.overlays import draw_focus
from gradstudio.ui.canvas.painter import paint_frame
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import Part, Scene
from gradstudio.ui.theme import Theme

PAN = 40
"""Pixels an arrow key moves the picture by."""
_ARROWS = {
    Qt.Key.Key_Left: (PAN, 0), Qt.Key.Key_Right: (-PAN, 0), Qt.Key.Key_Up: (0, PAN), Qt.Key.Key_Down: (0, -PAN),
}  # fmt: skip
_NEARER = {
    Qt.Key.Key_Plus: zoom.PER_NOTCH, Qt.Key.Key_Equal: zoom.PER_NOTCH, Qt.Key.Key_Minus: 1 / zoom.PER_NOTCH,
}  # fmt: skip


class DrawnNetwork(QWidget):
    """One network, drawn.

    Attributes:
        scene: its geometry.
        camera: which part is shown.
        differing: what stands out.
    """

    panned = Signal(int, int)
    """Somebody moved it by so many pixels."""
    zoomed = Signal(float, QPointF)
    """Somebody zoomed by this factor around this point."""
    fitted = Signal()
    """Somebody wants to see all of it."""
    nodeClicked = Signal(int)

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self.camera = Camera()
        self.differing = Differing()
        self._at: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 100)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.dress(theme)
        self.show_document(document)

    def sizeHint(self) -> QSize:
        """Half a window."""
        return QSize(480, 360)

    def show_document(self, document: Document) -> None:
        """Draw another network."""
        self._document = document
        self.scene = Scene(document)
        self._readings = Readings(document, None)
        self.differing = Differing()
        self.update()

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._ink = Ink(theme)
        self._bodies = BodyCache(self._ink)
        self.update()

    def mark(self, differing: Differing) -> None:
        """Let other things stand out."""
        self.differing = differing
        self.update()

    # ---- looking

    def look(self, camera: Camera) -> None:
        """Show what this camera sees."""
        self.camera = camera
        self.update()

    def pan(self, dx: int, dy: int) -> None:
        """Move the picture, and tell of it."""
        self.follow_pan(dx, dy)
        self.panned.emit(dx, dy)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point, or the middle, and tell of it."""
        centre = at if at is not None else QPointF(self.rect().center())
        self.follow_zoom(factor, centre)
        self.zoomed.emit(factor, centre)

    def follow_pan(self, dx: int, dy: int) -> None:
        """Move the picture because another one was moved."""
        self.look(self.camera.panned(dx, dy))

    def follow_zoom(self, factor: float, at: QPointF) -> None:
        """Zoom because somebody zoomed another one."""
        self.look(self.camera.zoomed(factor, at))

    def centre_on(self, node: NodeId) -> None:
        """Bring a node, or the closed group it lies in, to the middle."""
        for shown in self.scene.stage.units((node,)):
            self.look(self.camera.centered(self.scene.node_rect(shown).center(), QSizeF(self.size())))

    # ---- events

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the network and what stands out of it."""
        with QPainter(self) as painter:
            area = self.camera.rect_to_scene(QRectF(self.rect()))
            ratio = self.devicePixelRatioF()
            frame = Frame(painter, self.scene, self.camera, area, self._ink, self._bodies, self._readings, ratio=ratio)
            paint_frame(frame)
            paint_differences(frame, self.differing, self._theme)
            if not len(self.scene.nodes):
                painter.setPen(self._ink.dim)
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("This network is empty."))
            if self.hasFocus():
                draw_focus(painter, QSizeF(self.size()), self._ink)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What was in the middle stays there."""
        super().resizeEvent(event)
        if event.oldSize().isValid():
            grown = (event.size() - event.oldSize()) / 2
            self.look(self.camera.panned(grown.width(), grown.height()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        super().focusOutEvent(event)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or pan, as on the canvas."""
        zoom.wheel(self, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a node; begin to move the picture."""
        self._at = event.position()
        hit = self.scene.hit(self.camera.to_scene(event.position()), self.camera.scale, ports=False)
        if event.button() is Qt.MouseButton.LeftButton and hit.part is Part.NODE:
            self.nodeClicked.emit(hit.node)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The picture follows the mouse."""
        if self._at is not None:
            way = (event.position() - self._at).toPoint()
            self._at = self._at + QPointF(way)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(way.x(), way.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It stays where it is."""
        self._at = None
        self.unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move it, plus and minus zoom, Home or F shows all of it."""
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self.pan(*_ARROWS[key])
        elif key in _NEARER:
            self.zoom(_NEARER[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_F):
            self.fitted.emit()
        else:
            super().keyPressEvent(event)
