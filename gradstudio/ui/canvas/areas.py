"""Sheets on the canvas: frames, comments, and the sheets around groups opened in place; and where one takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gradstudio.document.model import Document
from gradstudio.document.nesting import chain
from gradstudio.document.regions import AreaId, Comment, Frame, GroupId
from gradstudio.document.remarks import Rect, rect_of
from gradstudio.document.stage import Stage
from gradstudio.ui.canvas.ink import fonts
from gradstudio.ui.canvas.metrics import AREA_HEADER, AREA_PAD, AREA_TOP, EDGE_GRIP, MARGIN, TOGGLE
from gradstudio.ui.canvas.nodes import Floats, NodeTable

Edges = tuple[int, int]
"""Which edges are taken: -1 the left (upper) one, 1 the right (lower) one, 0 none."""
BODY: Edges = (0, 0)


class Kind(Enum):
    """What a sheet is."""

    GROUP = auto()
    FRAME = auto()
    COMMENT = auto()


@dataclass(slots=True)
class Area:
    """One sheet.

    Attributes:
        id: of the group, frame or comment.
        kind: which of them it is.
        text: its title, or a comment's words.
        color: it was painted in, or empty.
        rect: where it is shown.
    """

    id: AreaId
    kind: Kind
    text: str
    color: str
    rect: QRectF


class AreaTable:
    """The sheets that are seen, from the lowest to the uppermost."""

    def __init__(self, document: Document, stage: Stage, nodes: NodeTable) -> None:
        self._nodes = nodes
        self.areas: dict[AreaId, Area] = {}
        self._parts: dict[GroupId, tuple[list[int], list[AreaId]]] = {}
        self._stale = False
        self.sync(document, stage)

    def sync(self, document: Document, stage: Stage) -> None:
        """Follow a change of the document, or of what is seen of it."""
        found: list[tuple[tuple[bool, int, bool, int], Area]] = []
        for i in stage.opened:
            group = document.groups[i]
            area = Area(i, Kind.GROUP, group.name, group.color, QRectF())
            found.append(((False, len(chain(document, i)), False, i), area))
        for frame in document.frames.values():
            if stage.shows(frame.group):
                area = Area(frame.id, Kind.FRAME, frame.title, frame.color, QRectF(*rect_of(frame)))
                found.append(((False, len(chain(document, frame.group)), True, frame.id), area))
        for comment in document.comments.values():
            if stage.shows(comment.group):
                area = Area(comment.id, Kind.COMMENT, comment.text, comment.color, QRectF(*rect_of(comment)))
                found.append(((True, 0, False, comment.id), area))
        found.sort(key=lambda pair: pair[0])
        self.areas = {area.id: area for _, area in found}
        self._parts = {i: _parts(document, stage, i) for i in stage.opened}
        self._stale = bool(self._parts)

    def __len__(self) -> int:
        return len(self.areas)

    def moved(self) -> None:
        """Nodes are shown elsewhere: the sheets around opened groups follow."""
        self._stale = bool(self._parts)

    def lay(self, rects: Mapping[AreaId, Rect]) -> None:
        """Show frames and comments elsewhere than the document has them (a gesture in progress)."""
        for i, rect in rects.items():
            if i in self.areas:
                self.areas[i].rect = QRectF(*rect)
        self.moved()

    def all(self) -> list[Area]:
        """All sheets, from the lowest to the uppermost."""
        if self._stale:
            self._stale = False
            for i in reversed(self._parts):
                self.areas[i].rect = self._around(i)
        return list(self.areas.values())

    def within(self, area: QRectF) -> list[Area]:
        """The sheets that touch an area."""
        return [one for one in self.all() if one.rect.intersects(area)] if self.areas else []

    def keep_within(self, area: QRectF) -> None:
        """Leave out what doesn't lie around or on an area as a whole."""
        self._parts = {i: parts for i, parts in self._parts.items() if self._nodes.rows(parts[0])}
        self.moved()
        kept = {one.id: one for one in self.all() if one.id in self._parts or area.contains(one.rect)}
        self.areas = kept

    def rect(self, area: AreaId) -> QRectF:
        """Where a sheet is shown; empty if it isn't."""
        found = self.areas.get(area)
        if found is None:
            return QRectF()
        self.all()
        return QRectF(found.rect)

    def holding(self, rows: Iterable[int]) -> list[AreaId]:
        """The opened groups around some rows of nodes, whose sheets move with them."""
        held = set(rows)
        found: set[AreaId] = set()
        for i in reversed(self._parts):
            members, areas = self._parts[i]
            if found.intersection(areas) or any(self._nodes.row.get(node) in held for node in members):
                found.add(i)
        return list(found)

    def written(self, area: QRectF) -> Floats:
        """Boxes (left, top, width, height) of what is written on the sheets in an area: titles and comments."""
        found = [_written(one).getRect() for one in self.within(area)]
        return np.array(found, float).reshape(-1, 4)

    def bounds(self) -> QRectF:
        """The box around all sheets; empty where there are none."""
        result = QRectF()
        for area in self.all():
            result = result.united(area.rect)
        return result

    def hit(self, at: QPointF, scale: float) -> tuple[Area, Edges] | None:
        """The uppermost sheet taken at a point, by its body or by its edges: a frame is taken at its rim only."""
        reach = EDGE_GRIP / scale
        for area in reversed(self.all() if self.areas else []):
            rect = area.rect
            if not rect.adjusted(-reach, -reach, reach, reach).contains(at):
                continue
            edges = BODY if area.kind is Kind.GROUP else _edges(rect, at, reach)
            if edges != BODY:
                return area, edges
            if rect.contains(at) and (area.kind is Kind.COMMENT or at.y() < rect.top() + AREA_HEADER):
                return area, BODY
        return None

    def in_band(self, band: QRectF, *, whole: bool) -> list[AreaId]:
        """The comments a rectangle touches, or holds whole, and the frames it holds whole."""
        found = []
        for area in self.all() if self.areas else []:
            touched = area.kind is Kind.COMMENT and not whole and band.intersects(area.rect)
            if touched or (area.kind is not Kind.GROUP and band.contains(area.rect)):
                found.append(area.id)
        return found

    def group_at(self, at: QPointF) -> GroupId | None:
        """The innermost opened group whose sheet holds a point."""
        groups = [area for area in self.all() if area.kind is Kind.GROUP] if self.areas else []
        return next((area.id for area in reversed(groups) if area.rect.contains(at)), None)

    def _around(self, group: GroupId) -> QRectF:
        members, areas = self._parts[group]
        rect = self._nodes.bounds(self._nodes.rows(members)) if members else QRectF()
        for i in areas:
            rect = rect.united(self.areas[i].rect)
        return rect.adjusted(-AREA_PAD, -AREA_TOP, AREA_PAD, AREA_PAD)


