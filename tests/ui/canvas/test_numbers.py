"""What is written on wires and nodes."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from gradstudio.document import commands
from gradstudio.document.model import Document, Node, Patch
from gradstudio.document.shapes import infer
from gradstudio.training.snapshot import Summary
from gradstudio.ui.canvas import describe
from gradstudio.ui.canvas.asked import Reading
from gradstudio.ui.canvas.face import face_of
from gradstudio.ui.canvas.figures import gradient_text, number, value_text, wire_shape
from tests.ui.canvas.hands import Hands, network


def summary(array: object) -> Summary:
    a = np.asarray(array, float)
    return Summary(a.shape, float(np.linalg.norm(a)), float(a.min()), float(a.max()), float(a.mean()), 0.0, a)


@pytest.mark.parametrize(
    ("value", "text"),
    [(-12.0, "-12"), (0.73105858, "0.7311"), (3.1e-7, "3.1e-07"), (0.0, "0"), (float("nan"), "NaN"),
     (float("inf"), "∞"), (float("-inf"), "-∞")],
)  # fmt: skip
def test_scalars_print_as_numbers(value: float, text: str) -> None:
    """A scalar is written with four digits that count."""
    assert number(value) == text
    assert value_text(summary(value), "z") == text
    assert gradient_text(summary(value)) == text


def test_arrays_print_as_norms() -> None:
    """An array is written as its norm, and its shape beside it."""
    assert value_text(summary([3.0, 4.0]), "z") == "‖z‖ 5"
    assert gradient_text(summary([3.0, 4.0])) == "‖∇‖ 5"
    assert wire_shape((300, 2)) == "300×2"
    assert wire_shape(()) == wire_shape(None) == ""


def test_the_course_circuit(hands: Hands) -> None:
    """On f = (x + y)·z each wire shows its value and the gradient it brings back alone, and the open end -12 and 1."""
    hands.settle()
    readings = hands.view.readings
    shown = {(s, t): readings.wire(hands.wire(s, t).id)[1:] for s, t in ("xq", "yq", "qf", "zf")}
    assert shown == {
        ("x", "q"): ("-2", "-4"),
        ("y", "q"): ("5", "-4"),
        ("q", "f"): ("3", "-4"),
        ("z", "f"): ("-4", "3"),
    }
    assert readings.end(hands.node("f").id, "z") == Reading("", "-12", "1")


def test_a_fork_shows_each_contribution(make_hands: Callable[[Document], Hands]) -> None:
    """Where a value goes two ways, each wire shows its own part of the gradient."""
    document = network(
        {"x": ("constant", 0, 0, {"value": 3.0}), "a": ("negate", 200, 0, {}), "f": ("add", 400, 0, {})},
        "x>a x>f.x a>f.y",
    )
    hands = make_hands(document)
    hands.settle()
    readings = hands.view.readings
    assert readings.wire(hands.wire("x", "a").id).gradient == "-1"
    assert readings.wire(hands.wire("x", "f").id).gradient == "1"


def test_shapes_show_before_numbers(make_hands: Callable[[Document], Hands]) -> None:
    """An unfinished network shows the shapes that are known already, and says which inputs are open."""
    document = network(
        {"x": ("constant", 0, 0, {"value": [[1.0, 2.0]]}), "d": ("dense", 200, 0, {"units": 4}),
         "s": ("add", 400, 0, {})},
        "x>d d>s.x",
    )  # fmt: skip
    hands = make_hands(document)
    readings = hands.view.readings
    assert readings.wire(hands.wire("d", "s").id).shape == "1×4"
    trouble = readings.problems[hands.node("s").id]
    assert trouble.mild
    assert "y" in trouble.sentence


def test_numbers_of_an_older_network_are_marked(hands: Hands) -> None:
    """After an edit the old numbers are marked as stale until the new ones arrive."""
    hands.settle()
    before = hands.view.readings
    assert not before.stale
    y = hands.node("y").id
    hands.studio.do(lambda: commands.set_param(hands.document, (y,), "value", 6.0))
    meanwhile = hands.view.readings
    assert meanwhile.stale
    assert meanwhile.wire(hands.wire("y", "q").id).value == "5"
    hands.settle()
    after = hands.view.readings
    assert not after.stale
    assert after.wire(hands.wire("y", "q").id).value == "6"


def test_moving_a_node_keeps_the_numbers(hands: Hands) -> None:
    """A layout edit makes no number stale."""
    hands.settle()
    hands.studio.do(lambda: commands.move(hands.document, {hands.node("q").id: (0.0, 300.0)}))
    assert not hands.view.readings.stale


def test_an_unknown_gate_is_a_placeholder(make_hands: Callable[[Document], Hands]) -> None:
    """A gate this version doesn't know is drawn grey, with a badge, and keeps its name."""
    document = Document()
    document.apply(Patch("Open", {1: Node(1, "quantum", "odd", {}, 0, 0)}))
    hands = make_hands(document)
    hands.settle()
    face = hands.view.scene.nodes.faces[0]
    assert (face.title, face.look.category, face.look.hint) == ("odd", None, "quantum")
    assert not hands.view.readings.problems[1].mild
    assert "quantum" in describe.tooltip(hands.view, QPointF(10, 40))


