"""The weights panel: any weight and its gradient in colours, the entry under the mouse in words."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import delete, rename
from gradstudio.document.model import Document
from gradstudio.ui.heat import HALF, reach, shade
from gradstudio.ui.panels.weights import WeightsPanel
from gradstudio.ui.theme import LIGHT
from tests.insight.test_weights import fed_by


def test_the_selected_nodes_weight_is_shown(show, wait):
    """Selecting a layer shows its W in colours, 0 in the middle of the scale, with its range and norm in words."""
    panel = show(WeightsPanel)
    scores = panel.studio.document.named("scores").id
    panel.studio.select([scores])
    wait(panel.studio)
    assert panel.chosen == (scores, "W")
    assert panel.chooser.currentText() == "scores.W   100×3"
    summary = panel.studio.snapshot().values[scores, "W"]
    assert panel.seen.weight.numbers.norm == pytest.approx(summary.norm)
    end = reach(summary.low, summary.high)
    np.testing.assert_array_equal(panel.map.cells, np.rint(panel.seen.weight.mean / end * HALF) + HALF)
    assert f"norm {summary.norm:.3g}" in panel.numbers.whole


def test_any_weight_can_be_chosen(show, wait):
    """The chooser lists every weight of the network; by keyboard one goes to another, whatever is selected."""
    panel = show(WeightsPanel)
    names = [panel.chooser.itemText(i).split()[0] for i in range(panel.chooser.count())]
    assert names == ["hidden.W", "hidden.b", "scores.W", "scores.b"]
    panel.chooser.setFocus()
    QTest.keyClick(panel.chooser, Qt.Key.Key_Down)
    wait(panel.studio)
    assert panel.chosen == (panel.studio.document.named("hidden").id, "b")
    assert panel.seen.shape == (100,)


def test_the_entry_under_the_mouse_is_named(show):
    """Pointing at a cell, or walking there with the arrow keys, names the entry, its value and its gradient."""
    panel = show(WeightsPanel)
    QTest.mouseMove(panel.map, panel.map.place_of(1, 7))
    value, slope = panel.seen.weight.mean[1, 7], panel.seen.gradient.mean[1, 7]
    assert panel.entry.whole == f"W[1, 7] = {value:.3g}, gradient {slope:.2g}"
    panel.map.setFocus()
    QTest.keyClick(panel.map, Qt.Key.Key_Left)
    assert panel.entry.whole.startswith("W[1, 6] = ")
    assert panel.accessibleDescription() == panel.entry.whole
    QTest.keyClick(panel.map, Qt.Key.Key_Escape)
    assert panel.entry.whole.startswith("Point at")


def test_the_gradient_has_the_same_cells(show):
    """With Gradient the cells are the gradient's, on a scale of their own."""
    panel = show(WeightsPanel)
    QTest.mouseClick(panel.gradient, Qt.MouseButton.LeftButton)
    gradient = panel.seen.gradient
    end = reach(gradient.numbers.low, gradient.numbers.high)
    np.testing.assert_array_equal(panel.map.cells, shade(gradient.mean, end))


def test_templates_are_shown_where_images_come_in(show):
    """A layer fed by images shows one template for each unit, its entries named; as a matrix where that is wanted."""
    panel = show(WeightsPanel, fed_by("4, 64"))
    assert panel.as_pictures
    cells, pictures = panel.map.cells, panel.seen.weight.pictures
    assert cells.size > pictures.size
    end = panel.map._end
    row, column = divmod(3, panel._columns)
    np.testing.assert_array_equal(
        cells[row * 9 : row * 9 + 8, column * 9 : column * 9 + 8], shade(pictures[3, :, :, 0], end)
    )
    QTest.mouseMove(panel.map, panel.map.place_of(row * 9 + 1, column * 9 + 2))
    assert panel.entry.whole.startswith(f"W[10, 3] = {panel.seen.weight.mean[10, 3]:.3g}, gradient ")
    QTest.mouseClick(panel.pictures, Qt.MouseButton.LeftButton)
    assert panel.map.cells.shape == (64, 5)


def test_it_follows_training_and_sleeps_when_hidden(show, wait):
    """What is shown is of the newest step; hidden it looks at nothing."""
    panel = show(WeightsPanel)
    panel.studio.train(20)
    wait(panel.studio)
    assert panel.seen.step == 20
    assert len(panel.studio.session.watch.looks) == 1
    panel.hide()
    assert not panel.studio.session.watch.looks


def test_without_weights_it_says_what_to_do(show):
    """A network without weights says where some come from."""
    panel = show(WeightsPanel, Document())
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.heading.text() == "No weights yet"


def test_a_number_that_is_none_has_a_colour_of_its_own(show):
    """NaN is no shade of the scale, and both themes have colours for everything."""
    assert shade(np.array([np.nan, 0.0, 2.0, -2.0]), 2.0).tolist() == [2 * HALF + 2, HALF, 2 * HALF, 0]
    panel = show(WeightsPanel)
    before = panel.grab().toImage()
    panel.studio.set_theme(LIGHT)
    assert panel.grab().toImage() != before


def test_the_list_follows_names_and_edits(show, wait):
    """A renamed node has its new name in the list, a deleted one none; what is shown goes with it."""
    panel = show(WeightsPanel)
    document = panel.studio.document
    hidden, scores = (document.named(name).id for name in ("hidden", "scores"))
    panel.studio.do(rename(document, hidden, "first"))
    assert panel.chooser.currentText().startswith("first.W")
    panel.studio.do(delete(document, [hidden]))
    wait(panel.studio)
    assert panel.chosen == (scores, "W")
    assert panel.pages.currentWidget() is panel.notice
    panel.studio.undo()
    wait(panel.studio)
    assert panel.pages.currentWidget() is panel.body
