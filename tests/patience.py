"""A test's timeout strikes between two of Qt's callbacks, never inside one.

pytest-timeout raises in whatever Python code runs when the time is over. Where Qt has called that code, an exception
ends the call halfway: a widget is half made, a painter stays open, and the interpreter dies in a later test.
"""

import signal
import time
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest

AGAIN = 0.05
"""Seconds until it is tried again."""
AT_MOST = 30.0
"""After so many seconds it strikes wherever it is: a callback that never ends is a test that never ends."""

Handler = Callable[[int, FrameType | None], Any]


def inside_qt(frame: FrameType | None) -> bool:
    """Whether a method that Qt calls, an override of one of its own, is among the calls that led here."""
    while frame is not None:
        if _overrides(frame):
            return True
        frame = frame.f_back
    return False


def _overrides(frame: FrameType) -> bool:
    code = frame.f_code
    if code.co_varnames[:1] != ("self",):
        return False
    kinds = type(frame.f_locals.get("self")).__mro__
    return any(kind.__module__.startswith("PySide6") and hasattr(kind, code.co_name) for kind in kinds)


def below(frame: FrameType | None, code: CodeType | None) -> bool:
    """Whether a function is among the calls that led here."""
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


class Patient:
    """A signal handler that waits for a good moment, and then does what another one does.

    Qt swallows what is raised in a slot. As long as the test goes on all the same, it strikes again.

    Args:
        strike: what is done.
        test: the test's function.
    """

    def __init__(self, strike: Handler, test: CodeType | None) -> None:
        self._strike = strike
        self._test = test
        self._latest: float | None = None
        self._struck = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """The time is over."""
        if self._struck and not below(frame, self._test):
            return
        now = time.monotonic()
        self._latest = now + AT_MOST if self._latest is None else self._latest
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        if now >= self._latest or not inside_qt(frame):
            self._struck = True
            self._strike(number, frame)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Iterator[None]:
    """Puts patience before pytest-timeout's handler."""
    result = yield
    strike = signal.getsignal(signal.SIGALRM) if hasattr(signal, "SIGALRM") else None
    if callable(strike) and settings.method == "signal":
        test = getattr(item, "obj", None)
        signal.signal(signal.SIGALRM, Patient(strike, getattr(test, "__code__", None)))
    return result
