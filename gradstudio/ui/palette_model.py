"""What the palette lists: shelves with their gates; while something is searched, the gates that answer."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Gate
from gradstudio.ui.blocks import BLOCK_MIME, Block, block_mime
from gradstudio.ui.canvas.gestures.drop import GATE_MIME
from gradstudio.ui.fuzzy import score_words, search
from gradstudio.ui.shelves import Heading, More, Placed, Row, Shelves, rows

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
"""Gives the row itself: a heading, a gate, or what hides gates."""
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class PaletteModel(QAbstractListModel):
    """Headings and gates as rows, recent ones first; while something is searched, what answers.

    Attributes:
        shelves: what is folded.
    """

    def __init__(self, shelves: Shelves) -> None:
        super().__init__()
        self.shelves = shelves
        self._query = ""
        self._recent: list[str] = []
        self._blocks: Sequence[Block] = ()
        self._rows: list[Placed] = []
        self.rebuild()
        shelves.changed.connect(self.rebuild)

    def search(self, query: str) -> None:
        """Show only what fits."""
        self._query = query
        self.rebuild()

    def show_recent(self, recent: Sequence[str]) -> None:
        """The gates used last stand above the shelves, and come first among equals."""
        self._recent = list(recent)
        self.rebuild()

    def show_blocks(self, blocks: Sequence[Block]) -> None:
        """One's own blocks have a shelf of their own."""
        self._blocks = tuple(blocks)
        self.rebuild()

    def rebuild(self) -> None:
        """Read the catalogue again."""
        self.beginResetModel()
        gates = list(CATALOG)
        if self._query.strip():
            found = [block for block in self._blocks if score_words(self._query, block.title)]
            self._rows = [("", block) for block in found]
            self._rows += [("", gate) for gate in search(self._query, gates, self._recent)]
        else:
            recent = [CATALOG.get(gate) for gate in self._recent if gate in CATALOG]
            self._rows = rows(gates, recent, self.shelves, self._blocks)
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Number of headings and gates."""
        return 0 if parent.isValid() else len(self._rows)

    def row(self, index: _Index) -> Row | None:
        """A row; None for no index."""
        return self._rows[index.row()][1] if index.isValid() else None

    def shelf(self, index: _Index) -> str:
        """The shelf a row is on; nothing while something is searched."""
        return self._rows[index.row()][0] if index.isValid() else ""

    def gate(self, index: _Index) -> type[Gate] | None:
        """The gate of a row; None for a heading."""
        row = self.row(index)
        return None if row is None or isinstance(row, (Heading, More, Block)) else row

    def block(self, index: _Index) -> Block | None:
        """The block of a row, if it is one."""
        row = self.row(index)
        return row if isinstance(row, Block) else None

    def chosen(self, index: _Index) -> str:
        """The id of a row's gate or block; empty for a heading."""
        row = self.row(index)
        return "" if row is None or isinstance(row, (Heading, More)) else row.id

    def row_of(self, gate_id: str) -> int:
        """The row of a gate, or -1 where it isn't shown."""
        return next((i for i, (_, row) in enumerate(self._rows) if getattr(row, "id", "") == gate_id), -1)

    def heading_of(self, index: _Index) -> QModelIndex:
        """The row that names the shelf a row is on."""
        return self.index(next((i for i, (shelf, _) in enumerate(self._rows) if shelf == self.shelf(index)), -1))

    def place(self, index: _Index) -> tuple[str, str]:
        """What a row is known by when all rows are made anew: its shelf, and its gate or kind."""
        row = self.row(index)
        return self.shelf(index), "" if row is None else getattr(row, "id", type(row).__name__)

    def at(self, place: tuple[str, str]) -> QModelIndex:
        """The row of such a place; no index where it is gone."""
        every = (self.index(i) for i in range(len(self._rows)))
        return next((index for index in every if self.place(index) == place), QModelIndex())

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """What a row shows and says."""
        row = self._rows[index.row()][1]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if isinstance(row, (Heading, More)):
            return row.said() if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole) else None
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return row.help if isinstance(row, Block) else tooltip(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.title
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return row.help
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Every row can be gone to; gates can be dragged."""
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsDragEnabled if self.chosen(index) else plain

    def mimeTypes(self) -> list[str]:
        """What a drag carries."""
        return [GATE_MIME, BLOCK_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        """The gate's id, or the block's name."""
        blocks = [block for index in indexes if (block := self.block(index)) is not None]
        if blocks:
            return block_mime(blocks[0])
        data = QMimeData()
        gates = [gate for index in indexes if (gate := self.gate(index)) is not None]
        if gates:
            data.setData(GATE_MIME, gates[0].id.encode())
        return data


def tooltip(gate: type[Gate]) -> str:
    """Help and rule of a gate, as rich text."""
    parts = [f"<b>{html.escape(gate.title)}</b>", html.escape(gate.help)]
    if gate.rule:
        parts.append(f"<i>{html.escape(gate.rule)}</i>")
    return "<div style='width: 280px'>" + "<br>".join(parts) + "</div>"
