import math

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import rename, set_param
from gradstudio.training.snapshot import Distribution, GradientRow
from gradstudio.ui.panels import GradientsPanel
from gradstudio.ui.panels.row_paint import outline
from gradstudio.ui.panels.rows import RowsModel
from gradstudio.ui.panels.scale import Scale, power


def names(panel):
    """The rows as they are read."""
    return [panel.model.index(i).data() for i in range(panel.model.rowCount())]


def row(norm, name="x", node=1, counts=(1, 2, 1)):
    """A row made up for painting."""
    return GradientRow(name, node, "z", norm, 1.0, Distribution(np.array(counts), np.linspace(-1, 1, len(counts) + 1)))


def test_rows_are_the_engines_numbers(show):
    """Each output and weight with a gradient has a row with the norm the engine computed, in topological order."""
    panel = show(GradientsPanel)
    snapshot = panel.studio.snapshot()
    assert names(panel)[:4] == ["hidden.W", "hidden.b", "hidden", "relu"]
    for shown in panel.model.rows:
        assert shown.norm == snapshot.gradients[shown.node, shown.port].norm


def test_numbers_follow_the_training(show, wait):
    """The rows of a trained network are those after its last step."""
    panel = show(GradientsPanel)
    before = [shown.norm for shown in panel.model.rows]
    panel.studio.train(30)
    wait(panel.studio)
    after = [shown.norm for shown in panel.model.rows]
    assert before != after
    snapshot = panel.studio.snapshot()
    assert after == [snapshot.gradients[shown.node, shown.port].norm for shown in panel.model.rows]


