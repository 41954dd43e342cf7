"""The predictions panel: every sample with what is true of it and what the network says of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from gradstudio.engine.errors import EngineError
from gradstudio.insight.answer import Answer
from gradstudio.insight.cells import Cells
from gradstudio.insight.judging import Judged, JudgeLook
from gradstudio.training.metrics import ClassScore
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import ComboBox
from gradstudio.ui.panels.base import Line, Panel, Sheet
from gradstudio.ui.panels.partbox import PartBox
from gradstudio.ui.panels.predictions_model import THUMB, Column, PredictionsModel, Wish
from gradstudio.ui.panels.table import ROW, NodeTable
from gradstudio.ui.samples import Samples
from gradstudio.ui.texts import grouped
from gradstudio.ui.theme import Theme, ui_font

WIDTHS = {Column.NUMBER: 78, Column.SAMPLE: 74, Column.TRUE: 68, Column.SAID: 82, Column.SURE: 76, Column.COST: 72}
RISING, FALLING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


class SampleTable(NodeTable):
    """The samples; Escape goes back to the batch."""

    def __init__(self, samples: Samples) -> None:
        super().__init__()
        self._samples = samples
        self.setObjectName("predictions.table")
        self.setAccessibleName(self.tr("Samples with what the network says of them"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setIconSize(QSize(THUMB, THUMB))
        self.horizontalHeader().setStyleSheet("QHeaderView::section { padding-right: 15px; }")  # room for its arrow
        self.setSortingEnabled(True)
        self.sortByColumn(Column.NUMBER, RISING)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the batch; all else as in any table."""
        if event.key() == Qt.Key.Key_Escape and self._samples.number is not None:
            self._samples.leave()
        else:
            super().keyPressEvent(event)


