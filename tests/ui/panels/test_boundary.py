"""The boundary panel: the network's answers as colours, samples as points, and one of them sent through."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.ui.panels.boundary import AT_REST, WHILE_TRAINING, WORTH, BoundaryPanel, scale_of, side_for
from gradstudio.ui.panels.plane import class_color, class_surface
from gradstudio.ui.samples import Samples
from gradstudio.ui.theme import DARK, LIGHT
from tests.insight.classifiers import answered, digits
from tests.insight.test_boundary import XOR, typed

LEFT = Qt.MouseButton.LeftButton


def boundary(studio):
    """A boundary panel with samples of its own."""
    return BoundaryPanel(studio, Samples(studio))


def test_surface_and_points_are_the_networks(show):
    """The image has the colours of what the network says, cell by cell; points have those of their class."""
    panel = show(boundary)
    seen = panel.seen
    assert seen.surface.shape == (AT_REST, AT_REST, 3)
    image = panel.plot.surface.image
    expected = class_surface(DARK, seen.surface)
    for row, column in ((0, 0), (40, 71), (95, 95)):
        assert image.pixelColor(column, row).getRgb()[:3] == tuple(expected[row, column].tolist())
    assert [c.name() for c in panel.plot.points.fills] == [class_color(DARK, k).name() for k in seen.truth.tolist()]
    wrong = int(seen.wrong.sum())
    assert panel.score.whole == f"{300 - wrong} of 300 points right  ·  {wrong} wrong, ringed"
    assert panel.plot.names == ("x1", "x2", "")


def test_colours_mix_as_the_network_doubts():
    """A certain class has a half of its own colour, the rest is the sheet's; in doubt the classes' colours mix."""
    colors = (DARK.color("panel"), class_color(DARK, 0), class_color(DARK, 1))
    sheet, first, second = (np.array([c.red(), c.green(), c.blue()]) for c in colors)
    painted = class_surface(DARK, np.array([[[1.0, 0.0], [0.5, 0.5]]])).astype(float)
    np.testing.assert_allclose(painted[0, 0], (sheet + first) / 2, atol=1)
    np.testing.assert_allclose(painted[0, 1], (2 * sheet + first + second) / 4, atol=1)


def test_it_follows_training(show, wait):
    """After training the picture is that of the trained network, and rings only what is still wrong."""
    panel = show(boundary)
    before = panel.seen
    panel.studio.train(400)
    wait(panel.studio)
    assert panel.seen.step == 400
    assert panel.seen.wrong.sum() < before.wrong.sum()
    np.testing.assert_array_equal(panel.plot.points.ringed, panel.seen.wrong)
    assert 1 - panel.seen.wrong.mean() == pytest.approx(panel.studio.snapshot().accuracy)


def test_the_grid_is_as_fine_as_time_allows():
    """While training runs a slow network is asked at fewer places; each grid costs no more than a look may."""
    assert side_for(0.0) == WHILE_TRAINING[0]
    assert side_for(WORTH / 33**2) == 32
    assert side_for(1.0) == WHILE_TRAINING[-1]


def test_a_click_sends_a_sample_through(show, wait):
    """A click on a point shows every value of that sample alone; Escape's way back shows the batch again."""
    panel = show(boundary)
    studio, samples = panel.studio, panel.samples
    scores = studio.document.named("scores").id
    assert studio.snapshot().values[scores, "z"].shape == (300, 3)
    QTest.mouseClick(panel.plot, LEFT, pos=panel.plot.place_of(250).toPoint())
    clicked = panel.plot.points.chosen
    wait(studio)
    assert samples.number == clicked
    assert studio.snapshot().values[scores, "z"].shape == (1, 3)
    assert studio.snapshot().gradients[scores, "z"].shape == (1, 3)
    wire = studio.document.wires_out_of(scores)[0].id
    assert studio.snapshot().contributions[wire].shape == (1, 3)
    assert samples.seen.truth == panel.seen.truth[clicked]
    assert samples.seen.answer == panel.seen.answers[clicked].argmax()
    assert panel.plot.points.sent == clicked
    samples.leave()
    wait(studio)
    assert studio.snapshot().values[scores, "z"].shape == (300, 3)
    assert panel.plot.points.sent == -1


