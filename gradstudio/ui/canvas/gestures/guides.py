"""Where dragged nodes come to rest: on the grid, or in line with their neighbours; and the lines that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPen, QRegion

from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas.metrics import GRID
from gradstudio.ui.canvas.nodes import Floats

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

REACH = 6.0
"""Nodes come into line with others within so many pixels on the screen."""
_OVER = 8.0
"""Guides stick out so far over what they are drawn through, in the scene."""
_EXACT = 0.01
_SHARES = (0.0, 0.5, 1.0)
"""Left edge, middle and right edge of a box: like comes into line with like."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Where dragged nodes come to rest.

    Attributes:
        dx: how far they have moved.
        dy: how far they have moved.
        lines: that show what they are in line with, in the scene.
    """

    dx: float
    dy: float
    lines: tuple[QLineF, ...] = ()


@dataclass(slots=True)
class Guides:
    """What dragged nodes may come into line with: taken down once, when the drag begins.

    Attributes:
        box: the grabbed node's: left, top, width, height.
        others: boxes of the nodes in view that stay.
        wires: ends of wires between the dragged nodes and others: x and y of the fixed end, then of the moving one.
    """

    box: Floats
    others: Floats
    wires: Floats = field(default_factory=lambda: np.zeros((0, 4)))

    @staticmethod
    def of(view: CanvasView, grabbed: QRectF, moving: Iterable[ShownId]) -> Guides:
        """Those of a drag that begins now, of something with this box."""
        scene = view.scene
        rows = scene.nodes.rows(moving)
        stays = np.ones(len(scene.nodes), bool)
        stays[rows] = False
        seen = scene.nodes.within(view.visible_area(), 0.0)
        tied = scene.wires.tied[scene.wires.touching(rows)]
        ends = scene.wires.ends[scene.wires.touching(rows)]
        fixed = stays[tied] if len(tied) else np.zeros((0, 2), bool)
        leaving, entering = ends[fixed[:, 1]], ends[fixed[:, 0]]
        wires = np.concatenate((leaving[:, [2, 3, 0, 1]], entering))
        return Guides(np.array(grabbed.getRect(), float), scene.nodes.boxes[seen[stays[seen]]], wires)

    def rest(self, dx: float, dy: float, scale: float, *, grid: bool, neighbours: bool) -> Rest:
        """Where the nodes rest when the mouse has moved so far."""
        x, y, _, _ = self.box.tolist()
        reach = REACH / scale if neighbours else 0.0
        near_x, near_y = self._nearest(0, dx, reach), self._nearest(1, dy, reach)
        across = near_x if near_x is not None else _on_grid(x + dx) - x if grid else float(round(dx))
        down = near_y if near_y is not None else _on_grid(y + dy) - y if grid else float(round(dy))
        return Rest(across, down, self._lines(across, down) if neighbours else ())

    def _nearest(self, axis: int, by: float, reach: float) -> float | None:
        """The move nearest to this one that brings something into line, within reach."""
        gaps = self._gaps(axis)
        if reach <= 0 or not len(gaps):
            return None
        best = float(gaps[np.abs(gaps - by).argmin()])
        return best if abs(best - by) <= reach else None

    def _gaps(self, axis: int) -> Floats:
        """All moves along an axis that bring something into line."""
        low, size = self.others[:, axis], self.others[:, axis + 2]
        own, long = self.box[axis], self.box[axis + 2]
        gaps = [low + share * size - own - share * long for share in _SHARES]
        if axis == 1:
            gaps.append(self.wires[:, 1] - self.wires[:, 3])
        return np.concatenate(gaps)

    # --- the lines ----------------------------------------------------------------------------------------------

    def _lines(self, dx: float, dy: float) -> tuple[QLineF, ...]:
        return tuple(self._edges(0, dx, dy) + self._edges(1, dy, dx) + self._level(dx, dy))

    def _edges(self, axis: int, by: float, aside: float) -> list[QLineF]:
        """A line through each edge, or middle, that is in line with others."""
        lines = []
        own, long = self.box[axis] + by, self.box[axis + 2]
        start, wide = self.box[1 - axis] + aside, self.box[3 - axis]
        for share in _SHARES:
            at = own + share * long
            met = self.others[np.abs(self.others[:, axis] + share * self.others[:, axis + 2] - at) < _EXACT]
            if len(met):
                low = min(start, met[:, 1 - axis].min()) - _OVER
                high = max(start + wide, (met[:, 1 - axis] + met[:, 3 - axis]).max()) + _OVER
                lines.append(QLineF(at, low, at, high) if axis == 0 else QLineF(low, at, high, at))
        return _without_middle(lines)

    def _level(self, dx: float, dy: float) -> list[QLineF]:
        """The wires that have become level."""
        level = self.wires[np.abs(self.wires[:, 1] - self.wires[:, 3] - dy) < _EXACT]
        return [QLineF(x, y, other + dx, y) for x, y, other, _ in level.tolist()]


def _without_middle(lines: list[QLineF]) -> list[QLineF]:
    """Of boxes equally large both edges say it already."""
    return [lines[0], lines[2]] if len(lines) == len(_SHARES) else lines


def _on_grid(value: float) -> float:
    return round(value / GRID) * GRID


def paint_guides(painter: QPainter, view: CanvasView, lines: Iterable[QLineF]) -> None:
    """The lines over the canvas."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(view.ink.guide, 1.0))
    for line in lines:
        painter.drawLine(QLineF(view.camera.to_view(line.p1()), view.camera.to_view(line.p2())))


def guide_region(view: CanvasView, lines: Iterable[QLineF]) -> QRegion:
    """What the lines cover of the view."""
    region = QRegion()
    for line in lines:
        ends = view.camera.to_view(line.p1()), view.camera.to_view(line.p2())
        region += QRegion(QRectF(*ends).normalized().toAlignedRect().adjusted(-2, -2, 2, 2))
    return region
