"""What the studio remembers between two starts: theme, places of the docks, recent files and gates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta
from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from gradstudio.runs.places import state_folder
from gradstudio.training.keeping import Wishes

MOST_RECENT = 10
MOST_BOOKMARKED = 50
"""So many files keep their bookmarks."""
View: TypeAlias = tuple[float, float, float, int | None]
"""The scene point in the middle, the scale, and the group that is seen from inside."""
_Number = Annotated[str, Meta(pattern="^[1-9]$")]
_Limit = Annotated[float, Meta(ge=1e-12, le=1e12)]
_Checkpoints = tuple[Annotated[float, Meta(ge=0.1, le=1e6)] | None, bool]
"""Minutes from one to the next, and whether the best state is kept."""
_View = Annotated[list[Annotated[float, Meta(ge=-1e9, le=1e9)]], Meta(min_length=3, max_length=4)]
"""The same in the settings; without the fourth, the whole network is seen."""


class PictureStyle(msgspec.Struct, frozen=True):
    """How pictures of a network are made.

    Attributes:
        colors: those of a theme, or of the window.
        transparent: whether canvas and grid are left out.
        scale: pixels per unit of the canvas.
    """

    colors: Literal["window", "dark", "light"] = "window"
    transparent: bool = False
    scale: Annotated[float, Meta(ge=0.1, le=8.0)] = 2.0


class Preferences:
    """Remembered on disk through QSettings, or (with None) only as long as the program runs.

    Args:
        store: where it is kept; None reads and writes nobody's settings (pictures of a window, tests).
        blocks: the folder of the person's own blocks; None keeps them only as long as the program runs.
        state: the folder of what is kept between two starts, such as runs of networks that have no file; likewise.
    """

    def __init__(self, store: QSettings | None = None, blocks: Path | None = None, state: Path | None = None) -> None:
        self._store = store
        self.blocks = blocks
        self.state = state
        self._memory: dict[str, object] = {}

    @classmethod
    def of_user(cls) -> Preferences:
        """Those of the person at the screen."""
        settings = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        blocks = Path(settings) / "GradStudio" / "blocks" if settings else None
        return cls(QSettings("GradStudio", "GradStudio"), blocks, state_folder())

    @property
    def theme(self) -> str:
        """The chosen theme: "dark", "light", "contrast" or "system"."""
        found = str(self._get("theme") or "system")
        return found if found in ("dark", "light", "contrast", "system") else "system"

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
        return [path for name in self._words("recent") if (path := Path(name)).is_file()]

    def add_recent(self, path: Path) -> None:
        """Put a file first."""
        names = [str(path.resolve()), *(str(p) for p in self.recent if p != path.resolve())]
        self._set("recent", names[:MOST_RECENT])

    def clear_recent(self) -> None:
        """Forget all files."""
        self._set("recent", [])

    @property
    def recent_gates(self) -> list[str]:
        """Ids of the gates used last, the newest first."""
        return self._words("gates")

    @recent_gates.setter
    def recent_gates(self, gates: list[str]) -> None:
        self._set("gates", gates)

    @property
    def folded_shelves(self) -> list[str]:
        """Names of the palette's shelves that are folded."""
        return self._words("shelves/folded")

    @folded_shelves.setter
    def folded_shelves(self, shelves: list[str]) -> None:
        self._set("shelves/folded", shelves)

    @property
    def full_shelves(self) -> list[str]:
        """Names of the palette's shelves that show their uncommon gates too."""
        return self._words("shelves/full")

    @full_shelves.setter
    def full_shelves(self, shelves: list[str]) -> None:
        self._set("shelves/full", shelves)

    @property
    def greeted(self) -> bool:
        """Whether the welcome network has been shown."""
        return str(self._get("greeted")).lower() in ("true", "1")

    @greeted.setter
    def greeted(self, done: bool) -> None:
        self._set("greeted", done)

    def habit(self, name: str, default: bool) -> bool:
        """A choice about how the canvas behaves."""
        found = self._get(f"habit/{name}")
        return default if found is None else str(found).lower() in ("true", "1")

    def keep_habit(self, name: str, on: bool) -> None:
        """Remember such a choice."""
        self._set(f"habit/{name}", on)

    @property
    def health_limits(self) -> dict[str, float]:
        """The limits of the health panel somebody has chosen, by name; nothing where somebody has spoilt them."""
        try:
            return msgspec.json.decode(str(self._get("health") or "{}"), type=dict[str, _Limit])
        except msgspec.DecodeError:
            return {}

    @health_limits.setter
    def health_limits(self, limits: Mapping[str, float]) -> None:
        self._set("health", json.dumps(dict(limits)))

    @property
    def picture_style(self) -> PictureStyle:
        """How the last picture was made."""
        try:
            return msgspec.json.decode(str(self._get("picture") or "{}"), type=PictureStyle)
        except msgspec.DecodeError:
            return PictureStyle()

    @picture_style.setter
    def picture_style(self, style: PictureStyle) -> None:
        self._set("picture", msgspec.json.encode(style).decode())

    @property
    def checkpoints(self) -> Wishes:
        """What is kept of a run while it goes on; as usual where somebody has spoilt it."""
        try:
            minutes, best = msgspec.json.decode(str(self._get("checkpoints") or "[5, true]"), type=_Checkpoints)
        except msgspec.DecodeError:
            return Wishes()
        return Wishes(None if minutes is None else 60 * minutes, best)

    @checkpoints.setter
    def checkpoints(self, wishes: Wishes) -> None:
        self._set("checkpoints", json.dumps([None if wishes.every is None else wishes.every / 60, wishes.best]))

    def views(self, path: Path) -> dict[int, View]:
        """The bookmarks of a file by number."""
        known = self._all_views().get(str(path.resolve()), {})
        return {int(number): _read_view(view) for number, view in known.items()}

    def keep_views(self, path: Path, views: Mapping[int, View]) -> None:
        """Remember the bookmarks of a file, and those of the files bookmarked last before it."""
        known = self._all_views()
        known.pop(str(path.resolve()), None)
        known[str(path.resolve())] = {str(number): _written(view) for number, view in sorted(views.items())}
        self._set("views", json.dumps(dict(list(known.items())[-MOST_BOOKMARKED:])))

    def _all_views(self) -> dict[str, dict[str, list[float]]]:
        """What is remembered of all files; nothing where somebody has spoilt it."""
        try:
            return msgspec.json.decode(str(self._get("views") or "{}"), type=dict[str, dict[_Number, _View]])
        except msgspec.DecodeError:
            return {}

    @property
    def folder(self) -> str:
        """Where files were opened and saved last."""
        return str(self._get("folder") or "")

    @folder.setter
    def folder(self, folder: str) -> None:
        self._set("folder", folder)

    def _words(self, key: str) -> list[str]:
        """A list; some stores give a list of one back as that one."""
        found = self._get(key)
        return [str(word) for word in found] if isinstance(found, list) else [found] if isinstance(found, str) else []

    def _get(self, key: str) -> object:
        return self._store.value(key) if self._store is not None else self._memory.get(key)

    def _set(self, key: str, value: object) -> None:
        if self._store is not None:
            self._store.setValue(key, value)
        else:
            self._memory[key] = value


def _read_view(kept: list[float]) -> View:
    return kept[0], kept[1], kept[2], int(kept[3]) if len(kept) > 3 else None


def _written(view: View) -> list[float]:
    *place, inside = view
    return [float(number) for number in (place if inside is None else view) if number is not None]
