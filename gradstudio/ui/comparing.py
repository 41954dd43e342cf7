"""Duplicating a network, and comparing it with another one: of a window, of a file, or of a run that was kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QFileDialog

from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.files.errors import FileProblem
from gradstudio.runs import Run
from gradstudio.ui import going
from gradstudio.ui.dialogs.compare import CompareDialog, Side
from gradstudio.ui.quickpick import Pick, QuickPick
from gradstudio.ui.texts import number

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

MOST_RUNS = 100
"""Of more runs the last ones are offered."""


def duplicate_network(window: MainWindow) -> MainWindow:
    """Open a copy of the network, with all that it has learned, in a window of its own."""
    document = as_it_is(window)
    stem = window.studio.name.removesuffix(".json").removesuffix(".grad")
    beside = window.windows.open(window)
    beside.studio.open_document(document, None, _free_name(window, stem))
    return beside


def compare_with(window: MainWindow) -> QuickPick:
    """Ask what the network is to be compared with."""
    picks = [*_windows(window), Pick(_say("A file…"), partial(_ask_for_file, window)), *_runs(window)]
    popup = QuickPick(window, window.studio.theme, picks, _say("Compare with …"))
    popup.open_at(window.mapToGlobal(QPoint((window.width() - popup.width()) // 2, window.bar.height() + 8)))
    return popup


def compare(window: MainWindow, other: Side) -> CompareDialog:
    """Show another network, on the left, beside the one of a window."""
    return _show(window, other, of_window(window))


def compare_runs(window: MainWindow, runs: Sequence[Run]) -> None:
    """Show two runs side by side, or one beside the network as it is now."""
    book, first = window.studio.runs, runs[0]

    def side(document: Document) -> None:
        left = Side(first.title, document.copy)

        def beside(other: Document) -> None:
            _show(window, left, Side(runs[1].title, other.copy))

        if len(runs) == 1:
            compare(window, left)
        else:
            book.fetch(runs[1].number, beside)

    book.fetch(first.number, side)


def _show(window: MainWindow, left: Side, right: Side) -> CompareDialog:
    dialog = CompareDialog(left, right, window.studio, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog


def of_window(window: MainWindow) -> Side:
    """The network of a window."""
    return Side(window.studio.name, partial(as_it_is, window), partial(_go_to, window))


def as_it_is(window: MainWindow) -> Document:
    """A copy of a window's network with what a run has learned so far; the run goes on."""
    studio = window.studio
    resume = studio.running
    studio.settle()
    document = studio.document.copy()
    if resume:
        studio.train()
    return document


def _go_to(window: MainWindow, node: int) -> None:
    window.bring_forward()
    going.to_node(window, node)


def _windows(window: MainWindow) -> list[Pick]:
    others = [other for other in window.windows.all if other is not window]
    return [
        Pick(other.studio.name, lambda other=other: compare(window, of_window(other)), _say("Window"))  # type: ignore[misc]
        for other in others
    ]


def _runs(window: MainWindow) -> list[Pick]:
    """The runs kept of this network, the newest first."""
    kept = [run for run in window.studio.runs.runs if run.has_network]
    return [_run(window, run) for run in reversed(kept[-MOST_RUNS:])]


def _run(window: MainWindow, run: Run) -> Pick:
    loss = run.result.loss
    aside = _say("Run · loss {}").format(number(loss, 4)) if loss is not None else _say("Run")
    return Pick(run.title, lambda: compare_runs(window, [run]), aside)


def _ask_for_file(window: MainWindow) -> QFileDialog:
    dialog = window.files.dialog(
        _say("Compare with a file"), QFileDialog.AcceptMode.AcceptOpen, ["GradStudio (*.grad *.grad.json)", "*"]
    )
    dialog.fileSelected.connect(lambda name: _compare_file(window, Path(name), Path(name).name))
    dialog.open()
    return dialog


def _compare_file(window: MainWindow, path: Path, name: str) -> CompareDialog | None:
    try:
        document = files.read(path)
    except (FileProblem, OSError) as problem:
        window.files.tell(_say("This file can't be opened"), str(problem))
        return None
    return compare(window, Side(name, document.copy))


def _free_name(window: MainWindow, stem: str) -> str:
    taken = {other.studio.name for other in window.windows.all}
    names = [f"{stem}-copy.grad", *(f"{stem}-copy-{i}.grad" for i in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _say(text: str) -> str:
    return QCoreApplication.translate("Comparing", text)
