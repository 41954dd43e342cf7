"""The gradients panel over time and along the depth: trails, the flow, and how far updates move parameters."""

import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import change_settings
from gradstudio.insight.updates import UpdatesLook
from gradstudio.training.snapshot import Distribution, GradientRow
from gradstudio.ui.panels import GradientsPanel
from gradstudio.ui.panels.row_paint import ROOMY, Columns, Last
from gradstudio.ui.panels.trails import LONGEST, Trails
from gradstudio.ui.theme import LIGHT
from tests.ui.panels.test_multiples import deep

LEFT = Qt.MouseButton.LeftButton


def row(norm, node=1):
    """A row with a norm."""
    return GradientRow("w", node, "W", norm, 1.0, Distribution(np.array([1]), np.zeros(2)))


def test_norms_are_kept_over_the_steps(show, wait):
    """Each row keeps its norms at the steps somebody saw, the last being that of now; another network begins anew."""
    panel = show(GradientsPanel)
    first = panel.model.rows[0]
    panel.studio.train(40)
    wait(panel.studio)
    trail = panel.model.trails.of(panel.model.rows[0])
    assert panel.model.trails.steps[0] == 0
    assert panel.model.trails.steps[-1] == 40
    assert trail[0] == first.norm
    assert trail[-1] == panel.model.rows[0].norm
    panel.studio.reset()
    wait(panel.studio)
    assert panel.model.trails.steps == [0]


def test_trails_are_bounded_and_evenly_spread():
    """However long training goes on a trail has a bounded number of points from all of it, evenly spread."""
    trails = Trails()
    for step in range(0, 30_000, 10):
        trails.note(step, [row(float(step)), *([row(1.0, node=2)] if step > 100 else [])])
    assert LONGEST // 3 < len(trails.steps) <= LONGEST
    np.testing.assert_array_equal(trails.of(row(0.0)), trails.steps)
    assert trails.steps[0] == 0
    assert trails.steps[-1] > 29_000
    assert max(np.diff(trails.steps)) <= 4 * min(np.diff(trails.steps))
    late = trails.of(row(0.0, node=2))
    assert len(late) == len(trails.steps)
    assert math.isnan(late[0])
    trails.note(5, [row(5.0)])
    assert trails.steps == [5]


def test_ratios_are_those_of_the_next_step(show, wait):
    """Update ÷ size is what the next step does to a parameter; it is in the row, its tooltip and its spoken text."""
    panel = show(GradientsPanel)
    studio = panel.studio
    studio.do(change_settings(studio.document, optimizer="adam", learning_rate=0.02))
    studio.train(5)
    wait(studio)
    hidden = studio.document.named("hidden").id
    ratio = studio.snapshot().seen[UpdatesLook()].ratios[hidden, "W"]
    before = studio.document.training.parameters[f"{hidden}.W"]
    index = panel.model.index(0)
    assert panel.model.shown(0).ratio == ratio
    assert f"{ratio:.3g}" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert f"update ÷ size {ratio:.2g}" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    studio.step_once()
    wait(studio)
    after = studio.document.training.parameters[f"{hidden}.W"]
    assert np.linalg.norm(after - before) / np.linalg.norm(before) == pytest.approx(ratio, rel=1e-4)


def test_ratios_follow_the_rate_at_rest(show, wait):
    """Another learning rate, set while nothing runs, makes other updates, which are shown at once."""
    panel = show(GradientsPanel)
    studio = panel.studio
    before = panel.model.shown(0).ratio
    studio.do(change_settings(studio.document, learning_rate=10 * studio.document.settings.learning_rate))
    wait(studio)
    assert panel.model.shown(0).ratio == pytest.approx(10 * before)


def test_the_flow_is_the_gradient_in_order_of_depth(show, wait):
    """By a click on Flow: norms along the depth on a log axis; sigmoids let them vanish, and a sentence says so."""
    panel = show(GradientsPanel, deep(*["sigmoid"] * 6))
    QTest.mouseClick(panel.flow_button, LEFT)
    flow = panel.flow.flow
    names = [depth.name for depth in flow]
    assert names[:4] == ["x", "dense1", "sigmoid1", "dense2"]
    snapshot, document = panel.studio.snapshot(), panel.studio.document
    one = document.named("dense3").id
    depth = next(depth for depth in flow if depth.node == one)
    assert (depth.output, depth.weight) == (snapshot.gradients[one, "z"].norm, snapshot.gradients[one, "W"].norm)
    np.testing.assert_allclose(panel.flow._outputs.y, np.log10([depth.output for depth in flow]))
    assert panel.list.isHidden()
    assert "It vanishes on its way back." in panel.flow.word.whole
    panel.flow.plot.setFocus()
    QTest.keyClick(panel.flow.plot, Qt.Key.Key_Right)
    QTest.keyClick(panel.flow.plot, Qt.Key.Key_Right)
    assert panel.flow.word.whole.startswith("dense1:  output ")
    assert panel.flow.plot.accessibleDescription() == panel.flow.word.whole
    QTest.mouseClick(panel.flow_button, LEFT)
    assert not panel.list.isHidden()


