"""Wiring from port to port."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands
from gradstudio.document.model import Document, Patch
from gradstudio.document.reasons import Reason
from gradstudio.ui.canvas.gestures.hanging import said
from gradstudio.ui.canvas.gestures.wire import WireGesture
from gradstudio.ui.canvas.scene import PortRef
from tests.ui.canvas.hands import CTRL, Hands, network, sum_times_z

Make = Callable[[Document], Hands]


def wiring(hands: Hands) -> WireGesture:
    gesture = hands.view._gesture
    assert isinstance(gesture, WireGesture)
    return gesture


def refused(hands: Hands) -> Reason | None:
    refusal = wiring(hands).refusal
    return None if refusal is None else refusal.reason


def test_from_output_to_input(make_hands: Make) -> None:
    """A drag from an output to an input connects them, in one step that can be undone."""
    hands = make_hands(sum_times_z(""))
    hands.drop(hands.port("x.value"), hands.port("q.x"))
    assert hands.wires() == {"x.value>q.x"}
    hands.studio.undo()
    assert hands.wires() == set()
    assert not hands.studio.history.can_undo


def test_from_input_to_output(make_hands: Make) -> None:
    """The other way round works as well."""
    hands = make_hands(sum_times_z(""))
    hands.drop(hands.port("f.y"), hands.port("z.value"))
    assert hands.wires() == {"z.value>f.y"}


def test_it_snaps_to_a_port_near_by(make_hands: Make) -> None:
    """Letting go a little beside a port connects to it."""
    hands = make_hands(sum_times_z(""))
    hands.drop(hands.port("x.value"), hands.port("q.y") + QPointF(-17, 6))
    assert hands.wires() == {"x.value>q.y"}


def test_a_node_takes_the_wire_at_its_best_free_port(make_hands: Make) -> None:
    """Dropped on a node's body a wire goes to the first port that is free."""
    hands = make_hands(sum_times_z("x>q.x"))
    hands.drop(hands.port("y.value"), hands.header("q") + QPointF(40, 0))
    assert hands.wires() == {"x.value>q.x", "y.value>q.y"}


def test_several_wires_leave_one_output(make_hands: Make) -> None:
    """A second drag from a connected output makes a fork."""
    hands = make_hands(sum_times_z("x>q.x"))
    hands.drop(hands.port("x.value"), hands.port("f.x"))
    assert hands.wires() == {"x.value>q.x", "x.value>f.x"}


def test_a_cycle_is_refused_before_release(hands: Hands) -> None:
    """Over a port that would close a cycle the reason is shown while the button is still down, and nothing is made."""
    before = hands.wires()
    hands.drag(hands.port("f.z"), hands.port("q.x"))
    refusal = wiring(hands).refusal
    assert refusal is not None
    assert refusal.reason is Reason.CYCLE
    assert wiring(hands).extent().width() > 100
    hands.release(hands.port("q.x"))
    assert hands.wires() == before
    assert hands.messages == [refusal.message]


def test_an_occupied_input_says_so_and_ctrl_replaces(hands: Hands) -> None:
    """An input that has a wire refuses another one and tells about Ctrl; with Ctrl held the old wire goes."""
    before = hands.wires()
    hands.drag(hands.port("z.value"), hands.port("q.x"))
    assert refused(hands) is Reason.OCCUPIED
    assert "Ctrl" in said(wiring(hands))
    hands.move(hands.port("q.x"), CTRL)
    assert refused(hands) is None
    hands.release(hands.port("q.x"), CTRL)
    assert "z.value>q.x" in hands.wires()
    assert "x.value>q.x" not in hands.wires()
    hands.studio.undo()
    assert hands.wires() == before


def test_shapes_that_do_not_fit_are_both_named(make_hands: Make) -> None:
    """A wire refused for its shape names both shapes."""
    document = network(
        {
            "a": ("constant", 0, 0, {"value": [[1.0, 2.0]]}),
            "b": ("constant", 0, 120, {"value": [[1.0, 2.0, 3.0]]}),
            "s": ("add", 220, 40, {}),
        },
        "a>s.x",
    )
    hands = make_hands(document)
    hands.drag(hands.port("b.value"), hands.port("s.y"))
    refusal = wiring(hands).refusal
    assert refusal is not None
    assert refusal.reason is Reason.SHAPE
    assert "1×2" in refusal.message
    assert "1×3" in refusal.message
    hands.release(hands.port("s.y"))


def test_what_fits_is_lit_and_the_rest_dimmed(make_hands: Make) -> None:
    """While a wire is dragged only ports that would take it are lit."""
    hands = make_hands(sum_times_z("x>q.x"))
    hands.drag(hands.port("q.z"), QPointF(400, 400))
    fits = hands.view.marks.fits
    assert fits is not None
    f, q, y = hands.node("f").id, hands.node("q").id, hands.node("y").id
    assert fits(PortRef(f, "x", False))
    assert not fits(PortRef(q, "y", False))
    assert not fits(PortRef(y, "value", True))
    QApplication.processEvents()
    hands.release(QPointF(400, 400))
    assert hands.view.marks.fits is None


