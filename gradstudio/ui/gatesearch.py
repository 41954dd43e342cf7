"""The search palette: type a gate (and values for it), or a whole network, where it is wanted on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLabel, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gradstudio.document.shorthand import looks_like
from gradstudio.engine.gate import Category, Gate, shape_text
from gradstudio.ui.blocks import Block, Blocks
from gradstudio.ui.canvas import CanvasView, sketch
from gradstudio.ui.canvas.adding import Chosen, filter_of, opening_point, place, shape_of
from gradstudio.ui.canvas.sketch import Sketch
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.fuzzy import score_words
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

    def __init__(self, canvas: CanvasView, wanted: Wanted, recent: Sequence[str], blocks: Blocks | None = None) -> None:
        self._blocks = blocks.all() if blocks is not None and not wanted.picky else ()
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
        """The gates that answer and fit, and the network a line means."""
        found = offers(self._document, query, self._recent, self._fits)
        drawn = sketch.sketch(query) if looks_like(query) and not self.wanted.picky else None
        self._foot.setText(self._words(found, query, drawn))
        rows = self._among(found, query)
        if drawn is not None:
            rows.insert(len(rows) if drawn.problem else 0, _network_item(drawn))
        return rows

    def _among(self, found: Sequence[Offer], query: str) -> list[QListWidgetItem]:
        """Gates, and one's own blocks where they answer as well."""
        if not query.strip():
            return [*(_item(offer) for offer in found), *(_block_item(block) for block in self._blocks)]
        scored = [(0 if offer.filled.problem else offer.points, _item(offer)) for offer in found]
        answering = ((score_words(query, block.title), block) for block in self._blocks)
        scored += [(points, _block_item(block)) for points, block in answering if points]
        return [item for _, item in sorted(scored, key=lambda pair: -pair[0])]

    def choose(self, data: object) -> None:
        """Add it; what can't be made stays to be corrected."""
        if isinstance(data, Block):
            self._choose_block(data)
            return
        if isinstance(data, Sketch):
            self._choose_network(data)
            return
        assert isinstance(data, Offer)
        if data.filled.problem:
            return
        wired = not self.keys & Qt.KeyboardModifier.ShiftModifier
        self.close()
        place(self._canvas, self.wanted, data.chosen, wired=wired)

    def _choose_network(self, drawn: Sketch) -> None:
        if not drawn.problem:
            self.close()
            sketch.add(self._canvas, drawn.text, self.wanted.at)

    def _choose_block(self, block: Block) -> None:
        wired = not self.keys & Qt.KeyboardModifier.ShiftModifier
        self.close()
        document = self._canvas.read_block(block)
        if document is not None:
            near = self.wanted.near if wired else ()
            self._canvas.place_block(document, block.title, self.wanted.at, near)

    def complete(self) -> None:
        """Write the title of the current gate, for values to be typed behind it."""
        offer = self.list.currentIndex().data(_DATA)
        if isinstance(offer, Offer):
            name = f"{offer.filled.name} = " if offer.filled.name else ""
            self.field.setText(f"{name}{offer.gate.title} ")

    def shape(self, offer: Offer) -> str:
        """The shape its output would have where it is wanted, in words; nothing where that isn't known."""
        found = None if offer.filled.problem else shape_of(self._document, self.wanted, offer.chosen)
        return "" if found is None else shape_text(found)

    def _words(self, found: Sequence[Offer], query: str, drawn: Sketch | None) -> str:
        if drawn is not None:
            return self.tr("↵ add the network") if not drawn.problem else self.tr("↵ adds it once this is corrected")
        if not found and self.wanted.picky:
            return self.tr("No gate that fits here answers to “{}”.").format(query)
        if not found:
            return self.tr("No gate answers to “{}”.").format(query)
        if not query.strip():
            return self.tr("Gates with values: dense 100, x = -2 · networks: 784-256-relu-10")
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


def _block_item(block: Block) -> QListWidgetItem:
    item = item_of(block.title, block.help, block)
    item.setData(int(Qt.ItemDataRole.AccessibleTextRole), f"{block.title}. {block.help}")
    return item


