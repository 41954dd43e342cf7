"""Work in threads of their own, so that the window doesn't wait for it, and dialogs that show what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog

from gradstudio.data.errors import DataProblem
from gradstudio.engine.errors import EngineError
from gradstudio.engine.running import Stop
from gradstudio.files.errors import FileProblem


class Refusal(str):
    """Why something can't be done, in a sentence."""

    __slots__ = ()


class Worker(QObject):
    """A thread of its own that tells by signals what it finds; what it does is `_run`.

    Args:
        name: of the thread.
        parent: what it belongs to.
    """

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the rest any more."""
        return self._stop.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Nobody wants it any more: stop soon, and wait for that."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        raise NotImplementedError


class Job(Worker):
    """One piece of work, of which one thing comes.

    Args:
        work: is done; it is given what to ask now and then whether to stop.
        name: of the thread.
        parent: what it belongs to.
    """

    ended = Signal(object)
    """What came of it, or a `Refusal`; not told where it was cancelled."""

    def __init__(self, work: Callable[[Stop], object], name: str, parent: QObject | None = None) -> None:
        super().__init__(name, parent)
        self._work = work

    def _run(self) -> None:
        try:
            found = self._work(self._stop.is_set)
        except (EngineError, DataProblem, FileProblem, OSError) as problem:
            found = Refusal(problem)
        if not self.cancelled:
            self.ended.emit(found)


class JobDialog(QDialog):
    """A dialog beside the canvas that shows what a worker finds; closing it cancels.

    Attributes:
        job: the worker.
    """

    job: Worker

    def start(self) -> None:
        """Show the dialog and begin."""
        self.show()
        self.job.start()

    def done(self, result: int) -> None:
        """Closing cancels."""
        self.job.cancel()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing cancels."""
        self.job.cancel()
        super().closeEvent(event)
