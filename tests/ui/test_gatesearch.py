"""The search palette on the canvas of the real window: opened, typed into, and what it builds."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTextBrowser

from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.ui.canvas.scene import Hit, Part
from gradstudio.ui.gatesearch import GateSearch, row_color
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.theme import DARK, LIGHT
from tests.ui.test_theme import contrast

ENTER, TAB, ESCAPE, SPACE = Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Space
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def popup() -> GateSearch:
    """The palette that is open."""
    found = QApplication.activePopupWidget()
    assert isinstance(found, GateSearch)
    return found


def titles() -> list[str]:
    """What it offers."""
    return [popup().list.item(i).text() for i in range(popup().list.count())]


def wires(window) -> set[str]:
    """The wires as "x.value>q.x"."""
    doc = window.studio.document
    names = {i: node.name for i, node in doc.nodes.items()}
    return {f"{names[w.source]}.{w.output}>{names[w.target]}.{w.input}" for w in doc.wires.values()}


def select(window, *names: str) -> None:
    """Select nodes by name."""
    window.studio.select([window.studio.document.named(name).id for name in names])


def selected(window) -> set[str]:
    """The selected nodes by name."""
    return {window.studio.document.nodes[i].name for i in window.studio.selection()[0]}


class Typist:
    """Counts the keys it presses."""

    def __init__(self, me) -> None:
        self.me = me
        self.keys = 0

    def add(self, text: str) -> None:
        """Tab, a text, Enter."""
        self.me.key(TAB)
        QTest.keyClicks(popup().field, text)
        QTest.keyClick(popup().field, ENTER)
        self.keys += 2 + len(text)


def test_a_formula_is_built_with_27_keys(make_window, hand) -> None:
    """Tab, a few letters, Enter, five times: f = (x + y) · z is there with names, values and wires, -12 at its end."""
    window = make_window()
    me = hand(window)
    typist = Typist(me)
    for text in ("x=-2", "y=5", "q=+", "z=-4", "f=*"):
        typist.add(text)
    assert typist.keys == 27
    assert wires(window) == {"x.value>q.x", "y.value>q.y", "q.z>f.x", "z.value>f.y"}
    assert len(window.studio.history.titles) == 5
    me.settle()
    named = window.studio.document.named
    assert window.studio.snapshot().values[named("f").id, "z"].scalar == -12
    boxes = [window.canvas.node_rect(i) for i in window.studio.document.nodes]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(window.canvas.visible_area().contains(box) for box in boxes)
    assert named("f").x > named("q").x > named("x").x


def double_click(window, gate: str) -> None:
    """Double-click a gate in the palette."""
    palette = window.palette_
    palette.reveal(gate)
    index = palette.model.index(palette.model.row_of(gate))
    palette.list.scrollTo(index)
    at = palette.list.visualRect(index).center()
    QTest.mouseClick(palette.list.viewport(), LEFT, NONE, at)
    QTest.mouseDClick(palette.list.viewport(), LEFT, NONE, at)
    QApplication.processEvents()


def test_a_formula_is_built_with_five_double_clicks(make_window) -> None:
    """By mouse alone: two constants, add, another constant, multiply; each is wired to what is selected."""
    window = make_window(Document())
    for gate in ("constant", "constant", "add", "constant", "multiply"):
        double_click(window, gate)
    assert wires(window) == {"x.value>add1.x", "y.value>add1.y", "add1.z>multiply1.x", "z.value>multiply1.y"}
    assert len(window.studio.history.titles) == 5


def test_a_double_click_in_the_palette_fills_the_selected_wire(make_window) -> None:
    """The gate goes into the wire where it fits there; where it doesn't, it is added by itself. One step either way."""
    window = make_window("sum-times-z")
    document = window.studio.document
    before = files.dumps(document)
    (wire,) = [w.id for w in document.wires_into(document.named("f").id) if w.source == document.named("q").id]
    window.studio.select((), (wire,))
    double_click(window, "relu")
    assert {"q.z>relu1.x", "relu1.z>f.x"} <= wires(window)
    window.studio.undo()
    assert files.dumps(document) == before
    window.studio.select((), (wire,))
    double_click(window, "spiral")
    assert "q.z>f.x" in wires(window)


