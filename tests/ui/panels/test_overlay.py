"""The loss panel's runs laid over each other, its further curves and axes, and what it saves."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from gradstudio.document.commands import change_settings
from gradstudio.ui.curves import LearningCurve
from gradstudio.ui.overlay import KEPT, goes_on, worth_drawing
from gradstudio.ui.panels import LossPanel
from gradstudio.ui.theme import LIGHT
from tests.ui.panels.test_loss import with_history


def history(loss, stride=1):
    """A curve of these losses."""
    step = np.arange(len(loss), dtype=np.float64) * stride
    return {"step": step, "loss": np.asarray(loss, np.float64), "accuracy": np.full(len(loss), np.nan)}


def curve(*loss, stride=1):
    """A learning curve of these losses."""
    return LearningCurve.of(history(loss, stride))


@pytest.fixture
def kept(wait):
    """Waits until a studio is at rest and its runs are kept."""

    def settle(studio):
        wait(studio)
        assert studio.runs.wait()
        QApplication.processEvents()

    return settle


def test_what_goes_on_is_told_from_what_went_another_way():
    """A curve goes on from another if it is equal wherever both have a row, however rows are thinned out."""
    falling = np.linspace(2, 1, 50).tolist()
    assert goes_on(curve(*falling[:20]), curve(*falling))
    assert goes_on(curve(*falling), curve(*falling[::2], 0.9, stride=2))
    assert not goes_on(curve(*falling), curve(*falling[:20]))
    assert not goes_on(curve(2.0, 1.5), curve(2.0, 1.4, 1.3))
    assert not goes_on(curve(2.0), curve())


def test_runs_that_are_part_of_others_are_not_drawn():
    """Of runs that went on from each other the last is drawn; none the present training has gone on from."""
    first, on, other = curve(3.0, 2.0, 1.0), curve(3.0, 2.0, 1.0, 0.5), curve(3.0, 2.5, 2.4)
    assert worth_drawing({1: first, 2: on, 3: other}, curve()) == {2, 3}
    assert worth_drawing({1: first, 2: on, 3: other}, curve(3.0, 2.0, 1.0, 0.5, 0.4)) == {3}
    assert worth_drawing({1: curve(3.0, 2.0)}, curve()) == frozenset()


def test_few_runs_are_drawn_unasked():
    """Of many runs that went other ways the newest are drawn."""
    many = {k: curve(float(k), 1.0, 0.5) for k in range(1, KEPT + 5)}
    assert worth_drawing(many, curve()) == set(range(5, KEPT + 5))


def test_earlier_runs_lie_behind(show, kept):
    """Trained, reset and trained otherwise: the first run is drawn behind the second, told in words, and can go."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.train(30)
    kept(studio)
    first = panel.curve.loss[:-1]
    studio.reset()
    studio.do(lambda: change_settings(studio.document, learning_rate=0.1))
    studio.train(20)
    kept(studio)
    behind = panel._earlier[0]
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
    panel.more.forgotten.emit()
    assert len(behind.x) == 0


def test_undo_lays_the_longer_run_behind(show, kept):
    """After an undo the run that was longer is behind; redone it is the present one, and no longer behind."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.train(10)
    kept(studio)
    studio.train(10)
    kept(studio)
    assert studio.runs.behind() == ()
    studio.undo()
    kept(studio)
    assert [run.number for run in studio.runs.behind()] == [2]
    studio.redo()
    kept(studio)
    assert studio.runs.behind() == ()


def test_names_are_shown_as_they_are(show, kept):
    """A run's name may look like markup: it is text all the same."""
    panel = show(LossPanel)
    panel.studio.train(10)
    kept(panel.studio)
    panel.studio.runs.rename(1, "<b>bold</b>")
    panel.studio.reset()
    panel.studio.train(5)
    kept(panel.studio)
    assert "&lt;b&gt;bold" in panel.others.text()


def test_runs_are_kept_while_hidden(show, kept):
    """A run made while the panel was hidden is there for comparison when it is shown."""
    panel = show(LossPanel)
    panel.hide()
    panel.studio.train(10)
    kept(panel.studio)
    panel.studio.reset()
    panel.studio.train(5)
    kept(panel.studio)
    panel.show()
    assert len(panel._earlier[0].x) == 10


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


def test_the_learning_rate_is_drawn_as_it_was(show, wait):
    """Asked for, the rate every step was made with is drawn and told."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.do(lambda: change_settings(studio.document, schedule="cosine", learning_rate=0.5, steps=100))
    studio.train(100)
    wait(studio)
    panel.more.rate.trigger()
    rates = panel._rates(panel.curve.step)
    assert rates[0] == pytest.approx(0.5)
    assert rates[50] == pytest.approx(0.25, abs=0.01)
    assert len(panel._rate.x) == 101
    assert "rate " in panel._numbers(0)[0]


def test_the_curves_are_saved_as_a_table(show, kept, tmp_path):
    """CSV holds every row of every run that is shown, in full precision, and says where it is."""
    panel = show(LossPanel)
    told: list[str] = []
    panel.studio.messageShown.connect(told.append)
    panel.studio.train(6)
    kept(panel.studio)
    panel.studio.reset()
    panel.studio.train(4)
    kept(panel.studio)
    kept = panel.curve.loss
    panel.save(tmp_path / "curve.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "curve.csv").read_text(encoding="utf-8"))))
    assert [row["run"] for row in rows] == ["run 1"] * 6 + ["run 2"] * 5
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