def _network_item(drawn: Sketch) -> QListWidgetItem:
    item = item_of(drawn.title, drawn.told, drawn)
    item.setData(int(Qt.ItemDataRole.AccessibleTextRole), f"{drawn.title}. {drawn.told}")
    return item


class _Rows(QStyledItemDelegate):
    """A gate or a network: symbol, title with what was typed for it, types at the right, a line about it below."""

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
        offer: Offer | Sketch | Block = index.data(_DATA)
        rect = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selection_fill"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 6, 6)
        tile = QRectF(rect.left() + 10, rect.center().y() - _TILE / 2 + 1, _TILE, _TILE)
        upper = QRect(rect.left() + _TEXT, rect.top() + 5, rect.width() - _TEXT - 12, 19)
        if isinstance(offer, Sketch):
            draw_network_tile(painter, tile, self._theme)
            self._title(painter, upper, (offer.title, "", offer.count), chosen)
            self._line(painter, upper.translated(0, 18), offer.told, bool(offer.problem), chosen)
        elif isinstance(offer, Block):
            draw_block_tile(painter, tile, self._theme)
            self._title(painter, upper, (offer.title, "", ""), chosen)
            self._line(painter, upper.translated(0, 18), offer.help, False, chosen)
        else:
            draw_tile(painter, tile, offer.gate, self._theme)
            shape = self._owner.shape(offer)
            aside = types(offer.gate) + (f"   {shape}" if shape else "")
            self._title(painter, upper, (offer.title, offer.filled.shown, aside), chosen)
            problem = offer.filled.problem
            self._line(painter, upper.translated(0, 18), problem or offer.gate.help, bool(problem), chosen)
        painter.restore()

    def _title(self, painter: QPainter, rect: QRect, words: tuple[str, str, str], chosen: bool) -> None:
        """A title, what was typed for it, and what stands at the right."""
        name, typed, aside = words
        painter.setFont(mono_font(11))
        painter.setPen(row_color(self._theme, "text_dim", chosen=chosen))
        painter.drawText(rect, int(_RIGHT), aside)
        rect = rect.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(aside) - 14, 0)
        painter.setFont(ui_font(13, bold=True))
        painter.setPen(self._theme.color("text"))
        title = _elided(painter.fontMetrics(), name, rect.width())
        painter.drawText(rect, int(_LEFT), title)
        left = rect.left() + painter.fontMetrics().horizontalAdvance(title) + 10
        painter.setFont(mono_font(12))
        painter.setPen(row_color(self._theme, "value", chosen=chosen))
        shown = _elided(painter.fontMetrics(), typed, rect.right() - left)
        painter.drawText(QRect(left, rect.top(), max(0, rect.right() - left), rect.height()), int(_LEFT), shown)

    def _line(self, painter: QPainter, rect: QRect, words: str, wrong: bool, chosen: bool) -> None:
        painter.setFont(ui_font(12))
        painter.setPen(row_color(self._theme, "error" if wrong else "text_dim", chosen=chosen))
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


def draw_network_tile(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """A tile with two layers of units and what joins them."""
    color = theme.shelf(Category.LAYER)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.shelf(Category.LAYER, 0.2 if theme.is_dark else 0.12))
    painter.drawRoundedRect(box, 6, 6)
    left = [box.center() + QPointF(-7, dy) for dy in (-8, 0, 8)]
    right = [box.center() + QPointF(7, dy) for dy in (-4.5, 4.5)]
    painter.setPen(QPen(theme.shelf(Category.LAYER, 0.55), 1.0))
    painter.drawLines([QLineF(a, b) for a in left for b in right])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for unit in (*left, *right):
        painter.drawEllipse(unit, 2.4, 2.4)


def draw_block_tile(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """A tile with two sheets on each other."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("text_dim", 0.18))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QPen(theme.color("text_dim"), 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    sheet = QRectF(0, 0, 12, 9)
    sheet.moveCenter(box.center() + QPointF(2.5, 2.5))
    painter.drawRoundedRect(sheet, 2, 2)
    painter.setBrush(theme.color("text_dim"))
    painter.drawRoundedRect(sheet.translated(-5, -5), 2, 2)


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
