"""Dots on wires, by mouse and by keyboard."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands, dots
from gradstudio.document.model import Document, Dot, Patch
from gradstudio.ui.canvas import describe
from gradstudio.ui.canvas.curves import basis, points_on, through
from gradstudio.ui.canvas.gestures.dot import DotGesture
from gradstudio.ui.canvas.scene import Part, Scene
from tests.ui.canvas.hands import CTRL, RIGHT, SHIFT, Hands, sum_times_z
from tests.ui.canvas.test_rewire import on_wire, one_step_back
from tests.ui.canvas.test_scene import same
from tests.ui.canvas.test_select import ask_for_menu

AT = QPointF(170, 330)
"""A place in the view (100 units right and 270 below the scene's origin) with nothing there."""


def via(hands: Hands, source: str = "z", target: str = "f") -> tuple[Dot, ...]:
    """The dots of a wire."""
    return hands.wire(source, target).via


@pytest.fixture
def dotted(make_hands: Callable[[Document], Hands]) -> Hands:
    """f = (x + y)·z where the wire from z to f has dots at (150, 300) and (300, 300)."""
    document = sum_times_z()
    wire = max(document.wires)
    document.apply(dots.add_dot(document, wire, 0, 150, 300))
    document.apply(dots.add_dot(document, wire, 1, 300, 300))
    return make_hands(document)


def current(hands: Hands) -> tuple[int, int] | None:
    """The dot that keys mean."""
    return hands.view.marks.dot


def place(hands: Hands, index: int) -> QPointF:
    """Where a dot of z → f is in the view."""
    return hands.view.to_view(QPointF(*via(hands)[index]))


def test_a_double_click_on_a_wire_puts_a_dot_there(hands: Hands) -> None:
    """On the grid near the click, in one step; another one removes it."""
    before, at = files.dumps(hands.document), on_wire(hands, "z", "f")
    hands.double_click(at)
    (dot,) = via(hands)
    gap = QPointF(*dot) - hands.view.to_scene(at)
    assert gap.manhattanLength() < 12
    assert current(hands) == (hands.wire("z", "f").id, 0)
    one_step_back(hands, before)
    hands.studio.redo()
    hands.double_click(place(hands, 0))
    assert via(hands) == ()
    assert files.dumps(hands.document) == before


def test_a_dot_is_dragged(dotted: Hands) -> None:
    """It follows the mouse from grid point to grid point, with the wire; let go, that is one step."""
    before, there = files.dumps(dotted.document), QPointF(250, 441)
    dotted.drag(place(dotted, 0), there)
    row = dotted.view.scene.wires.row[dotted.wire("z", "f").id]
    shown = dotted.view.scene.wires.bends[dotted.wire("z", "f").id][0, 3]
    assert shown.tolist() == [190, 380]
    assert via(dotted) == ((150, 300), (300, 300))
    assert dotted.view.scene.wires.hull[row, 3] >= 380
    dotted.release(there)
    assert via(dotted) == ((190, 380), (300, 300))
    one_step_back(dotted, before)


def test_a_dragged_dot_stays_level_with_its_neighbours(dotted: Hands) -> None:
    """Near the height or the side of the dot beside it, or the height of the port, it takes exactly that."""
    dotted.drop(place(dotted, 0), place(dotted, 1) + QPointF(-80, 6))
    assert via(dotted)[0] == (220, 300)
    dotted.drop(place(dotted, 0), place(dotted, 1) + QPointF(-5, -80))
    assert via(dotted)[0] == (300, 220)
    port = dotted.view.port_point(dotted.node("z").id, "value", True)
    dotted.drop(place(dotted, 0), dotted.view.to_view(QPointF(230, port.y() + 5)))
    assert via(dotted)[0] == (230, port.y())


def test_escape_while_dragging_a_dot(dotted: Hands) -> None:
    """It is where it was, and what was selected is selected."""
    before = files.dumps(dotted.document)
    dotted.click(dotted.at("q"))
    dotted.drag(place(dotted, 0), AT)
    dotted.key(Qt.Key.Key_Escape)
    dotted.release(AT)
    assert files.dumps(dotted.document) == before
    assert same(dotted.view.scene, Scene(dotted.document))
    assert dotted.selected() == {"q"}
    assert current(dotted) is None


def test_a_wire_is_bent_by_dragging_its_middle(hands: Hands) -> None:
    """A new dot comes out of it, in one step; Escape leaves it straight."""
    before, at = files.dumps(hands.document), on_wire(hands, "z", "f")
    hands.drag(at, at + QPointF(20, 90))
    assert isinstance(hands.view._gesture, DotGesture)
    hands.key(Qt.Key.Key_Escape)
    hands.release(at + QPointF(20, 90))
    assert via(hands) == ()
    assert not hands.studio.history.can_undo
    hands.drop(at, at + QPointF(20, 90))
    assert len(via(hands)) == 1
    one_step_back(hands, before)


def test_dots_by_keyboard(hands: Hands) -> None:
    """On the selected wire one is put, moved by arrows in one step, another chosen, removed with Delete."""
    hands.studio.select((), (hands.wire("z", "f").id,))
    hands.view.add_dot()
    (first,) = via(hands)
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Right, SHIFT)
    assert via(hands) == ((first[0] + 50, first[1] + 10),)
    assert [title.split()[0] for title in hands.studio.history.titles] == ["Add", "Move"]
    hands.view.add_dot()
    assert len(via(hands)) == 2
    chosen = current(hands)
    hands.view.next_dot()
    now = current(hands)
    assert now is not None
    assert now != chosen
    kept = via(hands)[1 - now[1]]
    hands.key(Qt.Key.Key_Delete)
    assert via(hands) == (kept,)
    assert current(hands) is None
    hands.view.straighten_selected()
    assert via(hands) == ()
    assert hands.wires() == {"x.value>q.x", "y.value>q.y", "q.z>f.x", "z.value>f.y"}


