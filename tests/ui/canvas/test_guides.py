"""Dragged nodes come to rest on the grid and in line with their neighbours."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from gradstudio.document.model import Document
from gradstudio.ui.canvas.gestures.guides import Guides
from gradstudio.ui.canvas.gestures.move import MoveGesture
from tests.ui.canvas.hands import CTRL, Hands, network


def lines(hands: Hands) -> set[tuple[str, float]]:
    """The guides that are shown: "x" at 220 is an upright one."""
    gesture = hands.view._gesture
    assert isinstance(gesture, MoveGesture)
    return {("x", line.x1()) if line.dx() == 0 else ("y", line.y1()) for line in gesture._lines}


def odd() -> Document:
    """Nodes beside the grid, so that lines and grid differ."""
    return network({"a": ("constant", 3, 4, {}), "b": ("exp", 203, 144, {}), "c": ("add", 407, 61, {})}, "a>b.x b>c.y")


def test_a_node_comes_in_line_with_the_edge_of_another(make_hands) -> None:
    """Within a few pixels of a neighbour's edge the node goes there, off the grid, and a guide shows it."""
    hands = make_hands(odd())
    hands.drag(hands.at("b"), hands.at("b") + QPointF(-197, 60))
    assert ("x", 3.0) in lines(hands)
    hands.release(hands.at("b"))
    assert hands.places()["b"][0] == 3.0


def test_a_wire_becomes_level(make_hands) -> None:
    """The height at which a node's wire runs straight is such a line, also where tops and ports differ."""
    hands = make_hands(odd())
    level = hands.view.port_point(hands.node("b").id, "z", True).y()
    port = hands.view.port_point(hands.node("c").id, "y", False)
    by = level - port.y()
    hands.drag(hands.at("c"), hands.at("c") + QPointF(90, by + 3))
    assert ("y", level) in lines(hands)
    hands.release(hands.at("c"))
    row = hands.view.scene.wires.row[hands.wire("b", "c").id]
    _, start, _, end = hands.view.scene.wires.ends[row].tolist()
    assert start == end


def test_far_from_every_line_the_grid_counts(make_hands) -> None:
    """Where no neighbour is near, the node goes to the grid, and no guide is drawn."""
    hands = make_hands(odd())
    hands.drag(hands.at("b"), hands.at("b") + QPointF(61, 187))
    assert lines(hands) == set()
    hands.release(hands.at("b"))
    assert hands.places()["b"] == (260.0, 330.0)


def test_ctrl_lets_it_go_anywhere(make_hands) -> None:
    """With Ctrl held neither grid nor neighbours hold the node."""
    hands = make_hands(odd())
    start = hands.at("b")
    hands.press(start)
    for step in (QPointF(-100, 30), QPointF(-197, 33)):
        hands.move(start + step, CTRL)
    assert lines(hands) == set()
    hands.release(start + QPointF(-197, 33), CTRL)
    assert hands.places()["b"] == (6.0, 177.0)


@pytest.mark.parametrize(("grid", "guides", "place"), [(False, True, 3.0), (True, False, 10.0), (False, False, 7.0)])
def test_each_may_be_off(make_hands, grid: bool, guides: bool, place: float) -> None:
    """Grid and neighbours can be turned off, one by one."""
    hands = make_hands(odd())
    hands.view.habits.grid, hands.view.habits.guides = grid, guides
    hands.drop(hands.at("b"), hands.at("b") + QPointF(-196, 63))
    assert hands.places()["b"][0] == place


def test_the_reach_is_in_pixels(make_hands) -> None:
    """Looked at from far away, the reach in the scene grows; from nearby it shrinks."""
    hands = make_hands(odd())
    view = hands.view
    guides = Guides.of(view, view.node_rect(hands.node("b").id), (hands.node("b").id,))
    for scale, caught in ((1.0, False), (0.5, True), (2.0, False)):
        rest = guides.rest(-192.0, 60.0, scale, grid=False, neighbours=True)
        assert (rest.dx == -200.0) is caught


def test_guides_are_drawn_and_wiped(make_hands) -> None:
    """The line is painted while it holds, and gone once the node is let go."""
    hands = make_hands(odd())
    view = hands.view
    hands.drag(hands.at("b"), hands.at("b") + QPointF(-197, 120))
    at = view.to_view(QPointF(3.0, 150.0)).toPoint()

    def color() -> str:
        return str(view.grab().toImage().pixelColor(at).name())

    assert color() == view.ink.guide.name()
    hands.release(hands.at("b"))
    assert color() != view.ink.guide.name()


def test_escape_leaves_the_node_where_it_was(make_hands) -> None:
    """Escape in the middle of a drag that holds on to a guide puts the node back, and there is no step."""
    hands = make_hands(odd())
    before = hands.places()
    hands.drag(hands.at("b"), hands.at("b") + QPointF(-197, 60))
    assert lines(hands)
    hands.key(Qt.Key.Key_Escape)
    hands.release(hands.at("b"))
    assert hands.places() == before
    assert not hands.studio.history.can_undo


def test_the_drag_to_a_guide_is_one_step(make_hands) -> None:
    """Undo brings the node back to where the drag began."""
    hands = make_hands(odd())
    before = hands.places()
    hands.drop(hands.at("b"), hands.at("b") + QPointF(-197, 60))
    assert hands.places() != before
    hands.studio.undo()
    assert hands.places() == before
    assert not hands.studio.history.can_undo


def test_dragged_nodes_are_no_neighbours_of_themselves(make_hands) -> None:
    """Nodes that move together don't hold each other; hidden ones far away don't hold them either."""
    hands = make_hands(odd())
    hands.view.select_all()
    hands.drag(hands.at("b"), hands.at("b") + QPointF(40, 40))
    assert lines(hands) == set()
    hands.key(Qt.Key.Key_Escape)
    hands.release(hands.at("b"))
    far = Guides(np.array([0.0, 0.0, 90.0, 66.0]), np.zeros((0, 4)))
    assert far.rest(3.0, 4.0, 1.0, grid=True, neighbours=True).lines == ()
