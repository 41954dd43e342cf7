"""Small multiples: every activation of the network on its curve, side by side; a click selects one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gradstudio.document.model import NodeId
from gradstudio.insight.curves import CurveLook
from gradstudio.training.snapshot import ActivationSample
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.layers import Map, polylines, skyline
from gradstudio.ui.panels.words import percent
from gradstudio.ui.theme import Theme, mono_font, ui_font

WIDTH, HEIGHT, GAP = 112, 76, 6
MUCH = 0.5
"""A share of flat slope above this is written as a warning."""


class Multiples(QScrollArea):
    """A grid of small plots that scrolls.

    Attributes:
        tiles: what is painted.
    """

    chosen = Signal(int)
    """A node was clicked, or Enter was pressed at it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.tiles = Tiles(studio, self.chosen.emit)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(HEIGHT + 2 * GAP)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tiles)
        column.addStretch(1)
        self.setWidget(inner)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        self.tiles.dress(theme)

    def show_nodes(self, nodes: tuple[NodeId, ...], selected: NodeId | None) -> None:
        """Show these, one of them framed, with their newest numbers."""
        self.tiles.show_nodes(nodes, selected)


class Tiles(QWidget):
    """The plots themselves.

    Attributes:
        nodes: in the order of the plots.
        samples: their numbers; missing where there are none yet.
        at: the one the keyboard is at.
    """

    def __init__(self, studio: Studio, choose: Callable[[int], object]) -> None:
        super().__init__()
        self._studio, self._choose = studio, choose
        self.nodes: tuple[NodeId, ...] = ()
        self.samples: dict[NodeId, ActivationSample] = {}
        self.at = 0
        self._selected: NodeId | None = None
        self._theme: Theme | None = None
        self.setObjectName("activation.multiples")
        self.setAccessibleName(self.tr("All activations"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def show_nodes(self, nodes: tuple[NodeId, ...], selected: NodeId | None) -> None:
        """Show these with their newest numbers."""
        snapshot = self._studio.snapshot()
        seen = {} if snapshot is None else {node: snapshot.seen.get(CurveLook(node)) for node in nodes}
        if nodes != self.nodes:
            self.at = min(self.at, max(0, len(nodes) - 1))
        self.nodes, self._selected = nodes, selected
        self.samples = {node: found for node, found in seen.items() if isinstance(found, ActivationSample)}
        self._fit()
        self._describe()
        self.update()

    def rect_of(self, index: int) -> QRect:
        """Where a plot is."""
        row, column = divmod(index, self._columns())
        width = (self.width() + GAP) // self._columns() - GAP
        return QRect(column * (width + GAP), row * (HEIGHT + GAP), width, HEIGHT)

    def _columns(self) -> int:
        return max(1, (self.width() + GAP) // (WIDTH + GAP))

    def _fit(self) -> None:
        rows = -(-len(self.nodes) // self._columns())
        self.setFixedHeight(max(HEIGHT, rows * (HEIGHT + GAP)))

    def sizeHint(self) -> QSize:
        """A few plots side by side."""
        return QSize(2 * WIDTH + GAP, HEIGHT)

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every plot in view."""
        if self._theme is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for i, node in enumerate(self.nodes):
                if self.rect_of(i).intersects(event.rect()):
                    self._paint(painter, self._theme, i, node)

    def _paint(self, painter: QPainter, theme: Theme, i: int, node: NodeId) -> None:
        rect = QRectF(self.rect_of(i)).adjusted(0.5, 0.5, -0.5, -0.5)
        here = self.hasFocus() and i == self.at
        selected = node == self._selected
        painter.setPen(QPen(theme.color("selection" if here or selected else "border"), 1.6 if selected else 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(rect, 5, 5)
        sample = self.samples.get(node)
        self._paint_words(painter, theme, rect, node, sample)
        if sample is not None:
            _paint_sample(painter, theme, rect.adjusted(7, 19, -7, -5), sample)

    def _paint_words(
        self, painter: QPainter, theme: Theme, rect: QRectF, node: NodeId, sample: ActivationSample | None
    ) -> None:
        record = self._studio.document.nodes.get(node)
        head = QRectF(rect.left() + 7, rect.top() + 3, rect.width() - 14, 15)
        share = "" if sample is None else percent(sample.flat)
        painter.setFont(mono_font(10))
        painter.setPen(theme.color("warning" if sample is not None and sample.flat > MUCH else "text_dim"))
        painter.drawText(head, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), share)
        room = head.width() - painter.fontMetrics().horizontalAdvance(share) - 6
        painter.setFont(ui_font(11))
        painter.setPen(theme.color("text"))
        name = QFontMetrics(painter.font()).elidedText(
            "" if record is None else record.name, Qt.TextElideMode.ElideRight, int(room)
        )
        painter.drawText(head, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)

    # ---- choosing

    def index_at(self, x: float, y: float) -> int:
        """The plot at a place; -1 between them."""
        return next((i for i in range(len(self.nodes)) if self.rect_of(i).contains(int(x), int(y))), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a plot."""
        index = self.index_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.at = index
            self._take()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what a plot is."""
        index = self.index_at(event.position().x(), event.position().y())
        self.setToolTip(self._words(self.nodes[index]) if index >= 0 else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from plot to plot, Enter chooses one."""
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._columns(), Qt.Key.Key_Down: self._columns()
        }  # fmt: skip
        step = moves.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.nodes:
            self._take()
        elif step is not None and self.nodes:
            if 0 <= self.at + step < len(self.nodes):
                self.at += step
            self._describe()
            self.update()
        else:
            super().keyPressEvent(event)

    def _take(self) -> None:
        self._choose(self.nodes[self.at])

    def _words(self, node: NodeId) -> str:
        """One of them in words: "relu1: the slope is about 0 at 28 % of its inputs"."""
        record, sample = self._studio.document.nodes.get(node), self.samples.get(node)
        name = "" if record is None else record.name
        if sample is None:
            return name
        return self.tr("{0}: the slope is about 0 at {1} of its inputs").format(name, percent(sample.flat))

    def _describe(self) -> None:
        words = self._words(self.nodes[self.at]) if self.nodes else ""
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)


def _paint_sample(painter: QPainter, theme: Theme, rect: QRectF, sample: ActivationSample) -> None:
    """Inputs along the floor, outputs along the left wall, and the curve."""
    y = np.where(np.isfinite(sample.curve_y), sample.curve_y, np.nan)
    there = y[np.isfinite(y)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 1.0)
    room = (high - low) * 0.08 or 1.0
    where = Map(rect, Axis(float(sample.curve_x[0]), float(sample.curve_x[-1])), Axis(low - room, high + room))
    painter.setPen(Qt.PenStyle.NoPen)
    counts = sample.inputs.counts
    if counts.max(initial=0) > 0:
        x = where.x(sample.inputs.edges)
        painter.setBrush(theme.color("histogram", 0.5))
        tall = counts * (rect.height() * 0.55 / counts.max())
        painter.drawPolygon(skyline(x[:-1], np.maximum(x[1:], x[:-1] + 1), tall, rect.bottom()))
    counts = sample.outputs.counts
    if counts.max(initial=0) > 0:
        rows = where.y(sample.outputs.edges)
        painter.setBrush(theme.color("curve", 0.35))
        for k in np.flatnonzero(counts).tolist():
            length = rect.width() * 0.2 * float(counts[k]) / float(counts.max())
            painter.drawRect(QRectF(rect.left(), rows[k + 1], length, max(1.0, rows[k] - rows[k + 1])))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("curve"), 1.3))
    for line in polylines(where.x(sample.curve_x), where.y(y)):
        painter.drawPolyline(line)
