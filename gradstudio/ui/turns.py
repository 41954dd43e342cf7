"""Numbers that stream are shown part by part: each panel a few milliseconds after the other.

All at once they would hold up the event loop, and with it the canvas, for longer than a frame.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from gradstudio.training.snapshot import Snapshot, Status
from gradstudio.ui.bridge import Studio

GAP_MS = 9
"""From one turn to the next."""
_places = itertools.cycle(range(1, 6))


class Turn(QTimer):
    """Shows the numbers of a snapshot: at once where they stay, a little later and not too often while they stream.

    Args:
        studio: whose session trains; it waits meanwhile.
        show: shows them.
        least: seconds between the numbers that are shown while they stream.
        parent: what it belongs to.
    """

    def __init__(self, studio: Studio, show: Callable[[], None], least: float, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("turn")
        self.setSingleShot(True)
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.setInterval(GAP_MS * next(_places))
        self._studio, self._do, self._least = studio, show, least
        self._came = -least
        self.timeout.connect(self._take)

    def come(self, snapshot: Snapshot) -> None:
        """Numbers have come."""
        if snapshot.status is not Status.RUNNING:
            self.stop()
            self._do()
        elif not self.isActive() and time.monotonic() - self._came >= self._least:
            self._came = time.monotonic()
            self.start()

    def _take(self) -> None:
        with self._studio.session.pace:
            self._do()
