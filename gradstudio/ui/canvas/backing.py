"""The picture of what is in view, kept with a margin around it: panning copies it.

What comes into view is painted a little ahead, one strip a frame, and at rest all around the view, slice by slice.
From afar a view that is new as a whole is painted on the screen itself, which takes less time than to copy it as well,
and into the picture at rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, QTimer
from PySide6.QtGui import QPainter, QPixmap, QRegion

from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.layers.frame import Near
from gradstudio.ui.canvas.metrics import OVERVIEW

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

MARGIN, _GROWN = 144, 96
"""Pixels around the view there is room for, and that are painted at rest."""
_AHEAD = 48
"""Pixels painted ahead of a pan in one go."""
_SOON = 2.0
"""A strip is painted so many frames before it comes into view."""
_MOST_RECTS = 6
"""A region of more rectangles than this is painted as one."""
REST_MS, _GAP_MS = 120, 15
"""When the view hasn't changed for so long the picture is made, a slice at a time with a pause after it."""
_SLICES = 8
"""The view is so many slices."""


def merged(region: QRegion) -> list[QRect]:
    """A region as few rectangles: it comes cut into bands, and pieces of equal width above each other are one."""
    found: dict[tuple[int, int], list[QRect]] = {}
    for rect in region:  # type: ignore[attr-defined]
        column = found.setdefault((rect.left(), rect.right()), [])
        if column and column[-1].bottom() + 1 == rect.top():
            column[-1].setBottom(rect.bottom())
        else:
            column.append(QRect(rect))
    rects = [rect for column in found.values() for rect in column]
    return rects if len(rects) <= _MOST_RECTS else [region.boundingRect()]


def copy(painter: QPainter, rect: QRect, picture: QPixmap, corner: QPoint) -> None:
    """Copy a rectangle of the view out of a picture in which the view's corner lies there."""
    ratio = picture.devicePixelRatio()
    source = QRectF(QPointF(rect.topLeft() + corner) * ratio, QSizeF(rect.size()) * ratio)
    painter.drawPixmap(QRectF(rect), picture, source)


