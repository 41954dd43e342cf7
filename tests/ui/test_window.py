"""The window: actions, menus, docks, files and questions."""

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QTextBrowser,
    QWidget,
)

from gradstudio import __version__, files
from gradstudio.document import commands
from gradstudio.training.snapshot import Status
from gradstudio.ui.actions import MENUS, SPECS, sequences, shown_keys
from gradstudio.ui.canvas.scene import NOTHING, Hit, Part
from gradstudio.ui.dialogs.check import CheckDialog
from gradstudio.ui.dialogs.help import GateHelp
from gradstudio.ui.dialogs.jacobian import show_selected
from gradstudio.ui.docks import CLOSED
from gradstudio.ui.gatesearch import GateSearch
from gradstudio.ui.inspector.network import NetworkPage
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.quickpick import QuickPick
from gradstudio.ui.shot import settle
from gradstudio.ui.spec import ids_in
from gradstudio.ui.theme import DARK, LIGHT, Theme
from tests.ui.conftest import example

CTRL = Qt.KeyboardModifier.ControlModifier


def edit(window):
    """Make an edit that has to be saved."""
    node = next(iter(window.studio.document.nodes.values()))
    window.studio.do(lambda: commands.rename(window.studio.document, node.id, f"{node.name}_2"))


def answer(window, button) -> None:
    """Press a button of the question that is open."""
    (box,) = window.findChildren(QMessageBox, "unsaved")
    box.button(button).click()
    QTest.qWait(1)


def choose_file(window, path: Path) -> None:
    """Type a path into the file dialog that is open and accept it."""
    (dialog,) = [dialog for dialog in window.findChildren(QFileDialog) if dialog.isVisible()]
    line = dialog.findChild(QLineEdit)
    line.setText(str(path))
    QTest.keyClick(line, Qt.Key.Key_Return)
    window.activateWindow()
    QTest.qWait(5)


# --- actions and menus -----------------------------------------------------------------------------------------------


def test_every_action_is_declared_once_and_is_in_a_menu_or_the_bar(make_window) -> None:
    """No id twice, no menu entry without a declaration, none left out."""
    ids = [spec.id for spec in SPECS]
    assert len(set(ids)) == len(ids)
    in_menus = [name for _, entries in MENUS for name in ids_in(entries)]
    assert sorted(in_menus) == sorted(ids)


def test_no_shortcut_means_two_things() -> None:
    """Each key belongs to one action."""
    keys = [key.toString() for spec in SPECS for key in sequences(spec.keys)]
    assert sorted(keys) == sorted(set(keys))


def test_actions_can_be_done_only_when_they_mean_something(make_window, hand) -> None:
    """Enabled follows selection, history and training."""
    window = make_window()

    def on(*names):
        return [window.actions_by_id[name].isEnabled() for name in names]

    assert on("undo", "redo", "delete", "copy", "rename", "train", "pause", "check", "export_picture") == [False] * 9
    window.canvas.place_gate("constant")
    assert on("undo", "redo", "delete", "copy", "rename", "minimise") == [True, False, True, True, True, True]
    window.canvas.duplicate()
    window.canvas.select_all()
    assert on("rename", "duplicate") == [False, True]
    window.studio.undo()
    assert on("redo") == [True]
    assert window.studio.history.redo_title in window.actions_by_id["redo"].text()


def test_keys_reach_the_canvas(make_window, hand) -> None:
    """Select all, copy, paste, duplicate, rename, delete, zoom by their shortcuts."""
    window = make_window("product")
    me = hand(window)
    window.canvas.setFocus()
    me.key(Qt.Key.Key_A, CTRL)
    assert len(window.studio.selection()[0]) == 3
    me.key(Qt.Key.Key_C, CTRL)
    me.key(Qt.Key.Key_V, CTRL)
    assert len(window.studio.document.nodes) == 6
    me.key(Qt.Key.Key_D, CTRL)
    assert len(window.studio.document.nodes) == 9
    me.key(Qt.Key.Key_Delete)
    assert len(window.studio.document.nodes) == 6
    me.key(Qt.Key.Key_0, CTRL)
    assert window.canvas.scale() == pytest.approx(1.0)
    me.key(Qt.Key.Key_F)
    assert window.canvas.scale() != pytest.approx(1.0)
    window.studio.select((window.studio.document.named("f").id,))
    me.key(Qt.Key.Key_M)
    assert window.studio.document.settings.objective == window.studio.document.named("f").id