def test_a_healthy_flow_is_not_called_vanishing(show):
    """Where first and last layer get gradients of like size, their ratio is said and no more."""
    panel = show(GradientsPanel, deep("relu", "relu"))
    panel.flow_button.setChecked(True)
    assert "as in the last (dense2)." in panel.flow.word.whole
    assert "vanishes" not in panel.flow.word.whole


def test_entries_and_trails_share_a_column_in_a_narrow_panel(show):
    """Where there is no room for all, a click on the caption goes on from entries to the norm over time, to updates."""
    panel = show(GradientsPanel, size=(450, 280))
    before = panel.list.grab().toImage()
    columns = panel.delegate.columns(430)
    assert columns.shape.width() > 0 == columns.trail.width()
    QTest.mouseClick(panel.header.swap, LEFT)
    columns = panel.delegate.columns(430)
    assert columns.trail.width() > 0 == columns.shape.width()
    assert panel.header.swap.accessibleName() == "over time"
    assert panel.list.grab().toImage() != before
    assert panel.delegate.columns(370).ratio.width() == 0
    panel.resize(390, 280)
    QTest.mouseClick(panel.header.swap, LEFT)
    assert panel.header.swap.accessibleName() == "update"
    assert panel.delegate.columns(370).ratio.width() > 0
    QTest.mouseClick(panel.header.swap, LEFT)
    assert panel.header.swap.accessibleName() == "entries"
    both = panel.delegate.columns(ROOMY)
    assert both.trail.width() > 0
    assert both.shape.width() > 0


@pytest.mark.parametrize("last", list(Last))
@pytest.mark.parametrize("width", [220, 300, 380, 450, 520, 900])
def test_columns_never_lie_on_each_other(width, last):
    """At every width the columns stand side by side, the bar among them."""
    columns = Columns(width, 90, shapes=True, ratios=True, last=last)
    there = [columns.name, columns.bar, columns.number, columns.ratio, columns.shape, columns.trail]
    there = [column for column in there if column.width() > 0]
    assert all(a.right() < b.left() for a, b in itertools.pairwise(there))


@pytest.mark.parametrize("width", [110, 140, 189])
def test_in_a_very_narrow_row_the_bar_lies_under_name_and_number(width):
    """There the name has what the number leaves, and the bar the whole width below both; nothing else is there."""
    columns = Columns(width, 90, shapes=True, ratios=True)
    assert columns.compact
    assert columns.name.width() > 35
    assert columns.name.right() <= columns.number.right() - 45
    assert columns.bar.left() == columns.name.left()
    assert columns.bar.right() == columns.number.right()
    assert 17 < columns.bar.top() < columns.bar.bottom() < 26
    assert not columns.ratio.width() + columns.shape.width() + columns.trail.width()


def test_single_numbers_have_trails_in_a_narrow_panel(show):
    """A circuit has no entries to show: the last column is the norm over time from the beginning."""
    panel = show(GradientsPanel, "sum-times-z", size=(450, 280))
    assert panel.header.swap.accessibleName() == "over time"
    assert panel.delegate.columns(430).trail.width() > 0


def test_flow_takes_the_theme(show):
    """The flow is painted in both themes' colours."""
    panel = show(GradientsPanel, deep("tanh", "tanh"))
    panel.flow_button.setChecked(True)
    before = panel.flow.grab().toImage()
    panel.studio.set_theme(LIGHT)
    assert panel.flow.grab().toImage() != before


def test_looking_back_leaves_the_trails(show, wait):
    """While an earlier step is looked at its numbers are in the rows, and what is known of the others stays."""
    panel = show(GradientsPanel)
    studio = panel.studio
    studio.train(60)
    wait(studio)
    known = list(panel.model.trails.steps)
    studio.visit(0)
    wait(studio)
    assert studio.snapshot().now == 60
    assert panel.model.trails.steps == known
    assert panel.model.rows[0].norm == panel.model.trails.of(panel.model.rows[0])[0]
