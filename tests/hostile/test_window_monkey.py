"""A monkey at the window: seeded random hands, and after each gesture all of it must be as the document says.

A failure names the seed and the last gestures; `Monkey(window, hand, folder, seed).play(gestures)` plays them again.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPlainTextEdit, QWidget

from gradstudio import files
from gradstudio.engine.catalog import CATALOG
from gradstudio.resources import resource
from gradstudio.ui.actions import SPECS
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import CanvasView, dressing
from gradstudio.ui.canvas.scene import Scene
from gradstudio.ui.dialogs.dataset.dialog import DataDialog
from gradstudio.ui.fields import ChoiceField, Field, FlagField
from gradstudio.ui.inspector.marks import ColorField
from gradstudio.ui.inspector.network import NetworkPage
from gradstudio.ui.inspector.node import NodePage, NodesPage
from gradstudio.ui.inspector.wire import WirePage
from gradstudio.ui.window import MainWindow
from tests.hostile.building import Builder
from tests.ui.canvas.test_scene import same
from tests.ui.conftest import Hand, hand, make_window  # noqa: F401 - the fixtures of the window

_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
TYPED = (
    "-2", "5", "0.5", "3", "1e-3", "[1, 2, 3]", "[[0.1, 0.5], [-0.3, 0.8]]", "−4", "0", "-1", "1e999", "nan", "", " ",
    "x", "two words", "1,5", "9" * 400, "[[1, 2], [3]]", "[" * 300, "<b>bold</b>", "ü", "x" * 500, "1\n2", "--1",
)  # fmt: skip
CLIPS = ("", "junk", "{}", "[]", '{"gradstudio": 1}', "\x00", "\ufffd")
EXAMPLES = ("product", "max", "sigmoid-neuron", "spiral-linear", "spiral", "norm-squared")
MOST_NODES = 40


class Monkey(Builder):
    """Random hands.

    Attributes:
        done: how often each gesture was made.
        edits: how many steps of undo they made.
        log: the gestures, in words.
    """

    def __init__(self, window: MainWindow, me: Hand, folder: Path, seed: int) -> None:
        self.window, self.me, self.folder = window, me, folder
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.edits = 0
        self.round_trips = 0
        self.log: list[str] = [f"seed {seed}"]
        self.gestures: list[tuple[Callable[[], None], int]] = [
            (self.drag_gate, 7), (self.connect, 14), (self.unplug, 2), (self.move_node, 6), (self.band, 2),
            (self.click, 8), (self.key, 10), (self.type_in_field, 10), (self.rename, 3), (self.clip, 3),
            (self.undo_redo, 8), (self.train, 4), (self.look, 3), (self.turn, 3), (self.escape, 3), (self.action, 6),
            (self.change_file, 2), (self.all_back_and_forth, 1), (self.number_in_place, 3), (self.wait, 4),
            (self.ask, 6), (self.stroke, 2), (self.lead, 3), (self.take_out, 4), (self.plug, 3), (self.dot, 4),
            (self.rewire, 3),
            (self.search, 2), (self.note, 3), (self.other_gate, 3), (self.step_of_history, 2), (self.arrow, 3),
        ]  # fmt: skip

    def play(self, gestures: int) -> None:
        """Make so many gestures, and look at everything after each."""
        for _ in range(gestures):
            self.one()
        self.all_back_and_forth()
        self.check()

    def one(self) -> None:
        """One gesture, and a look at everything."""
        (gesture,) = self.chance.choices([g for g, _ in self.gestures], [w for _, w in self.gestures])
        before, name = self.window.studio.history, gesture.__name__
        index = before.index
        self.say(name)
        gesture()
        for dialog in self.window.findChildren(DataDialog):  # a dataset asks which data
            dialog.reject()
        if self.canvas.editor.isVisible():
            QTest.keyClick(self.canvas.editor, self.chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))
            self.canvas.setFocus()
        self.done[name] += 1
        if self.window.studio.history is before:
            self.edits += before.index > index
            made = [title for title in before.titles[index : before.index] if not title.startswith("Train ")]
            assert name not in _ONE_STEP or len(made) <= 1, f"{made}: not one step; {self.told()}"
        self.check()

    def say(self, words: str) -> None:
        self.log.append(words)

    def told(self) -> str:
        """The last gestures."""
        return "; ".join([self.log[0], *self.log[-25:]])

    # --- gestures -----------------------------------------------------------------------------------------------

    def drag_gate(self) -> None:
        if len(self.studio.document.nodes) < MOST_NODES:
            gate = self.chance.choice(
                [*(gate.id for gate in CATALOG), *["constant"] * 6, *["add", "multiply", "dense"] * 2]
            )
            self.say(gate)
            self.window.palette_.search.clear()
            self.me.drag_gate(gate, self.window.canvas.to_scene(QPointF(self.place())))

    def connect(self) -> None:
        doc = self.studio.document
        outs = [(n.id, p.name) for n in doc.nodes.values() for p in n.output_ports()]
        ins = [(n.id, p.name) for n in doc.nodes.values() for p in n.input_ports()]
        if outs and ins:
            start, end = (
                self.port(*self.chance.choice(outs), output=True),
                self.port(*self.chance.choice(ins), output=False),
            )
            if self.chance.random() < 0.2:
                start, end = end, start
            self.drag(start, end, self.chance.choice((_NONE, _NONE, _CONTROL)))

    def unplug(self) -> None:
        wires = list(self.studio.document.wires.values())
        if wires:
            wire = self.chance.choice(wires)
            self.drag(self.port(wire.target, wire.input, output=False), self.place())

    def move_node(self) -> None:
        at = self.on_node()
        if at is not None:
            self.drag(at, self.place(), self.chance.choice((_NONE, _NONE, _SHIFT)))

    def band(self) -> None:
        self.drag(self.place(), self.place(), self.chance.choice((_NONE, _SHIFT, _CONTROL)))

    def click(self) -> None:
        at = self.chance.choice((self.on_node, self.on_node, self.on_node, self.place))() or self.place()
        QTest.mouseClick(self.canvas, _LEFT, self.chance.choice((_NONE, _NONE, _NONE, _SHIFT, _CONTROL)), at)

    def key(self) -> None:
        key, held = self.chance.choice(_KEYS)
        self.say(f"{held.name} {key.name}")
        self.press(key, held)

    def type_in_field(self) -> None:
        field = self.chance.choice([*self.fields(), self.window.bar.rate, self.window.bar.steps])
        text = self.chance.choice(TYPED)
        self.say(f"{field.title} = {text[:30]!r}")
        editor = field.editor
        if isinstance(field, ColorField):
            self.chance.choice(list(field.swatches.values())).click()
            return
        if isinstance(field, (ChoiceField, FlagField)):
            editor.setFocus()
            QTest.keyClick(editor, self.chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space)))
            self.close_popups()
            return
        self.type_text(editor, text)
        QTest.keyClick(
            editor, self.chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Up))
        )
        self.canvas.setFocus()

    def rename(self) -> None:
        self.click()
        self.press(Qt.Key.Key_F2)
        editor = self.canvas.editor
        if editor.isVisible():
            names = [node.name for node in self.studio.document.nodes.values()]
            self.type_text(editor, self.chance.choice([*TYPED, *names]))
            QTest.keyClick(editor, self.chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)))
            if editor.isVisible():
                QTest.keyClick(editor, Qt.Key.Key_Escape)

    def number_in_place(self) -> None:
        constants = [n for n in self.studio.document.nodes.values() if n.gate == "constant"]
        if constants:
            node = self.chance.choice(constants)
            QTest.mouseDClick(self.canvas, _LEFT, _NONE, self.view(self.canvas.node_rect(node.id).center()))
            self.close_popups()
            if self.canvas.editor.isVisible():
                self.type_text(self.canvas.editor, self.chance.choice(TYPED))
                QTest.keyClick(self.canvas.editor, Qt.Key.Key_Return)
                QTest.mouseClick(self.canvas, _LEFT, _NONE, self.place())

    def clip(self) -> None:
        if self.chance.random() < 0.3:
            QGuiApplication.clipboard().setText(self.chance.choice(CLIPS))
        elif self.chance.random() < 0.7:
            self.press(self.chance.choice((Qt.Key.Key_C, Qt.Key.Key_X)), _CONTROL)
        if len(self.studio.document.nodes) < MOST_NODES:
            self.press(Qt.Key.Key_V, _CONTROL)

    def search(self) -> None:
        """A search moves the view, and selects, and no more."""
        self.window.find_node()
        QTest.keyClicks(self.window.finder.field, self.chance.choice(("x", "dense", "units", "3", "×", "muted", "q9")))
        for _ in range(self.chance.randrange(3)):
            QTest.keyClick(self.window.finder.field, self.chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Return)))
        if self.chance.random() < 0.8:
            QTest.keyClick(self.window.finder.field, Qt.Key.Key_Escape)
        self.canvas.setFocus()

    def note(self) -> None:
        self.click()
        self.press(Qt.Key.Key_C, _SHIFT)
        if self.canvas.noting.isVisible():
            QTest.keyClicks(self.canvas.noting, self.chance.choice(TYPED)[:40].replace("\n", " "))
            QTest.keyClick(self.canvas.noting, self.chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))
        self.canvas.setFocus()

    def other_gate(self) -> None:
        """Another gate takes the place of what is selected."""
        self.click()
        gate = self.chance.choice([gate.id for gate in CATALOG])
        self.say(gate)
        dressing.replace_gate(self.canvas, gate)

    def step_of_history(self) -> None:
        """Any step of the list is gone to, and back."""
        self.studio.settle(stop=True)
        now = self.studio.history.index
        self.studio.go_to_step(self.chance.randint(0, len(self.studio.history.titles)))
        self.check()
        self.studio.go_to_step(now)

    def arrow(self) -> None:
        way = self.chance.choice((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down))
        self.press(way, self.chance.choice((_CONTROL, _CONTROL | _SHIFT, _NONE)))

    def undo_redo(self) -> None:
        for _ in range(self.chance.randint(1, 5)):
            self.press(Qt.Key.Key_Z, self.chance.choice((_CONTROL, _CONTROL, _CONTROL | _SHIFT)))

    def train(self) -> None:
        self.press(self.chance.choice((Qt.Key.Key_T, Qt.Key.Key_T, Qt.Key.Key_P, Qt.Key.Key_S)))
        QTest.qWait(self.chance.choice((0, 5, 60)))

    def look(self) -> None:
        at = QPointF(self.place())
        turn = QPoint(0, self.chance.choice((-120, -240, 120, 240)))
        none = Qt.ScrollPhase.NoScrollPhase
        there = QPointF(self.canvas.mapToGlobal(at.toPoint()))
        event = QWheelEvent(at, there, QPoint(), turn, Qt.MouseButton.NoButton, _NONE, none, False)
        QApplication.sendEvent(self.canvas, event)
        if self.chance.random() < 0.5:
            self.press(Qt.Key.Key_F)

    def turn(self) -> None:
        start, end = self.place(), self.place()
        QTest.mousePress(self.canvas, _MIDDLE, _NONE, start)
        QTest.mouseMove(self.canvas, end)
        QTest.mouseRelease(self.canvas, _MIDDLE, _NONE, end)
        self.press(Qt.Key.Key_F)

    def escape(self) -> None:
        """A gesture that is given up leaves the same bytes and selection."""
        at, doc, selected = self.on_node() or self.place(), self.studio.document, self.studio.selection()
        nodes, wires = dict(doc.nodes), dict(doc.wires)
        QTest.mousePress(self.canvas, _LEFT, self.chance.choice((_NONE, _CONTROL, _SHIFT)), at)
        for _ in range(3):
            QTest.mouseMove(self.canvas, self.place())
        assert self.canvas.gesture_active(), self.told()
        QTest.keyClick(self.canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(self.canvas, _LEFT, _NONE, at)
        assert not self.canvas.gesture_active(), self.told()
        assert (doc.nodes, doc.wires, self.studio.selection()) == (nodes, wires, selected), self.told()

    def action(self) -> None:
        name = self.chance.choice(_ACTIONS)
        self.say(name)
        action = self.window.actions_by_id[name]
        if action.isEnabled():
            action.trigger()
        self.close_popups()

    def wait(self) -> None:
        QTest.qWait(self.chance.choice((1, 20, 50)))

    def change_file(self) -> None:
        files_, target = self.window.files, self.folder / f"{self.chance.randrange(3)}.grad"
        match self.chance.randrange(5):
            case 0:
                self.press(Qt.Key.Key_N, _CONTROL)
            case 1:
                files_.open_example(resource("examples", f"{self.chance.choice(EXAMPLES)}.grad"))
            case 2:
                self.studio.save(target)
                assert files.dumps(files.read(target)), self.told()
            case 3:
                self.drop(target)
            case _:
                junk = self.folder / "junk.grad"
                junk.write_bytes(self.chance.randbytes(self.chance.choice((0, 7, 300))))
                self.drop(junk)
        self.answer()

    def all_back_and_forth(self) -> None:
        """Undo all and redo all give the same bytes."""
        self.studio.settle(stop=True)
        self.me.settle()
        there = files.dumps(self.studio.document)
        steps = self.studio.history.index
        while self.studio.history.can_undo:
            self.studio.undo()
        for _ in range(steps):
            self.studio.redo()
        self.me.settle()
        assert files.dumps(self.studio.document) == there, self.told()
        self.round_trips += steps > 0

    # --- looking ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """All parts of the window show the present document."""
        studio, told = self.studio, self.told
        doc = studio.document
        self.canvas.glide.finish()
        assert self.canvas.scene.document is doc, told()
        if not self.canvas.gesture_active():
            assert same(self.canvas.scene, Scene(doc)), f"the canvas shows another network; {told()}"
        nodes, wires = studio.selection()
        assert set(nodes) <= set(doc.nodes), told()
        assert set(wires) <= set(doc.wires), told()
        assert {shown for shown in self.canvas.marks.nodes if shown > 0} == set(nodes), told()  # a box is less than 0
        assert all(studio.history.titles), told()
        if not studio.running and self.chance.random() < 0.3:
            self.me.settle()
            for spec in SPECS:
                enabled = self.window.actions_by_id[spec.id].isEnabled()
                assert enabled == bool(spec.enabled(self.window)), f"{spec.id}; {told()}"
        self.check_inspector()
        snapshot = studio.snapshot()
        assert snapshot is None or snapshot.revision == doc.graph_revision, told()
        assert QApplication.activeModalWidget() is None, f"{QApplication.activeModalWidget()} is open; {told()}"

    def check_inspector(self) -> None:
        if self.studio.areas():  # of an opened layer: pages of groups have tests of their own
            return
        page, (nodes, wires) = self.window.inspector.page, self.studio.selection()
        kind = NodesPage if len(nodes) > 1 else NodePage if nodes else WirePage if len(wires) == 1 else NetworkPage
        assert isinstance(page, kind), self.told()
        if isinstance(page, NodePage):
            assert page.name.edit.isModified() or page.name.edit.text() == self.studio.document.nodes[nodes[0]].name

    # --- hands --------------------------------------------------------------------------------------------------

    @property
    def studio(self) -> Studio:
        return self.window.studio

    @property
    def canvas(self) -> CanvasView:
        return self.window.canvas

    def place(self) -> QPoint:
        """Somewhere on the canvas."""
        area = self.canvas.rect().adjusted(40, 40, -40, -40)
        return QPoint(self.chance.randint(area.left(), area.right()), self.chance.randint(area.top(), area.bottom()))

    def on_node(self) -> QPoint | None:
        nodes = list(self.studio.document.nodes)
        if not nodes:
            return None
        rect = self.canvas.node_rect(self.chance.choice(nodes))
        return self.view(QPointF(rect.center().x(), rect.top() + 8))

    def view(self, at: QPointF) -> QPoint:
        return self.canvas.to_view(at).toPoint()

    def port(self, node: int, port: str, *, output: bool) -> QPoint:
        return self.view(self.canvas.port_point(node, port, output))

    def drag(self, start: QPoint, end: QPoint, held: Qt.KeyboardModifier = _NONE) -> None:
        QTest.mousePress(self.canvas, _LEFT, held, start)
        for i in range(1, 4):
            QTest.mouseMove(self.canvas, start + (end - start) * i / 3)
        QTest.mouseRelease(self.canvas, _LEFT, held, end)
        self.answer_search()

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = _NONE) -> None:
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, key, held)
        self.close_popups()

    def type_text(self, editor: QWidget, text: str) -> None:
        """Replace what is there by what is pasted."""
        editor.setFocus()
        assert isinstance(editor, (QLineEdit, QPlainTextEdit))
        editor.selectAll()
        if len(text) < 12 and text.isascii() and "\n" not in text:
            QTest.keyClicks(editor, text) if text else QTest.keyClick(editor, Qt.Key.Key_Delete)
        else:
            QGuiApplication.clipboard().setText(text)
            QTest.keyClick(editor, Qt.Key.Key_V, _CONTROL)

    def fields(self) -> Sequence[Field]:
        """What can be typed into in the inspector."""
        return [f for f in self.window.inspector.findChildren(Field) if f.isVisible() and f.isEnabled()]

    def drop(self, path: Path) -> None:
        """A file from outside."""
        if not path.exists():
            return
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        at = QPointF(5, 5)
        QApplication.sendEvent(self.window, QDropEvent(at, Qt.DropAction.CopyAction, data, _LEFT, _NONE))

    def answer(self) -> None:
        """Answer the boxes that have come."""
        for _ in range(3):
            box = QApplication.activeModalWidget()
            if not isinstance(box, QMessageBox):
                assert box is None, f"{box}; {self.told()}"
                return
            kinds = QMessageBox.StandardButton
            button = box.button(self.chance.choice((kinds.Cancel, kinds.Discard, kinds.Discard)))
            self.say(f"answer {box.text()[:40]} {box.informativeText()[:60]}")
            assert box.informativeText().endswith("."), box.informativeText()
            if button in box.buttons():
                button.click()
            else:
                box.accept()
            QApplication.processEvents()

    def close_popups(self) -> None:
        for _ in range(4):
            popup = QApplication.activePopupWidget()
            if popup is None:
                return
            popup.close()
            QApplication.processEvents()


_ONE_STEP = {
    "drag_gate", "connect", "unplug", "move_node", "band", "click", "key", "look", "turn", "escape", "number_in_place",
    "type_in_field", "rename", "note", "other_gate", "search", "arrow", "ask", "stroke", "lead", "take_out", "plug",
    "dot", "rewire",
}  # fmt: skip
_ACTIONS = [
    "minimise", "minimise_ends", "reset", "duplicate", "delete", "select_all", "fit", "fit_selection", "actual_size",
    "zoom_in", "zoom_out", "settings", "step", "pause", "find", "find_gate", "reset_layout", "cut", "paste", "copy",
    "tidy", "tidy_selection", "tidy_inserted", "align_left", "align_bottom", "align_middle", "distribute_across",
    "distribute_down", "level", "snap_grid", "snap_guides", "contain", "select_upstream", "select_downstream",
    "select_kind", "invert", "deselect", "mute", "mute", "color_red", "color_none", "color", "replace",
    "duplicate_fed", "back", "forward", "bookmark_1", "go_1", "history", "note",
]  # fmt: skip
_K = Qt.Key
_KEYS = [
    (_K.Key_Delete, _NONE), (_K.Key_A, _CONTROL), (_K.Key_D, _CONTROL), (_K.Key_Left, _NONE), (_K.Key_Down, _SHIFT),
    (_K.Key_Tab, _NONE), (_K.Key_Backtab, _SHIFT), (_K.Key_M, _NONE), (_K.Key_R, _SHIFT), (_K.Key_Escape, _NONE),
    (_K.Key_F, _SHIFT), (_K.Key_0, _CONTROL), (_K.Key_Comma, _CONTROL), (_K.Key_K, _CONTROL), (_K.Key_F2, _NONE),
    (_K.Key_Return, _NONE), (_K.Key_7, _NONE), (_K.Key_Space, _NONE), (_K.Key_Y, _CONTROL),
]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_random_hands_leave_the_window_whole(make_window, hand, tmp_path, seed) -> None:  # noqa: F811
    """After each of hundreds of random gestures, canvas, inspector and actions show what the document says."""
    monkey = Monkey(window := make_window(panels=seed == 1), hand(window), tmp_path, seed)
    monkey.play(300)
    assert monkey.edits > 25
    assert monkey.round_trips > 0
    assert len(monkey.done) > 15


@pytest.mark.slow
@pytest.mark.parametrize("seed", [10, 11])
def test_random_hands_for_longer(make_window, hand, tmp_path, seed) -> None:  # noqa: F811
    """The same holds for many hundreds of gestures."""
    monkey = Monkey(window := make_window(panels=seed % 2 == 0), hand(window), tmp_path, seed)
    monkey.play(800)
    assert monkey.edits > 80