def test_letters_typed_into_a_field_are_not_shortcuts(make_window, hand) -> None:
    """T in a text field types a t and starts no training."""
    window = make_window("product")
    window.studio.select((window.studio.document.named("f").id,))
    page = window.inspector.page
    hand(window).type_into(page.name.editor, "tsfg")
    assert page.name.editor.text() == "tsfg"
    assert window.studio.status is Status.IDLE


def test_an_edit_waits_until_the_mouse_lets_go(make_window, hand) -> None:
    """Delete pressed while a node is dragged does nothing."""
    window = make_window("product")
    rect = window.canvas.node_rect(window.studio.document.named("f").id)
    at = window.canvas.to_view(rect.center()).toPoint()
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(window.canvas, at + QPoint(30, 10))
    hand(window).key(Qt.Key.Key_Delete)
    assert window.studio.document.named("f") is not None
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=at)


def test_the_title_names_the_file_and_whether_it_is_saved(make_window, tmp_path) -> None:
    """name.grad* — GradStudio, in the title and at the left of the bar."""
    window = make_window("product")
    assert window.windowTitle() == "untitled.grad[*] — GradStudio"
    assert not window.isWindowModified()
    edit(window)
    assert window.isWindowModified()
    assert window.bar.name.text() == "untitled.grad*"
    window.studio.save(tmp_path / "net.grad")
    assert window.windowTitle() == "net.grad[*] — GradStudio"
    assert not window.isWindowModified()
    assert window.status.saved.text() == "saved"


def test_the_context_menu_fits_what_was_clicked(make_window) -> None:
    """A node's menu renames and deletes, a wire's deletes, the canvas's adds."""
    window = make_window("product")
    node = window.studio.document.named("f").id
    found = {}
    for part, hit in (("node", Hit(Part.NODE, node)), ("wire", Hit(Part.WIRE, wire=1)), ("canvas", NOTHING)):
        window.canvas.menuRequested.emit(hit, QPoint(300, 300))
        (menu,) = window.findChildren(QMenu, "canvas.menu")
        found[part] = [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]
        menu.close()
        QTest.qWait(1)
    assert {"Rename", "Delete", "Minimise this node"} <= set(found["node"])
    assert found["wire"][:3] == ["Insert gate…", "Add dot here", "Straighten"]
    assert {"Ask for the gradient", "Ask for the value"} < set(found["wire"])
    assert found["wire"][-1] == "Delete"
    assert found["canvas"][0] == "Add gate…"


# --- searching -------------------------------------------------------------------------------------------------------


def test_double_click_on_empty_canvas_adds_a_gate_there(make_window, hand) -> None:
    """A small palette opens at the mouse; typing and Enter adds the gate where the click was."""
    window = make_window()
    at = QPoint(200, 150)
    scene = window.canvas.to_scene(QPointF(at))
    QTest.mouseDClick(window.canvas, Qt.MouseButton.LeftButton, pos=at)
    (popup,) = window.findChildren(GateSearch)
    QTest.keyClicks(popup.field, "tanh")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    (node,) = window.studio.document.nodes.values()
    assert node.gate == "tanh"
    assert window.canvas.node_rect(node.id).adjusted(-30, -30, 30, 30).contains(scene)


def test_ctrl_k_goes_to_nodes_and_runs_commands(make_window, hand) -> None:
    """One field finds a node by name, an action by its title, and adds gates; Escape leaves all as it is."""
    window = make_window("spiral")
    me = hand(window)
    me.key(Qt.Key.Key_K, CTRL)
    (popup,) = window.findChildren(QuickPick)
    QTest.keyClicks(popup.field, "scores")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert window.studio.selection()[0] == (window.studio.document.named("scores").id,)
    popup = window.search_everything()
    QTest.keyClicks(popup.field, "step")
    titles = [popup.list.item(i).text() for i in range(popup.list.count())]
    assert "Step" in titles
    QTest.keyClick(popup.field, Qt.Key.Key_Down)
    QTest.keyClick(popup.field, Qt.Key.Key_Up)
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    me.settle()
    assert window.studio.document.training.step == 1
    popup = window.search_everything()
    QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    QTest.qWait(1)
    assert not window.findChildren(QuickPick)


# --- files -----------------------------------------------------------------------------------------------------------


