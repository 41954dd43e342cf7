"""The runs of a network as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from gradstudio.runs import Outcome, Run
from gradstudio.runs.comparing import differing, how_trained, told_apart
from gradstudio.runs.record import LONGEST_NAME
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.loss import run_color
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.texts import grouped, number

Roles = Qt.ItemDataRole
SORTED_BY = Roles.UserRole
"""The role of what rows are sorted by."""
_NUMBERS = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Column(IntEnum):
    """What a column tells of a run."""

    NAME = 0
    LOSS = 1
    VALIDATION = 2
    ACCURACY = 3
    TEST = 4
    STEPS = 5
    DIFFERS = 6
    WHEN = 7
    TIME = 8
    NOTE = 9


_ALIGNED = (*range(Column.LOSS, Column.DIFFERS), Column.TIME)
OFTEN_EMPTY = (Column.VALIDATION, Column.ACCURACY, Column.TEST, Column.DIFFERS, Column.NOTE)
"""Columns nobody needs to see while no run has anything there."""


class RunsModel(QAbstractTableModel):
    """One row a run; a checked one is drawn in the loss panel.

    Attributes:
        runs: one for each row, the newest first.
    """

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.runs: tuple[Run, ...] = ()
        self._names: tuple[str, ...] = ()
        self._titles = (
            self.tr("Run"), self.tr("Loss"), self.tr("Validation"), self.tr("Accuracy"), self.tr("Test"),
            self.tr("Steps"), self.tr("Differs in"), self.tr("When"), self.tr("Time"), self.tr("Note"),
        )  # fmt: skip
        self._outcomes = {
            Outcome.RUNNING: self.tr("under way"),
            Outcome.PAUSED: self.tr("paused"),
            Outcome.STOPPED: self.tr("stopped"),
            Outcome.DIVERGED: self.tr("diverged"),
        }

    def follow(self) -> None:
        """Take the runs as they are now; where the same ones are there, views keep their place."""
        runs = tuple(reversed(self._studio.runs.runs))
        same = [run.number for run in runs] == [run.number for run in self.runs]
        if not same:
            self.beginResetModel()
        self.runs, self._names = runs, differing(runs)
        if not same:
            self.endResetModel()
        elif runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, len(Column) - 1))

    def row_of(self, run: int) -> int:
        """The row of the run of this number; -1 where it has none."""
        return next((row for row, one in enumerate(self.runs) if one.number == run), -1)

    def is_empty(self, column: Column) -> bool:
        """Whether no run has anything to say there."""
        return not any(self.text(run, column) for run in self.runs)

    # ---- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of runs."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Roles.DisplayRole) -> object:
        """The columns' titles, above their cells; a row is called as its run."""
        if role == Roles.TextAlignmentRole and orientation is Qt.Orientation.Horizontal:
            return _NUMBERS if section in _ALIGNED else None
        if role not in (Roles.DisplayRole, Roles.AccessibleTextRole):
            return None
        if orientation is Qt.Orientation.Horizontal:
            return self._titles[section] if section < len(self._titles) else None
        return self.runs[section].title if section < len(self.runs) else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names and notes can be typed; each run can be checked."""
        known = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if index.column() == Column.NAME:
            return known | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
        return known | Qt.ItemFlag.ItemIsEditable if index.column() == Column.NOTE else known

    def data(self, index: Index, role: int = Roles.DisplayRole) -> object:
        """Text, tooltip, what is typed over, whether it is drawn and in which colour."""
        if not index.isValid() or index.row() >= len(self.runs):
            return None
        run, column = self.runs[index.row()], Column(index.column())
        match role:
            case Roles.DisplayRole:
                return self.text(run, column)
            case Roles.EditRole:
                return run.name if column is Column.NAME else run.note
            case Roles.ToolTipRole:
                return self.told(run, column)
            case Roles.AccessibleTextRole:
                return f"{self._titles[column]}: {self.told(run, column) or self.tr('none')}"
            case Roles.TextAlignmentRole:
                return _NUMBERS if column in _ALIGNED else None
        return self._mark(run, column, role)

    def _mark(self, run: Run, column: Column, role: int) -> object:
        if role == SORTED_BY:
            return _sorted_by(run, column)
        if column is Column.NAME and role == Roles.CheckStateRole:
            return Qt.CheckState.Checked if self._studio.runs.is_shown(run.number) else Qt.CheckState.Unchecked
        if column is Column.NAME and role == Roles.DecorationRole and self._studio.runs.is_shown(run.number):
            return run_color(self._studio.theme, run.number)
        return None

    def setData(self, index: Index, value: object, role: int = Roles.EditRole) -> bool:
        """Take a name, a note, or whether it is drawn."""
        if not index.isValid() or index.row() >= len(self.runs):
            return False
        run, book, column = self.runs[index.row()], self._studio.runs, index.column()
        if role == Roles.CheckStateRole:
            book.show((run.number,), shown=not book.is_shown(run.number))
        elif role != Roles.EditRole or value == self.data(index, Roles.EditRole):
            return False
        elif column == Column.NAME:
            book.rename(run.number, str(value).strip()[:LONGEST_NAME])
        elif column == Column.NOTE:
            book.annotate(run.number, str(value))
        else:
            return False
        return True

    # ---- words

    def text(self, run: Run, column: Column) -> str:
        """What a cell says in little room."""
        match column:
            case Column.STEPS:
                outcome = self._how_it_ended(run)
                return f"{outcome} · {grouped(run.steps)}" if outcome else grouped(run.steps)
            case Column.DIFFERS:
                return told_apart(run, self._names)
        return _TEXTS[column](run)

    def _how_it_ended(self, run: Run) -> str:
        """In a word, where it hasn't come to its end."""
        if self._studio.runs.is_interrupted(run.number):
            return self.tr("interrupted")
        return self._outcomes.get(run.outcome, "")

    def told(self, run: Run, column: Column) -> str:
        """All there is to say of a cell."""
        match column:
            case Column.NAME:
                return f"{run.title}: {how_trained(run.settings)}"
            case Column.STEPS:
                words = self.tr("From step {0} to {1} of {2}").format(*map(grouped, (run.first, run.step, run.goal)))
                return f"{words}: {self._how_it_ended(run) or self.tr('finished')}. {run.message}".rstrip()
            case Column.ACCURACY if run.result.validation_accuracy is not None:
                trained = _share(run.result.accuracy) or self.tr("unknown")
                return self.tr("{0} of the rows held back; {1} of those trained on").format(
                    self.text(run, column), trained
                )
            case Column.NOTE:
                return run.note
        return self.text(run, column)


