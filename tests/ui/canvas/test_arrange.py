"""Nodes brought into order by command."""

import itertools
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands
from gradstudio.document.dots import add_dot
from gradstudio.document.model import Document
from gradstudio.ui.canvas import arrange
from gradstudio.ui.canvas.glide import MILLISECONDS
from gradstudio.ui.canvas.scene import Scene
from tests.ui.canvas.hands import Hands, network
from tests.ui.canvas.test_scene import same

MakeHands = Callable[[Document], Hands]


def scattered() -> Document:
    """f = (x + y)·z with its nodes anywhere."""
    return network(
        {
            "x": ("constant", 300, 500, {}), "y": ("constant", 20, 0, {}), "z": ("constant", 700, 130, {}),
            "q": ("add", 10, 305, {}), "f": ("multiply", 55, 120, {}),
        },
        "x>q.x y>q.y q>f.x z>f.y",
    )  # fmt: skip


def one_step(hands: Hands, title: str, before: dict[str, tuple[float, float]]) -> None:
    """What was done is one step of this title, and undo takes all of it back."""
    assert hands.places() != before
    assert hands.studio.history.undo_title == title
    hands.studio.undo()
    assert hands.places() == before
    assert not hands.studio.history.can_undo


def choose(hands: Hands, *names: str) -> None:
    hands.studio.select([hands.node(name).id for name in names])


# --- laying out -----------------------------------------------------------------------------------------------------


def test_the_whole_network_reads_from_left_to_right(make_hands: MakeHands) -> None:
    """After tidying up every wire leads to the right, nothing overlaps, the corner stays, and it is one step."""
    hands = make_hands(scattered())
    before = hands.places()
    arrange.tidy(hands.view)
    places, view = hands.places(), hands.view
    for wire in hands.document.wires.values():
        assert view.node_rect(wire.source).right() < view.node_rect(wire.target).left()
    rects = [view.node_rect(i) for i in hands.document.nodes]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
    assert (min(x for x, _ in places.values()), min(y for _, y in places.values())) == (10, 0)
    arrange.tidy(view)
    assert hands.places() == places
    one_step(hands, "Tidy up the network", before)


def test_only_the_selection_is_laid_out(make_hands: MakeHands) -> None:
    """Nodes that aren't selected stay where they are."""
    hands = make_hands(scattered())
    before = hands.places()
    choose(hands, "x", "y", "q")
    arrange.tidy(hands.view, selection=True)
    after = hands.places()
    assert (after["z"], after["f"]) == (before["z"], before["f"])
    assert after["x"][0] == after["y"][0] < after["q"][0]
    one_step(hands, "Tidy up 3 nodes", before)


def test_wires_that_are_laid_out_lose_their_dots(make_hands: MakeHands) -> None:
    """A dot that led a wire around something has no place in the new picture; undo brings it back."""
    document = scattered()
    wire = next(w.id for w in document.wires.values() if document.nodes[w.source].name == "q")
    document.apply(add_dot(document, wire, 0, 400.0, 400.0))
    hands = make_hands(document)
    arrange.tidy(hands.view)
    assert hands.document.wires[wire].via == ()
    hands.studio.undo()
    assert hands.document.wires[wire].via == ((400.0, 400.0),)


def test_what_was_all_in_view_is_all_in_view(make_hands: MakeHands) -> None:
    """A network that was seen whole is seen whole after it; one that wasn't is not zoomed."""
    hands = make_hands(scattered())
    view = hands.view
    view.zoom_to_fit()
    arrange.tidy(view)
    assert view.visible_area().contains(view.scene.bounds())
    hands.studio.undo()
    view.set_scale(1.5)
    view.center_on(hands.node("x").id)
    arrange.tidy(view)
    assert view.scale() == 1.5


def test_nothing_to_lay_out(make_hands: MakeHands) -> None:
    """An empty network, and one that is tidy, make no step."""
    hands = make_hands(Document())
    arrange.tidy(hands.view)
    assert not hands.studio.history.can_undo


