"""The dialog that brings data into a network: looked at, prepared, and taken over in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gradstudio.data.choosing import Use, filled, typed, used
from gradstudio.data.drafts import Draft, Looked, Source, summed_up
from gradstudio.ui.dialogs.dataset.choices import Choices
from gradstudio.ui.dialogs.dataset.drafting import Drafting
from gradstudio.ui.dialogs.dataset.examples import BeginPage
from gradstudio.ui.dialogs.dataset.layers import Layers
from gradstudio.ui.dialogs.dataset.picked import Picked
from gradstudio.ui.dialogs.dataset.reading import ReadingBar
from gradstudio.ui.dialogs.dataset.tables import ROW, SIDE, ColumnsModel, PreviewModel, columns_view, table_view
from gradstudio.ui.inspector.parts import label, set_role
from gradstudio.ui.theme import Theme

MOST_WARNINGS = 2
NARROW_TIMES = "\u00a0×\u00a0"
"""Sizes aren't broken into two lines."""
SLOW_MS, TICK_MS = 250, 60
"""Reading that takes longer is shown, and how far it has come so often."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen.

    Attributes:
        looked: the data and what is made of it.
        layers: of the network that is built behind it; None for none.
        batch: samples of a step; None for all of them.
    """

    looked: Looked
    layers: str | None
    batch: int | None


