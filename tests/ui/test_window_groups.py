"""Groups and blocks in the window: the way in and out, the inspector's pages, blocks, pictures, bookmarks, finding."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QPushButton, QToolButton

from gradstudio import files
from gradstudio.document import marking
from gradstudio.document.nesting import all_members, interface
from gradstudio.ui.blocks import block_mime
from gradstudio.ui.inspector.group import GroupPage
from gradstudio.ui.preferences import PictureStyle, Preferences
from tests.ui.canvas.hands import network
from tests.ui.test_picturing import words

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key


def row():
    """a -> b -> c -> d, in a row."""
    gates = {"a": "constant", "b": "negate", "c": "relu", "d": "negate"}
    return network({name: (gate, 180.0 * i, 0.0, {}) for i, (name, gate) in enumerate(gates.items())}, "a>b b>c c>d")


class Person:
    """Somebody at a window with a -> b -> c -> d, whose hands use keys and mouse."""

    def __init__(self, window, hand) -> None:
        self.window, self.hand = window, hand(window)
        window.canvas.habits.animated = False

    @property
    def document(self):
        return self.window.studio.document

    @property
    def inside(self):
        return self.window.studio.stage.inside

    def key(self, key, keys=NONE) -> None:
        self.window.activateWindow()
        self.window.canvas.setFocus()
        self.hand.key(key, keys)
        QApplication.processEvents()

    def select(self, *names: str) -> None:
        self.window.studio.select([self.document.named(name).id for name in names])

    def group(self, *names: str, called: str = ""):
        """Select and press Ctrl+G; F2 names it."""
        self.select(*names)
        self.key(KEY.Key_G, CTRL)
        (group,) = self.window.studio.areas()
        if called:
            self.key(KEY.Key_F2)
            field = QApplication.focusWidget()
            assert isinstance(field, QLineEdit)
            field.selectAll()
            QTest.keyClicks(field, called)
            QTest.keyClick(field, KEY.Key_Return)
        return group

    def crumbs(self) -> list[str]:
        """What the way says, from the network to here."""
        (bar,) = [w for w in self.window.canvas.children() if getattr(w, "objectName", str)() == "breadcrumbs"]
        return [name for _, name in bar.steps()] if bar.isVisible() else []

    def crumb(self, name: str):
        buttons = [b for b in self.window.canvas.findChildren(QToolButton) if b.text() == name and b.isVisible()]
        return buttons[0]

    def written(self) -> bytes:
        return files.dumps(self.document)


@pytest.fixture
def person(make_window, hand, tmp_path: Path) -> Person:
    """Somebody whose blocks lie in a folder."""
    return Person(make_window(row(), preferences=Preferences(blocks=tmp_path / "blocks")), hand)


# --- the way in and out -------------------------------------------------------------------------------------------


def test_breadcrumbs_lead_back(person) -> None:
    """By keys two groups deep, by a click on the way back out; Alt+Left goes back in, Alt+Up out again."""
    inner = person.group("b", called="inner")
    outer = person.group("b", "c", called="outer")
    assert person.crumbs() == []
    person.key(KEY.Key_Return)
    assert person.inside == outer
    person.window.studio.select(all_members(person.document, inner), (), (inner,))
    person.key(KEY.Key_Down, ALT)
    assert (person.inside, person.crumbs()) == (inner, ["Network", "outer", "inner"])
    assert person.crumb("outer").width() > 30
    QTest.mouseClick(person.crumb("Network"), LEFT)
    assert (person.inside, person.crumbs()) == (None, [])
    person.key(KEY.Key_Left, ALT)
    assert person.inside == inner
    person.key(KEY.Key_Up, ALT)
    assert (person.inside, person.window.studio.areas()) == (outer, (inner,))


def test_breadcrumbs_are_reached_by_tab_and_named(person) -> None:
    """Each step but the last is a button a screen reader can name and the keyboard can press."""
    person.group("b", "c", called="hidden")
    person.key(KEY.Key_Return)
    button = person.crumb("Network")
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert button.accessibleName() == "Go to Network"
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, KEY.Key_Space)
    assert person.inside is None


def test_ungrouping_in_the_window_loses_nothing(person) -> None:
    """Ctrl+Shift+G gives the very document back that Ctrl+G was pressed on; undoing all does too."""
    before = person.written()
    person.group("b", "c")
    person.key(KEY.Key_G, CTRL | SHIFT)
    nodes = {node.name: (node.gate, node.group) for node in person.document.nodes.values()}
    assert nodes == {"a": ("constant", None), "b": ("negate", None), "c": ("relu", None), "d": ("negate", None)}
    assert not person.document.groups
    assert len(person.document.wires) == 3
    while person.window.studio.history.can_undo:
        person.key(KEY.Key_Z, CTRL)
    assert person.written() == before


def test_what_is_added_behind_a_box_is_wired_to_it(person) -> None:
    """Typed or double-clicked with a box selected, a gate takes what the box gives, and nothing from within it."""
    person.group("c", "d", called="end")
    person.key(KEY.Key_Tab)
    QTest.keyClicks(focused(), "relu")
    QTest.keyClick(focused(), KEY.Key_Return)
    added = person.document.named("relu1")
    (wire,) = person.document.wires_into(added.id)
    assert person.document.nodes[wire.source].name == "d"
    (box,) = [-shown for shown in person.window.canvas.scene.nodes.ids if shown < 0]
    assert person.window.canvas.node_rect(added.id).left() > person.window.canvas.scene.area_rect(box).right()


# --- the inspector ------------------------------------------------------------------------------------------------


def edited(person, act) -> list[str]:
    """What an edit changed of the group's ports; one step takes it back bit for bit."""
    studio, before, steps = person.window.studio, person.written(), len(person.window.studio.history.titles)
    act()
    QApplication.processEvents()
    assert len(studio.history.titles) == steps + 1
    (group,) = person.document.groups
    shown = interface(person.document, group)
    names = [port.name for port in (*shown.inputs, *shown.outputs)]
    studio.undo()
    assert person.written() == before
    studio.redo()
    return names


