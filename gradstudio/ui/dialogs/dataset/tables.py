"""The columns of a table with what is in them, and its first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from gradstudio.data.choosing import Use, uses_of
from gradstudio.data.table import Column, Type
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.theme import Theme

if TYPE_CHECKING:
    from gradstudio.data.drafts import Looked
    from gradstudio.data.summary import Summary

NAME, TYPE, USE, MISSING, HOLDS, SHAPE = range(6)
SIDE, ROW = 28, 26
"""The side of a picture in the preview, and how high a row without one is."""
MOST_BARS = 20
LEAST_NAME, MOST_NAME, LEAST_HOLDS, MOST_HOLDS = 110, 280, 236, 380
"""How wide names are, and what is told of the columns: a table with less room is scrolled."""
MOST_PREVIEW, MOST_FITTED, LOOK = 220, 40, 20
"""A column of the first rows is no wider; so many columns are made to fit, by so many of their rows."""
USE_KEYS: dict[int, Use] = {Qt.Key.Key_F: "feature", Qt.Key.Key_T: "target", Qt.Key.Key_X: "out"}
_Role = Qt.ItemDataRole


class ColumnsModel(QAbstractTableModel):
    """A row for each column of the table."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.looked: Looked | None = None
        self._uses: list[Use] = []

    def show(self, looked: Looked | None) -> None:
        """Show another table, or other choices about the same."""
        before, self.looked = self.looked, looked
        how = None if looked is None else looked.draft.preparation
        self._uses = [] if looked is None or how is None else uses_of(how, looked.table.names)
        if before is None or looked is None or before.table is not looked.table:
            self.beginResetModel()
            self.endResetModel()
        elif looked.summaries:
            self.dataChanged.emit(self.index(0, 0), self.index(len(looked.summaries) - 1, SHAPE))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Columns of the table."""
        return 0 if parent.isValid() or self.looked is None else len(self.looked.summaries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """What is told of each."""
        return SHAPE + 1

    def headerData(self, section: int, way: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        """What is told of each."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == _Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | (
                Qt.AlignmentFlag.AlignRight if section == MISSING else Qt.AlignmentFlag.AlignLeft
            )
        titles = (
            self.tr("Column"),
            self.tr("Type"),
            self.tr("Use"),
            self.tr("Missing"),
            self.tr("Holds"),
            self.tr("Spread"),
        )
        return titles[section] if role == _Role.DisplayRole else None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> object:
        """A cell; for screen readers and tooltips in full."""
        if not index.isValid() or self.looked is None or index.row() >= len(self.looked.summaries):
            return None
        one = self.looked.summaries[index.row()]
        if role in (_Role.DisplayRole, _Role.ToolTipRole, _Role.AccessibleTextRole):
            return self._text(index.row(), index.column())
        if role == _Role.TextAlignmentRole and index.column() == MISSING:
            return Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        return one if role == _Role.UserRole else None

    def use(self, row: int) -> str:
        """What a column is used for."""
        return self._uses[row] if row < len(self._uses) else "out"

    def use_words(self, use: str) -> str:
        """That in words."""
        return {"feature": self.tr("Feature"), "target": self.tr("Target"), "out": self.tr("Left out")}[use]

    def _text(self, row: int, at: int) -> str:
        if self.looked is None:
            return ""
        one = self.looked.summaries[row]
        if at == NAME:
            return one.name
        if at == TYPE:
            return "×".join(map(str, one.shape)) if one.shape else one.type.value
        if at == USE:
            return self.use_words(self.use(row))
        if at == MISSING:
            return f"{one.missing:,}" if one.missing else ""
        return holds(one, self.looked.table.column(one.name)) if at == HOLDS else ""


def holds(one: Summary, column: Column) -> str:
    """What a column holds, in a few words."""
    remarks = [one.words()]
    if one.distinct is not None and one.type in (Type.CATEGORY, Type.TEXT):
        remarks.insert(0, f"{one.distinct:,} different")
    if one.constant:
        remarks.append("the same in every row")
    if one.infinite:
        remarks.append(f"{one.infinite:,} infinite")
    if column.odd is not None:
        remarks.insert(0, f"numbers but for {column.odd.count:,}, such as “{column.odd.text}”")
    return "; ".join(filter(None, remarks))