# --- in line --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edge", arrange.EDGES)
def test_aligning(make_hands: MakeHands, edge: str) -> None:
    """The edges (or middles) of the selected nodes come in line; nothing moves the other way; it is one step."""
    hands = make_hands(scattered())
    before = hands.places()
    choose(hands, "x", "y", "q")
    arrange.align(hands.view, edge)
    rects = [hands.view.node_rect(hands.node(name).id) for name in ("x", "y", "q")]
    measure = {
        "left": lambda r: r.left(), "center": lambda r: r.center().x(), "right": lambda r: r.right(),
        "top": lambda r: r.top(), "middle": lambda r: r.center().y(), "bottom": lambda r: r.bottom(),
    }[edge]  # fmt: skip
    assert len({measure(rect) for rect in rects}) == 1
    after = hands.places()
    still = 1 if edge in ("left", "center", "right") else 0
    assert all(after[name][still] == before[name][still] for name in before)
    assert (after["z"], after["f"]) == (before["z"], before["f"])
    words = {
        "left": "Align 3 nodes left", "center": "Align the centres of 3 nodes", "right": "Align 3 nodes right",
        "top": "Align 3 nodes at the top", "middle": "Align the middles of 3 nodes",
        "bottom": "Align 3 nodes at the bottom",
    }  # fmt: skip
    one_step(hands, words[edge], before)


@pytest.mark.parametrize("axis", [0, 1])
def test_distributing(make_hands: MakeHands, axis: int) -> None:
    """The gaps between the nodes become equal, the outermost stay."""
    hands = make_hands(scattered())
    before = hands.places()
    hands.view.select_all()
    arrange.distribute(hands.view, axis)
    rects = [hands.view.node_rect(i) for i in hands.document.nodes]
    spans = sorted((r.left(), r.right()) if axis == 0 else (r.top(), r.bottom()) for r in rects)
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(spans)]
    assert max(gaps) - min(gaps) < 1e-6
    first, last = ("q", "z") if axis == 0 else ("y", "x")
    after = hands.places()
    assert (after[first], after[last]) == (before[first], before[last])
    one_step(hands, "Distribute 5 nodes across" if axis == 0 else "Distribute 5 nodes down", before)


def test_level_wires(make_hands: MakeHands) -> None:
    """Each selected node goes to the height at which the wire from the others runs straight."""
    hands = make_hands(scattered())
    hands.document.apply(commands.move(hands.document, {hands.node("f").id: (300, 120)}))
    before = hands.places()
    choose(hands, "q", "f")
    arrange.straighten(hands.view)
    row = hands.view.scene.wires.row[hands.wire("q", "f").id]
    _, start, _, end = hands.view.scene.wires.ends[row].tolist()
    assert start == end
    assert hands.places()["q"] == before["q"]
    one_step(hands, "Straighten 2 nodes", before)


def test_a_single_node_goes_level_with_what_feeds_it(make_hands: MakeHands) -> None:
    """With one node selected its first wire becomes level; one that nothing feeds stays."""
    hands = make_hands(scattered())
    choose(hands, "f")
    arrange.straighten(hands.view)
    row = hands.view.scene.wires.row[hands.wire("q", "f").id]
    _, start, _, end = hands.view.scene.wires.ends[row].tolist()
    assert start == end
    choose(hands, "y")
    steps = hands.studio.history.index
    arrange.straighten(hands.view)
    assert hands.studio.history.index == steps


def test_too_few_nodes_make_no_step(make_hands: MakeHands) -> None:
    """One node can't be aligned, two can't be distributed."""
    hands = make_hands(scattered())
    choose(hands, "x")
    arrange.align(hands.view, "left")
    choose(hands, "x", "y")
    arrange.distribute(hands.view, 0)
    assert not hands.studio.history.can_undo


# --- on insert ------------------------------------------------------------------------------------------------------


def test_a_node_put_between_others_makes_room_by_choice(make_hands: MakeHands) -> None:
    """By choice, what a new node is wired to is laid out in the step that adds it; without it nothing else moves."""
    for tidy in (False, True):
        hands = make_hands(scattered())
        arrange.tidy(hands.view)
        before, steps = hands.places(), hands.studio.history.index
        hands.view.habits.tidy = tidy
        hands.view.place_gate("exp", wire=hands.wire("q", "f").id)
        assert hands.studio.history.index == steps + 1
        moved = {name for name, place in before.items() if hands.places()[name] != place}
        assert bool(moved) is tidy
        if tidy:
            view = hands.view
            rects = [view.node_rect(i) for i in hands.document.nodes]
            assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
        hands.studio.undo()
        assert hands.places() == before


