"""Makes the pictures of docs/insight.md on single gates: sheets, a Jacobian, an opened layer, a gradient check.

Run it from the root of the checkout: `python scripts/make_sheet_pictures.py`. Every number is of a real network.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.resources import resource
from gradstudio.ui.dialogs.jacobian import show_jacobian
from gradstudio.ui.panels import SheetPanel
from gradstudio.ui.shot import make_window, settle
from gradstudio.ui.window import MainWindow

THEME, SIZE = "light", (1440, 900)


def window(example: str) -> MainWindow:
    """A window with a shipped network, settled."""
    made = make_window(files.read(resource("examples", f"{example}.grad")), example, SIZE, THEME)
    made.canvas.habits.animated = False
    made.show()
    made.docks.load_visible()
    settle(made)
    return made


def chosen(on: MainWindow, name: str) -> int:
    """Select a node by its name."""
    node = on.studio.document.named(name)
    assert node is not None
    on.studio.select((node.id,))
    settle(on)
    return node.id


def sheet(on: MainWindow, name: str) -> QWidget:
    """The whole sheet of a node."""
    on.docks["backprop"].raise_()
    chosen(on, name)
    panel = on.docks["backprop"].widget()
    assert isinstance(panel, SheetPanel)
    return panel.paper


def opened(on: MainWindow) -> QWidget:
    """The canvas with a layer opened."""
    chosen(on, "hidden")
    on.actions_by_id["open_layer"].trigger()
    settle(on)
    on.studio.select()
    on.canvas.zoom_to_fit()
    settle(on)
    return on.canvas


def checked(on: MainWindow) -> QWidget:
    """The gradient check at its end."""
    dialog = on.check_gradients()
    while dialog.progress.isVisible():
        QApplication.processEvents()
    return dialog


def jacobian(on: MainWindow) -> QWidget:
    """The Jacobian of a layer for one sample."""
    dialog = show_jacobian(on, chosen(on, "scores"), "x")
    settle(on)
    dialog.sample.setValue(7)
    dialog.resize(580, 640)
    settle(on)
    return dialog


PICTURES = (
    ("sheet-circuit", "sum-times-z", lambda on: sheet(on, "f")),
    ("sheet-layer", "spiral", lambda on: sheet(on, "relu")),
    ("jacobian", "spiral", jacobian),
    ("opened-layer", "spiral", opened),
    ("gradient-check", "spiral", checked),
)


def make(folder: Path) -> None:
    """Draw every picture into a PNG file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, example, draw in PICTURES:
        on = window(example)
        draw(on).grab().save(str(folder / f"{name}.png"))
        on.close_now()
        on.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/images"))
