"""The list of all steps, done and undone; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from gradstudio.ui.bridge import Studio
from gradstudio.ui.theme import ui_font

Index = QModelIndex | QPersistentModelIndex
ROW = 26
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_DOT_X = 17.0


class HistoryModel(QAbstractListModel):
    """A row for the beginning, and one for each step."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.titles: tuple[str, ...] = ()
        self.done = 0
        self.saved: int | None = None
        self.refresh()

    def refresh(self) -> None:
        """Show the list as it is now."""
        history = self._studio.history
        self.beginResetModel()
        self.titles, self.done, self.saved = history.titles, history.index, history.saved_at
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """The steps, and the beginning."""
        return 0 if parent.isValid() else len(self.titles) + 1

    def title(self, row: int) -> str:
        """What a row says."""
        if row:
            return self.titles[row - 1]
        return self.tr("Opened") if self._studio.path is not None else self.tr("Beginning")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The title; for screen readers also whether the step is done, undone, or where the network is now."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.title(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("{0}, {1}").format(self.title(index.row()), self.state(index.row()))
        return None

    def state(self, row: int) -> str:
        """What has become of a step, in a word."""
        if row == self.done:
            return self.tr("now")
        return self.tr("done") if row < self.done else self.tr("undone")


class HistoryList(QWidget):
    """The steps from the first to the last. A click, or Enter, goes to the state after a step."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.model = HistoryModel(studio)
        self.view = _View(self)
        self.view.setObjectName("history")
        self.view.setAccessibleName(self.tr("Steps of this network"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Delegate(studio, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.clicked.connect(self._go)
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 0, 6, 6)
        box.addWidget(self.view)
        studio.historyChanged.connect(self._refresh)
        studio.documentReplaced.connect(self._refresh)
        studio.themeChanged.connect(self.view.update)
        self._show_present()

    def go_to_current(self) -> None:
        """Go to the row that is chosen."""
        self._go(self.view.currentIndex())

    def _go(self, index: QModelIndex) -> None:
        if index.isValid():
            self._studio.go_to_step(index.row())

    def _refresh(self) -> None:
        self.model.refresh()
        self._show_present()

    def _show_present(self) -> None:
        index = self.model.index(self.model.done)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)


class _View(QListView):
    """A list whose Enter means the same as a click."""

    def __init__(self, owner: HistoryList) -> None:
        super().__init__()
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes there."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._owner.go_to_current()
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """A dot on a line for each step: full where it is done, hollow where it is undone, with a ring where one is now."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        model, theme, row = index.model(), self._studio.theme, index.row()
        assert isinstance(model, HistoryModel)
        rect, now, undone = QRect(option.rect), row == model.done, row > model.done
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if now or hovered or focused:
            painter.setBrush(theme.color("selection_fill" if now else "hover"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 5, 5)
        if focused and not now:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("selection"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 1.5, -0.5, -1.5), 5, 5)
        self._dot(painter, QRectF(rect), row, model)
        words = rect.adjusted(34, 0, -10, 0)
        if row == model.saved:
            painter.setFont(ui_font(12))
            painter.setPen(theme.color("text_dim"))
            painter.drawText(words, _RIGHT, self.tr("saved"))
            words.setRight(words.right() - painter.fontMetrics().horizontalAdvance(self.tr("saved")) - 8)
        font = ui_font(13, bold=now)
        font.setItalic(undone)
        painter.setFont(font)
        painter.setPen(theme.color("text_faint" if undone else "text"))
        title = painter.fontMetrics().elidedText(model.title(row), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, _LEFT, title)
        painter.restore()

    def _dot(self, painter: QPainter, rect: QRectF, row: int, model: HistoryModel) -> None:
        theme, middle = self._studio.theme, rect.center().y()
        color = theme.color("text_faint" if row > model.done else "accent")
        painter.setPen(theme.color("node_edge"))
        x = rect.left() + _DOT_X
        if row:
            painter.drawLine(int(x), int(rect.top()), int(x), int(middle - 5))
        if row < len(model.titles):
            painter.drawLine(int(x), int(middle + 5), int(x), int(rect.bottom()) + 1)
        painter.setPen(color)
        painter.setBrush(color if row <= model.done else Qt.BrushStyle.NoBrush)
        size = 4.5 if row == model.done else 3.0
        painter.drawEllipse(QRectF(x - size, middle - size, 2 * size, 2 * size))
