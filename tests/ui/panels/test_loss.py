import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import change_settings, set_training
from gradstudio.document.course import Adjustment
from gradstudio.document.model import Training
from gradstudio.ui.panels import LossPanel
from gradstudio.ui.panels.changemarks import plain_tip, sentence


def with_history(studio, **columns):
    """Put a learning curve into a studio's document."""
    made = {name: np.asarray(column, np.float64) for name, column in columns.items()}
    studio.do(set_training(studio.document, Training(int(made["step"][-1]), history=made), "Train"))


def test_untrained_network_says_what_to_do(show):
    """Before training the panel says how to start it."""
    panel = show(LossPanel)
    assert panel.pages.currentWidget() is panel.notice
    assert "Press Train" in panel.notice.text.text()
    assert "Press Train" in panel.accessibleDescription()


def test_curve_is_live(show, qtbot, wait):
    """While training runs the curve grows; afterwards it ends at the step the network is at."""
    panel = show(LossPanel)
    studio = panel.studio
    lengths = []
    studio.snapshotTaken.connect(lambda _: lengths.append(len(panel.curve)))
    studio.train(3000)
    qtbot.waitUntil(lambda: studio.running and len(panel.curve) > 10)
    assert panel.pages.currentWidget() is panel.body
    wait(studio)
    assert len(set(lengths)) > 2
    np.testing.assert_array_equal(panel.curve.loss[:-1], studio.document.training.history["loss"])
    assert panel.curve.step[-1] == studio.document.training.step == 3000
    assert panel.curve.loss[-1] == studio.snapshot().loss


def test_readout_is_the_last_row(show, wait):
    """Without a cursor the readout tells the last recorded step, its loss and accuracy."""
    panel = show(LossPanel)
    with_history(panel.studio, step=[0, 10, 20], loss=[1.1, 0.5, 0.25], accuracy=[0.3, 0.8, 0.987])
    wait(panel.studio)
    assert panel.readout.text() == "step 20   loss 0.25   accuracy 98.7 %"
    assert panel.accessibleDescription() == "Loss 0.25 at step 20, 1.1 at the start. Accuracy 98.7 %."


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (460, "step 20   loss 0.25   accuracy 98.7 %"),
        (392, "step 20  loss 0.25  98.7 %"),
        (340, "step 20  loss 0.25"),
        (287, "loss 0.25"),
    ],
)
def test_readout_is_never_cut(show, wait, width, text):
    """In a narrow panel the readout says less, but no number is cut."""
    panel = show(LossPanel, size=(width, 260))
    with_history(panel.studio, step=[0, 10, 20], loss=[1.1, 0.5, 0.25], accuracy=[0.3, 0.8, 0.987])
    wait(panel.studio)
    assert panel.readout.text() == text
    assert panel.readout.fontMetrics().horizontalAdvance(text) <= panel.readout.width()


def test_history_of_an_opened_file_is_shown(show, wait):
    """A network that was trained before shows its curve at once."""
    first = show(LossPanel)
    with_history(first.studio, step=[0, 1], loss=[2.0, 1.0], accuracy=[np.nan, np.nan])
    panel = show(LossPanel, first.studio.document.copy())
    assert panel.curve.loss.tolist() == [2.0, 1.0]
    assert panel.plot.names[2] == ""


def test_the_rate_is_the_one_that_was_used(show, wait):
    """The learning rate drawn and told is the history's column, and constant where there is none, whatever is set."""
    panel = show(LossPanel)
    panel.more.rate.setChecked(True)
    with_history(panel.studio, step=[0, 1, 2], loss=[2, 1, 1], accuracy=[np.nan] * 3, learning_rate=[0.4, 0.4, 0.1])
    wait(panel.studio)
    assert panel._rate.y.tolist() == [1, 1, 0.25]
    assert panel.readout.text().endswith("rate 0.1")
    panel.studio.do(change_settings(panel.studio.document, schedule="cosine", learning_rate=7.0))
    assert panel._rate.y.tolist() == [1, 1, 0.25]


