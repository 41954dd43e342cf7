"""The document as the canvas sees it: node and wire tables kept in step with every change, and what lies where."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gradstudio.document.dots import shifted
from gradstudio.document.model import Change, Document, Dot, NodeId, WireId
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.remarks import Rect
from gradstudio.document.stage import ShownId, Stage, is_box
from gradstudio.ui.canvas.areas import BODY, AreaTable, Edges, Kind, on_toggle
from gradstudio.ui.canvas.following import Following
from gradstudio.ui.canvas.labels import Labels
from gradstudio.ui.canvas.metrics import DOT_GRIP, HEADER, MARGIN, PORT_GRIP, TOGGLE, WIRE_END, WIRE_GRIP
from gradstudio.ui.canvas.nodes import NodeTable, Rows
from gradstudio.ui.canvas.ports import PortRef, Ports
from gradstudio.ui.canvas.readings import Readings, Trouble
from gradstudio.ui.canvas.stubs import Stubs
from gradstudio.ui.canvas.wires import WireTable

__all__ = ["NOTHING", "Hit", "Part", "PortRef", "Scene"]

_MANY = 200
"""When more nodes than this have moved, all labels look for new places."""


class Part(Enum):
    """What a point of the canvas belongs to."""

    EMPTY = auto()
    NODE = auto()
    GROUP = auto()
    """The box of a closed group, or the title bar of one opened in place."""
    BORDER = auto()
    """Inside a group: the box of its inputs or of its outputs."""
    AREA = auto()
    """A frame or a comment."""
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
        header: whether a node or a group was hit in its header.
        area: the group, frame or comment.
        edges: which edges of a frame or comment were hit; neither: its body.
        toggle: whether it is the mark that opens and closes a group.
    """

    part: Part = Part.EMPTY
    node: NodeId = 0
    port: str = ""
    wire: WireId = 0
    index: int = 0
    header: bool = False
    area: AreaId = 0
    edges: Edges = BODY
    toggle: bool = False

    @property
    def shown(self) -> ShownId:
        """The row that was hit: a node, or a closed group's box."""
        return -self.area if self.part is Part.GROUP else self.node

    @property
    def is_port(self) -> bool:
        """Whether it is an input or output."""
        return self.part in (Part.INPUT, Part.OUTPUT)


NOTHING = Hit()


