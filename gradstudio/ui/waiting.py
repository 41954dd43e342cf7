"""Waiting for a job without stopping the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from gradstudio.data.job import Job

T = TypeVar("T")
PATIENCE = 0.012
"""Seconds the window may stand still for it: most jobs have ended by then, and nothing flickers."""
EVERY_MS = 25


class Waiting(QObject, Generic[T]):
    """Asks a job again and again whether it has ended.

    Attributes:
        job: that is waited for.
    """

    def __init__(self, job: Job[T], then: Callable[[Job[T]], None], parent: QObject) -> None:
        super().__init__(parent)
        self.job = job
        self._then = then
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._ask)

    @property
    def on(self) -> bool:
        """Whether it is still waited for."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Start the job; what is to be done afterwards is done at once where it ends at once."""
        if self.job.start(PATIENCE):
            self._end()
        else:
            self._timer.start()

    def give_up(self) -> None:
        """Wait no longer."""
        self._timer.stop()
        self.job.give_up()

    def _ask(self) -> None:
        if self.job.ended:
            self._timer.stop()
            self._end()

    def _end(self) -> None:
        self._then(self.job)
        self.deleteLater()
