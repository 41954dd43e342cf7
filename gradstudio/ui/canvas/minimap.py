"""The small map in the corner: the whole network and the part in view; click or drag to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.ink import Ink, faded
from gradstudio.ui.canvas.layers.areas import paint_sheets
from gradstudio.ui.canvas.layers.overview import paint_blocks

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

WIDTH, HEIGHT = 156, 100
_GAP = 12
_MANY = 500
"""More nodes than this are drawn without smoothing, not while they are dragged, and only when edits have paused."""
_SOON_MS = 150
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
        self._reach = QRectF()
        self._nodes: QRectF | None = None
        self.setObjectName("canvas.minimap")
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAccessibleName(self.tr("Map of the network"))
        self.setToolTip(self.tr("Click or drag to move the view"))
        view.viewChanged.connect(self._view_changed)
        view.sceneChanged.connect(self._scene_changed)
        view.nodesDragged.connect(self._nodes_dragged)
        view.studio.themeChanged.connect(self._redraw)
        view.studio.documentReplaced.connect(self._redraw)
        self._soon = QTimer(self)
        self._soon.setObjectName("canvas.minimap.soon")
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._redraw)
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
        """Take the corner, unless all is in view and some of it is there."""
        view = self._view
        self.move(view.width() - WIDTH - _GAP, view.height() - HEIGHT - _GAP)
        roomy = view.width() >= _ROOM[0] and view.height() >= _ROOM[1]
        self.setVisible(self._wanted and roomy and len(view.scene.nodes) > 1 and not self._in_the_way())

    def _in_the_way(self) -> bool:
        """Whether it would hide nodes from somebody who sees the whole network as it is."""
        view = self._view
        seen, any_node = view.visible_area(), view.scene.nodes.rects[0]
        if not seen.contains(any_node):
            return False
        if self._nodes is None:
            self._nodes = view.scene.nodes.bounds()
        if not seen.contains(self._nodes.united(view.scene.areas.bounds())):
            return False
        corner = view.camera.rect_to_scene(QRectF(self.geometry()))
        return len(view.scene.nodes.within(corner, 0.0)) > 0 or bool(view.scene.areas.within(corner))

    def _view_changed(self) -> None:
        """The view paints this corner anew whenever it moves; asking for it here would have it painted twice."""
        self._settle()

    def _nodes_dragged(self) -> None:
        self._nodes = None
        if len(self._view.scene.nodes) < _MANY:
            self._scene_changed()

    def _scene_changed(self) -> None:
        """Follow an edit; of a large network a little later, once for several edits in a row."""
        self._nodes = None
        self._settle()
        if len(self._view.scene.nodes) < _MANY:
            self._redraw()
        else:
            self._soon.start()

    def _redraw(self, *_: object) -> None:
        self._picture = self._nodes = None
        self.update()

    def _render(self, ink: Ink) -> QPixmap:
        """The sheet and the network's boxes, kept until something moves."""
        ratio = self.devicePixelRatioF()
        self._reach = self._view.scene.bounds()
        self._camera = Camera.fitting(self._reach, QSizeF(self.size()), margin=12, most=0.12, least=0.0)
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(ink.border, 1.0))
            painter.setBrush(faded(ink.field, 0.94))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setTransform(self._camera.transform())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(self._view.scene.nodes) < _MANY)
            nodes = self._view.scene.nodes
            paint_sheets(painter, self._view.scene, ink)
            paint_blocks(painter, self._view.scene, np.arange(len(nodes)), ink.block)
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sheet, the network, and the frame of the view."""
        if self._picture is None:
            self._picture = self._render(self._view.ink)
        with QPainter(self) as painter:
            painter.drawPixmap(QPointF(0, 0), self._picture)
            self._frame(painter)

    def _frame(self, painter: QPainter) -> None:
        """The part in view, where it isn't all there is."""
        if self._view.visible_area().contains(self._reach):
            return
        view = self._camera.rect_to_view(self._view.visible_area()).toAlignedRect()
        painter.setPen(QPen(self._view.ink.selection, 1.0))
        painter.setBrush(faded(self._view.ink.selection, 0.10))
        painter.drawRect(view.intersected(self.rect().adjusted(2, 2, -3, -3)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._view.about_to_jump()
            self._view.look_at(self._camera.to_scene(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._view.look_at(self._camera.to_scene(event.position()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the view around its middle."""
        self._view.zoom(1.2 ** (event.angleDelta().y() / 120))
        event.accept()