def test_re_plugging_moves_the_end(hands: Hands) -> None:
    """Dragged from a connected input, the wire comes along and goes to another input, in one step."""
    before = hands.wires()
    hands.view.studio.do(lambda: _without(hands, "y", "q"))
    hands.drop(hands.port("q.x"), hands.port("q.y"))
    assert "x.value>q.y" in hands.wires()
    assert "x.value>q.x" not in hands.wires()
    hands.studio.undo()
    hands.studio.undo()
    assert hands.wires() == before


def test_a_re_plugged_wire_is_no_hindrance_to_itself(make_hands: Make) -> None:
    """Whether a moved wire fits is asked without it: a 2×3 matrix goes from one input of a product to the other."""
    matrix: dict[str, object] = {"value": [[1.0, 2, 3], [4, 5, 6]]}
    document = network({"W": ("constant", 0, 0, matrix), "p": ("matmul", 220, 0, {})}, "W>p.x")
    hands = make_hands(document)
    hands.drop(hands.port("p.x"), hands.port("p.y"))
    assert hands.wires() == {"W.value>p.y"}


def test_re_plugging_into_the_void_disconnects(hands: Hands) -> None:
    """A wire pulled from its input and dropped on empty canvas is gone, and undo brings it back."""
    before = hands.wires()
    hands.drop(hands.port("q.x"), QPointF(200, 480))
    assert before - hands.wires() == {"x.value>q.x"}
    hands.studio.undo()
    assert hands.wires() == before


def test_re_plugging_back_changes_nothing(hands: Hands) -> None:
    """A wire pulled from its input and dropped there again is no edit."""
    before = hands.wires()
    hands.drag(hands.port("q.x"), QPointF(200, 480))
    hands.move(hands.port("q.x"))
    hands.release(hands.port("q.x"))
    assert hands.wires() == before
    assert not hands.studio.history.can_undo


def test_a_fresh_wire_into_the_void_makes_nothing(hands: Hands) -> None:
    """A new wire dropped on empty canvas is no edit."""
    before = hands.wires()
    hands.drop(hands.port("f.z"), QPointF(800, 500))
    assert hands.wires() == before
    assert not hands.studio.history.can_undo


@pytest.mark.parametrize("start", ["f.z", "q.x"])
def test_escape_lets_go(hands: Hands, start: str) -> None:
    """Escape while wiring or re-plugging leaves everything as it was."""
    before = hands.wires()
    hands.drag(hands.port(start), QPointF(200, 480))
    hands.key(Qt.Key.Key_Escape)
    assert not hands.view.marks.hidden
    hands.release(QPointF(200, 480))
    assert hands.wires() == before
    assert not hands.studio.history.can_undo


def test_the_right_button_lets_go(hands: Hands) -> None:
    """The right button during a drag cancels it."""
    before = hands.wires()
    hands.drag(hands.port("q.x"), QPointF(200, 480))
    hands.press(QPointF(200, 480), button=Qt.MouseButton.RightButton)
    assert not hands.view.gesture_active()
    assert hands.wires() == before


def test_many_wires_into_a_regulariser(make_hands: Make) -> None:
    """An input that takes many takes weights of several layers."""
    document = network(
        {
            "x": ("constant", 0, 0, {"value": [[1.0, 2.0]]}),
            "d1": ("dense", 160, 0, {"units": 2}),
            "d2": ("dense", 340, 0, {"units": 2}),
            "reg": ("l2", 540, 180, {}),
        },
        "x>d1 d1>d2",
    )
    hands = make_hands(document)
    hands.drop(hands.port("d1.W"), hands.port("reg.w"))
    hands.drop(hands.port("d2.W"), hands.port("reg.w"))
    assert {"d1.W>reg.w", "d2.W>reg.w"} <= hands.wires()


def test_a_click_on_a_port_selects_its_node(hands: Hands) -> None:
    """A press and release on a port without moving selects the node and wires nothing."""
    hands.click(hands.port("q.x"))
    assert hands.selected() == {"q"}
    assert not hands.studio.history.can_undo


def test_an_edit_from_elsewhere_ends_the_gesture(hands: Hands) -> None:
    """A node deleted by somebody else while a wire hangs from it takes the gesture with it, and painting goes on."""
    hands.drag(hands.port("f.z"), QPointF(700, 450))
    hands.studio.do(lambda: commands.delete(hands.document, (hands.node("f").id,)))
    assert not hands.view.gesture_active()
    assert not hands.view.grab().isNull()
    hands.release(QPointF(700, 450))
    assert hands.wires() == {"x.value>q.x", "y.value>q.y"}


def _without(hands: Hands, source: str, target: str) -> Patch:
    return commands.disconnect(hands.document, (hands.wire(source, target).id,))
