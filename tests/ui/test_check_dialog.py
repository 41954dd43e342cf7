"""The gradient check in the window: one click for a gate, a selection or all; the worst entry on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.engine.catalog import CATALOG, register
from gradstudio.engine.gate import Array, Category
from gradstudio.gates.common import OneVariable
from gradstudio.ui.dialogs.check import BAND, KINKS, CheckDialog
from gradstudio.ui.window import MainWindow
from tests.training.networks import network

Make = Callable[..., MainWindow]


@pytest.fixture
def slip() -> Iterator[None]:
    """A gate whose backward pass is wrong."""

    @register
    class Slip(OneVariable):
        """x³, with a slip."""

        id = "slip"
        title = "Slip"
        category = Category.ARITHMETIC
        help = "The cube, wrong on the way back."
        rule = "It slips."

        def forward(self, x: Array) -> Array:
            self.x = x
            return x**3

        def backward(self, dz: Array) -> Array:
            return np.asarray(2 * self.x**2 * dz)

    yield
    CATALOG.unregister(Slip)


def column(dialog: CheckDialog, which: int) -> list[str]:
    """What stands in a column."""
    items = [dialog.table.item(row, which) for row in range(dialog.table.rowCount())]
    return [item.text() if item is not None else "" for item in items]


def ended(dialog: CheckDialog, qtbot: Any) -> CheckDialog:
    """Wait for the end of a check."""
    qtbot.waitUntil(lambda: not dialog.progress.isVisible(), timeout=20_000)
    return dialog


def test_a_wrong_gate_is_shown_on_the_canvas(make_window: Make, hand: Any, qtbot: Any, slip: None) -> None:
    """Ctrl+Shift+U checks the selected gates; the worst is told with its entry, selected and brought into view."""
    window = make_window(
        network(
            {"x": ("parameter", {"value": np.array([1.0, 2.0])}), "e": ("exp", {}), "c": ("slip", {})},
            [("x.value", "e.x"), ("e.z", "c.x")],
        )
    )
    nodes = {node.name: node.id for node in window.studio.document.nodes.values()}
    window.studio.select((nodes["e"], nodes["c"]))
    hand(window).key(Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    (dialog,) = window.findChildren(CheckDialog)
    ended(dialog, qtbot)
    assert "2 gates" in dialog.windowTitle()
    assert column(dialog, 0) == ["e.x", "c.x"]
    assert column(dialog, BAND) == ["right", "wrong"]
    assert "wrong, at c.x[" in dialog.headline.text()
    assert window.studio.selection()[0] == (nodes["c"],)
    dialog.table.selectRow(0)
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert window.studio.selection()[0] == (nodes["e"],)
    dialog.reject()


def test_kinks_and_random_parts_are_explained(make_window: Make, qtbot: Any) -> None:
    """Entries at a kink are counted in their column, and what was left out and held still is told below."""
    window = make_window(
        network(
            {
                "x": ("parameter", {"value": np.arange(12.0)}),
                "d": ("dropout", {}),
                "r": ("relu", {}),
                "s": ("sum", {}),
            },
            [("x.value", "d.x"), ("d.z", "r.x"), ("r.z", "s.x")],
        )
    )
    dialog = ended(window.check_gradients(), qtbot)
    assert any(column(dialog, KINKS))
    assert "lie at a kink" in dialog.remark.text()
    assert "Random parts (d) drew the same numbers" in dialog.remark.text()
    assert "wrong above 1e-2" in dialog.advice.text()
    assert "right" in dialog.headline.text()
    dialog.reject()


def test_cancel_ends_the_thread(make_window: Make) -> None:
    """The button cancels while it runs: the thread is gone and the canvas is as it was."""
    window = make_window("two-layer")
    dialog = window.check_gradients()
    assert dialog.close_button.text() == "Cancel"
    QTest.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert not dialog.job._thread.is_alive()
