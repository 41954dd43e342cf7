"""Looking back through a training, by slider and keys."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.ui import going
from gradstudio.ui.texts import grouped
from tests.training.networks import spiral


@pytest.fixture
def trained(make_window: Any, qtbot: Any) -> Any:
    """A window with a network that was trained, the bar open; and what waits for its numbers."""
    window = make_window(spiral(steps=3_000))

    def wait() -> None:
        QApplication.processEvents()
        idle = lambda: not (window.studio.session.awaiting or window.studio.running)  # noqa: E731
        qtbot.waitUntil(idle, timeout=20_000)
        QApplication.processEvents()

    window.studio.train()
    wait()
    window.actions_by_id["look_back"].trigger()
    wait()
    return window, window.time_bar, wait


def test_home_shows_the_start_and_end_shows_now(trained: Any) -> None:
    """Home shows the network before its first step, on the canvas and at the curve; End as it is now."""
    window, bar, wait = trained
    loss: Any = going.to_dock(window, "loss")
    wait()
    now = window.studio.snapshot().loss
    assert bar.place.text() == f"now, step {grouped(3_000)}"
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    wait()
    seen = window.studio.snapshot()
    assert (seen.step, seen.now) == (0, 3_000)
    assert seen.loss > 1
    assert bar.place.text() == f"step 0 of {grouped(3_000)}"
    assert loss._spot.cursor
    assert loss._spot.place[0] == 0
    QTest.keyClick(bar.slider, Qt.Key.Key_End)
    wait()
    assert window.studio.snapshot().loss == now
    assert not loss._spot.cursor


def test_a_click_on_the_slider_goes_there(trained: Any) -> None:
    """A click into the middle shows a step near the middle of those kept, and the other end now again."""
    window, bar, wait = trained
    kept, slider = window.studio.session.kept, bar.slider
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    wait()
    assert abs(kept.index(window.studio.snapshot().step) - len(kept) / 2) < 0.03 * len(kept) + 1
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 1, slider.height() // 2))
    wait()
    assert window.studio.snapshot().now is None


def test_closing_comes_back_to_now(trained: Any) -> None:
    """Escape closes the bar, and the network is shown as it is now; nothing of it has changed."""
    window, bar, wait = trained
    kept = window.studio.document.training
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    wait()
    QTest.keyClick(bar.slider, Qt.Key.Key_Escape)
    wait()
    assert not bar.isVisible()
    assert window.studio.snapshot().now is None
    assert window.studio.document.training is kept


def test_training_goes_on_from_now(trained: Any) -> None:
    """Train, pressed while an earlier step is shown, goes on from the last one."""
    window, bar, wait = trained
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    wait()
    window.studio.train(10)
    wait()
    assert window.studio.document.training.step == 3_010
    assert window.studio.snapshot().now is None
    assert bar.slider.value() == bar.slider.maximum()


def test_without_a_training_the_bar_says_what_to_do(make_window: Any) -> None:
    """Before the first run there is nothing to look back on, which is said."""
    window = make_window(spiral())
    window.actions_by_id["look_back"].trigger()
    assert window.time_bar.place.text() == "Train, and earlier steps can be looked at here."
    assert not window.time_bar.slider.isEnabled()
