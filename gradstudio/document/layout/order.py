"""Who lies above whom in each column, so that links cross as little as possible.

Only the order of the real boxes is searched for: where the thin ones go among them follows from it. So a second search
begins where the first one ended, finds nothing better, and moves nothing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

from gradstudio.document.layout.pooling import rising
from gradstudio.document.layout.strands import Strands

_ROUNDS = 12
_SWEEPS = 8
_THREADINGS = 4
_MOST_SWAPPED = 30000
"""With more boxes than this neighbours aren't swapped one by one."""
Order = list[list[int]]


def ordered(strands: Strands) -> Order:
    """The boxes of each column from top to bottom.

    It begins with the present order and takes another one only where that has fewer crossings.
    """
    columns = Columns(strands)
    columns.thread()
    best, crossings = columns.copy(), columns.crossings()
    for _ in range(_ROUNDS):
        columns.take(_swept(columns, crossings))
        columns.thread()
        count = columns.crossings()
        if count >= crossings:
            break
        best, crossings = columns.copy(), count
    return best


def _swept(columns: Columns, crossings: int) -> Order:
    """The best order some sweeps find."""
    best = columns.copy()
    for sweep in range(_SWEEPS):
        if crossings == 0:
            break
        columns.sweep(forwards=sweep % 2 == 0)
        if len(columns.position) <= _MOST_SWAPPED:
            columns.swap()
        count = columns.crossings()
        if count < crossings:
            best, crossings = columns.copy(), count
    return best


class Columns:
    """An order under way.

    Attributes:
        columns: the boxes of each, from top to bottom.
        position: of every box in its column.
    """

    def __init__(self, strands: Strands) -> None:
        self._strands = strands
        count = len(strands.rank)
        self._left: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        self._right: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        self.columns: Order = [[] for _ in range(max(strands.rank, default=0) + 1)]
        self._pieces: list[list[tuple[int, int, float, float]]] = [[] for _ in self.columns]
        for piece in strands.pieces:
            self._left[piece.right].append((piece.left, piece.leaves))
            self._right[piece.left].append((piece.right, piece.enters))
            self._pieces[strands.rank[piece.left]].append((piece.left, piece.right, piece.leaves, piece.enters))
        self.position = [0] * count
        for box in sorted(range(strands.count), key=lambda box: (strands.start[box], box)):
            self.columns[strands.rank[box]].append(box)

    def copy(self) -> Order:
        """The order as it is now."""
        return [list(column) for column in self.columns]

    def take(self, columns: Order) -> None:
        """Go on from this order."""
        self.columns = [list(column) for column in columns]
        self._number(range(len(self.columns)))

    def _number(self, columns: Sequence[int]) -> None:
        for k in columns:
            for i, box in enumerate(self.columns[k]):
                self.position[box] = i

    # --- thin boxes --------------------------------------------------------------------------------------------

    def thread(self) -> None:
        """Put the thin boxes anew between the real ones, which stay in their order."""
        strands = self._strands
        self.columns = [[box for box in column if box < strands.count] for column in self.columns]
        height = {box: y for column in self.columns for box, y in zip(column, self._stacked(column), strict=True)}
        for thin, (source, target, share) in enumerate(strands.ends, strands.count):
            height[thin] = height[source] + share * (height[target] - height[source])
            self.columns[strands.rank[thin]].append(thin)
        for column in self.columns:
            column.sort(key=height.__getitem__)
        self._number(range(len(self.columns)))
        for sweep in range(_THREADINGS if strands.ends else 0):
            self.sweep(forwards=sweep % 2 == 0, frozen=True)

    def _stacked(self, column: Sequence[int]) -> list[float]:
        """Middles of the real boxes of a column, stacked around 0."""
        heights = [self._strands.height[box] + 40.0 for box in column]
        y = -sum(heights) / 2
        middles = []
        for height in heights:
            middles.append(y + height / 2)
            y += height
        return middles

    # --- looking for better orders -----------------------------------------------------------------------------

    def sweep(self, *, forwards: bool, frozen: bool = False) -> None:
        """Put the boxes of each column, one column after the other, near the middle of those they are linked to.

        Args:
            forwards: from the left to the right.
            frozen: whether the real ones keep their order.
        """
        beside = self._left if forwards else self._right
        count = len(self.columns)
        for k in range(count) if forwards else range(count - 1, -1, -1):
            column = self.columns[k]
            wanted = {box: self._middle(box, beside[box]) for box in column}
            if frozen:
                real = [box for box in column if box < self._strands.count]
                wanted.update(zip(real, rising([wanted[box] for box in real], [1.0] * len(real)), strict=True))
            column.sort(key=wanted.__getitem__)
            self._number((k,))

    def _middle(self, box: int, beside: list[tuple[int, float]]) -> float:
        if not beside:
            return float(self.position[box])
        return sum(self.position[other] + port / 1e4 for other, port in beside) / len(beside)

    def swap(self) -> None:
        """Swap neighbours in a column wherever that takes crossings away."""
        for column in self.columns:
            for i in range(len(column) - 1):
                a, b = column[i], column[i + 1]
                if self._crossing(a, b) > self._crossing(b, a):
                    column[i], column[i + 1] = b, a
                    self.position[a], self.position[b] = i + 1, i

    def _crossing(self, upper: int, lower: int) -> int:
        """Crossings of the links of two neighbours."""
        total = 0
        for beside in (self._left, self._right):
            ends = [(self.position[box], port) for box, port in beside[lower]]
            for box, port in beside[upper]:
                end = (self.position[box], port)
                total += sum(other < end for other in ends)
        return total

    def crossings(self) -> int:
        """How many pairs of pieces cross, in all."""
        return sum(self._crossings(pieces) for pieces in self._pieces)

    def _crossings(self, pieces: list[tuple[int, int, float, float]]) -> int:
        position, total = self.position, 0
        seen: list[tuple[int, float]] = []
        ends = sorted(((position[a], leaves), (position[b], enters)) for a, b, leaves, enters in pieces)
        for _, end in ends:
            total += len(seen) - bisect_right(seen, end)
            insort(seen, end)
        return total
