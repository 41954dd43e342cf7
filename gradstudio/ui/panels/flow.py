"""The gradient along the depth of the network: the picture of vanishing and exploding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradstudio.document.model import Document
from gradstudio.engine.gate import Array
from gradstudio.training.snapshot import GradientRow
from gradstudio.ui.curves import logarithm, span
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.base import Key, Legend, Line
from gradstudio.ui.panels.layers import NOTHING, Curve, Map, Spot
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, ui_font


class Depth(NamedTuple):
    """A node in the order of depth, and the gradient there.

    Attributes:
        name: of the node.
        node: its id.
        output: norm of the gradient at its output; nan where there is none.
        weight: norm of the gradient of its largest weight by norm; nan where it has none.
    """

    name: str
    node: int
    output: float
    weight: float


def depths(document: Document, rows: Sequence[GradientRow]) -> list[Depth]:
    """The nodes of some rows in their order, which is that of depth."""
    found: dict[int, list[float]] = {}
    for row in rows:
        node = document.nodes[row.node]
        weights = {weight.name for weight in node.kind.weights} if node.known else set()
        own = row.port in weights and bool(node.kind.outputs)
        norms = found.setdefault(row.node, [math.nan, math.nan])
        norms[own] = float(np.fmax(norms[own], row.norm))
    return [Depth(document.nodes[i].name, i, output, weight) for i, (output, weight) in found.items()]


def verdict(panel: QWidget, flow: Sequence[Depth]) -> tuple[str, str]:
    """How the first layer's weight gradient compares with the last one's, and the same shorter; empty for too few."""
    layers = [depth for depth in flow if depth.weight > 0]
    if len(layers) < 2:
        return "", ""
    first, last = layers[0], layers[-1]
    ratio = first.weight / last.weight
    words = panel.tr("The weights' gradient is {0} × as large in the first layer ({1}) as in the last ({2}).").format(
        number(ratio, 2), first.name, last.name
    )
    short = panel.tr("First layer {0} × the last").format(number(ratio, 2))
    if 1 / VANISHING >= ratio >= VANISHING:
        return words, short
    told = panel.tr("It vanishes on its way back.") if ratio < 1 else panel.tr("It explodes on its way back.")
    return f"{words} {told}", f"{short}. {told}"


VANISHING = 1e-2
"""A ratio between first and last layer below this, or above its inverse, is named."""


@dataclass(eq=False)
class Dots:
    """Points without a line."""

    color: QColor = field(default_factory=QColor)
    radius: float = 3.0
    right: bool = False
    x: Array = field(default_factory=lambda: NOTHING)
    y: Array = field(default_factory=lambda: NOTHING)

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw them; missing ones are left out."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.color)
        for x, y in zip(where.x(self.x).tolist(), where.y(self.y).tolist(), strict=True):
            if math.isfinite(y):
                painter.drawEllipse(QPointF(x, y), self.radius, self.radius)


class Flow(QWidget):
    """A plot of gradient norms, one place a node, on a log axis.

    Attributes:
        flow: what is shown.
        plot: where.
        word: what is under the mouse or where the arrow keys are; else how first and last layer compare.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flow: list[Depth] = []
        self._at: int | None = None
        self.plot = Plot(self.tr("depth"), self.tr("norm ‖∇‖"), zoom=True)
        self.plot.setObjectName("gradients.flow")
        self.plot.setAccessibleName(self.tr("Gradient along the depth"))
        self._output, self._outputs = Curve(width=1.5), Dots()
        self._weight, self._weights, self._spot = Curve(width=1.5, dashed=True), Dots(), Spot()
        self.plot.layers = [self._output, self._weight, self._outputs, self._weights, self._spot]
        self.plot.hovered.connect(self._hover)
        self.plot.walked.connect(self._walk)
        self.plot.moved.connect(self._draw)
        self.plot.fitted.connect(lambda: self._hover(math.nan))
        self.keys = (Key(self.tr("outputs"), "gradient"), Key(self.tr("weights"), "train", dashed=True))
        over = QVBoxLayout(self.plot)
        over.setContentsMargins(0, 0, 0, 0)
        over.addWidget(Legend(self.keys, self.plot.names[1:2]))
        over.addStretch(1)
        self.word = Line()
        self.word.setFont(ui_font(12))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 2, 10, 0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.word)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.plot.dress(theme, left="text_dim")
        self._output.color = self._outputs.color = self._spot.color = theme.color("gradient")
        self._weight.color = self._weights.color = theme.color("train")
        self._spot.ring, self._spot.line = theme.color("panel"), theme.color("text_faint", 0.7)
        for key in self.keys:
            key.dress(theme)

    def show_flow(self, flow: list[Depth]) -> None:
        """Show other numbers."""
        self.flow = flow
        self._draw()

    def _draw(self) -> None:
        self.plot.zoomed = False
        places = np.arange(1, len(self.flow) + 1, dtype=np.float64)
        output = logarithm(np.array([depth.output for depth in self.flow]))
        weight = logarithm(np.array([depth.weight for depth in self.flow]))
        there, made = np.isfinite(output), np.isfinite(weight)
        left = Axis(*span(np.concatenate([output, weight]), log=True), log=True)
        self.plot.show_range(Axis(0.5, max(1.5, len(self.flow) + 0.5), whole=True), left)
        self._output.set(places[there], output[there])
        self._outputs.x, self._outputs.y = places, output
        self._weight.set(places[made], weight[made])
        self._weights.x, self._weights.y = places, weight
        self._tell()

    def _hover(self, place: float) -> None:
        last = len(self.flow) - 1
        self._at = min(max(round(place) - 1, 0), last) if math.isfinite(place) and last >= 0 else None
        self._tell()

    def _walk(self, by: int) -> None:
        last = len(self.flow) - 1
        at = (-1 if by > 0 else last + 1) if self._at is None else self._at
        self._at = {-2: 0, 2: last}.get(by, min(max(at + by, 0), last))
        self._tell()

    def _tell(self) -> None:
        if self._at is None or self._at >= len(self.flow):
            self._spot.place = None
            words, short = verdict(self, self.flow)
        else:
            depth = self.flow[self._at]
            height = depth.output if depth.output > 0 else depth.weight
            self._spot.place = (self._at + 1.0, math.log10(height) if height > 0 else math.nan)
            self._spot.cursor = True
            words = short = self._numbers(depth)
        self.word.say(words, short)
        self.plot.setAccessibleDescription(words)
        self.plot.update()

    def _numbers(self, depth: Depth) -> str:
        parts = [
            part.format(number(norm, 3))
            for part, norm in ((self.tr("output {0}"), depth.output), (self.tr("weights {0}"), depth.weight))
            if math.isfinite(norm)
        ]
        return f"{depth.name}:  {',  '.join(parts)}"