def test_click_selects_the_node(show):
    """A click on a row selects its node; the rows of a selected node are marked."""
    panel = show(GradientsPanel)
    target = names(panel).index("relu")
    place = panel.list.visualRect(panel.model.index(target)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    relu = panel.studio.document.named("relu").id
    assert panel.studio.selection()[0] == (relu,)
    marked = [name for i, name in enumerate(names(panel)) if panel.model.shown(i).selected]
    assert marked == ["relu"]


def test_keyboard_selects_the_node(show):
    """The arrow keys walk the rows, Enter selects the node."""
    panel = show(GradientsPanel)
    panel.list.setFocus()
    panel.list.setCurrentIndex(panel.model.index(0))
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert panel.studio.selection()[0] == (panel.model.rows[2].node,)


def test_selection_elsewhere_is_revealed(show):
    """A node selected on the canvas has its row scrolled to."""
    panel = show(GradientsPanel, "micrograd", size=(400, 160))
    last = panel.model.rows[-1]
    assert (
        not panel.list.viewport().rect().contains(panel.list.visualRect(panel.model.index(len(panel.model.rows) - 1)))
    )
    panel.studio.select([last.node])
    place = panel.list.visualRect(panel.model.index(len(panel.model.rows) - 1))
    assert panel.list.viewport().rect().contains(place)


def test_renaming_is_seen_at_once(show):
    """A node's new name stands in its rows before anything is computed anew."""
    panel = show(GradientsPanel)
    document = panel.studio.document
    panel.studio.do(rename(document, document.named("hidden").id, "first"))
    assert names(panel)[:3] == ["first.W", "first.b", "first"]


def test_old_numbers_are_not_shown(show, wait):
    """After an edit the rows stand without numbers until those of the new network are there."""
    panel = show(GradientsPanel)
    document = panel.studio.document
    panel.studio.do(set_param(document, [document.named("spiral").id], "per_class", 20))
    assert all(panel.model.shown(i).row is None for i in range(panel.model.rowCount()))
    wait(panel.studio)
    assert panel.model.shown(0).row is not None
    assert panel.studio.snapshot().gradients[document.named("hidden").id, "z"].shape == (60, 100)


def test_rows_are_asked_for_only_while_visible(show):
    """A hidden panel costs nothing: nobody computes its rows."""
    panel = show(GradientsPanel)
    assert panel.studio.session.watch.rows
    panel.hide()
    assert not panel.studio.session.watch.rows


def test_zero_gradient_is_shown_as_zero(show):
    """A gradient of 0 is a row with a 0, not a missing one: that of the loser of max."""
    panel = show(GradientsPanel, "max")
    shown = dict(zip(names(panel), panel.model.rows, strict=True))
    assert shown["y"].norm == 0.0
    assert panel.model.index(names(panel).index("y")).data(Qt.ItemDataRole.AccessibleTextRole).endswith(" 0")
    assert panel.scale.share(0.0) == 0.0


def test_tooltip_has_exact_numbers(show):
    """The tooltip tells more digits than the row."""
    panel = show(GradientsPanel)
    text = panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert f"{panel.model.rows[0].norm:.9g}" in text
    assert f"{panel.model.rows[0].value_norm:.9g}" in text


def test_empty_network_says_what_to_do(show, wait):
    """Without a network the panel says how to make one."""
    panel = show(GradientsPanel)
    panel.studio.new()
    wait(panel.studio)
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.heading.text() == "No network yet"


def test_broken_network_says_why(show, wait):
    """Where the network can't be computed the panel tells the reason, not old numbers."""
    panel = show(GradientsPanel)
    document = panel.studio.document
    panel.studio.do(set_param(document, [document.named("hidden").id], "units", 7))
    wait(panel.studio)
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.text.text() == panel.studio.snapshot().problems[0].message


def test_summary_for_screen_readers(show):
    """The description names the largest and the smallest gradient."""
    panel = show(GradientsPanel, "product")
    assert panel.accessibleDescription() == "3 gradients. Largest norm 4 at y, smallest 1 at f."


class CountingModel(RowsModel):
    """A model that knows which rows were painted."""

    def __init__(self):
        super().__init__()
        self.painted = set()

    def shown(self, at):
        """Note the row."""
        self.painted.add(at)
        return super().shown(at)


def test_a_thousand_rows_paint_only_what_is_seen(show, qtbot):
    """With a thousand rows only the visible ones are painted."""
    panel = show(GradientsPanel)
    rows = tuple(row(10.0 ** -(i % 7), f"node{i}") for i in range(1000))
    model = CountingModel()
    model.show(rows, [shown.name for shown in rows], frozenset())
    panel.list.setModel(model)
    panel.list.scrollToBottom()
    panel.list.viewport().grab()
    assert 999 in model.painted
    assert len(model.painted) < 30
    panel.list.setModel(panel.model)


@pytest.mark.parametrize("norm", [0.0, 1e-300, 1.0, 1e300, math.inf, math.nan])
def test_any_norm_can_be_painted(show, norm):
    """Zero, tiny, huge, infinite and missing norms are painted without complaint."""
    panel = show(GradientsPanel)
    rows = (row(norm), row(1.0), row(norm, counts=(0, 0)))
    panel.scale.fit([shown.norm for shown in rows])
    panel.model.show(rows, ["a", "b", "c"], frozenset())
    panel.list.viewport().grab()
    assert 0.0 <= panel.scale.share(norm) <= 1.0


def test_scale_stays_put_while_it_fits():
    """The log axis grows at once, but draws in only when more than two decades are unused."""
    scale = Scale()
    assert scale.fit([0.05, 0.5])
    assert (scale.low, scale.high) == (-2, 0)
    assert scale.fit([1e-4, 0.5])
    assert (scale.low, scale.high) == (-5, 0)
    assert not scale.fit([2e-3, 0.5])
    assert (scale.low, scale.high) == (-5, 0)
    assert scale.fit([0.5, 0.6])
    assert (scale.low, scale.high) == (-1, 0)


def test_scale_has_at_most_twelve_decades():
    """A gradient that has vanished altogether doesn't squeeze all others together."""
    scale = Scale()
    scale.fit([1e-40, 1.0])
    assert scale.high - scale.low == 12
    assert scale.share(1e-40) == 0.0
    assert len(scale.ticks(4)) <= 4


def test_shape_of_a_distribution():
    """A distribution's shape is symmetric where its counts are, and stands within its place."""
    place = QRect(0, 0, 60, 20)
    polygon = outline(Distribution(np.array([1, 4, 1]), np.array([-1.5, -0.5, 0.5, 1.5])), place)
    box = polygon.boundingRect()
    assert QRect(0, 0, 61, 21).contains(box.toRect())
    assert box.height() == pytest.approx(20)
    peak = min(range(polygon.count()), key=lambda i: polygon.at(i).y())
    assert polygon.at(peak).x() == pytest.approx(30, abs=0.5)


def test_powers_of_ten():
    """Powers of ten are written to be read."""
    assert [power(e) for e in (-12, -1, 0, 1, 3)] == ["10⁻¹²", "10⁻¹", "1", "10", "10³"]


def test_model_tells_its_views(qtbot, qapp):
    """The model keeps Qt's rules while rows come and go."""
    from PySide6.QtTest import QAbstractItemModelTester

    model = RowsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for count in (0, 3, 5, 5, 1, 0):
        rows = tuple(row(1.0) for _ in range(count))
        model.show(rows, ["n"] * count, frozenset({1}))
        assert model.rowCount() == count
        model.wait()
