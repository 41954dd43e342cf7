"""Selecting by band and by command, and walking along wires."""

from PySide6.QtCore import QPointF, Qt

from gradstudio.ui.canvas import selecting
from tests.ui.canvas.hands import ALT, CTRL, SHIFT, Hands

LEFT_KEY, RIGHT_KEY, UP_KEY, DOWN_KEY = Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down


def choose(hands: Hands, *names: str) -> None:
    hands.studio.select([hands.node(name).id for name in names])


def beside(hands: Hands, name: str) -> QPointF:
    """The lower right corner of a node, a bit outside."""
    rect = hands.view.node_rect(hands.node(name).id)
    return hands.view.to_view(rect.bottomRight() + QPointF(6, 6))


def half(hands: Hands, name: str) -> QPointF:
    """Right of a node, at half its height: a band that ends there holds what lies above, and cuts the node."""
    rect = hands.view.node_rect(hands.node(name).id)
    return hands.view.to_view(QPointF(rect.right() + 6, rect.center().y()))


# --- the rubber band ------------------------------------------------------------------------------------------------


def test_a_band_with_alt_takes_only_what_it_holds(hands: Hands) -> None:
    """With Alt a node has to lie in the band whole; without, touching is enough."""
    end = half(hands, "y")
    hands.drop(QPointF(20, 20), end, ALT)
    assert hands.selected() == {"x"}
    hands.drop(QPointF(20, 20), end)
    assert hands.selected() == {"x", "y"}
    hands.drop(QPointF(20, 20), beside(hands, "y"), ALT)
    assert hands.selected() == {"x", "y"}


def test_alt_may_be_pressed_in_the_middle_of_a_band(hands: Hands) -> None:
    """The band follows Alt while it is drawn, and Escape brings the selection of before back."""
    choose(hands, "f")
    end = half(hands, "y")
    hands.drag(QPointF(20, 20), end)
    assert hands.selected() == {"x", "y"}
    hands.move(end, ALT)
    assert hands.selected() == {"x"}
    hands.key(Qt.Key.Key_Escape)
    hands.release(end, ALT)
    assert hands.selected() == {"f"}
    assert not hands.studio.history.can_undo


def test_bands_may_hold_by_choice(hands: Hands) -> None:
    """By choice every band takes only what it holds, and Alt what it touches."""
    hands.view.habits.contain = True
    end = half(hands, "y")
    hands.drop(QPointF(20, 20), end)
    assert hands.selected() == {"x"}
    hands.drop(QPointF(20, 20), end, ALT)
    assert hands.selected() == {"x", "y"}


def test_a_holding_band_adds_and_takes_away(hands: Hands) -> None:
    """Shift and Ctrl mean the same whether the band touches or holds."""
    choose(hands, "f", "x")
    hands.drop(QPointF(20, 20), beside(hands, "y"), ALT | SHIFT)
    assert hands.selected() == {"f", "x", "y"}
    hands.drop(QPointF(20, 20), half(hands, "y"), ALT | CTRL)
    assert hands.selected() == {"f", "y"}


# --- by command -----------------------------------------------------------------------------------------------------


def test_upstream_and_downstream(hands: Hands) -> None:
    """All that a node depends on is added with its wires, and all that depends on it; a wire counts by its end."""
    choose(hands, "q")
    selecting.select_linked(hands.view, upstream=True)
    assert hands.selected() == {"q", "x", "y"}
    assert len(hands.studio.selection()[1]) == 2
    choose(hands, "x")
    selecting.select_linked(hands.view, upstream=False)
    assert hands.selected() == {"x", "q", "f"}
    hands.studio.select((), (hands.wire("q", "f").id,))
    selecting.select_linked(hands.view, upstream=True)
    assert hands.selected() == {"x", "y", "q"}


def test_the_same_kind(hands: Hands) -> None:
    """Every node of the selected nodes' gates is added, in the order of the selection first."""
    choose(hands, "z", "q")
    selecting.select_kind(hands.view)
    assert hands.selected() == {"x", "y", "z", "q"}
    assert hands.studio.selection()[0][0] == hands.node("z").id


def test_inverting(hands: Hands) -> None:
    """The other nodes and the wires between them are selected; twice is where it began."""
    choose(hands, "x", "y")
    selecting.invert(hands.view)
    assert hands.selected() == {"q", "z", "f"}
    assert set(hands.studio.selection()[1]) == {hands.wire("q", "f").id, hands.wire("z", "f").id}
    selecting.invert(hands.view)
    assert hands.selected() == {"x", "y"}


# --- walking --------------------------------------------------------------------------------------------------------


def test_arrows_with_ctrl_walk_along_wires(hands: Hands) -> None:
    """Right goes to what a node feeds, left to what feeds it by the most level wire, up and down to its siblings."""
    choose(hands, "x")
    for key, name in (
        (RIGHT_KEY, "q"), (RIGHT_KEY, "f"), (RIGHT_KEY, "f"), (LEFT_KEY, "z"), (UP_KEY, "q"), (DOWN_KEY, "z"),
        (UP_KEY, "q"), (LEFT_KEY, "x"), (DOWN_KEY, "y"), (UP_KEY, "x"), (LEFT_KEY, "x"),
    ):  # fmt: skip
        hands.key(key, CTRL)
        assert hands.selected() == {name}
    assert not hands.studio.history.can_undo


def test_walking_begins_in_the_middle_of_the_view(hands: Hands) -> None:
    """With nothing selected the first arrow selects the node nearest to the middle; from a wire it goes to an end."""
    hands.view.center_on(hands.node("f").id)
    hands.key(LEFT_KEY, CTRL)
    assert hands.selected() == {"f"}
    for key, name in ((LEFT_KEY, "q"), (RIGHT_KEY, "f")):
        hands.studio.select((), (hands.wire("q", "f").id,))
        hands.key(key, CTRL)
        assert hands.selected() == {name}


def test_walking_with_shift_keeps_what_was_selected(hands: Hands) -> None:
    """Ctrl and Shift add the node that is gone to, so that a chain is selected by keys alone."""
    choose(hands, "x")
    hands.key(RIGHT_KEY, CTRL | SHIFT)
    hands.key(RIGHT_KEY, CTRL | SHIFT)
    assert [hands.document.nodes[i].name for i in hands.studio.selection()[0]] == ["x", "q", "f"]


def test_walking_shows_where_it_goes(hands: Hands) -> None:
    """A node that is gone to comes into view."""
    choose(hands, "q")
    hands.view.pan(-5000, 0)
    hands.key(RIGHT_KEY, CTRL)
    area = hands.view.visible_area()
    assert area.contains(hands.view.node_rect(hands.node("f").id))


def test_walking_on_an_empty_canvas(make_hands) -> None:
    """Where there is no node there is nowhere to go, and nothing happens."""
    from gradstudio.document.model import Document

    hands = make_hands(Document())
    hands.key(RIGHT_KEY, CTRL)
    assert hands.studio.selection() == ((), ())
