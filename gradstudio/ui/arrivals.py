"""Data of a network that is read beside the window: of one being opened, or from a file somebody chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from gradstudio.data.beside import answer
from gradstudio.document.model import Document, NodeId
from gradstudio.engine.supply import SUPPLY, Wanted

if TYPE_CHECKING:
    from gradstudio.data.job import Job
    from gradstudio.ui.waiting import Waiting
    from gradstudio.ui.window import MainWindow


class Arrivals(QObject):
    """Reads what is wanted; until it is there its nodes say that they wait."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._open: dict[Waiting[None], Sequence[Wanted]] = {}

    def bring(self, document: Document, path: Path) -> None:
        """Read the data of a network that lies beside its file, or is installed."""
        answer()
        if not any(node.params.get("record") for node in document.nodes.values()):
            return
        from gradstudio.data.arriving import bring_in, outstanding
        from gradstudio.data.places import INSTALLED

        wanted = outstanding(document)
        folders = [path.absolute().parent, *INSTALLED]
        self._read(wanted, lambda: bring_in(wanted, folders), lambda job: job.result())

    def take(self, node: NodeId, path: Path, otherwise: Callable[[], None]) -> None:
        """Read the file somebody chose for a node.

        Args:
            node: the data node.
            path: the file.
            otherwise: what is done where it has other contents and somebody wants them all the same.
        """
        from gradstudio.data.arriving import bring_file, wanted_by
        from gradstudio.data.errors import DataProblem
        from gradstudio.data.record import record_of

        wanted = [wanted_by(self._window.studio.document.nodes[node].params)]
        record = record_of(wanted[0].record)

        def end(job: Job[None]) -> None:
            try:
                job.result()
            except DataProblem as problem:
                self._offer(str(problem), otherwise)

        self._read(wanted, lambda: bring_file(wanted, record, path), end)

    def give_up(self) -> None:
        """The window goes."""
        for waiting, wanted in self._open.items():
            waiting.give_up()
            self._let_go(wanted)
        self._open.clear()

    def _read(self, wanted: Sequence[Wanted], work: Callable[[], None], end: Callable[[Job[None]], None]) -> None:
        from gradstudio.data.job import Job
        from gradstudio.data.shelf import SHELF
        from gradstudio.ui.waiting import Waiting

        def then(job: Job[None]) -> None:
            self._open.pop(waiting, None)
            self._let_go(wanted)
            end(job)

        if not wanted:
            return
        SHELF.expect(one.record for one in wanted)
        waiting: Waiting[None] = Waiting(Job(work), then, self)
        self._open[waiting] = wanted
        waiting.begin()
        if waiting.on:
            SUPPLY.changed()

    def _let_go(self, wanted: Sequence[Wanted]) -> None:
        from gradstudio.data.shelf import SHELF

        SHELF.expect_no_more(one.record for one in wanted)
        SUPPLY.changed()

    def _offer(self, sentence: str, otherwise: Callable[[], None]) -> None:
        """Say why a file won't do, and offer to prepare it all the same."""
        box = QMessageBox(self._window)
        box.setObjectName("data.other")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(self.tr("This file doesn't fit the network"))
        box.setInformativeText(sentence)
        anew = box.addButton(self.tr("Use it all the same…"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)

        def answered(_code: int) -> None:
            button = box.clickedButton()
            box.deleteLater()
            if button is anew:
                otherwise()

        box.finished.connect(answered)
        box.open()
