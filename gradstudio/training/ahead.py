"""Samples that lie on the disk are got before they are needed, a stretch of many steps at a time.

One stretch is handed out while the next one is read, put in order and scaled in a thread of its own; a training step
then only copies its batch. Getting batches one by one instead, the two threads would wait for each other at every step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from gradstudio.data.batches import Batches
from gradstudio.engine.supply import Rows

STRETCH_BYTES = 2**24
"""Of the samples of a stretch, in float32; but half an epoch is enough."""
FEWEST = 2
"""Steps of a stretch."""


class Ahead:
    """Has samples of some sources got ahead of the training.

    Args:
        batches: which samples each step sees.
        sources: those whose samples lie on the disk.
    """

    def __init__(self, batches: Batches, sources: Sequence[Rows]) -> None:
        self._batches, self._sources = batches, sources
        each = max((4 * math.prod(source.shape[1:]) for source in sources), default=1)
        size = batches.size or batches.n
        self._length = max(FEWEST, min(STRETCH_BYTES // (each * size), batches.n // (2 * size)))
        self._from = self._until = 0  # of the stretch asked for last; the one before is handed out

    def look(self, step: int) -> None:
        """A step has its batch: have those after it got, where that isn't done yet."""
        if not self._from - self._length <= step + 1 < self._until:
            self._ask(step + 1)
        elif step >= self._from:
            self._ask(self._until)

    def _ask(self, first: int) -> None:
        """Have a stretch from this step on got."""
        self._from, self._until = first, first + self._length
        for source in self._sources:
            source.ahead(partial(self._order, first, self._until))

    def _order(self, first: int, until: int) -> npt.NDArray[np.intp]:
        chosen = [self._batches.indices(step) for step in range(first, until)]
        return np.concatenate([rows for rows in chosen if rows is not None])
