"""Layers opened into their gates in the window: by double click, key and menu; and closed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.model import Node
from gradstudio.files import dumps
from gradstudio.ui.window import MainWindow

Make = Callable[..., MainWindow]


def named(window: MainWindow, name: str) -> Node:
    """A node by its name."""
    node = window.studio.document.named(name)
    assert node is not None
    return node


def test_a_double_click_opens_a_layer_in_place(make_window: Make, hand: Any) -> None:
    """Dense opens into its parameters, matmul and add; nothing overlaps, and one undo brings it back."""
    window = make_window("spiral")
    window.canvas.habits.animated = False
    before, hidden = dumps(window.studio.document), named(window, "hidden")
    at = hand(window).canvas_point(window.canvas.node_rect(hidden.id).center())
    QTest.mouseDClick(window.canvas, Qt.MouseButton.LeftButton, pos=at)
    hand(window).settle()
    document = window.studio.document
    (group,) = document.groups.values()
    assert group.name == "hidden"
    assert not group.collapsed
    assert [document.nodes[i].gate for i in document.members(group.id)] == ["parameter", "parameter", "matmul", "add"]
    sheet = window.canvas.scene.area_rect(group.id)
    outside = [i for i, node in document.nodes.items() if node.group is None]
    assert not any(sheet.intersects(window.canvas.node_rect(i)) for i in outside)
    window.studio.undo()
    assert dumps(window.studio.document) == before


def test_keys_open_and_close_a_layer(make_window: Make, hand: Any) -> None:
    """Ctrl+E opens the selected layer, Ctrl+Alt+E closes it and selects it; what it was trained to meanwhile stays."""
    window = make_window("sigmoid-neuron")
    sigmoid = next(node for node in window.studio.document.nodes.values() if node.gate == "sigmoid")
    window.studio.select((sigmoid.id,))
    hand(window).key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    hand(window).settle()
    snapshot = window.studio.snapshot()
    assert snapshot is not None
    last = next(node for node in window.studio.document.nodes.values() if node.gate == "reciprocal")
    value = snapshot.values[last.id, "z"].scalar
    assert value is not None
    np.testing.assert_allclose(value, 0.73105858, atol=1e-7)
    hand(window).key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    hand(window).settle()
    assert window.studio.selection()[0] == (sigmoid.id,)
    assert not window.studio.document.groups


def test_what_can_t_be_opened_or_closed_is_told(make_window: Make) -> None:
    """The actions are off where nothing selected can be opened or closed, and their tooltips say what to do."""
    window = make_window("sum-times-z")
    window.studio.select((named(window, "f").id,))
    for name in ("open_layer", "close_layer"):
        action = window.actions_by_id[name]
        assert not action.isEnabled()
        assert "Select a layer" in action.toolTip()


def test_a_layer_that_was_entered_can_be_closed_from_within(make_window: Make, hand: Any) -> None:
    """Closing from inside the group leaves it first."""
    window = make_window("spiral")
    hidden = named(window, "hidden")
    window.studio.select((hidden.id,))
    window.actions_by_id["open_layer"].trigger()
    (group,) = window.studio.document.groups
    window.canvas.enter(group)
    window.studio.select()
    window.actions_by_id["close_layer"].trigger()
    hand(window).settle()
    assert window.studio.stage.inside is None
    assert named(window, "hidden").id == hidden.id
