"""The learning rate finder in the window: a curve that grows, a click or Enter that takes a rate, one step of undo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gradstudio.ui.dialogs.ratefinder import RateFinderDialog
from gradstudio.ui.window import MainWindow
from tests.training.networks import network, spiral

Make = Callable[..., MainWindow]


def opened(window: MainWindow) -> RateFinderDialog:
    """The dialog, once its action has been triggered."""
    window.actions_by_id["find_rate"].trigger()
    (dialog,) = window.findChildren(RateFinderDialog)
    return dialog


def ended(window: MainWindow, qtbot: Any) -> RateFinderDialog:
    """The dialog after its test."""
    dialog = opened(window)
    qtbot.waitUntil(lambda: not dialog.progress.isVisible(), timeout=20_000)
    return dialog


def test_enter_takes_the_suggestion(make_window: Make, qtbot: Any) -> None:
    """The suggested rate is told and in the field; Enter sets it in one step of undo, and nothing is trained."""
    window = make_window(spiral())
    dialog = ended(window, qtbot)
    assert dialog.found is not None
    rate = dialog.found.suggestion
    assert rate is not None
    assert dialog.headline.text() == f"Suggested learning rate: {rate:g}"
    QTest.keyClick(dialog.plot, Qt.Key.Key_Return)
    assert window.studio.document.settings.learning_rate == rate
    assert window.studio.document.training.step == 0
    window.studio.undo()
    assert window.studio.document.settings.learning_rate == 0.02


def test_a_click_and_the_arrow_keys_choose(make_window: Make, qtbot: Any) -> None:
    """A click takes the rate under the mouse; the arrow keys go from step to step; typing does it as well."""
    window = make_window(spiral())
    dialog = ended(window, qtbot)
    area = dialog.plot.area()
    QTest.mouseClick(
        dialog.plot, Qt.MouseButton.LeftButton, pos=QPoint(int(area.left() + area.width() / 2), int(area.center().y()))
    )
    found = dialog.found
    assert found is not None
    middle = float(dialog.edit.text())
    assert 2e-3 < middle < 5e-3
    for key, row in ((Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_End, -1), (Qt.Key.Key_Left, -2)):
        QTest.keyClick(dialog.plot, key)
        assert float(dialog.edit.text()) == pytest.approx(found.rates[row], rel=0.05)
    assert "smoothed" in dialog.readout.text()
    dialog.edit.setText("nonsense")
    assert not dialog.set_button.isEnabled()
    dialog.edit.setText("0.125")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert window.studio.document.settings.learning_rate == 0.125


def test_the_buttons_take_both_suggestions(make_window: Make, qtbot: Any) -> None:
    """One is where the loss falls fastest, the other a tenth of where it is lowest."""
    dialog = ended(make_window(spiral()), qtbot)
    assert dialog.found is not None
    for button, rate in ((dialog.steepest, dialog.found.steepest), (dialog.tenth, dialog.found.tenth)):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert float(dialog.edit.text()) == pytest.approx(rate, rel=0.05)
    dialog.reject()


def test_a_double_click_sets_the_rate_there(make_window: Make, qtbot: Any) -> None:
    """It takes the rate under the mouse and sets it at once."""
    window = make_window(spiral())
    dialog = ended(window, qtbot)
    at = dialog.plot.area().center().toPoint()
    QTest.mouseClick(dialog.plot, Qt.MouseButton.LeftButton, pos=at)
    wanted = float(dialog.edit.text())
    QTest.mouseDClick(dialog.plot, Qt.MouseButton.LeftButton, pos=at)
    assert window.studio.document.settings.learning_rate == wanted


def test_cancel_ends_the_thread(make_window: Make) -> None:
    """Escape ends the test: the thread is gone, and the learning rate as it was."""
    window = make_window(spiral())
    dialog = opened(window)
    assert dialog.close_button.text() == "Cancel"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not any(thread.name == "gradstudio-rates" for thread in threading.enumerate())
    assert window.studio.document.settings.learning_rate == 0.02


def test_a_network_that_cannot_be_trained_is_told(make_window: Make, qtbot: Any) -> None:
    """The sentence says what is missing, and there is no curve."""
    dialog = ended(make_window(network({"x": ("constant", {"value": 1.0})}, [])), qtbot)
    assert dialog.headline.text() == "There is nothing to test"
    assert "There is nothing to" in dialog.advice.text()
    assert not dialog.plot.isVisible()
    dialog.reject()