def test_a_loose_node_moves_nothing(make_hands: MakeHands) -> None:
    """A node that is wired to nothing stays where it was dropped, whatever is chosen."""
    hands = make_hands(scattered())
    hands.view.habits.tidy = True
    before = hands.places()
    hands.view.place_gate("exp", QPointF(700, 400))
    after = hands.places()
    assert {name: after[name] for name in before} == before


def gliding(hands: Hands) -> bool:
    return hands.view.glide.running


# --- on the way -----------------------------------------------------------------------------------------------------


def test_nodes_glide_and_arrive(make_hands: MakeHands) -> None:
    """With animations the document is there at once; the canvas shows nodes on their way, and then where they are."""
    hands = make_hands(scattered())
    view = hands.view
    view.habits.animated = True
    before = view.node_rect(hands.node("x").id)
    arrange.tidy(view)
    goal = hands.places()["x"]
    assert gliding(hands)
    assert (view.node_rect(hands.node("x").id).left(), goal[0]) == (before.left(), goal[0])
    QTest.qWait(MILLISECONDS + 120)
    assert not gliding(hands)
    assert (view.node_rect(hands.node("x").id).x(), view.node_rect(hands.node("x").id).y()) == goal
    assert same(view.scene, Scene(hands.document))


def test_whatever_a_person_does_ends_the_glide(make_hands: MakeHands) -> None:
    """A press, a key, a wheel, an edit: nodes are there before it counts."""
    hands = make_hands(scattered())
    view = hands.view
    view.habits.animated = True

    def edit() -> None:
        hands.studio.do(commands.rename(hands.document, hands.node("x").id, f"x{hands.studio.history.index}"))
        hands.studio.do(commands.rename(hands.document, hands.document.wires_into(hands.node("q").id)[0].source, "x"))

    for act in (
        lambda: hands.click(QPointF(5, 5)), lambda: hands.key(Qt.Key.Key_Escape),
        lambda: hands.wheel(QPointF(50, 50), 120), edit, hands.studio.undo, view.hide,
    ):  # fmt: skip
        view.show()
        hands.document.apply(commands.move(hands.document, {hands.node("x").id: (300.0, 500.0)}))
        arrange.tidy(view)
        assert gliding(hands)
        act()
        assert not gliding(hands)
        assert same(view.scene, Scene(hands.document))
    view.show()
    QApplication.processEvents()


def test_without_animations_nodes_are_there_at_once(make_hands: MakeHands) -> None:
    """Turned off, nothing moves in between and no timer runs."""
    hands = make_hands(scattered())
    hands.view.habits.animated = False
    arrange.tidy(hands.view)
    assert not hands.view.glide.running
    assert same(hands.view.scene, Scene(hands.document))


def test_a_node_dropped_on_a_wire_makes_room_too(make_hands: MakeHands) -> None:
    """A loose node dragged into a wire lays the others out in the same step, and one undo takes both back."""
    document = scattered()
    hands = make_hands(document)
    arrange.tidy(hands.view)
    hands.view.place_gate("exp", QPointF(40, 420))
    hands.view.habits.tidy = True
    before, steps, wires = hands.places(), hands.studio.history.index, hands.wires()
    middle = (hands.port("q.z") + hands.port("f.x")) / 2
    name = next(node.name for node in document.nodes.values() if node.gate == "exp")
    grip = hands.at(name) - hands.view.to_view(hands.view.node_rect(hands.node(name).id).center())
    hands.drop(hands.at(name), middle + grip)
    assert hands.wires() != wires
    assert hands.studio.history.index == steps + 1
    rects = [hands.view.node_rect(i) for i in hands.document.nodes]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
    hands.studio.undo()
    assert (hands.places(), hands.wires()) == (before, wires)
