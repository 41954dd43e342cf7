"""The window that shows a Jacobian: opened by key and by the sheet, with its numbers, followed by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import delete, set_param
from gradstudio.ui.dialogs.jacobian import JacobianDialog
from gradstudio.ui.panels import SheetPanel
from gradstudio.ui.window import MainWindow

Make = Callable[..., MainWindow]


def select(window: MainWindow, name: str) -> int:
    """Select a node by its name."""
    node = window.studio.document.named(name)
    assert node is not None
    window.studio.select((node.id,))
    return node.id


def opened(window: MainWindow) -> JacobianDialog:
    """The dialog that is open."""
    (dialog,) = window.findChildren(JacobianDialog)
    return dialog


def test_a_key_opens_it_with_numbers_of_the_canvas(make_window: Make, hand: Any) -> None:
    """Ctrl+Shift+J shows the selected gate's Jacobian; another value on the canvas changes it."""
    window = make_window("sum-times-z")
    select(window, "f")
    hand(window).key(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    hand(window).settle()
    dialog = opened(window)
    assert dialog.matrix is not None
    assert dialog.entry.text() == "∂z/∂x = -4"
    z = window.studio.document.named("z")
    assert z is not None
    window.studio.do(lambda: set_param(window.studio.document, [z.id], "value", 9.0))
    hand(window).settle()
    assert dialog.entry.text() == "∂z/∂x = 9"
    assert "largest difference 0 " in dialog.words.text()


def test_the_sheet_s_link_opens_it_by_that_input(make_window: Make, hand: Any) -> None:
    """A click on “Jacobian” in the backprop sheet shows the one by the input it stands at."""
    window = make_window("norm-squared")
    select(window, "q")
    window.docks["backprop"].raise_()
    window.docks["backprop"].load()
    hand(window).settle()
    panel = window.docks["backprop"].widget()
    assert isinstance(panel, SheetPanel)
    place = next(place for place, link in reversed(panel.paper.links()) if link.text.startswith("Jacobian"))
    QTest.mouseClick(panel.paper, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    hand(window).settle()
    dialog = opened(window)
    assert dialog.by.currentText() == "y"
    assert dialog.matrix is not None
    assert dialog.matrix.entries.shape == (2, 2)
    QTest.keyClick(dialog.view, Qt.Key.Key_Down)
    QTest.keyClick(dialog.view, Qt.Key.Key_Right)
    assert dialog.entry.text() == dialog.matrix.entry_text(1, 1) == dialog.view.accessibleDescription()


def test_a_sample_and_a_window_can_be_chosen(make_window: Make, hand: Any) -> None:
    """Of what is too large to be shown whole, a sample's block or another window is shown on demand."""
    window = make_window("spiral")
    select(window, "scores")
    window.actions_by_id["jacobian"].trigger()
    hand(window).settle()
    dialog = opened(window)
    dialog.row.setValue(640)
    hand(window).settle()
    assert dialog.matrix is not None
    assert dialog.matrix.rows[0] == 640
    dialog.sample.setValue(7)
    hand(window).settle()
    assert dialog.matrix.rows == range(700, 800)
    assert dialog.view.grab().toImage().width() > 0


def test_it_goes_with_its_node(make_window: Make, hand: Any) -> None:
    """Once the node is deleted the window closes, and nothing looks at it any more."""
    window = make_window("sum-times-z")
    node = select(window, "f")
    window.actions_by_id["jacobian"].trigger()
    hand(window).settle()
    dialog = opened(window)
    window.studio.do(lambda: delete(window.studio.document, [node]))
    hand(window).settle()
    assert not window.findChildren(JacobianDialog) or not dialog.isVisible()
