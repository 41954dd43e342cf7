"""Networks that come from runs: opened in windows of their own, and those a crash has interrupted."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from gradstudio.document.model import Document
from gradstudio.files.errors import FileProblem
from gradstudio.runs import Run, Store
from gradstudio.runs.interrupted import Interrupted, Underway

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

DAYS = 30
"""So long runs stay that a crash has left of a network without a file."""


class Recovering(QObject):
    """Asks whether to go on, where a network is opened in whose folder a crash has left a run unfinished."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.studio.runs.interruptedFound.connect(self.ask)

    def ask(self, run: Run) -> None:
        """Ask whether to go on with a run, from the state that was kept last."""
        step, goal = f"{run.step:,}", f"{run.goal:,}"
        box = QMessageBox(self._window)
        box.setObjectName("interrupted")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("Continue from step {}?").format(step))
        told = self.tr("The last session ended unexpectedly. The training of “{0}” was to go to step {1}.")
        box.setInformativeText(told.format(self._window.studio.name, goal))
        yes = box.addButton(self.tr("Continue"), QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(self.tr("Leave it"), QMessageBox.ButtonRole.RejectRole)
        no.setToolTip(self.tr("It stays among the runs, and can be continued there."))
        box.setDefaultButton(yes)
        box.setEscapeButton(no)
        yes.clicked.connect(lambda *_: self._window.studio.runs.go_on(run))
        no.clicked.connect(lambda *_: self._window.studio.runs.leave(run))
        box.finished.connect(box.deleteLater)
        box.open()


def recover(window: MainWindow, state: Path | None) -> bool:
    """At the start, open the network whose training the last session left unfinished; whether there was one."""
    found = [] if state is None else Underway(state / "underway").found()
    if state is not None:
        _tidy(state / "unsaved", {one.folder for one in found})
    for one in found:
        if one.network is not None and one.network.is_file():
            window.files.open_path(one.network)
            return True
        if one.network is None and (document := _network_of(one)) is not None:
            window.studio.runs.adopt(one.folder)
            window.studio.open_document(document, None)
            return True
    return False


def _tidy(unsaved: Path, wanted: set[Path]) -> None:
    """Take away the runs of networks that were never saved, once they are so old that nobody comes back to them."""
    oldest = time.time() - 86_400 * DAYS
    for folder in unsaved.glob("*.runs"):
        with suppress(OSError):
            if folder not in wanted and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)


def _network_of(one: Interrupted) -> Document | None:
    """The network of an interrupted run that has no file; None where it can't be read."""
    try:
        return Store(one.folder).network(one.run.number)
    except FileProblem:
        return None


def open_run(window: MainWindow, number: int, best: bool) -> None:
    """Open the network of a run in a window of its own."""
    run, name = window.studio.runs.run(number), window.studio.name.removesuffix(".grad")
    if run is None:
        return

    def show(document: Document) -> None:
        beside = window.windows.open(window)
        beside.studio.open_document(document, None, f"{name}-{run.title.replace(' ', '-')}.grad")

    window.studio.runs.fetch(number, show, best=best)
