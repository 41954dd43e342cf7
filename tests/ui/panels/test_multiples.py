"""All activations of a network side by side, beside the large one."""

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.insight.curves import CurveLook
from gradstudio.ui.panels import ActivationPanel
from gradstudio.ui.theme import LIGHT
from tests.training.networks import network

LEFT = Qt.MouseButton.LeftButton


def deep(*gates):
    """Random numbers through Dense layers, each with an activation."""
    nodes: dict[str, Any] = {"x": ("random", {"sizes": "50, 6"})}
    wires, last = [], "x.x"
    for i, gate in enumerate(gates, 1):
        nodes |= {f"dense{i}": ("dense", {"units": 8}), f"{gate}{i}": (gate, {})}
        wires += [(last, f"dense{i}.x"), (f"dense{i}.z", f"{gate}{i}.x")]
        last = f"{gate}{i}.z"
    return network(nodes, wires)


def test_outputs_lie_along_the_left_edge(show):
    """Beside the inputs on the floor stand the outputs on the wall: ReLU's lie at 0 and above."""
    panel = show(ActivationPanel)
    sides = panel.plot.layers[1]
    outputs = panel.sample.outputs
    np.testing.assert_array_equal(sides.counts, outputs.counts)
    assert outputs.edges[0] == 0.0
    assert outputs.counts.argmax() == 0
    image = panel.plot.grab().toImage()
    sides.set(np.zeros(0), np.zeros(0))
    panel.plot.update()
    assert panel.plot.grab().toImage() != image


def test_all_activations_are_shown_small(show, wait):
    """With All every activation is looked at, each with its own inputs, and a click selects one and shows it large."""
    panel = show(ActivationPanel, deep("relu", "tanh", "sigmoid"))
    studio = panel.studio
    QTest.mouseClick(panel.all, LEFT)
    wait(studio)
    tiles = panel.multiples.tiles
    names = [studio.document.nodes[node].name for node in tiles.nodes]
    assert names == ["relu1", "tanh2", "sigmoid3"]
    assert panel.sheet.isHidden()
    for node in tiles.nodes:
        value = studio.snapshot().values[node, "z"]
        edges = tiles.samples[node].outputs.edges
        np.testing.assert_allclose((edges[0], edges[-1]), (value.low, value.high), rtol=1e-6)
    QTest.mouseClick(tiles, LEFT, pos=tiles.rect_of(1).center())
    wait(studio)
    assert studio.selection()[0] == (tiles.nodes[1],)
    assert panel.heading.text() == "Tanh"
    assert not panel.sheet.isHidden()
    assert not studio.session.watch.looks


def test_they_are_reached_by_keyboard(show, wait):
    """Arrow keys go from one to the next and say its share of flat slope; Enter selects it. A tall panel shows both."""
    panel = show(ActivationPanel, deep("relu", "tanh", "sigmoid"), size=(420, 560))
    panel.all.setChecked(True)
    wait(panel.studio)
    assert not panel.sheet.isHidden()
    tiles = panel.multiples.tiles
    tiles.setFocus()
    QTest.keyClick(tiles, Qt.Key.Key_Right)
    QTest.keyClick(tiles, Qt.Key.Key_Right)
    assert tiles.accessibleDescription().startswith("sigmoid3: the slope is about 0 at ")
    QTest.keyClick(tiles, Qt.Key.Key_Return)
    assert panel.node == panel.studio.document.named("sigmoid3").id
    assert panel.all.isChecked()


def test_nothing_is_looked_at_when_hidden_and_one_needs_no_all(show, wait):
    """Hidden, no activation is looked at; a network of one has no button for all; themes change the picture."""
    panel = show(ActivationPanel, deep("relu", "relu"))
    panel.all.setChecked(True)
    wait(panel.studio)
    assert panel.studio.session.watch.looks == {CurveLook(node) for node in panel.multiples.tiles.nodes}
    before = panel.grab().toImage()
    panel.studio.set_theme(LIGHT)
    assert panel.grab().toImage() != before
    panel.hide()
    assert not panel.studio.session.watch.looks
    assert show(ActivationPanel).all.isHidden()
