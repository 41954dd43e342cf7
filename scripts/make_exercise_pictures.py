"""Make the pictures of step-through and exercises anew: `python scripts/make_exercise_pictures.py [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio import files
from gradstudio.resources import resource
from gradstudio.ui.shot import make_window, settle
from gradstudio.ui.window import MainWindow

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = (1500, 700)


def make(folder: Path) -> None:
    """Draw the canvas of each scene, from the real window, into a PNG file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, example, act in (("step-through", "staged", step), ("exercise", "exercise", answer)):
        for theme in ("dark", "light"):
            draw(example, folder / f"{name}-{theme}.png", theme, act)


def draw(example: str, path: Path, theme: str, act: Callable[[MainWindow], None]) -> None:
    """Open an example, do something, and draw the middle of the window."""
    window = make_window(files.read(resource("examples", f"{example}.grad")), example, SIZE, theme)
    for dock in window.docks.by_name.values():
        dock.hide()
    window.show()
    settle(window)
    act(window)
    settle(window)
    window.toast.hide()
    window.canvas.minimap.hide()
    middle = window.centralWidget()
    assert middle is not None
    middle.grab().save(str(path), "PNG")
    window.close_now()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def step(window: MainWindow) -> None:
    """Stand on the way back, with the order of computation shown."""
    window.steps.to_turn()
    window.steps.step(4)
    window.steps.toggle_numbers()


def answer(window: MainWindow) -> None:
    """Two right answers, and one that forgets the upstream gradient."""
    window.predicting.try_exercise()
    settle(window)
    for text in ("-12", "2", "1"):
        window.card.field.setText(text)
        window.card.enter()


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