def test_saving_asks_for_a_name_once(make_window, hand, tmp_path) -> None:
    """A new network is saved under the name that is typed; then Save just saves; both are remembered."""
    window = make_window("product")
    edit(window)
    me = hand(window)
    me.key(Qt.Key.Key_S, CTRL)
    choose_file(window, tmp_path / "mine")
    assert (tmp_path / "mine.grad").is_file()
    assert window.studio.path == tmp_path / "mine.grad"
    edit(window)
    me.key(Qt.Key.Key_S, CTRL)
    assert not window.studio.modified
    assert files.read(tmp_path / "mine.grad").named("x_2_2") is not None
    assert [p.name for p in window.preferences.recent] == ["mine.grad"]
    assert window.preferences.folder == str(tmp_path)


def test_opening_asks_about_changes_first(make_window, tmp_path) -> None:
    """Cancel keeps the network, Discard drops it, Save saves it and then opens the other."""
    files.write(example("max"), tmp_path / "max.grad")
    window = make_window("product")
    window.studio.path = tmp_path / "mine.grad"
    edit(window)
    kinds = QMessageBox.StandardButton
    window.files.open_path(tmp_path / "max.grad")
    answer(window, kinds.Cancel)
    assert window.studio.name == "mine.grad"
    window.files.open_path(tmp_path / "max.grad")
    answer(window, kinds.Save)
    assert window.studio.name == "max.grad"
    assert (tmp_path / "mine.grad").is_file()
    edit(window)
    window.files.new()
    answer(window, kinds.Discard)
    assert not window.studio.document.nodes


def test_the_open_dialog_opens(make_window, hand, tmp_path) -> None:
    """Ctrl+O and a file."""
    files.write(example("max"), tmp_path / "max.grad")
    window = make_window()
    hand(window).key(Qt.Key.Key_O, CTRL)
    choose_file(window, tmp_path / "max.grad")
    assert window.studio.name == "max.grad"


def test_a_file_that_cant_be_read_is_explained_and_changes_nothing(make_window, tmp_path) -> None:
    """A box with the file's problem in a sentence; the network stays."""
    bad = tmp_path / "bad.grad"
    bad.write_bytes(b"not a network")
    window = make_window("product")
    for path in (bad, tmp_path / "missing.grad"):
        window.files.open_path(path)
        (box,) = window.findChildren(QMessageBox, "refusal")
        assert str(path) in box.informativeText()
        box.close()
        QTest.qWait(1)
    assert window.studio.document.named("f") is not None


def test_a_place_that_cant_be_written_is_explained(make_window, tmp_path) -> None:
    """Saving into a folder that isn't there tells so, and the network stays unsaved."""
    window = make_window("product")
    edit(window)
    window.studio.path = tmp_path / "gone" / "a.grad"
    window.files.save()
    assert window.findChildren(QMessageBox, "refusal")
    assert window.studio.modified


def test_an_example_opens_as_a_network_of_ones_own(make_window) -> None:
    """From the menu; it has the example's name but no file, so saving asks."""
    window = make_window()
    menus = {action.text(): action.menu() for action in window.menus.actions()}
    (examples,) = [a.menu() for a in menus["&File"].actions() if "example" in a.text()]
    titles = [action.text() for action in examples.actions()]
    assert "(x+y)·z" in titles
    examples.actions()[titles.index("(x+y)·z")].trigger()
    assert window.studio.document.named("q") is not None
    assert window.studio.path is None
    assert window.studio.name == "sum-times-z.grad"


def test_recent_files_can_be_opened_again(make_window, tmp_path) -> None:
    """The menu lists them, the newest first, without those that are gone."""
    window = make_window()
    for name in ("a", "b", "c"):
        files.write(example("max"), tmp_path / f"{name}.grad")
        window.files.open_path(tmp_path / f"{name}.grad")
    (tmp_path / "b.grad").unlink()
    menus = {action.text(): action.menu() for action in window.menus.actions()}
    (recent,) = [a.menu() for a in menus["&File"].actions() if "recent" in a.text()]
    recent.aboutToShow.emit()
    assert [a.text() for a in recent.actions() if not a.isSeparator()] == ["c.grad", "a.grad", "Forget these"]
    recent.actions()[1].trigger()
    assert window.studio.name == "a.grad"
    window.preferences.clear_recent()
    assert window.preferences.recent == []