def test_long_names_are_elided_and_whole_in_the_tooltip(make_hands: Callable[[Document], Hands]) -> None:
    """A name longer than a node may be wide is elided on it and whole in its tooltip."""
    name = "Geschwindigkeitsbegrenzungsverordnungsentwurf"
    hands = make_hands(network({name: ("dense", 0, 0, {})}))
    face = hands.view.scene.nodes.faces[0]
    assert face.title != name
    assert face.title.endswith("…")
    assert face.look.width <= 240
    assert name in describe.tooltip(hands.view, QPointF(20, 10))


def test_names_that_say_the_gate_need_no_hint() -> None:
    """“relu1” and “tanh2” don't repeat their gates, “hidden” says Dense, “q” shows the plus sign."""
    gates = {"relu1": "relu", "tanh2": "tanh", "hidden": "dense", "q": "add"}
    document = network({name: (gate, 0, 0, {}) for name, gate in gates.items()})
    places = infer(document).places
    hints = {n.name: face_of(n, places[n.id].gate).look.hint for n in document.nodes.values()}
    assert hints == {"relu1": "", "tanh2": "", "hidden": "Dense", "q": "+"}


def test_a_hint_gives_way_to_the_name() -> None:
    """A name that fills the header is written out, and its gate's title cut or left out."""
    names = ("probabilities", "probabilities_of_the_class")
    document = network({name: ("softmax_cross_entropy", 0, 0, {}) for name in names})
    places = infer(document).places
    faces = [face_of(n, places[n.id].gate) for n in document.nodes.values()]
    assert tuple(face.title for face in faces) == names
    assert faces[0].look.hint.endswith("…")
    assert faces[1].look.hint == ""


def test_only_numbers_are_green_on_a_node() -> None:
    """A constant shows its few numbers in the colour of values; the shape of a large one is no value."""
    values = {"few": np.array([1.0, 2.0]), "many": np.zeros(4096)}
    document = network({name: ("constant", 0, 0, {"value": value}) for name, value in values.items()})
    places = infer(document).places
    captions = {n.name: face_of(n, places[n.id].gate) for n in document.nodes.values()}
    assert (captions["few"].caption, captions["few"].literal) == ("[1, 2]", True)
    assert (captions["many"].caption, captions["many"].literal) == ("4096", False)


def test_equal_nodes_share_their_look() -> None:
    """Nodes that look the same share one picture."""
    document = network({"a": ("add", 0, 0, {}), "b": ("add", 300, 0, {})})
    places = infer(document).places
    a, b = (face_of(n, places[n.id].gate) for n in document.nodes.values())
    assert a.look is b.look


def test_tooltips_tell_what_is_there(hands: Hands) -> None:
    """Over a node: its gate and rule; over a port and a wire: the numbers in full; over a label too."""
    hands.settle()
    view = hands.view
    view.grab()

    def told(at: QPointF) -> str:
        return describe.tooltip(view, view.to_scene(at))

    assert "Multiply" in told(hands.at("f"))
    assert hands.node("f").kind.rule[:20] in told(hands.at("f"))
    assert "-12.0" in told(hands.port("f.z"))
    assert "z.value → f.y" in told((hands.port("z.value") + hands.port("f.y")) / 2)
    lot = view.scene.labels.wires
    row = view.scene.wires.row[hands.wire("z", "f").id]
    x, bottom = lot.above[row].tolist()
    assert "-4.0" in describe.tooltip(view, QPointF(x, bottom - 6))
    assert told(QPointF(850, 20)) == ""