def test_dots_need_a_wire(hands: Hands) -> None:
    """Without one it is said what to do."""
    hands.view.add_dot()
    hands.view.next_dot()
    assert hands.messages == ["Select a wire to put a dot on it.", "Select a wire with dots."]


def test_a_click_makes_a_dot_current_until_something_else_is_selected(dotted: Hands) -> None:
    """Keys mean it as long as its wire is selected and it is there."""
    dotted.click(place(dotted, 1))
    wire = dotted.wire("z", "f").id
    assert dotted.studio.selection() == ((), (wire,))
    assert current(dotted) == (wire, 1)
    dotted.studio.do(dots.remove_dot(dotted.document, wire, 1))
    assert current(dotted) is None
    dotted.click(place(dotted, 0))
    dotted.click(dotted.at("q"))
    assert current(dotted) is None


def test_a_dot_belongs_to_its_wire(dotted: Hands) -> None:
    """Its menu selects the wire, and its tooltip is the wire's."""
    wire, at = dotted.wire("z", "f").id, place(dotted, 0)
    hit = ask_for_menu(dotted, at, QContextMenuEvent.Reason.Mouse)
    assert (hit.part, hit.wire, hit.index) == (Part.DOT, wire, 0)
    assert dotted.studio.selection() == ((), (wire,))
    assert "z.value → f.y" in describe.tooltip(dotted.view, dotted.view.to_scene(at))


def test_dots_go_along_while_both_nodes_are_dragged(dotted: Hands) -> None:
    """During the drag already, and in the document in the same step; with one node alone they stay."""
    before, wire = files.dumps(dotted.document), dotted.wire("z", "f").id
    dotted.studio.select([dotted.node(n).id for n in "zf"])
    end = dotted.header("z") + QPointF(0, 40)
    dotted.drag(dotted.header("z"), end)
    assert dotted.view.scene.wires.bends[wire][0, 3].tolist() == [150, 340]
    dotted.release(end)
    assert via(dotted) == ((150, 340), (300, 340))
    one_step_back(dotted, before)
    dotted.drag(dotted.header("z"), dotted.header("z") + QPointF(0, 40))
    dotted.key(Qt.Key.Key_Escape)
    assert same(dotted.view.scene, Scene(dotted.document))


def test_the_wire_is_hit_cut_and_shown_where_it_is_led(dotted: Hands) -> None:
    """Under the mouse between its dots, crossed by a stroke there, and within the bounds of the picture."""
    between = dotted.view.to_view(QPointF(225, 300))
    hit = dotted.view.scene.hit(QPointF(225, 300), 1.0)
    assert (hit.part, hit.wire) == (Part.WIRE, dotted.wire("z", "f").id)
    assert dotted.view.scene.hit(QPointF(152, 303), 1.0).part is Part.DOT
    assert dotted.view.scene.bounds().bottom() >= 300
    dotted.drop(between - QPointF(0, 30), between + QPointF(0, 30), CTRL, RIGHT)
    assert "z.value>f.y" not in dotted.wires()


def test_a_node_dropped_between_two_dots_parts_them(dotted: Hands) -> None:
    """Those before it stay with the first half of the wire, those behind it with the second."""
    dotted.studio.do(lambda: _tanh(dotted))
    dotted.drop(dotted.header("t"), dotted.view.to_view(QPointF(225 - 40, 300 - 40)))
    assert via(dotted, "z", "t") == ((150, 300),)
    assert via(dotted, "t", "f") == ((300, 300),)


def test_dots_are_painted_near_and_far(dotted: Hands) -> None:
    """At every scale, hovered, current, and with the wire pulled off: the picture shows them without a complaint."""
    dotted.move(place(dotted, 0))
    dotted.view.choose_dot((dotted.wire("z", "f").id, 1))
    QApplication.processEvents()
    with_dots = dotted.view.grab().toImage()
    for scale in (0.1, 0.3, 1.0, 3.0):
        dotted.view.set_scale(scale)
        assert not dotted.view.grab().isNull()
    dotted.view.set_scale(1.0)
    dotted.studio.do(dots.straighten(dotted.document, dotted.document.wires))
    assert dotted.view.grab().toImage() != with_dots


def test_a_chain_is_smooth_and_goes_through_its_dots() -> None:
    """At each dot one piece ends where and as the next begins; a level row of dots makes straight level pieces."""
    places: list[Dot] = [(100, 50), (40, 120), (300, 120), (420, 120)]
    pieces = through((0, 0), places, (500, 10))
    assert pieces[1:, 0].tolist() == [list(p) for p in places]
    assert pieces[:-1, 3].tolist() == [list(p) for p in places]
    leaving, entering = pieces[1:, 1] - pieces[1:, 0], pieces[:-1, 3] - pieces[:-1, 2]
    turn = leaving[:, 0] * entering[:, 1] - leaving[:, 1] * entering[:, 0]
    assert np.abs(turn).max() < 1e-6
    assert ((leaving * entering).sum(axis=1) > 0).all()
    row = through((0, 0), [(100, 0), (200, 0)], (300, 0))
    assert np.abs(points_on(row, basis(np.linspace(0, 1, 9)))[..., 1]).max() == 0
    around = through((0, 0), [(100, 80), (400, 80)], (500, -20))
    assert (points_on(around[1:2], basis(np.linspace(0, 1, 9)))[..., 1] == 80).all()


def _tanh(hands: Hands) -> Patch:
    return commands.add_node(hands.document, "tanh", 500, 400, name="t")[0]
