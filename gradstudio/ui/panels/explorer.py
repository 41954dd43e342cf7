"""The explorer: a grid of small decision boundaries, one for each size of a layer and each strength of decay."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gradstudio.insight.explorer import SIZES, STRENGTHS, Cell, Exploration, Survey, layers
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.base import Panel, Sheet
from gradstudio.ui.panels.explorer_cell import CellButton
from gradstudio.ui.theme import Theme

LOOK_MS = 100
MOST = 8
"""Sizes and strengths at most."""
STEPS = 1_000
N = TypeVar("N", int, float)


class ExplorerPanel(Panel):
    """What is tried, at the left; a boundary for each variant that is trained. A click or Enter opens one.

    Attributes:
        layer: whose units vary.
        sizes: numbers of units.
        strengths: λ.
        steps: of each variant.
        start: begins, or ends, the training of all variants.
        told: how far it is, or what is wrong with a field.
        cells: the variants by (row, column).
    """

    title = "Explorer"
    help = (
        "How capacity and regularisation change what the network learns: it is trained with several sizes of a layer "
        "and several strengths of decay, beside your own. A click, or Enter, opens one of them in a window of its own."
    )

    cellOpened = Signal(object)
    """Somebody wants to open this `Cell`."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.explorer")
        self.cells: dict[tuple[int, int], CellButton] = {}
        self._exploration: Exploration | None = None
        self._survey: Survey | None = None
        self._known: tuple[tuple[int, str], ...] = ()
        self._timer = QTimer(self)
        self._timer.setObjectName("explorer.poll")
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._collect)
        studio.documentReplaced.connect(self.end)
        studio.closing.connect(self.end)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages, side=1))

    def build(self) -> None:
        """Make the form and the grid."""
        self.layer = QComboBox()
        self.layer.setAccessibleName(self.tr("Layer whose units vary"))
        self.sizes = self._field("sizes", ", ".join(map(str, SIZES)), self.tr("Numbers of units, with commas."))
        self.strengths = self._field("strengths", ", ".join(map(str, STRENGTHS)), self.tr("Values of λ, with commas."))
        self.steps = self._field("steps", str(STEPS), self.tr("Training steps of each variant."))
        self.start = QPushButton(self.tr("Explore"))
        self.start.setObjectName("explorer.start")
        self.start.clicked.connect(lambda *_: self.toggle())
        self.told = QLabel()
        self.told.setProperty("role", "dim")
        self.told.setWordWrap(True)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        rows = ((self.tr("Units of"), self.layer), (self.tr("are"), self.sizes), (self.tr("λ is"), self.strengths))
        for words, widget in (*rows, (self.tr("Steps"), self.steps)):
            form.addRow(words, widget)
        left = QVBoxLayout()
        left.setContentsMargins(12, 6, 6, 6)
        left.addLayout(form)
        left.addWidget(self.start)
        left.addWidget(self.told)
        left.addStretch(1)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(200)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        held = QWidget()
        held.setLayout(self._grid)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        self.area.setWidget(held)
        layout = QHBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(side)
        layout.addWidget(self.area, 1)
        self.setFocusProxy(self.start)

    def _field(self, name: str, text: str, help_text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setObjectName(f"explorer.{name}")
        field.setToolTip(help_text)
        field.setAccessibleName(help_text)
        return field

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for cell in self.cells.values():
            cell.dress(theme)

    def refresh(self) -> None:
        """Offer the layers there are now."""
        known = tuple((node.id, node.name) for node in layers(self.studio.document))
        if not known:
            self.show_notice(
                self.tr("No layer to vary"), self.tr("Layers with units are, such as Dense: here are none.")
            )
            return
        self.show_body()
        if known != self._known:
            chosen = self.layer.currentData()
            self._known = known
            self.layer.clear()
            for node, name in known:
                self.layer.addItem(name, node)
            self.layer.setCurrentIndex(max(0, self.layer.findData(chosen)))

    # ---- exploring

    def toggle(self) -> None:
        """Begin, or end what is under way."""
        if self._exploration is not None:
            self.end()
            return
        survey = self._asked()
        if survey is not None:
            self._lay(survey)
            self._survey, self._exploration = survey, Exploration(self.studio.document, survey)
            self.start.setText(self.tr("Stop"))
            self._collect()
            self._timer.start()

    def end(self) -> None:
        """End what is under way; what is trained stays."""
        self._timer.stop()
        exploration, self._exploration = self._exploration, None
        if exploration is not None:
            exploration.stop()
            self.start.setText(self.tr("Explore"))

    def _asked(self) -> Survey | None:
        """What the form asks for; None, and a sentence, where it can't be."""
        try:
            sizes = _numbers(self.sizes.text(), int, 1, 65_536)
            strengths = _numbers(self.strengths.text(), float, 0.0, 1e3)
            (steps,) = _numbers(self.steps.text(), int, 1, 10**7)
        except ValueError as error:
            self.told.setText(str(error))
            return None
        return Survey(self.layer.currentData(), sizes, strengths, steps)

    def _lay(self, survey: Survey) -> None:
        """An empty place for each variant."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.cells.clear()
        for column, size in enumerate(survey.sizes):
            self._grid.addWidget(
                self._head(self.tr("{} units").format(size), Qt.AlignmentFlag.AlignHCenter), 0, column + 1
            )
        for row, strength in enumerate(survey.strengths):
            self._grid.addWidget(self._head(f"λ {strength:g}", Qt.AlignmentFlag.AlignRight), row + 1, 0)
            for column in range(len(survey.sizes)):
                cell = CellButton(self.studio.theme)
                cell.clicked.connect(partial(self._open, cell))
                self.cells[row, column] = cell
                self._grid.addWidget(cell, row + 1, column + 1)

    def _head(self, text: str, side: Qt.AlignmentFlag) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "dim")
        label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        return label

    def _open(self, cell: CellButton) -> None:
        if cell.shown is not None:
            self.cellOpened.emit(cell.shown)

    def _collect(self) -> None:
        """Show what has been trained meanwhile."""
        exploration, survey = self._exploration, self._survey
        if exploration is None or survey is None:
            return
        done: tuple[Cell, ...] = tuple(exploration.cells)
        columns = len(survey.sizes)
        for i, found in enumerate(done):
            cell = self.cells[divmod(i, columns)]
            if cell.shown is not found:
                cell.show_cell(found)
        total = columns * len(survey.strengths)
        self.told.setText(self.tr("{0} of {1} trained.").format(len(done), total))
        self.describe(self.told.text())
        if not exploration.running and len(exploration.cells) == len(done):
            self.end()

    def sizeHint(self) -> QSize:
        """Room for the form and some cells."""
        return QSize(640, 320)


def _numbers(text: str, kind: Callable[[str], N], low: float, high: float) -> tuple[N, ...]:
    """Numbers written with commas.

    Raises:
        ValueError: with a sentence.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not 1 <= len(words) <= MOST:
        raise ValueError(f"Write 1 to {MOST} numbers with commas, found {len(words)}.")
    found = []
    for word in words:
        try:
            number = kind(word)
        except ValueError:
            raise ValueError(f"“{word}” isn't a number that can stand here.") from None
        if not low <= number <= high:
            raise ValueError(f"{word} is out of range: {low:g} to {high:g}.")
        found.append(number)
    return tuple(found)
