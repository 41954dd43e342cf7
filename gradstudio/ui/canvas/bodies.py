"""Node bodies: drawn once per look, scale and pixel density, and then copied."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.face import FROST, Look, Mark
from gradstudio.ui.canvas.ink import Ink, blend, fonts
from gradstudio.ui.canvas.markdown import PageCache

_BUDGET = 48_000_000
"""Bytes of pictures kept."""
_NO_PEN = Qt.PenStyle.NoPen
MUTED = 0.5
"""How much of a muted node is seen."""


class BodyKey(NamedTuple):
    """What a picture was made for."""

    look: Look
    scale: float
    ratio: float
    details: bool


class BodyCache:
    """Pictures of node bodies for one theme.

    Attributes:
        pages: those of the words of comments.
    """

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self.pages = PageCache(ink.text, ink.selection)
        self._kept: dict[BodyKey, QPixmap] = {}
        self._bytes = 0

    def pixmap(self, look: Look, scale: float, ratio: float, details: bool) -> QPixmap:
        """The picture of a look; the box's corner lies BLEED units inside it."""
        key = BodyKey(look, scale, ratio, details)
        pixmap = self._kept.get(key)
        if pixmap is None:
            pixmap = self._kept[key] = self._render(look, scale, ratio, details)
            self._bytes += pixmap.width() * pixmap.height() * 4
            if self._bytes > _BUDGET:
                self._kept, self._bytes = {key: pixmap}, pixmap.width() * pixmap.height() * 4
        return pixmap

    def _render(self, look: Look, scale: float, ratio: float, details: bool) -> QPixmap:
        density = scale * ratio
        wide, high = (look.width + 2 * m.BLEED) * density, (look.height + 2 * m.BLEED) * density
        pixmap = QPixmap(math.ceil(wide) + 1, math.ceil(high) + 1)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(density, density)
            painter.translate(m.BLEED, m.BLEED)
            draw_body(painter, look, self._ink, details)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def draw_body(painter: QPainter, look: Look, ink: Ink, details: bool = True) -> None:
    """Draw a node without its own words; the origin is the box's corner. A muted one is pale and shows its way."""
    if look.muted:
        painter.setOpacity(MUTED * painter.opacity())
    shelf = look.shelf
    _box(painter, look, ink)
    if look.sheets:
        draw_toggle(painter, QPointF(look.width - m.MARGIN - 1, m.HEADER / 2), ink.dim, closed=True)
    if look.frozen:
        draw_flake(painter, QPointF(look.width - m.MARGIN - 2, m.HEADER / 2), ink.text)
    if look.glyph:
        _glyph(painter, look, ink)
    if look.muted:
        painter.setOpacity(painter.opacity() / MUTED)
        _way(painter, look, ink)
    if details:
        _words(painter, look, ink)
    for spots, x in ((look.inputs, 0.0), (look.outputs, look.width)):
        for spot in spots:
            draw_port(painter, QPointF(x, spot.y), spot.mark, ink.shelf[shelf], ink)


def _box(painter: QPainter, look: Look, ink: Ink) -> None:
    """The sheet with its header and the bar in its colour."""
    shelf = look.shelf
    bar, header, body = ink.shelf[shelf], ink.header[shelf], ink.body
    if look.tag:
        bar, header, body = ink.tag[look.tag], ink.tag_header[look.tag], ink.tag_body[look.tag]
    box = QRectF(0, 0, look.width, look.height)
    if look.sheets:
        _sheets(painter, box, bar, ink)
    painter.setPen(_NO_PEN)
    if ink.shadow is not None:
        painter.setBrush(ink.shadow)
        painter.drawRoundedRect(box.translated(0, 1.5).adjusted(-0.5, 0, 0.5, 1), m.RADIUS, m.RADIUS)
    dashed = (look.category is None and not look.sheets) or look.muted
    edge = blend(bar, ink.edge, 0.5) if look.tag else ink.edge
    painter.setPen(QPen(edge, 1.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    painter.setBrush(body)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), m.RADIUS - 0.5, m.RADIUS - 0.5)
    painter.setPen(_NO_PEN)
    painter.setBrush(header)
    painter.drawPath(_header(look.width))
    painter.setBrush(bar)
    painter.drawRoundedRect(QRectF(-1, 5, 3.5, m.HEADER - 10), 1.5, 1.5)


def _sheets(painter: QPainter, box: QRectF, bar: QColor, ink: Ink) -> None:
    """Two more sheets under a closed group: there is something in it."""
    painter.setPen(QPen(blend(bar, ink.edge, 0.35), 1.0))
    for i in (2, 1):
        painter.setBrush(blend(ink.body, ink.canvas, 0.4 + 0.2 * (2 - i)))
        inset = 5.0 * i
        sheet = box.adjusted(inset + 0.5, box.height() / 2, -inset - 0.5, m.SHEET * i - 0.5)
        painter.drawRoundedRect(sheet, m.RADIUS - 1.5, m.RADIUS - 1.5)


