"""A small window to type into: gates at a place of the canvas, or everything there is to do and to go to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
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


class QuickPick(QFrame):
    """Type, choose with the arrows, Enter; Escape or a click elsewhere closes it."""

    def __init__(self, parent: QWidget, theme: Theme, picks: Sequence[Pick], hint: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("quickpick")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._picks = list(picks)
        self.field = _Field(self)
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self._take)
        self.list = QListWidget()
        self.list.setObjectName("plain")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_Delegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        box.addWidget(self.field)
        box.addWidget(self.list)
        self.setFixedWidth(WIDTH)
        self._search("")

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

    def _search(self, query: str) -> None:
        found = self._picks
        if query.strip():
            scored = [(score_words(query, pick.title, (*pick.words, pick.aside), pick.help), pick) for pick in found]
            found = [pick for points, pick in sorted(scored, key=lambda pair: -pair[0]) if points]
        self.list.clear()
        for pick in found:
            item = QListWidgetItem(pick.title)
            item.setData(_DATA, pick)
            item.setToolTip(pick.help)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(ROW * max(1, min(len(found), MOST_ROWS)) + 4)
        self.adjustSize()

    def _take(self, *_: object) -> None:
        item = self.list.currentItem()
        if item is not None:
            pick: Pick = item.data(_DATA)
            self.close()
            pick.run()


class _Field(QLineEdit):
    """The arrows move in the list."""

    def __init__(self, owner: QuickPick) -> None:
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
        if by is not None:
            self._owner.step(by)
        elif event.key() == Qt.Key.Key_Escape:
            self._owner.close()
        else:
            super().keyPressEvent(event)


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
