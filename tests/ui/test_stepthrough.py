"""The step-through in the window: by keys, by mouse, on the canvas, and beside training and edits."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands, grouping
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.training.snapshot import Status
from gradstudio.ui.canvas.layers import steps


def readings(window):
    """Value and gradient written on each wire, by the names of its ends; nothing where nothing is written."""
    document = window.studio.document
    found = {}
    for wire in document.wires.values():
        reading = window.canvas.readings.wire(wire.id)
        ends = f"{document.nodes[wire.source].name}>{document.nodes[wire.target].name}"
        found[ends] = (reading.value, reading.gradient)
    return found


def node(window, name):
    """The id of a node."""
    return window.studio.document.named(name).id


@pytest.fixture
def stepping(make_window):
    """A window on (x + y)·z that is stepped through."""
    window = make_window("sum-times-z")
    QTest.keyClick(window.canvas, Qt.Key.Key_K)
    assert window.step_bar.isVisible()
    return window


def test_keys_go_forward_and_back_gate_by_gate(stepping) -> None:
    """F8 reveals one gate after the other, forward then backward; F7 takes it back; labels and sentence follow."""
    window = stepping
    assert set(readings(window).values()) == {("", "")}
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_F8)
    assert readings(window) == {"x>q": ("-2", ""), "y>q": ("5", ""), "q>f": ("3", ""), "z>f": ("-4", "")}
    assert window.canvas.marks.step.active == node(window, "q")
    assert window.step_bar.sentence.accessibleName() == "q = x + y: 3 = −2 + 5"
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_F8)
    assert readings(window) == {"x>q": ("-2", ""), "y>q": ("5", ""), "q>f": ("3", "-4"), "z>f": ("-4", "3")}
    QTest.keyClick(window, Qt.Key.Key_F7)
    assert readings(window)["q>f"] == ("3", "")
    QTest.keyClick(window, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert readings(window)["y>q"] == ("5", "-4")


def test_what_is_not_computed_yet_is_dimmed(stepping) -> None:
    """Forward the gates to come are dimmed and their wires faint; at the end nothing is."""
    window = stepping
    window.steps.go(4)
    dimmed = {n.name for n in window.studio.document.nodes.values() if window.canvas.marks.dims((n.id,))}
    assert dimmed == {"f"}
    window.steps.go(6)
    dimmed = {n.name for n in window.studio.document.nodes.values() if window.canvas.marks.dims((n.id,))}
    assert dimmed == {"x", "y", "q"}
    window.steps.to_end()
    assert not any(window.canvas.marks.dims((n,)) for n in window.studio.document.nodes)


def test_the_active_gate_glows_in_the_colour_of_its_pass(stepping) -> None:
    """Around q there is green when it is computed and red when it hands gradients on, and neither before."""
    window = stepping
    window.studio.select()

    def ring():
        box = window.canvas.camera.rect_to_view(window.canvas.node_rect(node(window, "q")))
        picture = window.canvas.grab().toImage()
        pixel = picture.pixelColor(int(box.center().x()), int(box.top() - 1))
        return pixel.green() - pixel.red()

    colours = []
    for position in (0, 4, 7):
        window.steps.go(position)
        QApplication.processEvents()
        colours.append(ring())
    nothing, green, red = colours
    assert abs(nothing) < 12
    assert green > 40
    assert red < -40


def test_the_bar_works_by_mouse_and_by_its_own_keys(stepping) -> None:
    """Buttons step, the turning point and the end are a click away, Space plays and pauses, Escape closes."""
    window = stepping
    bar, steps = window.step_bar, window.steps
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(bar.buttons["step_forward"], left)
    assert steps.moment.position == 1
    QTest.mouseClick(bar.buttons["step_turn"], left)
    assert steps.moment.position == steps.moment.stepping.turn == 5
    QTest.mouseClick(bar.buttons["step_end"], left)
    assert bar.place.text() == "7 / 7"
    QTest.mouseClick(bar.buttons["step_back"], left)
    assert bar.slider.value() == 6
    bar.slider.setFocus()
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    assert steps.moment.position == 1
    QTest.keyClick(bar.slider, Qt.Key.Key_Space)
    assert steps.playing
    QTest.keyClick(bar.slider, Qt.Key.Key_Space)
    assert not steps.playing
    bar.slider.setValue(3)
    assert steps.moment.position == 3
    QTest.keyClick(bar.slider, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert readings(window)["q>f"] == ("3", "-4")
    assert window.canvas.marks.step is None


def test_playing_ends_at_the_end_and_begins_anew_from_there(stepping, qtbot) -> None:
    """Playing goes to the last step by itself and stops; played again it starts over."""
    window = stepping
    window.steps.set_speed(200.0)
    window.steps.play()
    qtbot.waitUntil(lambda: not window.steps.playing)
    assert window.steps.moment.position == 7
    window.steps.play()
    assert window.steps.moment.position < 7
    window.steps.pause()


def test_an_edit_keeps_the_place_and_shows_the_new_numbers(stepping, hand) -> None:
    """Another value of x changes what is revealed, at the same step; a new gate leads back to the start."""
    window = stepping
    window.steps.go(6)
    window.studio.do(commands.set_param(window.studio.document, [node(window, "x")], "value", 1.0))
    hand(window).settle()
    assert window.steps.moment.position == 6
    assert readings(window)["q>f"] == ("6", "-4")
    assert readings(window)["x>q"] == ("1", "")
    window.studio.do(commands.delete(window.studio.document, [node(window, "y")]))
    hand(window).settle()
    assert window.steps.open
    assert window.steps.moment.position == 0
    window.studio.undo()
    hand(window).settle()
    window.steps.to_end()
    assert window.steps.moment.position == 7


def test_inspector_and_panels_show_no_more_than_the_canvas(stepping, hand) -> None:
    """With f not computed yet the inspector shows no value of it, and the loss isn't told."""
    window = stepping
    window.studio.select((node(window, "f"),))
    window.steps.go(4)
    assert window.inspector.page.forward.texts() == []
    assert window.studio.snapshot().loss is None
    window.steps.go(5)
    assert window.inspector.page.forward.texts() == [("", "f", "-12")]


