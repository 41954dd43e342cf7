"""One gate of a single variable: its curve, its slope, and where its inputs lie now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gradstudio.document.compile import topological
from gradstudio.document.model import Document, Node, NodeId
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, Category, Shape
from gradstudio.insight.curves import CurveLook
from gradstudio.training.activations import bare_curve
from gradstudio.training.snapshot import ActivationSample
from gradstudio.ui.bridge import Studio
from gradstudio.ui.curves import without_straights
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.base import Key, Legend, Line, Panel, Sheet, Toggle
from gradstudio.ui.panels.layers import NOTHING, Bars, Curve, SideBars, Spot
from gradstudio.ui.panels.multiples import Multiples
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.panels.words import (
    findings,
    operating_point,
    plain_formula,
    right_side,
    shapes_line,
    short_shapes_line,
)
from gradstudio.ui.theme import Theme, mono_font, ui_font

LONGEST_NAME = 24
MOST_SMALL = 64
LARGE = 2_000
"""In networks of more nodes they aren't brought into order to find activations."""
"""Of more activations the first ones are shown small."""
ROOM_FOR_BOTH = 430
"""Pixels of height that are enough for the large one and all small ones."""
SLOPE_HEIGHT = 0.7
"""The steepest slope lies at this share of the plot's height above 0."""


