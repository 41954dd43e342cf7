"""Room made for a group that is opened in place: what its sheet would lie on goes aside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.document.model import Document, NodeId
from gradstudio.document.regions import AreaId, Comment, Frame, GroupId
from gradstudio.document.remarks import Rect, rect_of
from gradstudio.document.shapes import infer
from gradstudio.ui.canvas.boxes import closed
from gradstudio.ui.canvas.face import face_of
from gradstudio.ui.canvas.metrics import AREA_PAD, AREA_TOP, GRID
from gradstudio.ui.canvas.nodes import Floats

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_GAP = 40.0


def sheet_around(document: Document, group: GroupId) -> QRectF:
    """Where the sheet of a group would be if it were opened in place."""
    places = infer(document).places
    rect = QRectF()
    for i in document.members(group):
        look = face_of(document.nodes[i], places[i].gate).look
        rect = rect.united(QRectF(document.nodes[i].x, document.nodes[i].y, look.width, look.height))
    for i, inner in document.groups.items():
        if inner.parent == group:
            rect = rect.united(_box(document, i) if inner.collapsed else sheet_around(document, i))
    drawn: list[Frame | Comment] = [*document.frames.values(), *document.comments.values()]
    for area in drawn:
        if area.group == group:
            rect = rect.united(QRectF(*rect_of(area)))
    return rect.adjusted(-AREA_PAD, -AREA_TOP, AREA_PAD, AREA_PAD)


def _box(document: Document, group: GroupId) -> QRectF:
    _, x, y, face = closed(document, group)
    return QRectF(x, y, face.look.width, face.look.height)


def moved_aside(view: CanvasView, group: GroupId) -> tuple[dict[NodeId, tuple[float, float]], dict[AreaId, Rect]]:
    """Where everything goes that a closed group would lie on once it is opened: away from its box.

    What lies right of the box goes right as far as needed, all of it equally far; so does what lies left, above, below.
    """
    scene, document = view.scene, view.studio.document
    sheet, box = sheet_around(document, group), scene.area_rect(group)
    rows = [row for shown, row in scene.nodes.row.items() if shown != -group]
    areas = [i for i in (*document.frames, *document.comments) if i in scene.areas.areas]
    rects = [scene.areas.rect(i) for i in areas]
    boxes = np.concatenate((scene.nodes.boxes[rows], _boxes(rects)))
    shifts = _shifts(boxes, sheet, box)
    nodes: dict[NodeId, tuple[float, float]] = {}
    for row, (dx, dy) in zip(rows, shifts.tolist(), strict=False):
        if dx or dy:
            for i in scene.stage.members(scene.nodes.ids[row]):
                nodes[i] = document.nodes[i].x + dx, document.nodes[i].y + dy
    laid = {
        i: (rect.x() + dx, rect.y() + dy, rect.width(), rect.height())
        for i, rect, (dx, dy) in zip(areas, rects, shifts[len(rows) :].tolist(), strict=True)
        if dx or dy
    }
    return nodes, laid


def _boxes(rects: Iterable[QRectF]) -> Floats:
    return np.array([rect.getRect() for rect in rects], float).reshape(-1, 4)


def _shifts(boxes: Floats, sheet: QRectF, box: QRectF) -> Floats:
    """How far each box goes."""
    left, top, right, bottom = boxes[:, 0], boxes[:, 1], boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    hit = (left < sheet.right() + _GAP) & (right > sheet.left() - _GAP)
    hit &= (top < sheet.bottom() + _GAP) & (bottom > sheet.top() - _GAP)
    shifts: Floats = np.zeros((len(boxes), 2))
    if not hit.any():
        return shifts
    on_right, on_left = left >= box.right(), right <= box.left()
    beside = on_right | on_left
    below, above = ~beside & (top >= box.bottom()), ~beside & (bottom <= box.top())
    ways = (
        (on_right, 0, sheet.right() + _GAP - left, 1.0),
        (on_left, 0, right - sheet.left() + _GAP, -1.0),
        (below, 1, sheet.bottom() + _GAP - top, 1.0),
        (above, 1, bottom - sheet.top() + _GAP, -1.0),
    )
    for side, axis, missing, sign in ways:
        if (side & hit).any():
            shifts[side, axis] = sign * np.ceil(missing[side & hit].max() / GRID) * GRID
    return shifts