def test_a_layer_is_added_behind_the_selected_one(make_window, hand) -> None:
    """Its values are those typed, its input comes from the selection, and all of it is one step."""
    window = make_window("spiral")
    before = files.dumps(window.studio.document)
    select(window, "scores")
    Typist(hand(window)).add("h = dense 7 no")
    node = window.studio.document.named("h")
    assert (node.params["units"], node.params["bias"]) == (7, False)
    assert "scores.z>h.x" in wires(window)
    assert selected(window) == {"h"}
    scores = window.studio.document.named("scores").id
    assert window.canvas.node_rect(node.id).left() > window.canvas.node_rect(scores).right()
    window.studio.undo()
    assert files.dumps(window.studio.document) == before
    assert not window.studio.history.can_undo


def test_shift_enter_adds_without_wires(make_window, hand) -> None:
    """The node is there, and nothing leads to it."""
    window = make_window("spiral")
    before = wires(window)
    select(window, "scores")
    hand(window).key(TAB)
    QTest.keyClicks(popup().field, "tanh")
    QTest.keyClick(popup().field, ENTER, SHIFT)
    assert wires(window) == before
    assert len(selected(window)) == 1


def test_a_tapped_space_asks_a_held_one_pans(make_window, hand) -> None:
    """Space down and up opens the palette; with a drag in between the view has moved and nothing opens."""
    window = make_window("product")
    canvas = window.canvas
    QTest.keyClick(canvas, SPACE)
    popup().close()
    origin = canvas.to_view(QPointF())
    QTest.keyPress(canvas, SPACE)
    QTest.mousePress(canvas, LEFT, NONE, QPoint(300, 300))
    for x in (320, 340):
        QTest.mouseMove(canvas, QPoint(x, 300))
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(340, 300))
    QTest.keyRelease(canvas, SPACE)
    assert QApplication.activePopupWidget() is None
    assert canvas.to_view(QPointF()) == origin + QPointF(40, 0)


def test_space_held_long_is_no_tap(make_window) -> None:
    """Who holds the bar to pan and thinks better of it gets no palette."""
    window = make_window("product")
    QTest.keyPress(window.canvas, SPACE)
    window.canvas.held._since -= 1000
    QTest.keyRelease(window.canvas, SPACE)
    assert QApplication.activePopupWidget() is None


def test_escape_leaves_all_as_it_is(make_window, hand) -> None:
    """Document, selection and focus are as before, and the next key goes to the canvas."""
    window = make_window("spiral")
    before = files.dumps(window.studio.document)
    select(window, "scores")
    hand(window).key(TAB)
    QTest.keyClicks(popup().field, "dense 5")
    QTest.keyClick(popup().field, ESCAPE)
    assert QApplication.activePopupWidget() is None
    assert files.dumps(window.studio.document) == before
    assert selected(window) == {"scores"}
    assert window.canvas.hasFocus()


def test_tab_completes_the_title(make_window, hand) -> None:
    """So that only values remain to be typed; a name before it stays."""
    window = make_window()
    hand(window).key(TAB)
    QTest.keyClicks(popup().field, "h=den")
    QTest.keyClick(popup().field, TAB)
    assert popup().field.text() == "h = Dense "
    QTest.keyClicks(popup().field, "4")
    QTest.keyClick(popup().field, ENTER)
    assert window.studio.document.named("h").params["units"] == 4


def test_what_cannot_be_made_says_why_and_stays_open(make_window, hand) -> None:
    """A value out of range is a sentence in the row, and Enter waits until it is corrected."""
    window = make_window()
    hand(window).key(TAB)
    QTest.keyClicks(popup().field, "dense 0")
    row = popup().list.item(0)
    assert "units needs a whole number" in row.data(int(Qt.ItemDataRole.AccessibleTextRole))
    QTest.keyClick(popup().field, ENTER)
    assert not window.studio.document.nodes
    QTest.keyClick(popup().field, Qt.Key.Key_Backspace)
    QTest.keyClicks(popup().field, "3")
    QTest.keyClick(popup().field, ENTER)
    assert len(window.studio.document.nodes) == 1


