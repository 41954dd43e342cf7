"""A network asked about rows in a plan of its own, a piece at a time: the one that trains is never disturbed."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gradstudio.insight.twin import Twin, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradstudio.engine.gate import Array
    from gradstudio.engine.graph import Slot
    from gradstudio.engine.supply import Rows
    from gradstudio.training.looks import Scene

CHUNK = 24 * 2**20
"""Bytes the plan that is asked may take, roughly: many rows are asked piece by piece."""
SMALL_CHUNK = 2**20
"""The same where a little is asked in each turn."""

Ints = npt.NDArray[np.intp]


class Questions:
    """Rows a network is asked about, all with the parameters of one step.

    Args:
        scene: the network.
        answer: where its answer is.
        entrance: where rows go in.
        rows: what is asked.
        chosen: which of them.
        chunk: bytes the plan may take.
        digest: makes of the raw answers to a piece what is kept of them, one row each; it is told which of the chosen
            rows they answer. The answers themselves where there is none.

    Attributes:
        step: training steps done when the asking began.
        seconds: it has taken since.

    Raises:
        GraphError: if a gate can't take so many samples at once.
    """

    def __init__(
        self,
        scene: Scene,
        answer: Slot,
        entrance: Slot,
        rows: Array | Rows,
        chosen: Ints,
        chunk: int = CHUNK,
        digest: Callable[[Array, slice], Array] | None = None,
    ) -> None:
        here = scene.plan.value(entrance)
        size = min(len(chosen), max(1, chunk * max(1, len(here)) // max(1, scene.plan.bytes)))
        first = np.zeros((size, *rows.shape[1:]), here.dtype)
        self._answer, self._entrance, self._rows = answer, entrance, rows
        self._twin = Twin(scene.plan, {entrance: first}, [answer])
        self._pieces = [chosen[i : i + size] for i in range(0, len(chosen), size)]
        self._left: list[Ints] = []
        self._answers: list[Array] = []
        self._digest, self._asked = digest, 0
        self.step, self.seconds = scene.step, 0.0

    def ask(self, scene: Scene, seconds: float = math.inf, *, newest: bool = False) -> Array | None:
        """Go on asking for so long, or begin: what is kept of the answers once all are there, else (or stopped) None.

        Args:
            scene: the network now.
            seconds: after which the rest is left for the next time.
            newest: whether to begin anew where parameters have changed meanwhile.
        """
        began = time.perf_counter()
        if not self._left or (newest and not self._twin.is_fresh()):
            self._begin(scene.step)
        while self._left:
            if scene.stop():
                return None
            self._ask_next()
            if time.perf_counter() - began > seconds:
                break
        self.seconds += time.perf_counter() - began
        return None if self._left else np.concatenate(self._answers)

    def _begin(self, step: int) -> None:
        self._twin.refresh()
        self.step, self.seconds = step, 0.0
        self._answers.clear()
        self._asked = 0
        self._left = self._pieces[::-1]

    def _ask_next(self) -> None:
        twin, chosen = self._twin, self._left.pop()
        batch = twin.plan.value(twin.slot(self._entrance))
        batch[: len(chosen)] = rows_of(self._rows, chosen)
        twin.plan.forward()
        raw = twin.plan.value(twin.slot(self._answer))[: len(chosen)].astype(np.float64)
        which = slice(self._asked, self._asked + len(chosen))
        self._asked = which.stop
        self._answers.append(raw if self._digest is None else self._digest(raw, which))