def test_training_shows_everything_and_a_step_pauses_it(make_window, hand) -> None:
    """A run lifts the veil; stepping pauses it, with a sentence, and begins at the start."""
    window = make_window("net-3-4-2")
    window.steps.begin()
    window.steps.go(3)
    window.studio.train(10**6)
    assert window.steps.moment is None
    assert "Everything is shown" in window.step_bar.sentence.accessibleName()
    told: list[str] = []
    window.studio.messageShown.connect(told.append)
    window.steps.step(1)
    hand(window).settle()
    assert window.studio.status is Status.PAUSED
    assert any("paused" in sentence for sentence in told)
    assert window.step_bar.place.text().startswith("0 / ")
    window.studio.settle(stop=True)


def test_order_numbers_are_a_choice_of_their_own(make_window) -> None:
    """The View menu numbers the nodes in the order of computation, with and without the bar."""
    window = make_window("sum-times-z")
    window.actions_by_id["order_numbers"].trigger()
    order = window.canvas.marks.order
    assert [order[node(window, name)] for name in ("x", "y", "z", "q", "f")] == [1, 2, 3, 4, 5]
    assert window.actions_by_id["order_numbers"].isChecked()
    window.actions_by_id["order_numbers"].trigger()
    assert window.canvas.marks.order is None


def test_another_network_is_seen_whole(stepping, hand) -> None:
    """Opening something else ends the step-through and its marks."""
    window = stepping
    window.steps.go(2)
    window.studio.open_document(Document(), None)
    hand(window).settle()
    assert not window.step_bar.isVisible()
    assert window.canvas.marks.step is None


def test_two_thousand_gates_are_stepped_through_whole(make_window, hand) -> None:
    """In a chain of 2,000 gates every step has its numbers, wherever it lies, and the view goes along."""
    nodes = {1: Node(1, "constant", "x", {"value": 1.0})}
    nodes |= {i: Node(i, "negate", f"n{i}", x=160.0 * (i % 50), y=120.0 * (i // 50)) for i in range(2, 2001)}
    wires = {i: Wire(i, i - 1, "value" if i == 2 else "z", i, "x") for i in range(2, 2001)}
    document = Document()
    document.apply(Patch("Chain", nodes, wires))
    window = make_window(document)
    window.canvas.set_scale(0.8)
    window.steps.begin()
    hand(window).settle()
    window.steps.go(1500)
    assert window.step_bar.sentence.accessibleName() == "n1500 = Negate(n1499): −1 = Negate(1)"
    assert window.canvas.visible_area().intersects(window.canvas.node_rect(1500))
    window.steps.step(1)
    assert window.steps.moment.position == 1501
    window.steps.to_end()
    assert window.steps.moment.position == 3999


def test_a_closed_group_stands_for_the_gates_in_it(make_window, hand) -> None:
    """The box of q and f is dimmed until the first of them is computed, glows for both, and shows both places."""
    window = make_window("sum-times-z")
    document = window.studio.document
    inner = [node(window, name) for name in ("q", "f")]
    patch, made = grouping.group(document, inner, (), (), name="g", at=(0, 0), collapsed=True)
    window.studio.do(patch)
    hand(window).settle()
    window.steps.begin()
    window.steps.toggle_numbers()
    stage = window.canvas.scene.stage
    window.steps.go(3)
    assert window.canvas.marks.dims(stage.members(-made))
    window.steps.go(4)
    assert not window.canvas.marks.dims(stage.members(-made))
    picture = QPixmap(window.canvas.size())
    painter = QPainter(picture)
    frame = window.canvas._frame(painter, window.canvas.rect().toRectF())
    assert steps.number_of(frame, -made) == "4–5"
    assert steps.number_of(frame, node(window, "x")) == "1"
    painter.end()
    assert window.canvas.scene.node_rect(window.canvas.marks.step.active) == window.canvas.scene.area_rect(made)
