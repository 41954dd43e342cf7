"""Several windows: each has its own network and session, they share what is remembered, and close one by one."""

import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from gradstudio import files
from gradstudio.document import commands
from gradstudio.ui.dialogs.dataset.dialog import DataDialog
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.shot import settle
from gradstudio.ui.theme import LIGHT
from tests.ui.conftest import example

CONTROL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction


@pytest.fixture
def window(make_window):
    """A window with the first circuit; whatever windows come of it are closed with it."""
    first = make_window("sum-times-z")
    windows = first.windows
    yield first
    windows.close_now()
    bury()


def bury() -> None:
    """Delete the windows that are closed."""
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def press(window, key, modifiers) -> None:
    """Press a shortcut in a window."""
    window.bring_forward()
    window.canvas.setFocus()
    QTest.keyClick(window.windowHandle(), key, modifiers)


def another(window):
    """A second window, by its shortcut."""
    press(window, Qt.Key.Key_N, CONTROL | SHIFT)
    second = window.windows.all[-1]
    assert second is not window
    settle(second)
    return second


def edit(window) -> None:
    """Make an edit that has to be saved."""
    window.studio.do(commands.add_node(window.studio.document, "constant", 0, 300)[0])


def answer(window, kind) -> None:
    """Press a button of the question that is open in a window."""
    (box,) = [box for box in window.findChildren(QMessageBox, "unsaved") if box.isVisible()]
    box.button(kind).click()
    QTest.qWait(1)


def sessions() -> int:
    """How many session threads there are."""
    return sum(thread.name.startswith("gradstudio-session") for thread in threading.enumerate())


def drop(target, *paths) -> bool:
    """Drag files from the file manager onto a widget; says whether they were taken."""
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(QPoint(40, 40), COPY, carried, LEFT, NONE)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(target, QDropEvent(QPointF(40, 40), COPY, carried, LEFT, NONE))
    return True


# --- a network each --------------------------------------------------------------------------------------------------


def test_a_new_window_has_a_network_of_its_own(window) -> None:
    """Ctrl+Shift+N shows an empty window beside this one; an edit there changes nothing here."""
    second = another(window)
    assert second.isVisible()
    assert second.pos() != window.pos()
    assert second.size() == window.size()
    assert not second.studio.document.nodes
    edit(second)
    assert (second.studio.modified, window.studio.modified) == (True, False)
    assert len(window.studio.document.nodes) == 5
    assert second.studio.session is not window.studio.session


def test_windows_without_a_file_have_different_names(window) -> None:
    """The second untitled network is called so, and the third."""
    names = [another(window).studio.name, another(window).studio.name]
    assert names == ["untitled-2.grad", "untitled-3.grad"]


def test_both_windows_compute_at_once(window) -> None:
    """Two sessions train side by side, each its own network; closing both ends both threads."""
    before = sessions()
    second = another(window)
    second.studio.open_document(example("spiral"), None, "spiral.grad")
    window.studio.open_document(example("spiral-linear"), None, "linear.grad")
    for one, steps in ((window, 5), (second, 3)):
        one.studio.train(steps)
    for one in (window, second):
        settle(one)
    assert [one.studio.document.training.step for one in (window, second)] == [5, 3]
    second.close_now()
    bury()
    assert sessions() <= before


def test_nodes_are_copied_from_one_window_to_the_other(window) -> None:
    """Ctrl+A, Ctrl+C here, Ctrl+V there: the nodes with the wires between them."""
    second = another(window)
    press(window, Qt.Key.Key_A, CONTROL)
    press(window, Qt.Key.Key_C, CONTROL)
    press(second, Qt.Key.Key_V, CONTROL)
    there = second.studio.document
    assert sorted(node.name for node in there.nodes.values()) == ["f", "q", "x", "y", "z"]
    assert len(there.wires) == 4
    settle(second)
    named = there.named("f")
    assert second.studio.snapshot().values[named.id, "z"].scalar == -12


