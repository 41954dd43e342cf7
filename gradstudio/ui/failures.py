"""What goes wrong where nobody catches it reaches the person once.

PySide6 prints an exception of a slot, an event handler or a thread and goes on. Here each of them becomes a `Failure`,
is told apart by what was raised where, and is shown in one dialog at a time, in the window's thread and never from
inside a paint event: a paint event that fails sixty times a second is one failure that was met sixty times.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

MOST_SHOWN = 8
"""More different failures than this are counted, not shown."""
_OVERRIDE = re.compile(r"Error calling Python override of [\w:]+\(\): ")
"""What PySide puts before a message where an event handler was called by other Python code."""
_log = logging.getLogger(__name__)


@dataclass
class Failure:
    """An exception nobody caught.

    Attributes:
        kind: name of the exception.
        message: its text.
        where: file, line and function of our code it came from.
        task: what the program was doing, in words.
        details: the whole traceback.
        count: how many times it was met.
    """

    kind: str
    message: str
    where: str
    task: str
    details: str
    count: int = 1

    @property
    def sentence(self) -> str:
        """What happened and where, in one sentence."""
        said = f": {self.message}" if self.message else ""
        return f"{self.kind}{said} ({self.where})."


_TASKS = {
    "paintEvent": "while drawing",
    "paint": "while drawing",
    "timerEvent": "while a timer ran",
    "_poll": "while fetching new numbers",
    "dropEvent": "while dropping a gate",
    "closeEvent": "while closing",
}


def describe(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, task: str) -> Failure:
    """A failure in words."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "gradstudio" in Path(frame.filename).parts]
    places = [f"{Path(frame.filename).name}, line {frame.lineno}, {frame.name}" for frame in ours or frames]
    where = places[-1] if places else "unknown place"
    doing = next((_TASKS[f.name] for f in frames if f.name in _TASKS), task)
    details = "".join(traceback.format_exception(kind, error, trace))
    message = _OVERRIDE.sub("", str(error or "")).strip()
    return Failure(kind.__name__, message, where, doing, details)


class FailureWatch(QObject):
    """Takes the interpreter's hooks over and hands each new failure to the window's thread.

    Args:
        stop: what Ctrl+C (KeyboardInterrupt) does.
    """

    failed = Signal(object)
    """A `Failure` met for the first time."""
    _met = Signal(object)

    def __init__(self, stop: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.failures: dict[tuple[str, str], Failure] = {}
        self._stop = stop
        self._lock = threading.Lock()
        self._before: tuple[Any, Any, Any] | None = None
        self._met.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over `sys.excepthook`, `threading.excepthook` and `sys.unraisablehook`."""
        if self._before is None:
            self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
            sys.excepthook = self._in_event
            threading.excepthook = self._in_thread
            sys.unraisablehook = self._unraisable

    def remove(self) -> None:
        """Hand the hooks back."""
        if self._before is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
            self._before = None

    def report(self, error: BaseException, task: str = "") -> None:
        """Tell of an exception that was caught, but means that something is broken."""
        self._take(describe(type(error), error, error.__traceback__, task))

    def _in_event(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            if self._stop is not None:
                self._stop()
            return
        self._take(describe(kind, error, trace, "while answering to an event"))

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else "unknown"
            self._take(describe(args.exc_type, args.exc_value, args.exc_traceback, f"in the thread “{name}”"))

    def _unraisable(self, args: Any) -> None:
        self._take(describe(args.exc_type, args.exc_value, args.exc_traceback, "while tidying up"))

    def _take(self, failure: Failure) -> None:
        """Count a failure; only the first of its kind is written to the log and told."""
        key = failure.kind, failure.where
        with self._lock:
            known = self.failures.get(key)
            if known is not None:
                known.count += 1
                return
            self.failures[key] = failure
        _log.error("%s %s\n%s", failure.sentence, failure.task, failure.details)
        with contextlib.suppress(RuntimeError):
            self._met.emit(failure)

    def _tell(self, failure: Failure) -> None:
        if len(self.failures) <= MOST_SHOWN:
            self.failed.emit(failure)
