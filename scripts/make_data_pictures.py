"""Make the pictures of docs/data.md anew, from one real run: `python scripts/make_data_pictures.py`.

A file is dropped on the studio, looked at, taken over, trained on and evaluated; then its network is opened elsewhere.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.data.shelf import SHELF
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.training.snapshot import Status
from gradstudio.ui import going
from gradstudio.ui.dialogs.evaluate import EvaluateDialog
from gradstudio.ui.shot import make_window, settle
from gradstudio.ui.window import MainWindow

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = (1360, 820)


def own(folder: Path) -> Path:
    """The table of wines as somebody might have it: with semicolons, and a few cells empty."""
    lines = resource("data", "wine.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines]
    for row, column in ((12, 1), (40, 4), (77, 4), (120, 8)):
        rows[row][column] = ""
    path = folder / "wines.csv"
    path.write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def until(true: Callable[[], object]) -> None:
    """Let the window work until something is true."""
    while not true():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def keep(widget: QWidget, name: str) -> None:
    """Save a picture of a widget."""
    widget.grab().save(str(IMAGES / f"{name}.png"), "PNG")


def show_inspector(window: MainWindow, node: str) -> None:
    """Select a node, with the inspector in front."""
    found = window.studio.document.named(node)
    assert found is not None
    window.studio.select((found.id,))
    window.docks["inspector"].raise_()


def make(folder: Path) -> None:
    """The whole way, with a picture of each step."""
    window = make_window(Document(), "", SIZE, "light")
    window.show()
    settle(window)
    dialog = window.data.import_path(own(folder))
    until(lambda: not dialog.drafting.busy)
    dialog.resize(1180, 680)
    dialog.columns.clearSelection()
    dialog.columns.selectRow(4)
    settle(window)
    keep(dialog, "data-import")
    dialog.layers.field.setText("32-relu")
    dialog.accept()
    settle(window)
    show_inspector(window, "data")
    window.studio.train(1000)
    until(lambda: window.studio.document.training.step == 1000 and window.studio.status is Status.IDLE)
    settle(window)
    window.toast.hide()
    keep(window, "data-network")
    window.actions_by_id["evaluate"].trigger()
    (card,) = window.findChildren(EvaluateDialog)
    until(card.progress.isHidden)
    keep(card, "data-evaluated")
    card.reject()
    window.studio.save(folder / "elsewhere" / "wines.grad")
    SHELF.clear()
    window.files.open_path(folder / "elsewhere" / "wines.grad")
    until(window.toast.isVisible)
    show_inspector(window, "data")
    going.to_dock(window, "problems")
    settle(window)
    keep(window, "data-missing")
    window.close_now()


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp())
    (place / "elsewhere").mkdir()
    try:
        make(place)
    finally:
        shutil.rmtree(place)
