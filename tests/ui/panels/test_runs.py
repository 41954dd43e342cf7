"""The loss panel's runs laid over each other, its further curves and axes, and what it saves."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from gradstudio.document.commands import change_settings
from gradstudio.ui.panels import LossPanel
from gradstudio.ui.panels.runs import KEPT, Runs
from gradstudio.ui.theme import LIGHT
from tests.ui.panels.test_loss import with_history


def history(loss, stride=1):
    """A curve of these losses."""
    step = np.arange(len(loss), dtype=np.float64) * stride
    return {"step": step, "loss": np.asarray(loss, np.float64), "accuracy": np.full(len(loss), np.nan)}


def test_a_run_that_went_another_way_is_kept():
    """Reset and trained anew, the older run is kept; going on, or thinning rows out, makes no new run."""
    runs = Runs()
    falling = np.linspace(2, 1, 50)
    runs.note(history(falling[:20]), "adam 0.01")
    runs.note(history(falling), "adam 0.01")
    runs.note(history([*falling[::2], 0.9], stride=2), "adam 0.01")
    assert not runs.earlier
    runs.note({}, "adam 0.01")
    runs.note(history([2.0, 1.5, 1.2, 1.1]), "sgd 1")
    (kept,) = runs.earlier
    assert (kept.number, kept.how, len(kept.curve)) == (1, "adam 0.01", 26)
    assert runs.number == 2


def test_undo_and_redo_keep_each_run_once():
    """After an undo the longer run is behind; done again it is the present one once more, and no longer behind."""
    runs = Runs()
    falling = np.linspace(2, 1, 50)
    runs.note(history(falling[:20]), "")
    runs.note(history(falling), "")
    runs.note(history(falling[:20]), "")
    assert [len(run.curve) for run in runs.earlier] == [50]
    runs.note(history(falling), "")
    assert not runs.earlier
    assert runs.number == 1


def test_runs_are_bounded():
    """Only the newest runs are kept, however many there were."""
    runs = Runs()
    for k in range(KEPT + 4):
        runs.note(history([float(k), 1.0, 0.5]), f"run {k}")
        runs.note({}, "")
    hows = [run.how for run in runs.earlier]
    assert hows == [f"run {k}" for k in range(4, KEPT + 4)]


def test_earlier_runs_lie_behind(show, wait):
    """Trained, reset and trained otherwise: the first run is drawn behind the second, told in words, and can go."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.train(30)
    wait(studio)
    first = panel.curve.loss[:-1]
    studio.reset()
    studio.do(lambda: change_settings(studio.document, learning_rate=0.1))
    studio.train(20)
    wait(studio)
    behind = panel.plot.layers[0]
    np.testing.assert_array_equal(behind.y, first)
    assert panel.plot.bottom.high == 29
    assert f"run 1 (sgd 1): {first[-1]:.4g}" in panel.others.text()
    panel.grab()
    QTest.mouseMove(panel.plot, QPoint(round(float(panel.plot.map().x(10))), 100))
    at = int(np.flatnonzero(panel.curve.step == panel.curve.step[panel._at])[0])
    assert f"run 1 (sgd 1): {first[at]:.4g}" in panel.others.text()
    panel.more.earlier.trigger()
    assert len(behind.x) == 0
    assert panel.others.isHidden()
    panel.more.earlier.trigger()
    panel._forget_earlier()
    assert len(behind.x) == 0


def test_runs_are_noted_while_hidden(show, wait):
    """A run made while the panel was hidden is there for comparison when it is shown."""
    panel = show(LossPanel)
    panel.hide()
    panel.studio.train(10)
    wait(panel.studio)
    panel.studio.reset()
    panel.studio.train(5)
    wait(panel.studio)
    panel.show()
    assert len(panel.plot.layers[0].x) == 10


