"""How a row of the palette looks, and the picture of a node under the cursor while it is dragged."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gradstudio.engine.gate import Gate
from gradstudio.ui.blocks import Block
from gradstudio.ui.canvas.ink import faded
from gradstudio.ui.shelves import Heading, More, Row
from gradstudio.ui.theme import Theme, ui_font

ROW, GAP = 24, 7
"""Height of a row, and room above a heading."""
LEFT, CHIP_WIDTH, CHIP_HEIGHT, TEXT, RIGHT = 12, 7, 14, 28, 14
_CENTRE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_CENTRE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_ROW = int(Qt.ItemDataRole.UserRole)


class PaletteDelegate(QStyledItemDelegate):
    """Paints shelf headings, and gates with their category's colour and symbol."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Headings keep a distance from the shelf above."""
        return QSize(120, ROW + _gap(index))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        row: Row = index.data(_ROW)
        rect, state = QRect(option.rect).adjusted(0, _gap(index), 0, 0), option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, rect, state)
        match row:
            case Heading():
                self._heading(painter, rect, row)
            case More():
                self._more(painter, rect, row)
            case Block():
                self._block(painter, rect, row)
            case _:
                self._gate(painter, rect, row)
        painter.restore()

    def _heading(self, painter: QPainter, rect: QRect, heading: Heading) -> None:
        """An angle that points right or down, the name of the shelf, how many gates it hides."""
        faint = self.theme.color("text_faint")
        self._angle(painter, QPointF(LEFT + CHIP_WIDTH / 2, rect.center().y() + 1), heading.folded)
        font = ui_font(11, bold=True)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.4)
        count = str(heading.count) if heading.folded else ""
        self._words(painter, rect, heading.title.upper(), font, faint, count)

    def _more(self, painter: QPainter, rect: QRect, more: More) -> None:
        dim = self.theme.color("text_dim")
        self._words(painter, rect, more.title, ui_font(12), dim, "" if more.opened else str(more.count))

    def _words(self, painter: QPainter, rect: QRect, text: str, font: QFont, color: QColor, count: str) -> None:
        """A text with a number at its right, shortened where there is little room."""
        room = rect.adjusted(TEXT, 0, -RIGHT, 0)
        painter.setPen(color)
        painter.setFont(ui_font(11))
        painter.drawText(room, int(_CENTRE_RIGHT), count)
        room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(count))
        painter.setFont(font)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(_CENTRE_LEFT), shown)

    def _angle(self, painter: QPainter, at: QPointF, folded: bool) -> None:
        """An angle that points to the right where there is something folded, else down."""
        painter.setPen(QPen(self.theme.color("text_faint"), 1.4, c=Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        offsets = ((-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5)) if folded else ((-3.5, -1.5), (0.0, 2.0), (3.5, -1.5))
        painter.drawPolyline([at + QPointF(*offset) for offset in offsets])

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        color = None
        if state & QStyle.StateFlag.State_Selected:
            color = self.theme.color("selection_fill", 1.0 if focused else 0.55)
        elif state & QStyle.StateFlag.State_MouseOver:
            color = self.theme.color("hover")
        if color is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(rect).adjusted(7, 1, -7, -1), 5, 5)

    def _block(self, painter: QPainter, rect: QRect, block: Block) -> None:
        """Two sheets on each other, and the name."""
        top = rect.center().y() + 1 - CHIP_HEIGHT / 2
        painter.setPen(QPen(self.theme.color("text_dim"), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(LEFT + 2.5, top + 3.5, CHIP_WIDTH - 1, CHIP_HEIGHT - 5), 1.5, 1.5)
        painter.setBrush(self.theme.color("text_dim"))
        painter.drawRoundedRect(QRectF(LEFT - 0.5, top + 0.5, CHIP_WIDTH - 1, CHIP_HEIGHT - 5), 1.5, 1.5)
        self._words(painter, rect, block.title, ui_font(13), self.theme.color("text"), "")

    def _gate(self, painter: QPainter, rect: QRect, gate: type[Gate]) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.shelf(gate.category))
        top = rect.center().y() + 1 - CHIP_HEIGHT / 2
        painter.drawRoundedRect(QRectF(LEFT, top, CHIP_WIDTH, CHIP_HEIGHT), 2, 2)
        painter.setFont(ui_font(13))
        painter.setPen(self.theme.color("text"))
        words = rect.adjusted(TEXT, 0, -4, 0)
        symbol = bool(gate.symbol) and gate.symbol.casefold() != gate.title.casefold()
        room = words.width() - (26 if symbol else 0)
        title = painter.fontMetrics().elidedText(gate.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, int(_CENTRE_LEFT), title)
        if symbol:
            after = words.adjusted(painter.fontMetrics().horizontalAdvance(title) + 9, 0, 0, 0)
            painter.setPen(self.theme.color("text_dim"))
            painter.drawText(after, int(_CENTRE_LEFT), gate.symbol)


def _gap(index: QModelIndex | QPersistentModelIndex) -> int:
    """The room above a row."""
    return GAP if index.row() and isinstance(index.data(_ROW), Heading) else 0


def node_picture(gate: type[Gate] | Block, theme: Theme, scale: float = 1.0) -> QPixmap:
    """A node of this gate (or a block) as it looks on the canvas at 100 %, a little transparent."""
    color = theme.color("text_dim") if isinstance(gate, Block) else theme.shelf(gate.category)
    font = ui_font(13, bold=True)
    width = max(96.0, QFontMetricsF(font).horizontalAdvance(gate.title) + 36)
    height = 56.0
    picture = QPixmap(round(width * scale), round(height * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.92)
        box = QRectF(0.5, 0.5, width - 1, height - 1)
        outline = QPainterPath()
        outline.addRoundedRect(box, 7, 7)
        painter.fillPath(outline, theme.color("node_body"))
        painter.setClipPath(outline)
        painter.fillRect(QRectF(0, 0, width, 24), faded(color, 0.24))
        painter.fillRect(QRectF(0, 0, 4, 24), color)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(theme.selection), 1.4))
        painter.drawPath(outline)
        painter.setFont(font)
        painter.setPen(theme.color("node_text"))
        painter.drawText(QRectF(13, 0, width - 20, 25), int(_CENTRE_LEFT), gate.title)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(width - 6, 40), 4, 4)
    return picture
