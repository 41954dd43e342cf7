"""A sweep in the window: asked for, trained beside, shown, opened, taken over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from gradstudio.document import commands
from gradstudio.runs import Outcome
from gradstudio.ui.dialogs.sweep import SweepDialog
from gradstudio.ui.sweeps import show_sweep
from tests.training.networks import spiral
from tests.ui.conftest import example

PATIENCE = 60_000


@pytest.fixture
def opened(make_window: Any) -> Any:
    """A window with the spiral classifier, its sweep dialog open and asking for little."""
    window = make_window(spiral())
    window.actions_by_id["sweep"].trigger()
    (dialog,) = window.findChildren(SweepDialog)
    dialog.form.varies.rows[0].field.setText("0.00001,0.05")
    dialog.form.steps.setValue(10)
    return window, dialog


def carried_out(dialog: SweepDialog, qtbot: Any) -> None:
    """The sweep asked for, to its end."""
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.start.text() == "&Start", timeout=PATIENCE)


def column(dialog: SweepDialog, number: int) -> list[str]:
    """The texts of a column of the table."""
    model = dialog.results.model
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


def test_what_varies_is_chosen_from_a_list(opened: Any) -> None:
    """Settings and params are offered with values worth trying; what is typed is told, and counted."""
    _, dialog = opened
    row = dialog.form.varies.add("hidden.units")
    assert row.combo.currentText() == "hidden: units"
    assert row.field.text() == "10,20,40"
    assert row.told.text() == "3 values: 10, 20, 40"
    assert dialog.told.text().startswith("6 trials.")
    row.combo.setCurrentIndex(row.combo.findData("optimizer"))
    assert row.field.text().startswith("sgd,momentum,")
    dialog.form.random.setChecked(True)
    assert dialog.told.text().startswith("14 trials.")
    row.away.click()
    assert len(dialog.form.varies.rows) == 1


def test_enter_in_a_field_starts_it(opened: Any, qtbot: Any) -> None:
    """Enter begins the sweep that is typed, and doesn't close the dialog; while it runs it stops nothing."""
    _, dialog = opened
    assert not dialog.results.over.isVisible()
    dialog.form.varies.rows[0].field.setText("0.1,0.2")
    QTest.keyClick(dialog.form.varies.rows[0].field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.start.text() == "&Stop"
    assert not dialog.start.isDefault()
    qtbot.waitUntil(lambda: dialog.start.text() == "&Start", timeout=PATIENCE)
    assert dialog.results.model.rowCount() == 2
    assert dialog.results.over.isVisible()


@pytest.mark.parametrize(
    ("text", "told"),
    [("1..0", "the larger end comes last"), ("0.1..1", "needs a number of values"), ("", "needs values"),
     ("quick", "needs a number, found “quick”")],
)  # fmt: skip
def test_wrong_values_are_told_at_their_field(opened: Any, text: str, told: str) -> None:
    """What can't be swept over is said below its field, and nothing can be started."""
    _, dialog = opened
    row = dialog.form.varies.rows[0]
    row.field.setText(text)
    assert told in row.told.text()
    assert row.told.property("role") == "error"
    assert not dialog.start.isEnabled()


def test_trials_are_trained_and_shown(opened: Any, qtbot: Any) -> None:
    """Every trial comes to its end in the background; the best comes first, is marked and told; the network stays."""
    window, dialog = opened
    before = window.studio.document.revision
    carried_out(dialog, qtbot)
    assert window.studio.document.revision == before
    assert column(dialog, 0) == ["2", "1"]
    assert column(dialog, 1) == ["★ best", "done"]
    accuracy = next(n for n in range(9) if dialog.results.model.headerData(n, Qt.Orientation.Horizontal) == "accuracy")
    assert all(text.endswith(" %") for text in column(dialog, accuracy))
    assert dialog.told.text().startswith("2 of 2 trials done; best: learning rate 0.05, loss ")
    assert dialog.progress.value() == 1000
    assert dialog.results.table.isColumnHidden(dialog.results.model.metric_column + 1)
    dialog.results.table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert column(dialog, 0) == ["1", "2"]


def test_a_trial_is_opened_and_taken_over_by_key(opened: Any, qtbot: Any) -> None:
    """Enter opens the trained network in a window of its own; Ctrl+Enter takes the values over, as one undo step."""
    window, dialog = opened
    carried_out(dialog, qtbot)
    dialog.results.table.selectRow(0)
    QTest.keyClick(dialog.results.table, Qt.Key.Key_Return)
    other = window.windows.all[-1]
    assert other is not window
    assert other.studio.name == "untitled-sweep1-2.grad"
    assert other.studio.document.training.step == 10
    assert other.studio.document.settings.learning_rate == 0.05
    other.close_now()
    QTest.keyClick(dialog.results.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.studio.document.settings.learning_rate == 0.05
    window.studio.undo()
    assert window.studio.document.settings.learning_rate == 0.02


def test_a_click_in_the_drawing_chooses_the_trial(opened: Any, qtbot: Any) -> None:
    """Points and lines lead to their rows; the row that is current stands out."""
    _, dialog = opened
    carried_out(dialog, qtbot)
    for over in ("", "learning_rate"):
        dialog.results.plot.over = over
        for one, points in dialog.results.plot._lines():
            at = points[0] if len(points) == 1 else QPointF(points[0] * 0.4 + points[1] * 0.6)
            QTest.mouseClick(dialog.results.plot, Qt.MouseButton.LeftButton, pos=at.toPoint())
            assert dialog.results.model.trials[dialog.results.table.currentIndex().row()].number == one.trial.number
            assert dialog.results.plot.chosen == one.trial.number


def test_it_pauses_stops_and_goes_on(opened: Any, qtbot: Any) -> None:
    """Stopped, what is done stays; started again with the same plan only the rest is trained."""
    _, dialog = opened
    rows = dialog.form.varies
    rows.rows[0].combo.setCurrentIndex(rows.rows[0].combo.findData("steps"))
    rows.rows[0].field.setText("5,100000000")
    dialog.start.click()
    assert dialog.start.text() == "&Stop"
    assert not dialog.form.isEnabled()
    qtbot.waitUntil(lambda: len(dialog.sweeping.done) == 1 and bool(dialog.sweeping.underway), timeout=PATIENCE)
    dialog.pause.click()
    assert dialog.pause.text() == "&Go on"
    dialog.pause.click()
    assert dialog.pause.text() == "&Pause"
    dialog.start.click()
    assert dialog.start.text() == "&Start"
    assert [one.run.outcome for one in dialog.sweeping.done] == [Outcome.FINISHED]
    first = dialog.sweeping.done[0]
    dialog.start.click()
    assert dialog.sweeping.done == (first,)
    dialog.end()


def test_it_goes_on_while_it_is_hidden_and_ends_with_the_network(opened: Any, qtbot: Any) -> None:
    """Closed, the sweep goes on, and the action shows it again; another network ends it."""
    window, dialog = opened
    dialog.form.steps.setValue(10**8)
    dialog.start.click()
    dialog.close()
    sweeping = dialog.sweeping
    assert sweeping.running
    assert show_sweep(window) is dialog
    assert dialog.isVisible()
    window.studio.open_document(example("sum-times-z"), None)
    assert not sweeping.running


def test_trials_of_a_saved_network_are_its_runs(opened: Any, qtbot: Any, tmp_path: Path) -> None:
    """Where the network has a file every trial is kept beside it, and the window's list of runs has them."""
    window, dialog = opened
    assert "Save the network first to keep them as runs." in dialog.told.text()
    window.studio.save(tmp_path / "net.grad")
    carried_out(dialog, qtbot)
    runs = window.studio.runs
    qtbot.waitUntil(lambda: len(runs.runs) == 2, timeout=PATIENCE)
    assert [run.name for run in runs.runs] == ["sweep1 #1", "sweep1 #2"]
    dialog.form.varies.rows[0].field.setText("0.3")
    dialog.form.name.setText("sweep1")
    assert dialog.told.text() == "There is a sweep “sweep1” already: choose another name."
    dialog.form.name.setText("")
    assert dialog.form.name.placeholderText() == "sweep2"


def test_an_earlier_sweep_is_shown_and_gone_on_with(opened: Any, qtbot: Any, tmp_path: Path) -> None:
    """A kept sweep comes back with form and results; what is missing is made, unless the network is another now."""
    window, dialog = opened
    window.studio.save(tmp_path / "net.grad")
    carried_out(dialog, qtbot)
    qtbot.waitUntil(lambda: len(window.studio.runs.runs) == 2, timeout=PATIENCE)
    window.studio.runs.delete([1])
    qtbot.waitUntil(lambda: len(window.studio.runs.runs) == 1, timeout=PATIENCE)
    dialog.deleteLater()
    again = SweepDialog(window.studio, dialog._home, window)
    again.show()
    again._list_earlier()
    (action,) = again._menu.actions()
    assert action.text() == "sweep1 (1 trial)"
    action.trigger()
    qtbot.waitUntil(lambda: again.sweeping is not None, timeout=PATIENCE)
    assert column(again, 1) == ["★ best", "waiting"]
    assert again.form.varies.rows[0].field.text() == "1e-05,0.05"
    carried_out(again, qtbot)
    assert again.sweeping is not None
    assert [one.run.number for one in again.sweeping.done] == [3, 2]
    document = window.studio.document
    window.studio.do(commands.set_param(document, [document.named("hidden").id], "units", 4))
    again.sweeping = None
    again.show_earlier("sweep1")
    qtbot.waitUntil(lambda: again.sweeping is not None, timeout=PATIENCE)
    assert "The network has changed since: Start tries anew." in again.told.text()
    assert column(again, 1) == ["★ best", "done"]
