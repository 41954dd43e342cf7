"""Which of very many boxes may touch an area, without a look at each of them.

Boxes of about the same size that lie together make a tile, and a look at the tiles tells which rows to look at. Rows
that changed since are looked at always; where they are many, tiles are made anew once it is worth it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from gradstudio.ui.canvas.nodes import Floats, Rows

LEAST = 8_000
"""Of fewer rows a look at each takes no longer."""
WORTH = 20
"""Tiles are made when rows were asked for so many times since many changed: making them takes as long as that."""
_SIZE = 64
"""Rows of a tile."""
_SHARE = 8
"""Where more than one row in so many may touch an area, a look at all is faster."""
_CHANGES = 1_000
"""So many rows that changed, or went, are kept apart before tiles are made anew."""


class _Made(NamedTuple):
    """Rows by tile, and left, top, right, bottom around each tile."""

    rows: Rows
    hulls: Floats


class Tiles:
    """Rows of a table by where they are.

    Rows are named here by the numbers they had, or would have had, when the tiles were made: those that go later leave
    gaps, and nothing needs to be renumbered.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._made: _Made | None = None
        self._asked = 0
        self._noted: list[int] = []
        self._changed: set[int] = set()
        self._went: Rows = np.zeros(0, np.intp)

    def change(self, rows: Sequence[int] | Rows) -> None:
        """These rows are new, or lie elsewhere now."""
        if self._made is None:
            self._asked = 0
            return
        self._noted.extend(rows)

    def drop(self, rows: Rows) -> None:
        """These rows go, and those behind them move up."""
        self._write_down()
        if self._made is None:
            self._asked = 0
            return
        self._went = np.sort(np.concatenate((self._went, self._then(rows))))

    def among(self, boxes: Floats, area: tuple[float, float, float, float], *, corners: bool) -> Rows | None:
        """Rows, ascending, among which are all that touch an area; None where that may be any.

        Args:
            boxes: of all rows.
            area: left, top, right, bottom.
            corners: whether the boxes are given as left, top, right, bottom, rather than left, top, width, height.
        """
        if len(boxes) < LEAST:
            self._forget()
            return None
        self._write_down()
        if self._made is None:
            self._asked += 1
            if self._asked < WORTH:
                return None
            self._made = _make(
                boxes if corners else np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), axis=1)
            )
        left, top, right, bottom = area
        h = self._made.hulls
        tiles = np.flatnonzero((h[0] < right) & (h[2] > left) & (h[1] < bottom) & (h[3] > top))
        if len(tiles) * _SIZE * _SHARE > len(boxes):
            return None
        return self._now(self._made.rows[tiles].ravel())

    def _write_down(self) -> None:
        """Keep the rows apart that changed; where too many did, or went, the tiles are of no use any more."""
        if self._noted:
            self._changed.update(self._then(np.array(self._noted, np.intp)).tolist())
            self._noted = []
        if len(self._changed) > _CHANGES or len(self._went) > _CHANGES:
            self._forget()

    def _now(self, rows: Rows) -> Rows:
        """Numbers, ascending, that rows found in tiles have now, with those of all that changed."""
        rows = np.sort(np.concatenate((rows, np.fromiter(self._changed, np.intp, len(self._changed)))))
        rows = rows[np.diff(rows, prepend=-1) > 0]
        if not len(self._went):
            return rows
        before = np.searchsorted(self._went, rows)
        stays = self._went[np.minimum(before, len(self._went) - 1)] != rows
        now: Rows = (rows - before)[stays]
        return now

    def _then(self, rows: Rows) -> Rows:
        """What rows are named here."""
        return rows + np.searchsorted(self._went - np.arange(len(self._went)), rows, side="right")


def _make(hulls: Floats) -> _Made:
    """Put rows of about the same size together, of these those of about the same x, of these those of about the same y.

    Strips of about the same x are as many as make tiles about as wide as high.
    """
    left, top, right, bottom = hulls.T
    x, y, size = left + right, top + bottom, np.frexp(np.maximum(right - left, bottom - top))[1]
    count = len(x) / _SIZE
    strips = min(max((count * (x.std() + 1.0) / (y.std() + 1.0)) ** 0.5, 1.0), count)
    order = np.lexsort((x, size))
    strip = (np.arange(len(order)) * (strips / len(order))).astype(np.intp)
    order = order[np.lexsort((y[order], strip, size[order]))]
    rows = np.concatenate((order, np.repeat(order[-1:], -len(order) % _SIZE))).reshape(-1, _SIZE)
    found = hulls[rows]
    return _Made(rows, np.concatenate((found[..., :2].min(axis=1), found[..., 2:].max(axis=1)), axis=1).T.copy())
