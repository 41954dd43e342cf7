"""When training is looked at for NaN and infinity, and the state it goes back to where some are found.

A look costs a pass over the gradients, and a copy of all that training changes: too much for every step, of small
networks as of large ones. So there is one every so many steps, and what lies between is repeated with a look at each
step once one has found something: training is deterministic, so that names the step it appeared in.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import numpy as np

from gradstudio.engine.gate import Array

SHARE = 0.006
"""Looks may take this share of the time."""
FARTHEST = 4096
"""Steps between two looks at most."""


class Guard:
    """A copy of a sound state, and when to look next.

    Args:
        arrays: all that training steps change; copied when a run begins.

    Attributes:
        step: training steps that led to the copied state.
        next: the step to look at next.
        open: whether there may be steps nobody has looked at.
        total: what the losses of these steps add up to: NaN or infinite once one of them was.
    """

    def __init__(self, arrays: Iterable[Array]) -> None:
        self._live = list(arrays)
        self._kept: list[Array] = []
        self.step = self.next = 0
        self.open = False
        self.total = 0.0
        self._since = 0.0

    def begin(self, step: int) -> None:
        """A run begins at this step, which is to be looked at."""
        self.open = True
        self.keep(step)
        self.next = step
        self._since = time.perf_counter()

    def passed(self, step: int, began: float) -> None:
        """A look that began then found nothing: keep this state, and look again once that has paid off."""
        made = max(1, step - self.step)
        self.keep(step)
        now = time.perf_counter()
        pace = (began - self._since) / made
        wanted = math.ceil((now - began) / (SHARE * pace)) if pace > 0 else FARTHEST
        self.next = step + min(max(1, wanted), 4 * made, FARTHEST)
        self._since = now

    def keep(self, step: int) -> None:
        """This state is sound."""
        if not self._kept:
            self._kept = [np.empty_like(array) for array in self._live]
        for live, kept in zip(self._live, self._kept, strict=True):
            np.copyto(kept, live)
        self.step = step
        self.total = 0.0

    def go_back(self) -> int:
        """Put the kept state in place; the step it belongs to."""
        for live, kept in zip(self._live, self._kept, strict=True):
            np.copyto(live, kept)
        self.total = 0.0
        return self.step