class ActivationPanel(Panel):
    """Curve and slope of the selected gate, with the live distribution of its inputs on the same axis.

    Where nothing is selected the first activation of the network is shown.

    Attributes:
        node: the node that is shown, or None.
        sample: the numbers that are shown, or None.
    """

    title = "Activation"
    help = "The curve of the selected activation, its slope, and where on it the inputs lie."

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.activation")
        self.node: NodeId | None = None
        self.sample: ActivationSample | None = None
        self._chosen_for: object = None
        self._shown: object = None
        self._drawn: tuple[Array, Array, Array] | None = None
        self._all_of: tuple[object, tuple[NodeId, ...]] = (None, ())
        self.notice.setProperty("role", "sheet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(self.pages)

    # ---- making it

    def build(self) -> None:
        """Make title, plot and findings."""
        self.heading, self.name, self.subtitle = QLabel(), Line(), Line()
        self.share, self.finding = QLabel(), QLabel()
        for label, name in ((self.heading, "heading"), (self.subtitle, "subtitle"), (self.finding, "finding")):
            label.setObjectName(f"activation.{name}")
        self.heading.setProperty("role", "title")
        self.finding.setProperty("role", "warning")
        self.name.setFont(mono_font(11))
        self.name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self.subtitle, self.share):
            label.setProperty("role", "dim")
        for label in (self.subtitle, self.share, self.finding):
            label.setFont(ui_font(12))
        for label in (self.share, self.finding):
            label.setWordWrap(True)
        self.keys = (
            Key(self.tr("curve"), "curve"),
            Key(self.tr("slope"), "slope", dashed=True),
            Key(self.tr("outputs"), "curve", area=True),
            Key(self.tr("inputs"), "histogram", area=True),
        )
        self.plot = Plot(self.tr("input"), self.tr("output"), self.tr("slope"))
        self.plot.setObjectName("activation.plot")
        self.plot.setAccessibleName(self.tr("Activation curve"))
        self.plot.setMinimumHeight(116)
        self._bars, self._sides, self._spot = Bars(), SideBars(), Spot(radius=4.5)
        self._slope, self._curve = Curve(dashed=True, right=True), Curve(width=2)
        self.plot.layers = [self._bars, self._sides, self._slope, self._curve, self._spot]
        self.notice.button.clicked.connect(self._select_first)
        self.all = Toggle(self.tr("All"), self.tr("Show all activations of the network, small"), "activation.all")
        self.all.toggled.connect(self._arrange)
        self.multiples = Multiples(self.studio)
        self.multiples.chosen.connect(self._choose_small)
        self._lay_out()

    def _lay_out(self) -> None:
        over = QVBoxLayout(self.plot)
        over.setContentsMargins(0, 0, 0, 0)
        self.legend = Legend(self.keys, self.plot.names[1:])
        over.addWidget(self.legend)
        over.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.heading)
        top.addWidget(self.name, 1)
        top.addWidget(self.all)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(5)
        layout.addLayout(top)
        layout.addWidget(self.subtitle)
        self.sheet = Sheet(self.plot)
        layout.addWidget(self.sheet, 1)
        layout.addWidget(self.share)
        layout.addWidget(self.finding)
        layout.addWidget(self.multiples, 1)
        self._arrange()

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.plot.dress(theme, left="curve", right="slope")
        self.name.setStyleSheet(f"color: {theme.text_faint};")
        for part in (*self.keys, self.all, self.multiples):
            part.dress(theme)
        self._curve.color, self._slope.color = theme.color("curve"), theme.color("slope")
        self._sides.color = theme.color("curve", 0.35)
        self._bars.color, self._spot.color = theme.color("histogram", 0.45), theme.color("histogram")
        self._spot.ring = theme.color("panel")

    # ---- choosing the gate

    def watch(self, awake: bool) -> None:
        """Ask for the chosen gate's numbers only while they can be seen."""
        self.studio.watch_activation(self._choose() if awake else None)
        self._watch_all(awake=awake)

    def _choose(self) -> NodeId | None:
        """The gate to show: the first selected one with a curve, else the first selected, else the first activation."""
        document, selected = self.studio.document, self.studio.selection()[0]
        key = (id(document), document.graph_revision, selected)
        if key != self._chosen_for:
            self._chosen_for = key
            curved = next((i for i in selected if has_curve(document.nodes[i])), None)
            self.node = (curved or selected[0]) if selected else self._first()
        return self.node

    def _select_first(self) -> None:
        first = self._first()
        if first is not None:
            self.studio.select([first])

    def _first(self) -> NodeId | None:
        """The first activation."""
        return next(iter(self._activations()), None)

    # ---- all of them

    def _watch_all(self, *, awake: bool) -> None:
        """Look at all activations only while they can be seen."""
        seen = awake and self.all.isChecked()
        self.studio.watch_looks(self, {CurveLook(node) for node in self._activations()} if seen else ())

    def _activations(self) -> tuple[NodeId, ...]:
        """All activations; looked for once per change of the graph."""
        document = self.studio.document
        key = (id(document), document.graph_revision)
        if self._all_of[0] != key:
            self._all_of = (key, tuple(islice(activations(document), MOST_SMALL)))
        return self._all_of[1]

    def _arrange(self, *_: object) -> None:
        """All activations below the large one where there is room, else in its place."""
        small = self.all.isChecked()
        alone = small and self.height() < ROOM_FOR_BOTH
        self.multiples.setVisible(small)
        self.sheet.setHidden(alone)
        for label in (self.share, self.finding):
            label.setHidden(alone or not label.text())
        if self.isVisible():
            self._watch_all(awake=True)
            self._show_all()

    def _choose_small(self, node: NodeId) -> None:
        """Show one of them large."""
        if self.sheet.isHidden():
            self.all.setChecked(False)
        self.studio.select([node])

    def _show_all(self) -> None:
        nodes = self._activations()
        self.all.setVisible(len(nodes) > 1 or self.all.isChecked())
        if self.all.isChecked():
            self.multiples.show_nodes(nodes, self.node)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another height has room for both, or for one."""
        super().resizeEvent(event)
        if self._built:
            self._arrange()

    # ---- showing it

    def refresh(self) -> None:
        """Show the chosen gate with its newest numbers; without numbers while there are none of this network."""
        chosen = self._choose()
        self.studio.watch_activation(chosen)
        self._watch_all(awake=True)
        self._show_all()
        document = self.studio.document
        if chosen is None or not has_curve(document.nodes[chosen]):
            self.sample = None
            self._explain(None if chosen is None else document.nodes[chosen])
            return
        snapshot = self.studio.snapshot()
        found = None if snapshot is None else snapshot.activation
        self.sample = found if found is not None and found.node == chosen else None
        node = document.nodes[chosen]
        waiting = snapshot is None or any((chosen, p.name) in snapshot.values for p in node.output_ports())
        if (self.sample, node, waiting) == self._shown:
            return
        self._shown = (self.sample, node, waiting)
        self._name(node)
        self._draw(node)
        self._tell(waiting=waiting)
        self.show_body()

    def _explain(self, node: Node | None) -> None:
        self._shown = None
        first = self._first()
        button = "" if first is None else self.tr("Show {0}").format(self.studio.document.nodes[first].name)
        if node is None:
            heading = self.tr("No activation gate yet")
            text = self.tr("Drag ReLU, sigmoid or another activation from the palette; its curve appears here.")
        else:
            heading = self.tr("{0} has no curve").format(_shortened(node.name))
            text = self.tr("Only a gate of a single variable has one: select an activation such as ReLU or sigmoid.")
        self.show_notice(heading, text, button)

    def _name(self, node: Node) -> None:
        ports, wires = node.output_ports(), self.studio.document.wires_into(node.id)
        shape_out = self._shape(node.id, ports[0].name) if ports else None
        shape_in = shape_out if wires else None  # a gate of a single variable gives as many as it takes
        self.heading.setText(node.kind.title)
        self.name.say(node.name, node.name)
        formula = right_side(plain_formula(node.kind.formula))
        self.subtitle.say(shapes_line(formula, shape_in, shape_out), short_shapes_line(formula, shape_in, shape_out))
        self.plot.setAccessibleName(self.tr("Activation curve of {0}").format(node.name))

    def _shape(self, node: NodeId, port: str) -> Shape | None:
        """The shape of what was computed, a batch at a time where there is a batch size; else what is inferred."""
        snapshot = self.studio.snapshot()
        value = None if snapshot is None else snapshot.values.get((node, port))
        return infer(self.studio.document).of(node, port) if value is None else value.shape

    def _draw(self, node: Node) -> None:
        sample = self.sample
        points = bare_curve(node.make()) if sample is None else (sample.curve_x, sample.curve_y, sample.slope)
        if points is None:
            return
        if self._drawn is None or any(a is not b for a, b in zip(points, self._drawn, strict=True)):
            self._drawn = points
            self._draw_curve(*(np.where(np.isfinite(a), a, np.nan) for a in points))
        self.plot.update()
        point = None if sample is None else operating_point(sample)
        self._spot.place = None if point is None else point[:2]
        if sample is None or point is not None:
            self._bars.set(NOTHING, NOTHING)
            self._sides.set(NOTHING, NOTHING)
        else:
            self._bars.set(sample.inputs.counts, sample.inputs.edges)
            self._sides.set(sample.outputs.counts, sample.outputs.edges)
        self.legend.show_keys(2 if sample is None else len(self.keys))

    def _draw_curve(self, x: Array, y: Array, slope: Array) -> None:
        low, high = core(y)
        room = (high - low) * 0.06 or 1.0
        left = Axis(low - room, high + room)
        self.plot.show_range(Axis(float(x[0]), float(x[-1])), left, slope_axis(slope, left))
        self._curve.set(x, y)
        self._slope.set(*without_straights(x, slope))

    def _tell(self, *, waiting: bool) -> None:
        share, finding = ("" if waiting else self.tr("Nothing goes in yet: wire its input."), "")
        if self.sample is not None:
            share, finding = findings(self.sample)
        self.share.setText(share)
        self.share.setHidden(not share or self.sheet.isHidden())
        self.finding.setText(finding)
        self.finding.setHidden(not finding or self.sheet.isHidden())
        self.describe(f"{self.heading.text()}, {self.subtitle.whole}. {share} {finding}".strip())


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def has_curve(node: Node) -> bool:
    """Whether a node is a gate of a single variable."""
    try:
        return node.known and node.make().curve(np.zeros(1)) is not None
    except EngineError:
        return False


def activations(document: Document) -> Iterator[NodeId]:
    """The activations that have a curve, those nearest to the inputs first; in large networks the oldest first."""
    nodes = topological(document) if len(document.nodes) <= LARGE else document.nodes.values()
    activating: dict[str, bool] = {}
    for node in nodes:
        gate = node.gate
        if gate not in activating:
            activating[gate] = gate in CATALOG and CATALOG.get(gate).category is Category.ACTIVATION
        if activating[gate] and has_curve(node):
            yield node.id


def slope_axis(slope: Array, output: Axis) -> Axis:
    """The slope's axis beside that of the output: 0 at the same height, and the steepest slope below the top."""
    least, most = core(slope)
    if output.low < 0.0 < output.high:
        scale = max(most / output.high, least / output.low, 1e-12) / SLOPE_HEIGHT
        return Axis(output.low * scale, output.high * scale)
    room = (most - least) * 0.2 or 1.0
    return Axis(least - room, most + room)


def core(y: Array) -> tuple[float, float]:
    """Smallest and largest number; near a pole those of all but the steepest parts."""
    there = y[np.isfinite(y)]
    if not len(there):
        return 0.0, 1.0
    low, high = float(there.min()), float(there.max())
    inner = np.percentile(there, (4, 96))
    if high - low > 6 * (inner[1] - inner[0]) > 0:
        return float(inner[0]), float(inner[1])
    return low, high