def test_rows_tell_symbol_types_and_help_to_a_screen_reader(make_window, hand) -> None:
    """Each row is one sentence: title, what goes in and out, what it does."""
    window = make_window()
    hand(window).key(TAB)
    QTest.keyClicks(popup().field, "softmax +")
    said = popup().list.item(0).data(int(Qt.ItemDataRole.AccessibleTextRole))
    assert said.startswith("Softmax + cross-entropy, scores, labels → loss. ")
    assert popup().field.accessibleName() == "Add a gate"
    assert not popup().grab().isNull()
    QTest.keyClicks(popup().field, "zzz")
    assert titles() == []
    assert "zzz" in popup()._foot.text()
    QTest.keyClick(popup().field, ENTER)
    assert not window.studio.document.nodes


def test_the_shape_behind_the_wire_is_told(make_window, hand) -> None:
    """For a gate wired to the selection its output's shape is known before it is made."""
    window = make_window("spiral")
    select(window, "scores")
    hand(window).key(TAB)
    QTest.keyClicks(popup().field, "dense 7")
    offer = popup().list.item(0).data(int(Qt.ItemDataRole.UserRole))
    assert popup().shape(offer) == "300×7"


def test_a_double_click_keeps_the_selection_to_wire_to(make_window, hand) -> None:
    """The click before it took the selection away; the double click brings it back."""
    window = make_window("spiral")
    select(window, "scores")
    at = QPoint(60, 60)
    QTest.mouseClick(window.canvas, LEFT, NONE, at)
    assert selected(window) == set()
    QTest.mouseDClick(window.canvas, LEFT, NONE, at)
    QTest.keyClicks(popup().field, "tanh")
    QTest.keyClick(popup().field, ENTER)
    (name,) = selected(window)
    assert f"scores.z>{name}.x" in wires(window)


# --- a wire dropped on nothing ----------------------------------------------------------------------------------------


def drop_wire(window, me, name: str, port: str, *, output: bool) -> QPoint:
    """Drag a wire from a port to a place with nothing there."""
    start = me.port(name, port, output=output)
    end = next(
        QPoint(x, y)
        for y in range(40, window.canvas.height(), 40)
        for x in range(40, window.canvas.width(), 40)
        if window.canvas.scene.hit(window.canvas.to_scene(QPointF(x, y)), 1.0).part is Part.EMPTY
        and not window.canvas.scene.nodes.at(*window.canvas.to_scene(QPointF(x, y)).toTuple(), 120.0).size
    )
    me.drag(start, end)
    return end


def test_a_wire_dropped_on_nothing_asks_for_what_fits(make_window, hand) -> None:
    """From labels only gates that take labels are offered; the chosen one is wired there, in one step."""
    window = make_window("spiral")
    me, before = hand(window), files.dumps(window.studio.document)
    end = drop_wire(window, me, "spiral", "labels", output=True)
    offered = titles()
    assert "Softmax + cross-entropy" in offered
    assert not {"Dense", "ReLU", "Constant"} & set(offered)
    assert window.canvas._pending is not None, "the wire hangs there while it is asked"
    QTest.keyClicks(popup().field, "softmax +")
    QTest.keyClick(popup().field, ENTER)
    assert window.canvas._pending is None
    (name,) = selected(window)
    assert f"spiral.labels>{name}.labels" in wires(window)
    node = window.studio.document.named(name)
    there = window.canvas.to_view(window.canvas.port_point(node.id, "labels", False))
    assert (there - QPointF(end)).manhattanLength() < 15
    window.studio.undo()
    assert files.dumps(window.studio.document) == before


def test_a_wire_dropped_from_an_input_asks_for_what_feeds_it(make_window, hand) -> None:
    """A gate with an output that fits is put to the left of the place, and feeds the input."""
    window = make_window()
    me = hand(window)
    window.canvas.place_gate("add")
    (q,) = selected(window)
    drop_wire(window, me, q, "y", output=False)
    assert "Labels" not in titles()
    QTest.keyClicks(popup().field, "p = 3")
    QTest.keyClick(popup().field, ENTER)
    assert wires(window) == {f"p.value>{q}.y"}


def test_escape_lets_the_dropped_wire_go(make_window, hand) -> None:
    """Nothing was made, and nothing hangs there any more."""
    window = make_window("spiral")
    before = files.dumps(window.studio.document)
    drop_wire(window, hand(window), "spiral", "labels", output=True)
    QTest.keyClick(popup().field, ESCAPE)
    assert window.canvas._pending is None
    assert files.dumps(window.studio.document) == before
    assert not window.studio.history.can_undo


