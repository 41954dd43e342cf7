"""Keys that mean one thing tapped, and another while they are held and the mouse drags."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

TAP_MS = 350
"""A key that is up again within this time, and with which nothing was dragged, was tapped."""


class Held(Enum):
    """What the left button does while a key is held."""

    NOTHING = auto()
    PAN = auto()
    CUT = auto()
    JOIN = auto()


_KEYS = {Qt.Key.Key_Space: Held.PAN, Qt.Key.Key_Y: Held.CUT, Qt.Key.Key_J: Held.JOIN}
_TAPPED: dict[Held, Callable[[CanvasView], object]] = {
    Held.PAN: lambda view: view.ask_for_gate(),
    Held.JOIN: lambda view: view.join_selected(),
}


class HeldKey:
    """The key that is down on a canvas, if it is one of these.

    Attributes:
        now: what it makes of the left button.
    """

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.now = Held.NOTHING
        self._since = 0
        self._used = False

    def press(self, event: QKeyEvent) -> bool:
        """Whether it is such a key; from now on it is held."""
        held = _KEYS.get(Qt.Key(event.key()))
        if held is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if not event.isAutoRepeat():
            self.now, self._since, self._used = held, event.timestamp(), self._view.gesture_active()
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Whether it was the key that is held; where it was tapped, do what that means."""
        held = _KEYS.get(Qt.Key(event.key()))
        if held is None or held is not self.now or event.isAutoRepeat():
            return held is not None
        tapped = not self._used and event.timestamp() - self._since < TAP_MS
        self.let_go()
        if tapped and held in _TAPPED:
            _TAPPED[held](self._view)
        return True

    def use(self) -> None:
        """Something was dragged meanwhile: it is no tap any more."""
        self._used = True

    def let_go(self) -> None:
        """No key is held any more, and none was tapped."""
        self.now = Held.NOTHING
