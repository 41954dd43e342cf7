"""Something done once in a thread of its own, so that the window doesn't wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from gradstudio.data.errors import DataProblem
from gradstudio.engine.errors import EngineError
from gradstudio.engine.running import Stop
from gradstudio.files.errors import FileProblem


class Refusal(str):
    """Why something can't be done, in a sentence."""

    __slots__ = ()


class Job(QObject):
    """Work in a thread.

    Args:
        work: is done; it is given what to ask now and then whether to stop.
        name: of the thread.
        parent: what it belongs to.
    """

    ended = Signal(object)
    """What came of it, or a `Refusal`; not told where it was cancelled."""

    def __init__(self, work: Callable[[Stop], object], name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Nobody wants it any more: stop soon, and wait for that."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            found = self._work(self._stop.is_set)
        except (EngineError, DataProblem, FileProblem, OSError) as problem:
            found = Refusal(problem)
        if not self._stop.is_set():
            self.ended.emit(found)
