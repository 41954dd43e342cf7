"""How far reading has come: told by readers as they go on, heard by whoever had the thread read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_here = threading.local()


class GivenUp(Exception):
    """Nobody wants what is being read any more."""


@contextmanager
def heard(hear: Callable[[float], None]) -> Iterator[None]:
    """Let what is read in this thread, within the block, tell how much of it is done; `hear` may raise `GivenUp`."""
    before = getattr(_here, "hear", None)
    _here.hear = hear
    try:
        yield
    finally:
        _here.hear = before


def told(done: int, total: int) -> None:
    """Tell that so much of all is done."""
    hear: Callable[[float], None] | None = getattr(_here, "hear", None)
    if hear is not None:
        hear(done / max(total, 1))
