"""How long the window holds up its own thread at a time, and how late the canvas is painted.

A hold is one thing the event loop can't interrupt: taking a snapshot from the session, one panel's refresh, or the
painting of all that has asked for it, the canvas among it. `by_name` tells which are the longest.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Mapping

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QRect, Qt, QTimer

from gradstudio.training.pace import Pace
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.turns import Turn
from gradstudio.ui.window import MainWindow

EARLY = 1.0
"""Milliseconds a timer may ring before its time."""


class Holds(Pace):
    """Durations in milliseconds, each with a name: the window says to its `Pace` whenever it is busy.

    Attributes:
        listening: whether they are noted.
        by_name: durations by what it was.
    """

    @staticmethod
    def of(window: MainWindow) -> Holds:
        """Those of a window from now on."""
        pace = window.studio.session.pace
        pace.__class__ = Holds
        assert isinstance(pace, Holds)
        pace.listening, pace.by_name, pace._what, pace._start = False, defaultdict(list), "", 0.0
        return pace

    listening: bool
    by_name: dict[str, list[float]]
    _what: str
    _start: float

    def all(self) -> list[float]:
        """All of them."""
        return [duration for found in self.by_name.values() for duration in found]

    def __enter__(self) -> None:
        super().__enter__()
        if self._depth == 1:
            self._what = _name(sys._getframe(1).f_locals.get("self"))
            self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        super().__exit__(*_)
        if self._depth == 0 and self.listening:
            self.by_name[self._what].append(1e3 * (time.perf_counter() - self._start))


def _name(busy: object) -> str:
    """What somebody who is busy does."""
    if isinstance(busy, MainWindow):
        return "painting"
    return type(busy.parent()).__name__ if isinstance(busy, Turn) else "snapshot"


class Frames(QObject):
    """Rings at a steady rate; where it asks the canvas for a frame each time, it notes how late that is painted.

    Args:
        canvas: to be painted; only a pixel of it, so that asking costs nothing itself.
        period: milliseconds between the frames.

    Attributes:
        asks: whether it asks for frames: that costs the thread that trains what painting takes.
        rings: the moments at which it rang, in seconds.
        late: by how many milliseconds each was painted after it was due.
    """

    def __init__(self, canvas: CanvasView, period: int) -> None:
        super().__init__()
        self.asks = False
        self.rings: list[float] = []
        self.late: list[float] = []
        self._canvas, self._period = canvas, period
        self._clock = QElapsedTimer()
        self._due: float | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(period)
        self._timer.timeout.connect(self._ring)
        canvas.installEventFilter(self)

    def start(self) -> None:
        """Begin."""
        self._timer.start()
        self._clock.start()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
        self._due = None

    def _ring(self) -> None:
        self.rings.append(time.perf_counter())
        if not self.asks:
            return
        if self._due is None:
            self._due = self._period * ((self._clock.nsecsElapsed() / 1e6 + EARLY) // self._period)
        self._canvas.show_again(QRect(0, 0, 1, 1))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        """A paint event of the canvas ends the wait for a frame."""
        if event.type() is QEvent.Type.Paint and self._due is not None:
            self.late.append(max(self._clock.nsecsElapsed() / 1e6 - self._due, 0.0))
            self._due = None
        return False


def longest(by_name: Mapping[str, list[float]], count: int = 5) -> str:
    """What holds the window longest, by its longest hold."""
    ranked = sorted(by_name.items(), key=lambda item: -max(item[1]))[:count]
    return ", ".join(f"{name} {max(found):.1f}" for name, found in ranked)
