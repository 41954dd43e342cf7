"""The window in trouble: edits at bad moments, files that can't be written, fields that get nonsense."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QWidget

from gradstudio import files
from gradstudio.ui.actions import REASONS, SPECS
from gradstudio.ui.preferences import PictureStyle
from gradstudio.ui.quickpick import QuickPick
from gradstudio.ui.spec import always, say
from tests.ui.test_window_story import build, field, press, select

ENTER, CONTROL, NONE = Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def train_to(window, step):
    """Train, and wait for a step."""
    window.studio.train()
    while window.studio.session.latest.step < step:
        QTest.qWait(5)


def test_a_run_that_has_just_ended_is_kept_when_the_network_is_edited(make_window) -> None:
    """What a run has learned is not lost to an edit that comes before the window has fetched it."""
    window = make_window("spiral")
    window.studio.train(3)
    assert window.studio.session.wait_idle()
    assert not window.studio.running
    assert window.studio.document.training.step == 0
    window.studio.select((window.studio.document.named("relu").id,))
    window.canvas.delete()
    assert window.studio.document.training.step == 3
    assert window.studio.history.titles == ("Train 3 steps", "Delete relu")


def test_saving_that_fails_while_it_trains_ends_no_run(make_window, hand, monkeypatch, tmp_path) -> None:
    """A full disk is told in a sentence, the run goes on, and nothing counts as saved."""

    def full(*_):
        raise OSError(28, "No space left on device")

    window = make_window("spiral")
    window.studio.path = tmp_path / "mine.grad"
    train_to(window, 5)
    monkeypatch.setattr(files, "write", full)
    hand(window).key(Qt.Key.Key_S, CONTROL)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    assert "No space left" in box.informativeText()
    box.accept()
    assert window.studio.running
    assert window.studio.modified
    assert not (tmp_path / "mine.grad").exists()


@pytest.mark.parametrize(
    "typed", ["1,5", "1,500", "0,01", "abc", "1e999", "nan", "", "-1", "0", "1 2", "9" * 5000, "[1]"]
)
def test_nonsense_in_the_learning_rate_is_refused(make_window, hand, typed) -> None:
    """What is no learning rate (a decimal comma too) leaves the old one, and the field says why."""
    window = make_window("spiral")
    edit, before = window.bar.rate.edit, window.studio.document.settings
    edit.setFocus()
    edit.selectAll()
    edit.insert(typed)
    edit.textEdited.emit(edit.text())
    assert window.bar.rate.error.text().endswith(".")
    assert window.studio.document.settings == before
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert float(edit.text()) == before.learning_rate


def test_thousands_may_be_grouped(make_window, hand) -> None:
    """10,000 steps are ten thousand."""
    window = make_window("spiral")
    hand(window).type_into(window.bar.steps.edit, "20,000")
    QTest.keyClick(window.bar.steps.edit, ENTER)
    assert window.studio.document.settings.steps == 20_000


def test_a_parameter_edited_on_the_canvas_while_it_trains(make_window) -> None:
    """The run is stopped and kept, the new start value is in force, and both are steps of undo."""
    window = make_window("sigmoid-neuron")
    parameter = next(n for n in window.studio.document.nodes.values() if n.gate == "parameter")
    train_to(window, 5)
    window.canvas.edit_value(parameter.id, "7")
    QTest.keyClick(window.canvas.editor, ENTER)
    assert not window.studio.running
    trained = window.studio.document.training.step
    assert trained >= 5
    assert np.asarray(window.studio.document.nodes[parameter.id].params["value"]) == 7
    assert [t.split()[0] for t in window.studio.history.titles] == ["Train", "Set"]
    window.studio.undo()
    assert window.studio.document.training.step == trained
    window.studio.undo()
    assert window.studio.document.training.step == 0


# --- keyboard alone ---------------------------------------------------------------------------------------------------


def type_pick(words: str) -> None:
    """Type into the popup, take the best."""
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QuickPick)
    QTest.keyClicks(popup.field, words)
    QTest.keyClick(popup.field, ENTER)


def test_a_circuit_is_built_by_keyboard_alone(make_window, hand) -> None:
    """Gates by Ctrl+K, names by F2, values by typing, wires by C: f = (x+y)·z shows -12 and 1, -4, 3, -4, -4."""
    window = make_window()
    me = hand(window)

    def add(gate: str, name: str, value: str = "") -> None:
        me.key(Qt.Key.Key_K, CONTROL)
        type_pick(f"Add {gate}")
        me.key(Qt.Key.Key_F2)
        typed = QApplication.focusWidget()
        assert isinstance(typed, QLineEdit)
        QTest.keyClicks(typed, name)
        QTest.keyClick(typed, ENTER)
        if value:
            QTest.keyClicks(window.canvas, value[0])
            QTest.keyClicks(window.canvas.editor, value[1:])
            QTest.keyClick(window.canvas.editor, ENTER)

    for gate, name, value in (("Constant", "x", "-2"), ("Constant", "y", "5"), ("Constant", "z", "-4")):
        add(gate, name, value)
    add("Add", "q")
    for wire in ("x q.x", "y q.y"):
        me.key(Qt.Key.Key_C)
        type_pick(wire)
    add("Multiply", "f")
    for wire in ("q f.x", "z f.y"):
        me.key(Qt.Key.Key_C)
        type_pick(wire)
    me.settle()
    snapshot, named = window.studio.snapshot(), window.studio.document.named
    assert snapshot.values[named("f").id, "z"].scalar == -12
    assert [snapshot.gradients[named(n).id, "value"].scalar for n in "xyz"] == [-4, -4, 3]
    assert snapshot.gradients[named("q").id, "z"].scalar == -4
    assert snapshot.gradients[named("f").id, "z"].scalar == 1


def test_wires_are_cut_by_keyboard(make_window, hand) -> None:
    """The same list offers the wires a node has, to be cut, and none that would be refused."""
    window = make_window("sum-times-z")
    q = window.studio.document.named("q")
    window.studio.select((q.id,))
    popup = window.connect_selected()
    titles = [popup.list.item(i).text() for i in range(popup.list.count())]
    assert "Cut q → f.x" in titles
    assert not any(title.startswith("f →") for title in titles), "that would be a cycle"
    type_pick("Cut q f.x")
    assert len(window.studio.document.wires) == 3
    assert window.studio.history.undo_title == "Disconnect q from f"


def test_a_node_without_a_free_port_says_so(make_window) -> None:
    """Connect tells that there is nothing to connect a lonely node to."""
    window = make_window()
    window.canvas.place_gate("constant")
    window.actions_by_id["connect"].trigger()
    assert QApplication.activePopupWidget() is None
    assert "no port" in window.toast.text


def test_a_node_is_moved_from_afar(make_window, hand) -> None:
    """Zoomed far out a node's middle still is the node: dragging it there moves it and wires nothing."""
    window = make_window("sum-times-z")
    window.canvas.set_scale(0.15)
    me, q = hand(window), window.studio.document.named("q")
    at = me.canvas_point(window.canvas.node_rect(q.id).center())
    me.drag(at, at + QPoint(30, 0))
    assert window.studio.history.titles == ("Move q",)
    assert window.studio.document.named("q").x > q.x + 100