class Scene:
    """Geometry of a document's network, as it is seen from where one stands.

    Attributes:
        document: it shows.
        stage: how each node is seen.
        nodes: rows of nodes and boxes.
        wires: rows of wires.
        ports: which port of which node is where.
        areas: frames, comments, sheets of opened groups.
        stubs: outputs that nothing is connected to.
        labels: where the labels of the wires are.
    """

    def __init__(self, document: Document, inside: GroupId | None = None) -> None:
        self.document = document
        self.stage = Stage(document, inside)
        self.nodes = NodeTable()
        self.wires = WireTable()
        self.ports = Ports(document, self.stage, self.nodes)
        self._following = Following(document, self.nodes, self.wires, self.ports)
        self._following.begin(self.stage)
        self.areas = AreaTable(document, self.stage, self.nodes)
        self.stubs = Stubs(self.nodes, self.wires, self.ports)
        self.labels = Labels(self.nodes, self.wires, self.stubs, self.areas)
        self._displaced: set[ShownId] = set()

    def sync(self, change: Change) -> None:
        """Follow a change of the document."""
        if change.groups:
            inside = self.stage.inside
            self.stage = Stage(self.document, inside if inside in self.document.groups else None)
        if change.nodes or change.wires or change.groups:
            self._follow(change)
        if self.document.groups or change.groups or change.frames or change.comments:
            self.areas.sync(self.document, self.stage)
        if change.groups or change.frames or change.comments:
            self.labels.forget()

    def _follow(self, change: Change) -> None:
        moved, kept = self._following.follow(change, self.stage)
        if kept is not None:
            self.labels.drop(kept)
        self.stubs.invalidate()
        self._displaced = {i for i in self._displaced if i in self.nodes.row}
        self._displaced.update(moved)
        self.settle()

    def keep_only(self, nodes: Container[NodeId]) -> None:
        """Leave out everything but these nodes (and boxes that hold them), the wires between them, and their sheets."""
        seen = set(self.stage.units(i for i in self.document.nodes if i in nodes))
        tied = {
            wire: [self.nodes.ids[row] for row in self.wires.tied[i].tolist()] for wire, i in self.wires.row.items()
        }
        self.wires.drop([wire for wire, ends in tied.items() if not seen.issuperset(ends)])
        self.wires.renumber(self.nodes.drop([i for i in self.nodes.row if i not in seen]))
        self.areas.keep_within(self.nodes.bounds())
        self.stubs.invalidate()
        self.labels.forget()

    def displace(self, places: Mapping[ShownId, tuple[float, float]]) -> Rows:
        """Show nodes and boxes elsewhere than the document has them (a gesture in progress).

        Returns:
            The rows of their wires.
        """
        rows = []
        self.labels.roughly = True
        self._displaced.update(places)
        for shown, (x, y) in places.items():
            row = self.nodes.row.get(shown)
            if row is not None:
                self.nodes.place(row, x, y)
                rows.append(row)
        touched = self.wires.touching(rows) if rows else np.zeros(0, np.intp)
        self.wires.route(touched, self.nodes)
        if self.wires.bends:
            self.wires.lead(self._carried(places), self.nodes)
        self.stubs.moved()
        self.areas.moved()
        self.labels.forget_wires(touched)
        return touched

    def lay(self, rects: Mapping[AreaId, Rect]) -> None:
        """Show frames and comments elsewhere than the document has them (a gesture in progress)."""
        self.areas.lay(rects)

    def lead(self, vias: Mapping[WireId, tuple[Dot, ...]]) -> Rows:
        """Show wires led through other dots than the document has (a gesture in progress); returns their rows."""
        rows = self.wires.lead(vias, self.nodes)
        self.labels.forget_wires(rows)
        return rows

    def _carried(self, places: Mapping[ShownId, tuple[float, float]]) -> dict[WireId, tuple[Dot, ...]]:
        """The dots that go along when nodes are shown elsewhere: those between two that move equally far."""
        found: dict[WireId, tuple[Dot, ...]] = {}
        for wire_id in self.wires.bends:
            source, target = (self.nodes.ids[row] for row in self.wires.tied[self.wires.row[wire_id]].tolist())
            gap = self._gap(source, places)
            if gap is not None and gap == self._gap(target, places):
                found[wire_id] = shifted(self.document.wires[wire_id].via, *gap)
        return found

    def _gap(self, shown: ShownId, places: Mapping[ShownId, tuple[float, float]]) -> tuple[float, float] | None:
        home, there = self.home(shown), places.get(shown)
        return None if home is None or there is None else (there[0] - home[0], there[1] - home[1])

    def home(self, shown: ShownId) -> tuple[float, float] | None:
        """Where the document has a node, or the box of a closed group."""
        record = self.document.groups.get(-shown) if is_box(shown) else self.document.nodes.get(shown)
        return None if record is None else (record.x, record.y)

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
        """The box around everything that is seen, or around what these nodes are seen as."""
        if nodes is not None:
            return self.nodes.bounds(self.nodes.rows(self.stage.units(nodes)))
        drawn = self.nodes.bounds().united(self.wires.bounds()).united(self.stubs.bounds())
        drawn = drawn.united(self.nodes.note_bounds())
        return drawn.united(self.areas.bounds())

    def shown_problems(self, readings: Readings) -> Mapping[ShownId, Trouble]:
        """What is wrong, by what is seen: of a closed group the worst of what is wrong in it."""
        if self.stage.plain or not readings.problems:
            return readings.problems
        found: dict[ShownId, Trouble] = {}
        for node, trouble in readings.problems.items():
            shown = self.stage.of(node) if node in self.document.nodes else None
            if shown is not None and (shown not in found or found[shown].mild):
                found[shown] = trouble
        return found

    def node_rect(self, node: ShownId) -> QRectF:
        """The box of a node, or of the closed group it is in; empty if it isn't seen."""
        row = self.ports.row(node)
        return QRectF() if row is None else QRectF(self.nodes.rects[row])

    def area_rect(self, area: AreaId) -> QRectF:
        """Where a group (closed or opened), a frame or a comment is seen; empty if it isn't."""
        row = self.nodes.row.get(-area)
        return self.areas.rect(area) if row is None else QRectF(self.nodes.rects[row])

    def port_point(self, node: NodeId, port: str, is_output: bool) -> QPointF | None:
        """Where a port is seen."""
        found = self.ports.place(PortRef(node, port, is_output))
        if found is None:
            return None
        row, y = found
        x, top, width, _ = self.nodes.boxes[row].tolist()
        return QPointF(x + width if is_output else x, top + y)

    def hit(self, at: QPointF, scale: float, selected: frozenset[ShownId] = frozenset(), ports: bool = True) -> Hit:
        """What lies at a scene point: a port, a node (selected ones lie on top), a dot, a wire, a sheet."""
        x, y = at.x(), at.y()
        rows = self.nodes.at(x, y).tolist()
        if ports:
            near = self.nearest_port(at, min(PORT_GRIP / scale, *(self._grip_inside(row) for row in rows), math.inf))
            if near is not None:
                return Hit(Part.OUTPUT if near.is_output else Part.INPUT, near.node, near.port)
        if rows:
            return self._hit_box(max(rows, key=lambda r: (self.nodes.ids[r] in selected, r)), at)
        dot = self.wires.dot_near(x, y, DOT_GRIP / scale)
        if dot is not None:
            return Hit(Part.DOT, wire=dot[0], index=dot[1])
        wire = self.wires.near(x, y, WIRE_GRIP / scale)
        return self._hit_area(at, scale) if wire is None else Hit(Part.WIRE, wire=self.wires.ids[wire])

    def _hit_box(self, row: int, at: QPointF) -> Hit:
        shown, rect = self.nodes.ids[row], self.nodes.rects[row]
        header = at.y() < rect.top() + HEADER
        if shown > 0:
            return Hit(Part.NODE, shown, header=header)
        if not is_box(shown):
            return Hit(Part.BORDER, shown)
        toggle = header and at.x() > rect.right() - MARGIN - TOGGLE / 2
        return Hit(Part.GROUP, area=-shown, header=header, toggle=toggle)

    def _hit_area(self, at: QPointF, scale: float) -> Hit:
        found = self.areas.hit(at, scale)
        if found is None:
            return NOTHING
        area, edges = found
        if area.kind is Kind.GROUP:
            return Hit(Part.GROUP, area=area.id, header=True, toggle=on_toggle(area, at))
        return Hit(Part.AREA, area=area.id, edges=edges, header=area.kind is Kind.FRAME)

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
            for on_right, spots, edge in ((False, look.inputs, x), (True, look.outputs, x + width)):
                for spot in spots:
                    gap = (at.x() - edge) ** 2 + (at.y() - top - spot.y) ** 2
                    if gap > best:
                        continue
                    port = self.ports.at(row, spot, on_right)
                    if port is not None and outputs in (None, port.is_output):
                        best, found = gap, port
        return found

    def nodes_in(self, area: QRectF, *, whole: bool = False) -> tuple[NodeId, ...]:
        """Nodes whose boxes touch a scene rectangle, or lie in it whole; of a closed group all, where its box does."""
        rows = self.nodes.inside(area) if whole else self.nodes.within(area, 0.0)
        shown = (self.nodes.ids[row] for row in rows.tolist())
        return tuple(node for one in shown for node in self.stage.members(one))
