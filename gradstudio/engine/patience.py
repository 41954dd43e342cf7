"""Waiting for a loss to fall: the learning rate that is lowered on a plateau, and training that stops early.

Both keep their few numbers in an array that is given to them, so that whoever copies it can go back.

Sources: `torch.optim.lr_scheduler.ReduceLROnPlateau` (the comparisons of a plateau, its relative threshold); Prechelt,
"Early Stopping – But When?", 1998.
"""

from __future__ import annotations

import math

from gradstudio.engine.gate import Array


class Plateau:
    """Multiplies a scale by a factor whenever a loss hasn't fallen for longer than a number of steps.

    Args:
        state: the lowest loss (infinite at first), the step its patience began at, and the scale (1 at first).
        factor: of the scale, more than 0 and less than 1.
        patience: steps.
        threshold: a loss is lower once it is by this share of the lowest one.
        least: the scale isn't lowered below this.
    """

    def __init__(self, state: Array, factor: float, patience: int, threshold: float, least: float = 0.0) -> None:
        self._state = state
        self._factor, self._patience, self._threshold, self._least = factor, patience, threshold, least

    @property
    def scale(self) -> float:
        """What the learning rate is multiplied by."""
        return float(self._state[2])

    def look(self, step: int, loss: float) -> bool:
        """Take notice of the loss at a step; whether the scale was lowered."""
        level, since, scale = self._state.tolist()
        if (math.isinf(level) and math.isfinite(loss)) or loss < level - self._threshold * abs(level):
            self._state[:2] = loss, step
            return False
        if step - since <= self._patience:
            return False
        self._state[1:] = step, max(scale * self._factor, min(scale, self._least))
        return bool(self._state[2] < scale)


class Patience:
    """Waits for a loss to fall below the lowest one so far, for a number of steps.

    Args:
        state: the lowest loss (infinite at first), its step, the step its patience began at, and 1 once it is over.
        patience: steps.
        delta: a loss is lower once it is by more than this.
    """

    def __init__(self, state: Array, patience: int, delta: float = 0.0) -> None:
        self._state, self._patience, self._delta = state, patience, delta

    @property
    def best(self) -> tuple[float, int]:
        """The lowest loss, and its step."""
        return float(self._state[0]), int(self._state[1])

    @property
    def over(self) -> bool:
        """Whether it has waited long enough."""
        return bool(self._state[3])

    def look(self, step: int, loss: float) -> bool:
        """Take notice of the loss at a step; whether it is the lowest so far."""
        best, _, since, _ = self._state.tolist()
        if loss < best - self._delta or (math.isinf(best) and math.isfinite(loss)):
            self._state[:3] = loss, step, step
            return True
        self._state[3] = step - since >= self._patience
        return False

    def wait_again(self, step: int) -> None:
        """Have it wait anew from this step on; the lowest loss stays."""
        self._state[2:] = step, 0
