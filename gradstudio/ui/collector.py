"""Garbage is collected in the window's thread, and when the program rests.

Python collects whenever so many objects have been made, in whichever thread makes them. Beside a large network that
takes as long as two or three frames, in the middle of an edit; and in the worker's thread it could delete a widget,
which only the window's thread may do.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

LOOK_MS = 1000
FEW, MANY = 3_000, 300_000
"""So many new objects are worth a collection at rest; at so many there is one at once, to keep memory bounded."""
STILL = 100
"""The program rests while the number of its objects changes by less than this from look to look."""
LONG = 20
"""After so many looks at rest all objects are gone through, and not only those that are new: it takes much longer."""


class Collector(QObject):
    """Collects in place of Python from `begin` to `end`."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = self._rested = 0
        self._survived = False
        self._timer = QTimer(self)
        self._timer.setObjectName("collector.look")
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Leave out what is there already, modules and classes for the most part, and collect from now on."""
        gc.freeze()
        gc.disable()
        self._timer.start()

    def end(self) -> None:
        """Let Python collect again."""
        self._timer.stop()
        gc.enable()
        gc.unfreeze()

    def look(self) -> None:
        """Collect if it is time to."""
        made = gc.get_count()[0]
        rests = abs(made - self._seen) < STILL and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        self._rested = self._rested + 1 if rests else 0
        if made > MANY or (rests and made > FEW):
            gc.collect(1)
            self._survived = True
        elif self._rested > LONG and self._survived:
            gc.collect()
            self._survived = False
        self._seen = gc.get_count()[0]


@contextmanager
def collected_at_rest() -> Iterator[None]:
    """Collect garbage at rest, for as long as the block runs an event loop."""
    collector = Collector()
    collector.begin()
    try:
        yield
    finally:
        collector.end()