def draw_toggle(painter: QPainter, at: QPointF, color: QColor, *, closed: bool) -> None:
    """The mark in a group's header that opens it (pointing right) or closes it (pointing down)."""
    path = QPainterPath()
    if closed:
        path.moveTo(at + QPointF(-2.2, -4))
        path.lineTo(at + QPointF(2.2, 0))
        path.lineTo(at + QPointF(-2.2, 4))
    else:
        path.moveTo(at + QPointF(-4, -2.2))
        path.lineTo(at + QPointF(0, 2.2))
        path.lineTo(at + QPointF(4, -2.2))
    painter.setPen(QPen(color, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def draw_flake(painter: QPainter, at: QPointF, color: QColor, radius: float = 5.2) -> None:
    """The mark of a frozen node: a flake of snow."""
    painter.setPen(QPen(color, 1.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for turn in range(6):
        angle = math.pi * (turn / 3 + 1 / 6)
        painter.drawLine(at, at + _toward(angle, radius))
        for side in (-0.6, 0.6):
            fork = at + _toward(angle, 0.55 * radius)
            painter.drawLine(fork, fork + _toward(angle + side, 0.36 * radius))


def _toward(angle: float, length: float) -> QPointF:
    return QPointF(length * math.cos(angle), length * math.sin(angle))


def _way(painter: QPainter, look: Look, ink: Ink) -> None:
    """The way through a muted node."""
    if look.way is None:
        return
    start, end = look.way
    path = QPainterPath(QPointF(0, start.y))
    path.cubicTo(look.width / 2, start.y, look.width / 2, end.y, look.width, end.y)
    painter.setPen(QPen(ink.shelf[look.shelf], m.WIRE, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


@lru_cache(maxsize=64)
def _header(width: float) -> QPainterPath:
    """The header inside the outline: rounded above, straight below."""
    r, path = m.RADIUS - 1, QPainterPath()
    path.moveTo(1, m.HEADER)
    path.lineTo(1, 1 + r)
    path.arcTo(QRectF(1, 1, 2 * r, 2 * r), 180, -90)
    path.lineTo(width - 1 - r, 1)
    path.arcTo(QRectF(width - 1 - 2 * r, 1, 2 * r, 2 * r), 90, -90)
    path.lineTo(width - 1, m.HEADER)
    path.closeSubpath()
    return path


def _glyph(painter: QPainter, look: Look, ink: Ink) -> None:
    left, wide = m.MARGIN + 6, look.width - 2 * (m.MARGIN + 6)
    top, high = m.GLYPH_TOP + 3, m.GLYPH_HEIGHT
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink.edge, 1.0))
    painter.drawLine(QPointF(left + wide / 2, top), QPointF(left + wide / 2, top + high))
    pen = QPen(ink.shelf[look.shelf], 1.8)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPath(_curve(look))


@lru_cache(maxsize=128)
def _curve(look: Look) -> QPainterPath:
    """The activation curve of a look."""
    left, wide, top = m.MARGIN + 6, look.width - 2 * (m.MARGIN + 6), m.GLYPH_TOP + 3
    points = [QPointF(left + x * wide, top + y * m.GLYPH_HEIGHT) for x, y in look.glyph]
    path = QPainterPath(points[0])
    for at in points[1:]:
        path.lineTo(at)
    return path


def _words(painter: QPainter, look: Look, ink: Ink) -> None:
    f = fonts()
    if look.hint:
        painter.setPen(ink.hint)
        painter.setFont(f.hint)
        wide = f.hint_width.horizontalAdvance(look.hint)
        right = look.width - m.MARGIN - (m.TOGGLE - 4 if look.sheets else FROST - 5 if look.frozen else -2)
        painter.drawText(QPointF(right - wide, 18.5), look.hint)
    painter.setPen(ink.dim)
    painter.setFont(f.port)
    for spot in look.inputs:
        painter.drawText(QPointF(m.MARGIN - 1, spot.y + 3.5), spot.label)
    for spot in look.outputs:
        wide = f.port_width.horizontalAdvance(spot.label)
        painter.drawText(QPointF(look.width - m.MARGIN + 1 - wide, spot.y + 3.5), spot.label)


def draw_port(painter: QPainter, at: QPointF, mark: Mark, color: QColor, ink: Ink, grow: float = 0.0) -> None:
    """Draw one port."""
    r = m.PORT + grow
    painter.setPen(QPen(ink.canvas, 1.6))
    painter.setBrush(color)
    if mark is Mark.SQUARE:
        painter.drawRoundedRect(QRectF(at.x() - r + 0.8, at.y() - r + 0.8, 2 * r - 1.6, 2 * r - 1.6), 2, 2)
    elif mark is Mark.PILL:
        painter.drawRoundedRect(QRectF(at.x() - r, at.y() - r - 3, 2 * r, 2 * r + 6), r, r)
    else:
        painter.drawEllipse(at, r, r)
    if mark is Mark.RING:
        painter.setPen(_NO_PEN)
        painter.setBrush(ink.body)
        painter.drawEllipse(at, r - 2.9, r - 2.9)


def draw_ring(painter: QPainter, box: QRectF, color: QColor, width: float, away: float) -> None:
    """An outline around a node's box, so far away from it."""
    painter.setPen(QPen(color, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    gap = away + width / 2
    painter.drawRoundedRect(box.adjusted(-gap, -gap, gap, gap), m.RADIUS + gap, m.RADIUS + gap)


def draw_badge(painter: QPainter, at: QPointF, ink: Ink, mild: bool = False) -> None:
    """The mark of a node with a problem, centred at a point: a disc with an exclamation mark; mild: hollow."""
    disc, sign = (ink.body, ink.warning) if mild else (ink.warning, ink.canvas)
    painter.setPen(QPen(ink.canvas, 2.0))
    painter.setBrush(disc)
    painter.drawEllipse(at, 8.5, 8.5)
    if mild:
        painter.setPen(QPen(ink.warning, 1.3))
        painter.drawEllipse(at, 7.2, 7.2)
    painter.setPen(_NO_PEN)
    painter.setBrush(sign)
    painter.drawRoundedRect(QRectF(at.x() - 1.1, at.y() - 4.6, 2.2, 5.6), 1.1, 1.1)
    painter.drawEllipse(QPointF(at.x(), at.y() + 3.4), 1.25, 1.25)
