"""While the wheel turns the last picture is shown larger or smaller; once it rests it is made sharp, piece by piece.

Painting a view full of nodes takes as long as a frame may take. Scaling a picture of it takes a fifth of that, at any
number of nodes. The sharp picture is painted in slices between frames, and shown when all of it is there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, QTimer
from PySide6.QtGui import QPainter, QPixmap, QRegion

from gradstudio.ui.canvas.backing import Backing
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.metrics import OVERVIEW

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

FEW, FEW_AFAR = 50, 3_000
"""A view of fewer nodes is painted anew at each step: that is quick. From afar nodes are plain boxes."""
REST_MS = 90
"""The wheel rests when it hasn't turned for so long."""
_RATIO = 1.25
"""A picture scaled by more than this is made sharp while the wheel still turns."""
_SECONDS, _LABELS = 0.004, 0.0015
"""A slice takes about so long, and looks so long for places for labels."""
_FIRST, _LEAST = 6, 24
"""The first slice is that part of the view; none is lower than so many pixels."""


class Stretch(QObject):
    """A picture taken by another camera, shown as the present one would see it."""

    def __init__(self, view: Surface, backing: Backing) -> None:
        super().__init__(view)
        self._view, self._backing = view, backing
        self.active = False
        self._outdated = False
        self._picture = QPixmap()
        self._camera, self._area, self._source = Camera(), QRect(), QRectF()
        self._next: Camera | None = None
        self._rows_a_second = 0.0
        self._rest, self._turn = QTimer(self), QTimer(self)
        self._rest.setObjectName("canvas.rest")
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._begin_slices)
        self._turn.setObjectName("canvas.slice")
        self._turn.timeout.connect(self._slice)

    # --- when -----------------------------------------------------------------------------------------------

    def moved(self, before: Camera) -> None:
        """The camera moves, seen from where it was before: show what there is from the new place."""
        if not self.active:
            if not self._is_worth_it():
                self._backing.forget()
                self._backing.keep()
                return
            self._take(before)
        self.active = True
        self._rest.start()
        if self._is_poor():
            self._begin_slices()

    def renew(self) -> None:
        """Paint the present view anew without a frame being late, or at once where that is quick."""
        if self._is_worth_it():
            self._take(self._view.camera)
            self.active = True
            self._begin_slices()
        else:
            self._backing.forget()

    def end(self) -> None:
        """Something else is to be seen: the next frame is painted anew."""
        if self.active:
            self.active = self._outdated = False
            self._next, self._picture = None, QPixmap()
            self._rest.stop()
            self._turn.stop()
            self._backing.forget()

    def outdate(self) -> None:
        """What is seen has changed a little: that shows once the picture is sharp."""
        self._outdated = True

    @property
    def renews(self) -> bool:
        """Whether nobody zooms: the picture is painted anew as it is."""
        return self.active and self._camera == self._view.camera

    def _is_worth_it(self) -> bool:
        """Whether there is a picture of the view, and painting it anew would take long."""
        view = self._view
        if not (view.rect().isValid() and QRegion(view.rect()).subtracted(self._backing.fresh).isEmpty()):
            return False
        few = FEW if view.camera.scale >= OVERVIEW else FEW_AFAR
        return len(view.scene.nodes.within(view.visible_area())) > few

    def _is_poor(self) -> bool:
        """Whether the picture is scaled so much that it can't be read, or leaves a part of the view bare."""
        ratio = self._view.camera.scale / self._camera.scale
        return not 1 / _RATIO < ratio < _RATIO or not self._place().contains(QRectF(self._view.rect()))

    def _take(self, camera: Camera) -> None:
        """Show what the backing has from now on, and have another one in its place."""
        area = self._backing.fresh.boundingRect()
        self._camera, self._area, self._source = camera, area, QRectF(area.translated(self._backing.corner))
        self._picture = self._backing.exchange(self._picture)

    # --- what is shown ----------------------------------------------------------------------------------------

    def _place(self) -> QRectF:
        """Where the picture lies in the view."""
        return self._view.camera.rect_to_view(self._camera.rect_to_scene(QRectF(self._area)))

    def show(self, painter: QPainter, region: QRegion) -> None:
        """Paint a region of the view: the picture scaled, where it doesn't reach grid and boxes."""
        place = self._place()
        bare = region - QRegion(place.toAlignedRect().adjusted(1, 1, -1, -1))
        for rect in bare:  # type: ignore[attr-defined]
            painter.setClipRect(rect)
            self._view.paint_roughly(painter, QRectF(rect))
        ratio = self._picture.devicePixelRatio()
        source = self._source
        painter.setClipRegion(region)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, self._picture, QRectF(source.topLeft() * ratio, source.size() * ratio))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)

    # --- sharp again ------------------------------------------------------------------------------------------

    def _begin_slices(self) -> None:
        if self._next is None:
            self._next = self._view.camera
            self._backing.forget()
            self._turn.start(0)

    def _slice(self) -> None:
        """Paint a piece of the picture that comes next."""
        wanted = self._wanted()
        missing = (QRegion(wanted) - self._backing.fresh).boundingRect()
        start = time.perf_counter()
        rows = max(int(self._rows_a_second * _SECONDS), _LEAST) if self._rows_a_second else wanted.height() // _FIRST
        piece = QRect(missing.left(), missing.top(), missing.width(), min(rows, missing.height()))
        if not self._view.prepare(QRegion(piece), self._next, _LABELS):
            self._view.place_the_rest_soon()
        self._rows_a_second = piece.height() / max(time.perf_counter() - start, 1e-6)
        if piece.bottom() >= wanted.bottom():
            self._turn.stop()
            self._done()

    def _wanted(self) -> QRect:
        """What the next picture shows: while one zooms out, more than the view."""
        out = self._next is not None and self._next.scale < self._camera.scale
        return self._backing.surroundings() if out else self._view.rect()

    def _done(self) -> None:
        """The next picture is there: it is the one to show, or to scale from now on."""
        made, self._next = self._next, None
        view = self._view
        if made == view.camera:
            if self._outdated:
                self._backing.forget()
            self.active = self._outdated = False
            self._picture = QPixmap()
            self._rest.stop()
            self._backing.prepare_soon()
            view.show_again()
        elif made is not None:
            self._take(made)
            view.show_again()
            if self._is_poor() or not self._rest.isActive():
                self._begin_slices()
