"""The differences of two networks as a tree: sections, what differs, and of that what from and what to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from gradstudio.document.areadiff import AreaDifference
from gradstudio.document.difference import ArrayDifference, Difference, NodeDifference, WireDifference
from gradstudio.document.model import NodeId
from gradstudio.document.valuediff import Detail, Sign
from gradstudio.engine.gate import shape_text
from gradstudio.ui.canvas.layers.differences import draw_sign
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme, ui_font

_JUMP = Qt.ItemDataRole.UserRole
_ICON = 18
MOST_ROWS = 1_000
"""Of more differences of a kind the first ones are listed."""
D = TypeVar("D")
MOST_OPEN = 400
"""Of more rows than this the nodes are closed at first."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Where a row leads to: a node on either side."""

    before: NodeId | None
    after: NodeId | None


class DifferenceList(QTreeWidget):
    """All differences; the current row says which node is looked at."""

    jumped = Signal(object)
    """The current row leads to this `Jump`."""
    wanted = Signal(object)
    """Somebody wants to go to this `Jump` in its own window."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._places: list[QTreeWidgetItem] = []
        self.setAccessibleName(self.tr("Differences"))
        self.setHeaderLabels([self.tr("What differs"), self.tr("Left"), self.tr("Right"), self.tr("By how much")])
        self.setUniformRowHeights(True)
        self.setStyleSheet("QTreeWidget::item { padding: 3px 0; }")
        self.setAllColumnsShowFocus(True)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(True)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for column, width in enumerate((280, 190, 190)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.currentItemChanged.connect(lambda item, _: self._tell(item))
        self.itemActivated.connect(lambda item, _: self.wanted.emit(item.data(0, _JUMP)))

    def show_difference(self, found: Difference, names: tuple[str, str]) -> None:
        """List what differs between networks of these names."""
        self.clear()
        self.headerItem().setText(1, names[0])
        self.headerItem().setText(2, names[1])
        for column, name in enumerate(names, 1):
            self.headerItem().setToolTip(column, name)
        self._places = []
        self._section(self.tr("Nodes"), [one for one in found.nodes if not one.looks], self._node)
        self._section(self.tr("Wires"), [one for one in found.wires if not one.looks], self._wire)
        self._section(self.tr("Settings"), found.settings, _detail)
        self._section(self.tr("Training"), found.training, _detail)
        self._section(self.tr("Parameters"), found.arrays, self._array)
        self._section(self.tr("Groups, frames and comments"), found.areas, self._area)
        self._section(self.tr("Only drawn otherwise: nodes"), [one for one in found.nodes if one.looks], self._node)
        self._section(self.tr("Only drawn otherwise: wires"), [one for one in found.wires if one.looks], self._wire)
        self.expandToDepth(1 if len(self._places) < MOST_OPEN else 0)

    def dress(self, theme: Theme) -> None:
        """Draw signs in the colours of a theme from now on."""
        self._theme = theme

    def step(self, by: int) -> None:
        """Go to the next (or the last) difference that is somewhere on the canvas."""
        if not self._places:
            return
        now, place = self.currentItem(), -1 if by > 0 else 0
        while now is not None and now not in self._places:
            now = now.parent()
        if now is not None:
            place = self._places.index(now)
        there = self._places[(place + by) % len(self._places)]
        self.setCurrentItem(there)
        self.scrollToItem(there)

    def go_to(self, node: NodeId, *, right: bool) -> bool:
        """Make the row of a node current; says whether there is one."""
        for item in self._places:
            jump = item.data(0, _JUMP)
            if node == (jump.after if right else jump.before):
                self.setCurrentItem(item)
                self.scrollToItem(item)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the node in its own window."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.wanted.emit(item.data(0, _JUMP))
        else:
            super().keyPressEvent(event)

    # ---- rows

    def _section(self, title: str, differences: Sequence[D], row: Callable[[D], QTreeWidgetItem]) -> None:
        if not differences:
            return
        head = QTreeWidgetItem([f"{title} ({grouped(len(differences))})"])
        head.setFont(0, ui_font(bold=True))
        self.addTopLevelItem(head)
        head.addChildren([row(one) for one in differences[:MOST_ROWS]])
        if len(differences) > MOST_ROWS:
            head.addChild(QTreeWidgetItem([self.tr("… and {} more").format(grouped(len(differences) - MOST_ROWS))]))
        head.setFirstColumnSpanned(True)

    def _node(self, one: NodeDifference) -> QTreeWidgetItem:
        gate = one.node.kind.title if one.node.known else one.node.gate
        item = self._item(one.sign, f"{one.node.name} ({gate})", self._details(one.details))
        return self._leads(item, one.before.id if one.before else None, one.after.id if one.after else None)

    def _wire(self, one: WireDifference) -> QTreeWidgetItem:
        before = one.before.source if one.before else None
        return self._leads(self._item(one.sign, one.text), before, one.after.source if one.after else None)

    def _area(self, one: AreaDifference) -> QTreeWidgetItem:
        return self._item(one.sign, f"{one.kind} “{one.name}”", self._details(one.details))

    def _leads(self, item: QTreeWidgetItem, before: NodeId | None, after: NodeId | None) -> QTreeWidgetItem:
        item.setData(0, _JUMP, Jump(before, after))
        self._places.append(item)
        return item

    def _item(self, sign: Sign, text: str, details: Iterable[QTreeWidgetItem] = ()) -> QTreeWidgetItem:
        told = {Sign.ADDED: self.tr("only right"), Sign.REMOVED: self.tr("only left"), Sign.CHANGED: ""}[sign]
        item = QTreeWidgetItem([text])
        item.setText(2 if sign is Sign.ADDED else 1, told)
        icon, picture = QIcon(), self._picture(sign)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            icon.addPixmap(picture, mode)
        item.setIcon(0, icon)
        item.setToolTip(0, f"{text}: {told or self.tr('differs')}")
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, item.toolTip(0))
        item.addChildren(list(details))
        return item

    def _details(self, details: Iterable[Detail]) -> list[QTreeWidgetItem]:
        return [_detail(detail) for detail in details]

    def _array(self, one: ArrayDifference) -> QTreeWidgetItem:
        item = self._item(one.sign, one.name)
        for column, shape in ((1, one.before), (2, one.after)):
            if shape is not None:
                item.setText(column, shape_text(shape))
        if one.norm is not None:
            at = f" [{', '.join(map(str, one.at))}]" if one.at else ""
            words = self.tr("norm {}, largest {} at{}") if at else self.tr("norm {}, largest {}{}")
            item.setText(3, words.format(number(one.norm, 4), number(one.largest or 0.0, 4), at))
        return item

    def _picture(self, sign: Sign) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(_ICON, _ICON) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(0.78, 0.78)
            draw_sign(painter, QPointF(_ICON / 2, _ICON / 2) / 0.78, sign, self._theme)
        return picture

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        """The node the row, or the row it belongs to, leads to."""
        for row in _upwards(item):
            jump = row.data(0, _JUMP)
            if jump is not None:
                self.jumped.emit(jump)
                return


def _upwards(item: QTreeWidgetItem | None) -> Iterator[QTreeWidgetItem]:
    while item is not None:
        yield item
        item = item.parent()


def _detail(detail: Detail) -> QTreeWidgetItem:
    texts = (detail.name, detail.before, detail.after, detail.note)
    item = QTreeWidgetItem(list(texts))
    for column, text in enumerate(texts):
        item.setToolTip(column, text)
    return item
