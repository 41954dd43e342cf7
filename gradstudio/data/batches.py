"""Mini-batches as a pure function of seed and step: there is no state to save."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

MIXED = 4
"""So many blocks are drawn from at a time."""


class Batches:
    """Which samples each training step sees.

    The permutations of all epochs laid end to end make one endless row of samples, and step k reads the k-th
    piece of it. So every sample is seen once per epoch, and every batch has the same size: one that reaches
    the end of an epoch goes on at the beginning of the next.
    """

    def __init__(self, n: int, size: int | None, seed: int, block: int = 1) -> None:
        """Prepare to walk through a set.

        Args:
            n: samples in the set.
            size: samples a step; None, or a size of n or more, is the whole set.
            seed: what makes the order of this walk its own.
            block: so many samples in a row are read together: batches then draw from a few such blocks at a time.

        Raises:
            ValueError: if n or size is below 1, or the seed below 0.
        """
        if n < 1 or (size is not None and size < 1) or seed < 0:
            raise ValueError(f"batches need n and size above 0 and a seed of 0 or more: {n}, {size}, {seed}")
        self.n = n
        self.size = None if size is None or size >= n else size
        self.seed = seed
        self.block = block
        self._known: dict[int, npt.NDArray[np.intp]] = {}

    def indices(self, step: int) -> npt.NDArray[np.intp] | None:
        """The samples of a step, counted from 0; None where a step sees the whole set in its own order."""
        if self.size is None:
            return None
        epoch, start = divmod(step * self.size, self.n)
        order = self._order(epoch)
        if start + self.size <= self.n:
            return order[start : start + self.size]
        rest = start + self.size - self.n
        return np.concatenate([order[start:], self._order(epoch + 1)[:rest]])

    def ends_epoch(self, step: int) -> bool:
        """Whether a step, counted from 0, sees the last samples of an epoch."""
        size = self.n if self.size is None else self.size
        return (step + 1) * size // self.n > step * size // self.n

    def _order(self, epoch: int) -> npt.NDArray[np.intp]:
        order = self._known.get(epoch)
        if order is None:
            order = self._shuffled(np.random.default_rng([self.seed, epoch]))
            order.flags.writeable = False
            kept = {e: known for e, known in self._known.items() if abs(e - epoch) <= 1}
            self._known = kept | {epoch: order}  # put in place as a whole: another thread may look, getting rows ahead
        return order

    def _shuffled(self, random: np.random.Generator) -> npt.NDArray[np.intp]:
        """All samples in an order of their own; where they lie in blocks, mixed within a few of them at a time."""
        if self.block <= 1:
            return random.permutation(self.n)
        first = random.permutation(-(-self.n // self.block)) * self.block
        blocks = [np.arange(start, min(start + self.block, self.n)) for start in first.tolist()]
        mixed = [np.concatenate(blocks[i : i + MIXED]) for i in range(0, len(blocks), MIXED)]
        return np.concatenate([random.permutation(rows) for rows in mixed])


def steps_of(epochs: float, n: int, size: int | None) -> int:
    """Steps in which every one of n samples is seen so many times; one at least."""
    return max(1, math.ceil(epochs * n / min(size or n, n)))
