"""What lies over the canvas for a moment: rubber band, refusal bubble, ghost of a dragged gate, the empty state."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from gradstudio.ui.canvas.ink import Ink, faded
from gradstudio.ui.theme import ui_font

_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
_PAD = 10.0
_WIDEST = 300.0


def draw_band(painter: QPainter, rect: QRectF, ink: Ink, *, whole: bool = False) -> None:
    """A rubber band: of broken lines where touching is enough, of whole ones where nodes have to lie in it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(ink.selection, 1.0, Qt.PenStyle.SolidLine if whole else Qt.PenStyle.DashLine))
    painter.setBrush(faded(ink.selection, 0.12))
    painter.drawRect(rect)


def bubble_rect(text: str, at: QPointF, view: QSizeF) -> QRectF:
    """Where a bubble beside the cursor goes: right below it, moved to stay inside the view."""
    room = QRectF(0, 0, _WIDEST, 400)
    words = QFontMetricsF(ui_font(12)).boundingRect(room, int(_WRAP), text)
    rect = QRectF(at.x() + 16, at.y() + 18, words.width() + 2 * _PAD + 14, words.height() + 2 * _PAD - 4)
    if rect.right() > view.width() - 8:
        rect.moveRight(max(at.x() - 12, rect.width() + 8))
    if rect.bottom() > view.height() - 8:
        rect.moveBottom(at.y() - 12)
    return rect


def chip_rect(text: str, at: QPointF, view: QSizeF) -> QRectF:
    """Where a few words beside the cursor go."""
    rect = QRectF(at.x() + 16, at.y() + 16, QFontMetricsF(ui_font(12)).horizontalAdvance(text) + 18, 24)
    if rect.right() > view.width() - 8:
        rect.moveRight(at.x() - 12)
    if rect.bottom() > view.height() - 8:
        rect.moveBottom(at.y() - 12)
    return rect


def draw_chip(painter: QPainter, text: str, rect: QRectF, ink: Ink) -> None:
    """A few words about what will be done."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.edge, 1.0))
    painter.setBrush(ink.field)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    painter.setFont(ui_font(12))
    painter.setPen(ink.text)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)


def draw_bubble(painter: QPainter, text: str, rect: QRectF, ink: Ink) -> None:
    """A bubble that says why something is refused."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.error, 1.2))
    painter.setBrush(ink.field)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
    centre = QPointF(rect.left() + _PAD + 3, rect.top() + _PAD + 5)
    painter.setPen(QPen(ink.error, 1.6))
    painter.drawEllipse(centre, 5, 5)
    painter.drawLine(centre + QPointF(-3.4, -3.4), centre + QPointF(3.4, 3.4))
    painter.setFont(ui_font(12))
    painter.setPen(ink.text)
    painter.drawText(rect.adjusted(_PAD + 15, _PAD - 3, -_PAD + 4, 4), int(_WRAP), text)


def draw_empty(painter: QPainter, view: QSizeF, ink: Ink) -> None:
    """What to do with an empty canvas."""
    say = QCoreApplication.translate
    title = say("Canvas", "Drag a gate here from the palette")
    lines = (
        say("Canvas", "Wire gates by dragging from a port on the right of one to a port on the left of another"),
        say("Canvas", "Tab or a double click searches for a gate: dense 100, x = -2"),
        say("Canvas", "Wheel zooms · Space or middle button pans · F shows everything"),
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(view.width() / 2, view.height() / 2)
    box = QRectF(middle.x() - 44, middle.y() - 104, 88, 52)
    painter.setPen(QPen(ink.faint, 1.4, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 9, 9)
    painter.setPen(QPen(ink.faint, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    centre = box.center()
    painter.drawLine(centre - QPointF(8, 0), centre + QPointF(8, 0))
    painter.drawLine(centre - QPointF(0, 8), centre + QPointF(0, 8))
    _centred(painter, title, middle.y() - 34, view, 16, bold=True, ink=ink)
    for i, line in enumerate(lines):
        _centred(painter, line, middle.y() + 4 + 24 * i, view, 13, bold=False, ink=ink)


def _centred(painter: QPainter, text: str, top: float, view: QSizeF, size: int, *, bold: bool, ink: Ink) -> None:
    font = ui_font(size, bold=bold)
    painter.setFont(font)
    painter.setPen(ink.text if bold else ink.faint)
    elided = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, view.width() - 32)
    painter.drawText(QRectF(0, top, view.width(), 26), int(Qt.AlignmentFlag.AlignCenter), elided)


def draw_focus(painter: QPainter, view: QSizeF, ink: Ink) -> None:
    """The frame of a canvas that got the focus by keyboard."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(ink.selection, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(1, 1, view.width() - 2, view.height() - 2))
