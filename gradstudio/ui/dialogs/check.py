"""The gradient check of the whole network: every array's gradient against a difference quotient, as they come."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gradcheck import Band, GradientChecker, NodeCheck, band
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font

COLORS = {Band.RIGHT: "value", Band.FINE: "text", Band.DOUBTFUL: "warning", Band.WRONG: "error"}


class CheckJob(QObject):
    """Checks a copy of a document in a thread of its own and tells of each array."""

    began = Signal(int)
    checked = Signal(object)
    ended = Signal(str)
    """Empty, or why the network can't be checked."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document.copy()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gradstudio-check", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop after the present array and wait for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            checker = GradientChecker(compile_document(self._document).graph)
            self.began.emit(len(checker.slots()))
            for found in checker.run():
                if self._stop.is_set():
                    return
                self.checked.emit(found)
        except EngineError as error:
            self.ended.emit(str(error))
            return
        self.ended.emit("")


class CheckDialog(QDialog):
    """Shows the check as it goes on.

    Attributes:
        worst: the largest relative error so far, or None before the first.
    """

    concluded = Signal(str)
    """The result in a few words, for the status bar."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("check")
        self.setWindowTitle(self.tr("Gradient check"))
        self.resize(620, 480)
        self.worst: float | None = None
        self._theme = theme
        self.headline = label(self.tr("Checking…"), "title")
        self.advice = label(
            self.tr(
                "Each gradient is held against a centred difference quotient in float64.\n"
                "Relative error |a − n| / max(|a|, |n|): up to 1e-7 is right, up to 1e-4 fine where there are kinks, "
                "above 1e-2 wrong."
            ),
            "dim",
        )
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.table = self._table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(10)
        for part in (self.headline, self.advice, self.progress, self.table, buttons):
            box.addWidget(part)
        self.job = CheckJob(document)
        queued = Qt.ConnectionType.QueuedConnection
        self.job.began.connect(self.progress.setMaximum, queued)
        self.job.checked.connect(self._add, queued)
        self.job.ended.connect(self._end, queued)

    def start(self) -> None:
        """Show the dialog and begin."""
        self.open()
        self.job.start()

    def done(self, result: int) -> None:
        """Closing cancels."""
        self.job.cancel()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing cancels."""
        self.job.cancel()
        super().closeEvent(event)

    def _table(self) -> QTableWidget:
        titles = [
            self.tr("Array"),
            self.tr("Relative error"),
            self.tr("Band"),
            self.tr("Backward"),
            self.tr("Difference"),
        ]
        table = QTableWidget(0, len(titles))
        for column, title in enumerate(titles):
            head = QTableWidgetItem(title)
            head.setTextAlignment(_side(column))
            table.setHorizontalHeaderItem(column, head)
        table.setAccessibleName(self.tr("Results"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setFont(mono_font())
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table

    def _add(self, found: NodeCheck) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        texts = (
            found.name,
            f"{found.error:.1e}",
            found.band.value,
            number(found.analytic, 6),
            number(found.numeric, 6),
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if column in (1, 2):
                item.setForeground(self._theme.color(COLORS[found.band]))
            item.setTextAlignment(_side(column))
            self.table.setItem(row, column, item)
        self.worst = max(self.worst or 0.0, found.error)
        self.progress.setValue(row + 1)

    def _end(self, problem: str) -> None:
        self.progress.hide()
        if problem or self.worst is None:
            self.headline.setText(self.tr("There is nothing to check"))
            self.advice.setText(problem or self.tr("No array of this network has a gradient."))
            self.table.hide()
            return
        self.headline.setText(
            self.tr("Worst relative error {}: {}").format(f"{self.worst:.1e}", band(self.worst).value)
        )
        self.concluded.emit(self.tr("gradients checked {}").format(f"{self.worst:.1e}"))


def _side(column: int) -> Qt.AlignmentFlag:
    """Words begin at the left, numbers end at the right."""
    side = Qt.AlignmentFlag.AlignLeft if column in (0, 2) else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
