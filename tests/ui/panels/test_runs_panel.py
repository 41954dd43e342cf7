"""The table of runs: comparing, drawing, naming, restoring and deleting them, by mouse and keyboard."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QMessageBox, QPushButton

from gradstudio import files
from gradstudio.document.commands import change_settings
from gradstudio.runs import Outcome
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.runs import RunsPanel
from gradstudio.ui.panels.runs_model import Column, duration

Wait = Callable[[Studio], None]


@pytest.fixture
def kept(qtbot: Any, wait: Wait) -> Wait:
    """Waits until a studio is at rest and all its runs are in the folder and in the table."""

    def settle(studio: Studio) -> None:
        wait(studio)
        assert studio.runs.wait()
        QApplication.processEvents()

    return settle


@pytest.fixture
def panel(show: Callable[..., Any], kept: Wait) -> RunsPanel:
    """The panel after two runs with different settings: 30 steps, then 20."""
    made: RunsPanel = show(RunsPanel, size=(900, 300))
    studio = made.studio
    studio.train(30)
    kept(studio)
    studio.reset()
    studio.do(change_settings(studio.document, learning_rate=0.1))
    studio.train(20)
    kept(studio)
    return made


def cell(panel: RunsPanel, row: int, column: Column) -> str:
    """What the table says there."""
    return str(panel.sorted.index(row, column).data())


def rect(panel: RunsPanel, row: int, column: Column) -> QRect:
    """Where a cell is in the table's viewport."""
    return panel.view.visualRect(panel.sorted.index(row, column))


