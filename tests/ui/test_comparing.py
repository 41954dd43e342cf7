"""Duplicating a network in the window, and comparing two of them side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.document.valuediff import Sign
from gradstudio.runs import Run, Store
from gradstudio.ui.comparing import as_it_is, compare, compare_with, duplicate_network
from gradstudio.ui.dialogs.compare import CompareDialog, Side
from gradstudio.ui.panels.runs import RunsPanel
from gradstudio.ui.shot import settle
from tests.training.networks import spiral
from tests.ui.conftest import forget


def other() -> Document:
    """The spiral classifier with more units, dropout in one wire, and without its decay's second wire."""
    document = spiral()
    hidden, relu, scores = (node_id(document, name) for name in ("hidden", "relu", "scores"))
    document.apply(commands.set_param(document, [hidden], "units", 33))
    patch, drop = commands.add_node(document, "dropout", 0, 0, name="drop")
    document.apply(patch)
    between = next(w.id for w in document.wires.values() if (w.source, w.target) == (relu, scores))
    document.apply(commands.disconnect(document, [between]))
    document.apply(commands.connect(document, relu, "z", drop, "x"))
    document.apply(commands.connect(document, drop, "z", scores, "x"))
    return document


def node_id(document: Document, name: str) -> int:
    """The id of a node."""
    node = document.named(name)
    assert node is not None
    return node.id


@pytest.fixture
def compared(make_window: Any, qtbot: Any) -> Any:
    """The dialog with the spiral classifier left and the other one, which the window shows, right."""
    window = make_window(other())
    dialog = compare(window, Side("before.grad", spiral))
    qtbot.waitUntil(lambda: dialog.found is not None, timeout=20_000)
    yield dialog
    dialog.close()
    forget(dialog)


def test_differences_are_marked_in_both(compared: CompareDialog) -> None:
    """What is only right is marked there, what changed on both sides, and the headline counts it."""
    left, right = (canvas.differing for canvas in compared.canvases)
    hidden, drop = node_id(other(), "hidden"), node_id(other(), "drop")
    assert dict(left.nodes) == {hidden: Sign.CHANGED}
    assert dict(right.nodes) == {hidden: Sign.CHANGED, drop: Sign.ADDED}
    assert list(left.wires.values()) == [Sign.REMOVED]
    assert list(right.wires.values()) == [Sign.ADDED, Sign.ADDED]
    assert compared.headline.text() == "1 node only right, 1 node changed, 3 wires"


def test_the_list_says_what_and_leads_there(compared: CompareDialog) -> None:
    """Going down the list with F8 makes each node current in the canvas that has it, and brings it to the middle."""
    QTest.keyClick(compared, Qt.Key.Key_F8)
    row: Any = compared.list.currentItem()
    assert row.text(0) == "hidden (Dense)"
    assert [row.child(0).text(column) for column in range(3)] == ["units", "20", "33"]
    assert [canvas.differing.current for canvas in compared.canvases] == [node_id(other(), "hidden")] * 2
    QTest.keyClick(compared, Qt.Key.Key_F8)
    drop, right = node_id(other(), "drop"), compared.canvases[1]
    assert [canvas.differing.current for canvas in compared.canvases] == [None, drop]
    middle = right.camera.to_view(right.scene.node_rect(drop).center())
    assert (middle - QPointF(right.rect().center())).manhattanLength() < 4


