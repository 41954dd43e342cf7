"""The gradient check of the network or of chosen gates: each gradient against a difference quotient, as they come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradstudio.document.model import Document, NodeId
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gradcheck import Band, band
from gradstudio.insight.checks import Check, Checked
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.job import JobDialog, Worker
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font

COLORS = {Band.RIGHT: "value", Band.FINE: "text", Band.DOUBTFUL: "warning", Band.WRONG: "error"}
MEANS = {
    Band.RIGHT: "up to 1e-7",
    Band.FINE: "up to 1e-4",
    Band.DOUBTFUL: "up to 1e-2",
    Band.WRONG: "above 1e-2",
}
"""The course's bands of the relative error."""
ERROR, BAND, KINKS = 1, 2, 6
"""Columns of the table that others look at."""


class CheckJob(Worker):
    """Checks a copy of a document in a thread of its own and tells of each array."""

    began = Signal(int, object)
    """So many arrays will be checked; names of the nodes that draw random numbers."""
    checked = Signal(object)
    ended = Signal(str)
    """Empty, or why the network can't be checked."""

    def __init__(self, document: Document, nodes: Sequence[NodeId] = ()) -> None:
        super().__init__("gradstudio-check")
        self._document, self._nodes = document.copy(), tuple(nodes)

    def _run(self) -> None:
        try:
            check = Check(self._document, self._nodes)
            self.began.emit(check.total, check.random)
            for found in check.run(self._stop.is_set):
                self.checked.emit(found)
        except EngineError as error:
            self.ended.emit(str(error))
            return
        self.ended.emit("")


class CheckDialog(JobDialog):
    """Shows the check as it goes on, beside the canvas.

    Attributes:
        worst: the largest relative error so far, or None before the first.
    """

    concluded = Signal(str)
    """The result in a few words, for the status bar."""
    nodeWanted = Signal(int)
    """A node is to be shown on the canvas."""

    def __init__(
        self, document: Document, theme: Theme, parent: QWidget | None = None, nodes: Sequence[NodeId] = ()
    ) -> None:
        super().__init__(parent)
        self.setObjectName("check")
        self.setWhatsThis(
            self.tr("Each gradient against a centred difference quotient in float64; Enter goes to the node of a row.")
        )
        self.resize(800, 520)
        self.worst: float | None = None
        self._theme = theme
        self._results: list[Checked] = []
        self._random: tuple[str, ...] = ()
        self.setWindowTitle(self._title([document.nodes[node].name for node in nodes]))
        self.headline = label(self.tr("Checking…"), "title")
        self.advice = label(self._method(bool(nodes)), "dim")
        self.remark = label("", "dim")
        self.remark.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the check"))
        self.table = self._table()
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(10)
        for part in (self.headline, self.advice, self.progress, self.table, self.remark, self._buttons()):
            box.addWidget(part)
        self.job = CheckJob(document, nodes)
        queued = Qt.ConnectionType.QueuedConnection
        self.job.began.connect(self._begin, queued)
        self.job.checked.connect(self._add, queued)
        self.job.ended.connect(self._end, queued)

    # ---- made of

    def _title(self, names: Sequence[str]) -> str:
        if not names:
            return self.tr("Gradient check of the network")
        return self.tr("Gradient check of {}").format(names[0] if len(names) == 1 else f"{len(names)} gates")

    def _method(self, parts: bool) -> str:
        first = self.tr("Each gradient is held against a centred difference quotient in float64.")
        if parts:
            first = self.tr(
                "Each gate by itself, at the values it has now and with a random upstream gradient: backward against "
                "a centred difference quotient in float64."
            )
        bands = ", ".join(f"{which.value} {MEANS[which]}" for which in Band)
        return f"{first}\n{self.tr('Relative error |a − n| / max(|a|, |n|): {}.').format(bands)}"

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.go = QPushButton(self.tr("Show on canvas"))
        self.go.setToolTip(self.tr("Select the node of the chosen row and go to it; Enter in the table does so too."))
        self.go.setEnabled(False)
        self.close_button = QPushButton(self.tr("Cancel"))
        buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.close_button, QDialogButtonBox.ButtonRole.RejectRole)
        self.go.clicked.connect(self._show_chosen)
        buttons.rejected.connect(self.reject)
        return buttons

    def _table(self) -> QTableWidget:
        titles = [
            self.tr("Array"),
            self.tr("Relative error"),
            self.tr("Band"),
            self.tr("Worst entry"),
            self.tr("Backward"),
            self.tr("Difference"),
            self.tr("At kinks"),
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
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setFont(mono_font())
        table.activated.connect(self._show_chosen)
        table.itemSelectionChanged.connect(lambda: self.go.setEnabled(table.currentRow() >= 0))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return table

    # ---- as it goes on

    def _begin(self, total: int, random: tuple[str, ...]) -> None:
        self.progress.setMaximum(total)
        self._random = random

    def _add(self, made: Checked) -> None:
        row, found = self.table.rowCount(), made.found
        self.table.insertRow(row)
        self._results.append(made)
        nothing = not found.checked
        texts = (
            made.name,
            "–" if nothing else f"{found.error:.1e}",
            self.tr("at kinks only") if nothing else found.band.value,
            "" if nothing else made.worst.removeprefix(made.name) or "–",
            "" if nothing else number(found.analytic, 6),
            "" if nothing else number(found.numeric, 6),
            f"{found.kinks}" if found.kinks else "",
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if column in (ERROR, BAND) and not nothing:
                item.setForeground(self._theme.color(COLORS[found.band]))
            item.setTextAlignment(_side(column))
            self.table.setItem(row, column, item)
        self.worst = max(self.worst or 0.0, found.error)
        self.progress.setValue(row + 1)

    def _end(self, problem: str) -> None:
        if self.job.cancelled:
            return
        self.progress.hide()
        self.close_button.setText(self.tr("Close"))
        if problem or self.worst is None:
            self.headline.setText(self.tr("There is nothing to check"))
            self.advice.setText(problem or self.tr("No array of this network has a gradient."))
            self.table.hide()
            return
        worst = max(range(len(self._results)), key=lambda row: self._results[row].found.error)
        name = self._results[worst].worst
        result = self.tr("Worst relative error {}: {}").format(f"{self.worst:.1e}", band(self.worst).value)
        self.headline.setText(self.tr("{}, at {}").format(result, name) if self.worst > 0 else result)
        self._explain()
        self.table.selectRow(worst)
        self.table.setFocus()
        self.concluded.emit(self.tr("gradients checked {}").format(f"{self.worst:.1e}"))
        if band(self.worst) in (Band.WRONG, Band.DOUBTFUL):
            self._show_chosen()

    def _explain(self) -> None:
        """What was left out, and what was held still."""
        kinks = sum(made.found.kinks for made in self._results)
        said = []
        if kinks:
            said.append(
                self.tr(
                    "{} entries lie at a kink: between the two points a max, a ReLU or the like changed sides. "
                    "There the difference quotient is no gradient, so they were left out and count as no error."
                ).format(kinks)
            )
        if self._random:
            names = ", ".join(self._random[:5]) + (" …" if len(self._random) > 5 else "")
            said.append(self.tr("Random parts ({}) drew the same numbers at every point.").format(names))
        self.remark.setText("\n".join(said))
        self.remark.setVisible(bool(said))

    def _show_chosen(self, *_: object) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._results):
            self.nodeWanted.emit(self._results[row].node)


def _side(column: int) -> Qt.AlignmentFlag:
    """Words begin at the left, numbers end at the right."""
    side = Qt.AlignmentFlag.AlignLeft if column in (0, BAND, 3) else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
