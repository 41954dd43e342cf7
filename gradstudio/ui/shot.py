"""Pictures of the whole window: made offscreen from the real one, with real numbers in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from gradstudio.document.model import Document
from gradstudio.training.snapshot import Status
from gradstudio.ui import style
from gradstudio.ui.bridge import Studio
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.theme import THEMES
from gradstudio.ui.window import MainWindow

PATIENCE = 3600.0
QUIET_ROUNDS = 4


class ShotFailed(Exception):
    """The picture wasn't made; the message says why."""


def render_window(
    document: Document,
    path: Path,
    *,
    name: str = "",
    train_steps: int = 0,
    select: str = "",
    size: tuple[int, int] = (1760, 1080),
    theme: str = "dark",
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw the studio's window with a network in it into a PNG file. Nobody's settings are read or written.

    Args:
        document: the network; trained in place.
        path: the picture.
        name: what the title calls the network.
        train_steps: steps to train it first, in the session, as the window does.
        select: name of the node to select; empty for none.
        size: of the window in pixels at 100 %.
        theme: "dark" or "light".
        progress: told of (steps done, steps to do) while it trains.

    Raises:
        ShotFailed: if there is no such node, the training fails, or the file can't be written.
    """
    window = make_window(document, name, size, theme)
    try:
        _select(window, select)
        window.show()
        window.docks.load_visible()
        if train_steps:
            _train(window, train_steps, progress)
        settle(window)
        window.toast.hide()
        if not grab(window).save(str(path), "PNG"):
            raise ShotFailed(f"The picture can't be written to {path}. Choose another place.")
    finally:
        window.close_now()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def make_window(document: Document, name: str, size: tuple[int, int], theme: str) -> MainWindow:
    """The real window, with preferences of its own."""
    app = QApplication.instance() or QApplication(["gradstudio"])
    assert isinstance(app, QApplication)
    style.apply(app, THEMES[theme])
    window = MainWindow(Studio(document, theme=THEMES[theme], name=name), Preferences())
    window.setMinimumSize(1, 1)
    window.resize(*size)
    return window


def settle(window: MainWindow, patience: float = PATIENCE) -> None:
    """Let the window work until every panel shows the newest numbers and nothing is left to do."""
    deadline = time.monotonic() + patience
    quiet = 0
    while quiet < QUIET_ROUNDS and time.monotonic() < deadline:
        window.studio.session.wait_idle(0.02)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        quiet = 0 if window.studio.session.awaiting or not window.canvas.at_rest else quiet + 1


def grab(window: MainWindow) -> QPixmap:
    """The window as it is on the screen."""
    return window.grab()


def _select(window: MainWindow, name: str) -> None:
    if not name:
        return
    node = window.studio.document.named(name)
    if node is None:
        raise ShotFailed(f"There is no node “{name}” in this network.")
    window.studio.select((node.id,))


def _train(window: MainWindow, steps: int, progress: Callable[[int, int], None] | None) -> None:
    studio = window.studio
    goal = studio.document.training.step + steps
    studio.train(steps)
    while studio.session.status is Status.RUNNING:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 30)
        studio.session.wait_idle(0.01)
        if progress is not None:
            progress(steps - max(0, goal - studio.session.latest.step), steps)
    settle(window)
    if studio.session.status is Status.FAILED:
        raise ShotFailed(studio.session.latest.message)
