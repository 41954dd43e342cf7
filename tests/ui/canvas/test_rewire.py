"""Wires cut by a stroke, nodes joined without aiming, put into wires and taken out of them: all by hand."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document, Patch
from gradstudio.ui.canvas.gestures.cut import CutGesture
from gradstudio.ui.canvas.gestures.drop import DropGesture
from gradstudio.ui.canvas.gestures.lazy import LazyGesture
from gradstudio.ui.canvas.gestures.move import MoveGesture
from gradstudio.ui.canvas.gestures.wire import WireGesture
from tests.ui.canvas.hands import ALT, CTRL, LEFT, NO_KEY, RIGHT, Hands, network, sum_times_z

Make = Callable[[Document], Hands]
G = TypeVar("G")
FAR = QPointF(300, 480)


def on_wire(hands: Hands, source: str, target: str, share: float = 0.5) -> QPointF:
    """A point of a wire, in the view."""
    wires = hands.view.scene.wires
    x, y = wires.points(np.array([wires.row[hands.wire(source, target).id]]))[0, round(24 * share)].tolist()
    return hands.view.to_view(QPointF(x, y))


def one_step_back(hands: Hands, before: bytes) -> None:
    """What was done was one step, and undo takes it back byte for byte."""
    assert len(hands.studio.history.titles) == 1
    hands.studio.undo()
    assert files.dumps(hands.document) == before


def gesture(hands: Hands, kind: type[G]) -> G:
    """The gesture in progress."""
    found = hands.view._gesture
    assert isinstance(found, kind)
    return found


def taking(hands: Hands) -> int | None:
    """The wire that would take the dragged node."""
    rewiring = gesture(hands, MoveGesture)._rewiring
    assert rewiring is not None
    return rewiring.wire


def chain() -> Document:
    """a → r → s in a row, and a loose t below them."""
    nodes: dict[str, tuple[str, float, float, dict[str, object]]] = {
        "a": ("constant", 0, 100, {"value": [1.0, -2.0]}),
        "r": ("relu", 200, 100, {}),
        "s": ("sum", 420, 100, {}),
        "t": ("tanh", 200, 300, {}),
    }
    return network(nodes, "a>r.x r>s.x")


# --- cutting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_key", [False, True])
def test_a_stroke_cuts_every_wire_it_crosses(hands: Hands, by_key: bool) -> None:
    """Ctrl and the right button, or Y and the left one: crossed wires are marked, then gone in one step."""
    before, wires = files.dumps(hands.document), hands.wires()
    start, end = on_wire(hands, "x", "q") - QPointF(0, 60), on_wire(hands, "y", "q") + QPointF(0, 60)
    if by_key:
        QTest.keyPress(hands.view, Qt.Key.Key_Y)
    button, keys = (LEFT, NO_KEY) if by_key else (RIGHT, CTRL)
    hands.drag(start, end, keys, button)
    assert len(gesture(hands, CutGesture)._cut) == 2
    assert hands.wires() == wires
    hands.release(end, keys)
    QTest.keyRelease(hands.view, Qt.Key.Key_Y)
    assert hands.wires() == {"q.z>f.x", "z.value>f.y"}
    one_step_back(hands, before)


def test_escape_in_a_stroke_cuts_nothing(hands: Hands) -> None:
    """All wires stay, whatever was crossed, and letting go changes nothing any more."""
    wires = hands.wires()
    end = on_wire(hands, "x", "q") + QPointF(0, 60)
    hands.drag(on_wire(hands, "x", "q") - QPointF(0, 60), end, CTRL, RIGHT)
    hands.key(Qt.Key.Key_Escape)
    hands.release(end, CTRL)
    assert hands.wires() == wires
    assert not hands.studio.history.can_undo


def test_a_stroke_beside_all_wires_is_no_edit(hands: Hands) -> None:
    """Nor does it open a menu, though it was made with the right button."""
    asked: list[object] = []
    hands.view.menuRequested.connect(lambda *menu: asked.append(menu))
    hands.drop(QPointF(700, 400), QPointF(800, 500), CTRL, RIGHT)
    at = QPointF(800, 500).toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, hands.view.mapToGlobal(at))
    QApplication.sendEvent(hands.view, event)
    assert not asked
    assert not hands.studio.history.can_undo
    hands.press(FAR, button=RIGHT)
    QApplication.sendEvent(hands.view, event)
    assert len(asked) == 1


def test_what_a_stroke_crosses_is_exact(hands: Hands) -> None:
    """A stroke that ends short of a wire, or runs along beside it, doesn't cut it."""
    wires = hands.wires()
    on = on_wire(hands, "z", "f")
    hands.drop(on + QPointF(0, 60), on + QPointF(0, 6), CTRL, RIGHT)
    assert hands.wires() == wires
    hands.drop(on + QPointF(0, 6), on + QPointF(0, -2), CTRL, RIGHT)
    assert wires - hands.wires() == {"z.value>f.y"}


