"""Ctrl+C: ends a command in between, cleanly, and for certain.

Python's own KeyboardInterrupt gets lost where nobody can catch it (in a slot of Qt's, in a callback from C), and
one that was caught still makes some Pythons end as killed by a signal. So ours is another exception, and it is
remembered: long work asks `refuse` from time to time.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit code a shell expects of a program that was stopped with Ctrl+C."""


class Stopped(BaseException):
    """Somebody pressed Ctrl+C. Not an Exception, so that nobody on the way takes it for a failure."""


class _Asked:
    """What the signal's handler knows."""

    stop = False
    gently = False


@contextmanager
def stoppable() -> Iterator[None]:
    """While the block runs Ctrl+C raises `Stopped`; where somebody else handles or ignores the signal it stays so."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _Asked.stop = _Asked.gently = False


@contextmanager
def gently() -> Iterator[None]:
    """For Qt, which prints what is raised within it, or crashes: Ctrl+C only asks, and `refuse` answers.

    Whoever asks twice is not kept waiting: the process ends there and then.
    """
    _Asked.gently = True
    try:
        yield
    finally:
        _Asked.gently = False
    refuse()


def refuse() -> None:
    """End the work here if Ctrl+C was pressed, even where the exception got lost.

    Raises:
        Stopped: then.
    """
    if _Asked.stop:
        raise Stopped


def _on_signal(*_: object) -> None:
    again, _Asked.stop = _Asked.stop, True
    if not _Asked.gently:
        raise Stopped
    if again:
        os.write(2, b"Stopped.\n")
        os._exit(INTERRUPTED)