# --- files in windows ------------------------------------------------------------------------------------------------


def test_a_file_is_opened_beside_this_one(window, tmp_path) -> None:
    """Ctrl+Shift+O, a file: it is in a window of its own, and this one is as it was, changes and all."""
    files.write(example("max"), tmp_path / "max.grad")
    edit(window)
    press(window, Qt.Key.Key_O, CONTROL | SHIFT)
    (dialog,) = [found for found in window.findChildren(QFileDialog) if found.isVisible()]
    line = dialog.findChild(QLineEdit)
    line.setText(str(tmp_path / "max.grad"))
    QTest.keyClick(line, Qt.Key.Key_Return)
    second = window.windows.all[-1]
    assert second.studio.path == tmp_path / "max.grad"
    assert second.studio.document.named("f").gate == "max"
    assert window.studio.modified
    assert window.preferences.recent[0] == tmp_path / "max.grad"


def test_a_file_that_is_open_already_is_gone_to(window, tmp_path) -> None:
    """Opening it again, anywhere, brings its window forward and opens no other."""
    path = tmp_path / "max.grad"
    files.write(example("max"), path)
    window.files.open_beside(path)
    second = window.windows.all[-1]
    edit(window)
    for again in (window.files.open_path, window.files.open_beside, second.files.open_beside):
        window.bring_forward()
        again(path)
        assert window.windows.all == [window, second]
    assert not window.findChildren(QMessageBox)
    assert window.windows.current is second


def test_a_file_that_is_none_opens_no_window(window, tmp_path) -> None:
    """What can't be read is told in the window that was asked."""
    (tmp_path / "a.grad").write_bytes(b"nothing")
    window.files.open_beside(tmp_path / "a.grad")
    assert window.windows.all == [window]
    (box,) = window.findChildren(QMessageBox, "refusal")
    assert "a.grad" in box.informativeText()
    box.button(QMessageBox.StandardButton.Ok).click()


@pytest.mark.parametrize("part", ["window", "canvas", "palette", "inspector"])
def test_a_file_dropped_on_a_window_is_opened_there(window, tmp_path, part) -> None:
    """Wherever on the window it is let go, after asking about changes."""
    files.write(example("max"), tmp_path / "max.grad")
    edit(window)
    target = {"window": window, "canvas": window.canvas, "palette": window.palette_.list.viewport(),
              "inspector": window.inspector}[part]  # fmt: skip
    assert drop(target, tmp_path / "max.grad")
    answer(window, QMessageBox.StandardButton.Discard)
    assert window.studio.path == tmp_path / "max.grad"
    assert window.windows.all == [window]


def test_several_files_dropped_are_opened_each(window, tmp_path) -> None:
    """The first here, the others in windows of their own; other files beside networks are left alone."""
    names = ["a.grad", "b.grad", "c.grad.json"]
    for name in names:
        files.write(example("max"), tmp_path / name)
    (tmp_path / "note.txt").write_text("no network")
    assert drop(window.canvas, tmp_path / "note.txt", *(tmp_path / name for name in names))
    assert [one.studio.name for one in window.windows.all] == names
    assert not window.findChildren(DataDialog)
    assert not drop(window.canvas)


# --- what they share -------------------------------------------------------------------------------------------------


def test_the_window_menu_lists_all_and_goes_to_each(window) -> None:
    """The entries are the networks' names, changed ones with a star, the own one checked; a click goes there."""
    second = another(window)
    edit(second)
    menu = next(action.menu() for action in window.menus.actions() if action.text() == "&Window")
    for _ in range(2):
        menu.aboutToShow.emit()
    listed = {a.text(): a for a in menu.actions() if a.text().startswith("untitled")}
    assert list(listed) == ["untitled.grad", "untitled-2.grad*"]
    checked = [a.isChecked() for a in listed.values()]
    assert checked == [True, False]
    list(listed.values())[1].trigger()
    assert window.windows.current is second
    press(second, Qt.Key.Key_QuoteLeft, CONTROL)
    assert window.windows.current is window