def test_cutting_by_name(hands: Hands) -> None:
    """The wires around the selected nodes go in one step, and no others."""
    before = files.dumps(hands.document)
    hands.click(hands.at("q"))
    hands.view.unwire_selected()
    assert hands.wires() == {"z.value>f.y"}
    one_step_back(hands, before)


# --- joining ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_key", [False, True])
def test_from_body_to_body(make_hands: Make, by_key: bool) -> None:
    """Alt and the right button, or J and the left one, from node to node: the first ports that fit are connected."""
    hands = make_hands(sum_times_z("x>q.x"))
    before = files.dumps(hands.document)
    if by_key:
        QTest.keyPress(hands.view, Qt.Key.Key_J)
    button, keys = (LEFT, NO_KEY) if by_key else (RIGHT, ALT)
    hands.drag(hands.at("y"), hands.at("q"), keys, button)
    assert gesture(hands, LazyGesture).extent().contains(hands.port("q.y"))
    hands.release(hands.at("q"), keys)
    QTest.keyRelease(hands.view, Qt.Key.Key_J)
    assert hands.wires() == {"x.value>q.x", "y.value>q.y"}
    one_step_back(hands, before)


def test_from_body_to_body_the_other_way(make_hands: Make) -> None:
    """From a gate to a constant the constant feeds the gate: that is the only way."""
    hands = make_hands(sum_times_z(""))
    hands.drop(hands.at("q"), hands.at("x"), ALT, RIGHT)
    assert hands.wires() == {"x.value>q.x"}


def test_a_refusal_is_shown_before_the_button_is_up(hands: Hands) -> None:
    """Over a node that can't be fed the reason is shown, and told again on release; nothing is made."""
    wires = hands.wires()
    hands.drag(hands.at("f"), hands.at("q"), ALT, RIGHT)
    bubble = gesture(hands, LazyGesture).extent()
    assert bubble.width() > 100
    hands.release(hands.at("q"), ALT)
    assert hands.messages == ["Every input of “q” has its wire. Take one away first."]
    assert hands.wires() == wires


@pytest.mark.parametrize("end", ["empty", "itself", "escape"])
def test_leading_nowhere_joins_nothing(make_hands: Make, end: str) -> None:
    """On empty canvas, on the node itself, and with Escape nothing is connected."""
    hands = make_hands(sum_times_z(""))
    there = {"empty": FAR, "itself": hands.at("x", 5), "escape": hands.at("q")}[end]
    hands.drag(hands.at("x"), there, ALT, RIGHT)
    if end == "escape":
        hands.key(Qt.Key.Key_Escape)
    hands.release(there, ALT)
    assert hands.wires() == set()
    assert not hands.studio.history.can_undo


def test_tapping_j_joins_the_selected(make_hands: Make) -> None:
    """Without a drag the key wires the selected nodes from left to right, in one step."""
    hands = make_hands(sum_times_z(""))
    before = files.dumps(hands.document)
    hands.view.select_all()
    QTest.keyClick(hands.view, Qt.Key.Key_J)
    assert hands.wires() == {"x.value>q.x", "y.value>q.y", "z.value>f.x", "q.z>f.y"}
    one_step_back(hands, before)
    hands.studio.select()
    QTest.keyClick(hands.view, Qt.Key.Key_J)
    assert "Select two nodes" in hands.messages[-1]