def test_a_file_dropped_on_the_window_opens(make_window, tmp_path) -> None:
    """Dragging a .grad file in from outside opens it."""
    files.write(example("max"), tmp_path / "max.grad")
    window = make_window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "max.grad"))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(10, 10), Qt.DropAction.CopyAction, mime, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, mime, left, none))
    assert window.studio.name == "max.grad"


def test_code_is_exported(make_window, hand, tmp_path) -> None:
    """Export NumPy code writes a program; the window says where."""
    window = make_window("spiral")
    window.actions_by_id["export_numpy"].trigger()
    choose_file(window, tmp_path / "net.py")
    assert "np." in (tmp_path / "net.py").read_text()
    assert "net.py" in window.toast.text


# --- closing ---------------------------------------------------------------------------------------------------------


def test_closing_asks_about_changes(make_window, tmp_path) -> None:
    """Cancel keeps the window open, Save saves and closes."""
    window = make_window("product")
    window.studio.path = tmp_path / "a.grad"
    edit(window)
    kinds = QMessageBox.StandardButton
    window.close()
    assert window.isVisible()
    answer(window, kinds.Cancel)
    assert window.isVisible()
    window.close()
    answer(window, kinds.Save)
    assert not window.isVisible()
    assert (tmp_path / "a.grad").is_file()


def test_discarding_closes_at_once_and_a_clean_window_asks_nothing(make_window) -> None:
    """Nothing to save, nothing to ask."""
    window = make_window("product")
    edit(window)
    window.close()
    answer(window, QMessageBox.StandardButton.Discard)
    assert not window.isVisible()
    clean = make_window("product")
    clean.close()
    assert not clean.isVisible()


# --- looks -----------------------------------------------------------------------------------------------------------


def test_the_theme_is_chosen_and_remembered(make_window, tmp_path) -> None:
    """View ▸ Theme changes everything at once, and the next window has it."""
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    preferences = Preferences(store)
    assert preferences.theme == "system"
    window = make_window("product", preferences=preferences, panels=True)
    window.docks.load_visible()
    seen: list[Theme] = []
    window.studio.themeChanged.connect(seen.append)
    window.choose_theme("light")
    assert seen == [LIGHT]
    assert QApplication.palette().window().color().name() == LIGHT.window
    store.sync()
    again = Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    assert again.theme == "light"
    window.choose_theme("dark")
    assert window.studio.theme is DARK


def test_docks_stay_where_they_were_put(make_window, tmp_path) -> None:
    """A closed dock is closed next time too; Reset layout brings everything back."""
    path = str(tmp_path / "settings.ini")
    first = make_window(preferences=Preferences(QSettings(path, QSettings.Format.IniFormat)), panels=True)
    first.docks["gradients"].close()
    first.removeDockWidget(first.docks["palette"])
    first.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, first.docks["palette"])
    first.docks["palette"].show()
    first.close_now()
    second = make_window(preferences=Preferences(QSettings(path, QSettings.Format.IniFormat)), panels=True)
    assert not second.docks["gradients"].isVisible()
    assert second.dockWidgetArea(second.docks["palette"]) is Qt.DockWidgetArea.RightDockWidgetArea
    second.reset_layout()
    assert second.docks["gradients"].isVisible()
    assert second.dockWidgetArea(second.docks["palette"]) is Qt.DockWidgetArea.LeftDockWidgetArea


def test_a_closed_dock_comes_back_from_the_menu(make_window) -> None:
    """View ▸ Panels lists every dock."""
    window = make_window(panels=True)
    window.docks["loss"].close()
    menus = {action.text(): action.menu() for action in window.menus.actions()}
    (panels,) = [a.menu() for a in menus["&View"].actions() if "Panels" in a.text()]
    actions = {action.text(): action for action in panels.actions()}
    assert set(actions) == {dock.windowTitle() for dock in window.docks.by_name.values()}
    actions["Loss"].trigger()
    assert window.docks["loss"].isVisible()
    assert window.docks["loss"].title.findChildren(object)


def test_panels_are_made_after_the_window_is_shown(make_window, hand) -> None:
    """Slow panels load when they are first seen, and never where they stay hidden."""
    hidden = make_window("product")
    assert not hidden.docks["loss"].loaded
    shown = make_window("product", panels=True)
    hand(shown).settle()
    assert all(dock.loaded for name, dock in shown.docks.by_name.items() if name not in CLOSED)


