"""The Jacobian of a gate, looked at while everything else goes on: a heat map with axes, its size and structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gradstudio.document.model import Change, NodeId
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Kind
from gradstudio.insight.jacobians import SIDE, JacobianLook, Matrix
from gradstudio.ui.bridge import Studio
from gradstudio.ui.heat import LEGEND, paint_heat, paint_scale
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.theme import Theme, mono_font, ui_font
from gradstudio.ui.turns import Turn

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

REFRESH_SECONDS = 0.1
"""While training runs the matrix changes at most so often."""
AXIS = 44.0
"""Room for the labels of an axis."""
ROLE = "curve"
"""Local gradients are drawn in this colour, as on the backprop sheet."""
BIG_CELL, STRETCHED = 40.0, 8.0
"""An entry is drawn at most so large, and in a narrow matrix so many times as wide as high."""
BIGGEST = 2**31 - 1


class MatrixView(QWidget):
    """A matrix as a heat map with its axes; arrows and mouse choose an entry.

    Attributes:
        chosen_cell: its row and column.
    """

    moved = Signal()
    """Another entry is chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._matrix: Matrix | None = None
        self.chosen_cell = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Jacobian"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Large enough for 64 rows and columns to be told apart."""
        return QSize(470, 400)

    def show_matrix(self, matrix: Matrix | None, theme: Theme) -> None:
        """Show another one; the entry chosen stays where there is one."""
        self._matrix, self._theme = matrix, theme
        self._choose(*self.chosen_cell)
        self.update()

    @property
    def chosen(self) -> str:
        """The chosen entry in words; empty where there is none."""
        if self._matrix is None or not self._matrix.entries.size:
            return ""
        return self._matrix.entry_text(*self.chosen_cell)

    def picture(self) -> QRectF:
        """Where the heat map is."""
        room = QRectF(self.rect()).adjusted(AXIS, 24, -12, -LEGEND - 12)
        if self._matrix is None or not self._matrix.entries.size:
            return room
        rows, columns = self._matrix.entries.shape
        wide, high = min(room.width() / columns, BIG_CELL), min(room.height() / rows, BIG_CELL)
        most = min(wide, high) * (1 if rows < 2 * columns < 4 * rows else STRETCHED)
        width, height = max(min(wide, most) * columns, 24), max(min(high, most) * rows, 12)
        return QRectF(room.left(), room.top(), min(width, room.width()), min(height, room.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw map, axes, scale and the chosen entry."""
        matrix = self._matrix
        if matrix is None or not matrix.entries.size:
            return
        picture = self.picture()
        with QPainter(self) as painter:
            paint_heat(painter, picture, matrix.entries, self._theme, ROLE)
            self._paint_axes(painter, picture, matrix)
            scale = QRectF(picture.left(), picture.bottom() + 6, max(picture.width(), 120), LEGEND)
            low, high = float(np.min(matrix.entries)), float(np.max(matrix.entries))
            paint_scale(painter, scale, low, high, self._theme, ROLE)
            painter.setPen(QPen(self._theme.color("selection"), 2))
            painter.drawRect(self._cell(picture, matrix).adjusted(-1, -1, 1, 1))

    def _paint_axes(self, painter: QPainter, picture: QRectF, matrix: Matrix) -> None:
        """What the rows and columns are of: the first and the last one, with arrows in between."""
        painter.setFont(mono_font(11))
        painter.setPen(self._theme.color("text_dim"))
        of, by = (part.removeprefix("∂") for part in matrix.name.split("/"))
        last = matrix.entries.shape[0] - 1, matrix.entries.shape[1] - 1
        first_x, first_z = matrix.place(0, 0)
        last_x, last_z = matrix.place(*last)
        top = QRectF(picture.left(), picture.top() - 20, max(picture.width(), 150), 18)
        across = f"{of}{first_z}" + (f" … {last_z}" if last_z != first_z else "")
        painter.drawText(top, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), across)
        down = f"{by}{first_x}" + (f" … {last_x}" if last_x != first_x else "")
        painter.save()
        painter.translate(picture.left() - 6, picture.top())
        painter.rotate(90)
        side = QRectF(0, 0, max(picture.height(), QFontMetricsF(mono_font(11)).horizontalAdvance(down)), 18)
        painter.drawText(side, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), down)
        painter.restore()

    def _cell(self, picture: QRectF, matrix: Matrix) -> QRectF:
        rows, columns = matrix.entries.shape
        high, wide = picture.height() / rows, picture.width() / columns
        row, column = self.chosen_cell
        return QRectF(picture.left() + column * wide, picture.top() + row * high, wide, high)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Choose the entry under the mouse."""
        self._point(event.position())

    def _point(self, at: QPointF) -> None:
        picture, matrix = self.picture(), self._matrix
        if matrix is not None and matrix.entries.size and picture.contains(at):
            rows, columns = matrix.entries.shape
            self._choose(
                int((at.y() - picture.top()) / picture.height() * rows),
                int((at.x() - picture.left()) / picture.width() * columns),
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from entry to entry."""
        step = {
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if step is None:
            super().keyPressEvent(event)
        else:
            self._choose(self.chosen_cell[0] + step[0], self.chosen_cell[1] + step[1])

    def _choose(self, row: int, column: int) -> None:
        rows, columns = (1, 1) if self._matrix is None else self._matrix.entries.shape
        self.chosen_cell = min(max(row, 0), max(rows - 1, 0)), min(max(column, 0), max(columns - 1, 0))
        self.setAccessibleDescription(self.chosen)
        self.update()
        self.moved.emit()


class JacobianDialog(QDialog):
    """Shows the Jacobian of a node's output by one of its inputs or weights, for the numbers on the canvas.

    Attributes:
        matrix: what is shown; None before the first.
    """

    def __init__(self, studio: Studio, node: NodeId, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jacobian")
        self.setWhatsThis(
            self.tr("Every local gradient as one matrix: rows are entries of the input, columns of the output.")
        )
        self.resize(560, 640)
        self._studio, self._node = studio, node
        self.matrix: Matrix | None = None
        record = studio.document.nodes[node]
        self.setWindowTitle(self.tr("Jacobian of {}").format(record.name))
        self.of, self.by = self._choice(self.tr("Output")), self._choice(self.tr("By"))
        self.sample = self._number(self.tr("Sample"), -1)
        self.sample.setSpecialValueText(self.tr("all"))
        self.row, self.column = self._number(self.tr("From row")), self._number(self.tr("From column"))
        for spin in (self.row, self.column):
            spin.setSingleStep(SIDE)
        self._fill()
        self.view = MatrixView(studio.theme)
        self.entry = label(mono=True)
        self.entry.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.words = label()
        self._arrange()
        self._connect()
        self._ask()

    def choose(self, name: str) -> None:
        """Show the one by this input or weight."""
        self.by.setCurrentText(name)

    def done(self, result: int) -> None:
        """Nobody looks any more."""
        self._studio.watch_looks(self)
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody looks any more."""
        self._studio.watch_looks(self)
        super().closeEvent(event)

    # ---- made of

    def _choice(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        return made

    def _number(self, name: str, low: int = 0) -> QSpinBox:
        made = QSpinBox()
        made.setRange(low, low)
        made.setAccessibleName(name)
        made.setKeyboardTracking(False)
        made.setFixedWidth(76)
        return made

    def _fill(self) -> None:
        """Offer the outputs, and the inputs and weights, that have a gradient."""
        gate = infer(self._studio.document).places[self._node].gate
        if gate is None:
            return
        self.of.addItems([port.name for port in gate.outputs])
        count = len(self._studio.document.wires_into(self._node)) - len(gate.inputs) + 1
        for port in gate.inputs:
            names = [f"{port.name}{i + 1}" for i in range(count)] if port.many and count > 1 else [port.name]
            self.by.addItems(names if port.kind is Kind.REAL else [])
        self.by.addItems([weight.name for weight in gate.active_weights() if weight.learned])

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        for text, field in (
            (self.tr("∂"), self.of), (self.tr("by ∂"), self.by), (self.tr("sample"), self.sample),
            (self.tr("from row"), self.row), (self.tr("column"), self.column),
        ):  # fmt: skip
            name = QLabel(text)
            name.setFont(ui_font(12))
            name.setBuddy(field)
            top.addWidget(name)
            top.addWidget(field)
        top.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 16, 18, 14)
        box.setSpacing(10)
        box.addLayout(top)
        box.addWidget(self.view, 1)
        for part in (self.entry, self.words, buttons):
            box.addWidget(part)

    def _connect(self) -> None:
        self.of.currentIndexChanged.connect(self._ask)
        self.by.currentIndexChanged.connect(self._ask)
        for spin in (self.sample, self.row, self.column):
            spin.valueChanged.connect(self._ask)
        self.view.moved.connect(lambda: self.entry.setText(self.view.chosen))
        self._turn = Turn(self._studio, self._show, REFRESH_SECONDS, self)
        self._studio.snapshotTaken.connect(self._turn.come)
        self._studio.themeChanged.connect(self._show)
        self._studio.documentReplaced.connect(self.reject)
        self._studio.documentChanged.connect(self._document_changed)

    # ---- what is shown

    def _look(self) -> JacobianLook:
        sample = self.sample.value()
        chosen = None if sample < 0 else sample
        place = self.row.value(), self.column.value()
        return JacobianLook(self._node, max(self.of.currentIndex(), 0), self.by.currentText(), chosen, *place)

    def _ask(self, *_: object) -> None:
        self._studio.watch_looks(self, (self._look(),))
        self._show()

    def _document_changed(self, change: Change) -> None:
        if self._node not in self._studio.document.nodes:
            self.reject()

    def _show(self, *_: object) -> None:
        snapshot = self._studio.snapshot()
        seen = snapshot.seen.get(self._look()) if snapshot is not None else None
        if isinstance(seen, Matrix):
            self.matrix = seen
            self._limit(seen)
            said = seen.lines()
            if self._studio.running:
                said[-1] = self.tr("While training runs weights have moved on since their gradients: pause to compare.")
            self.words.setText("\n".join(said))
        elif isinstance(seen, EngineError):
            self.matrix = None
            self.words.setText(str(seen))
        if snapshot is not self._studio.computed:
            self.matrix = None
            self.words.setText(self.tr("Hidden as long as numbers on the canvas are hidden."))
        self.view.show_matrix(self.matrix, self._studio.theme)

    def _limit(self, matrix: Matrix) -> None:
        """Let samples, rows and columns be chosen that there are."""
        ends = (matrix.samples - 1, matrix.shape[0] - len(matrix.rows), matrix.shape[1] - len(matrix.columns))
        for spin, end in zip((self.sample, self.row, self.column), ends, strict=True):
            spin.blockSignals(True)
            spin.setMaximum(min(max(end, spin.minimum()), BIGGEST))
            spin.setEnabled(end > spin.minimum())
            spin.blockSignals(False)


def show_jacobian(window: MainWindow, node: NodeId, by: str = "") -> JacobianDialog:
    """Open the Jacobian of a node, by one of its inputs; the window goes on working."""
    dialog = JacobianDialog(window.studio, node, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if by:
        dialog.choose(by)
    dialog.show()
    return dialog


def show_selected(window: MainWindow) -> JacobianDialog | None:
    """Open the Jacobian of the selected node, or of the gate at the selected wire's end."""
    nodes, wires = window.studio.selection()
    document = window.studio.document
    if len(nodes) == 1:
        return show_jacobian(window, nodes[0])
    if not nodes and len(wires) == 1:
        wire = document.wires[wires[0]]
        return show_jacobian(window, wire.target, wire.input)
    return None
