import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import add_node, change_settings, rename, set_param
from gradstudio.document.model import Document
from gradstudio.ui.panels import ActivationPanel
from gradstudio.ui.panels.activation import activations, core, slope_axis
from gradstudio.ui.panels.axes import Axis


def lone(gate):
    """A document with one gate, wired to nothing."""
    document = Document()
    patch, node = add_node(document, gate, 0, 0)
    document.apply(patch)
    return document, node


def test_first_activation_is_shown(show):
    """With nothing selected the network's first activation is shown, with formula, shapes and its inputs."""
    panel = show(ActivationPanel)
    assert panel.node == panel.studio.document.named("relu").id
    assert panel.heading.text() == "ReLU"
    assert panel.name.text() == "relu"
    assert panel.subtitle.text() == "max(0, x)  ·  input 300×100  ·  output 300×100"
    assert panel.sample is panel.studio.snapshot().activation
    bars = panel.plot.layers[0]
    assert bars.counts.sum() == panel.sample.inputs.counts.sum() > 1000


def test_shapes_are_those_of_a_batch(show, wait):
    """With a batch size the shapes told are those of what was computed, as the wires tell them."""
    panel = show(ActivationPanel)
    panel.studio.do(lambda: change_settings(panel.studio.document, batch_size=64))
    wait(panel.studio)
    assert panel.subtitle.text() == "max(0, x)  ·  input 64×100  ·  output 64×100"


def test_curve_and_slope_are_the_gates(show):
    """The curve painted is max(0, x), the dashed line its slope; 0 is at one height for both."""
    panel = show(ActivationPanel)
    _, _, slope, curve, _ = panel.plot.layers
    np.testing.assert_array_equal(curve.y, np.maximum(curve.x, 0))
    assert set(slope.y.tolist()) == {0.0, 1.0}
    assert slope.right
    assert slope.dashed
    left, right = panel.plot.map(), panel.plot.map(right=True)
    assert float(left.y(0)) == pytest.approx(float(right.y(0)))


def test_selection_is_followed(show, wait):
    """Selecting a gate of a single variable shows that one."""
    panel = show(ActivationPanel, "sigmoid-gates")
    exp = panel.studio.document.named("exp").id
    panel.studio.select([exp])
    wait(panel.studio)
    assert panel.node == exp
    assert panel.sample.node == exp
    assert panel.heading.text() == "Exp"


def test_single_number_is_a_point_on_the_curve(show, wait):
    """A circuit's operating point lies on the curve, with its numbers in words."""
    panel = show(ActivationPanel, "sigmoid-neuron")
    bars, _, _, _, spot = panel.plot.layers
    assert spot.place == pytest.approx((1.0, 0.73105858))
    assert len(bars.counts) == 0
    assert panel.share.text() == "At input 1 the output is 0.7311, the slope 0.1966."


def test_flat_share_is_the_inputs(show, wait):
    """The share of flat slope is that of the inputs at or below 0."""
    panel = show(ActivationPanel)
    relu = panel.studio.snapshot().values[panel.node, "z"]
    assert panel.sample.flat == pytest.approx(relu.zeros, abs=1e-9)
    assert f"{100 * relu.zeros:.0f} %" in panel.share.text()


def test_dead_units_are_told(show, wait):
    """Units that never fire are counted and named in a warning."""
    panel = show(ActivationPanel)
    assert panel.finding.isHidden()
    panel.studio.train(400)
    wait(panel.studio)
    dead, units = panel.sample.dead_units
    assert dead > 0
    assert panel.finding.text() == f"{dead} of {units} units never fire on this data."
    assert panel.finding.text() in panel.accessibleDescription()


def test_gate_without_curve_explains_itself(show):
    """For a gate of several variables the panel says why there is no curve, and offers one that has."""
    panel = show(ActivationPanel)
    panel.studio.select([panel.studio.document.named("hidden").id])
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.heading.text() == "hidden has no curve"
    assert panel.studio.session.watch.activation == panel.studio.document.named("hidden").id or panel.sample is None
    QTest.mouseClick(panel.notice.button, Qt.MouseButton.LeftButton)
    assert panel.studio.selection()[0] == (panel.studio.document.named("relu").id,)
    assert panel.pages.currentWidget() is panel.body


def test_network_without_activation(show, wait):
    """A network without activation says where to find one, and has no button that leads nowhere."""
    panel = show(ActivationPanel, "product")
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.heading.text() == "No activation gate yet"
    assert panel.notice.button.isHidden()


