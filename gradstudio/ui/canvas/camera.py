"""Which part of the scene the view shows: view = scene × scale + (dx, dy)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

from gradstudio.ui.canvas.metrics import MAX_SCALE, MIN_SCALE


@dataclass(frozen=True, slots=True)
class Camera:
    """A place to look from. Offsets stay whole pixels, so that panning moves pixels and lines stay crisp."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def to_view(self, at: QPointF) -> QPointF:
        """A scene point in the view."""
        return QPointF(at.x() * self.scale + self.dx, at.y() * self.scale + self.dy)

    def to_scene(self, at: QPointF) -> QPointF:
        """A view point in the scene."""
        return QPointF((at.x() - self.dx) / self.scale, (at.y() - self.dy) / self.scale)

    def rect_to_view(self, rect: QRectF) -> QRectF:
        """A scene rectangle in the view."""
        return QRectF(self.to_view(rect.topLeft()), rect.size() * self.scale)

    def rect_to_scene(self, rect: QRectF) -> QRectF:
        """A view rectangle in the scene."""
        return QRectF(self.to_scene(rect.topLeft()), rect.size() / self.scale)

    def transform(self) -> QTransform:
        """The same for a painter."""
        return QTransform(self.scale, 0, 0, self.scale, self.dx, self.dy)

    def panned(self, dx: float, dy: float) -> Camera:
        """Moved by so many pixels."""
        return replace(self, dx=self.dx + dx, dy=self.dy + dy)

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Zoomed within the limits; what lies under the view point stays there."""
        scale = min(max(self.scale * factor, MIN_SCALE), MAX_SCALE)
        fixed = self.to_scene(at)
        return Camera(scale, round(at.x() - fixed.x() * scale), round(at.y() - fixed.y() * scale))

    def centered(self, at: QPointF, view: QSizeF) -> Camera:
        """With a scene point in the middle of the view."""
        return replace(
            self,
            dx=round(view.width() / 2 - at.x() * self.scale),
            dy=round(view.height() / 2 - at.y() * self.scale),
        )

    @staticmethod
    def fitting(
        bounds: QRectF, view: QSizeF, margin: float = 28.0, most: float = 1.25, least: float = MIN_SCALE
    ) -> Camera:
        """Showing all of a scene rectangle, with a margin, at a scale from `least` to `most`."""
        wide, high = max(bounds.width(), 1.0), max(bounds.height(), 1.0)
        room_x = max(view.width() - 2 * margin, view.width() * 0.6, 1.0)
        room_y = max(view.height() - 2 * margin, view.height() * 0.6, 1.0)
        scale = min(room_x / wide, room_y / high, most)
        return Camera(max(scale, least)).centered(bounds.center(), view)
