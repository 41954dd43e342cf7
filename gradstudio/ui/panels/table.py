"""The table twin of the canvas: one row a node, to read, to edit and to select by keyboard and screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.base import Panel, Sheet
from gradstudio.ui.panels.table_model import Column, TableModel

if TYPE_CHECKING:
    from gradstudio.ui.theme import Theme

ROW = 28
WIDTHS = {
    Column.NAME: 110, Column.GATE: 110, Column.PARAMS: 190, Column.INPUTS: 170, Column.SHAPE: 96, Column.VALUE: 100,
    Column.GRADIENT: 100,
}  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OWN = (*_ENTER, Qt.Key.Key_F2, Qt.Key.Key_Delete, Qt.Key.Key_Space)
"""Keys that mean something in the table, whatever they are elsewhere in the window."""
_Flag = QItemSelectionModel.SelectionFlag


class TablePanel(Panel):
    """The network as a table. What is selected here is selected on the canvas, and the other way round.

    Attributes:
        model: the rows.
        view: shows them.
    """

    title = "Table"
    help = "The network as a table: F2 edits a name, parameters or a value, Delete deletes nodes, Enter goes to one."

    nodeWanted = Signal(int)
    """Somebody wants to see this node on the canvas."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.table")
        self.model = TableModel(studio, self)
        self._taking_over = False
        self._graph: object = None
        self._told: object = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages, side=1))

    def build(self) -> None:
        """Make the table."""
        self.view = NodeTable()
        self.view.setAccessibleDescription(self.help)
        self.view.setModel(self.model)
        for column, width in WIDTHS.items():
            self.view.setColumnWidth(column, width)
        self.view.selectionModel().selectionChanged.connect(self._select_nodes)
        self.view.deleteWanted.connect(self._delete)
        self.view.jumpWanted.connect(lambda row: self.nodeWanted.emit(self.model.order[row]))
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)

    def dress(self, theme: Theme) -> None:
        """The stylesheet's colours are all it has."""
        self.view.viewport().update()

    def refresh(self) -> None:
        """Show the network and its numbers as they are now."""
        document = self.studio.document
        graph = (document, document.graph_revision, len(document.nodes))
        if graph != self._graph:
            self._graph = graph
            self._follow()
        if not document.nodes:
            self.show_notice(self.tr("No network yet"), self.tr("Drag gates from the palette and wire them."))
            return
        self.show_body()
        self.describe(self.tr("{0} nodes, {1} selected.").format(len(document.nodes), len(self.studio.selection()[0])))
        self._take_selection()
        told = (document, document.revision, self.studio.snapshot())
        if told != self._told:
            self._told = told
            self.model.tell()

    def _follow(self) -> None:
        """Rows in the order of the network; the present cell stays at its node."""
        here = self.view.currentIndex()
        node = self.model.order[here.row()] if here.isValid() else None
        self._taking_over = True
        changed = self.model.follow()
        self._taking_over = False
        row = self.model.row_of(node) if node is not None else -1
        if changed and self.model.order:
            row = row if row >= 0 else min(max(here.row(), 0), len(self.model.order) - 1)
            index = self.model.index(row, max(here.column(), 0))
            self.view.selectionModel().setCurrentIndex(index, _Flag.NoUpdate)

    # --- selection ----------------------------------------------------------------------------------------------

    def _select_nodes(self, *_: object) -> None:
        """Select on the canvas what is selected here."""
        if not self._taking_over:
            rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
            self.studio.select(self.model.order[row] for row in rows)

    def _take_selection(self) -> None:
        """Select here what is selected on the canvas."""
        rows = sorted(row for row in map(self.model.row_of, self.studio.selection()[0]) if row >= 0)
        selection = self.view.selectionModel()
        if rows == sorted(index.row() for index in selection.selectedRows()):
            return
        self._taking_over = True
        selection.select(self._ranges(rows), _Flag.ClearAndSelect | _Flag.Rows)
        if rows and self.view.currentIndex().row() not in rows:
            index = self.model.index(rows[0], max(self.view.currentIndex().column(), 0))
            selection.setCurrentIndex(index, _Flag.NoUpdate)
            self.view.scrollTo(index)
        self._taking_over = False

    def _ranges(self, rows: Iterable[int]) -> QItemSelection:
        """Rows as few ranges."""
        chosen, last = QItemSelection(), self.model.columnCount() - 1
        for first, end in _runs(rows):
            chosen.select(self.model.index(first, 0), self.model.index(end, last))
        return chosen

    def _delete(self) -> None:
        """Delete the selected nodes."""
        nodes = [self.model.order[index.row()] for index in self.view.selectionModel().selectedRows()]
        if nodes:
            self.studio.do(lambda: commands.delete(self.studio.document, nodes))


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbours."""
    first = last = -2
    for row in rows:
        if row != last + 1:
            if first >= 0:
                yield first, last
            first = row
        last = row
    if first >= 0:
        yield first, last


class NodeTable(QTableView):
    """A table of rows equally high, whose keys work whatever the window's shortcuts are."""

    deleteWanted = Signal()
    """Delete was pressed."""
    jumpWanted = Signal(int)
    """Enter was pressed in this row."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("table")
        self.setAccessibleName(self.tr("Nodes of the network"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)

    def event(self, event: QEvent) -> bool:
        """Keep the table's own keys from the window's shortcuts."""
        own = isinstance(event, QKeyEvent) and event.key() in _OWN and not event.modifiers()
        if event.type() is QEvent.Type.ShortcutOverride and own:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete deletes nodes, Enter goes to one; all else as in any table."""
        editing = self.state() is QAbstractItemView.State.EditingState
        if event.key() == Qt.Key.Key_Delete and not editing:
            self.deleteWanted.emit()
        elif event.key() in _ENTER and not editing:
            if self.currentIndex().isValid():
                self.jumpWanted.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def dataChanged(
        self, first: QModelIndex | QPersistentModelIndex, last: QModelIndex | QPersistentModelIndex, roles: object = ()
    ) -> None:
        """Paint anew: only what is seen reads its numbers, and what is being typed stays."""
        self.viewport().update()
