"""What the window adds to the canvas: selecting, arranging and marking by keys, searching, steps, bookmarks."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.ui.actions import SPECS, sequences
from gradstudio.ui.canvas.keys import _CONTROLLED, _PLAIN, _SHIFTED
from gradstudio.ui.canvas.scene import NOTHING, Hit, Part
from gradstudio.ui.canvasactions import CANVAS_SPECS
from gradstudio.ui.historylist import HistoryList
from gradstudio.ui.menus import show_context_menu
from gradstudio.ui.picks import BETWEEN
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.quickpick import QuickPick

NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


def still(window):
    """Without animations, so that nothing is on its way."""
    window.canvas.habits.animated = False
    window.canvas.setFocus()
    return window


def choose(window, *names) -> None:
    window.studio.select([window.studio.document.named(name).id for name in names])


def names(window) -> set[str]:
    return {window.studio.document.nodes[i].name for i in window.studio.selection()[0]}


def places(window) -> dict[str, tuple[float, float]]:
    return {node.name: (node.x, node.y) for node in window.studio.document.nodes.values()}


def node(window, name):
    found = window.studio.document.named(name)
    assert found is not None
    return found


def popup(window):
    (found,) = [child for child in window.findChildren(QuickPick) if child.isVisible()]
    return found


def pick(window, text) -> None:
    """Type into the list that is open, and take the first."""
    field = popup(window).field
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    window.activateWindow()
    QTest.qWait(5)


# --- by keyboard alone ----------------------------------------------------------------------------------------------


def test_selecting_by_keys(make_window, hand) -> None:
    """U, D, Shift+G, Ctrl+I, Ctrl+Shift+A select upstream, downstream, the same kind, the others, nothing."""
    window = still(make_window("sum-times-z"))
    me = hand(window)
    choose(window, "q")
    me.key(Qt.Key.Key_U)
    assert names(window) == {"q", "x", "y"}
    choose(window, "y")
    me.key(Qt.Key.Key_D)
    assert names(window) == {"y", "q", "f"}
    choose(window, "x")
    me.key(Qt.Key.Key_G, SHIFT)
    assert names(window) == {"x", "y", "z"}
    me.key(Qt.Key.Key_I, CTRL)
    assert names(window) == {"q", "f"}
    me.key(Qt.Key.Key_A, CTRL | SHIFT)
    assert names(window) == set()
    assert not window.studio.history.can_undo


def test_arranging_by_keys(make_window, hand) -> None:
    """L tidies up, Shift and a letter align and distribute, Q levels wires: each one step, undone by Ctrl+Z."""
    window = still(make_window("sum-times-z"))
    me = hand(window)
    document = window.studio.document
    scattered = {i: (37.0 * k * k % 400, 91.0 * k % 350) for k, i in enumerate(document.nodes)}
    window.studio.do(commands.move(document, scattered))
    before, steps = places(window), window.studio.history.index
    for key, held, title in (
        (Qt.Key.Key_L, NONE, "Tidy up the network"), (Qt.Key.Key_L, SHIFT, "Tidy up 5 nodes"),
        (Qt.Key.Key_A, SHIFT, "Align 5 nodes left"), (Qt.Key.Key_D, SHIFT, "Align 5 nodes right"),
        (Qt.Key.Key_W, SHIFT, "Align 5 nodes at the top"), (Qt.Key.Key_S, SHIFT, "Align 5 nodes at the bottom"),
        (Qt.Key.Key_Q, SHIFT, "Align the centres of 5 nodes"), (Qt.Key.Key_E, SHIFT, "Align the middles of 5 nodes"),
        (Qt.Key.Key_H, SHIFT, "Distribute 5 nodes across"), (Qt.Key.Key_V, SHIFT, "Distribute 5 nodes down"),
        (Qt.Key.Key_Q, NONE, "Straighten 5 nodes"),
    ):  # fmt: skip
        me.key(Qt.Key.Key_A, CTRL)
        me.key(key, held)
        assert (window.studio.history.undo_title, window.studio.history.index) == (title, steps + 1)
        me.key(Qt.Key.Key_Z, CTRL)
        assert places(window) == before


def test_marking_by_keys(make_window, hand) -> None:
    """Shift+M mutes, Shift+K paints, Shift+C writes a note, Ctrl+R gives another gate, Ctrl+Shift+D doubles."""
    window = still(make_window("sum-times-z"))
    me = hand(window)
    choose(window, "q")
    me.key(Qt.Key.Key_M, SHIFT)
    assert node(window, "q").muted
    assert window.actions_by_id["mute"].text() == "Un&mute"
    me.key(Qt.Key.Key_K, SHIFT)
    pick(window, "viol")
    assert node(window, "q").color == "violet"
    window.canvas.setFocus()
    me.key(Qt.Key.Key_C, SHIFT)
    QTest.keyClicks(window.canvas.noting, "sum")
    QTest.keyClick(window.canvas.noting, Qt.Key.Key_Return)
    assert node(window, "q").note == "sum"
    me.key(Qt.Key.Key_R, CTRL)
    pick(window, "multiply")
    assert node(window, "q").gate == "multiply"
    me.key(Qt.Key.Key_D, CTRL | SHIFT)
    assert names(window) == {"q2"}
    assert len(window.studio.document.wires_into(node(window, "q2").id)) == 2
    assert window.studio.history.index == 5
    for _ in range(5):
        me.key(Qt.Key.Key_Z, CTRL)
    assert node(window, "q") is not None
    assert (node(window, "q").gate, node(window, "q").note, node(window, "q").muted) == ("add", "", False)


def test_colours_are_in_the_menus(make_window) -> None:
    """Each colour has an action of its own, for menus and Ctrl+K; “No colour” takes it off."""
    window = still(make_window("product"))
    choose(window, "f")
    window.actions_by_id["color_teal"].trigger()
    assert node(window, "f").color == "teal"
    window.actions_by_id["color_none"].trigger()
    assert node(window, "f").color == ""


def test_ways_back_by_keys(make_window, hand) -> None:
    """Alt+Left goes to the view before a jump, Alt+Right forward again; they are off where there is none."""
    window = still(make_window("spiral"))
    me, canvas = hand(window), window.canvas
    assert not window.actions_by_id["back"].isEnabled()
    canvas.set_scale(1.0)
    canvas.center_on(node(window, "relu").id)
    here = canvas.camera
    me.key(Qt.Key.Key_F)
    assert canvas.camera != here
    me.key(Qt.Key.Key_Left, ALT)
    assert canvas.camera == here
    assert window.actions_by_id["forward"].isEnabled()
    me.key(Qt.Key.Key_Right, ALT)
    assert canvas.camera != here


def test_context_menus_offer_it_by_mouse(make_window) -> None:
    """The menu of a node has marks, selecting and arranging in it, that of the canvas searching and arranging."""
    window = still(make_window("product"))
    hit = Hit(Part.NODE, node(window, "f").id)
    choose(window, "f")

    def actions(menu: QMenu) -> set[str]:
        inner = [a.menu() for a in menu.actions()]
        deeper = set().union(*(actions(m) for m in inner if isinstance(m, QMenu)))
        return {a.objectName().removeprefix("action.") for a in menu.actions()} | deeper

    on_node = show_context_menu(window, hit, QPoint(5, 5))
    assert {
        "mute",
        "note",
        "replace",
        "color_red",
        "select_upstream",
        "align_left",
        "tidy",
        "duplicate_fed",
    } <= actions(on_node)
    on_node.close()
    on_canvas = show_context_menu(window, NOTHING, QPoint(5, 5))
    assert {"find_node", "tidy", "snap_grid", "back", "invert"} <= actions(on_canvas)
    on_canvas.close()


# --- choices that are remembered --------------------------------------------------------------------------------------


def test_habits_are_remembered(make_window, tmp_path: Path) -> None:
    """Snapping, bands, tidying and animations are chosen in the menus, ticked, and kept for the next start."""
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = make_window("product", preferences=Preferences(store))
    was = {"snap_grid": True, "snap_guides": True, "tidy_inserted": False, "contain": False, "animated": True}
    for name, on in was.items():
        action = window.actions_by_id[name]
        assert action.isChecked() is on, name
        action.trigger()
        assert action.isChecked() is not on, name
    store.sync()
    again = make_window("product", preferences=Preferences(QSettings(store.fileName(), QSettings.Format.IniFormat)))
    habits = again.canvas.habits
    assert (habits.grid, habits.guides, habits.tidy, habits.contain, habits.animated) == (
        False,
        False,
        True,
        True,
        False,
    )
    assert not again.actions_by_id["snap_grid"].isChecked()


# --- searching ------------------------------------------------------------------------------------------------------


def search(window, text: str) -> None:
    window.finder.field.clear()
    QTest.keyClicks(window.finder.field, text)


def test_find_as_you_type_and_go_there(make_window, hand) -> None:
    """Ctrl+F, a few letters, Enter: the node is selected and in the middle; Enter again goes to the next one."""
    window = still(make_window("spiral"))
    me, finder = hand(window), window.finder
    me.key(Qt.Key.Key_F, CTRL)
    assert finder.isVisible()
    assert finder.field.hasFocus()
    search(window, "dense")
    assert [window.studio.document.nodes[hit.node].name for hit in finder.found] == ["hidden", "scores"]
    assert window.canvas.marks.found == {hit.node for hit in finder.found}
    for key, held, name, count in (
        (Qt.Key.Key_Return, NONE, "hidden", "1 of 2"), (Qt.Key.Key_Return, NONE, "scores", "2 of 2"),
        (Qt.Key.Key_Return, NONE, "hidden", "1 of 2"), (Qt.Key.Key_Return, SHIFT, "scores", "2 of 2"),
    ):  # fmt: skip
        QTest.keyClick(finder.field, key, held)
        assert names(window) == {name}
        assert finder.count.text() == count
        rect = window.canvas.node_rect(node(window, name).id)
        middle = window.canvas.to_view(rect.center()) - QPointF(window.canvas.width() / 2, window.canvas.height() / 2)
        assert abs(middle.x()) < 2
        assert abs(middle.y()) < 2
    assert not window.studio.history.can_undo


def test_escape_ends_the_search(make_window, hand) -> None:
    """Escape hides the panel and the marks, and the canvas has the keys again; the way back leads to where it began."""
    window = still(make_window("spiral"))
    me, camera = hand(window), window.canvas.camera
    me.key(Qt.Key.Key_F, CTRL)
    search(window, "loss")
    QTest.keyClick(window.finder.field, Qt.Key.Key_Return)
    QTest.keyClick(window.finder.field, Qt.Key.Key_Escape)
    assert not window.finder.isVisible()
    assert window.canvas.marks.found == frozenset()
    assert window.canvas.hasFocus()
    assert len(names(window)) == 1
    me.key(Qt.Key.Key_Left, ALT)
    assert window.canvas.camera == camera


def test_arrows_look_and_ctrl_enter_selects_all(make_window, hand) -> None:
    """↓ and ↑ show what is found without selecting it; Ctrl+Enter selects all of it."""
    window = still(make_window("spiral"))
    hand(window).key(Qt.Key.Key_F, CTRL)
    search(window, "dense")
    camera = window.canvas.camera
    QTest.keyClick(window.finder.field, Qt.Key.Key_Down)
    assert window.canvas.camera != camera
    assert names(window) == set()
    QTest.keyClick(window.finder.field, Qt.Key.Key_Return, CTRL)
    assert names(window) == {"hidden", "scores"}
    assert not window.finder.isVisible()


def test_the_list_is_clicked(make_window, hand) -> None:
    """A click on what was found goes there; the close button closes."""
    window = still(make_window("spiral"))
    hand(window).key(Qt.Key.Key_F, CTRL)
    search(window, "dense")
    view = window.finder.list
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, NONE, view.visualItemRect(view.item(1)).center())
    assert names(window) == {"scores"}
    QTest.mouseClick(window.finder._close, Qt.MouseButton.LeftButton)
    assert not window.finder.isVisible()


def test_tab_stays_in_the_search(make_window, hand) -> None:
    """Tab goes from the field to the button and back; Escape in the field still closes."""
    window = still(make_window("spiral"))
    me = hand(window)
    me.key(Qt.Key.Key_F, CTRL)
    me.key(Qt.Key.Key_Tab)
    assert window.finder._close.hasFocus()
    me.key(Qt.Key.Key_Tab, SHIFT)
    assert window.finder.field.hasFocus()
    me.key(Qt.Key.Key_Escape)
    assert window.canvas.hasFocus()
    assert QApplication.activePopupWidget() is None


def test_what_is_found_follows_edits(make_window, hand) -> None:
    """While the panel is open, a renamed or deleted node is found or lost at once."""
    window = still(make_window("spiral"))
    hand(window).key(Qt.Key.Key_F, CTRL)
    search(window, "hidden")
    assert len(window.finder.found) == 1
    window.studio.do(commands.rename(window.studio.document, node(window, "relu").id, "hidden_relu"))
    assert len(window.finder.found) == 2
    window.studio.do(commands.delete(window.studio.document, [node(window, "hidden").id]))
    assert [hit.node for hit in window.finder.found] == [node(window, "hidden_relu").id]
    window.studio.new()
    assert not window.finder.isVisible()


def test_nothing_is_found(make_window, hand) -> None:
    """Nothing found is said in a word, and Enter does nothing."""
    window = still(make_window("spiral"))
    hand(window).key(Qt.Key.Key_F, CTRL)
    search(window, "unobtainium")
    assert window.finder.count.text() == "none"
    QTest.keyClick(window.finder.field, Qt.Key.Key_Return)
    QTest.keyClick(window.finder.field, Qt.Key.Key_Down)
    assert names(window) == set()


def test_found_nodes_stand_out(make_window, hand) -> None:
    """They have a ring at any scale, which goes with the search."""
    window = still(make_window("spiral"))
    hand(window).key(Qt.Key.Key_F, CTRL)
    canvas, warning = window.canvas, window.studio.theme.color("warning").name()

    def ringed() -> bool:
        image = canvas.grab().toImage()
        return any(
            image.pixelColor(x, y).name() == warning for x in range(0, image.width(), 1) for y in range(0, 400, 3)
        )

    assert not ringed()
    search(window, "dense")
    assert ringed()
    canvas.set_scale(0.2)
    assert ringed()
    QTest.keyClick(window.finder.field, Qt.Key.Key_Escape)
    assert not ringed()


# --- the list of steps ------------------------------------------------------------------------------------------------


def history_of(window) -> HistoryList:
    window.show_history()
    found = window.docks["history"].widget()
    assert isinstance(found, HistoryList)
    QApplication.processEvents()
    return found


def test_the_list_names_every_step(make_window, hand) -> None:
    """It says what was done in order, where the network is now, what is undone and what was saved."""
    window = still(make_window("product"))
    choose(window, "f")
    for color in ("red", "green", "blue"):
        window.actions_by_id[f"color_{color}"].trigger()
    listed = history_of(window).model
    assert [listed.title(row) for row in range(listed.rowCount())] == [
        "Beginning", "Paint f red", "Paint f green", "Paint f blue",
    ]  # fmt: skip
    assert (listed.done, listed.saved) == (3, 0)
    window.studio.undo()
    assert [listed.state(row) for row in range(4)] == ["done", "done", "now", "undone"]
    spoken = listed.data(listed.index(3), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Paint f blue, undone"


def test_a_click_goes_to_a_step(make_window, hand) -> None:
    """A click on any row brings the network to the state after it, in both directions; Enter does the same."""
    window = still(make_window("product"))
    choose(window, "f")
    colors = ["", "red", "green", "blue"]
    for color in colors[1:]:
        window.actions_by_id[f"color_{color}"].trigger()
    listed = history_of(window)
    view = listed.view
    for row in (1, 3, 0, 2):
        place = view.visualRect(listed.model.index(row)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, NONE, place)
        assert node(window, "f").color == colors[row]
        assert view.currentIndex().row() == row
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert node(window, "f").color == "green"
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert node(window, "f").color == "blue"


def test_going_to_a_step_ends_a_run(make_window, hand) -> None:
    """A run that goes on is stopped and kept as a step, and then taken back like any other."""
    window = still(make_window("spiral"))
    choose(window, "relu")
    window.actions_by_id["color_red"].trigger()
    window.studio.train(10_000)
    while window.studio.session.latest.step < 2:
        QTest.qWait(5)
    window.studio.go_to_step(0)
    assert not window.studio.running
    assert node(window, "relu").color == ""
    assert window.studio.document.training.step == 0
    assert len(window.studio.history.titles) == 2


def test_the_history_action_shows_the_list(make_window, hand) -> None:
    """Ctrl+Shift+H shows the dock, which is closed at first; opened files begin with “Opened”."""
    window = still(make_window("product"))
    dock = window.docks["history"]
    assert dock.isHidden()
    hand(window).key(Qt.Key.Key_H, CTRL | SHIFT)
    assert dock.isVisible()
    assert isinstance(dock.widget(), HistoryList)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_list_paints_in_both_themes(make_window, theme: str) -> None:
    """Rows done, undone, present and saved are painted without a complaint."""
    window = still(make_window("product"))
    window.choose_theme(theme)
    choose(window, "f")
    for color in ("red", "green"):
        window.actions_by_id[f"color_{color}"].trigger()
    window.studio.undo()
    listed = history_of(window)
    listed.view.setFocus()
    QTest.keyClick(listed.view, Qt.Key.Key_Up)
    image = listed.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}) > 10


# --- bookmarks --------------------------------------------------------------------------------------------------------


def test_bookmarks_by_keys(make_window, hand) -> None:
    """Ctrl and a digit remembers the view, Alt and the digit comes back to it; going there can be gone back from."""
    window = still(make_window("spiral"))
    me, canvas = hand(window), window.canvas
    assert not window.actions_by_id["go_3"].isEnabled()
    canvas.set_scale(1.5)
    canvas.center_on(node(window, "relu").id)
    there = canvas.visible_area().center()
    me.key(Qt.Key.Key_3, CTRL)
    assert window.actions_by_id["go_3"].isEnabled()
    me.key(Qt.Key.Key_F)
    here = canvas.camera
    me.key(Qt.Key.Key_3, ALT)
    gap = canvas.visible_area().center() - there
    assert canvas.scale() == 1.5
    assert abs(gap.x()) < 1
    assert abs(gap.y()) < 1
    me.key(Qt.Key.Key_Left, ALT)
    assert canvas.camera == here
    assert not window.studio.history.can_undo


def test_bookmarks_belong_to_the_file(make_window, hand, tmp_path: Path) -> None:
    """They come back with the file they were set in, go along when it is saved as another, and stay out of others."""
    window = still(make_window("product"))
    first, second = tmp_path / "a.grad", tmp_path / "b.grad"
    window.bookmarks.set(1)
    window.studio.save(first)
    window.bookmarks.set(2)
    window.studio.save(second)
    window.files.open_path(first)
    assert [window.bookmarks.is_set(n) for n in (1, 2)] == [True, True]
    window.studio.new()
    assert not window.bookmarks.is_set(1)
    window.files.open_path(second)
    assert window.bookmarks.is_set(2)
    assert files.read(first).nodes.keys() == files.read(second).nodes.keys()


@pytest.mark.parametrize("spoilt", ["junk", "[1]", '{"a": {"1": [0, 0]}}', '{"a": {"x": [0, 0, 1]}}', '{"a": 3}'])
def test_spoilt_settings_are_no_bookmarks(tmp_path: Path, spoilt: str) -> None:
    """Whatever stands in the settings, nothing is read from it but bookmarks."""
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    store.setValue("views", spoilt)
    assert Preferences(store).views(tmp_path / "a.grad") == {}


def test_only_so_many_files_keep_bookmarks(tmp_path: Path) -> None:
    """The files bookmarked last keep theirs."""
    preferences = Preferences()
    for i in range(60):
        preferences.keep_views(tmp_path / f"{i}.grad", {1: (float(i), 0.0, 1.0, None)})
    assert preferences.views(tmp_path / "0.grad") == {}
    assert preferences.views(tmp_path / "59.grad") == {1: (59.0, 0.0, 1.0, None)}
    assert len(preferences._all_views()) == 50


# --- everything by name -----------------------------------------------------------------------------------------------


def test_ctrl_k_covers_every_action(make_window) -> None:
    """Every action that can be done now is found by its title, and so are themes, panels and examples."""
    window = still(make_window("spiral"))
    choose(window, "hidden", "relu", "scores")
    titles = {pick.title for pick in window._everything()}
    for spec in SPECS:
        action = window.actions_by_id[spec.id]
        plain = action.text().replace("&", "")
        if action.isEnabled() and spec.id != "find":
            assert any(title.removesuffix(" ✓").split(BETWEEN)[-1] == plain for title in titles), spec.id
    for words in (("Theme", "Dark"), ("Panels", "History"), ("Minimap",), ("Open example", "Spiral")):
        assert any(title.startswith(BETWEEN.join(words)) for title in titles), words


def test_ctrl_k_does_what_it_says(make_window, hand) -> None:
    """Picked by name, an action in a submenu is carried out."""
    window = still(make_window("spiral"))
    choose(window, "relu")
    hand(window).key(Qt.Key.Key_K, CTRL)
    pick(window, "colour violet")
    assert node(window, "relu").color == "violet"


def test_every_new_key_is_free_of_others(make_window) -> None:
    """No key of these actions is one the canvas reads itself for something else."""
    tables = ((_PLAIN, NONE), (_SHIFTED, SHIFT), (_CONTROLLED, CTRL))
    read = {QKeySequence(held.value | key).toString() for table, held in tables for key in table}
    for spec in CANVAS_SPECS:
        assert not {key.toString() for key in sequences(spec.keys)} & read, spec.id


def test_an_empty_network_offers_little(make_window) -> None:
    """With nothing there, what needs nodes is off, and says why."""
    window = still(make_window(Document()))
    for name in ("tidy", "find_node", "invert", "mute", "align_left", "distribute_down", "go_1", "back", "note"):
        action = window.actions_by_id[name]
        assert not action.isEnabled(), name
        assert len(action.toolTip().split(". ")) >= 2, name
