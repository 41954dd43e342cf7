"""Sheets behind everything: frames, groups opened in place, comments."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.areas import Area, Kind
from gradstudio.ui.canvas.bodies import draw_ring, draw_toggle
from gradstudio.ui.canvas.face import elided
from gradstudio.ui.canvas.ink import Ink, blend, faded, fonts
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.scene import Scene

_LEAST_TITLE = 11.0
"""Titles are never written smaller than so many pixels on the screen,"""
_MOST_TITLE = 0.6
"""as long as they take no more than this share of their sheet's height."""
_FITS = 21.0
"""A larger title doesn't fit into the title bar: it is written above it."""
_LEGIBLE = 0.4
"""Below this scale the words of a comment are lines."""


def paint_areas(frame: Frame) -> None:
    """All sheets that touch the area, from the lowest to the uppermost."""
    areas = frame.areas_here()
    if not areas:
        return
    painter = frame.in_scene()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for area in areas:
        if area.kind is Kind.COMMENT:
            _comment(frame, painter, area)
        else:
            _sheet(frame, painter, area)
        _marked(frame, painter, area)


def paint_sheets(painter: QPainter, scene: Scene, ink: Ink) -> None:
    """All sheets as plain rectangles, for the small map."""
    for area in scene.areas.all():
        color = ink.tag[area.color] if area.color else ink.dim
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(color, 0.45 if area.kind is Kind.COMMENT else 0.16))
        painter.drawRect(area.rect)


def _sheet(frame: Frame, painter: QPainter, area: Area) -> None:
    """A frame or an opened group: tinted, with its title."""
    ink, group = frame.ink, area.kind is Kind.GROUP
    color = ink.tag[area.color] if area.color else ink.dim
    strength = 1.0 if area.color else 0.6
    painter.setPen(QPen(faded(color, (0.6 if group else 0.4) * strength), 1.4 if group else 1.0))
    painter.setBrush(faded(color, (0.075 if ink.theme.is_dark else 0.06) * strength))
    painter.drawRoundedRect(area.rect, m.AREA_RADIUS, m.AREA_RADIUS)
    if group:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(color, 0.14 * strength))
        painter.drawPath(_header(area.rect))
        at = QPointF(area.rect.right() - m.MARGIN - 1, area.rect.top() + m.AREA_HEADER / 2)
        if frame.scale >= m.TITLES:
            draw_toggle(painter, at, ink.dim, closed=False)
    title = blend(color, ink.text, 0.25) if area.color else ink.text if group else ink.dim
    _title(frame, painter, area, title)


def _header(rect: QRectF) -> QPainterPath:
    """The title bar: rounded above, straight below."""
    path, r = QPainterPath(), m.AREA_RADIUS
    left, top, right = rect.left() + 0.7, rect.top() + 0.7, rect.right() - 0.7
    path.moveTo(left, top + m.AREA_HEADER)
    path.lineTo(left, top + r)
    path.arcTo(QRectF(left, top, 2 * r, 2 * r), 180, -90)
    path.lineTo(right - r, top)
    path.arcTo(QRectF(right - 2 * r, top, 2 * r, 2 * r), 90, -90)
    path.lineTo(right, top + m.AREA_HEADER)
    path.closeSubpath()
    return path


def _title(frame: Frame, painter: QPainter, area: Area, color: QColor) -> None:
    """The title; from afar above its sheet, and larger than that is drawn, so that it can still be read."""
    font = fonts().title
    size = font.pixelSize()
    factor = max(1.0, min(_LEAST_TITLE / (size * frame.scale), _MOST_TITLE * area.rect.height() / size))
    room = (area.rect.width() - 2 * m.MARGIN) / factor - (m.TOGGLE if area.kind is Kind.GROUP and factor == 1 else 0.0)
    text = elided(area.text, fonts().title_width, room)
    if not text or room < size:
        return
    painter.save()
    inside = factor * size <= _FITS
    at = QPointF(m.MARGIN, 14.0 + 4.7 * factor) if inside else QPointF(0.0, -4.0 * factor)
    painter.translate(area.rect.topLeft() + at)
    painter.scale(factor, factor)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(QPointF(0, 0), text)
    painter.restore()


def _comment(frame: Frame, painter: QPainter, area: Area) -> None:
    """A card with words."""
    ink, rect = frame.ink, area.rect
    body, edge = blend(ink.field, ink.canvas, 0.55), ink.edge
    if area.color:
        strength = 0.16 if ink.theme.is_dark else 0.1
        body, edge = blend(ink.tag[area.color], ink.canvas, strength), blend(ink.tag[area.color], ink.canvas, 0.45)
    painter.setPen(QPen(edge, 1.0))
    painter.setBrush(body)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    if not area.text or frame.scale < m.OVERVIEW:
        return
    if frame.scale < _LEGIBLE:
        _lines(frame, painter, area)
    else:
        _words(frame, area)
    _more(frame, area, body)


def _words(frame: Frame, area: Area) -> None:
    """The words themselves: as a picture made once, or directly where that would be large."""
    pages, rect = frame.bodies.pages, area.rect
    direct = frame.vector or frame.scale * frame.ratio > m.PIXMAP_LIMIT
    picture = None if direct else pages.picture(area.text, rect.size(), frame.scale, frame.ratio)
    if picture is None:
        pages.draw(frame.in_scene(), area.text, rect)
    else:
        frame.in_view().drawPixmap(frame.camera.to_view(rect.topLeft()), picture)
        frame.in_scene()


def _lines(frame: Frame, painter: QPainter, area: Area) -> None:
    """Words too small to be read."""
    page = frame.bodies.pages.page(area.text, area.rect.width())
    high = min(page.size().height(), area.rect.height() - 20)
    painter.setPen(QPen(faded(frame.ink.dim, 0.45), 4.0))
    y = area.rect.top() + 20
    while y < area.rect.top() + high + 8:
        painter.drawLine(QPointF(area.rect.left() + 12, y), QPointF(area.rect.right() - 16, y))
        y += 17


def _more(frame: Frame, area: Area, body: QColor) -> None:
    """Dots where there are more words than have room."""
    rect = area.rect
    if frame.bodies.pages.height(area.text, rect.width()) <= rect.height() + 6:
        return
    painter = frame.in_scene()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(body)
    painter.drawRoundedRect(QRectF(rect.right() - 34, rect.bottom() - 17, 28, 13), 6, 6)
    painter.setBrush(frame.ink.dim)
    for i in range(3):
        painter.drawEllipse(QPointF(rect.right() - 26 + 6 * i, rect.bottom() - 10.5), 1.5, 1.5)


def _marked(frame: Frame, painter: QPainter, area: Area) -> None:
    """Rings around what is selected, and what the mouse is over."""
    width = 2.0 / min(max(frame.scale, 0.2), 1.0)
    if area.id in frame.marks.areas:
        draw_ring(painter, area.rect, frame.ink.selection, width, 0.5)
    elif frame.marks.hover.area == area.id:
        draw_ring(painter, area.rect, frame.ink.edge_hover, width * 0.6, 0.0)
