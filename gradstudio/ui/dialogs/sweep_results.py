"""The results of a sweep: a table over a drawing, with what can be done with a trial."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from gradstudio.runs.axes import worded
from gradstudio.runs.sweeping import Done, Sweeping
from gradstudio.ui.dialogs.sweep_plot import TrialPlot
from gradstudio.ui.dialogs.sweep_table import TrialModel, TrialTable
from gradstudio.ui.fields import ComboBox
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.theme import Theme

LEAST_COLUMN = 78


class SweepResults(QWidget):
    """Shows the trials of a sweep, and lets one of them be chosen.

    Attributes:
        model: the rows of the table.
        table: of the trials.
        plot: the same drawn.
        over: what they are drawn over.
        row: the buttons below; others may be added.
    """

    opened = Signal(object)
    """The network of this `Done` is to be opened."""
    adopted = Signal(object)
    """The values of this `Trial` are to be put into the network."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model = TrialModel(theme, self)
        self.table = TrialTable(self.model)
        self.plot = TrialPlot(theme)
        self.over = ComboBox()
        self.over.setAccessibleName(self.tr("What is drawn"))
        self.over.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.open_button = QPushButton(self.tr("&Open network"))
        self.open_button.setToolTip(self.tr("Open the trained network of the chosen trial in another window. Enter"))
        self.use_button = QPushButton(self.tr("&Use its values"))
        self.use_button.setToolTip(
            self.tr("Put the values of the chosen trial into the network, as one step of undo. Ctrl+Enter")
        )
        self._lay_out()
        self.over.currentIndexChanged.connect(self._choose_over)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.opened.connect(self._open)
        self.table.adopted.connect(self._use)
        self.open_button.clicked.connect(lambda *_: self._open())
        self.use_button.clicked.connect(lambda *_: self._use())
        self.plot.clicked.connect(self.choose)

    def show_sweep(self, sweeping: Sweeping) -> None:
        """Show the trials of another sweep, the best first."""
        self.model.show(sweeping)
        self.table.sortByColumn(self.model.metric_column, self.model.best_first)
        self.table.resizeColumnsToContents()
        for column in range(self.model.columnCount()):
            self.table.setColumnWidth(column, max(self.table.columnWidth(column) + 12, LEAST_COLUMN))
        self.over.blockSignals(True)
        self.over.clear()
        keys = sweeping.plan.keys
        if len(keys) > 1:
            self.over.addItem(self.tr("all values side by side"), "")
        for key in keys:
            self.over.addItem(worded(key), key)
        self.over.blockSignals(False)
        self._asked.show()
        self._choose_over()

    def tell(self, sweeping: Sweeping) -> None:
        """Something has come of it."""
        self.model.tell()
        for column, known in self.model.known():
            self.table.setColumnHidden(column, not known)
        self.plot.show_trials(sweeping.plan.axes, sweeping.plan.metric, sweeping.done)
        self.enable_buttons()

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.model.dress(theme)
        self.plot.dress(theme)

    def choose(self, trial: int) -> None:
        """Make the row of a trial the current one."""
        row = self.model.row_of(trial)
        if row >= 0:
            self.table.selectRow(row)

    def enable_buttons(self) -> None:
        """Enable what can be done with the current row."""
        done = self._chosen()
        self.open_button.setEnabled(done is not None and done.run.has_network)
        self.use_button.setEnabled(self.table.currentIndex().isValid())

    def _lay_out(self) -> None:
        sheet = QFrame()
        sheet.setProperty("role", "sheet")
        drawn = QVBoxLayout(sheet)
        drawn.setContentsMargins(8, 8, 8, 4)
        self._asked = QWidget()
        top = QHBoxLayout(self._asked)
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(label(self.tr("Drawn over"), "dim", wrap=False))
        top.addWidget(self.over)
        top.addStretch(1)
        drawn.addWidget(self._asked)
        self._asked.hide()
        drawn.addWidget(self.plot, 1)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(self.table)
        both.addWidget(sheet)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(6)
        both.setSizes([330, 300])
        self.row = QHBoxLayout()
        for button in (self.open_button, self.use_button):
            button.setAutoDefault(False)
            self.row.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 0, 0, 0)
        box.addWidget(both, 1)
        box.addLayout(self.row)

    def _chosen(self) -> Done | None:
        """What came of the trial in the current row."""
        return self.model.done(self.table.currentIndex().row())

    def _row_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.plot.choose(self.model.trials[index.row()].number)
        self.enable_buttons()

    def _choose_over(self, *_: object) -> None:
        self.plot.over = str(self.over.currentData() or "")
        self.plot.update()

    def _open(self) -> None:
        done = self._chosen()
        if done is not None and done.run.has_network:
            self.opened.emit(done)

    def _use(self) -> None:
        row = self.table.currentIndex().row()
        if row >= 0:
            self.adopted.emit(self.model.trials[row])