def test_docks_lie_beside_each_other_in_a_small_window(make_window) -> None:
    """At 900 × 560 the panels open at first get the room they ask for, and none covers another's edge."""
    window = make_window("spiral", size=(900, 560), panels=True)
    window.docks.load_visible()
    settle(window)
    shown = [dock for dock in window.docks.by_name.values() if not dock.visibleRegion().isEmpty()]
    assert len(shown) >= 5
    assert not [(a.windowTitle(), b.windowTitle()) for a, b in combinations(shown, 2) if a.geometry() & b.geometry()]


@pytest.mark.parametrize(
    ("keys", "name"), [(Qt.Key.Key_O, "loss"), (Qt.Key.Key_A, "activation"), (Qt.Key.Key_R, "gradients")]
)
def test_panels_open_at_first_are_gone_to_by_key(make_window, hand, keys, name) -> None:
    """Ctrl+Alt and a letter shows a closed panel and gives it the keys; its title tells its help."""
    window = make_window("spiral")
    hand(window).key(keys, CTRL | Qt.KeyboardModifier.AltModifier)
    hand(window).settle()
    dock = window.docks[name]
    assert dock.isVisible()
    assert dock.isAncestorOf(QApplication.focusWidget())
    (title,) = dock.title.findChildren(QLabel)
    assert title.toolTip() == dock.widget().whatsThis() != ""


def test_what_is_no_panel_says_what_it_is_for_too(make_window) -> None:
    """The bars of stepping and looking back, the Jacobian and the gradient check have a sentence for Shift+F1."""
    window = make_window("product")
    window.studio.select((window.studio.document.named("f").id,))
    parts = (window.step_bar, window.time_bar, show_selected(window), window.check_gradients())
    assert all(part is not None and part.whatsThis().endswith(".") for part in parts)


def test_the_bar_has_room_at_every_width(make_window) -> None:
    """Menus are whole and nothing is cut from 900 to 1760 pixels, whatever the file is called."""
    window = make_window("spiral")
    for width in (900, 1000, 1100, 1280, 1400, 1760):
        window.resize(width, 700)
        window.studio.path = Path(f"{'long' * (width % 7)}.grad")
        window.studio.historyChanged.emit()
        QTest.qWait(5)
        edges = [part.geometry() for part in (window.bar.name, window.menus, *window.bar.buttons.values(),
                 window.bar.rate, window.bar.steps, window.bar._search) if part.isVisible()]  # fmt: skip
        assert all(a.right() < b.left() for a, b in pairwise(edges)), width
        assert edges[-1].right() < width
        assert window.menus.width() >= window.menus.sizeHint().width()
        for button in window.bar.buttons.values():
            assert button.width() >= button.sizeHint().width()
        assert window.bar.rate.width() >= window.bar.rate.sizeHint().width()


def test_a_refused_rate_says_so_below_the_field_of_the_bar(make_window, hand) -> None:
    """The bubble appears under the field and goes with the next valid key."""
    window = make_window("spiral")
    hand(window).type_into(window.bar.rate.edit, "0")
    assert window.bar.rate.error.isVisible()
    assert "above 0" in window.bar.rate.error.text()
    QTest.keyClicks(window.bar.rate.edit, ".5")
    assert not window.bar.rate.error.isVisible()
    assert window.studio.document.settings.learning_rate == 0.5


def test_the_status_line_tells_how_training_goes(make_window, hand) -> None:
    """Step, loss, accuracy, speed and time left while it runs; speed and time left go when it rests."""
    window = make_window("spiral")
    status = window.status
    assert status.loss.text().startswith("loss 1.09")
    window.studio.train(4000)
    while not status.left.isVisible():
        QTest.qWait(5)
    assert status.state.text() == "training"
    assert "/ 4\u202f000" in status.step.text()
    assert "steps/s" in status.speed.text()
    window.studio.pause()
    hand(window).settle()
    assert status.state.text() == "paused"
    assert not status.left.isVisible()
    assert status.saved.text() == "not saved"


# --- dialogs ---------------------------------------------------------------------------------------------------------