def trained_with_changes(studio):
    """A history of 100 steps in which things were changed at step 40 and 80."""
    history = {name: np.linspace(1, 0.5, 100) for name in ("loss", "accuracy")} | {"step": np.arange(100.0)}
    changes = (
        Adjustment(40, "learning_rate", 0.01, 0.001),
        Adjustment(40, "freeze", None, "hidden"),
        Adjustment(80, "plateau", 0.001, 0.0005),
    )
    studio.do(set_training(studio.document, Training(100, history=history, changes=changes), "Train"))


def test_changes_are_marked_and_told_at_the_mouse(show, wait, qtbot):
    """There is a mark for each step at which something was changed; pointing at it tells what, as readout and tip."""
    panel = show(LossPanel, size=(700, 300))
    trained_with_changes(panel.studio)
    wait(panel.studio)
    assert sorted(set(panel._marks.x.tolist())) == [40, 80]
    at, level = panel.plot.map().column(40.0), panel.plot.area().center().y()
    QTest.mouseMove(panel.plot, QPoint(round(at) + 2, round(level)))
    told = "step 40: learning rate 0.01 → 0.001; frozen: hidden"
    qtbot.waitUntil(lambda: panel.readout.text() == told)
    assert panel.plot.toolTip() == told
    QTest.mouseMove(panel.plot, QPoint(round(at) + 60, round(level)))
    qtbot.waitUntil(lambda: panel.readout.text().startswith("step 5"))
    assert not panel.plot.toolTip()
    ceiling = panel.plot.grab().toImage().pixelColor(round(at), round(panel.plot.area().top()) + 2)
    assert ceiling == panel._marks.color


def test_names_that_look_like_markup_are_shown_as_they_are():
    """A tip about a node called <b>x</b> has its name, and nothing bold."""
    words = sentence([Adjustment(3, "freeze", None, "<b>x</b>")])
    assert plain_tip(words) == "<qt>step 3: frozen: &lt;b&gt;x&lt;/b&gt;</qt>"
    assert plain_tip("step 3: seed 1 → 2") == "step 3: seed 1 → 2"


def test_changes_are_reached_by_key(show, wait):
    """The menu lists them; choosing one puts the cursor there, and screen readers hear it. The arrow keys do so too."""
    panel = show(LossPanel, size=(700, 300))
    trained_with_changes(panel.studio)
    wait(panel.studio)
    panel.more.menu().aboutToShow.emit()
    first, second = panel.more._changes.actions()
    assert second.text() == "step 80: plateau: learning rate 0.001 → 0.0005"
    first.trigger()
    assert panel.readout.text().startswith("step 40: learning rate")
    assert "frozen: hidden" in panel.accessibleDescription()
    QTest.keyClick(panel.plot, Qt.Key.Key_Right)
    assert panel.readout.text().startswith("step 41  ")
    QTest.keyClick(panel.plot, Qt.Key.Key_Left)
    assert panel.readout.text().startswith("step 40: ")


def test_changes_of_a_running_training_appear_at_once(show, qtbot):
    """A setting changed while it runs is a mark before the run ends."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.train(10**6)
    qtbot.waitUntil(lambda: studio.session.step > 100)
    studio.do(change_settings(studio.document, learning_rate=1e-4))
    qtbot.waitUntil(lambda: len(panel._marks.x) == 1)
    assert studio.running
    studio.pause()


def test_undo_shows_the_older_curve(show, wait):
    """Undoing a run brings the curve back that was there before; undoing all, the empty panel."""
    panel = show(LossPanel)
    studio = panel.studio
    studio.train(40)
    wait(studio)
    older = panel.curve.loss.copy()
    studio.train(40)
    wait(studio)
    assert len(panel.curve) > len(older)
    studio.undo()
    wait(studio)
    np.testing.assert_array_equal(panel.curve.loss, older)
    studio.undo()
    wait(studio)
    assert panel.pages.currentWidget() is panel.notice


def test_reset_clears_the_curve(show, wait):
    """Reset forgets the curve."""
    panel = show(LossPanel)
    panel.studio.train(20)
    wait(panel.studio)
    panel.studio.reset()
    wait(panel.studio)
    assert panel.pages.currentWidget() is panel.notice


def test_another_document_another_curve(show, wait):
    """Opening another network shows that network's history."""
    panel = show(LossPanel)
    panel.studio.train(20)
    wait(panel.studio)
    panel.studio.new()
    wait(panel.studio)
    assert panel.pages.currentWidget() is panel.notice


