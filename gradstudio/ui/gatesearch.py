"""The search palette: type a gate (and values for it) where it is wanted on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLabel, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gradstudio.engine.gate import Gate, shape_text
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.adding import Chosen, filter_of, opening_point, place, shape_of
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.offers import Offer, offers, types
from gradstudio.ui.quickpick import PickList, item_of
from gradstudio.ui.theme import Theme, mono_font, ui_font

_ROWS = 8
_TILE, _TEXT = 30, 54
_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_DATA = int(Qt.ItemDataRole.UserRole)


class GateSearch(PickList):
    """Offers gates for one place of the canvas; Enter adds the chosen one there and wires it, Shift+Enter only adds it.

    Attributes:
        wanted: what it is for.
    """

    width_, row_height, most_rows = 470, 46, _ROWS

    def __init__(self, canvas: CanvasView, wanted: Wanted, recent: Sequence[str]) -> None:
        self.wanted = wanted
        self._canvas = canvas
        self._recent = tuple(recent)
        self._document = canvas.studio.document
        self._fits = filter_of(self._document, wanted)
        super().__init__(canvas, _hint(canvas, wanted))
        self.list.setItemDelegate(_Rows(canvas.studio.theme, self))
        self._foot = QLabel()
        self._foot.setProperty("role", "faint")
        self._foot.setContentsMargins(6, 2, 6, 0)
        font = ui_font(12)
        self._foot.setFont(font)
        self.box.addWidget(self._foot)
        self.closed.connect(canvas.wanted_no_more)
        self._search("")

    def open_there(self) -> None:
        """Show it where the gate is wanted."""
        at = self._canvas.to_view(opening_point(self._canvas, self.wanted)).toPoint()
        inside = self._canvas.rect().adjusted(8, 8, -8, -8)
        at.setX(min(max(at.x(), inside.left()), inside.right()))
        at.setY(min(max(at.y(), inside.top()), inside.bottom()))
        self.open_at(self._canvas.mapToGlobal(at))

    def items(self, query: str) -> list[QListWidgetItem]:
        """The gates that answer and fit."""
        found = offers(self._document, query, self._recent, self._fits)
        self._foot.setText(self._words(found, query))
        return [_item(offer) for offer in found]

    def choose(self, data: object) -> None:
        """Add it; what can't be made stays to be corrected."""
        assert isinstance(data, Offer)
        if data.filled.problem:
            return
        wired = not self.keys & Qt.KeyboardModifier.ShiftModifier
        self.close()
        place(self._canvas, self.wanted, data.chosen, wired=wired)

    def complete(self) -> None:
        """Write the title of the current gate, for values to be typed behind it."""
        item = self.list.currentItem()
        if item is not None:
            offer: Offer = item.data(_DATA)
            name = f"{offer.filled.name} = " if offer.filled.name else ""
            self.field.setText(f"{name}{offer.gate.title} ")

    def shape(self, offer: Offer) -> str:
        """The shape its output would have where it is wanted, in words; nothing where that isn't known."""
        found = None if offer.filled.problem else shape_of(self._document, self.wanted, offer.chosen)
        return "" if found is None else shape_text(found)

    def _words(self, found: Sequence[Offer], query: str) -> str:
        if not found and self.wanted.picky:
            return self.tr("No gate that fits here answers to “{}”.").format(query)
        if not found:
            return self.tr("No gate answers to “{}”.").format(query)
        if not query.strip():
            return self.tr("Type a gate and its values: dense 100, conv 8 3 same, x = -2")
        if self.wanted.picky or self.wanted.near:
            return self.tr("↵ add and wire   ·   ⇧↵ add without wires   ·   ⇥ complete")
        return self.tr("↵ add   ·   ⇥ complete")


def _hint(canvas: CanvasView, wanted: Wanted) -> str:
    """What the empty field says."""
    nodes = canvas.studio.document.nodes
    if wanted.wire is not None:
        wire = canvas.studio.document.wires[wanted.wire]
        return canvas.tr("Insert between {} and {}").format(nodes[wire.source].name, nodes[wire.target].name)
    if wanted.ends:
        end = wanted.ends[0]
        words = canvas.tr("What takes {}?") if end.is_output else canvas.tr("What feeds {}?")
        return words.format(f"{nodes[end.node].name}.{end.port}")
    if wanted.near:
        names = ", ".join(nodes[i].name for i in wanted.near[:3])
        return canvas.tr("Add a gate, wired to {}").format(names + (" …" if len(wanted.near) > 3 else ""))
    return canvas.tr("Add a gate")


