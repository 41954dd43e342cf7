"""Guards around every test: it fails where it leaves threads, timers or unexpected messages behind.

A pytest plugin, loaded by tests/conftest.py. Python warnings, exceptions in threads and exceptions in slots are
errors by pytest's and pytest-qt's own settings (pyproject.toml); what those two don't watch is watched here:

- log lines at WARNING or above which no ``@pytest.mark.logs(pattern)`` announces, and announced ones that never came,
- Qt warnings while fixtures are torn down (pytest-qt looks at the test itself only),
- Python threads, QThreads, QTimers and animations that outlive the test.
"""

import gc
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

GRACE = 1.0
"""Seconds a thread has to end after its test."""


class LogWatch(logging.Handler):
    """Keeps the log lines of one test and tells which of them nobody announced."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.levelname}: {record.getMessage()}")

    def unexpected(self, announced: list[str]) -> list[str]:
        """One sentence for each line that matches no announced pattern."""
        return [
            f"unexpected log line: {line}"
            for line in self.lines
            if not any(re.search(pattern, line) for pattern in announced)
        ]

    def missing(self, announced: list[str]) -> list[str]:
        """One sentence for each announced pattern that matches no line."""
        return [
            f"no log line matched the announced {pattern!r}"
            for pattern in announced
            if not any(re.search(pattern, line) for line in self.lines)
        ]


class QtWatch:
    """Keeps Qt's warnings while the fixtures of one test are torn down."""

    def __init__(self, ignored: list[str]) -> None:
        self.lines: list[str] = []
        self._ignored = ignored
        self._previous: Any = None

    def start(self) -> None:
        """Takes Qt's messages over."""
        from PySide6.QtCore import qInstallMessageHandler

        self._previous = qInstallMessageHandler(self._take)

    def stop(self) -> None:
        """Hands Qt's messages back."""
        from PySide6.QtCore import qInstallMessageHandler

        qInstallMessageHandler(self._previous)

    def _take(self, kind: Any, _context: Any, message: str) -> None:
        harmless = kind.name in {"QtDebugMsg", "QtInfoMsg"}
        if not harmless and not any(re.search(pattern, message) for pattern in self._ignored):
            self.lines.append(f"Qt said while the test was torn down: {message}")


def leaked_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """The Python threads started since ``before`` that don't end within the grace period."""
    deadline = time.monotonic() + GRACE
    started = [t for t in threading.enumerate() if t not in before and not _belongs_to_qt(t)]
    for thread in started:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in started if thread.is_alive()]


def _belongs_to_qt(thread: threading.Thread) -> bool:
    """Threads that Qt made show up as dummies, and stay after they ended; leaked_qt_objects looks at those."""
    return isinstance(thread, threading._DummyThread)


_THERE: list[Any] = []
"""Qt's objects among what looks for leaks don't go through any more."""


def leave_out_what_is_there() -> None:
    """Spares looks for leaks what was there before all tests: modules and thousands of collected tests."""
    if not gc.get_freeze_count():  # at the first test, and after one that let go of them
        gc.collect()
        _THERE[:] = _qt_objects() if "PySide6.QtCore" in sys.modules else []
        gc.freeze()


def leaked_qt_objects() -> list[Any]:
    """Running QThreads, active QTimers and running animations that exist now."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if not _busy_qt_objects():
        return []
    gc.collect()
    return _busy_qt_objects()


def _busy_qt_objects() -> list[Any]:
    import shiboken6
    from PySide6.QtCore import QAbstractAnimation, QThread, QTimer

    def busy(thing: Any) -> bool:
        if not shiboken6.isValid(thing):
            return False
        if isinstance(thing, QTimer):
            return thing.isActive()
        if isinstance(thing, QThread):
            return thing.isRunning() and thing is not QThread.currentThread()
        return bool(thing.state() == QAbstractAnimation.State.Running)

    return [thing for thing in (*_THERE, *_qt_objects()) if busy(thing)]


def _qt_objects() -> list[Any]:
    """Timers, threads and animations, idle ones too."""
    from PySide6.QtCore import QAbstractAnimation, QThread, QTimer

    kinds = {*_with_subclasses(QTimer), *_with_subclasses(QThread), *_with_subclasses(QAbstractAnimation)}
    return [thing for thing in gc.get_objects() if type(thing) in kinds]


def _with_subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    """A class and all derived from it: to look for one among them takes a tenth of the time of `issubclass`."""
    yield kind
    for derived in kind.__subclasses__():
        yield from _with_subclasses(derived)


def _stop(thing: Any) -> None:
    """Stops a leaked object, so that the next test isn't blamed for it."""
    if hasattr(thing, "requestInterruption"):
        thing.requestInterruption()
        thing.quit()
        thing.wait(int(GRACE * 1000))
    else:
        thing.stop()


def _describe(thing: Any) -> str:
    parent = thing.parent()
    owner = f" of {type(parent).__name__}" if parent is not None else ""
    return f"left running: {type(thing).__name__} {thing.objectName()!r}{owner}"


class Watch:
    """All guards of one test."""

    def __init__(self, item: pytest.Item) -> None:
        leave_out_what_is_there()
        self.finished = False
        self._item = item
        self._has_qt = "PySide6.QtCore" in sys.modules
        self._log = LogWatch()
        self._qt = QtWatch(item.config.getini("qt_log_ignore"))
        self._threads = set(threading.enumerate())
        logging.getLogger().addHandler(self._log)

    def begin_teardown(self) -> None:
        """Takes Qt's messages over from pytest-qt, which has stopped looking."""
        if self._has_qt:
            self._qt.start()

    def close(self) -> list[str]:
        """Ends the watch and returns what there is to complain about."""
        logging.getLogger().removeHandler(self._log)
        if self._has_qt:
            self._qt.stop()
        return [*self._messages(), *self._threads_left(), *self._qt_objects_left()]

    def _messages(self) -> list[str]:
        announced = [mark.args[0] for mark in self._item.iter_markers("logs")]
        missing = self._log.missing(announced) if self.finished else []
        return [*self._log.unexpected(announced), *missing, *self._qt.lines]

    def _threads_left(self) -> list[str]:
        return [f"left running: thread {thread.name!r}" for thread in leaked_threads(self._threads)]

    def _qt_objects_left(self) -> list[str]:
        if not self._has_qt or "qapp" not in getattr(self._item, "fixturenames", ()):
            return []
        leaked = leaked_qt_objects()
        sentences = [_describe(thing) for thing in leaked]
        for thing in leaked:
            _stop(thing)
        return sentences


_WATCH = pytest.StashKey[Watch]()


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker the log watch reads."""
    meaning = "the test logs at WARNING or above; the pattern must match at least one such line"
    config.addinivalue_line("markers", f"logs(pattern): {meaning}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Opens the watch before any fixture is made."""
    item.stash[_WATCH] = Watch(item)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Notes that the test ran to its end, so what it announced must have come."""
    result = yield
    item.stash[_WATCH].finished = True
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Closes the watch after every fixture is gone and every widget closed."""
    watch = item.stash[_WATCH]
    watch.begin_teardown()
    try:
        result = yield
    finally:
        complaints = watch.close()
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)
    return result