class DataDialog(QDialog):
    """Asks for data and what is to be made of it.

    Attributes:
        drafting: what is chosen, and what came of it.
        begin: the first page.
        columns: the table of the columns; preview: of the first rows.
        picked: what is chosen for the selected columns.
        choices: how the table is prepared.
        layers: the network that is built behind it.
        sentence: what the network will get, or what is in the way.
        accept_: takes it over.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None, folder: str = "") -> None:
        super().__init__(parent)
        self.setObjectName("dataset")
        self.setAcceptDrops(True)
        self._folder, self._editing, self._digest = folder, False, ""
        self.drafting = Drafting(self)
        self.title_, self.notes = label("", "title", wrap=False), label("", "dim")
        self.begin, self.reading = BeginPage(), ReadingBar(self.drafting)
        self._columns, self._preview = ColumnsModel(self), PreviewModel(self)
        self.columns = columns_view(self._columns, theme, self.tr("Columns"))
        self.preview = table_view(self.tr("First rows"))
        self.preview.setModel(self._preview)
        self.picked = Picked()
        self.choices = Choices(self.drafting, theme)
        self.layers = Layers()
        self.sentence = QLabel()
        self.other = QPushButton(self.tr("Other data…"))
        self.stop, self.progress = QPushButton(self.tr("Stop reading")), QProgressBar()
        self._pages = QStackedWidget()
        self._slow, self._tick = QTimer(self), QTimer(self)
        self._lay_out()
        self._connect()
        self._show()
        self._fit_into(parent)

    # --- made of --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 14)
        box.setSpacing(10)
        box.addLayout(self._header())
        box.addWidget(self.reading)
        self._pages.addWidget(self.begin)
        self._pages.addWidget(self._page())
        box.addWidget(self._pages, 1)
        box.addLayout(self._foot())

    def _header(self) -> QHBoxLayout:
        row, words = QHBoxLayout(), QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title_)
        words.addWidget(self.notes)
        self.other.setAutoDefault(False)
        row.addLayout(words, 1)
        row.addWidget(self.other, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _page(self) -> QWidget:
        page, tables, scroll = QWidget(), QSplitter(Qt.Orientation.Vertical), QScrollArea()
        upper = QWidget()
        above = QVBoxLayout(upper)
        above.setContentsMargins(0, 0, 0, 4)
        above.setSpacing(6)
        above.addWidget(self.columns, 1)
        above.addWidget(self.picked)
        tables.addWidget(upper)
        tables.addWidget(self.preview)
        tables.setStretchFactor(0, 3)
        tables.setStretchFactor(1, 2)
        tables.setChildrenCollapsible(False)
        scroll.setWidget(self.choices)
        scroll.setWidgetResizable(True)
        scroll.setFixedWidth(286)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(self.tr("Preparation"))
        middle = QHBoxLayout()
        middle.setSpacing(14)
        middle.addWidget(tables, 1)
        middle.addWidget(scroll)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(middle, 1)
        box.addWidget(self.layers)
        return page

    def _foot(self) -> QHBoxLayout:
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumHeight(36)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(120)
        self.progress.setAccessibleName(self.tr("Progress of reading"))
        self.stop.setAutoDefault(False)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_ = self._buttons.addButton(self.tr("Add to network"), QDialogButtonBox.ButtonRole.AcceptRole)
        row = QHBoxLayout()
        row.setSpacing(10)
        for part in (self.progress, self.stop):
            row.addWidget(part)
            part.hide()
        row.addWidget(self.sentence, 1)
        row.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _connect(self) -> None:
        self.begin.chosen.connect(self.take)
        self.begin.choose.clicked.connect(self.ask)
        self.begin.folder.clicked.connect(self.ask_for_folder)
        self.other.clicked.connect(self._begin_anew)
        self.stop.clicked.connect(self.drafting.back)
        self.drafting.changed.connect(self._show)
        self.layers.changed.connect(self._say)
        self.choices.checked.connect(self._say)
        self.layers.field.textChanged.connect(self._fit_pictures)
        self._columns.modelReset.connect(self.columns.fit)
        self._preview.modelReset.connect(self.preview.fit)
        self.columns.selectionModel().selectionChanged.connect(lambda *_: self._show_picked())
        self.columns.useTyped.connect(self._use)
        self.picked.useChosen.connect(self._use)
        self.picked.typeChosen.connect(self._type)
        self.picked.missingChosen.connect(self._fill)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._show_slow)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_share)

    def _fit_into(self, parent: QWidget | None) -> None:
        """As large as is comfortable, and never larger than the window."""
        wanted = QSize(1280, 800)
        room = wanted if parent is None else parent.window().size()
        self.resize(min(wanted.width(), room.width() - 24), min(wanted.height(), room.height() - 24))

    # --- what somebody does ---------------------------------------------------------------------------------

    def take(self, source: Source) -> None:
        """Begin with a source."""
        self.drafting.take(source)

    def edit(self, draft: Draft, digest: str, *, build: bool) -> None:
        """Begin with what a network has already.

        Args:
            draft: the choices it was made with.
            digest: of the file then.
            build: whether a network may be built behind it.
        """
        self._editing, self._digest = True, digest
        self.layers.wanted.setVisible(build)
        self.layers.field.setVisible(build)
        self.layers.told.setVisible(build)
        self.accept_.setText(self.tr("Take over"))
        self.drafting.take(draft.source, draft.reading, draft.preparation)

    def ask(self) -> QFileDialog:
        """Ask for a file."""
        kinds = "*.csv *.tsv *.tab *.txt *.data *.gz *.parquet *.pq *.npy *.npz *.idx *-ubyte"
        return self._ask(QFileDialog.FileMode.ExistingFile, [self.tr("Data ({})").format(kinds), "*"])

    def ask_for_folder(self) -> QFileDialog:
        """Ask for a folder."""
        return self._ask(QFileDialog.FileMode.Directory, [])

    def _ask(self, mode: QFileDialog.FileMode, filters: list[str]) -> QFileDialog:
        asking = QFileDialog(self, self.tr("Choose data"), self._folder)
        asking.setFileMode(mode)
        if filters:
            asking.setNameFilters(filters)
        asking.fileSelected.connect(lambda name: self.take(Source.of_file(Path(name))))
        asking.finished.connect(asking.deleteLater)
        asking.open()
        return asking

    def _begin_anew(self) -> None:
        self.drafting.give_up()
        self.drafting.draft = self.drafting.looked = None
        self.drafting.problem = ""
        self._show()
        self.begin.choose.setFocus(Qt.FocusReason.OtherFocusReason)

    def chosen(self) -> Chosen | None:
        """What is to be taken over; None as long as something is in the way."""
        ready = self.drafting.ready
        refused = self.layers.problem or self.choices.problem
        return None if ready is None or refused else Chosen(ready, self.layers.text, self.layers.batch_size)

    def accept(self) -> None:
        """Take it over, unless something is in the way."""
        if self.chosen() is not None:
            super().accept()

    def done(self, result: int) -> None:
        """Closing ends reading."""
        self._end()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing ends reading."""
        self._end()
        super().closeEvent(event)

    def _end(self) -> None:
        self._slow.stop()
        self._tick.stop()
        self.drafting.give_up()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file or folder may be dropped."""
        if _local(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take it."""
        event.acceptProposedAction()
        self.take(Source.of_file(_local(event)[0]))

    # --- choices about columns ------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        looked = self.drafting.looked
        rows = self.columns.selectionModel().selectedRows()
        return [] if looked is None else [looked.summaries[index.row()].name for index in rows]

    def _use(self, use: Use) -> None:
        looked, how, names = self.drafting.looked, self.drafting.how, self._names()
        if looked is not None and how is not None and names:
            self.drafting.prepare(used(how, looked.table, names, use))

    def _type(self, kind: object) -> None:
        draft = self.drafting.draft
        if draft is not None:
            self.drafting.read(typed(draft.reading, self._names(), kind))  # type: ignore[arg-type]

    def _fill(self, missing: object) -> None:
        if self.drafting.how is not None:
            self.drafting.prepare(filled(self.drafting.how, self._names(), missing))  # type: ignore[arg-type]

    def _fit_pictures(self, text: str) -> None:
        """Convolutions want an axis for the channels."""
        how = self.drafting.how
        if how is not None and how.layout == "flat" and text.strip().startswith("conv"):
            self.drafting.prepare_with(layout="channels")

    # --- what is shown --------------------------------------------------------------------------------------

    def _show(self) -> None:
        drafting = self.drafting
        draft, looked = drafting.draft, drafting.looked
        self._turn_to(0 if looked is None else 1)
        self.other.setVisible(looked is not None)
        if drafting.busy:
            self._slow.start()
        else:
            self._hide_slow()
        name = "" if draft is None else draft.source.name
        self.setWindowTitle(self.tr("Edit data") if self._editing else self.tr("Import data"))
        self.title_.setText(name or self.tr("Where is the data?"))
        self.notes.setText(_notes(looked))
        self.notes.setVisible(bool(self.notes.text()))
        self.reading.show_looked(looked, drafting.kind)
        self._columns.show(looked)
        if self._columns.rowCount() and not self.columns.selectionModel().hasSelection():
            self.columns.selectRow(0)
        self._preview.show(looked)
        pictures = looked is not None and any(one.shape for one in looked.summaries)
        self.preview.verticalHeader().setDefaultSectionSize(SIDE + 4 if pictures else ROW)
        if not drafting.busy:
            self.choices.show_looked(looked)
            self.layers.show_looked(looked)
        self._show_picked()
        self._say()

    def _turn_to(self, page: int) -> None:
        """Show a page; the keyboard goes to the columns once they are there."""
        if page == self._pages.currentIndex():
            return
        self._pages.setCurrentIndex(page)
        if page:
            self.columns.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_picked(self) -> None:
        looked, how = self.drafting.looked, self.drafting.how
        draft = self.drafting.draft
        rows = [index.row() for index in self.columns.selectionModel().selectedRows()]
        summaries = [] if looked is None else [looked.summaries[row] for row in rows if row < len(looked.summaries)]
        retype = draft is not None and draft.source.is_read and looked is not None and looked.table.kind == "csv"
        self.picked.show_columns(summaries, how, draft.reading if draft is not None and retype else None)

    def _say(self) -> None:
        """What the network will get, or what is in the way; and whether it can be taken over."""
        drafting, problem = self.drafting, self.drafting.problem or self.choices.problem or self.layers.problem
        words, role = "", "dim"
        if drafting.busy and drafting.looked is None:
            words = self.tr("Reading…")
        elif problem:
            words, role = problem, "error"
        elif drafting.looked is not None and drafting.looked.prepared is not None:
            summed = summed_up(drafting.looked).replace(" × ", NARROW_TIMES)
            words = " ".join((summed, *self._warned(drafting.looked.prepared.warnings)))
            if self._digest and drafting.looked.digest != self._digest:
                words = f"{self.tr('These are other contents than the network was made with.')} {words}"
        self.sentence.setText(words)
        self.sentence.setToolTip(words)
        set_role(self.sentence, role)
        self.accept_.setEnabled(self.chosen() is not None)
        self.accept_.setVisible(drafting.looked is not None)
        self.accept_.setDefault(True)

    def _warned(self, warnings: Sequence[str]) -> Sequence[str]:
        """The first of the warnings, and how many more there are."""
        more = len(warnings) - MOST_WARNINGS
        return (
            (*warnings[:MOST_WARNINGS], self.tr("{} more such remarks.").format(f"{more:,}")) if more > 0 else warnings
        )

    def _show_slow(self) -> None:
        self.progress.setRange(0, 0)
        self.progress.show()
        self.stop.show()
        self._tick.start()

    def _show_share(self) -> None:
        share = self.drafting.share
        if share is not None:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * share))

    def _hide_slow(self) -> None:
        self._slow.stop()
        self._tick.stop()
        self.progress.hide()
        self.stop.hide()


def _notes(looked: Looked | None) -> str:
    """How large the table is, and what was recognised."""
    if looked is None:
        return ""
    size = f"{len(looked.table):,} rows, {len(looked.table.columns):,} columns."
    return " ".join((size, *looked.table.notes[:3]))


def _local(event: QDropEvent) -> Sequence[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
