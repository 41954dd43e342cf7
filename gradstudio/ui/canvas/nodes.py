"""All nodes of the canvas as rows of numpy arrays: culling and hit tests cost microseconds at ten thousand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

from gradstudio.document.model import Node, NodeId
from gradstudio.document.places import Place
from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas.face import Face, Look, face_of
from gradstudio.ui.canvas.metrics import BLEED, NOTE_REACH, NOTE_WIDTH
from gradstudio.ui.canvas.tiles import Tiles

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T")
Entry: TypeAlias = tuple[ShownId, float, float, Face]
"""What is put into a row: its id, its upper left corner, what it shows."""


def by_kind(rows: Rows, kind: Rows, items: Sequence[T] | Mapping[int, T]) -> list[tuple[int, list[T]]]:
    """The items of these rows, sorted by kind: each kind that there is, with its items."""
    present = kind[rows]
    return [
        (i, [items[row] for row in rows[present == i].tolist()])
        for i in np.nonzero(np.bincount(present))[0].tolist()  # np.unique loads another 15 ms of numpy
    ]


def _longer(column: npt.NDArray[Any], more: int) -> npt.NDArray[Any]:
    """A column with room for more rows at its end."""
    return np.concatenate((column, np.zeros(more, column.dtype)))


class NodeTable:
    """Rows of nodes, and of boxes of closed groups (their ids negated), in the order of their making.

    Only what is seen has a row.

    Attributes:
        ids: what is seen, per row.
        row: row per id.
        boxes: left, top, width, height per row.
        faces: what each shows.
        shelf: index of its category's colours per row.
        tint: index of the colour it has from afar per row: its tag's, or its category's.
        lowest: how low its last output sits that isn't a weight, per row; -1 where there is none.
        open_ends: in how many outputs a network may end there, per row; 0 for boxes of groups.
        rects: the boxes as Qt rectangles, for batched drawing.
    """

    def __init__(self) -> None:
        self.ids: list[ShownId] = []
        self.row: dict[ShownId, int] = {}
        self.boxes: Floats = np.zeros((0, 4))
        self.faces: list[Face] = []
        self.shelf = np.zeros(0, np.intp)
        self.tint = np.zeros(0, np.intp)
        self.lowest: Floats = np.zeros(0)
        self.open_ends = np.zeros(0, np.intp)
        self._has_note: Mask = np.zeros(0, bool)
        self._blocks: list[tuple[int, list[QRectF]]] | None = None
        self.rects: list[QRectF] = []
        self._tiles = Tiles()

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, nodes: Sequence[Node], places: Mapping[NodeId, Place]) -> None:
        """Add nodes with what is inferred of them, or renew the rows of those that are there."""
        self.put_rows([(node.id, node.x, node.y, face_of(node, places[node.id].gate)) for node in nodes])

    def put_rows(self, entries: Sequence[Entry]) -> None:
        """The same for whatever is seen."""
        self._blocks = None
        fresh = [entry for entry in entries if entry[0] not in self.row]
        for entry in entries:
            if entry[0] in self.row:
                self._renew(self.row[entry[0]], *entry[1:])
        if fresh:
            self._append(fresh)

    def _append(self, entries: Sequence[Entry]) -> None:
        start = len(self.ids)
        self.ids += [i for i, *_ in entries]
        self.row.update((i, start + at) for at, (i, *_) in enumerate(entries))
        self.faces += [face for *_, face in entries]
        boxes = [(x, y, face.look.width, face.look.height) for _, x, y, face in entries]
        self.boxes = np.concatenate((self.boxes, np.array(boxes, float)))
        self.rects += [QRectF(*box) for box in boxes]
        rows = np.arange(start, len(self.ids))
        self.shelf, self.tint = _longer(self.shelf, len(rows)), _longer(self.tint, len(rows))
        self.lowest, self.open_ends = _longer(self.lowest, len(rows)), _longer(self.open_ends, len(rows))
        self._has_note = _longer(self._has_note, len(rows))
        self._note_down(rows, [face for *_, face in entries])
        self._tiles.change(range(start, len(self.ids)))

    def _note_down(self, rows: Rows, faces: Sequence[Face]) -> None:
        """Put what is asked of many rows at once into columns."""
        self.shelf[rows] = [face.look.shelf for face in faces]
        self.tint[rows] = [face.look.tint for face in faces]
        self.lowest[rows] = [face.look.lowest_end for face in faces]
        self.open_ends[rows] = [
            len(face.look.ends) if self.ids[row] > 0 else 0 for row, face in zip(rows, faces, strict=True)
        ]
        self._has_note[rows] = [bool(face.note) for face in faces]

    def _renew(self, row: int, x: float, y: float, face: Face) -> None:
        self.faces[row] = face
        self.boxes[row] = x, y, face.look.width, face.look.height
        self.rects[row].setRect(x, y, face.look.width, face.look.height)
        self._note_down(np.array([row]), [face])
        self._tiles.change((row,))

    def place(self, row: int, x: float, y: float) -> None:
        """Move a node's row, not its document record."""
        self.boxes[row, :2] = x, y
        self.rects[row].moveTo(x, y)
        self._tiles.change((row,))

    def drop(self, ids: Iterable[ShownId]) -> Rows:
        """Take rows out; returns for each old row its new one, -1 for those that went."""
        gone = list(ids)
        keep = np.ones(len(self.ids), bool)
        keep[[self.row[i] for i in gone]] = False
        staying = keep.tolist()
        self.ids, self.faces = list(compress(self.ids, staying)), list(compress(self.faces, staying))
        self.rects = list(compress(self.rects, staying))
        self.boxes, self.shelf, self.tint = self.boxes[keep], self.shelf[keep], self.tint[keep]
        self.lowest, self.open_ends, self._has_note = self.lowest[keep], self.open_ends[keep], self._has_note[keep]
        self._blocks = None
        self._tiles.drop(np.flatnonzero(~keep))
        for shown in gone:
            del self.row[shown]
        first = int(keep.argmin()) if gone else len(self.ids)
        self.row.update(zip(self.ids[first:], range(first, len(self.ids)), strict=True))
        return np.where(keep, np.cumsum(keep) - 1, -1)

    def rows(self, ids: Iterable[ShownId]) -> list[int]:
        """Rows of those ids that are there, ascending."""
        return sorted(self.row[i] for i in ids if i in self.row)

    def blocks(self) -> list[tuple[int, list[QRectF]]]:
        """All boxes by the index of their colour from afar, kept until rows come, go or change."""
        if self._blocks is None:
            self._blocks = by_kind(np.arange(len(self)), self.tint, self.rects)
        return self._blocks

    @property
    def noted(self) -> Rows:
        """Rows with a note below them."""
        return np.flatnonzero(self._has_note)

    def notes_within(self, area: QRectF) -> Rows:
        """Rows whose notes may touch the area."""
        rows = self.noted
        b = self.boxes[rows]
        hit = (b[:, 0] < area.right()) & (b[:, 0] + np.maximum(b[:, 2], NOTE_WIDTH) > area.left())
        hit &= (b[:, 1] + b[:, 3] < area.bottom()) & (b[:, 1] + b[:, 3] + NOTE_REACH > area.top())
        return rows[hit]

    def note_bounds(self) -> QRectF:
        """The box around all notes; empty where there are none."""
        notes = QRectF()
        for row in self.noted.tolist():
            x, y, width, height = self.boxes[row].tolist()
            notes = notes.united(QRectF(x, y + height, max(width, NOTE_WIDTH), NOTE_REACH))
        return notes

    def look(self, row: int) -> Look:
        """What the node shares with others."""
        return self.faces[row].look

    def bounds(self, rows: Sequence[int] | None = None) -> QRectF:
        """The box around all (or these) nodes; empty where there are none."""
        boxes = self.boxes if rows is None else self.boxes[list(rows)]
        if not len(boxes):
            return QRectF()
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
        return QRectF(left, top, right - left, bottom - top)

    def within(self, area: QRectF, bleed: float = BLEED, among: Rows | None = None) -> Rows:
        """Rows (among some, or all) whose pictures touch the area."""
        left, top, right, bottom = area.left() - bleed, area.top() - bleed, area.right() + bleed, area.bottom() + bleed
        if among is None:
            among = self._tiles.among(self.boxes, (left, top, right, bottom), corners=False)
        b = self.boxes if among is None else self.boxes[among]
        hit = (b[:, 0] < right) & (b[:, 0] + b[:, 2] > left) & (b[:, 1] < bottom) & (b[:, 1] + b[:, 3] > top)
        return np.nonzero(hit)[0] if among is None else among[hit]

    def inside(self, area: QRectF) -> Rows:
        """Rows whose boxes lie in the area whole."""
        b = self.boxes
        hit = (b[:, 0] >= area.left()) & (b[:, 0] + b[:, 2] <= area.right())
        hit &= (b[:, 1] >= area.top()) & (b[:, 1] + b[:, 3] <= area.bottom())
        return np.nonzero(hit)[0]

    def at(self, x: float, y: float, grow: float = 0.0) -> Rows:
        """Rows whose boxes, grown a little, hold the point."""
        b = self.boxes
        hit = (b[:, 0] - grow <= x) & (x <= b[:, 0] + b[:, 2] + grow)
        hit &= (b[:, 1] - grow <= y) & (y <= b[:, 1] + b[:, 3] + grow)
        return np.nonzero(hit)[0]
