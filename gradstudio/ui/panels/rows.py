"""The rows of the gradients panel as a Qt model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gradstudio.training.snapshot import GradientRow
from gradstudio.ui.panels.trails import Trails
from gradstudio.ui.texts import number

Index = QModelIndex | QPersistentModelIndex


class Shown(NamedTuple):
    """What there is to paint of a row.

    Attributes:
        name: of the output or weight.
        row: its numbers; None while new ones are awaited.
        selected: whether its node is.
        trail: its norm over the steps, as far as somebody looked.
        ratio: how far the next update moves it ÷ its size; None of what isn't a parameter.
    """

    name: str
    row: GradientRow | None
    selected: bool
    trail: Sequence[float] = ()
    ratio: float | None = None


class RowsModel(QAbstractListModel):
    """Gradient rows in topological order.

    While new numbers are awaited the rows stand without any.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[GradientRow, ...] = ()
        self.names: list[str] = []
        self.selected: frozenset[int] = frozenset()
        self.pending = False
        self.trails = Trails()
        self.ratios: Mapping[tuple[int, str], float] = {}

    def show(self, rows: tuple[GradientRow, ...], names: list[str], selected: frozenset[int]) -> None:
        """Replace all rows; where their number stays, views keep their place."""
        same = len(rows) == len(self.rows)
        if not same:
            self.beginResetModel()
        self.rows, self.names, self.selected, self.pending = rows, names, selected, False
        if not same:
            self.endResetModel()
        self._told()

    def wait(self) -> None:
        """The numbers are of an older network: don't show them."""
        if not self.pending:
            self.pending = True
            self._told()

    def shown(self, at: int) -> Shown:
        """What there is to paint of a row."""
        row = self.rows[at]
        if self.pending:
            return Shown(self.names[at], None, row.node in self.selected)
        ratio = self.ratios.get((row.node, row.port))
        return Shown(self.names[at], row, row.node in self.selected, self.trails.of(row), ratio)

    def rowCount(self, parent: Index | None = None) -> int:
        """Number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text and tooltip."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, name = self.rows[index.row()], self.names[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name
            case Qt.ItemDataRole.AccessibleTextRole:
                return name if self.pending else self._spoken(name, row)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tooltip(name, row)
        return None

    def _spoken(self, name: str, row: GradientRow) -> str:
        words, ratio = f"{name}: {self.tr('gradient norm')} {number(row.norm)}", self.ratios.get((row.node, row.port))
        return words if ratio is None else f"{words}, {self.tr('update ÷ size')} {number(ratio, 2)}"

    def _tooltip(self, name: str, row: GradientRow) -> str:
        if self.pending:
            return name
        counts, edges = row.distribution.counts, row.distribution.edges
        lines = [
            name,
            self.tr("norm of the gradient: {0}").format(f"{row.norm:.9g}"),
            self.tr("norm of the value: {0}").format(f"{row.value_norm:.9g}"),
        ]
        ratio = self.ratios.get((row.node, row.port))
        if ratio is not None:
            lines.append(self.tr("next update ÷ size: {0} (about 1e-3 is healthy)").format(f"{ratio:.3g}"))
        if counts.sum() > 1:
            lines.append(self.tr("entries of the gradient: {0} … {1}").format(f"{edges[0]:.4g}", f"{edges[-1]:.4g}"))
        return "\n".join(lines)

    def _told(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))
