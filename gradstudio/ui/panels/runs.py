"""The runs of the network: a table to compare them by, and what can be done about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QMessageBox, QPushButton, QVBoxLayout, QWidget

from gradstudio import files
from gradstudio.runs import Outcome, Run
from gradstudio.runs.comparing import as_csv, differences, shown, title
from gradstudio.runs.resuming import OPEN
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.base import Line, Panel, Sheet
from gradstudio.ui.panels.runs_menu import RunsMenu
from gradstudio.ui.panels.runs_model import OFTEN_EMPTY, SORTED_BY, Column, RunsModel, rows
from gradstudio.ui.panels.table import NodeTable
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme

if TYPE_CHECKING:
    from gradstudio.ui.preferences import Preferences

WIDTHS = {
    Column.NAME: 176, Column.LOSS: 76, Column.VALIDATION: 90, Column.ACCURACY: 84, Column.TEST: 70, Column.STEPS: 124,
    Column.DIFFERS: 260, Column.WHEN: 90, Column.TIME: 76, Column.NOTE: 200,
}  # fmt: skip
ROW, NARROWEST = 24, 200
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RunsPanel(Panel):
    """One row a run. A checked run is drawn in the loss panel; Enter restores one, Delete deletes.

    Attributes:
        model: the rows.
        view: shows them.
        preferences: where it is remembered what is kept of a run while it goes on; None for nowhere.
    """

    title = "Runs"
    help = (
        "Every training of this network with its settings and result. Space draws a run in the loss panel, Enter "
        "makes the network what it left, Ctrl+Enter opens that in a new window, F2 renames, Delete deletes."
    )

    windowWanted = Signal(int, bool)
    """The network of this run is to be opened in a window of its own; (True) as it was at its best."""

    comparisonWanted = Signal(list)
    """These two runs are to be shown side by side; of a single one, beside the network as it is."""

    def __init__(self, studio: Studio, preferences: Preferences | None = None, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.runs")
        self.preferences = preferences
        self.model = RunsModel(studio, self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORTED_BY)
        studio.runs.changed.connect(self._take_runs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages, side=1))

    # ---- making it

    def build(self) -> None:
        """Make the table, and the buttons below it."""
        self.view = RunTable()
        self.view.setAccessibleDescription(self.help)
        self.view.setModel(self.sorted)
        for column, width in WIDTHS.items():
            self.view.setColumnWidth(column, width)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(Column.WHEN, Qt.SortOrder.DescendingOrder)
        self.view.selectionModel().selectionChanged.connect(self._offer)
        self.view.toggleWanted.connect(self.toggle)
        self.view.jumpWanted.connect(lambda *_: self.restore())
        self.view.windowWanted.connect(self.open_beside)
        self.view.deleteWanted.connect(self.ask_to_delete)
        self.view.menuWanted.connect(self.open_menu)
        self.says = Line()
        self.says.setObjectName("runs.says")
        said = QHBoxLayout()
        said.setContentsMargins(10, 0, 10, 0)
        said.addWidget(self.says)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.view, 1)
        layout.addLayout(said)
        layout.addWidget(self._buttons())
        self.notice.button.clicked.connect(lambda *_: self.studio.train())
        self.setFocusProxy(self.view)

    def _buttons(self) -> Buttons:
        say = self.tr
        self.restoring = self._button("restore", say("Restore"), say("Make the network what this run left (Enter)."))
        self.opening = self._button("open", say("New window"), say("Open it in a window of its own (Ctrl+Enter)."))
        self.going_on = self._button("continue", say("Continue"), say("Train on to the goal of this run."))
        self.comparing = self._button("compare", say("Compare"), say("Show the two networks side by side."))
        self.deleting = self._button("delete", say("Delete…"), say("Take the chosen runs away (Delete)."))
        self.restoring.clicked.connect(lambda *_: self.restore())
        self.opening.clicked.connect(lambda *_: self.open_beside())
        self.going_on.clicked.connect(lambda *_: self.go_on())
        self.comparing.clicked.connect(lambda *_: self.compare())
        self.deleting.clicked.connect(lambda *_: self.ask_to_delete())
        self.more = RunsMenu(self)
        left = self.restoring, self.going_on, self.opening, self.comparing
        self.bar = Buttons(left, (self.deleting,), self.more)
        return self.bar

    def _button(self, name: str, words: str, told: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(f"runs.{name}")
        button.setToolTip(told)
        return button

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.more.dress(theme)
        self.says.setStyleSheet(f"color: {theme.text_dim};")
        self.view.viewport().update()

    # ---- showing it

    def watch(self, awake: bool) -> None:
        """Whoever looks sees what other programs have put into the folder meanwhile."""
        if awake and self.studio.runs.folder.is_dir():
            self.studio.runs.refresh()

    def refresh(self) -> None:
        """Show the runs there are now; the present row stays at its run."""
        if self.model.runs == tuple(reversed(self.studio.runs.runs)) and self.model.runs:
            return
        here = self.present()
        self.model.follow()
        if not self.model.runs:
            self.show_notice(self.tr("No runs yet"), self._teaching(), self.tr("Train"))
            return
        self.show_body()
        for column in OFTEN_EMPTY:
            self.view.setColumnHidden(column, self.model.is_empty(column))
        self._go_to(here)
        self.describe(self._sentence())
        self._offer()

    def _take_runs(self) -> None:
        """Other runs are kept, or others are drawn."""
        if self.isVisible():
            self.refresh()
            self.view.viewport().update()

    def _go_to(self, run: Run | None) -> None:
        """Have the present row at a run, or at the newest one."""
        row = -1 if run is None else self.model.row_of(run.number)
        index = self.sorted.mapFromSource(self.model.index(max(row, 0), Column.NAME))
        selection = self.view.selectionModel()
        if not self.view.currentIndex().isValid() or self.present() != run:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(index, flags)

    def _teaching(self) -> str:
        if not self.studio.document.nodes:
            return self.tr("Build a network and train it: each training is kept here with its curve and result.")
        return self.tr(
            "Each training is kept here with its settings, curve and result: to compare, and to go back to. "
            "Train once, change something, train again."
        )

    def _sentence(self) -> str:
        count = len(self.model.runs)
        return self.tr("One run.") if count == 1 else self.tr("{} runs.").format(count)

    def present(self) -> Run | None:
        """The run of the present row."""
        if not self._built:
            return None
        row = self.sorted.mapToSource(self.view.currentIndex()).row()
        return self.model.runs[row] if 0 <= row < len(self.model.runs) else None

    def chosen(self) -> list[Run]:
        """The runs of the selected rows, from the top."""
        found = sorted(self.view.selectionModel().selectedRows(), key=lambda index: index.row())
        return [self.model.runs[self.sorted.mapToSource(index).row()] for index in found]

    def _offer(self, *_: object) -> None:
        """Enable what can be done with what is chosen, and say what there is to say about it."""
        chosen, present = self.chosen(), self.present()
        whole = present is not None and present.has_network
        for button in (self.restoring, self.opening):
            button.setEnabled(whole)
        wanted = {self.going_on: present is not None and self._is_open(present), self.comparing: len(chosen) == 2}
        self.bar.show_only([button for button in self.bar.all if wanted.get(button, True)])
        self.comparing.setEnabled(all(run.has_network for run in chosen))
        self.deleting.setEnabled(bool(chosen))
        words = self._about(chosen)
        self.says.say(words, words)
        self.says.setVisible(bool(words))

    def _is_open(self, run: Run) -> bool:
        """Whether a run may go on from where it is."""
        mine = run is self.studio.runs.present and (self.studio.running or run.outcome is Outcome.RUNNING)
        return run.outcome in OPEN and run.step < run.goal and run.has_network and not mine

    def _about(self, chosen: list[Run]) -> str:
        """Of one run what was changed on its way; of two in what they differ; else what was passed over."""
        if len(chosen) == 2:
            one, other = sorted(chosen, key=lambda run: run.number)
            differ = [d for d in differences(one, other) if d.what != "seconds"]
            found = [f"{title(d.what)} {_brief(d.one)} → {_brief(d.other)}" for d in differ]
            return f"{one.title} → {other.title}: " + (", ".join(found) or self.tr("the same settings and results"))
        if len(chosen) == 1 and chosen[0].changes:
            told = self.tr("{0} {1} → {2} at step {3}")
            made = ((title(c.setting), shown(c.old), shown(c.new), grouped(c.step)) for c in chosen[0].changes)
            return self.tr("Changed while it ran: {}").format(", ".join(told.format(*one) for one in made))
        if len(chosen) == 1 and chosen[0].message:
            return chosen[0].message
        return " ".join(self.studio.runs.complaints)

    # ---- what can be done

    def toggle(self) -> None:
        """Draw the chosen runs in the loss panel; if all of them are, don't."""
        numbers = [run.number for run in self.chosen()]
        book = self.studio.runs
        book.show(numbers, shown=not all(map(book.is_shown, numbers)))

    def restore(self, *, best: bool = False) -> None:
        """Make the network what the present run left, as an edit that can be undone."""
        run = self.present()
        if run is not None and run.has_network:
            self.studio.runs.restore(run.number, best=best)

    def open_beside(self, *, best: bool = False) -> None:
        """Open what the present run left in a window of its own."""
        run = self.present()
        if run is not None and run.has_network:
            self.windowWanted.emit(run.number, best)

    def compare(self) -> None:
        """Ask for two chosen runs side by side, the older one first; of any other number, for the present one."""
        chosen, present = sorted(self.chosen(), key=lambda run: run.number), self.present()
        asked = chosen if len(chosen) == 2 else [present] if present is not None else []
        if asked and all(run.has_network for run in asked):
            self.comparisonWanted.emit(asked)

    def go_on(self) -> None:
        """Train the present run on to its goal."""
        run = self.present()
        if run is not None and self._is_open(run):
            self.studio.runs.go_on(run)

    def rename(self) -> None:
        """Type a name for the present run."""
        self._edit(Column.NAME)

    def annotate(self) -> None:
        """Type a note on the present run."""
        self._edit(Column.NOTE)

    def _edit(self, column: Column) -> None:
        here = self.view.currentIndex()
        if here.isValid():
            self.view.setColumnHidden(column, False)
            there = here.siblingAtColumn(column)
            self.view.setCurrentIndex(there)
            self.view.edit(there)

    def ask_to_delete(self) -> None:
        """Delete the chosen runs, once somebody has said yes."""
        chosen = [run for run in self.chosen() if run.outcome is not Outcome.RUNNING or self._is_open(run)]
        if not chosen:
            return
        box = QMessageBox(self)
        box.setObjectName("runs.question")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        several = self.tr("Delete {} runs?").format(len(chosen))
        box.setText(self.tr("Delete “{}”?").format(chosen[0].title) if len(chosen) == 1 else several)
        told = self.tr("{} goes for good, with curve and weights.") if len(chosen) == 1 else self.tr("{} go for good.")
        box.setInformativeText(told.format(rows(chosen[:8]) + ("…" if len(chosen) > 8 else "")))
        yes = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        yes.clicked.connect(lambda *_: self.studio.runs.delete([run.number for run in chosen]))
        box.finished.connect(box.deleteLater)
        box.open()

    def sort_by(self, column: Column) -> None:
        """Sort by a column; by the one that is sorted by already, the other way round."""
        header = self.view.horizontalHeader()
        same = header.sortIndicatorSection() == column
        up = same and header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        self.view.sortByColumn(column, Qt.SortOrder.AscendingOrder if up or not same else Qt.SortOrder.DescendingOrder)

    def ask_where(self) -> QFileDialog:
        """Ask for a file and write the table there."""
        dialog = QFileDialog(self, self.tr("Save the table of runs"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("*.csv")
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{Path(self.studio.name).stem}-runs.csv")
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.open()
        return dialog

    def save(self, path: Path) -> None:
        """Write all runs as a table, in the order they are shown in; tells how it went."""
        order = [self.sorted.mapToSource(self.sorted.index(row, 0)).row() for row in range(self.sorted.rowCount())]
        try:
            files.write_bytes(as_csv([self.model.runs[row] for row in order]).encode(), path)
        except files.FileProblem as problem:
            self.studio.messageShown.emit(str(problem))
            return
        self.studio.messageShown.emit(self.tr("Runs saved as {}.").format(path))

    def open_menu(self, event: QContextMenuEvent) -> None:
        """What can be done with the present run."""
        run = self.present()
        if run is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("&Restore"), self.restore).setEnabled(run.has_network)
        menu.addAction(self.tr("Open in new &window"), self.open_beside).setEnabled(run.has_network)
        words = self.tr("Com&pare the two") if len(self.chosen()) == 2 else self.tr("Com&pare with the network")
        menu.addAction(words, self.compare).setEnabled(run.has_network)
        if run.best is not None:
            step = grouped(run.best.step)
            menu.addAction(self.tr("Restore its &best (step {})").format(step), lambda: self.restore(best=True))
        if self._is_open(run):
            menu.addAction(self.tr("&Continue to step {}").format(grouped(run.goal)), self.go_on)
        menu.addSeparator()
        menu.addAction(self.tr("Draw in the &loss panel, or not"), self.toggle)
        menu.addAction(self.tr("Re&name"), self.rename)
        menu.addAction(self.tr("N&ote"), self.annotate)
        menu.addSeparator()
        menu.addAction(self.tr("&Delete…"), self.ask_to_delete)
        menu.popup(event.globalPos())


def _brief(value: object) -> str:
    return number(value) if isinstance(value, float) else shown(value)


class Buttons(QWidget):
    """A row of buttons in which the last ones go where there is no room: menu and keys do the same.

    Args:
        left: at the left, the most important first.
        right: at the right.
        last: at the very right; it always stays.

    Attributes:
        all: all but the last, the most important first.
    """

    def __init__(self, left: Sequence[QPushButton], right: Sequence[QPushButton], last: QWidget) -> None:
        super().__init__()
        self.all = (*left, *right)
        self._wanted: tuple[QPushButton, ...] = self.all
        self._last = last
        self.setMinimumWidth(NARROWEST)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 2)
        for button in left:
            row.addWidget(button)
        row.addStretch(1)
        for button in right:
            row.addWidget(button)
        row.addWidget(last)

    def show_only(self, wanted: Iterable[QPushButton]) -> None:
        """Show these, as far as there is room."""
        self._wanted = tuple(wanted)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is more room now, or less."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self._last.sizeHint().width() - 26
        for button in self.all:
            room -= button.sizeHint().width() + 6 if button in self._wanted else 0
            button.setVisible(button in self._wanted and room >= 0)


class RunTable(NodeTable):
    """The table of runs, with keys of its own."""

    toggleWanted = Signal()
    """Space was pressed."""
    windowWanted = Signal()
    """Ctrl+Enter was pressed."""
    menuWanted = Signal(QContextMenuEvent)
    """A menu was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Runs of the network"))
        self.verticalHeader().setDefaultSectionSize(ROW)

    def event(self, event: QEvent) -> bool:
        """Ctrl+Enter is the table's own, too."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space draws the chosen runs, Ctrl+Enter opens one; all else as in the table of nodes."""
        editing = self.state() is NodeTable.State.EditingState
        if event.key() == Qt.Key.Key_Space and not editing:
            self.toggleWanted.emit()
        elif event.key() in _ENTER and event.modifiers() & Qt.KeyboardModifier.ControlModifier and not editing:
            self.windowWanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By mouse or by key, of the present row."""
        self.menuWanted.emit(event)