def test_unwired_gate_has_its_curve_only(show):
    """A gate nothing goes into shows its curve, no inputs and no numbers."""
    document, _ = lone("tanh")
    panel = show(ActivationPanel, document)
    assert panel.sample is None
    _, _, _, curve, spot = panel.plot.layers
    np.testing.assert_allclose(curve.y, np.tanh(curve.x))
    assert spot.place is None
    assert panel.keys[-1].isHidden()
    assert panel.share.text() == "Nothing goes in yet: wire its input."


def test_old_numbers_are_not_shown(show, wait):
    """After an edit the histogram goes until that of the new network is there."""
    panel = show(ActivationPanel)
    document = panel.studio.document
    panel.studio.do(set_param(document, [document.named("spiral").id], "per_class", 20))
    assert len(panel.plot.layers[0].counts) == 0
    assert panel.share.text() == ""
    wait(panel.studio)
    assert len(panel.plot.layers[0].counts) > 0
    assert panel.sample is panel.studio.snapshot().activation
    assert panel.subtitle.text().endswith("output 60×100")


def test_activation_is_asked_for_only_while_visible(show):
    """A hidden panel costs nothing: nobody computes its sample."""
    panel = show(ActivationPanel)
    assert panel.studio.session.watch.activation == panel.node
    panel.hide()
    assert panel.studio.session.watch.activation is None


def test_another_document(show, wait):
    """Opening another network shows its first activation."""
    panel = show(ActivationPanel)
    document, node = lone("elu")
    panel.studio.open_document(document, None)
    wait(panel.studio)
    assert panel.node == node
    assert panel.heading.text() == "ELU"


@pytest.mark.parametrize(
    "gate", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "exp", "log", "reciprocal", "power", "negate"]
)
def test_every_curve_can_be_painted(show, gate):
    """Curves with poles, gaps and steep ends are painted within finite axes."""
    document, node = lone(gate)
    panel = show(ActivationPanel, document)
    panel.studio.select([node])
    assert panel.pages.currentWidget() is panel.body
    panel.grab()
    for axis in (panel.plot.left, panel.plot.right):
        assert np.isfinite([axis.low, axis.high]).all()
        assert axis.low < axis.high


def test_first_activation_is_the_one_nearest_the_inputs():
    """The order of the wires counts, not that of the making; without activation there is none."""
    assert next(activations(Document()), None) is None
    document, node = lone("relu")
    assert next(activations(document), None) == node


def test_slope_axis():
    """The slope's axis has its 0 where the output's is, and room above the steepest slope."""
    axis = slope_axis(np.array([0.0, 1.0]), Axis(-1, 4))
    assert axis.low / axis.high == pytest.approx(-1 / 4)
    assert axis.high > 1.0
    axis = slope_axis(np.array([2.0, 3.0]), Axis(1, 4))
    assert axis.low < 2.0
    assert axis.high > 3.0


def test_core_cuts_poles_off():
    """A few enormous numbers don't squeeze all others together; without any number there is a range all the same."""
    y = np.concatenate((np.linspace(0, 1, 98), [1e9, -1e9]))
    low, high = core(y)
    assert -1 < low < high < 2
    assert core(np.array([np.nan])) == (0.0, 1.0)


def test_where_there_is_little_room_the_axes_names_are_the_legend(show):
    """In a narrow panel only the key no axis is named after is left, and the shapes are written shorter."""
    panel = show(ActivationPanel, size=(278, 300))
    assert [key.isVisible() for key in panel.keys] == [False, False, False, True]
    assert panel.subtitle.text() == "max(0, x)  ·  300×100 → 300×100"
    assert panel.subtitle.toolTip() == "max(0, x)  ·  input 300×100  ·  output 300×100"
    panel.resize(460, 300)
    assert all(key.isVisible() for key in panel.keys)


@pytest.mark.parametrize("gate", ["relu", "add"])
def test_a_long_name_makes_the_panel_no_wider(show, gate):
    """A name of 60 letters without a space is cut or wrapped, rather than taking room from the canvas."""
    document, node = lone(gate)
    plain = show(ActivationPanel, document)
    plain.studio.select([node])
    width = plain.minimumSizeHint().width()
    document.apply(rename(document, node, "n" * 60))
    assert plain.minimumSizeHint().width() <= width
