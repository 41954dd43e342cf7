"""Back to where the view was before a jump, and forward again."""

from PySide6.QtCore import QPointF

from gradstudio.document.model import Document
from tests.ui.canvas.hands import Hands, network


def wide() -> Document:
    """Three nodes far from each other."""
    return network({name: ("constant", 4000 * i, 0, {}) for i, name in enumerate("abc")})


def place(hands: Hands) -> str:
    """The node in the middle of the view."""
    centre = hands.view.visible_area().center()
    return min("abc", key=lambda name: abs(hands.view.node_rect(hands.node(name).id).center().x() - centre.x()))


def go(hands: Hands, name: str) -> None:
    hands.view.center_on(hands.node(name).id)


def test_back_and_forward(make_hands) -> None:
    """Each jump can be gone back, and forward again; beyond the ends nothing happens."""
    hands = make_hands(wide())
    visits = hands.view.visits
    assert not visits.can_go_back
    for name in "abc":
        go(hands, name)
    for name in ("b", "a"):
        visits.back()
        assert place(hands) == name
    for name in ("b", "c"):
        visits.forward()
        assert place(hands) == name
    assert not visits.can_go_forward
    visits.forward()
    assert place(hands) == "c"


def test_panning_and_zooming_belong_to_a_visit(make_hands) -> None:
    """One goes back to where the view had been panned and zoomed to, not to each step of it."""
    hands = make_hands(wide())
    go(hands, "a")
    hands.view.pan(-300, 0)
    hands.wheel(QPointF(100, 100), 120)
    camera = hands.view.camera
    go(hands, "b")
    hands.view.visits.back()
    assert hands.view.camera == camera


def test_a_new_jump_forgets_the_way_forward(make_hands) -> None:
    """After going back, a jump elsewhere ends the way forward, as in a browser."""
    hands = make_hands(wide())
    go(hands, "a")
    go(hands, "b")
    hands.view.visits.back()
    go(hands, "c")
    assert not hands.view.visits.can_go_forward
    hands.view.visits.back()
    assert place(hands) == "a"


def test_jumps_to_where_one_is_are_none(make_hands) -> None:
    """Going to the same place twice makes one view to go back to."""
    hands = make_hands(wide())
    go(hands, "a")
    for _ in range(3):
        go(hands, "b")
    hands.view.visits.back()
    assert place(hands) == "a"


def test_fitting_and_actual_size_are_jumps(make_hands) -> None:
    """F and Ctrl+0 can be gone back from, and so can a click into the small map."""
    hands = make_hands(wide())
    go(hands, "b")
    camera = hands.view.camera
    hands.view.zoom_to_fit()
    hands.view.visits.back()
    assert hands.view.camera == camera
    hands.view.zoom(0.5)
    camera = hands.view.camera
    hands.view.set_scale(1.0)
    hands.view.visits.back()
    assert hands.view.camera == camera


def test_another_network_has_no_past(make_hands) -> None:
    """Opening another network forgets the views of the one before."""
    hands = make_hands(wide())
    go(hands, "a")
    go(hands, "b")
    hands.studio.open_document(Document(), None)
    assert not hands.view.visits.can_go_back


def test_only_so_many_are_kept(make_hands) -> None:
    """The list of views doesn't grow for ever."""
    hands = make_hands(wide())
    for i in range(150):
        go(hands, "abc"[i % 3])
    steps = 0
    while hands.view.visits.can_go_back:
        hands.view.visits.back()
        steps += 1
    assert steps <= 100