def test_a_dragged_j_is_no_tap(make_hands: Make) -> None:
    """After a drag letting the key go joins nothing more."""
    hands = make_hands(sum_times_z(""))
    hands.view.select_all()
    QTest.keyPress(hands.view, Qt.Key.Key_J)
    hands.drop(hands.at("x"), hands.at("q"))
    QTest.keyRelease(hands.view, Qt.Key.Key_J)
    assert hands.wires() == {"x.value>q.x"}


# --- into a wire ------------------------------------------------------------------------------------------------------


def test_a_node_dropped_on_a_wire_goes_into_it(make_hands: Make) -> None:
    """While it is held there the wire is marked; let go, it is moved and wired in one step."""
    hands = make_hands(chain())
    before, there = files.dumps(hands.document), on_wire(hands, "r", "s")
    hands.drag(hands.header("t"), there - QPointF(30, 20))
    assert taking(hands) == hands.wire("r", "s").id
    hands.release(there - QPointF(30, 20))
    assert hands.wires() == {"a.value>r.x", "r.z>t.x", "t.z>s.x"}
    assert hands.places()["t"] != (200, 300)
    one_step_back(hands, before)


def test_escape_over_a_wire_puts_the_node_back(make_hands: Make) -> None:
    """Neither place nor wires change."""
    hands = make_hands(chain())
    before, there = files.dumps(hands.document), on_wire(hands, "r", "s")
    hands.drag(hands.header("t"), there - QPointF(30, 20))
    hands.key(Qt.Key.Key_Escape)
    hands.release(there)
    assert files.dumps(hands.document) == before
    assert not hands.studio.history.can_undo


@pytest.mark.parametrize("why", ["feeds", "alt", "several"])
def test_not_every_node_goes_into_a_wire(make_hands: Make, why: str) -> None:
    """One that feeds something, one held with Alt, several at once: they are only moved."""
    hands = make_hands(network({"u": ("exp", 420, 300, {}), **_items(chain())}, "a>r.x r>s.x t>u.x"))
    if why != "feeds":
        hands.studio.do(lambda: _cut(hands, "t", "u"))
    wires, there = hands.wires(), on_wire(hands, "r", "s")
    if why == "several":
        hands.studio.select([hands.node(n).id for n in "tu"])
    hands.drop(hands.header("t"), there - QPointF(30, 20), ALT if why == "alt" else NO_KEY)
    assert hands.wires() == wires
    assert hands.places()["t"] != (200, 300)


def test_a_wire_that_cannot_take_the_node_is_passed_over(make_hands: Make) -> None:
    """Labels don't go through a tanh."""
    document = network(
        {
            "data": ("spiral", 0, 0, {"per_class": 3}),
            "loss": ("softmax_cross_entropy", 440, 0, {}),
            "t": ("tanh", 200, 300, {}),
        },
        "data.labels>loss.labels",
    )
    hands = make_hands(document)
    there = on_wire(hands, "data", "loss")
    hands.drag(hands.header("t"), there - QPointF(30, 20))
    assert taking(hands) is None
    hands.release(there - QPointF(30, 20))
    assert hands.wires() == {"data.labels>loss.labels"}


def test_a_gate_from_the_palette_goes_into_a_wire(make_hands: Make) -> None:
    """Dropped on a wire it is inserted, in one step; the wire is marked while it is dragged over it."""
    hands = make_hands(chain())
    before, there, mime = files.dumps(hands.document), on_wire(hands, "r", "s"), hands.carry("exp")
    hands.drag_in(mime, FAR)
    hands.drag_on(mime, there)
    assert hands.view._drop is not None
    assert isinstance(hands.view._drop, DropGesture)
    assert hands.view._drop.wire == hands.wire("r", "s").id
    assert not hands.view.grab().isNull()
    hands.let_fall(mime, there)
    (made,) = hands.selected()
    assert hands.wires() == {"a.value>r.x", f"r.z>{made}.x", f"{made}.z>s.x"}
    one_step_back(hands, before)


