"""The reel of a training: parameters kept at steps spread over it, to look at the network as it was then."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

import numpy as np

from gradstudio.engine.gate import Array

LIMIT = 64 * 2**20
"""Bytes a reel takes at most."""
MOST = 256
"""Steps it keeps at most."""
PAUSE = 0.02
"""Seconds from one kept step to the next: keeping takes time from the training."""


class Reel:
    """Copies of some arrays at steps spread evenly over a training of unknown length.

    Steps that are multiples of a stride are kept; whenever they become too many the stride doubles, and every other one
    is let go. Large networks keep fewer steps; one so large that not even two fit into the limit keeps none.

    Args:
        arrays: what is copied: all that a training step changes and a forward pass reads.
        limit: bytes it takes at most.
    """

    def __init__(self, arrays: Sequence[Array], limit: int = LIMIT) -> None:
        self._arrays = arrays
        size = sum(array.nbytes for array in arrays)
        self._most = min(MOST, limit // max(1, size))
        self._steps: list[int] = []
        self._frames: list[tuple[Array, ...]] = []
        self._stride = 1
        self.due = 0.0 if self._most >= 2 else math.inf

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that are kept, growing."""
        return tuple(self._steps)

    def keep(self, step: int, now: float) -> None:
        """Copy the arrays as they are at this step, if it is one to be kept.

        Args:
            step: training steps done; what was kept of this step and later ones, before training went back, is let go.
            now: of `time.perf_counter`; `due` tells when it is worth asking again.
        """
        first = bisect.bisect_left(self._steps, step)
        del self._steps[first:], self._frames[first:]
        if step % self._stride:
            return
        self.due = now + PAUSE
        self._steps.append(step)
        self._frames.append(tuple(array.copy() for array in self._arrays))
        while len(self._steps) > self._most:
            self._stride *= 2
            kept = [i for i, known in enumerate(self._steps) if known % self._stride == 0]
            self._steps = [self._steps[i] for i in kept]
            self._frames = [self._frames[i] for i in kept]

    def show(self, step: int) -> int:
        """Put the arrays back to how they were at the kept step nearest to this one; returns that step.

        Raises:
            LookupError: if nothing is kept.
        """
        if not self._steps:
            raise LookupError("no step is kept")
        at = min(range(len(self._steps)), key=lambda i: abs(self._steps[i] - step))
        self.put(self._frames[at])
        return self._steps[at]

    def copy(self) -> tuple[Array, ...]:
        """The arrays as they are, to `put` them back."""
        return tuple(array.copy() for array in self._arrays)

    def put(self, frame: Sequence[Array]) -> None:
        """Put the arrays back to what was copied."""
        for array, kept in zip(self._arrays, frame, strict=True):
            np.copyto(array, kept)
