"""The watch training keeps on its loss: it lowers the learning rate on a plateau, and stops when nothing more is won.

Watched is the loss of the rows held back wherever they are evaluated, where there are any; else the training loss, its
mean over each epoch (over each step, where a step sees the whole set or there is no data).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradstudio.document.course import PLATEAU, Settings
from gradstudio.document.watched import BEST, COUNT, LEVEL, NAMES, NEXT, SCALE, TOTAL, USUAL
from gradstudio.engine.gate import Array
from gradstudio.engine.patience import Patience, Plateau

_NEXT, _TOTAL, _COUNT = (NAMES.index(name) for name in (NEXT, TOTAL, COUNT))
_PLATEAU, _STOP = (NAMES.index(name) for name in (LEVEL, BEST))

BEST_OF = "best"
"""The best weights are kept beside what the optimiser keeps, as "17.W/best"."""


class Watching:
    """Sees every loss once, however often its step is repeated, and remembers in one array what it has seen.

    Args:
        settings: in force.
        step: training steps done.
        kept: numbers of an earlier watch, by the names of `document.watched`; those of another course are forgotten.
        live: the arrays that training moves.
        best: what they were at the lowest loss so far; None where nobody knows.

    Attributes:
        state: all it remembers, but the best weights; to be copied and put back.
        best: what the live arrays were at the lowest loss; none without early stopping.
        validates: whether the losses are those of rows held back.
    """

    def __init__(
        self,
        settings: Settings,
        step: int,
        kept: Mapping[str, float],
        live: Sequence[Array],
        best: Sequence[Array] | None = None,
    ) -> None:
        self.state = np.array([kept.get(name, USUAL.get(name, 0.0)) for name in NAMES])
        self.validates = False
        self._live = live
        self.best: tuple[Array, ...] = ()
        if int(self.state[_NEXT]) not in (step, step + 1):
            self.state[:] = [USUAL.get(name, 0.0) for name in NAMES]
            self.state[_NEXT] = step
        if settings.stop_patience is not None:
            self.best = tuple(array.copy() for array in (live if best is None else best))
        if best is None:
            self._forget(_STOP, 4)
        self.use(settings)

    @property
    def scale(self) -> float:
        """What the learning rate is multiplied by on account of plateaus."""
        return 1.0 if self._plateau is None else self._plateau.scale

    @property
    def stopped(self) -> bool:
        """Whether training is to end here."""
        return self._patience is not None and self._patience.over

    @property
    def lowest(self) -> tuple[float, int] | None:
        """The lowest loss and its step; None where nothing was kept of it."""
        if self._patience is None or np.isinf(self.state[_STOP]):
            return None
        return self._patience.best

    @property
    def next(self) -> int:
        """The first step it hasn't seen."""
        return int(self.state[_NEXT])

    @property
    def arrays(self) -> Sequence[Array]:
        """All that changes on the way, to be copied and put back."""
        return (self.state, *self.best)

    def use(self, settings: Settings) -> None:
        """Go by other settings, which stop early too, or don't either."""
        self._plateau = self._patience = None
        least = settings.least_rate / settings.learning_rate
        if settings.schedule == PLATEAU:
            part = self.state[_PLATEAU : _PLATEAU + 3]
            self._plateau = Plateau(part, settings.factor, settings.patience, settings.threshold, least)
        else:
            self._forget(_PLATEAU, 3)
        if settings.stop_patience is not None:
            self._patience = Patience(self.state[_STOP:], settings.stop_patience, settings.stop_delta)
        else:
            self._forget(_STOP, 4)

    def begin(self, step: int, *, validates: bool) -> None:
        """A run begins: where the last one was stopped, wait anew."""
        self.validates = validates
        if self._patience is not None and self._patience.over:
            self._patience.wait_again(step)
            self.state[[_NEXT, _TOTAL, _COUNT]] = step, 0, 0

    def see(self, step: int, loss: float, held: float | None, *, epoch_ends: bool) -> bool:
        """Take notice of the losses of a step, before its update; whether something follows from them.

        Args:
            step: the same one may come again: it is seen once.
            loss: of the training.
            held: of the rows held back, where they were evaluated at this step.
            epoch_ends: whether this step is the last of an epoch.
        """
        if step < self.state[_NEXT]:
            return False
        self.state[_NEXT] = step + 1
        if self.validates:
            return held is not None and self._look(step, held)
        self.state[_TOTAL] += loss
        self.state[_COUNT] += 1
        if not epoch_ends:
            return False
        mean = float(self.state[_TOTAL] / self.state[_COUNT])
        self.state[[_TOTAL, _COUNT]] = 0
        return self._look(step, mean)

    def put_best(self) -> None:
        """The best weights back in place."""
        for live, best in zip(self._live, self.best, strict=True):
            np.copyto(live, best)

    def kept(self) -> dict[str, float]:
        """What to keep of it: all that isn't as usual."""
        found = zip(NAMES, self.state.tolist(), strict=True)
        return {name: value for name, value in found if value != USUAL.get(name, 0.0)}

    def _look(self, step: int, loss: float) -> bool:
        lowered = self._plateau is not None and self._plateau.look(step, loss)
        if self._patience is not None and self._patience.look(step, loss):
            for live, best in zip(self._live, self.best, strict=True):
                np.copyto(best, live)
        return lowered or self.stopped

    def _forget(self, first: int, count: int) -> None:
        names = NAMES[first : first + count]
        self.state[first : first + count] = [USUAL.get(name, 0.0) for name in names]


assert NAMES.index(SCALE) == _PLATEAU + 2