def test_next_window_waits_for_a_second_one(window) -> None:
    """With one window there is none to go to, and its tooltip says so."""
    action = window.actions_by_id["next_window"]
    assert not action.isEnabled()
    assert "no other window" in action.toolTip()
    second = another(window)
    assert window.actions_by_id["next_window"].isEnabled()
    second.close_now()
    assert not window.actions_by_id["next_window"].isEnabled()


def test_theme_recent_gates_shelves_and_habits_are_those_of_all(window) -> None:
    """What is chosen in one window holds in the other, at once."""
    second = another(window)
    second.choose_theme("light")
    assert window.studio.theme is LIGHT
    second.canvas.place_gate("gelu")
    assert window.palette_.model.index(1).data() == "GELU"
    window.palette_.shelves.fold(["DATA"], True)
    assert second.palette_.model.row_of("constant") < 0
    habit = window.canvas.habits.tidy
    second.toggle_habit("tidy")
    assert window.canvas.habits.tidy is not habit
    second.choose_theme("dark")


# --- closing ---------------------------------------------------------------------------------------------------------


def test_closing_one_asks_for_its_own_changes_only(window) -> None:
    """A changed window asks, the other one goes at once; what is closed is gone for good."""
    second = another(window)
    edit(second)
    press(second, Qt.Key.Key_W, CONTROL)
    assert window.windows.all == [window, second]
    answer(second, QMessageBox.StandardButton.Cancel)
    assert second.isVisible()
    press(second, Qt.Key.Key_W, CONTROL)
    answer(second, QMessageBox.StandardButton.Discard)
    bury()
    assert window.windows.all == [window]
    assert window.isVisible()
    assert window.windows.current is window


def test_quitting_asks_about_each(window, tmp_path) -> None:
    """One Cancel keeps all windows; answered for each, all of them go, and what was to be saved is saved."""
    second, third = another(window), another(window)
    for one, name in ((window, "a.grad"), (third, "c.grad")):
        edit(one)
        one.studio.path = tmp_path / name
    kinds = QMessageBox.StandardButton
    press(second, Qt.Key.Key_Q, CONTROL)
    answer(window, kinds.Save)
    answer(third, kinds.Cancel)
    assert window.windows.all == [window, second, third]
    assert (tmp_path / "a.grad").is_file()
    press(second, Qt.Key.Key_Q, CONTROL)
    answer(third, kinds.Discard)
    assert window.windows.all == []
    assert not (tmp_path / "c.grad").exists()
    assert window.windows.current is None


def test_closing_a_window_while_it_trains_ends_its_thread(window) -> None:
    """The other window goes on."""
    second = another(window)
    second.studio.open_document(example("spiral"), None, "spiral.grad")
    second.studio.train()
    before = sessions()
    second.close_now()
    bury()
    assert sessions() <= before
    edit(window)
    settle(window)
    assert window.studio.snapshot() is not None


def test_a_copy_is_saved_of_the_window_somebody_works_in(window) -> None:
    """What a failure's dialog saves is the network in front."""
    second = another(window)
    second.bring_forward()
    window.windows.save_copy()
    assert [d for d in second.findChildren(QFileDialog) if d.isVisible()]
    window.bring_forward()
    window.windows.save_copy()
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.reject()
    second.findChild(QFileDialog).reject()


def test_the_next_start_has_the_last_layout(make_window) -> None:
    """A window that is closed leaves its layout behind for the next."""
    preferences = Preferences()
    window = make_window(preferences=preferences)
    window.docks["palette"].hide()
    second = another(window)
    assert second.docks["palette"].isHidden()
    windows = window.windows
    windows.close_now()
    bury()
    third = make_window(preferences=preferences)
    assert third.docks["palette"].isHidden()