def test_the_page_of_a_group_edits_its_interface(person) -> None:
    """Ports are renamed, shown, moved and hidden by hand in the inspector, each as one step of undo."""
    person.group("b", "c")
    page = person.window.inspector.page
    assert isinstance(page, GroupPage)
    inputs, outputs = page.sides
    field = inputs.rows[0].name.edit
    field.selectAll()
    QTest.keyClicks(field, "features")
    assert edited(person, lambda: QTest.keyClick(field, KEY.Key_Return)) == ["features", "z"]
    more = outputs.more
    assert [more.itemText(i) for i in range(more.count())] == ["b.z"]
    assert len(edited(person, lambda: more.activated.emit(0))) == 3
    first = outputs.rows[0].name.edit.text()
    up = outputs.rows[1].buttons["up"]
    assert edited(person, lambda: QTest.mouseClick(up, LEFT))[2] == first
    hide = next(row.buttons["hide"] for row in outputs.rows if row.buttons["hide"].isEnabled())
    assert len(edited(person, lambda: QTest.mouseClick(hide, LEFT))) == 2


def test_the_page_of_a_group_opens_and_enters_it(person) -> None:
    """Its buttons open it in place, close it and enter it."""
    group = person.group("b", "c")
    buttons = {button.text(): button for button in person.window.inspector.page.findChildren(QPushButton)}
    QTest.mouseClick(buttons["Open in place"], LEFT)
    assert not person.document.groups[group].collapsed
    close = next(b for b in person.window.inspector.page.findChildren(QPushButton) if b.text() == "Close")
    QTest.mouseClick(close, LEFT)
    assert person.document.groups[group].collapsed
    enter = next(b for b in person.window.inspector.page.findChildren(QPushButton) if b.text() == "Enter")
    QTest.mouseClick(enter, LEFT)
    assert person.inside == group


