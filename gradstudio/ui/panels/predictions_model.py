"""Samples as rows: what is true of each, what the network says, how sure it is, and what that costs."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QImage, QPixmap

from gradstudio.engine.gate import Array
from gradstudio.insight.answer import Answer
from gradstudio.insight.cells import Cells
from gradstudio.insight.judging import Judged
from gradstudio.training.metrics import ClassScore
from gradstudio.ui.heat import as_image
from gradstudio.ui.panels.rowreader import RowReader
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme

Roles = Qt.ItemDataRole
_NUMBERS = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
THUMB = 36
"""Pixels of a picture's longer side."""
KEPT = 400
"""Pictures that are kept."""


class Column(IntEnum):
    """What a column tells of a sample."""

    NUMBER = 0
    SAMPLE = 1
    TRUE = 2
    SAID = 3
    SURE = 4
    COST = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """Which samples are shown.

    Attributes:
        wrong: only those that are told wrong.
        cell: only those of this class that were taken for that one, or None.
    """

    wrong: bool = False
    cell: tuple[int, int] | None = None

    def of(self, judged: Judged) -> Array:
        """The places of these among the judged samples, ascending."""
        if self.cell is not None:
            return np.flatnonzero((judged.truth == self.cell[0]) & (judged.said == self.cell[1]))
        return np.flatnonzero(judged.wrong) if self.wrong else np.arange(len(judged.said))


