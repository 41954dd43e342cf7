"""Painting goes first: the window says when it paints, and training waits between two calls until it is done.

Python runs one thread at a time, and hands over to the other only every few milliseconds; a frame that has to ask for
its turn again and again comes late. Waiting costs training no more than the frame itself takes.
"""

from __future__ import annotations

import threading

LONGEST = 0.05
"""Training waits for a frame at most so many seconds: it never hangs, whatever the window does."""


class Pace:
    """Held by the window while it paints, `with pace: …`; looked at by the thread that trains.

    Attributes:
        busy: whether the window paints now.
    """

    def __init__(self) -> None:
        self.busy = False
        self._depth = 0
        self._free = threading.Event()
        self._free.set()

    def __enter__(self) -> None:
        self._depth += 1
        if self._depth == 1:
            self._free.clear()
            self.busy = True

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.let_go()

    def let_go(self) -> None:
        """Let training go on."""
        self.busy = False
        self._free.set()

    def give_way(self) -> None:
        """In the thread that trains: wait until the window has painted; not again for a frame that takes too long."""
        if not self._free.wait(LONGEST):
            self.busy = False