@pytest.mark.parametrize("held", [NONE, Qt.KeyboardModifier.ShiftModifier, CONTROL])
def test_escape_while_nodes_are_dragged_brings_the_selection_back(make_window, hand, held) -> None:
    """What was selected before a drag is selected again after Escape, whichever key was held."""
    window = make_window("sum-times-z")
    x, q = (window.studio.document.named(name).id for name in "xq")
    window.studio.select((x,))
    rect = window.canvas.node_rect(q)
    at = hand(window).canvas_point(QPointF(rect.center().x(), rect.top() + 8))
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, held, at)
    for i in range(1, 4):
        QTest.mouseMove(window.canvas, at + QPoint(20 * i, 0))
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, NONE, at)
    assert window.studio.selection() == ((x,), ())
    assert not window.studio.history.titles


def refusal() -> str:
    """The sentence of the box that is open; the box is closed."""
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    sentence = box.informativeText()
    box.accept()
    QApplication.processEvents()
    return sentence


@pytest.mark.parametrize("name", ["a.jpg", "a", "none/a.png", "folder.png"])
def test_a_picture_that_cannot_be_written_is_told(make_window, tmp_path, name) -> None:
    """Another ending, a folder that isn't there or one in the way: a sentence, and no failure."""
    (tmp_path / "folder.png").mkdir()
    window = make_window("product")
    style = PictureStyle()
    window.pictures._save(window.pictures.picture(style, part=False), style.scale, tmp_path / name)
    assert refusal().endswith(".")
    assert not (tmp_path / name).is_file()