def test_a_selected_node_goes_into_a_selected_wire(make_hands: Make) -> None:
    """By keyboard: with one of each selected, J puts the node into the wire."""
    hands = make_hands(chain())
    before = files.dumps(hands.document)
    hands.studio.select((hands.node("t").id,), (hands.wire("r", "s").id,))
    QTest.keyClick(hands.view, Qt.Key.Key_J)
    assert hands.wires() == {"a.value>r.x", "r.z>t.x", "t.z>s.x"}
    one_step_back(hands, before)


# --- out of the wires -------------------------------------------------------------------------------------------------


def test_alt_drags_a_node_out_and_its_wires_heal(make_hands: Make) -> None:
    """What would close the gap is shown while Alt is held; it is one step with the move."""
    hands = make_hands(chain())
    before = files.dumps(hands.document)
    end = hands.header("r") + QPointF(0, 200)
    hands.drag(hands.header("r"), end, ALT)
    assert len(hands.view.marks.hidden) == 2
    assert gesture(hands, MoveGesture).region().boundingRect().width() > 100
    hands.release(end, ALT)
    assert hands.wires() == {"a.value>s.x"}
    assert hands.places()["r"] == (200, 300)
    assert not hands.view.marks.hidden
    one_step_back(hands, before)


def test_alt_may_be_let_go_again(make_hands: Make) -> None:
    """Without Alt at the end the node is only moved, and its wires follow."""
    hands = make_hands(chain())
    end = hands.header("r") + QPointF(0, 200)
    hands.drag(hands.header("r"), end, ALT)
    hands.move(end)
    assert not hands.view.marks.hidden
    hands.release(end)
    assert hands.wires() == {"a.value>r.x", "r.z>s.x"}


def test_escape_while_dragging_out_changes_nothing(make_hands: Make) -> None:
    """The wires are there again, and the node is where it was."""
    hands = make_hands(chain())
    before = files.dumps(hands.document)
    end = hands.header("r") + QPointF(0, 200)
    hands.drag(hands.header("r"), end, ALT)
    hands.key(Qt.Key.Key_Escape)
    assert not hands.view.marks.hidden
    hands.release(end, ALT)
    assert files.dumps(hands.document) == before


def test_taking_out_and_deleting_by_name(make_hands: Make) -> None:
    """The same without the mouse: the node stays without wires, or goes."""
    hands = make_hands(chain())
    before = files.dumps(hands.document)
    hands.studio.select((hands.node("r").id,))
    hands.view.take_out_selected()
    assert hands.wires() == {"a.value>s.x"}
    one_step_back(hands, before)
    hands.studio.select((hands.node("r").id,))
    hands.view.dissolve_selected()
    assert hands.wires() == {"a.value>s.x"}
    assert hands.document.named("r") is None
    one_step_back(hands, before)


# --- ends of wires ----------------------------------------------------------------------------------------------------


def test_all_wires_of_an_output_move_with_ctrl(make_hands: Make) -> None:
    """Ctrl-dragged from an output that feeds several, all its wires go to another output, in one step."""
    hands = make_hands(sum_times_z("x>q.x x>f.x"))
    before = files.dumps(hands.document)
    hands.drag(hands.port("x.value"), hands.port("z.value"), CTRL)
    assert len(gesture(hands, WireGesture).lifted) == 2
    assert len(hands.view.marks.hidden) == 2
    hands.release(hands.port("z.value"), CTRL)
    assert hands.wires() == {"z.value>q.x", "z.value>f.x"}
    one_step_back(hands, before)


def test_all_wires_stay_where_one_is_refused(make_hands: Make) -> None:
    """The reason is shown before the button is up."""
    hands = make_hands(sum_times_z("x>q.x x>f.x q>f.y"))
    wires = hands.wires()
    hands.drag(hands.port("x.value"), hands.port("q.z"), CTRL)
    assert gesture(hands, WireGesture).refusal is not None
    hands.release(hands.port("q.z"), CTRL)
    assert hands.wires() == wires
    assert hands.messages


