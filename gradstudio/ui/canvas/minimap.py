"""The small map in the corner: the whole network and the part in view; click or drag to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.ink import faded
from gradstudio.ui.canvas.layers.overview import paint_blocks

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

WIDTH, HEIGHT = 156, 100
_GAP = 12
_ROOM = (420, 300)
"""A canvas smaller than this has no room for a map."""


class Minimap(QWidget):
    """The map of a canvas, laid over its bottom right corner."""

    def __init__(self, view: Surface) -> None:
        super().__init__(view)
        self._view = view
        self._wanted = True
        self._picture: QPixmap | None = None
        self._camera = Camera()
        self.setObjectName("canvas.minimap")
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAccessibleName(self.tr("Map of the network"))
        self.setToolTip(self.tr("Click or drag to move the view"))
        view.viewChanged.connect(self._view_changed)
        view.sceneChanged.connect(self._scene_changed)
        view.studio.themeChanged.connect(self._scene_changed)
        view.installEventFilter(self)
        self._settle()

    def set_wanted(self, wanted: bool) -> None:
        """Show it where there is room, or never."""
        self._wanted = wanted
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() is QEvent.Type.Resize:
            self._settle()
        return super().eventFilter(watched, event)

    def _settle(self) -> None:
        view = self._view
        self.move(view.width() - WIDTH - _GAP, view.height() - HEIGHT - _GAP)
        roomy = view.width() >= _ROOM[0] and view.height() >= _ROOM[1]
        self.setVisible(self._wanted and roomy and len(view.scene.nodes) > 1)

    def _view_changed(self) -> None:
        if self._picture is not None and not self._everything().contains(self._reach()):
            self._picture = None
        self.update()

    def _scene_changed(self, *_: object) -> None:
        self._picture = None
        self._settle()
        self.update()

    def _reach(self) -> QRectF:
        return self._view.scene.bounds()

    def _everything(self) -> QRectF:
        """What the map shows, in scene units."""
        return self._camera.rect_to_scene(QRectF(self.rect()))

    def _render(self) -> QPixmap:
        """The network's boxes, kept until something moves."""
        ratio = self.devicePixelRatioF()
        self._camera = Camera.fitting(self._reach(), QSizeF(self.size()), margin=12, most=0.12)
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setTransform(self._camera.transform())
        paint_blocks(painter, self._view.scene, None, self._view.ink)
        painter.end()
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sheet, the network, and the frame of the view."""
        if self._picture is None:
            self._picture = self._render()
        ink, painter = self._view.ink, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(ink.border, 1.0))
        painter.setBrush(faded(ink.field, 0.94))
        painter.drawRoundedRect(sheet, 6, 6)
        painter.drawPixmap(QPointF(0, 0), self._picture)
        self._frame(painter, sheet)
        painter.end()

    def _frame(self, painter: QPainter, sheet: QRectF) -> None:
        """The part in view, where it isn't all there is."""
        if self._view.visible_area().contains(self._reach()):
            return
        view = self._camera.rect_to_view(self._view.visible_area())
        painter.setPen(QPen(self._view.ink.selection, 1.2))
        painter.setBrush(faded(self._view.ink.selection, 0.10))
        painter.drawRoundedRect(view.intersected(sheet.adjusted(1.5, 1.5, -1.5, -1.5)), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._view.look_at(self._camera.to_scene(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._view.look_at(self._camera.to_scene(event.position()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the view around its middle."""
        self._view.zoom(1.2 ** (event.angleDelta().y() / 120))
        event.accept()
