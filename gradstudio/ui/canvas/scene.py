"""The document as the canvas sees it: node and wire tables kept in step with every change, and what lies where."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gradstudio.document.dots import carried
from gradstudio.document.model import Change, Document, Dot, NodeId, WireId, moved
from gradstudio.document.shapes import infer
from gradstudio.ui.canvas.face import Spot
from gradstudio.ui.canvas.labels import Labels
from gradstudio.ui.canvas.metrics import DOT_GRIP, PORT_GRIP, WIRE_END, WIRE_GRIP
from gradstudio.ui.canvas.nodes import NodeTable, Rows
from gradstudio.ui.canvas.stubs import Stubs
from gradstudio.ui.canvas.wires import WireTable

_MANY = 200
"""When more nodes than this have moved, all labels look for new places."""


class Part(Enum):
    """What a point of the canvas belongs to."""

    EMPTY = auto()
    NODE = auto()
    INPUT = auto()
    OUTPUT = auto()
    WIRE = auto()
    DOT = auto()


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies at a point.

    Attributes:
        part: its kind.
        node: the node, for nodes and ports.
        port: name of the port.
        wire: the wire, for wires and their dots.
        index: of the dot.
        header: whether a node was hit in its header.
    """

    part: Part = Part.EMPTY
    node: NodeId = 0
    port: str = ""
    wire: WireId = 0
    index: int = 0
    header: bool = False

    @property
    def is_port(self) -> bool:
        """Whether it is an input or output."""
        return self.part in (Part.INPUT, Part.OUTPUT)


NOTHING = Hit()


@dataclass(frozen=True, slots=True)
class PortRef:
    """A port by node and name."""

    node: NodeId
    port: str
    is_output: bool


