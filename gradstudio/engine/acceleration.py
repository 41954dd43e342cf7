"""Where somebody can plug in who makes many numpy calls quicker than one by one. The engine itself needs nobody.

An accelerator must give the same bits as the calls it stands for, so that it may come and go at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

Call: TypeAlias = Callable[[], Any]

PATIENCE = 2
"""Times a line is played as it is before it is shortened: what is played once or twice isn't worth it."""


class Accelerator(Protocol):
    """Who can do the work of many calls in few."""

    def shorten(self, calls: Sequence[Call]) -> list[Call]:
        """The same work to the same bits; calls it doesn't know are among the result as they are, and in order."""


class _Socket:
    """Holds the accelerator of the process."""

    def __init__(self) -> None:
        self.accelerator: Accelerator | None = None


SOCKET = _Socket()


def use(accelerator: Accelerator | None) -> None:
    """Have all lines of calls shortened by this accelerator from now on; None: played as they are."""
    SOCKET.accelerator = accelerator


class Line:
    """Calls that are made in a row, again and again.

    Attributes:
        calls: as they were given.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self._now: Sequence[Call] = calls
        self._by: Accelerator | None = None
        self._played = 0

    def now(self) -> Sequence[Call]:
        """The calls to make: those given, or fewer that do the same."""
        accelerator = SOCKET.accelerator
        if accelerator is not self._by:
            self._played += 1
            if self._played > PATIENCE:
                self._now = self.calls if accelerator is None else accelerator.shorten(self.calls)
                self._by, self._played = accelerator, 0
        return self._now