def test_shapes_decide_what_fits(make_window, hand) -> None:
    """Values typed for a gate count: a constant of as many labels fits, one of fewer doesn't."""
    window = make_window("spiral")
    doc = window.studio.document
    wire = next(w for w in doc.wires.values() if w.output == "labels")
    window.studio.select((), (wire.id,))
    window.canvas.delete()
    drop_wire(window, hand(window), "data_loss", "labels", output=False)
    QTest.keyClicks(popup().field, "labels [0, 1, 2]")
    assert "Labels" not in titles()
    popup().field.setText(f"labels {[0] * 300}")
    assert titles() == ["Labels"]
    popup().close()


def test_a_gate_is_inserted_into_the_selected_wire(make_window, hand) -> None:
    """With a wire selected Tab offers what goes into it, and puts it there in one step."""
    window = make_window("spiral")
    doc, before = window.studio.document, files.dumps(window.studio.document)
    relu = next(w for w in doc.wires.values() if doc.nodes[w.source].gate == "relu")
    window.studio.select((), (relu.id,))
    hand(window).key(TAB)
    assert "Softmax" in titles()
    assert not {"Constant", "Spiral", "Labels"} & set(titles())
    assert "Insert between" in popup().field.placeholderText()
    QTest.keyClicks(popup().field, "d2=dense 100")
    QTest.keyClick(popup().field, ENTER)
    assert {"relu.z>d2.x", "d2.z>scores.x"} <= wires(window)
    window.studio.undo()
    assert files.dumps(doc) == before


# --- recent gates -----------------------------------------------------------------------------------------------------


def test_the_gates_used_last_come_first(make_window, hand) -> None:
    """In the palette's dock under a heading of their own, and in the search before anything is typed."""
    preferences = Preferences()
    window = make_window(None, preferences=preferences)
    assert window.palette_.model.index(0).data() != "Recent"
    typist = Typist(hand(window))
    for text in ("tanh", "dense 3", "tanh"):
        typist.add(text)
    assert preferences.recent_gates == ["tanh", "dense"]
    rows = [window.palette_.model.index(i).data() for i in range(3)]
    assert rows == ["Recent", "Tanh", "Dense"]
    hand(window).key(TAB)
    assert titles()[:2] == ["Tanh", "Dense"]
    popup().close()
    again = make_window(None, preferences=preferences)
    assert again.palette_.model.index(0).data() == "Recent"
    preferences.recent_gates = ["no_such_gate", "relu"]
    assert again.recents.gates == ["relu"]


def test_dragging_from_the_palette_counts_as_using(make_window, hand) -> None:
    """A gate dropped on the canvas is a recent one, and keeps its place on its shelf."""
    window = make_window()
    hand(window).drag_gate("relu", window.canvas.visible_area().center())
    assert window.recents.gates == ["relu"]
    rows = [window.palette_.model.index(i).data() for i in range(window.palette_.model.rowCount())]
    assert rows.count("ReLU") == 2


# --- keys and menus of building ---------------------------------------------------------------------------------------