def when(run: Run, now: datetime | None = None) -> str:
    """When a run began, in a person's own time: "14:03" of today, else with the day."""
    began = datetime.fromtimestamp(run.began, UTC).astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    return began.strftime("%H:%M:%S" if began.date() == today else "%Y-%m-%d %H:%M")


def duration(seconds: float) -> str:
    """How long something took: "0.4 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"


def rows(runs: Sequence[Run]) -> str:
    """The titles of some runs, in a sentence."""
    return ", ".join(run.title for run in runs)


def _accuracy(run: Run) -> float | None:
    held = run.result.validation_accuracy
    return run.result.accuracy if held is None else held


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _tested(run: Run) -> str:
    return _share(run.result.test_accuracy) or _number(run.result.test_loss)


_TEXTS: Mapping[Column, Callable[[Run], str]] = {
    Column.NAME: lambda run: run.title,
    Column.WHEN: when,
    Column.TIME: lambda run: duration(run.seconds),
    Column.LOSS: lambda run: _number(run.result.loss),
    Column.VALIDATION: lambda run: _number(run.result.validation_loss),
    Column.ACCURACY: lambda run: _share(_accuracy(run)),
    Column.TEST: _tested,
    Column.NOTE: lambda run: " · ".join(run.note.splitlines()),
}


def _sorted_by(run: Run, column: Column) -> float | str:
    """What rows are sorted by: numbers as numbers; what was never measured comes last."""
    match column:
        case Column.NAME:
            return run.name.casefold() or f"\x7f{run.number:09}"
        case Column.WHEN:
            return run.began
        case Column.STEPS:
            return float(run.steps)
        case Column.TIME:
            return run.seconds
        case Column.DIFFERS:
            return how_trained(run.settings)
        case Column.NOTE:
            return run.note.casefold() or "\x7f"
    measured = {
        Column.LOSS: run.result.loss,
        Column.VALIDATION: run.result.validation_loss,
        Column.ACCURACY: _accuracy(run),
        Column.TEST: run.result.test_accuracy if run.result.test_accuracy is not None else run.result.test_loss,
    }[column]
    return math.inf if measured is None else measured
