"""The gates used last, remembered and told to whoever shows them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gradstudio.engine.catalog import CATALOG
from gradstudio.ui.preferences import Preferences

MOST = 6


class Recents(QObject):
    """Ids of the gates used last, the newest first."""

    changed = Signal()
    """Another gate was used."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences

    @property
    def gates(self) -> list[str]:
        """Those the catalogue has."""
        return [gate for gate in self._preferences.recent_gates if gate in CATALOG]

    def use(self, gate: str) -> None:
        """A gate was used."""
        before = self.gates
        now = [gate, *(g for g in before if g != gate)][:MOST]
        if now != before:
            self._preferences.recent_gates = now
            self.changed.emit()
