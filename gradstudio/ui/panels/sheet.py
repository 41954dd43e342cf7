"""The backprop panel: local × upstream = downstream for what is selected, with all its numbers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gradstudio.document.model import NodeId, WireId
from gradstudio.engine.errors import EngineError
from gradstudio.insight.sheet import Sheet, Term
from gradstudio.insight.sheetlook import SheetLook
from gradstudio.insight.withheld import Known, withheld
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.base import Panel
from gradstudio.ui.panels.sheet_blocks import Block, Words
from gradstudio.ui.panels.sheet_pages import Links, cards
from gradstudio.ui.theme import Theme

SIDE, PAD, BETWEEN, AIR = 10.0, 12.0, 8.0, 9.0
"""Margin of the paper, padding of a card, gap between blocks, gap between cards."""


class SheetPaper(QWidget):
    """A sheet drawn as cards below each other, as high as it takes.

    Attributes:
        cards: the blocks of each card.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.cards: list[list[Block]] = []
        self._places: list[tuple[QRectF, Block]] = []
        self._frames: list[QRectF] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_cards(self, made: list[list[Block]], theme: Theme) -> None:
        """Show these in a theme's colours."""
        self.cards, self._theme = made, theme
        self._arrange()
        self.update()

    def links(self) -> list[tuple[QRectF, Words]]:
        """What can be clicked, and where."""
        return [(at, block) for at, block in self._places if isinstance(block, Words) and block.does is not None]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines break elsewhere."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def sizeHint(self) -> QSize:
        """As high as it takes."""
        return QSize(300, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cards that are seen."""
        seen = QRectF(event.rect())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for frame in self._frames:
                if frame.intersects(seen):
                    painter.setPen(QPen(self._theme.color("border"), 1))
                    painter.setBrush(self._theme.color("panel"))
                    painter.drawRoundedRect(frame, 8, 8)
            for place, block in self._places:
                if place.intersects(seen):
                    block.paint(painter, place, self._theme)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be clicked."""
        over = self._link(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do what was clicked."""
        link = self._link(event.position())
        if link is not None and link.does is not None and event.button() is Qt.MouseButton.LeftButton:
            link.does()

    def _link(self, at: QPointF) -> Words | None:
        return next((block for place, block in self.links() if place.contains(at)), None)

    def _arrange(self) -> None:
        """Give every block its place."""
        width = max(80.0, self.width() - 2 * (SIDE + PAD))
        self._places, self._frames, y = [], [], SIDE / 2
        for blocks in self.cards:
            top, y = y, y + PAD
            for block in blocks:
                height = block.height(width)
                self._places.append((QRectF(SIDE + PAD, y, width, height), block))
                y += height + BETWEEN
            y += PAD - BETWEEN
            self._frames.append(QRectF(SIDE + 0.5, top + 0.5, self.width() - 2 * SIDE - 1, y - top - 1))
            y += AIR
        if self.height() != int(y):
            self.setFixedHeight(int(y))


class SheetPanel(Panel):
    """Shows how the gradient flows back through the selected gate, or along the selected wire."""

    title = "Backprop"
    help = "Local gradient × upstream gradient = downstream gradient, for the selected gate or wire."

    jacobianWanted = Signal(int, str)
    """The Jacobian of a node's output by the input of this name is to be shown."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.sheet: Sheet | None = None
        self._look: SheetLook | None = None
        self._awake = False
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.pages)

    def build(self) -> None:
        """A paper that is scrolled, by keys as well."""
        self.paper = SheetPaper(self.studio.theme)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(self.tr("Backprop sheet"))
        self.area.setWidget(self.paper)
        self.setFocusProxy(self.area)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.area)

    def dress(self, theme: Theme) -> None:
        """Draw in its colours."""
        if self.sheet is not None:
            self._draw(self.sheet)

    def watch(self, awake: bool) -> None:
        """Look at what is selected, or no more."""
        self._awake = awake
        self._look = self._wanted()
        self.studio.watch_looks(self, (self._look,) if awake and self._look is not None else ())

    def refresh(self) -> None:
        """Show the sheet of what is selected."""
        if self._wanted() != self._look:
            self.watch(self._awake)
        if self._look is None:
            self.sheet = None
            self.show_notice(
                self.tr("Nothing selected"),
                self.tr("Select one gate or one wire: here is how its gradient comes about, with all its numbers."),
            )
            return
        snapshot, whole = self.studio.snapshot(), self.studio.computed
        seen = snapshot.seen.get(self._look) if snapshot is not None else None
        if snapshot is not whole and whole is not None and snapshot is not None and self._look in whole.seen:
            if isinstance(seen, Sheet):
                seen = withheld(seen, self.studio.document, Known.of(snapshot, whole))
            elif seen is None:
                self.sheet = None
                self.show_notice(self.tr("Hidden"), self.tr("The numbers here would tell what is to be predicted."))
        if isinstance(seen, Sheet):
            self._show(seen)
        elif isinstance(seen, EngineError):
            self.sheet = None
            self.show_notice(self.tr("No gradient to show"), str(seen))
        elif snapshot is not None and snapshot.message:
            self.sheet = None
            self.show_notice(self.tr("Not computed"), snapshot.message)

    def _wanted(self) -> SheetLook | None:
        """The look of what is selected, where that is one gate or one wire."""
        nodes, wires = self.studio.selection()
        document = self.studio.document
        if len(nodes) == 1 and document.nodes[nodes[0]].known:
            return SheetLook(nodes[0], None, self.studio.sample)
        if not nodes and len(wires) == 1 and document.nodes[document.wires[wires[0]].target].known:
            return SheetLook(document.wires[wires[0]].target, wires[0], self.studio.sample)
        return None

    def _show(self, sheet: Sheet) -> None:
        if sheet is not self.sheet:
            self.sheet = sheet
            self._draw(sheet)
            self.describe(" ".join(f"{line.removesuffix('.')}." for line in sheet.lines()))
        self.show_body()

    def _draw(self, sheet: Sheet) -> None:
        node: NodeId = sheet.node

        def jacobian(term: Term) -> None:
            self.jacobianWanted.emit(node, term.input)

        self.paper.show_cards(cards(sheet, Links(jacobian, self._choose)), self.studio.theme)

    def _choose(self, wire: WireId) -> None:
        self.studio.select((), (wire,))