def test_the_gradient_check_goes_through_the_network(make_window, hand, qtbot) -> None:
    """Every array is listed with its error and band; the status line keeps the worst until the network changes."""
    window = make_window("sum-times-z")
    dialog = window.check_gradients()
    assert isinstance(dialog, CheckDialog)
    qtbot.waitUntil(lambda: "right" in dialog.headline.text())
    model = dialog.table.model()
    rows = [[model.index(row, column).data() for column in (0, 2)] for row in range(model.rowCount())]
    assert rows == [[name, "right"] for name in ("x", "y", "z", "q", "f")]
    assert window.status.checked.text().startswith("gradients checked")
    assert window.status.checked.isVisible()
    dialog.reject()
    node = window.studio.document.named("x").id
    window.studio.do(lambda: commands.set_param(window.studio.document, [node], "value", 9.0))
    assert not window.status.checked.isVisible()


def test_a_check_can_be_left_and_an_empty_network_has_none(make_window, qtbot) -> None:
    """Closing the dialog ends its thread; without gradients it says there is nothing to check."""
    window = make_window("two-layer")
    dialog = window.check_gradients()
    job = dialog.job
    dialog.reject()
    assert not job._thread.is_alive()
    other = make_window()
    other.canvas.place_gate("multiply")
    dialog = other.check_gradients()
    qtbot.waitUntil(lambda: "nothing to check" in dialog.headline.text())
    dialog.reject()


def test_help_explains_gates_keys_and_itself(make_window, hand) -> None:
    """F1 on a node opens its gate; keys lists every shortcut; about names the version."""
    window = make_window("spiral")
    window.studio.select((window.studio.document.named("relu").id,))
    hand(window).key(Qt.Key.Key_F1)
    (gates,) = window.findChildren(GateHelp)
    chosen = gates.palette_.model.gate(gates.palette_.list.currentIndex())
    assert chosen.id == "relu"
    assert not gates.grab().isNull()
    gates.reject()
    keys = window.help.keys()
    text = keys.findChild(QTextBrowser).toPlainText()
    assert [key for spec in SPECS for key in shown_keys(spec) if key not in text] == []
    keys.reject()
    about = window.help.about()
    assert any(__version__ in label.text() for label in about.findChildren(QLabel))
    about.reject()
    QTest.qWait(1)


def test_settings_are_a_key_away(make_window, hand) -> None:
    """Ctrl+, shows the settings of the training with the learning rate ready to be typed."""
    window = make_window("spiral")
    window.studio.select((window.studio.document.named("relu").id,))
    hand(window).key(Qt.Key.Key_Comma, CTRL)
    assert isinstance(window.inspector.page, NetworkPage)
    assert window.inspector.page.fields["learning_rate"].editor.hasFocus()


def test_a_message_comes_and_goes_by_itself(make_window) -> None:
    """A refusal is shown over the canvas, inside it, and can be dismissed."""
    window = make_window(size=(1000, 600))
    window.studio.messageShown.emit("A sentence that is rather long, so that it has to be broken into lines. " * 3)
    toast = window.toast
    assert toast.isVisible()
    assert window.canvas.rect().contains(toast.geometry())
    window.resize(1300, 700)
    QTest.qWait(5)
    assert window.canvas.rect().contains(toast.geometry())
    toast._timer.timeout.emit()
    assert not toast.isVisible()


def test_preferences_without_a_store_touch_no_disk(tmp_path) -> None:
    """They forget when the program ends."""
    preferences = Preferences()
    preferences.theme = "light"
    preferences.folder = "/x"
    assert preferences.theme == "light"
    assert preferences.layout is None
    assert Preferences().theme == "system"


def test_every_control_has_a_name_for_a_screen_reader(make_window, hand) -> None:
    """Buttons, fields, lists and boxes of the whole window say what they are."""
    window = make_window("spiral", panels=True)
    window.docks.load_visible()
    nameless = []
    for name in ("", "hidden", "relu"):
        window.studio.select((window.studio.document.named(name).id,) if name else ())
        hand(window).settle()
        kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
        controls = [w for w in window.findChildren(QWidget) if isinstance(w, kinds) and w.isVisible()]
        assert len(controls) > 15
        for control in controls:
            text = control.text() if isinstance(control, QAbstractButton) else ""
            inside = control.parent() is not None and isinstance(control.parent(), QLineEdit)
            if not (control.accessibleName() or text or inside):
                nameless.append(f"{type(control).__name__} {control.objectName()} in {type(control.parent()).__name__}")
    assert nameless == []
