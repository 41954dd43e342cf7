"""The picture under the numbers: all that is in view but the labels, kept while nothing but numbers changes.

While training runs the numbers change many times a second, and nothing else does: copying a picture of the rest and
writing the labels on it takes a third of the time that painting everything takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QPixmap

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

_SURELY = 2
"""Numbers must change so often in a row before a picture is worth its memory."""


class Ground:
    """Makes the picture when it is worth it, and drops it as soon as anything else changes."""

    def __init__(self, view: Surface) -> None:
        self._view = view
        self._changes = 0
        self._picture: QPixmap | None = None
        self._seen: tuple[object, ...] = ()

    def forget(self) -> None:
        """Something else than numbers changes."""
        self._changes, self._picture, self._seen = 0, None, ()

    def numbers_changed(self) -> None:
        """Nothing but numbers has changed."""
        self._changes += 1

    @property
    def is_kept(self) -> bool:
        """Whether numbers are written over a picture at present."""
        return self._picture is not None

    def picture(self) -> QPixmap | None:
        """The picture of the view as it is without its labels; None where all of it is to be painted."""
        if self._changes < _SURELY or self._view.devicePixelRatioF() % 1:
            return None
        seen = self._look()
        if self._picture is None or seen != self._seen:
            self._picture, self._seen = self._paint(), seen
        return self._picture

    def _look(self) -> tuple[object, ...]:
        """All that the picture depends on."""
        view = self._view
        nodes, glow = view.scene.nodes, view.readings.glow
        glows = [glow(nodes.ids[row], nodes.look(row).names) for row in nodes.within(view.visible_area()).tolist()]
        return id(view.scene), view.camera, view.marks, view.readings.problems, view.size(), glows

    def _paint(self) -> QPixmap:
        view = self._view
        ratio = view.devicePixelRatioF()
        picture = QPixmap(view.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        with QPainter(picture) as painter:
            view.paint_ground(painter)
        return picture
