"""Export predictor: the trained network as a script that answers rows of a file, written beside the window's work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from gradstudio.insight.predictor import export_predictor
from gradstudio.ui.job import Job, Refusal
from gradstudio.ui.spec import say

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def ask_for_file(window: MainWindow) -> QFileDialog:
    """Ask for a file, and write the predictor into it."""
    filters = [say("Python program (*.py)")]
    dialog = window.files.dialog(say("Export predictor"), QFileDialog.AcceptMode.AcceptSave, filters)
    dialog.setDefaultSuffix("py")
    dialog.selectFile(f"predict_{Path(window.studio.name).stem}.py".replace("-", "_"))
    dialog.fileSelected.connect(lambda name: write(window, Path(name)))
    dialog.open()
    return dialog


def write(window: MainWindow, path: Path) -> Job:
    """Write the network as it is now, with what a running run has learned so far; the run goes on."""
    studio = window.studio
    resume = studio.running
    studio.settle()
    document, title = studio.document.copy(), Path(studio.name).stem
    if resume:
        studio.train()
    job = Job(lambda _: export_predictor(document, path, title), "gradstudio-export", window)

    def ended(found: object) -> None:
        job.deleteLater()
        if isinstance(found, Refusal):
            window.files.tell(say("The predictor can't be exported"), found)
        elif isinstance(found, list):
            names = say(" and ").join(file.name for file in found)
            studio.messageShown.emit(say("Predictor saved as {}. Run it: python {} rows answers.csv").format(
                names, path.name
            ))  # fmt: skip

    job.ended.connect(ended, Qt.ConnectionType.QueuedConnection)
    studio.closing.connect(job.cancel)
    job.start()
    return job
