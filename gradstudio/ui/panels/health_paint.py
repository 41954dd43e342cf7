"""How a finding is drawn: its light, illness and place, the number at the right, and the sentence below."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gradstudio.insight.health import Ailment, Light
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.layers.lights import draw_light
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.theme import Theme, mono_font, ui_font

_LEFT, _TOP, _RIGHT, _LINE = 38, 7, 12, 18
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class AilmentDelegate(QStyledItemDelegate):
    """A row as high as its sentence needs."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self.dress(theme)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme, self._ink = theme, Ink(theme)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Heading and wrapped sentence."""
        width = max(120, self._view.viewport().width())
        found = index.data(Qt.ItemDataRole.UserRole)
        room = QRect(0, 0, width - _LEFT - _RIGHT, 1000)
        words = QFontMetrics(ui_font(12)).boundingRect(room, _WRAP, found.sentence)
        return QSize(width, 2 * _TOP + _LINE + words.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        rect, theme = QRect(option.rect), self._theme
        found: Ailment = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, rect, option.state)
        light = Light.SERIOUS if found.serious else Light.ILL
        draw_light(painter, QPointF(rect.left() + 22, rect.top() + _TOP + 9), light, self._ink)
        line = QRect(rect.left() + _LEFT, rect.top() + _TOP, rect.width() - _LEFT - _RIGHT, _LINE)
        painter.setFont(mono_font(12))
        painter.setPen(theme.color("text_dim"))
        wide = painter.fontMetrics().horizontalAdvance(found.number)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), found.number)
        painter.setFont(ui_font(13, bold=True))
        painter.setPen(theme.color("text"))
        heading = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, max(20, line.width() - wide - 12)
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), heading)
        painter.setFont(ui_font(12))
        painter.setPen(theme.color("text_dim"))
        painter.drawText(line.translated(0, _LINE).adjusted(0, 0, 0, 1000), _WRAP, found.sentence)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        theme = self._theme
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection_fill" if chosen else "hover"))
            painter.drawRoundedRect(QRectF(rect).adjusted(4, 1, -4, -1), 5, 5)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("selection"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(4.5, 1.5, -4.5, -1.5), 5, 5)