def press(panel: RunsPanel, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key on the table."""
    QTest.keyClick(panel.view, key, modifiers)


def choose(panel: RunsPanel, row: int) -> None:
    """Select one row, whatever keys an earlier test has left down."""
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    panel.view.selectionModel().setCurrentIndex(panel.sorted.index(row, Column.NAME), flags)


def test_the_empty_panel_teaches_and_its_button_trains(show: Callable[..., Any], kept: Wait) -> None:
    """Without runs the panel says what it is for; its button makes the first one."""
    panel = show(RunsPanel)
    panel.studio.do(change_settings(panel.studio.document, steps=12))
    assert panel.pages.currentWidget() is panel.notice
    assert "to compare, and to go back to" in panel.notice.text.text()
    QTest.mouseClick(panel.notice.button, Qt.MouseButton.LeftButton)
    kept(panel.studio)
    assert panel.pages.currentWidget() is panel.body
    assert (cell(panel, 0, Column.NAME), cell(panel, 0, Column.STEPS)) == ("run 1", "12")


def test_runs_are_told_apart(panel: RunsPanel) -> None:
    """The newest is at the top, with the loss the window shows, and what differs between the runs."""
    snapshot = panel.studio.snapshot()
    assert snapshot is not None
    assert snapshot.loss is not None
    assert [cell(panel, row, Column.NAME) for row in (0, 1)] == ["run 2", "run 1"]
    assert cell(panel, 0, Column.LOSS) == f"{snapshot.loss:.4g}"
    assert [cell(panel, row, Column.DIFFERS) for row in (0, 1)] == ["learning rate 0.1", "learning rate 1"]
    assert not panel.view.isColumnHidden(Column.ACCURACY)
    assert panel.view.isColumnHidden(Column.VALIDATION)


def test_columns_sort_by_number(panel: RunsPanel) -> None:
    """A click on a title sorts by it, as numbers; so does the menu."""
    header = panel.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(Column.STEPS) + 8, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    order = [cell(panel, row, Column.STEPS) for row in (0, 1)]
    panel.sort_by(Column.STEPS)
    assert [cell(panel, row, Column.STEPS) for row in (0, 1)] == order[::-1] == sorted(order, reverse=order[0] == "20")


def test_a_name_is_typed_in_place(panel: RunsPanel, kept: Wait) -> None:
    """F2 edits the name, also that of a run whose note is chosen; it is in the folder then."""
    panel.view.setCurrentIndex(panel.sorted.index(1, Column.NAME))
    press(panel, Qt.Key.Key_F2)
    editor = panel.view.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "first try")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    kept(panel.studio)
    assert cell(panel, 1, Column.NAME) == "first try"
    panel.annotate()
    editor = panel.view.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "too slow")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    kept(panel.studio)
    run = panel.studio.runs.run(1)
    assert run is not None
    assert (run.name, run.note) == ("first try", "too slow")
    assert not panel.view.isColumnHidden(Column.NOTE)


def test_space_and_the_box_draw_a_run(panel: RunsPanel) -> None:
    """Space toggles the chosen runs, a click on its box one; what is drawn has a colour in the table."""
    book = panel.studio.runs
    assert [run.number for run in book.behind()] == [1]
    panel.view.selectAll()
    press(panel, Qt.Key.Key_Space)
    assert [run.number for run in book.behind()] == [1, 2]
    press(panel, Qt.Key.Key_Space)
    assert book.behind() == ()
    box = QPoint(rect(panel, 1, Column.NAME).left() + 16, rect(panel, 1, Column.NAME).center().y())
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, box)
    assert [run.number for run in book.behind()] == [1]
    assert panel.sorted.index(1, Column.NAME).data(Qt.ItemDataRole.DecorationRole) is not None
    assert panel.sorted.index(0, Column.NAME).data(Qt.ItemDataRole.DecorationRole) is None


def test_enter_restores_and_undo_takes_it_back(panel: RunsPanel, kept: Wait) -> None:
    """Enter makes the network what the run left, to the byte, settings too; one undo takes all of it back."""
    studio = panel.studio
    before = files.dumps(studio.document)
    choose(panel, 1)
    press(panel, Qt.Key.Key_Return)
    kept(studio)
    path = studio.runs.folder / "run-0001.grad"
    assert files.dumps(studio.document) == path.read_bytes()
    assert (studio.document.training.step, studio.document.settings.learning_rate) == (30, 1.0)
    studio.undo()
    assert files.dumps(studio.document) == before


def test_ctrl_enter_wants_a_window(panel: RunsPanel) -> None:
    """Ctrl+Enter asks for the present run in a window of its own."""
    wanted: list[tuple[int, bool]] = []
    panel.windowWanted.connect(lambda number, best: wanted.append((number, best)))
    choose(panel, 0)
    press(panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert wanted == [(2, False)]


def test_deleting_is_asked_about(panel: RunsPanel, kept: Wait) -> None:
    """Delete asks first: no leaves the run, yes takes it away with its files."""
    choose(panel, 1)
    for answer, left in (("Cancel", [1, 2]), ("Delete", [2])):
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        press(panel, Qt.Key.Key_Delete)
        box = panel.findChild(QMessageBox, "runs.question")
        assert box is not None
        assert "run 1" in box.text()
        button = next(b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == answer)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        kept(panel.studio)
        assert [run.number for run in panel.studio.runs.runs] == left
    assert sorted(path.name for path in panel.studio.runs.folder.iterdir()) == ["run-0002.grad", "run-0002.json"]


def test_two_chosen_runs_are_compared(panel: RunsPanel) -> None:
    """With two rows chosen the line below says in what they differ, from the older to the newer."""
    panel.view.selectAll()
    assert panel.says.whole.startswith("run 1 → run 2: learning rate 1 → 0.1, steps made 30 → 20")
    choose(panel, 0)
    assert panel.says.whole == ""


def test_what_is_passed_over_is_said(panel: RunsPanel, kept: Wait) -> None:
    """A file that is no run is told of below the table."""
    (panel.studio.runs.folder / "run-0009.json").write_text("{")
    panel.studio.runs.refresh()
    kept(panel.studio)
    panel.view.clearSelection()
    panel.refresh()
    assert panel.says.whole.startswith("Passed over: ")


def test_a_paused_run_can_be_continued(show: Callable[..., Any], kept: Wait, qtbot: Any) -> None:
    """A paused run says so, with what was changed on its way, and Continue brings it to its goal as one run."""
    panel = show(RunsPanel, size=(900, 300))
    studio = panel.studio
    studio.do(change_settings(studio.document, steps=2000))
    studio.train()
    qtbot.waitUntil(lambda: studio.session.step > 5)
    studio.do(change_settings(studio.document, learning_rate=0.5))
    studio.pause()
    kept(studio)
    (run,) = studio.runs.runs
    assert run.outcome is Outcome.PAUSED
    assert cell(panel, 0, Column.STEPS).startswith("paused · ")
    studio.train()
    kept(studio)
    (run,) = studio.runs.runs
    assert (run.outcome, run.step) == (Outcome.FINISHED, 2000)
    assert [(one.setting, one.old, one.new) for one in run.changes] == [("learning_rate", 1.0, 0.5)]
    assert "learning rate 1 → 0.5 at step" in panel.says.whole


def test_the_table_is_saved(panel: RunsPanel, tmp_path: Path) -> None:
    """The table is written in the order it is shown in, and that is said."""
    told: list[str] = []
    panel.studio.messageShown.connect(told.append)
    panel.save(tmp_path / "runs.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "runs.csv").read_text(encoding="utf-8"))))
    assert [(row["run"], row["learning_rate"]) for row in rows] == [("2", "0.1"), ("1", "1.0")]
    assert told == [f"Runs saved as {tmp_path / 'runs.csv'}."]


def test_the_menus_hold_what_keys_do(panel: RunsPanel) -> None:
    """The context menu of a row and the panel's own menu offer everything, also where buttons have no room."""
    panel.resize(230, 300)
    QApplication.processEvents()
    assert panel.restoring.isVisible()
    assert not panel.deleting.isVisible()
    assert panel.width() == 230
    QTest.keyClick(panel.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    menus = panel.more.menu().actions()
    assert [action.text().replace("&", "") for action in menus if action.text()] == [
        "Sort by", "Save as table (CSV)…", "Checkpoint while training", "Keep the best state too",
    ]  # fmt: skip
    every = next(a for m in panel.more.menu().findChildren(QMenu) for a in m.actions() if a.text() == "Every minute")
    every.trigger()
    assert panel.studio.session.keeping.wishes.every == 60.0


def test_times_are_short() -> None:
    """Seconds, minutes and hours in a few characters."""
    assert [duration(s) for s in (0.044, 8.25, 59, 200, 7500)] == [
        "0.044 s",
        "8.2 s",
        "59 s",
        "3 min 20 s",
        "2 h 5 min",
    ]