def test_validation_is_drawn_beside(show, wait):
    """Where the history has a loss on other samples, it is drawn and told beside that of training."""
    panel = show(LossPanel)
    columns = {"step": [0, 1, 2], "loss": [3.0, 2.0, 1.0], "accuracy": [np.nan] * 3}
    with_history(panel.studio, **columns, validation_loss=[3.1, 2.5, 2.4], validation_accuracy=[0.1, 0.2, 0.3])
    wait(panel.studio)
    checked = panel.plot.layers[-3]
    np.testing.assert_array_equal(checked.y, [3.1, 2.5, 2.4])
    assert "validation 2.4" in panel._numbers(2)[0]
    assert panel.plot.names[2] == "accuracy"


def test_both_axes_can_be_logarithmic(show, wait):
    """With a log axis of steps, step 0 has no place, the others theirs; the mouse reads the step it is at."""
    panel = show(LossPanel)
    with_history(panel.studio, **history(np.linspace(2, 1, 101)))
    wait(panel.studio)
    panel.more.log_steps.trigger()
    drawn = panel.plot.layers[-2]
    np.testing.assert_allclose(drawn.x, np.log10(np.arange(1, 101)))
    assert panel.plot.bottom.log
    panel.grab()
    QTest.mouseMove(panel.plot, QPoint(round(float(panel.plot.map().x(1.0))), 100))
    assert panel.readout.text().startswith("step 10 ")


def test_the_learning_rate_is_drawn_as_it_is_set(show, wait):
    """Asked for, the rate of every step by the schedule in force is drawn and told."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.do(lambda: change_settings(studio.document, schedule="cosine", learning_rate=0.5, steps=100))
    with_history(studio, **history(np.linspace(2, 1, 101)))
    wait(studio)
    panel.more.rate.trigger()
    rates = panel._rates(panel.curve.step)
    assert rates[0] == pytest.approx(0.5)
    assert rates[50] == pytest.approx(0.25, abs=0.01)
    assert len(panel.plot.layers[KEPT].x) == 101
    assert "rate " in panel._numbers(0)[0]


def test_the_curves_are_saved_as_a_table(show, wait, tmp_path):
    """CSV holds every row of every run that is shown, in full precision, and says where it is."""
    panel = show(LossPanel)
    told: list[str] = []
    panel.studio.messageShown.connect(told.append)
    panel.studio.train(6)
    wait(panel.studio)
    panel.studio.reset()
    panel.studio.train(4)
    wait(panel.studio)
    kept = panel.curve.loss
    panel.save(tmp_path / "curve.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "curve.csv").read_text(encoding="utf-8"))))
    assert [row["run"] for row in rows] == ["1"] * 6 + ["2"] * 5
    assert [float(row["loss"]) for row in rows[6:]] == kept.tolist()
    assert set(rows[0]) == {"run", "how", "step", "loss", "accuracy"}
    assert told[-1] == f"Learning curve saved as {tmp_path / 'curve.csv'}."


def test_the_plot_is_saved_as_a_picture(show, wait, tmp_path, qtbot):
    """PNG is twice as fine as the screen, SVG holds text and lines; a name asked for leads there; refusals are told."""
    panel = show(LossPanel)
    panel.studio.train(50)
    wait(panel.studio)
    panel.save(tmp_path / "curve.svg")
    assert b"<svg" in (tmp_path / "curve.svg").read_bytes()[:400]
    dialog = panel.ask_where("png")
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "curve.png"))
    dialog.close()
    image = QImage(str(tmp_path / "curve.png"))
    assert image.width() == 2 * panel.plot.width()
    told: list[str] = []
    panel.studio.messageShown.connect(told.append)
    panel.save(tmp_path / "nowhere" / "curve.png")
    assert "nowhere" in told[-1]


def test_the_menu_is_reached_by_keyboard_and_dressed(show, wait):
    """The menu button takes the focus and names itself; both themes paint the panel."""
    panel = show(LossPanel)
    panel.studio.train(10)
    wait(panel.studio)
    assert panel.more.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert panel.more.accessibleName()
    before = panel.grab().toImage()
    panel.studio.set_theme(LIGHT)
    assert panel.grab().toImage() != before