def test_escape_leaves_all_wires(make_hands: Make) -> None:
    """As for one wire."""
    hands = make_hands(sum_times_z("x>q.x x>f.x"))
    wires = hands.wires()
    hands.drag(hands.port("x.value"), FAR, CTRL)
    hands.key(Qt.Key.Key_Escape)
    hands.release(FAR, CTRL)
    assert hands.wires() == wires


def test_all_wires_of_an_input_that_takes_many(make_hands: Make) -> None:
    """Ctrl-dragged, all go to another such input; an input that takes one refuses them."""
    document = network(
        {
            "a": ("parameter", 0, 0, {}),
            "b": ("parameter", 0, 120, {}),
            "l2": ("l2", 240, 0, {}),
            "l1": ("l1", 240, 140, {}),
            "r": ("relu", 440, 0, {}),
        },
        "a>l2.w b>l2.w",
    )
    hands = make_hands(document)
    hands.drag(hands.port("l2.w"), hands.port("r.x"), CTRL)
    refusal = gesture(hands, WireGesture).refusal
    assert refusal is not None
    assert "takes one wire; these are 2" in refusal.message
    hands.move(hands.port("l1.w"), CTRL)
    hands.release(hands.port("l1.w"), CTRL)
    assert hands.wires() == {"a.value>l1.w", "b.value>l1.w"}


def test_a_wire_is_pulled_off_at_either_end(hands: Hands) -> None:
    """Dragged near its beginning it goes to another output, near its end to another input, each in one step."""
    before = files.dumps(hands.document)
    hands.drop(on_wire(hands, "z", "f", 0.08), hands.port("y.value"))
    assert "y.value>f.y" in hands.wires()
    assert "z.value>f.y" not in hands.wires()
    one_step_back(hands, before)
    hands.studio.do(lambda: _cut(hands, "y", "q"))
    hands.drop(on_wire(hands, "x", "q", 0.94), hands.port("q.y"))
    assert "x.value>q.y" in hands.wires()


def test_pulling_a_wire_off_by_its_end_and_escape(hands: Hands) -> None:
    """It stays, and what was selected before is selected."""
    wires = hands.wires()
    hands.drag(on_wire(hands, "z", "f", 0.08), FAR)
    hands.key(Qt.Key.Key_Escape)
    hands.release(FAR)
    assert hands.wires() == wires


def test_over_a_node_without_a_fitting_side_the_reason_is_shown(make_hands: Make) -> None:
    """A wire from an output over a constant: it takes none, says the bubble, and nothing is made."""
    hands = make_hands(sum_times_z(""))
    hands.drag(hands.port("x.value"), hands.at("z"))
    refusal = gesture(hands, WireGesture).refusal
    assert refusal is not None
    assert refusal.message == "“z” takes no wire: it has no input."
    hands.release(hands.at("z"))
    assert hands.messages == [refusal.message]
    assert hands.wires() == set()


def test_over_a_body_the_most_telling_reason_is_shown(make_hands: Make) -> None:
    """A node with a port of another kind and one of another shape tells of the shape, with both."""
    document = network(
        {
            "s": ("constant", 0, 0, {"value": [[1.0, 2.0], [3.0, 4.0]]}),
            "labels": ("labels", 0, 120, {"value": [0, 1, 1]}),
            "loss": ("softmax_cross_entropy", 300, 0, {}),
        },
        "labels>loss.labels",
    )
    hands = make_hands(document)
    hands.drag(hands.port("s.value"), hands.header("loss") + QPointF(40, 0))
    refusal = gesture(hands, WireGesture).refusal
    assert refusal is not None
    assert "2×2" in refusal.message
    assert "3" in refusal.message
    hands.release(hands.header("loss") + QPointF(40, 0))


def _items(document: Document) -> dict[str, tuple[str, float, float, dict[str, object]]]:
    return {n.name: (n.gate, n.x, n.y, dict(n.params)) for n in document.nodes.values()}


def _cut(hands: Hands, source: str, target: str) -> Patch:
    return commands.disconnect(hands.document, (hands.wire(source, target).id,))
