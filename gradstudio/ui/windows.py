"""All windows of the program: each has a network of its own; they share what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal

from gradstudio.ui.blocks import Blocks
from gradstudio.ui.bridge import Studio
from gradstudio.ui.recents import Recents
from gradstudio.ui.shelves import Shelves
from gradstudio.ui.theme import chosen_theme

if TYPE_CHECKING:
    from gradstudio.ui.preferences import Preferences
    from gradstudio.ui.window import MainWindow

ASIDE = QPoint(32, 32)
"""So far from another window a new one lies."""


class Windows(QObject):
    """Makes windows, lists them, and closes them one after the other.

    Attributes:
        preferences: what is remembered.
        recents: the gates used last, in whichever window.
        shelves: the shelves of the palette.
        blocks: the person's own blocks.
        all: the open windows, in the order of their making.
    """

    changed = Signal()
    """A window came or went."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.recents = Recents(preferences)
        self.shelves = Shelves(preferences)
        self.blocks = Blocks(preferences.blocks)
        self.all: list[MainWindow] = []
        self._current: MainWindow | None = None

    @property
    def current(self) -> MainWindow | None:
        """The window somebody works in, or worked in last; None where all are closed."""
        return self._current

    def open(self, beside: MainWindow | None = None) -> MainWindow:
        """Show a new, empty window: where the last one was, or beside one that is open."""
        from gradstudio.ui.window import MainWindow

        studio = Studio(
            theme=chosen_theme(self.preferences.theme), name=self._free_name(), state=self.preferences.state
        )
        if beside is not None:
            beside.keep_layout()
        window = MainWindow(studio, self.preferences, self)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.restore_geometry()
        if beside is not None:
            window.resize(beside.size())
            window.move(beside.pos() + ASIDE)
        window.show()
        return window

    def add(self, window: MainWindow) -> None:
        """A window was made."""
        self.all.append(window)
        self._current = window
        self.changed.emit()

    def remove(self, window: MainWindow) -> None:
        """A window is closed for good."""
        self.all.remove(window)
        if self._current is window:
            self._current = self.all[-1] if self.all else None
        self.changed.emit()

    def worked_in(self, window: MainWindow) -> None:
        """Somebody went to a window."""
        if window in self.all:
            self._current = window

    def showing(self, path: Path) -> MainWindow | None:
        """The window in which a file is open."""
        wanted = path.resolve()
        return next((w for w in self.all if w.studio.path is not None and w.studio.path.resolve() == wanted), None)

    def go_on(self, window: MainWindow) -> None:
        """Go to the window after this one."""
        self.all[(self.all.index(window) + 1) % len(self.all)].bring_forward()

    def choose_theme(self, name: str) -> None:
        """Draw all windows in this theme, and remember it."""
        self.preferences.theme = name
        for window in self.all:
            window.studio.set_theme(chosen_theme(name))

    def choose_habit(self, name: str, on: bool) -> None:
        """Let every canvas behave like this, and remember it."""
        self.preferences.keep_habit(name, on)
        for window in self.all:
            setattr(window.canvas.habits, name, on)
            window.refresh_actions()

    def close_all(self) -> None:
        """Close every window, after asking about each one with changes; one Cancel keeps all of them open."""
        self._ask([window for window in self.all if window.studio.modified])

    def close_now(self) -> None:
        """Close every window without asking."""
        for window in tuple(self.all):
            window.close_now()

    def save_copy(self) -> None:
        """Ask for a file and save a copy of the network somebody works on."""
        if self._current is not None:
            self._current.files.save_copy()

    def _ask(self, waiting: Sequence[MainWindow]) -> None:
        if not waiting:
            self.close_now()
            return
        first, *rest = waiting
        if len(self.all) > 1:
            first.bring_forward()
        first.files.ask_first(lambda: self._ask(rest))

    def _free_name(self) -> str:
        """A name for a network without a file that no open one has."""
        taken = {window.studio.name for window in self.all}
        names = ["untitled.grad", *(f"untitled-{i}.grad" for i in range(2, len(taken) + 2))]
        return next(name for name in names if name not in taken)
