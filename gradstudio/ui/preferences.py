"""What the studio remembers between two starts: theme, places of the docks, recent files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

MOST_RECENT = 10


class Preferences:
    """Remembered on disk through QSettings, or (with None) only as long as the program runs.

    Args:
        store: where it is kept; None reads and writes nobody's settings (pictures of a window, tests).
    """

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store
        self._memory: dict[str, object] = {}

    @classmethod
    def of_user(cls) -> Preferences:
        """Those of the person at the screen."""
        return cls(QSettings("GradStudio", "GradStudio"))

    @property
    def theme(self) -> str:
        """The chosen theme: "dark", "light" or "system"."""
        found = str(self._get("theme") or "system")
        return found if found in ("dark", "light", "system") else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self._set("theme", name)

    @property
    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and dock state of the window, or None before the first."""
        geometry, state = self._get("geometry"), self._get("state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def keep_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember where everything is."""
        self._set("geometry", geometry)
        self._set("state", state)

    @property
    def recent(self) -> list[Path]:
        """Files opened and saved last, the newest first; those that are gone left out."""
        found = self._get("recent")
        names = found if isinstance(found, list) else [found] if isinstance(found, str) else []
        return [path for name in names if (path := Path(str(name))).is_file()]

    def add_recent(self, path: Path) -> None:
        """Put a file first."""
        names = [str(path.resolve()), *(str(p) for p in self.recent if p != path.resolve())]
        self._set("recent", names[:MOST_RECENT])

    def clear_recent(self) -> None:
        """Forget all files."""
        self._set("recent", [])

    @property
    def folder(self) -> str:
        """Where files were opened and saved last."""
        return str(self._get("folder") or "")

    @folder.setter
    def folder(self, folder: str) -> None:
        self._set("folder", folder)

    def _get(self, key: str) -> object:
        return self._store.value(key) if self._store is not None else self._memory.get(key)

    def _set(self, key: str, value: object) -> None:
        if self._store is not None:
            self._store.setValue(key, value)
        else:
            self._memory[key] = value
