"""The search for nodes and groups: a small panel over the canvas; what is found is marked while one types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gradstudio.document.model import NodeId
from gradstudio.document.nesting import all_members
from gradstudio.document.regions import GroupId
from gradstudio.document.search import Found, Index
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import groups
from gradstudio.ui.icons import icon
from gradstudio.ui.theme import Theme, ui_font

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

WIDTH, ROW, MOST_ROWS = 340, 42, 7
MOST_LISTED = 200
_GAP = 12
_NODE = int(Qt.ItemDataRole.UserRole)


class FindPanel(QFrame):
    """Type; ↑ and ↓ look at what is found, Enter goes to it and then on, Ctrl+Enter selects all, Escape closes.

    Attributes:
        field: to type into.
        list: of what is found, the best first.
        found: the same, all of it.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._index: Index | None = None
        self._gone_to: tuple[NodeId, GroupId | None] | None = None
        self.found: list[Found] = []
        self.setObjectName("finder")
        self.setFixedWidth(WIDTH)
        self.field = _Field(self)
        self.field.setPlaceholderText(self.tr("Find by name, kind, units=100, 300×2, note …"))
        self.field.setAccessibleName(self.tr("Find nodes and groups"))
        self.field.textChanged.connect(self._search)
        self.count = QLabel()
        self.count.setProperty("role", "faint")
        self.count.setObjectName("finder.count")
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Close the search"))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self.close_search)
        self.list = QListWidget()
        self.list.setObjectName("plain")
        self.list.setAccessibleName(self.tr("Nodes found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_Delegate(view.studio, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(lambda *_: self.go())
        self._lay_out()
        self.dress(view.studio.theme)
        view.installEventFilter(self)
        view.studio.documentChanged.connect(self._document_changed)
        view.studio.documentReplaced.connect(self.close_search)
        view.studio.themeChanged.connect(self.dress)
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        row.addWidget(self._close)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        box.addLayout(row)
        box.addWidget(self.list)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._close.setIcon(icon("clear", theme, color="text_dim", size=12))

    def open(self) -> None:
        """Show it, with what was searched for last."""
        self._index = None
        self._gone_to = None
        if not self.isVisible():
            self._view.about_to_jump()
        self.show()
        self.raise_()
        self._search(self.field.text())
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_search(self) -> None:
        """Hide it; the marks go, the selection stays."""
        if self.isHidden():
            return
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self._mark(())

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes between the field and the button, and not out of the panel."""
        other = self._close if self.field.hasFocus() else self.field
        other.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True

    # --- finding ------------------------------------------------------------------------------------------------

    def _search(self, query: str) -> None:
        document = self._view.studio.document
        if self._index is None or self._index.document is not document or self._index.revision != document.revision:
            self._index = Index(document)
        self.found = self._index.find(query)
        self._gone_to = None
        self.list.clear()
        for hit in self.found[:MOST_LISTED]:
            self.list.addItem(self._item(hit))
        self.list.setCurrentRow(0 if self.found else -1)
        self.list.setFixedHeight(ROW * min(len(self.found), MOST_ROWS) + 4 if self.found else 0)
        self.list.setVisible(bool(self.found))
        self._count(query)
        self._mark(hit.node for hit in self.found)
        self.adjustSize()
        self._place()

    def _item(self, hit: Found) -> QListWidgetItem:
        name, kind = self._called(hit)
        why = "" if hit.group is not None else hit.why
        item = QListWidgetItem(name)
        item.setData(_NODE, ((hit.node, hit.group), kind, why if why != kind else ""))
        item.setData(int(Qt.ItemDataRole.AccessibleTextRole), f"{name}, {kind}. {why}")
        return item

    def _called(self, hit: Found) -> tuple[str, str]:
        """Name and kind of what was found."""
        document = self._view.studio.document
        if hit.group is not None:
            count = len(all_members(document, hit.group))
            kind = self.tr("Group of 1 node") if count == 1 else self.tr("Group of {} nodes").format(count)
            return document.groups[hit.group].name, kind
        node = document.nodes[hit.node]
        return node.name, node.kind.title if node.known else node.gate

    def _count(self, query: str) -> None:
        """How many there are, and which one is looked at."""
        if not query.strip():
            self.count.setText("")
        elif not self.found:
            self.count.setText(self.tr("none"))
        else:
            self.count.setText(self.tr("{0} of {1}").format(self.list.currentRow() + 1, len(self.found)))

    def _mark(self, nodes: Iterable[NodeId]) -> None:
        self._view.set_marks(replace(self._view.marks, found=frozenset(nodes)))

    def _document_changed(self, *_: object) -> None:
        if self.isVisible():
            row = self.list.currentRow()
            self._search(self.field.text())
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))

    # --- going there --------------------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Look at the next one, or the one before; after the last comes the first."""
        if self.list.count():
            self.list.setCurrentRow((self.list.currentRow() + by) % self.list.count())
            self._look()

    def go(self) -> None:
        """Select what is looked at and bring it into the middle."""
        item = self.list.currentItem()
        if item is not None:
            self._gone_to = node, group = item.data(_NODE)[0]
            if group is None:
                self._view.reveal(node)
                self._view.studio.select((node,))
            else:
                groups.reveal_group(self._view, group)
            self._look()

    def go_on(self, by: int) -> None:
        """Go to what is looked at; if one is there already, to the next (or the one before)."""
        if self.list.currentRow() >= 0 and self.list.currentItem().data(_NODE)[0] == self._gone_to:
            self.list.setCurrentRow((self.list.currentRow() + by) % self.list.count())
        self.go()

    def select_all(self) -> None:
        """Select everything that was found, and close."""
        if self.found:
            document = self._view.studio.document
            over = [hit.group for hit in self.found if hit.group is not None]
            nodes = [hit.node for hit in self.found if hit.group is None]
            self._view.studio.select([*nodes, *(i for group in over for i in all_members(document, group))], (), over)
            self._view.zoom_to_fit(selection=True)
            self.close_search()

    def _look(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            node, group = item.data(_NODE)[0]
            rect = self._view.node_rect(node) if group is None else self._view.scene.area_rect(group)
            if not rect.isNull():
                self._view.look_at(rect.center())
        self._count(self.field.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.move(max(0, self._view.width() - self.width() - _GAP), _GAP)


class _Field(QLineEdit):
    """The arrows move in the list, Enter goes there."""

    def __init__(self, owner: FindPanel) -> None:
        super().__init__()
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, pages, Enter and Escape are the panel's."""
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: MOST_ROWS,
            Qt.Key.Key_PageUp: -MOST_ROWS,
        }
        by = steps.get(Qt.Key(event.key()))
        if by is not None:
            self._owner.step(by)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._owner.select_all()
            else:
                self._owner.go_on(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self._owner.close_search()
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """Chip and name; below them the kind and what it was found by."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are equally high."""
        return QSize(WIDTH - 24, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        found, kind, why = index.data(_NODE)
        theme, rect = self._studio.theme, QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.color("selection_fill"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 5, 5)
        painter.setBrush(self._color(*found))
        painter.drawRoundedRect(QRectF(10, rect.top() + 8, 4, rect.height() - 16), 2, 2)
        words = rect.adjusted(24, 5, -10, -5)
        self._line(painter, words, index.data(), 13, "text", Qt.AlignmentFlag.AlignTop)
        aside = f"{kind} · {why}" if why else kind
        self._line(painter, words, aside, 12, "text_dim", Qt.AlignmentFlag.AlignBottom)
        painter.restore()

    def _line(self, painter: QPainter, rect: QRect, text: str, size: int, color: str, at: Qt.AlignmentFlag) -> None:
        painter.setFont(ui_font(size))
        painter.setPen(self._studio.theme.color(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(at | Qt.AlignmentFlag.AlignLeft), shown)

    def _color(self, node_id: NodeId, group_id: GroupId | None) -> str:
        theme, node = self._studio.theme, self._studio.document.nodes.get(node_id)
        if group_id is not None:
            group = self._studio.document.groups.get(group_id)
            return theme.tag[group.color] if group is not None and group.color else theme.text_dim
        if node is None or not node.known:
            return theme.text_faint
        return theme.tag[node.color] if node.color else theme.category[node.kind.category]