class PredictionsModel(QAbstractTableModel):
    """The judged samples that are wanted, in the order that is wanted.

    Attributes:
        judged: what is shown, or None.
        order: places among the judged samples, a row each.
        sent: number of the sample that is on the canvas; -1 for none.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.judged: Judged | None = None
        self.order: Array = np.zeros(0, np.intp)
        self.sent = -1
        self.wish = Wish()
        self.by, self.falling = Column.NUMBER, False
        self._cells: Cells | None = None
        self._reader: RowReader | None = None
        self._pixmaps: OrderedDict[int, QPixmap] = OrderedDict()
        self._error: object = None

    # --- what is shown ------------------------------------------------------------------------------------------

    def show_judged(self, judged: Judged | None, cells: Cells | None) -> None:
        """Show other samples, or other answers to the same."""
        if judged is not None and (self.judged is None or judged.rows is not self.judged.rows):
            self.stop()
            self._reader = RowReader(judged.rows, self)
            self._reader.arrived.connect(self.tell)
            self._pixmaps.clear()
        self._cells = cells
        self.judged = judged
        self.arrange()

    def arrange(self) -> None:
        """Choose and order the rows anew."""
        self.beginResetModel()
        self.order = np.zeros(0, np.intp) if self.judged is None else self._arranged(self.judged)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column; pictures have no order."""
        if column in (Column.SAMPLE, -1):
            return
        self.by, self.falling = Column(column), order is Qt.SortOrder.DescendingOrder
        self.arrange()

    def stop(self) -> None:
        """Read no more rows."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()
            reader.deleteLater()

    def tell(self) -> None:
        """Cells may say something else now."""
        if len(self.order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.order) - 1, len(Column) - 1))

    def dress(self, theme: Theme) -> None:
        """What is told wrong is written in this theme's colour."""
        self._error = theme.color("error")
        self.tell()

    @property
    def pictures(self) -> bool:
        """Whether samples are pictures."""
        return self._cells is not None and self._cells.image is not None

    def number_of(self, row: int) -> int:
        """The sample in a row."""
        assert self.judged is not None, "there are rows only then"
        return int(self.judged.numbers[self.order[row]])

    def row_of(self, sample: int) -> int:
        """The row of a sample; -1 where it isn't shown."""
        if self.judged is None:
            return -1
        found = np.flatnonzero(self.judged.numbers[self.order] == sample)
        return int(found[0]) if len(found) else -1

    def _arranged(self, judged: Judged) -> Array:
        chosen = self.wish.of(judged)
        keys = self._key(judged)[chosen]
        with np.errstate(all="ignore"):
            placed = np.argsort(-keys if self.falling else keys, kind="stable")
        return np.asarray(chosen[placed])

    def _key(self, judged: Judged) -> Array:
        """What rows are ordered by."""
        match self.by:
            case Column.TRUE:
                return judged.truth
            case Column.SAID:
                return judged.said
            case Column.SURE:
                return np.abs(judged.said - judged.truth) if judged.kind is Answer.NUMBER else judged.share
            case Column.COST:
                return judged.cost
        return judged.numbers

    # --- Qt -----------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of samples."""
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Roles.DisplayRole) -> object:
        """The columns' titles; a row is called by its sample's number."""
        if orientation is Qt.Orientation.Vertical:
            there = role in (Roles.DisplayRole, Roles.AccessibleTextRole) and section < len(self.order)
            return grouped(self.number_of(section) + 1) if there else None
        if role == Roles.TextAlignmentRole:
            return _NUMBERS if section in (Column.NUMBER, Column.SURE, Column.COST) else None
        return self._title(Column(section)) if role in (Roles.DisplayRole, Roles.AccessibleTextRole) else None

    def data(self, index: Index, role: int = Roles.DisplayRole) -> object:
        """Text, picture, and what a screen reader says."""
        if not index.isValid() or self.judged is None or index.row() >= len(self.order):
            return None
        at, column = int(self.order[index.row()]), Column(index.column())
        match role:
            case Roles.DisplayRole:
                return self.text(at, column)
            case Roles.DecorationRole:
                return self._pixmap(at) if column is Column.SAMPLE else None
            case Roles.ToolTipRole:
                return self._told(at, column)
            case Roles.AccessibleTextRole:
                return f"{self._title(column)}: {self._told(at, column) or self.text(at, column)}"
            case Roles.TextAlignmentRole:
                return _NUMBERS if column in (Column.NUMBER, Column.SURE, Column.COST) else None
            case Roles.ForegroundRole:
                return self._error if column is Column.SAID and self.judged.wrong[at] else None
        return None

    # --- cells --------------------------------------------------------------------------------------------------

    def _title(self, column: Column) -> str:
        numbers = self.judged is not None and self.judged.kind is Answer.NUMBER
        titles = (
            self.tr("Sample"), self.tr("Picture") if self.pictures else self.tr("Row"), self.tr("True"),
            self.tr("Said"), self.tr("Error") if numbers else self.tr("Sure"), self.tr("Loss"),
        )  # fmt: skip
        return titles[column]

    def text(self, at: int, column: Column) -> str:
        """A cell as people read it."""
        judged = self.judged
        assert judged is not None, "there are cells only then"
        match column:
            case Column.NUMBER:
                sample = int(judged.numbers[at])
                return f"{'▸ ' if sample == self.sent else ''}{grouped(sample + 1)}"
            case Column.SAMPLE:
                return self._sample(at)
            case Column.TRUE:
                return self._answer(judged.truth[at])
            case Column.SAID:
                return f"{self._answer(judged.said[at])}{'  ✗' if judged.wrong[at] else ''}"
            case Column.SURE:
                if judged.kind is Answer.NUMBER:
                    return number(float(judged.said[at] - judged.truth[at]), 4)
                return "–" if math.isnan(judged.share[at]) else f"{100 * float(judged.share[at]):.1f} %"
        return "–" if math.isnan(judged.cost[at]) else number(float(judged.cost[at]), 4)

    def _answer(self, value: float) -> str:
        score = None if self.judged is None else self.judged.score
        return score.names[int(value)] if isinstance(score, ClassScore) else number(float(value), 5)

    def _row(self, at: int) -> Array | None:
        assert self.judged is not None, "there are rows only then"
        return None if self._reader is None else self._reader.get(int(self.judged.numbers[at]))

    def _sample(self, at: int) -> str:
        row = None if self.pictures or self._cells is None else self._row(at)
        return self._cells.text(row) if row is not None and self._cells is not None else ""

    def _told(self, at: int, column: Column) -> str:
        """All of a row, by name."""
        if column is not Column.SAMPLE or self._cells is None:
            return ""
        if self._cells.image is not None:
            return self.tr("a picture of {0} × {1} pixels").format(*self._cells.image[1::-1])
        row = self._row(at)
        return "" if row is None else "\n".join(f"{name}: {text}" for name, text in self._cells.named(row))

    def _pixmap(self, at: int) -> QPixmap | None:
        if not self.pictures or self.judged is None or self._cells is None:
            return None
        sample = int(self.judged.numbers[at])
        if sample not in self._pixmaps:
            row = self._row(at)
            cells = None if row is None else self._cells.picture(row)
            if cells is None:
                return None
            while len(self._pixmaps) >= KEPT:
                self._pixmaps.popitem(last=False)
            self._pixmaps[sample] = thumbnail(as_image(cells, []))
        return self._pixmaps[sample]


def thumbnail(image: QImage) -> QPixmap:
    """A picture in a small size; few pixels stay squares."""
    few = max(image.width(), image.height()) <= THUMB // 2
    kind = Qt.TransformationMode.FastTransformation if few else Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(THUMB, THUMB, Qt.AspectRatioMode.KeepAspectRatio, kind))