def _item(offer: Offer) -> QListWidgetItem:
    item = item_of(offer.title, offer.gate.rule or offer.gate.help, offer)
    said = f"{offer.title}, {types(offer.gate)}. {offer.filled.problem or offer.gate.help}"
    item.setData(int(Qt.ItemDataRole.AccessibleTextRole), said)
    return item


class _Rows(QStyledItemDelegate):
    """A gate: symbol, title with what was typed for it, types at the right, a line about it below."""

    def __init__(self, theme: Theme, owner: GateSearch) -> None:
        super().__init__(owner.list)
        self._theme = theme
        self._owner = owner

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are equally high."""
        return QSize(self._owner.width_ - 24, self._owner.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        offer: Offer = index.data(_DATA)
        rect = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selection_fill"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 6, 6)
        tile = QRectF(rect.left() + 10, rect.center().y() - _TILE / 2 + 1, _TILE, _TILE)
        draw_tile(painter, tile, offer.gate, self._theme)
        upper = QRect(rect.left() + _TEXT, rect.top() + 5, rect.width() - _TEXT - 12, 19)
        self._title(painter, upper, offer, chosen)
        self._line(painter, upper.translated(0, 18), offer, chosen)
        painter.restore()

    def _title(self, painter: QPainter, rect: QRect, offer: Offer, chosen: bool) -> None:
        shape = self._owner.shape(offer)
        aside = types(offer.gate) + (f"   {shape}" if shape else "")
        painter.setFont(mono_font(11))
        painter.setPen(row_color(self._theme, "text_dim", chosen=chosen))
        painter.drawText(rect, int(_RIGHT), aside)
        rect = rect.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(aside) - 14, 0)
        painter.setFont(ui_font(13, bold=True))
        painter.setPen(self._theme.color("text"))
        title = _elided(painter.fontMetrics(), offer.title, rect.width())
        painter.drawText(rect, int(_LEFT), title)
        left = rect.left() + painter.fontMetrics().horizontalAdvance(title) + 10
        painter.setFont(mono_font(12))
        painter.setPen(row_color(self._theme, "value", chosen=chosen))
        shown = _elided(painter.fontMetrics(), offer.filled.shown, rect.right() - left)
        painter.drawText(QRect(left, rect.top(), max(0, rect.right() - left), rect.height()), int(_LEFT), shown)

    def _line(self, painter: QPainter, rect: QRect, offer: Offer, chosen: bool) -> None:
        painter.setFont(ui_font(12))
        painter.setPen(row_color(self._theme, "error" if offer.filled.problem else "text_dim", chosen=chosen))
        words = offer.filled.problem or offer.gate.help
        painter.drawText(rect, int(_LEFT), _elided(painter.fontMetrics(), words, rect.width()))


def row_color(theme: Theme, name: str, *, chosen: bool) -> QColor:
    """A colour of words in a row; stronger on the ground of the chosen one."""
    return theme.mix(name, "text", 0.65) if chosen else theme.color(name)


def draw_tile(painter: QPainter, box: QRectF, gate: type[Gate], theme: Theme) -> None:
    """A tile in the colour of the gate's category, with its symbol, its curve, or its first letter."""
    color = theme.shelf(gate.category)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.shelf(gate.category, 0.2 if theme.is_dark else 0.12))
    painter.drawRoundedRect(box, 6, 6)
    curve = _curve(gate)
    if curve:
        painter.setPen(QPen(color, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_path(curve, box.adjusted(6, 8, -6, -8)))
        return
    short = gate.symbol if 0 < len(gate.symbol) <= 4 else gate.title[:1]
    painter.setPen(color)
    painter.setFont(ui_font({1: 16, 2: 13}.get(len(short), 11), bold=True))
    painter.drawText(box, int(_CENTRE), short)


def _curve(gate: type[Gate]) -> Sequence[tuple[float, float]]:
    return Chosen(gate.id).face().look.glyph


def _path(curve: Sequence[tuple[float, float]], box: QRectF) -> QPainterPath:
    points = [QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in curve]
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    return path


def _elided(metrics: QFontMetrics, text: str, width: int) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