def test_points_are_reached_by_keyboard(show, wait):
    """Arrow keys go from point to point and say what is there; Enter sends the sample through."""
    panel = show(boundary)
    panel.plot.setFocus()
    for _ in range(3):
        QTest.keyClick(panel.plot, Qt.Key.Key_Right)
    assert panel.plot.points.chosen == 2
    assert panel.word.whole.startswith("Sample 3 at ")
    assert "class 0, the network says" in panel.word.whole
    assert panel.accessibleDescription() == panel.word.whole
    QTest.keyClick(panel.plot, Qt.Key.Key_Return)
    wait(panel.studio)
    assert panel.samples.number == 2


def test_a_row_held_back_goes_through_too(show, wait):
    """A square is a sample of the validation part: sent through it has its own truth and name, and is framed."""
    with answered():
        panel = show(boundary, digits())
        studio, seen = panel.studio, panel.seen
        at = int(np.flatnonzero(seen.numbers < 0)[3])
        QTest.mouseClick(panel.plot, LEFT, pos=panel.plot.place_of(at).toPoint())
        clicked = panel.plot.points.chosen
        wait(studio)
        assert panel.samples.part == "validation" or seen.numbers[clicked] >= 0
        panel._send(at)
        wait(studio)
        assert (panel.samples.number, panel.samples.part) == (-1 - seen.numbers[at], "validation")
        assert panel.samples.seen.truth == seen.truth[at]
        assert panel.samples.seen.names == tuple("0123456789")
        assert panel.plot.points.sent == at
        panel.samples.show(panel.samples.number, "test")
        assert panel.plot.points.sent == -1
        panel.samples.leave()
        wait(studio)


def test_regressions_have_a_scale(show, wait):
    """Where the output is one number its range is said, and the colours reach from one end to the other."""
    panel = show(boundary, typed(XOR, [[0.0], [1.0], [2.0], [3.0]]))
    low, high = scale_of(panel.seen)
    assert high >= 3.0
    assert panel.score.whole == f"line from {low:.3g} (blue) to {high:.3g} (orange)"
    assert not panel.plot.points.ringed.any()


def test_more_features_have_a_choice_of_planes(show, wait):
    """Of five features the components are shown first; two chosen by name come instead."""
    x = np.random.default_rng(0).standard_normal((30, 5))
    panel = show(boundary, typed(x.tolist(), x[:, :1].tolist()))
    assert panel.plot.names[0] == "first component"
    panel.plane.setFocus()
    QTest.keyClick(panel.plane, Qt.Key.Key_Down)
    wait(panel.studio)
    panel.across.setFocus()
    QTest.keyClick(panel.across, Qt.Key.Key_End)
    wait(panel.studio)
    assert panel.plot.names == ("x5", "x2", "")
    np.testing.assert_allclose(panel.seen.places, x[:, [4, 1]])


def test_circuits_say_why_there_is_none(show):
    """A network without samples says what is missing."""
    panel = show(boundary, "product")
    assert panel.pages.currentWidget() is panel.notice
    assert "no answer for each sample" in panel.notice.text.text()


def test_it_sleeps_when_hidden_and_takes_both_themes(show):
    """Hidden it looks at nothing; in the light theme the same surface has other colours."""
    panel = show(boundary)
    before = panel.plot.surface.image.pixelColor(0, 0)
    panel.studio.set_theme(LIGHT)
    assert panel.plot.surface.image.pixelColor(0, 0) != before
    panel.hide()
    assert not panel.studio.session.watch.looks


def test_the_panel_stays_as_narrow_as_its_dock(show):
    """Choosers and legend of many classes and features ask for no more width than a dock has."""
    x = np.random.default_rng(0).standard_normal((30, 5))
    panel = show(boundary, typed(x.tolist(), x[:, :1].tolist()), size=(300, 260))
    panel.plane.setCurrentIndex(1)
    panel._choose()
    panel.legend.setText(" ● 0" * 10)
    assert panel.minimumSizeHint().width() <= 300
    assert panel.width() == 300


def test_it_is_live_while_training_runs(show, qtbot):
    """During a run the picture comes anew again and again, each of a later step, coarser than at rest."""
    panel = show(boundary)
    assert not all(look.whole for look in panel.studio.session.watch.looks), "it is prepared at rest"
    steps = []
    panel.studio.snapshotTaken.connect(lambda _: steps.append(panel.seen.step))
    panel.studio.train(1_000_000)
    qtbot.waitUntil(lambda: len(set(steps)) > 2, timeout=20_000)
    assert panel.studio.running
    assert panel.look.side in WHILE_TRAINING
    assert not panel.look.whole
    assert steps == sorted(steps)
    panel.studio.pause()