def test_both_canvases_move_together(compared: CompareDialog) -> None:
    """Dragging, wheel and keys on one canvas move and zoom the other by as much."""
    left, right = compared.canvases
    assert left.camera == right.camera
    QTest.mousePress(left, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(10, 10))
    QTest.mouseMove(left, QPoint(60, 40))
    QTest.mouseRelease(left, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(60, 40))
    before = left.camera
    assert right.camera == before
    none, at = Qt.KeyboardModifier.NoModifier, QPointF(80, 80)
    wheel = QWheelEvent(at, right.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(right, wheel)
    assert left.camera == right.camera != before
    QTest.keyClick(left, Qt.Key.Key_Right)
    assert left.camera == right.camera


def test_a_click_on_a_node_finds_its_row(compared: CompareDialog) -> None:
    """A click on a marked node makes its row current."""
    right = compared.canvases[1]
    at = right.camera.to_view(right.scene.node_rect(node_id(other(), "drop")).center()).toPoint()
    QTest.mouseClick(right, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    row: Any = compared.list.currentItem()
    assert row.text(0) == "drop (Dropout)"


def test_enter_goes_to_the_node_in_its_window(compared: CompareDialog) -> None:
    """Enter on a row selects the node in the window of its network."""
    window: Any = compared.parent()
    compared.list.go_to(node_id(other(), "drop"), right=True)
    QTest.keyClick(compared.list, Qt.Key.Key_Return)
    assert window.studio.selection()[0] == (node_id(other(), "drop"),)


def test_it_can_be_compared_again_and_swapped(compared: CompareDialog, qtbot: Any) -> None:
    """After an edit in the window F5 shows the difference there is now; swapped sides say the opposite."""
    window: Any = compared.parent()
    window.studio.do(commands.delete(window.studio.document, [node_id(other(), "drop")]))
    QTest.keyClick(compared, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: compared.found is not None, timeout=20_000)
    assert compared.headline.text() == "1 node changed, 1 wire"
    compared.swap_sides()
    qtbot.waitUntil(lambda: compared.found is not None, timeout=20_000)
    assert [one.sign for one in compared.found.wires] == [Sign.ADDED]  # type: ignore[union-attr]


def test_a_duplicate_is_a_network_of_its_own(make_window: Any) -> None:
    """The copy has another name, the same content and training, and edits of it leave the first one alone."""
    window = make_window(spiral())
    window.studio.train(3)
    settle(window)
    copy = duplicate_network(window)
    again = duplicate_network(window)
    try:
        assert copy.studio.name == "untitled-copy.grad"
        assert again.studio.name == "untitled-copy-2.grad"
        assert copy.studio.path is None
        assert copy.studio.document.training.step == as_it_is(window).training.step == 3
        copy.studio.do(commands.delete(copy.studio.document, [node_id(copy.studio.document, "decay")]))
        assert window.studio.document.named("decay") is not None
    finally:
        copy.close_now()
        again.close_now()


def test_windows_files_and_runs_are_offered(make_window: Any, tmp_path: Path, qtbot: Any) -> None:
    """One may compare with each other window, with a file, and with each run kept of this network."""
    window = make_window(spiral())
    window.studio.save(tmp_path / "net.grad")
    Store(window.studio.runs.folder).add(Run(name="wider"), other())
    window.studio.runs.refresh()
    qtbot.waitUntil(lambda: bool(window.studio.runs.runs), timeout=20_000)
    beside = duplicate_network(window)
    popup = compare_with(window)
    offered = [popup.list.item(row).text() for row in range(popup.list.count())]
    assert offered == ["net-copy.grad", "A file…", "wider"]
    popup.list.setCurrentRow(2)
    popup.take()
    qtbot.waitUntil(lambda: bool(window.findChildren(CompareDialog)), timeout=20_000)
    (dialog,) = window.findChildren(CompareDialog)
    assert dialog.windowTitle() == "Compare networks"
    dialog.close()
    forget(dialog)
    beside.close_now()


def test_two_runs_chosen_in_the_panel(make_window: Any, tmp_path: Path, qtbot: Any) -> None:
    """With two runs chosen a button shows the older one on the left; with one the network as it is stands beside it."""
    window = make_window(spiral())
    window.studio.save(tmp_path / "net.grad")
    store = Store(window.studio.runs.folder)
    store.add(Run(name="first"), spiral())
    store.add(Run(name="wider"), other())
    window.docks["runs"].show()
    window.docks["runs"].raise_()
    settle(window)
    window.studio.runs.refresh()
    panel = window.findChild(RunsPanel)
    assert panel is not None
    qtbot.waitUntil(lambda: len(panel.model.runs) == 2, timeout=20_000)
    assert not panel.comparing.isVisible()
    panel.view.selectAll()
    QTest.mouseClick(panel.comparing, Qt.MouseButton.LeftButton)
    names, found = shown_in(window, qtbot)
    assert names == ("first", "wider")
    assert found
    panel.view.selectRow(0)
    assert not panel.comparing.isVisible()
    panel.compare()
    names, found = shown_in(window, qtbot)
    assert names == ("wider", "net.grad")
    assert found


def shown_in(window: Any, qtbot: Any) -> tuple[tuple[str, str], bool]:
    """The names of the two sides that are being compared, and whether anything differs; the dialog is closed."""
    qtbot.waitUntil(lambda: bool(window.findChildren(CompareDialog)), timeout=20_000)
    (dialog,) = window.findChildren(CompareDialog)
    qtbot.waitUntil(lambda: dialog.found is not None, timeout=20_000)
    left, right = dialog._names
    said = (left.text(), right.text()), bool(dialog.found.nodes)
    dialog.close()
    forget(dialog)
    return said


def test_a_broken_file_is_told(make_window: Any, tmp_path: Path) -> None:
    """A file that is no network is told in a sentence, and nothing opens."""
    from gradstudio.ui.comparing import _compare_file

    window = make_window(spiral())
    (tmp_path / "bad.grad").write_bytes(b"no network")
    assert _compare_file(window, tmp_path / "bad.grad", "bad.grad") is None
    assert not window.findChildren(CompareDialog)
    files.write(other(), tmp_path / "good.grad")
    dialog = _compare_file(window, tmp_path / "good.grad", "good.grad")
    assert dialog is not None
    dialog.close()
    forget(dialog)
