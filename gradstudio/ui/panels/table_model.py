"""The network as rows of text, one a node: nothing is kept, every cell is read when it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from gradstudio.document import commands
from gradstudio.document.model import Node, NodeId, Wire
from gradstudio.document.order import rank_all
from gradstudio.document.paramtext import edit_params, params_line, said
from gradstudio.document.shapes import infer
from gradstudio.document.typed import VALUE
from gradstudio.engine.gate import shape_text
from gradstudio.training.snapshot import Summary
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas.figures import full_text, gradient_text, value_text
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.texts import as_typed

Roles = Qt.ItemDataRole
_NUMBERS = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Column(IntEnum):
    """What a column tells of a node."""

    NAME = 0
    GATE = 1
    PARAMS = 2
    INPUTS = 3
    SHAPE = 4
    VALUE = 5
    GRADIENT = 6


class TableModel(QAbstractTableModel):
    """One row a node, sources before what they feed.

    Attributes:
        order: node ids, one for each row.
    """

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.order: tuple[NodeId, ...] = ()
        self._rows: dict[NodeId, int] = {}
        self._titles = (
            self.tr("Name"), self.tr("Gate"), self.tr("Parameters"), self.tr("Inputs"), self.tr("Shape"),
            self.tr("Value"), self.tr("Gradient"),
        )  # fmt: skip

    # --- following the network ----------------------------------------------------------------------------------

    def follow(self) -> bool:
        """Take the order of the network as it is now; says whether it is another one."""
        order = self._sorted()
        if order == self.order:
            return False
        self.beginResetModel()
        self.order = order
        self._rows = {node: row for row, node in enumerate(order)}
        self.endResetModel()
        return True

    def row_of(self, node: NodeId) -> int:
        """The row of a node; -1 where it has none."""
        return self._rows.get(node, -1)

    def tell(self) -> None:
        """Cells may say something else now."""
        if self.order:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.order) - 1, len(Column) - 1))

    def _sorted(self) -> tuple[NodeId, ...]:
        """Sources first; in a broken file, what is on a cycle comes last."""
        document = self._studio.document
        ranks, _ = rank_all(document)
        last = len(document.nodes)
        return tuple(sorted(document.nodes, key=lambda node: (ranks.get(node, last), node)))

    # --- Qt -----------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of nodes."""
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Roles.DisplayRole) -> object:
        """The columns' titles, above their cells; a row is called as its node."""
        if role == Roles.TextAlignmentRole and orientation is Qt.Orientation.Horizontal:
            return _NUMBERS if section >= Column.SHAPE else None
        if role not in (Roles.DisplayRole, Roles.AccessibleTextRole):
            return None
        if orientation is Qt.Orientation.Horizontal:
            return self._titles[section] if section < len(self._titles) else None
        node = self._node(section)
        return node.name if node is not None else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names can be typed, params where there are any, values where they are a source's own."""
        known = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return known | Qt.ItemFlag.ItemIsEditable if self._editable(index) else known

    def data(self, index: Index, role: int = Roles.DisplayRole) -> object:
        """Text, tooltip, what is typed over, and what a screen reader says."""
        node = self._node(index.row()) if index.isValid() else None
        if node is None:
            return None
        column = Column(index.column())
        match role:
            case Roles.DisplayRole:
                return self.text(node, column)
            case Roles.EditRole:
                return self._typed(node, column)
            case Roles.ToolTipRole:
                return self._told(node, column)
            case Roles.AccessibleTextRole:
                return f"{self._titles[column]}: {self._told(node, column) or self.tr('none')}"
            case Roles.TextAlignmentRole:
                return _NUMBERS if column >= Column.SHAPE else None
        return None

    def setData(self, index: Index, value: object, role: int = Roles.EditRole) -> bool:
        """Carry out what was typed as an edit; a refusal is told as a message, and nothing changes."""
        node = self._node(index.row())
        if role != Roles.EditRole or node is None or not self._editable(index):
            return False
        column, text = Column(index.column()), str(value)
        if text == self._typed(node, column):
            return False
        document = self._studio.document
        match column:
            case Column.NAME:
                return self._studio.do(lambda: commands.rename(document, node.id, text))
            case Column.PARAMS:
                return self._studio.do(lambda: edit_params(document, node.id, text))
            case _:
                param = node.kind.params[VALUE]
                return self._studio.do(
                    lambda: commands.set_param(document, (node.id,), VALUE, param.parse(VALUE, text))
                )

    # --- cells --------------------------------------------------------------------------------------------------

    def text(self, node: Node, column: Column) -> str:
        """What a cell says of a node."""
        match column:
            case Column.NAME:
                return node.name
            case Column.GATE:
                return node.kind.title if node.known else node.gate
            case Column.PARAMS:
                return params_line(node)
            case Column.INPUTS:
                return ", ".join(self._fed(wire) for wire in self._studio.document.wires_into(node.id))
            case Column.SHAPE:
                return self._shape(node)
        several = len(self._outputs(node)) > 1
        numbers = [(port, _number(summary, column, several)) for port, summary in self._summaries(node, column)]
        if numbers:
            return self._listed(node, numbers)
        return said(node.params[VALUE]) if self._own_value(node, column) else ""

    def _told(self, node: Node, column: Column) -> str:
        """A cell in full; where there is no shape or value, why there is none."""
        if column in (Column.SHAPE, Column.VALUE):
            finding = infer(self._studio.document).places[node.id].finding
            if finding is not None and not self.text(node, column):
                return finding.message
        numbers = [(port, full_text(summary)) for port, summary in self._summaries(node, column)]
        return self._listed(node, numbers, "\n") if numbers else self.text(node, column)

    def _typed(self, node: Node, column: Column) -> str:
        """What is in a cell when it is edited."""
        if column is Column.PARAMS:
            return params_line(node, editable=True)
        if column is Column.VALUE and self._has_value(node):
            return as_typed(node.params.get(VALUE, node.kind.params[VALUE].default)).replace("\n", "")
        return self.text(node, column)

    def _editable(self, index: Index) -> bool:
        node = self._node(index.row())
        if node is None:
            return False
        match index.column():
            case Column.NAME:
                return True
            case Column.PARAMS:
                return node.known and any(name != VALUE for name in node.kind.params)
            case Column.VALUE:
                return self._has_value(node)
        return False

    def _node(self, row: int) -> Node | None:
        return self._studio.document.nodes.get(self.order[row]) if 0 <= row < len(self.order) else None

    def _has_value(self, node: Node) -> bool:
        return node.known and VALUE in node.kind.params

    def _own_value(self, node: Node, column: Column) -> bool:
        """Whether a cell tells a source's own number while none is computed."""
        return column is Column.VALUE and self._has_value(node) and VALUE in node.params

    def _outputs(self, node: Node) -> tuple[str, ...]:
        """The outputs whose numbers stand in the row: all of them, weights after what is computed."""
        return tuple(port.name for port in node.output_ports()) if node.known else ()

    def _listed(self, node: Node, told: Iterable[tuple[str, str]], between: str = "   ") -> str:
        """What there is to tell of each output, called by its name where there are several."""
        several = len(self._outputs(node)) > 1
        return between.join(f"{port} {words}" if several else words for port, words in told)

    def _shape(self, node: Node) -> str:
        known = infer(self._studio.document)
        shapes = ((port, known.of(node.id, port)) for port in self._outputs(node))
        return self._listed(node, [(port, shape_text(shape)) for port, shape in shapes if shape is not None])

    def _summaries(self, node: Node, column: Column) -> list[tuple[str, Summary]]:
        """The numbers of the present revision, output by output; those that aren't known are left out."""
        snapshot = self._studio.snapshot()
        if snapshot is None or column not in (Column.VALUE, Column.GRADIENT):
            return []
        numbers = snapshot.values if column is Column.VALUE else snapshot.gradients
        return [(port, found) for port in self._outputs(node) if (found := numbers.get((node.id, port))) is not None]

    def _fed(self, wire: Wire) -> str:
        """One wire: "x from hidden", "x from hidden.W"."""
        source = self._studio.document.nodes[wire.source]
        plain = source.known and len(source.kind.outputs) == 1 and source.kind.outputs[0].name == wire.output
        end = source.name if plain else f"{source.name}.{wire.output}"
        return self.tr("{0} from {1}").format(wire.input, end)


def _number(summary: Summary, column: Column, called: bool) -> str:
    """A number or a norm; where its output is called by name before it, the norm needs none."""
    return value_text(summary, "·" if called else "x") if column is Column.VALUE else gradient_text(summary)