def on_toggle(area: Area, at: QPointF) -> bool:
    """Whether a point is on the mark in the title bar of an opened group."""
    return at.x() > area.rect.right() - MARGIN - TOGGLE / 2


def _written(area: Area) -> QRectF:
    if area.kind is Kind.COMMENT:
        return area.rect
    wide = fonts().title_width.horizontalAdvance(area.text) + MARGIN if area.text else 0.0
    return QRectF(area.rect.left(), area.rect.top(), min(wide, area.rect.width()), AREA_HEADER)


def _parts(document: Document, stage: Stage, group: GroupId) -> tuple[list[int], list[AreaId]]:
    """What the sheet around an opened group is around: nodes and boxes, and other sheets."""
    shown: list[int] = [*document.members(group)]
    areas: list[AreaId] = []
    for i, inner in document.groups.items():
        if inner.parent == group:
            if stage.at(i) == 0:
                areas.append(i)
            else:
                shown.append(-i)
    drawn: list[Frame | Comment] = [*document.frames.values(), *document.comments.values()]
    areas += [one.id for one in drawn if one.group == group]
    return shown, areas


def _edges(rect: QRectF, at: QPointF, reach: float) -> Edges:
    across = -1 if at.x() < rect.left() + reach else 1 if at.x() > rect.right() - reach else 0
    down = -1 if at.y() < rect.top() + reach else 1 if at.y() > rect.bottom() - reach else 0
    return across, down
