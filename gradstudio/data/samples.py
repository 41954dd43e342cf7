"""Samples that are looked at a few at a time, because all of them together may be larger than memory."""

from __future__ import annotations

import math
import mmap
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gradstudio.data.batches import MIXED
from gradstudio.data.table import Rows

if TYPE_CHECKING:
    from gradstudio.data.preparation import Fitted

Taken = npt.NDArray[Any]
LARGE = 2**28
"""Bytes of prepared features from which on an array on the disk is left there."""
BLOCK_BYTES = 2**22
"""Bytes that are read together."""
MOST_COMING = 3
"""So many stretches of rows are on their way at most."""


def arranged(arrays: Taken, layout: str) -> Taken:
    """Pictures flat, or with an axis for their channels, or as they are."""
    if layout == "flat":
        return flat(arrays)
    return arrays[:, None] if layout == "channels" and arrays.ndim == 3 else arrays


def flat(arrays: Taken) -> Taken:
    """One row of numbers for each array."""
    return arrays.reshape(len(arrays), math.prod(arrays.shape[1:]))


def release(values: Taken) -> None:
    """Take an array on the disk out of memory; it is brought back where it is looked at again."""
    base: object = values
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


class Samples:
    """Rows that batches are drawn from without all of them being in memory. Threads may share them.

    Attributes:
        shape: how many there are, then the shape of one.
        block: so many rows in a row are read together; drawing from few blocks at a time is fast.
    """

    shape: tuple[int, ...]
    block: int

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: deque[_Coming] = deque(maxlen=MOST_COMING)

    @property
    def ndim(self) -> int:
        """How many axes there are, that of the samples among them."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> Taken:
        return self.take(np.arange(len(self))[rows])

    def take(self, rows: Rows) -> Taken:
        """These rows as one array."""
        for passed, coming in enumerate(tuple(self._coming)):
            found = coming.next(rows)
            if found is not None:
                for _ in range(passed + coming.over):
                    self._coming.popleft()
                return found
        return self._alone(rows)

    def ahead(self, order: Callable[[], Rows]) -> None:
        """Begin to get rows that will be taken next, some at a time, in a thread of their own.

        Args:
            order: gives the rows in the order they will be taken in; it is called in that thread.
        """
        self._coming.append(_Coming(self._alone, order))

    def _alone(self, rows: Rows) -> Taken:
        with self._lock:
            return self._drawn(rows)

    def _drawn(self, rows: Rows) -> Taken:
        raise NotImplementedError


class _Coming:
    """Rows on their way.

    Attributes:
        over: whether all of them were handed out.
    """

    def __init__(self, draw: Callable[[Rows], Taken], order: Callable[[], Rows]) -> None:
        self.over = False
        self._draw, self._order = draw, order
        self._made: tuple[Rows, Taken] | None = None
        self._at = 0
        self._thread = threading.Thread(target=self._get, name="gradstudio-batch")
        self._thread.start()

    def _get(self) -> None:
        with suppress(OSError):  # whoever takes the rows meets it again
            rows = self._order()
            self._made = rows, self._draw(rows)

    def next(self, rows: Rows) -> Taken | None:
        """These rows, once they are there; None where they aren't among those on their way."""
        self._thread.join()
        if self._made is None or not len(rows):
            return None
        order, made = self._made
        start = self._at
        if not np.array_equal(order[start : start + len(rows)], rows):
            start += int((order[start:] == rows[0]).argmax()) if start < len(order) else 0
            if not np.array_equal(order[start : start + len(rows)], rows):
                return None
        self._at = start + len(rows)
        self.over = self._at >= len(order)
        return made[start : self._at]


class Blocks(Samples):
    """Rows that are read a block at a time, the last few blocks kept."""

    def __init__(self, read: Callable[[int, int], Taken], count: int, block: int) -> None:
        """Draw from what a function reads.

        Args:
            read: gives the rows from one place up to another.
            count: how many rows there are.
            block: how many are read together.
        """
        super().__init__()
        self._read, self.block = read, block
        self._kept: OrderedDict[int, Taken] = OrderedDict()
        self.shape = (count, *self._at(0).shape[1:])

    def _drawn(self, rows: Rows) -> Taken:
        first = self._at(int(rows[0]) // self.block) if len(rows) else self._at(0)
        taken = np.empty((len(rows), *self.shape[1:]), first.dtype)
        homes = rows // self.block
        for home in np.unique(homes).tolist():
            here = np.flatnonzero(homes == home)
            taken[here] = self._at(home)[rows[here] - home * self.block]
        return taken

    def _at(self, home: int) -> Taken:
        if home not in self._kept:
            while len(self._kept) >= MIXED + 1:
                self._kept.popitem(last=False)
            self._kept[home] = self._read(home * self.block, (home + 1) * self.block)
        self._kept.move_to_end(home)
        return self._kept[home]


class Scaled(Samples):
    """The features of chosen rows of an array on the disk, read a block at a time and scaled when they are taken."""

    def __init__(self, values: Taken, rows: Rows, fitted: Fitted) -> None:
        """Look at rows of an array.

        Args:
            values: of a column of arrays.
            rows: which of them.
            fitted: how they are scaled and arranged; it has one feature.
        """
        super().__init__()
        self._fitted = fitted
        bytes_each = math.prod(values.shape[1:]) * values.dtype.itemsize
        self.block = max(1, BLOCK_BYTES // max(1, bytes_each))

        def read(start: int, stop: int) -> Taken:
            block = values[rows[start:stop]]
            release(values)
            return block

        self._blocks = Blocks(read, len(rows), self.block)
        like = arranged(np.empty((0, *values.shape[1:]), values.dtype), fitted.layout)
        self.shape = (len(rows), *like.shape[1:])

    def _drawn(self, rows: Rows) -> Taken:
        return arranged(self._fitted.features[0].scaled(self._blocks.take(rows)), self._fitted.layout)