class Backing(QObject):
    """The picture of a view and its surroundings; what of it isn't fresh is painted before it is shown.

    Attributes:
        fresh: the part of it, in pixels of the view, that shows what painting anew would.
        corner: where the view's corner lies in it.
        thins: whether some of a crowd of wires were left out: which ones depends on all that is in view.
    """

    def __init__(self, view: Surface) -> None:
        super().__init__(view)
        self._view = view
        self.fresh = QRegion()
        self.corner = QPoint(MARGIN, MARGIN)
        self.thins = False
        self._picture = QPixmap()
        self._way = QPoint()
        self._moves = False
        self._rest = QTimer(self)
        self._rest.setObjectName("canvas.ahead")
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._grow)

    # --- what changes it ------------------------------------------------------------------------------------

    def forget(self, part: QRegion | None = None) -> None:
        """A part of it is to be painted anew, or all of it."""
        self.fresh = QRegion() if part is None else self.fresh - part

    def leave_view(self) -> None:
        """What lies around the view is to be painted anew before it is shown."""
        self.fresh &= QRegion(self._view.rect())

    def pan(self, dx: int, dy: int) -> None:
        """The scene moves by so many pixels."""
        self._way, self._moves = QPoint(dx, dy), True
        if self.thins or not self._is_of_use():
            self.forget()
        self.corner -= self._way
        reach, view = self.reach(), self._view.rect().adjusted(-_AHEAD, -_AHEAD, _AHEAD, _AHEAD)
        if not reach.contains(view):
            self._shift(QPoint(MARGIN, MARGIN) - self.corner)
        self.fresh = self.fresh.translated(dx, dy) & QRegion(self.reach())
        self.prepare_soon()

    def _shift(self, by: QPoint) -> None:
        """Have the view in the middle of the picture again."""
        self.corner += by
        if not self.fresh.isEmpty():
            by *= self._picture.devicePixelRatio()
            self._picture.scroll(by.x(), by.y(), self._picture.rect())

    def prepare_soon(self) -> None:
        """Have the picture ready once nothing happens."""
        self._rest.start(REST_MS)

    def keep(self) -> None:
        """Somebody moves over the network: the next frame is wanted again."""
        self._moves = True

    def exchange(self, picture: QPixmap) -> QPixmap:
        """The picture, for another one in its place, nothing of which is fresh."""
        mine, self._picture = self._picture, picture
        self.corner = QPoint(MARGIN, MARGIN)
        self.forget()
        return mine

    # --- what is shown ----------------------------------------------------------------------------------------

    def suits(self, painter: QPainter) -> bool:
        """Whether a frame is to be painted from here: on a screen with whole pixels, and not all of it from afar."""
        if not self._is_of_use() or painter.deviceTransform().m11() != self._view.devicePixelRatioF():
            return False
        near = self._view.camera.scale >= OVERVIEW
        return near or self._moves or self.fresh.intersects(self._view.rect())

    def _is_of_use(self) -> bool:
        """Whether a pixel of the view is a whole number of pixels on the screen: others can't be moved."""
        return self._view.devicePixelRatioF() % 1 == 0

    def reach(self) -> QRect:
        """What there is room for, in pixels of the view."""
        return QRect(-self.corner, self._view.size() + QSize(2 * MARGIN, 2 * MARGIN))

    def surroundings(self) -> QRect:
        """The view with what is painted around it at rest."""
        return self.reach() & self._view.rect().adjusted(-_GROWN, -_GROWN, _GROWN, _GROWN)

    def show(self, painter: QPainter, region: QRegion) -> None:
        """Copy a region of the view, after what of it isn't fresh was painted, and a strip ahead of a pan."""
        if not (self._way.isNull() or self.thins) and self._near(self._view.camera).every > 1:
            self.forget()
        whole = self.fresh.boundingRect().united(region.boundingRect())
        self.fill(QRegion(whole.united(self._ahead())))
        self._way, self._moves = QPoint(), False
        for rect in merged(region):
            copy(painter, rect, self._picture, self.corner)

    def fill(self, region: QRegion, camera: Camera | None = None) -> None:
        """Paint what of a region isn't fresh, as another camera sees it where one is given."""
        self._make_room()
        missing = region & QRegion(self.reach()) - self.fresh
        if missing.isEmpty():
            return
        rects = merged(missing)
        with QPainter(self._picture) as painter:
            painter.translate(self.corner)
            camera = camera or self._view.camera
            near = self._near(camera)
            for rect in rects:
                painter.setClipRect(rect)
                self._view.paint_part(painter, QRectF(rect), near=near, camera=camera)
        self.fresh += missing
        self.thins = near.every > 1

    def _near(self, camera: Camera) -> Near:
        area, view = (camera.rect_to_scene(QRectF(rect)) for rect in (self.reach(), self._view.rect()))
        return Near(self._view.scene, area, view)

    def _make_room(self) -> None:
        """Have a picture of the right size and density."""
        ratio, reach = self._view.devicePixelRatioF(), self.reach()
        if self._picture.size() != reach.size() * ratio or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(reach.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self.forget()

    def _ahead(self) -> QRect:
        """The strip that comes into view next, unless that takes a while."""
        if self.fresh.isEmpty() or self._way.isNull() or self.thins:
            return QRect()
        r, view, dx, dy = self.fresh.boundingRect(), self._view.rect(), self._way.x(), self._way.y()
        strips = []
        if dx:
            gap = -r.left() if dx > 0 else r.right() - view.right()
            left = r.left() - _AHEAD if dx > 0 else r.right() + 1
            strips.append((gap / abs(dx), QRect(left, r.top(), _AHEAD, r.height())))
        if dy:
            gap = -r.top() if dy > 0 else r.bottom() - view.bottom()
            top = r.top() - _AHEAD if dy > 0 else r.bottom() + 1
            strips.append((gap / abs(dy), QRect(r.left(), top, r.width(), _AHEAD)))
        frames, strip = min(strips, key=lambda found: found[0])
        return strip & self.reach() if frames < _SOON else QRect()

    # --- at rest ----------------------------------------------------------------------------------------------

    def _grow(self) -> None:
        """Paint one slice of what isn't fresh, and the next one soon."""
        if not (self._is_of_use() and self._view.may_prepare()):
            return
        wanted = self._slice()
        if not wanted.isEmpty():
            if not self._view.prepare(wanted):
                self.forget(wanted)
            self._rest.start(_GAP_MS)

    def _slice(self) -> QRegion:
        """What is to be painted next: of the view, then of what lies around it; nothing where that is of no use."""
        view, reach = self._view.rect(), self.surroundings()
        missing = (QRegion(view) - self.fresh).boundingRect()
        if not missing.isEmpty():
            height = min(missing.height(), view.height() // _SLICES + 1)
            return QRegion(missing.left(), missing.top(), missing.width(), height)
        if self.thins:
            return QRegion()
        r = self.fresh.boundingRect()
        strips = (
            QRect(r.left() - _AHEAD, r.top(), _AHEAD, r.height()), QRect(r.right() + 1, r.top(), _AHEAD, r.height()),
            QRect(r.left(), r.top() - _AHEAD, r.width(), _AHEAD), QRect(r.left(), r.bottom() + 1, r.width(), _AHEAD),
        )  # fmt: skip
        pieces = (QRegion(r) - self.fresh, *(QRegion(strip & reach) for strip in strips))
        return next((piece for piece in pieces if not piece.isEmpty()), QRegion())
