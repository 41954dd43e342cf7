"""What dragging nodes does to wires: a loose node goes into the wire it is held over; with Alt, nodes leave theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.document import building, commands
from gradstudio.document.fitting import between, loose
from gradstudio.document.following import settled
from gradstudio.document.joining import around
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire, WireId
from gradstudio.ui.canvas.curves import path_of, through
from gradstudio.ui.canvas.homes import home_of
from gradstudio.ui.canvas.metrics import WIRE
from gradstudio.ui.canvas.nodes import Floats

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

Places = Mapping[NodeId, tuple[float, float]]
_REACH = 28.0
"""A wire takes a node whose middle is as near as this."""


class WireUnder:
    """The wire under a node that would take it; each wire is asked once."""

    def __init__(self, view: CanvasView, node: Node) -> None:
        self._view = view
        self._node = node
        self._known: dict[WireId, bool] = {}

    def at(self, box: QRectF) -> WireId | None:
        """The nearest wire through a box that could take the node in."""
        centre, wires = box.center(), self._view.scene.wires
        for row in wires.nearest(centre.x(), centre.y(), min(_REACH, box.height() / 2)):
            wire = wires.ids[row]
            if wire not in self._known:
                document = self._view.studio.document
                self._known[wire] = between(document, document.wires[wire], self._node) is not None
            if self._known[wire]:
                return wire
        return None


class Rewiring:
    """The wires of nodes that are being dragged.

    Attributes:
        wire: that would take the node if it were let go now.
    """

    def __init__(self, view: CanvasView, nodes: Sequence[NodeId]) -> None:
        self._view = view
        self._nodes = tuple(nodes)
        self._document: Document = view.studio.document
        self._under = WireUnder(view, self._document.nodes[nodes[0]]) if self._is_loose() else None
        self._alt = False
        self._healed: Patch | None = None
        self.wire: WireId | None = None

    def _is_loose(self) -> bool:
        return len(self._nodes) == 1 and loose(self._document, self._nodes[0])

    def look(self, alt: bool) -> None:
        """The nodes are shown elsewhere: what would become of the wires there?"""
        if alt is not self._alt:
            self._heal(alt)
        box = self._view.scene.node_rect(self._nodes[0])
        self.wire = None if alt or self._under is None else self._under.at(box)

    def _heal(self, alt: bool) -> None:
        self._alt = alt
        gone = frozenset(around(self._document, self._nodes)) if alt else frozenset()
        self._healed = building.take_out(self._document, self._nodes) if gone else None
        self._view.set_marks(replace(self._view.marks, hidden=gone))

    def patch(self, places: Places) -> Patch:
        """The edit: moved, and out of the wires or into one."""
        if self._healed is not None:
            return building.take_out(self._document, self._nodes, places)
        if self.wire is not None:
            node, home = self._nodes[0], home_of(self._view, None, self.wire)
            patch = insertion(self._view, self.wire, node, places[node])
            moved = patch.nodes.get(node) or self._document.nodes[node]
            if moved.group == home:
                return patch
            joined = replace(patch, nodes={**patch.nodes, node: replace(moved, group=home)})
            return settled(self._document, joined)
        return commands.move(self._document, places)

    @property
    def changes(self) -> bool:
        """Whether there is something to do even if nothing has moved."""
        return self._healed is not None or self.wire is not None

    def done(self) -> None:
        """Nothing is dragged any more."""
        if self._view.marks.hidden:
            self._view.set_marks(replace(self._view.marks, hidden=frozenset()))

    # --- how it looks -----------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """The wire that would take the node, or the wires that would close the gap."""
        if self.wire is None and self._healed is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(self._view.camera.transform(), combine=True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.wire is not None:
            paint_taking(painter, self._view, self.wire)
        pen = QPen(self._view.ink.selection, WIRE + 0.6, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        for wire in self._new_wires():
            painter.drawPath(path_of(_curves(self._view, wire)))
        painter.restore()

    def extent(self) -> QRectF:
        """What is painted, in the view."""
        rect = QRectF() if self.wire is None else taking_extent(self._view, self.wire)
        for wire in self._new_wires():
            box = path_of(_curves(self._view, wire)).controlPointRect()
            rect = rect.united(self._view.camera.rect_to_view(box).adjusted(-6, -6, 6, 6))
        return rect

    def _new_wires(self) -> list[Wire]:
        made = self._healed.wires.values() if self._healed is not None else ()
        return [wire for wire in made if wire is not None]


def insertion(view: CanvasView, wire: WireId, node: NodeId, at: tuple[float, float]) -> Patch:
    """A node put into a wire at a place, between those of its dots that come before and after."""
    return building.insert(view.studio.document, wire, node, dots_before(view, wire, view.scene.node_rect(node)), at)


def dots_before(view: CanvasView, wire: WireId, box: QRectF) -> int:
    """How many of a wire's dots come before a node that is held over it."""
    centre = box.center()
    return view.scene.wires.passes(view.scene.wires.row[wire], centre.x(), centre.y())[0]


def paint_taking(painter: QPainter, view: CanvasView, wire: WireId) -> None:
    """A wire that would take a node in; the painter is in scene units."""
    wires = view.scene.wires
    painter.setPen(QPen(view.ink.selection, WIRE + 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPath(wires.path(wires.row[wire]))


def taking_extent(view: CanvasView, wire: WireId) -> QRectF:
    """What `paint_taking` covers in the view."""
    left, top, right, bottom = view.scene.wires.hull[view.scene.wires.row[wire]].tolist()
    return view.camera.rect_to_view(QRectF(left, top, right - left, bottom - top)).adjusted(-6, -6, 6, 6)


def _curves(view: CanvasView, wire: Wire) -> Floats:
    """The corners of a wire that isn't there yet."""
    start = view.scene.port_point(wire.source, wire.output, True) or QPointF()
    stop = view.scene.port_point(wire.target, wire.input, False) or QPointF()
    return through((start.x(), start.y()), wire.via, (stop.x(), stop.y()))