class ColumnDelegate(QStyledItemDelegate):
    """Draws how values spread, and in which colour a column is used."""

    def __init__(self, theme: Theme, view: QTableView, model: ColumnsModel) -> None:
        super().__init__(view)
        self._theme, self._model = theme, model

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """What is left out is faint, the target stands out, gaps are a warning."""
        super().initStyleOption(option, index)
        use = self._model.use(index.row())
        color = "text_faint" if use == "out" else "text"
        if index.column() == USE and use == "target":
            color = "value"
            option.font.setBold(True)
        elif index.column() == MISSING and use != "out":
            color = "warning"
        elif index.column() in (TYPE, HOLDS) and use != "out":
            color = "text_dim"
        palette = option.palette
        for role in (palette.ColorRole.Text, palette.ColorRole.HighlightedText):
            palette.setColor(role, self._theme.color(color))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell, and bars in the last one."""
        super().paint(painter, option, index)
        one = index.data(_Role.UserRole)
        if index.column() == SHAPE and one is not None:
            faint = self._model.use(index.row()) == "out"
            rect = QRectF(option.rect).adjusted(8, 5, -8, -4)
            draw_bars(painter, rect, bars(one), self._theme, faint=faint)


def bars(one: Summary) -> tuple[int, ...]:
    """The heights of a small histogram: equal parts of the range, or the most frequent categories."""
    if one.histogram is not None:
        return one.histogram.counts
    return tuple(n for _, n in one.counts[:MOST_BARS])


def draw_bars(painter: QPainter, rect: QRectF, heights: tuple[int, ...], theme: Theme, *, faint: bool) -> None:
    """Draw a small histogram; a single bar is no wider than others."""
    most = max(heights, default=0)
    if not most:
        return
    step = rect.width() / max(len(heights), MOST_BARS)
    color = theme.color("histogram", 0.35 if faint else 0.9)
    for i, n in enumerate(heights):
        high = max(1.0, rect.height() * n / most) if n else 0.0
        painter.fillRect(QRectF(rect.left() + i * step, rect.bottom() - high, max(1.0, step - 1), high), color)


class PreviewModel(QAbstractTableModel):
    """The first rows of the table as they were read."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._rows = 0
        self._lines: object = None

    def show(self, looked: Looked | None) -> None:
        """Show another table."""
        columns = () if looked is None else looked.first.columns
        if columns is not self._columns:
            self.beginResetModel()
            self._columns, self._rows = columns, 0 if looked is None else len(looked.first)
            self._lines = None if looked is None else looked.first.lines
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """The first rows."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Columns of the table."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, way: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        """Names of the columns; lines of the file, or numbers of the rows."""
        if role == _Role.TextAlignmentRole and way is Qt.Orientation.Horizontal:
            return _side(self._columns[section])
        if role != _Role.DisplayRole:
            return None
        if way is Qt.Orientation.Horizontal:
            return self._columns[section].name
        return str(section + 1 if self._lines is None else self._lines[section])  # type: ignore[index]

    def data(self, index: Index, role: int = _Role.DisplayRole) -> object:
        """A cell as it was read; pictures as pictures."""
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role == _Role.DecorationRole and column.type is Type.ARRAY:
            return picture_of(np.asarray(column.values[index.row()]))
        if role in (_Role.DisplayRole, _Role.ToolTipRole):
            return column.text(index.row())
        return _side(column) if role == _Role.TextAlignmentRole else None


def _side(column: Column) -> Qt.AlignmentFlag:
    """Numbers stand at the right."""
    side = Qt.AlignmentFlag.AlignRight if column.type is Type.NUMBER else Qt.AlignmentFlag.AlignLeft
    return Qt.AlignmentFlag.AlignVCenter | side


def picture_of(array: np.ndarray) -> QPixmap | None:
    """A small picture of an array, where it is one."""
    if array.ndim == 3 and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or min(array.shape) < 2:
        return None
    low, high = float(array.min()), float(array.max())
    bytes_ = np.ascontiguousarray((array - low) * (255 / ((high - low) or 1.0)), np.uint8)
    form = QImage.Format.Format_Grayscale8 if array.ndim == 2 else QImage.Format.Format_RGB888
    image = QImage(bytes_.data, bytes_.shape[1], bytes_.shape[0], bytes_.strides[0], form).copy()
    mode = (
        Qt.TransformationMode.FastTransformation if image.width() < SIDE else Qt.TransformationMode.SmoothTransformation
    )
    return QPixmap.fromImage(image).scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, mode)


class Grid(QTableView):
    """A table to look at; of one in which columns are chosen F, T and X say what they are for."""

    useTyped = Signal(object)
    """A `Use`."""

    def __init__(self, *, keys: bool = False) -> None:
        super().__init__()
        self._keys = keys

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns share the room anew."""
        super().resizeEvent(event)
        if self._keys:
            share_out(self)

    def fit(self) -> None:
        """Give the columns the room their words need."""
        if self._keys:
            share_out(self)
            return
        header = self.horizontalHeader()
        for column in range(min(header.count(), MOST_FITTED)):
            wanted = max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) + 8
            header.resizeSection(column, min(wanted, MOST_PREVIEW))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters don't search here."""
        use = USE_KEYS.get(event.key()) if self._keys and not event.modifiers() else None
        if use is not None:
            self.useTyped.emit(use)
        else:
            super().keyPressEvent(event)


def table_view(name: str, *, keys: bool = False) -> Grid:
    """A view of a table in the dialog."""
    view = Grid(keys=keys)
    view.setAccessibleName(name)
    view.setShowGrid(False)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    view.verticalHeader().setDefaultSectionSize(ROW)
    view.verticalHeader().setMinimumWidth(30)
    view.horizontalHeader().setHighlightSections(False)
    view.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
    view.horizontalHeader().setResizeContentsPrecision(LOOK)
    view.setIconSize(QSize(SIDE, SIDE))
    return view


def columns_view(model: ColumnsModel, theme: Theme, name: str) -> Grid:
    """The view of the columns: rows are chosen, several at a time."""
    view = table_view(name, keys=True)
    view.setModel(model)
    view.setItemDelegate(ColumnDelegate(theme, view, model))
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.verticalHeader().hide()
    header = view.horizontalHeader()
    header.moveSection(SHAPE, HOLDS)
    for column, width in ((USE, 78), (MISSING, 68), (SHAPE, 92)):
        header.resizeSection(column, width)
    return view


def share_out(view: Grid) -> None:
    """Names as wide as they are, as far as there is room; what each column holds gets the rest."""
    header, room = view.horizontalHeader(), view.viewport().width()
    header.resizeSection(TYPE, max(82, view.sizeHintForColumn(TYPE) + 8))
    room -= sum(header.sectionSize(column) for column in (TYPE, USE, MISSING, SHAPE))
    beside = room - min(view.sizeHintForColumn(HOLDS) + 8, MOST_HOLDS)
    most = max(beside, min(2 * room // 5, room - LEAST_HOLDS))
    name = max(LEAST_NAME, min(view.sizeHintForColumn(NAME) + 8, MOST_NAME, most))
    header.resizeSection(NAME, name)
    header.resizeSection(HOLDS, max(LEAST_HOLDS, room - name))
