"""A small window to type into: gates at a place of the canvas, or everything there is to do and to go to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gradstudio.ui.fuzzy import score_words
from gradstudio.ui.theme import Theme, ui_font

WIDTH, ROW, MOST_ROWS = 380, 30, 11
_CENTRE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_CENTRE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_DATA = int(Qt.ItemDataRole.UserRole)
"""Where an item keeps what it stands for."""


@dataclass(frozen=True, eq=False)
class Pick:
    """Something to choose.

    Attributes:
        title: its name.
        run: what choosing it does.
        aside: shown dim at the right: a category, a shortcut.
        color: of the chip before it; empty for none.
        words: other words it is found by.
        help: a sentence for the tooltip.
    """

    title: str
    run: Callable[[], object]
    aside: str = ""
    color: str = ""
    words: tuple[str, ...] = ()
    help: str = ""


class PickList(QFrame):
    """Type, choose with the arrows, Enter; Escape or a click elsewhere closes it.

    Attributes:
        field: to type into.
        list: of what is found.
        keys: that were held with the last key.
    """

    closed = Signal()
    """Something was chosen, or nothing is to be."""

    width_, row_height, most_rows = WIDTH, ROW, MOST_ROWS

    def __init__(self, parent: QWidget, hint: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("quickpick")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.keys = Qt.KeyboardModifier.NoModifier
        self.field = _Field(self)
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self.take)
        self.list = QListWidget()
        self.list.setObjectName("plain")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self.take)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(8, 8, 8, 8)
        self.box.setSpacing(6)
        self.box.addWidget(self.field)
        self.box.addWidget(self.list)
        self.setFixedWidth(self.width_)

    def open_at(self, place: QPoint) -> None:
        """Show it with its top left corner at a point of the screen, moved to stay on the screen."""
        area = self.screen().availableGeometry()
        self.adjustSize()
        x = min(max(place.x(), area.left()), area.right() - self.width())
        y = min(max(place.y(), area.top()), area.bottom() - self.height())
        self.move(x, y)
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def step(self, by: int) -> None:
        """Choose the row so many further down."""
        row = min(max(self.list.currentRow() + by, 0), self.list.count() - 1)
        self.list.setCurrentRow(row)

    def items(self, query: str) -> list[QListWidgetItem]:
        """What is found, the best first."""
        raise NotImplementedError

    def choose(self, data: object) -> None:
        """Take what was found with this data."""
        raise NotImplementedError

    def complete(self) -> None:
        """Write what is current into the field; nothing where that makes no sense."""

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that nothing is asked any more."""
        super().hideEvent(event)
        self.closed.emit()

    def _search(self, query: str) -> None:
        found = self.items(query)
        self.list.clear()
        for item in found:
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(self.row_height * max(1, min(len(found), self.most_rows)) + 4)
        self.adjustSize()

    def take(self, *_: object) -> None:
        """Take what is current."""
        item = self.list.currentItem()
        if item is not None:
            self.choose(item.data(_DATA))


class QuickPick(PickList):
    """Things to choose from."""

    def __init__(self, parent: QWidget, theme: Theme, picks: Sequence[Pick], hint: str) -> None:
        super().__init__(parent, hint)
        self._picks = list(picks)
        self.list.setItemDelegate(_Delegate(theme, self.list))
        self._search("")

    def items(self, query: str) -> list[QListWidgetItem]:
        """The picks that answer."""
        found = self._picks
        if query.strip():
            scored = [(score_words(query, pick.title, (*pick.words, pick.aside), pick.help), pick) for pick in found]
            found = [pick for points, pick in sorted(scored, key=lambda pair: -pair[0]) if points]
        return [item_of(pick.title, pick.help, pick) for pick in found]

    def choose(self, data: object) -> None:
        """Close, and do it."""
        assert isinstance(data, Pick)
        self.close()
        data.run()


def item_of(title: str, help_text: str, data: object) -> QListWidgetItem:
    """A row of a list."""
    item = QListWidgetItem(title)
    item.setData(_DATA, data)
    item.setToolTip(help_text)
    return item


class _Field(QLineEdit):
    """The arrows move in the list, Tab completes."""

    def __init__(self, owner: PickList) -> None:
        super().__init__()
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and pages go to the list."""
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: MOST_ROWS,
            Qt.Key.Key_PageUp: -MOST_ROWS,
        }
        by = steps.get(Qt.Key(event.key()))
        self._owner.keys = event.modifiers()
        if by is not None:
            self._owner.step(by)
        elif event.key() == Qt.Key.Key_Escape:
            self._owner.close()
        elif event.key() == Qt.Key.Key_Tab:
            self._owner.complete()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab comes to `keyPressEvent`."""
        return False


class _Delegate(QStyledItemDelegate):
    """Chip, title, and what stands aside."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are equally high."""
        return QSize(WIDTH - 24, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        pick: Pick = index.data(_DATA)
        rect = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(self._theme.color("selection_fill"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 5, 5)
        if pick.color:
            painter.setBrush(self._theme.color("text") if pick.color == "text" else pick.color)
            painter.drawRoundedRect(QRectF(10, rect.center().y() - 6, 7, 14), 2, 2)
        words = rect.adjusted(26, 0, -10, 0)
        painter.setFont(ui_font(12))
        painter.setPen(self._theme.color("text_dim"))
        painter.drawText(words, int(_CENTRE_RIGHT), pick.aside)
        words.setRight(words.right() - painter.fontMetrics().horizontalAdvance(pick.aside) - 10)
        painter.setFont(ui_font(13))
        painter.setPen(self._theme.color("text"))
        title = painter.fontMetrics().elidedText(pick.title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, int(_CENTRE_LEFT), title)
        painter.restore()