def test_hidden_panel_does_nothing(show, wait):
    """A hidden panel keeps what it showed, and catches up when it is shown again."""
    panel = show(LossPanel)
    panel.hide()
    panel.studio.train(20)
    wait(panel.studio)
    assert len(panel.curve) == 0
    panel.show()
    assert len(panel.curve) == 21


def test_hovering_reads_the_curve(show, wait):
    """The mouse over a step tells that step's numbers; away from the plot the newest come back."""
    panel = show(LossPanel)
    with_history(panel.studio, step=np.arange(101), loss=np.linspace(1, 0.5, 101), accuracy=np.full(101, 0.5))
    wait(panel.studio)
    panel.grab()
    x = float(panel.plot.map().x(40))
    QTest.mouseMove(panel.plot, QPoint(round(x), 100))
    assert panel.readout.text().startswith("step 40 ")
    QTest.mouseMove(panel.plot, QPoint(1, 1))
    assert panel.readout.text().startswith("step 100 ")


def test_keys_read_the_curve(show, wait):
    """The arrow keys walk the curve and tell a screen reader where they are."""
    panel = show(LossPanel)
    with_history(panel.studio, step=[0, 5, 10], loss=[3.0, 2.0, 1.0], accuracy=[np.nan] * 3)
    wait(panel.studio)
    QTest.keyClick(panel.plot, Qt.Key.Key_Left)
    assert panel.readout.text() == "step 5   loss 2"
    assert panel.accessibleDescription() == "step 5   loss 2"
    QTest.keyClick(panel.plot, Qt.Key.Key_Home)
    assert panel.readout.text() == "step 0   loss 3"
    QTest.keyClick(panel.plot, Qt.Key.Key_Escape)
    assert panel.readout.text() == "step 10   loss 1"


def test_log_axis(show, wait):
    """The log axis shows logarithms; a loss that has none leaves a gap."""
    panel = show(LossPanel)
    with_history(panel.studio, step=[0, 1, 2, 3], loss=[100.0, 0.0, 10.0, 1.0], accuracy=[np.nan] * 4)
    wait(panel.studio)
    QTest.mouseClick(panel.log, Qt.MouseButton.LeftButton)
    drawn = panel.plot.layers[-2]
    np.testing.assert_allclose(drawn.y, [2.0, np.nan, 1.0, 0.0])
    assert panel.plot.left.log
    assert panel.plot.left.low < 0.0
    assert panel.plot.left.high > 2.0
    panel.grab()


def test_smoothing_keeps_the_curve_behind(show, wait):
    """Smoothing draws a mean in front of the curve itself; switching it off leaves the curve alone."""
    panel = show(LossPanel)
    loss = 1 + np.tile([-0.1, 0.1], 500)
    with_history(panel.studio, step=np.arange(1000), loss=loss, accuracy=np.full(1000, np.nan))
    wait(panel.studio)
    raw, _, drawn, _ = panel.plot.layers[-4:]
    assert np.ptp(drawn.y) == pytest.approx(0.2)
    QTest.mouseClick(panel.smooth, Qt.MouseButton.LeftButton)
    assert np.ptp(drawn.y[50:-50]) < 0.05
    assert np.ptp(raw.y) == pytest.approx(0.2)
    QTest.mouseClick(panel.smooth, Qt.MouseButton.LeftButton)
    assert len(raw.y) == 0


def test_zoom_shows_more_of_less(show, wait):
    """Zoomed in, a long curve is drawn with its own points; beyond its ends nothing can be chosen."""
    panel = show(LossPanel)
    steps = np.arange(20_000)
    with_history(panel.studio, step=steps, loss=np.sin(steps) + 2, accuracy=np.full(20_000, np.nan))
    wait(panel.studio)
    drawn = panel.plot.layers[-2]
    assert len(drawn.x) < 3000
    panel.plot._choose(100, 160)
    assert drawn.x[0] <= 100
    assert drawn.x[-1] >= 160
    assert len(drawn.x) < 70
    panel.plot._choose(-1e6, 1e6)
    assert (panel.plot.bottom.low, panel.plot.bottom.high) == (0, 19_999)
    assert not panel.plot.zoomed
