"""The first stories of the product, with mouse and keys on the real window."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from gradstudio import files
from gradstudio.training.snapshot import Status
from gradstudio.ui.inspector.node import NodePage


def field(window, name):
    """The editor of a param of the selected node."""
    page = window.inspector.page
    assert isinstance(page, NodePage)
    return page.form.fields[name].editor


def select(window, name):
    """Select a node by name."""
    window.studio.select((window.studio.document.named(name).id,))


def press(window, name):
    """Click a button of the bar."""
    QTest.mouseClick(window.bar.buttons[name], Qt.MouseButton.LeftButton)


def build(window, me, gates, wires):
    """Drag gates from the palette to places around the middle, and wire ports by mouse; returns the names."""
    window.canvas.set_scale(0.8)
    middle = window.canvas.visible_area().center()
    for gate, x, y in gates:
        me.drag_gate(gate, middle + QPointF(x, y))
    names = [node.name for node in window.studio.document.nodes.values()]
    assert len(names) == len(gates)
    for source, output, target, into in wires:
        me.wire(names[source], output, names[target], into)
    assert len(window.studio.document.wires) == len(wires)
    return names


def test_x_plus_y_times_z_is_built_by_hand_and_shows_its_numbers(make_window, hand) -> None:
    """Dragging three inputs and two gates, wiring ports and typing -2, 5, -4 shows 3, -12 and 1, -4, 3, -4, -4."""
    window = make_window()
    me = hand(window)
    gates = [
        ("constant", -320, -160), ("constant", -320, 0), ("constant", -320, 160), ("add", -80, -80),
        ("multiply", 180, 20),
    ]  # fmt: skip
    wires = [(0, "value", 3, "x"), (1, "value", 3, "y"), (3, "z", 4, "x"), (2, "value", 4, "y")]
    x, y, z, q, f = build(window, me, gates, wires)
    for name, text in ((x, "-2"), (y, "5"), (z, "-4")):
        select(window, name)
        me.type_into(field(window, "value"), text)
    me.settle()
    snapshot = window.studio.snapshot()
    ids = {name: window.studio.document.named(name).id for name in (x, y, z, q, f)}
    assert snapshot.values[ids[q], "z"].scalar == 3
    assert snapshot.values[ids[f], "z"].scalar == -12
    assert [snapshot.gradients[ids[n], "value"].scalar for n in (x, y, z)] == [-4, -4, 3]
    assert snapshot.gradients[ids[q], "z"].scalar == -4
    assert snapshot.gradients[ids[f], "z"].scalar == 1
    assert len(window.studio.history.titles) == 5 + 4 + 3


def test_all_of_it_is_undone_and_redone_by_keys(make_window, hand) -> None:
    """Ctrl+Z takes a drag from the palette back and Ctrl+Shift+Z brings it again, with the menu naming the edit."""
    window = make_window()
    me = hand(window)
    me.drag_gate("relu", window.canvas.visible_area().center())
    (node,) = window.studio.document.nodes.values()
    assert node.name in window.actions_by_id["undo"].text()
    me.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not window.studio.document.nodes
    assert not window.actions_by_id["undo"].isEnabled()
    me.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert [n.name for n in window.studio.document.nodes.values()] == [node.name]


@pytest.mark.slow
def test_the_spiral_classifier_is_built_from_the_palette_and_learns(make_window, hand) -> None:
    """Spiral → Dense 100 → ReLU → Dense 3 → softmax + cross-entropy with L2, built by mouse, learns the spiral."""
    window = make_window(size=(1700, 950), panels=True)
    me = hand(window)
    gates = [
        ("spiral", -540, -60), ("dense", -330, -120), ("relu", -110, -120), ("dense", 90, -120),
        ("softmax_cross_entropy", 330, -60), ("l2", 330, 140), ("add", 540, 30),
    ]  # fmt: skip
    wires = [
        (0, "X", 1, "x"), (1, "z", 2, "x"), (2, "z", 3, "x"), (3, "z", 4, "scores"), (0, "labels", 4, "labels"),
        (1, "W", 5, "w"), (3, "W", 5, "w"), (4, "loss", 6, "x"), (5, "loss", 6, "y"),
    ]  # fmt: skip
    names = build(window, me, gates, wires)
    select(window, names[3])
    me.type_into(field(window, "units"), "3")
    QTest.keyClick(field(window, "units"), Qt.Key.Key_Return)
    me.type_into(window.bar.rate.edit, "0.02")
    me.type_into(window.bar.steps.edit, "600")
    QTest.keyClick(window.bar.steps.edit, Qt.Key.Key_Return)
    assert window.studio.document.settings.steps == 600
    press(window, "train")
    assert window.studio.running
    me.settle()
    assert window.studio.status is Status.IDLE
    assert window.studio.document.training.step == 600
    assert window.studio.snapshot().accuracy > 0.9
    assert window.studio.history.undo_title == "Train 600 steps"


def test_training_is_paused_stepped_and_reset_by_buttons(make_window, hand) -> None:
    """Train, Pause, Step and Reset do what they say, and Reset can be undone."""
    window = make_window("spiral")
    me = hand(window)
    press(window, "train")
    while window.studio.session.latest.step < 20:
        QTest.qWait(5)
    press(window, "pause")
    assert window.studio.status is Status.PAUSED
    assert "Continue" in window.actions_by_id["train"].text()
    me.settle()
    paused = window.studio.document.training.step
    assert paused >= 20
    press(window, "step")
    me.settle()
    assert window.studio.document.training.step == paused + 1
    press(window, "reset")
    me.settle()
    assert window.studio.document.training.step == 0
    assert window.studio.snapshot().step == 0
    window.studio.undo()
    assert window.studio.document.training.step == paused + 1


def test_the_learning_rate_changes_while_it_runs(make_window, hand) -> None:
    """A learning rate typed while training runs is in force at once, and the run goes on."""
    window = make_window("spiral")
    me = hand(window)
    press(window, "train")
    me.type_into(window.bar.rate.edit, "0.05")
    assert window.studio.running
    before = window.studio.session.latest.step
    while window.studio.session.latest.learning_rate != 0.05 or window.studio.session.latest.step <= before:
        QTest.qWait(5)
    assert window.studio.running
    assert window.studio.document.settings.learning_rate == 0.05


def test_a_trained_network_is_saved_and_opened_bit_for_bit(make_window, hand, tmp_path) -> None:
    """What is saved while training runs is there after opening: weights, optimiser, history, settings and layout."""
    window = make_window("spiral")
    window.studio.path = tmp_path / "mine.grad"
    press(window, "train")
    while window.studio.session.latest.step < 20:
        QTest.qWait(5)
    hand(window).key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert window.studio.running, "saving must not end the run"
    window.studio.pause()
    saved = files.read(tmp_path / "mine.grad")
    assert saved.training.step >= 20
    other = make_window()
    other.files.open_path(tmp_path / "mine.grad")
    hand(other).settle()
    opened = other.studio.document
    assert other.windowTitle() == "mine.grad[*] — GradStudio"
    assert opened.training.step == saved.training.step
    assert opened.settings == saved.settings
    assert [(n.name, n.x, n.y) for n in opened.nodes.values()] == [(n.name, n.x, n.y) for n in saved.nodes.values()]
    for name, array in saved.training.parameters.items():
        assert np.array_equal(array, opened.training.parameters[name])
    assert other.studio.snapshot().step == saved.training.step


def test_deleting_a_node_while_training_stops_the_run_and_says_so(make_window, hand) -> None:
    """A node deleted while training runs ends the run; what it learned stays, undone with the next Undo."""
    window = make_window("spiral")
    me = hand(window)
    press(window, "train")
    while window.studio.session.latest.step < 10:
        QTest.qWait(5)
    select(window, "relu")
    window.canvas.setFocus()
    me.key(Qt.Key.Key_Delete)
    me.settle()
    assert window.studio.document.named("relu") is None
    assert not window.studio.running
    assert "Training stopped" in window.toast.text
    assert [t.split()[0] for t in window.studio.history.titles] == ["Train", "Delete"]
    window.studio.undo()
    me.settle()
    assert window.studio.document.named("relu") is not None
    assert window.studio.document.training.step >= 10


def test_undo_while_training_takes_the_training_back(make_window, hand) -> None:
    """Undo during a run stops it and undoes it; redo brings it again."""
    window = make_window("spiral")
    me = hand(window)
    press(window, "train")
    while window.studio.session.latest.step < 10:
        QTest.qWait(5)
    me.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    me.settle()
    assert not window.studio.running
    assert window.studio.document.training.step == 0
    window.studio.redo()
    me.settle()
    assert window.studio.document.training.step >= 10
    assert window.studio.snapshot().step == window.studio.document.training.step


def test_opening_another_file_while_training_is_safe(make_window, hand) -> None:
    """Another network opened during a run shows its own numbers only."""
    window = make_window("spiral")
    me = hand(window)
    window.studio.train()
    while window.studio.session.latest.step < 10:
        QTest.qWait(5)
    thread = window.studio.session._thread
    window.studio.open_document(files.loads(files.dumps(make_window("product").studio.document)), None)
    assert not thread.is_alive()
    me.settle()
    assert window.studio.snapshot().step == 0
    assert not window.studio.running
    assert window.studio.selection() == ((), ())


def test_closing_while_training_joins_the_thread(make_window) -> None:
    """A window closed during a run leaves no thread behind."""
    window = make_window("spiral")
    window.studio.train()
    thread = window.studio.session._thread
    window.close_now()
    assert not thread.is_alive()
    assert not window.isVisible()