JUNK = {
    "empty.grad": b"",
    "text.grad": b"hello",
    "a.grad.json": b"{",
    "b.grad.json": b"[" * 100_000,
    "n.grad": b"\0" * 999,
}


@pytest.mark.parametrize("name", [*JUNK, "gone.grad", "folder.grad"])
def test_junk_is_refused_and_the_network_stays(make_window, tmp_path, name) -> None:
    """Whatever is opened that is no network: a sentence with its name, and nothing has changed."""
    (tmp_path / "folder.grad").mkdir()
    if name in JUNK:
        (tmp_path / name).write_bytes(JUNK[name])
    window = make_window("product")
    before = files.dumps(window.studio.document)
    window.files.open_path(tmp_path / name)
    sentence = refusal()
    assert name in sentence
    assert sentence.endswith((".", ")."))
    assert files.dumps(window.studio.document) == before


def test_names_that_look_like_markup_are_shown_as_they_are(make_window, tmp_path) -> None:
    """No box takes a file's name for rich text."""
    window = make_window("product")
    window.studio.path = tmp_path / "<h1>x.grad"
    window.canvas.place_gate("add")
    window.files.ask_first(lambda: None)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    texts = [part for part in box.findChildren(QLabel) if part.text()]
    assert len(texts) >= 2
    assert all(part.textFormat() is Qt.TextFormat.PlainText for part in texts)
    box.reject()


def test_everything_that_takes_the_focus_has_a_name(make_window) -> None:
    """A screen reader has something to say wherever Tab leads."""
    window = make_window("spiral", panels=True)
    relu, wire = window.studio.document.named("relu").id, next(iter(window.studio.document.wires))
    met = 0
    for nodes, wires in (((), ()), ((relu,), ()), (tuple(window.studio.document.nodes), ()), ((), (wire,))):
        window.studio.select(nodes, wires)
        for widget in window.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus:
                met += 1
                text = getattr(widget, "text", str)()
                assert widget.accessibleName() or text, f"{type(widget).__name__} {widget.objectName()!r}"
    assert met > 80


def test_what_cannot_be_done_says_why(make_window) -> None:
    """The tooltip of a disabled action ends in the reason, and loses it when the action can be done."""
    window = make_window("product")
    rename = window.actions_by_id["rename"]
    assert "Select one node first." in rename.toolTip()
    window.studio.select((window.studio.document.named("f").id,))
    assert "Select one node first." not in rename.toolTip()
    for action in window.actions_by_id.values():
        assert action.isEnabled() or any(say(reason) in action.toolTip() for reason in REASONS.values())
    assert all(spec.enabled in REASONS for spec in SPECS if spec.enabled is not always)


def test_a_failure_of_the_worker_stops_no_edit(make_window, monkeypatch, qtbot) -> None:
    """What goes wrong in the worker is told once, from the timer; the edit that met it first is made."""
    window = make_window("product")

    def fail(*_, **__):
        raise ZeroDivisionError("of the worker")

    monkeypatch.setattr("gradstudio.training.session.Observer.look", fail)
    with qtbot.capture_exceptions() as caught:
        window.studio.session.refresh()
        window.studio.session.wait_idle()
        window.canvas.place_gate("add")
        assert window.studio.history.titles == ("Add add1",)
        monkeypatch.undo()
        QTest.qWait(100)
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


@pytest.mark.slow
def test_the_spiral_learns_with_the_settings_of_a_new_network_and_goes_on_after_opening(
    make_window, hand, tmp_path
) -> None:
    """Built by mouse and trained as a new network is, it gets 98 %; saved and opened it goes on bit for bit."""
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
    QTest.keyClick(field(window, "units"), ENTER)
    press(window, "train")
    me.settle()
    assert window.studio.snapshot().accuracy >= 0.98
    window.studio.save(tmp_path / "a.grad")
    again = make_window()
    again.files.open_path(tmp_path / "a.grad")
    for studio, one in ((window.studio, me), (again.studio, hand(again))):
        studio.train(50)
        one.settle()
    assert files.dumps(again.studio.document) == files.dumps(window.studio.document)