class Scene:
    """Geometry of a document's network.

    Attributes:
        document: it shows.
        nodes: rows of nodes.
        wires: rows of wires.
        stubs: outputs that nothing is connected to.
        labels: where the labels of the wires are.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = NodeTable()
        self.wires = WireTable()
        self.nodes.put(list(document.nodes.values()), infer(document).places)
        self.wires.put(list(document.wires.values()), self.nodes)
        self.stubs = Stubs(self.nodes, self.wires)
        self.labels = Labels(self.nodes, self.wires, self.stubs)
        self._displaced: set[NodeId] = set()

    def sync(self, change: Change) -> None:
        """Follow a change of the document."""
        nodes, wires, known = self.document.nodes, self.document.wires, self.wires.row
        gone_wires = [i for i in change.wires if i not in wires and i in known]
        if gone_wires:
            self.labels.drop(self.wires.drop(gone_wires))
        gone = [i for i in change.nodes if i not in nodes and i in self.nodes.row]
        if gone:
            self.wires.renumber(self.nodes.drop(gone))
        present = [i for i in sorted(change.nodes) if i in nodes]
        self.nodes.put([nodes[i] for i in present], infer(self.document).places)
        fresh = {i for i in change.wires if i in wires}
        for node_id in present:
            fresh.update(w.id for w in (*self.document.wires_into(node_id), *self.document.wires_out_of(node_id)))
        self.wires.put([wires[i] for i in sorted(fresh)], self.nodes)
        self.stubs.invalidate()
        self._displaced.difference_update(gone)
        self._displaced.update(present)
        self.settle()

    def displace(self, places: Mapping[NodeId, tuple[float, float]]) -> Rows:
        """Show nodes elsewhere than the document has them (a gesture in progress); returns the rows of their wires."""
        rows = []
        self.labels.roughly = True
        self._displaced.update(places)
        for node_id, (x, y) in places.items():
            row = self.nodes.row.get(node_id)
            if row is not None:
                self.nodes.place(row, x, y)
                rows.append(row)
        touched = self.wires.touching(rows) if rows else np.zeros(0, np.intp)
        self.wires.route(touched, self.nodes)
        if self.wires.bends:
            self.wires.lead(self._carried(places), self.nodes)
        self.stubs.moved()
        self.labels.forget_wires(touched)
        return touched

    def lead(self, vias: Mapping[WireId, tuple[Dot, ...]]) -> Rows:
        """Show wires led through other dots than the document has (a gesture in progress); returns their rows."""
        rows = self.wires.lead(vias, self.nodes)
        self.labels.forget_wires(rows)
        return rows

    def _carried(self, places: Mapping[NodeId, tuple[float, float]]) -> dict[WireId, tuple[Dot, ...]]:
        """The dots that go along when nodes are shown elsewhere."""
        records = self.document.nodes
        there = {i: moved(records[i], x, y) for i, (x, y) in places.items() if i in records}
        return {wire.id: wire.via for wire in carried(self.document, there).values()}

    def settle(self) -> None:
        """Find places for the labels of what moved, and for those it came to lie on."""
        self.labels.roughly = False
        rows = self.nodes.rows(self._displaced)
        self._displaced.clear()
        if len(rows) > _MANY:
            self.labels.forget()
            return
        self.labels.forget_wires(self.wires.touching(rows))
        self.labels.forget_under(self.nodes.boxes[rows])

    def bounds(self, nodes: Iterable[NodeId] | None = None) -> QRectF:
        """The box around all nodes with their wires and stubs, or around these nodes."""
        if nodes is not None:
            return self.nodes.bounds(self.nodes.rows(nodes))
        return self.nodes.bounds().united(self.wires.bounds()).united(self.stubs.bounds())

    def node_rect(self, node: NodeId) -> QRectF:
        """A node's box; empty if it isn't there."""
        row = self.nodes.row.get(node)
        return QRectF() if row is None else QRectF(self.nodes.rects[row])

    def port_point(self, node: NodeId, port: str, is_output: bool) -> QPointF | None:
        """Where a port is."""
        row = self.nodes.row.get(node)
        if row is None:
            return None
        face = self.nodes.faces[row]
        y = face.output_y(port) if is_output else face.input_y(port)
        x, top, width, _ = self.nodes.boxes[row].tolist()
        return None if y is None else QPointF(x + width if is_output else x, top + y)

    def hit(self, at: QPointF, scale: float, selected: frozenset[NodeId] = frozenset(), ports: bool = True) -> Hit:
        """What lies at a scene point: a port, a node (selected ones lie on top), a dot, a wire."""
        x, y = at.x(), at.y()
        rows = self.nodes.at(x, y).tolist()
        if ports:
            near = self.nearest_port(at, min(PORT_GRIP / scale, *(self._grip_inside(row) for row in rows), math.inf))
            if near is not None:
                return Hit(Part.OUTPUT if near.is_output else Part.INPUT, near.node, near.port)
        if rows:
            row = max(rows, key=lambda r: (self.nodes.ids[r] in selected, r))
            return Hit(Part.NODE, self.nodes.ids[row], header=y < self.nodes.boxes[row, 1] + 28.0)
        dot = self.wires.dot_near(x, y, DOT_GRIP / scale)
        if dot is not None:
            return Hit(Part.DOT, wire=dot[0], index=dot[1])
        wire = self.wires.near(x, y, WIRE_GRIP / scale)
        return NOTHING if wire is None else Hit(Part.WIRE, wire=self.wires.ids[wire])

    def end_near(self, wire: WireId, at: QPointF, scale: float) -> bool | None:
        """Which end of a wire is at a point: True the output's, False the input's, None for the way between."""
        x0, y0, x1, y1 = self.wires.ends[self.wires.row[wire]].tolist()
        reach = min(WIRE_END / scale, math.hypot(x1 - x0, y1 - y0) / 3)
        gaps = math.hypot(at.x() - x0, at.y() - y0), math.hypot(at.x() - x1, at.y() - y1)
        return gaps[0] < gaps[1] if min(gaps) < reach else None

    def _grip_inside(self, row: int) -> float:
        """How far ports reach into a node: seen from afar most of it still is the node, to be moved."""
        return float(self.nodes.boxes[row, 2]) / 5

    def nearest_port(self, at: QPointF, reach: float, outputs: bool | None = None) -> PortRef | None:
        """The nearest port within reach; of outputs or inputs only, if asked."""
        best, found = reach * reach, None
        for row in self.nodes.at(at.x(), at.y(), reach).tolist():
            x, top, width, _ = self.nodes.boxes[row].tolist()
            look = self.nodes.look(row)
            for is_output, spots, edge in ((False, look.inputs, x), (True, look.outputs, x + width)):
                if outputs is not None and outputs is not is_output:
                    continue
                for spot in spots:
                    gap = (at.x() - edge) ** 2 + (at.y() - top - spot.y) ** 2
                    if gap <= best:
                        best, found = gap, PortRef(self.nodes.ids[row], spot.name, is_output)
        return found

    def spots(self, node: NodeId, outputs: bool) -> tuple[Spot, ...]:
        """A node's ports on one side."""
        row = self.nodes.row.get(node)
        if row is None:
            return ()
        look = self.nodes.look(row)
        return look.outputs if outputs else look.inputs

    def nodes_in(self, area: QRectF, *, whole: bool = False) -> tuple[NodeId, ...]:
        """Nodes whose boxes touch a scene rectangle, or lie in it whole."""
        rows = self.nodes.inside(area) if whole else self.nodes.within(area, 0.0)
        return tuple(self.nodes.ids[row] for row in rows.tolist())