def keyed(window, me, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> set[str]:
    """Press a key on the canvas; returns the wires then, and takes the step back."""
    window.canvas.setFocus()
    before = files.dumps(window.studio.document)
    me.key(key, held)
    there = wires(window)
    assert len(window.studio.history.titles) == 1
    window.studio.undo()
    assert files.dumps(window.studio.document) == before
    return there


@pytest.mark.parametrize(("key", "held"), [(Qt.Key.Key_X, SHIFT), (Qt.Key.Key_Delete, CONTROL), (Qt.Key.Key_Y, SHIFT)])
def test_wires_heal_or_go_by_keys(make_window, hand, key, held) -> None:
    """Shift+X takes the selected node out, Ctrl+Del deletes it, Shift+Y cuts its wires: one step each."""
    window = make_window("spiral")
    select(window, "relu")
    there = keyed(window, hand(window), key, held)
    assert ("hidden.z>scores.x" in there) is (key != Qt.Key.Key_Y)
    assert not any("relu" in wire for wire in there)


def test_nodes_are_joined_and_walked_by_keys(make_window, hand) -> None:
    """J joins two selected nodes; N and Shift+N go from node to node."""
    window = make_window("product")
    me = hand(window)
    window.canvas.setFocus()
    me.key(Qt.Key.Key_N)
    first = selected(window)
    me.key(Qt.Key.Key_N)
    assert selected(window) != first
    me.key(Qt.Key.Key_N, SHIFT)
    assert selected(window) == first
    window.studio.select((), window.studio.document.wires)
    window.canvas.delete()
    window.studio.history.set_clean()
    select(window, "x", "f")
    me.key(Qt.Key.Key_J)
    assert wires(window) == {"x.value>f.x"}


def test_dots_by_keys(make_window, hand) -> None:
    """A full stop puts one, a comma chooses, Delete removes, Ctrl and a full stop takes all away."""
    window = make_window("product")
    me, doc = hand(window), window.studio.document
    wire = min(doc.wires)
    window.studio.select((), (wire,))
    for count in (1, 2):
        me.key(Qt.Key.Key_Period)
        assert len(doc.wires[wire].via) == count
    now = window.canvas.marks.dot
    me.key(Qt.Key.Key_Comma)
    assert window.canvas.marks.dot != now
    me.key(Qt.Key.Key_Delete)
    assert len(doc.wires[wire].via) == 1
    me.key(Qt.Key.Key_Period, CONTROL)
    assert doc.wires[wire].via == ()
    assert not window.actions_by_id["straighten"].isEnabled()
    assert "Select a wire with dots" in window.actions_by_id["straighten"].toolTip()


def test_menus_of_wires_and_dots(make_window) -> None:
    """A wire's menu puts a gate or a dot where it was opened, a dot's removes it."""
    window = make_window("product")
    doc = window.studio.document
    wire = min(doc.wires)
    row = window.canvas.scene.wires.row[wire]
    x, y = window.canvas.scene.wires.points(np.array([row]))[0, 12].tolist()
    at = window.canvas.mapToGlobal(window.canvas.to_view(QPointF(x, y)).toPoint())

    def choose(hit: Hit, words: str) -> None:
        window.canvas.menuRequested.emit(hit, at)
        (menu,) = window.findChildren(QMenu, "canvas.menu")
        next(action for action in menu.actions() if action.text() == words).trigger()
        menu.close()
        QTest.qWait(1)

    choose(Hit(Part.WIRE, wire=wire), "Add dot here")
    assert len(doc.wires[wire].via) == 1
    choose(Hit(Part.DOT, wire=wire, index=0), "Remove dot")
    assert doc.wires[wire].via == ()
    choose(Hit(Part.WIRE, wire=wire), "Insert gate…")
    QTest.keyClicks(popup().field, "neg")
    QTest.keyClick(popup().field, ENTER)
    assert wire not in doc.wires
    (name,) = selected(window)
    assert sum(name in wire for wire in wires(window)) == 2


def test_the_list_of_keys_tells_them_all(make_window) -> None:
    """Keys the canvas reads itself are in the list of keys, with the gestures."""
    window = make_window()
    dialog = window.help.keys()
    words = dialog.findChild(QTextBrowser).toPlainText()
    gestures = (
        "Ctrl and the right button",
        "or Y and",
        "or J and",
        "Alt and drag",
        "Drag the rim",
        "Inputs or Outputs",
    )
    for told in ("Tab", "Space", "Add gate", "Shift+X", *gestures):
        assert told in words
    dialog.close()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_rows_are_legible(theme) -> None:
    """Every colour of words stands out from its row by 4.5 : 1, chosen or not."""
    for chosen, ground in ((False, theme.field), (True, theme.selection_fill)):
        for name in ("text", "text_dim", "value", "error"):
            color = row_color(theme, name, chosen=chosen).name()
            assert contrast(color, ground) >= 4.5, f"{name} on {ground}"


def test_an_empty_document_is_fine(make_window, hand) -> None:
    """The first gate of all is added by the same keys, in view."""
    window = make_window(Document())
    Typist(hand(window)).add("relu")
    (node,) = window.studio.document.nodes
    assert window.canvas.visible_area().contains(window.canvas.node_rect(node))
