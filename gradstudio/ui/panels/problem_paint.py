"""How a row of the list of problems is drawn: the mark the node has on the canvas, and the sentence."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gradstudio.ui.canvas.bodies import draw_badge
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.theme import Theme, ui_font

ROW = 30
_LEFT = 34


class ProblemDelegate(QStyledItemDelegate):
    """Mark and sentence; what there is no room for is in the tooltip."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.dress(theme)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme, self._ink = theme, Ink(theme)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        rect, theme = QRect(option.rect), self._theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection_fill" if chosen else "hover"))
            painter.drawRoundedRect(QRectF(rect).adjusted(4, 1, -4, -1), 5, 5)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("selection"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(4.5, 1.5, -4.5, -1.5), 5, 5)
        mild = bool(index.data(Qt.ItemDataRole.UserRole))
        draw_badge(painter, QPointF(rect.left() + 20, rect.center().y() + 0.5), self._ink, mild)
        words = rect.adjusted(_LEFT, 0, -12, 0)
        painter.setFont(ui_font(13))
        painter.setPen(theme.color("text"))
        shown = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.restore()
