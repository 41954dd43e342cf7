"""Make the pictures of docs/training.md anew, from real runs: `python scripts/make_training_pictures.py`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.training.trainer import Trainer
from gradstudio.ui.dialogs.ratefinder import show_rate_finder
from gradstudio.ui.panels import LossPanel
from gradstudio.ui.shot import make_window, settle
from gradstudio.ui.window import MainWindow

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PATIENCE = 60.0


def main() -> None:
    """Make all pictures."""
    draw_finder()
    draw_changes()
    draw_frozen()


def draw_finder() -> None:
    """The learning rate finder after its test of a small network."""
    window = opened(files.read(resource("examples", "mlp.grad")))
    dialog = show_rate_finder(window)
    wait(lambda: not dialog.progress.isVisible())
    dialog.grab().save(str(IMAGES / "training-finder.png"))
    dialog.reject()
    window.close_now()


def draw_changes() -> None:
    """The loss panel after a training in which the rate, a frozen layer and a plateau changed things."""
    document = files.read(resource("examples", "spiral.grad"))
    document.apply(
        commands.change_settings(document, optimizer="momentum", learning_rate=0.1, schedule="plateau", patience=60)
    )
    hidden = frozenset(node.id for node in document.nodes.values() if node.name == "hidden")
    trainer = Trainer(document.copy())
    for step in trainer.run(1500):
        if step == 300:
            document.apply(commands.change_settings(document, learning_rate=0.5))
            trainer.use(document.settings)
        if step in (700, 900):
            trainer.use(trainer.settings, hidden if step == 700 else frozenset())
    document.apply(commands.set_training(document, trainer.training(), "Train 1,500 steps"))
    window = opened(document)
    panel = window.docks["loss"].widget()
    assert isinstance(panel, LossPanel)
    panel.resize(620, 260)
    panel.more.rate.setChecked(True)
    settle(window)
    panel._go_to_change(300)
    panel.grab().save(str(IMAGES / "training-changes.png"))
    window.close_now()


def draw_frozen() -> None:
    """A frozen layer on the canvas."""
    document = files.read(resource("examples", "spiral.grad"))
    layer = next(node.id for node in document.nodes.values() if node.name == "hidden")
    document.apply(commands.set_frozen(document, [layer], True))
    window = opened(document)
    canvas = window.canvas
    at = canvas.to_view(canvas.node_rect(layer).center()).toPoint()
    canvas.grab(QRect(at - QPoint(230, 110), at + QPoint(230, 110))).save(str(IMAGES / "training-frozen.png"))
    window.close_now()


def opened(document: Document) -> MainWindow:
    """A window with a network, drawn."""
    window = make_window(document, "network.grad", (1400, 860), "light")
    window.show()
    window.docks.load_visible()
    settle(window)
    return window


def wait(condition: Callable[[], bool]) -> None:
    """Let the window work until something has happened."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
    QApplication.processEvents()


if __name__ == "__main__":
    main()