def focused():
    """Where keys go."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


# --- blocks -------------------------------------------------------------------------------------------------------


def saved(person, name: str = "encoder") -> None:
    """Keep b and c as a block by keys."""
    person.group("b", "c", called=name)
    person.key(KEY.Key_B, CTRL | ALT)


def test_a_block_is_kept_and_put_in_by_keys(person, tmp_path: Path) -> None:
    """Ctrl+Alt+B writes a file into the folder of blocks; found in the search, it comes back as a closed group."""
    saved(person)
    assert [file.name for file in (tmp_path / "blocks").iterdir()] == ["encoder.grad"]
    before = person.written()
    person.window.studio.select()
    person.key(KEY.Key_Tab)
    for letter in "encoder":
        QTest.keyClicks(focused(), letter)
    QTest.keyClick(focused(), KEY.Key_Return)
    groups = list(person.document.groups.values())
    assert [group.collapsed for group in groups] == [True, True]
    assert len(person.document.nodes) == 6
    person.key(KEY.Key_Z, CTRL)
    assert person.written() == before


def test_a_block_of_the_same_name_is_asked_for(person, tmp_path: Path) -> None:
    """Saving over a block asks first: Escape keeps the old one, the button replaces it."""
    saved(person)
    old = (tmp_path / "blocks" / "encoder.grad").read_bytes()
    person.window.studio.do(lambda: marking.set_muted(person.document, [person.document.named("c").id], True))
    for press, changed in ((KEY.Key_Escape, False), (KEY.Key_Return, True)):
        (group,) = person.document.groups
        person.window.studio.select(all_members(person.document, group), (), (group,))
        person.key(KEY.Key_B, CTRL | ALT)
        (box,) = [box for box in person.window.findChildren(QMessageBox) if box.isVisible()]
        QTest.keyClick(box, press)
        QApplication.processEvents()
        assert ((tmp_path / "blocks" / "encoder.grad").read_bytes() != old) is changed


def drop(person, mime, steps) -> None:
    """Bring what a drag carries over the canvas, through these kinds of events."""
    canvas = person.window.canvas
    at, copy = canvas.to_view(QPointF(100, 200)), Qt.DropAction.CopyAction
    events: dict[str, Callable[[], QEvent]] = {
        "enter": lambda: QDragEnterEvent(at.toPoint(), copy, mime, LEFT, NONE),
        "move": lambda: QDragMoveEvent(at.toPoint() + QPoint(20, 0), copy, mime, LEFT, NONE),
        "leave": QDragLeaveEvent,
        "drop": lambda: QDropEvent(at, copy, mime, LEFT, NONE),
    }
    for step in steps:
        QApplication.sendEvent(canvas, events[step]())


def test_a_block_is_dragged_from_the_palette(person) -> None:
    """A ghost of its box follows; a drag that leaves or is called off adds nothing; undo takes the dropped one away."""
    saved(person)
    (block,) = person.window.blocks.all()
    before = person.written()
    drop(person, block_mime(block), ("enter", "move", "leave"))
    assert person.written() == before
    drop(person, block_mime(block), ("enter", "move", "drop"))
    assert len(person.document.groups) == 2
    person.key(KEY.Key_Z, CTRL)
    assert person.written() == before


def test_a_spoilt_block_is_told(person, tmp_path: Path) -> None:
    """A file in the folder of blocks that is no network is refused in a sentence, and nothing is added."""
    saved(person)
    (tmp_path / "blocks" / "encoder.grad").write_bytes(b"junk")
    before = person.written()
    told: list[str] = []
    person.window.studio.messageShown.connect(told.append)
    person.window.block_files.place(person.window.blocks.all()[0])
    boxes = [box for box in person.window.findChildren(QMessageBox) if box.isVisible()]
    assert told or boxes
    assert person.written() == before


def test_a_block_is_shared_as_a_file(person, tmp_path: Path) -> None:
    """Saved through the dialog and inserted into another network, it has the same nodes and wires."""
    group = person.group("b", "c", called="shared")
    path = tmp_path / "shared.grad"
    person.window.actions_by_id["export_block"].trigger()
    _answer(person, path)
    assert sorted(node.name for node in files.read(path).nodes.values()) == ["b", "c"]
    person.window.studio.select(all_members(person.document, group), (), (group,))
    person.key(KEY.Key_Delete)
    assert len(person.document.nodes) == 2
    person.window.actions_by_id["insert_block"].trigger()
    _answer(person, path)
    (put,) = person.document.groups.values()
    assert (put.name, put.collapsed, len(person.document.nodes)) == ("shared", True, 4)


def _answer(person, path: Path) -> None:
    """Type a path into the file dialog that is open and accept it."""
    (dialog,) = [dialog for dialog in person.window.findChildren(QFileDialog) if dialog.isVisible()]
    line = dialog.findChild(QLineEdit)
    line.setText(str(path))
    QTest.keyClick(line, KEY.Key_Return)
    QTest.qWait(5)


# --- pictures, bookmarks, finding -----------------------------------------------------------------------------------


def test_a_picture_of_a_selection_inside_a_group(person) -> None:
    """Inside a group a picture shows what is seen there: of the selection the selection, else the inside."""
    person.group("b", "c")
    person.key(KEY.Key_Return)
    person.select("c")
    of = {part: words(person.window.pictures.picture(PictureStyle(), part=part).svg()) for part in (True, False)}
    assert "c" in of[True]
    assert "b" not in of[True]
    assert {"b", "c"} <= set(of[False])
    assert "d" not in of[False]


def test_a_bookmark_remembers_its_group(person, tmp_path: Path) -> None:
    """Set inside a group it leads there again, after reopening too; where the group is gone, to the network."""
    group = person.group("b", "c")
    person.key(KEY.Key_Return)
    person.key(KEY.Key_1, CTRL)
    person.key(KEY.Key_Up, ALT)
    person.key(KEY.Key_2, CTRL)
    person.key(KEY.Key_1, ALT)
    assert person.inside == group
    person.key(KEY.Key_2, ALT)
    assert person.inside is None
    person.window.studio.save(tmp_path / "a.grad")
    assert Preferences.views(person.window.preferences, tmp_path / "a.grad")[1][3] == group
    person.window.files.open_path(tmp_path / "a.grad")
    person.key(KEY.Key_1, ALT)
    assert person.inside == group
    person.key(KEY.Key_Up, ALT)
    person.key(KEY.Key_G, CTRL | SHIFT)
    person.key(KEY.Key_1, ALT)
    assert person.inside is None


def test_ctrl_f_finds_groups_by_name(person) -> None:
    """Enter goes to a group and selects it, wherever it lies; Ctrl+Enter selects all that was found."""
    inner = person.group("b", called="encoder")
    outer = person.group("b", "c", called="whole")
    person.window.studio.select()
    person.key(KEY.Key_F, CTRL)
    field = person.window.finder.field
    QTest.keyClicks(field, "encod")
    assert [hit.group for hit in person.window.finder.found] == [inner]
    QTest.keyClick(field, KEY.Key_Return)
    assert (person.inside, person.window.studio.areas()) == (outer, (inner,))
    field.selectAll()
    QTest.keyClicks(field, "group whole")
    QTest.keyClick(field, KEY.Key_Return)
    assert (person.inside, person.window.studio.areas()) == (None, (outer,))
    QTest.keyClick(field, KEY.Key_Return, CTRL)
    assert person.window.studio.areas() == (outer,)
    assert person.window.finder.isHidden()
