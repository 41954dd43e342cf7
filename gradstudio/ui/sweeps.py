"""The window's sweep: its dialog shown, networks of trials opened, their values taken over."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gradstudio.data.errors import DataProblem
from gradstudio.data.record import record_of
from gradstudio.data.shelf import SHELF
from gradstudio.document.model import Document
from gradstudio.engine.errors import ShapeError
from gradstudio.runs import Store
from gradstudio.runs.places import is_shipped
from gradstudio.runs.sweep import Trial, adopted
from gradstudio.runs.sweeping import Done
from gradstudio.runs.targets import NotASweep
from gradstudio.ui.dialogs.sweep import Home, SweepDialog

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def show_sweep(window: MainWindow) -> SweepDialog:
    """Show the sweep of a window, as it was left, or a new one."""
    found = window.findChild(SweepDialog)
    if found is None:
        found = SweepDialog(window.studio, partial(_home, window), window)
        found.networkWanted.connect(partial(_open, window, found))
        found.valuesWanted.connect(partial(_adopt, window))
        found.kept.connect(window.studio.runs.refresh)
    elif not found.isVisible():
        found.offer()
    found.show()
    found.raise_()
    found.activateWindow()
    return found


def _home(window: MainWindow) -> Home:
    """Trials are kept beside the network's file, where it has one of its own."""
    path = window.studio.path
    keeps = path is not None and not is_shipped(path)
    return Home(Store(window.studio.runs.folder) if keeps else None, path, _folders(window.studio.document))


def _folders(document: Document) -> tuple[Path, ...]:
    """Where the data of a network lies."""
    found = []
    for node in document.nodes.values():
        text = node.params.get("record")
        if isinstance(text, str) and text:
            try:
                place = SHELF.place(record_of(text))
            except (ShapeError, DataProblem):
                continue
            if place is not None:
                found.append(place.absolute().parent)
    return tuple(dict.fromkeys(found))


def _open(window: MainWindow, dialog: SweepDialog, done: Done) -> None:
    """Open the network of a trial in a window of its own."""
    sweeping = dialog.sweeping
    if done.run.number:
        window.studio.runs.fetch(done.run.number, partial(_show, window, done))
    elif sweeping is not None:
        network = sweeping.network(done)
        if network is not None:
            _show(window, done, network)


def _show(window: MainWindow, done: Done, network: Document) -> None:
    stem = window.studio.name.removesuffix(".json").removesuffix(".grad")
    beside = window.windows.open(window)
    trial = done.run.name.replace(" #", "-") or str(done.trial.number)
    beside.studio.open_document(network, None, f"{stem}-{trial}.grad")


def _adopt(window: MainWindow, trial: Trial) -> None:
    """Put a trial's values into the network, as one step of undo."""
    studio = window.studio
    try:
        studio.do(lambda: adopted(studio.document, trial.values))
    except NotASweep as error:
        studio.messageShown.emit(str(error))
        return
    studio.messageShown.emit(
        QCoreApplication.translate("Sweep", "The network has the values of trial {}. Undo takes that back.").format(
            trial.number
        )
    )
