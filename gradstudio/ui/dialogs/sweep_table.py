"""The trials of a sweep as a table: values, results, how far each is; sorted by any column, unknown ones last."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from gradstudio.runs import Outcome
from gradstudio.runs.axes import said, worded
from gradstudio.runs.sweep import Metric, Trial
from gradstudio.runs.sweeping import Done, Sweeping, Underway, best_of
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme, mono_font, ui_font

ROW = 26
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_Index = QModelIndex | QPersistentModelIndex


class TrialModel(QAbstractTableModel):
    """One row a trial: its number, how far it is, its values, its results.

    Attributes:
        trials: in the order of the rows.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sweeping: Sweeping | None = None
        self._done: Mapping[int, Done] = {}
        self._underway: Mapping[int, Underway] = {}
        self._best = 0
        self._order = (0, Qt.SortOrder.AscendingOrder)
        self.trials: list[Trial] = []
        self._keys: tuple[str, ...] = ()
        self._metrics: tuple[Metric, ...] = ()

    def show(self, sweeping: Sweeping) -> None:
        """Show the trials of another sweep, the best first."""
        self.beginResetModel()
        self._sweeping = sweeping
        self.trials = list(sweeping.trials)
        self._keys = sweeping.plan.keys
        first = sweeping.plan.metric
        self._metrics = (first, *(metric for metric in Metric if metric is not first))
        self._order = (self.metric_column, self.best_first)
        self._take()
        self.trials.sort(key=self._place)
        self.endResetModel()

    @property
    def metric_column(self) -> int:
        """The column of what is best."""
        return 2 + len(self._keys)

    @property
    def best_first(self) -> Qt.SortOrder:
        """The order of that column in which the best comes first."""
        rises = bool(self._metrics) and self._metrics[0].rises
        return Qt.SortOrder.DescendingOrder if rises else Qt.SortOrder.AscendingOrder

    def known(self) -> list[tuple[int, bool]]:
        """The columns of what isn't judged by, and whether anything is known there."""
        columns = enumerate(self._metrics[1:], self.metric_column + 1)
        results = [one.run.result for one in self._done.values()]
        return [(column, any(metric.of(result) is not None for result in results)) for column, metric in columns]

    def tell(self) -> None:
        """Something has come of them: show it, in order."""
        if self._sweeping is None:
            return
        self._take()
        self.sort(*self._order)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._all_changed()

    def done(self, row: int) -> Done | None:
        """What came of the trial in a row; None while nothing has."""
        return self._done.get(self.trials[row].number) if 0 <= row < len(self.trials) else None

    def row_of(self, number: int) -> int:
        """Where a trial is; -1 where it isn't."""
        return next((row for row, trial in enumerate(self.trials) if trial.number == number), -1)

    def _take(self) -> None:
        assert self._sweeping is not None
        done = self._sweeping.done
        self._done = {one.trial.number: one for one in done}
        self._underway = {one.trial.number: one for one in self._sweeping.underway}
        best = best_of(done, self._sweeping.plan)
        self._best = 0 if best is None else best.trial.number

    def _all_changed(self) -> None:
        if self.trials:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.trials) - 1, self.columnCount() - 1))

    # ---- Qt

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's way)
        """A row for each trial."""
        return 0 if parent.isValid() else len(self.trials)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's way)
        """Number, state, values, results."""
        return 0 if parent.isValid() or not self._keys else 2 + len(self._keys) + len(self._metrics)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Titles of the columns, on the side of what stands below them."""
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation is Qt.Orientation.Horizontal:
            return _side(section)
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            titles = [
                self.tr("Trial"),
                self.tr("State"),
                *map(worded, self._keys),
                *(metric.words for metric in self._metrics),
            ]
            return titles[section] if section < len(titles) else None
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Texts, colours, and why a trial has no result."""
        trial, column = self.trials[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(trial, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case Qt.ItemDataRole.ToolTipRole:
                done = self._done.get(trial.number)
                return None if done is None else done.run.message or done.problem or None
            case Qt.ItemDataRole.FontRole:
                return ui_font(12) if column == 1 else mono_font(bold=trial.number == self._best)
            case Qt.ItemDataRole.ForegroundRole:
                return self._color(trial, column)
        return None

    def _color(self, trial: Trial, column: int) -> object:
        done = self._done.get(trial.number)
        if trial.number == self._best and column == self.metric_column:
            return self._theme.color("value")
        if done is not None and done.run.outcome is not Outcome.FINISHED and column == 1:
            return self._theme.color("error")
        return self._theme.color("text_dim") if done is None else self._theme.color("text")

    def _text(self, trial: Trial, column: int) -> str:
        if column == 0:
            return str(trial.number)
        if column == 1:
            return self._state(trial)
        if column < self.metric_column:
            return said(trial.values[self._keys[column - 2]])
        metric = self._metrics[column - self.metric_column]
        value = self._measured(trial, metric)
        if value is None:
            return ""
        return f"{100 * value:.1f} %" if metric.rises else number(value, 5)

    def _state(self, trial: Trial) -> str:
        done, underway = self._done.get(trial.number), self._underway.get(trial.number)
        if done is not None:
            words = {Outcome.FINISHED: self.tr("done"), Outcome.DIVERGED: self.tr("diverged")}
            best = self.tr("★ best") if trial.number == self._best else ""
            return best or words.get(done.run.outcome, self.tr("failed"))
        if underway is None or self._sweeping is None:
            return self.tr("waiting")
        return f"{grouped(underway.step)} / {grouped(self._sweeping.steps_of(trial))}"

    def _measured(self, trial: Trial, metric: Metric) -> float | None:
        done = self._done.get(trial.number)
        return None if done is None else metric.of(done.run.result)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in order of a column; what isn't known comes last either way."""
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        before = [self.trials[index.row()].number for index in held]
        self.trials.sort(key=self._place)
        rows = {trial.number: row for row, trial in enumerate(self.trials)}
        moved = [self.index(rows[n], index.column()) for n, index in zip(before, held, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _place(self, trial: Trial) -> tuple[bool, float | str, int]:
        """What a row is sorted by: unknown last, then by value, then by number."""
        column, order = self._order
        falls = order is Qt.SortOrder.DescendingOrder
        value: object = trial.number
        if column == 1:
            value = trial.number not in self._done
        elif 1 < column < self.metric_column:
            value = trial.values[self._keys[column - 2]]
        elif column >= self.metric_column:
            value = self._measured(trial, self._metrics[column - self.metric_column])
        if isinstance(value, str):
            return False, _turned(value) if falls else value, trial.number
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return True, 0.0, trial.number
        return False, -float(value) if falls else float(value), trial.number


def _side(column: int) -> Qt.AlignmentFlag:
    """Words stand at the left, numbers at the right."""
    side = Qt.AlignmentFlag.AlignLeft if column == 1 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _turned(text: str) -> str:
    """A text that sorts the other way round."""
    return "".join(chr(0x10FFFF - ord(letter)) for letter in text) + chr(0x10FFFF)


class TrialTable(QTableView):
    """Shows the trials; Enter or a double click opens the network of one, Ctrl+Enter takes its values over."""

    opened = Signal()
    adopted = Signal()

    def __init__(self, model: TrialModel) -> None:
        super().__init__()
        self.setObjectName("table")
        self.setModel(model)
        self.setAccessibleName(self.tr("Trials"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setHighlightSections(False)
        self.doubleClicked.connect(lambda *_: self.opened.emit())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or where they will be."""
        super().paintEvent(event)
        if not self.model().rowCount():
            with QPainter(self.viewport()) as painter:
                painter.setPen(self.palette().placeholderText().color())
                painter.drawText(
                    self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Trials are listed here.")
                )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, with Ctrl it takes over."""
        if event.key() not in _ENTER:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.adopted.emit()
        else:
            self.opened.emit()
