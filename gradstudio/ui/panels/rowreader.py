"""Rows for a table that is looked at: at once where they are in memory, else read in a thread of their own."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from PySide6.QtCore import QObject, Signal

from gradstudio.engine.gate import Array
from gradstudio.engine.supply import Rows
from gradstudio.insight.twin import rows_of

KEPT = 400
"""Rows from the disk that are kept."""


class RowReader(QObject):
    """Gives rows by their number.

    Args:
        rows: all of them.
        parent: what it belongs to.
    """

    arrived = Signal()
    """Rows that weren't there before have been read."""

    def __init__(self, rows: Array | Rows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Array] = OrderedDict()
        self._wanted: list[int] = []
        self._thread: threading.Thread | None = None

    def get(self, number: int) -> Array | None:
        """A row, or None while it is being read."""
        if isinstance(self._rows, np.ndarray):
            return np.asarray(self._rows[number])
        with self._lock:
            if number in self._kept:
                return self._kept[number]
            if number not in self._wanted:
                self._wanted = [*self._wanted[-KEPT // 2 :], number]
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="gradstudio-rows", daemon=True)
                self._thread.start()
        return None

    def stop(self) -> None:
        """Read no more; wait for what is being read."""
        with self._lock:
            self._wanted, thread = [], self._thread
        if thread is not None:
            thread.join()

    def _read(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted = sorted(self._wanted), []
                if not wanted:
                    self._thread = None
                    return
            found = rows_of(self._rows, np.array(wanted))
            with self._lock:
                self._kept.update(zip(wanted, found, strict=True))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self.arrived.emit()