class PredictionsPanel(Panel):
    """A table of samples, to sort and to filter. What is clicked is sent through the canvas.

    Attributes:
        part: chooses the rows.
        only: chooses which of them.
        order: chooses their order.
        model: the samples.
        view: shows them.
    """

    title = "Predictions"
    help = (
        "Every sample with what is true of it, what the network says, how sure it is and what that costs; a click, or "
        "Enter, sends one through the canvas, Escape brings the batch back."
    )

    def __init__(self, studio: Studio, samples: Samples, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.predictions")
        self.samples = samples
        self.model = PredictionsModel(self)
        self._revision: object = None
        self._judged: Judged | None = None
        self._wishes: list[tuple[str, Wish]] = []
        self._orders: list[tuple[str, tuple[Column, bool]]] = []
        self.part = PartBox("predictions.part")
        self.only, self.order = ComboBox(), ComboBox()
        for box, name, tip in (
            (self.only, "predictions.only", self.tr("Which samples")),
            (self.order, "predictions.order", self.tr("In which order")),
        ):
            box.setObjectName(name)
            box.setAccessibleName(tip)
            box.setToolTip(tip)
            box.setMinimumWidth(48)
        self.score = Line()
        self.score.setFont(ui_font(12))
        self.score.setProperty("role", "dim")
        self.part.chosen.connect(self._choose)
        self.only.activated.connect(lambda *_: self._filter())
        self.order.activated.connect(lambda *_: self._sort())
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(4)
        for box in (self.part, self.only, self.order):
            row.addWidget(box, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(top, self.pages, side=1))
        studio.closing.connect(self.model.stop)

    def build(self) -> None:
        """Make the table."""
        self.view = SampleTable(self.samples)
        self.view.setAccessibleDescription(self.help)
        self.view.setModel(self.model)
        self.view.horizontalHeader().sortIndicatorChanged.connect(lambda *_: self._follow_header())
        for column, width in WIDTHS.items():
            self.view.setColumnWidth(column, width)
        self.view.jumpWanted.connect(self._send)
        self.view.clicked.connect(lambda index: self._send(index.row()))
        self.samples.changed.connect(self._mark)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.view)
        line = QHBoxLayout()
        line.setContentsMargins(10, 0, 10, 0)
        line.addWidget(self.score)
        layout.addLayout(line)
        self.setFocusProxy(self.view)
        self._offer(None)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.model.dress(theme)

    # ---- what is looked at

    @property
    def look(self) -> JudgeLook:
        """What is looked at, at rest."""
        return JudgeLook(self.part.part)

    def watch(self, awake: bool) -> None:
        """Look only while it can be seen, and while the network stands still."""
        self.studio.watch_looks(self, {self.look} if awake and not self.studio.running else ())

    def show_cell(self, part: str, true: int, said: int) -> None:
        """Show the samples of a class that were taken for another."""
        self.part.choose(part)
        self.model.wish = Wish(cell=(true, said))
        self._offer(self._judged)
        self._choose()

    def choose(self, part: str) -> None:
        """Show another part of the data."""
        self.part.choose(part)
        self._choose()

    def _choose(self) -> None:
        self._judged = None
        self.watch(self.isVisible())
        self.refresh()

    def refresh(self) -> None:
        """Show the newest answers; while training runs, those of before."""
        revision = (id(self.studio.document), self.studio.document.graph_revision)
        if revision != self._revision:
            self._forget(revision)
        self.watch(True)
        snapshot = self.studio.snapshot()
        found = None if snapshot is None or self.studio.running else snapshot.seen.get(self.look)
        if isinstance(found, EngineError):
            self._judged = None
            self._show(None)
            self.show_notice(self.tr("No samples to show"), str(found))
        elif isinstance(found, Judged) and found is not self._judged:
            self._judged = found
            self._show(found)
            self.show_body()
        elif self._judged is None:
            waits = (
                self.tr("They come when training pauses.") if self.studio.running else self.tr("They are on their way.")
            )
            self.show_notice(self.tr("Not computed yet"), waits)
        self._say()

    def _forget(self, revision: object) -> None:
        """The network is another one."""
        replaced = not (isinstance(self._revision, tuple) and isinstance(revision, tuple)) or (
            self._revision[0] != revision[0]
        )
        self._revision, self._judged = revision, None
        self.part.follow(self.studio.document)
        if replaced:
            self.model.wish = Wish()

    def _show(self, judged: Judged | None) -> None:
        here = self.view.currentIndex()
        sample = self.model.number_of(here.row()) if here.isValid() and self.model.judged is not None else -1
        cells = None if judged is None else Cells(self.studio.document, tuple(judged.rows.shape))
        if judged is not None and not _has(judged, self.model.wish):
            self.model.wish = Wish()
        self.model.show_judged(judged, cells)
        self._stretch(Column.COST if self.model.pictures else Column.SAMPLE)
        high = THUMB + 6 if self.model.pictures else ROW
        if self.view.verticalHeader().defaultSectionSize() != high:
            self.view.verticalHeader().setDefaultSectionSize(high)
        self._offer(judged)
        self._mark()
        self._go_to(sample)

    def _stretch(self, wide: Column) -> None:
        """Let a column take the room there is: that of rows, as pictures need no more than they have."""
        header = self.view.horizontalHeader()
        header.setStretchLastSection(wide is Column.COST)
        mode = QHeaderView.ResizeMode.Interactive if wide is Column.COST else QHeaderView.ResizeMode.Stretch
        header.setSectionResizeMode(Column.SAMPLE, mode)
        if wide is Column.COST:
            self.view.setColumnWidth(Column.SAMPLE, WIDTHS[Column.SAMPLE])

    def _go_to(self, sample: int) -> None:
        """Stay at a sample, where it is still shown."""
        row = self.model.row_of(sample)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row, 0))

    # ---- choosing

    def _offer(self, judged: Judged | None) -> None:
        """What can be chosen of these samples."""
        score = None if judged is None else judged.score
        self._wishes = [(self.tr("All samples"), Wish())]
        wish = self.model.wish
        if isinstance(score, ClassScore):
            self._wishes.append((self.tr("Wrong only"), Wish(wrong=True)))
            if wish.cell is not None:
                true, said = (score.names[i] for i in wish.cell)
                words = self.tr("“{0}” told right") if true == said else self.tr("“{0}” taken for “{1}”")
                self._wishes.append((words.format(true, said), wish))
        numbers = judged is not None and judged.kind is Answer.NUMBER
        self._orders = [
            (self.tr("As in the data"), (Column.NUMBER, False)),
            (self.tr("Largest loss first"), (Column.COST, True)),
            (self.tr("Largest error first") if numbers else self.tr("Surest first"), (Column.SURE, True)),
            (self.tr("Smallest error first") if numbers else self.tr("Least sure first"), (Column.SURE, False)),
        ]
        _fill(self.only, [title for title, _ in self._wishes], _place(self._wishes, wish))
        _fill(self.order, [title for title, _ in self._orders], _place(self._orders, self._ordered))

    @property
    def _ordered(self) -> tuple[Column, bool]:
        return self.model.by, self.model.falling

    def _filter(self) -> None:
        self.model.wish = self._wishes[self.only.currentIndex()][1]
        self.model.arrange()
        self._say()

    def _sort(self) -> None:
        column, falling = self._orders[self.order.currentIndex()][1]
        self.view.sortByColumn(column, FALLING if falling else RISING)
        self.view.scrollToTop()

    def _follow_header(self) -> None:
        """The list of orders names the one that is in force, where it has it."""
        self.order.setCurrentIndex(_place(self._orders, self._ordered))

    # ---- one sample

    def _send(self, row: int) -> None:
        if self.model.judged is not None and 0 <= row < len(self.model.order):
            self.samples.show(self.model.number_of(row), self.part.part)

    def _mark(self) -> None:
        """Mark the sample that is on the canvas."""
        here = self.samples.number is not None and self.samples.part in (None, self.part.part)
        sent = self.samples.number if here and self.samples.number is not None else -1
        if sent != self.model.sent:
            self.model.sent = sent
            self.model.tell()
        self._say()

    def _say(self) -> None:
        judged = self._judged
        if judged is None:
            self.score.say("", "")
            return
        words = [self.tr("{0} of {1}").format(grouped(len(self.model.order)), grouped(judged.total))]
        if self.studio.running:
            words.append(
                self.tr("as of step {0}, brought up to date when training pauses").format(grouped(judged.step))
            )
        elif self.model.sent >= 0:
            words.append(self.tr("sample {0} is on the canvas, Esc: back").format(grouped(self.model.sent + 1)))
        else:
            words.append(self.tr("a click sends one through the canvas"))
        told = "  ·  ".join(words)
        self.score.say(told, told)
        self.describe(f"{self.part.currentText()}, {self.only.currentText()}: {', '.join(words)}.")


def _has(judged: Judged, wish: Wish) -> bool:
    """Whether there can be such samples."""
    if not isinstance(judged.score, ClassScore):
        return wish == Wish()
    return wish.cell is None or max(wish.cell) < len(judged.score.names)


def _place(entries: Sequence[tuple[str, object]], wanted: object) -> int:
    """Where something is in a list; -1 where it isn't."""
    return next((i for i, (_, known) in enumerate(entries) if known == wanted), -1)


def _fill(box: ComboBox, titles: list[str], chosen: int) -> None:
    """Other entries in a list, where they are others."""
    if [box.itemText(i) for i in range(box.count())] != titles:
        box.clear()
        box.addItems(titles)
    box.setCurrentIndex(chosen)
