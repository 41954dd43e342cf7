"""The explorer in the window: variants trained beside, opened by click or key."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.ui import going
from tests.training.networks import course_circuit, spiral


@pytest.fixture
def opened(make_window: Any) -> Any:
    """A window with the spiral classifier whose explorer is open and asks for little."""
    window = make_window(spiral())
    panel: Any = going.to_dock(window, "explorer")
    panel.sizes.setText("2, 12")
    panel.strengths.setText("0, 0.1")
    panel.steps.setText("20")
    QApplication.processEvents()
    return window, panel


def test_every_variant_is_trained_and_shown(opened: Any, qtbot: Any) -> None:
    """The grid has a boundary for every size and strength, each with how much it gets right; the network stays."""
    window, panel = opened
    before = window.studio.document.revision
    panel.start.click()
    qtbot.waitUntil(lambda: panel.start.text() == "Explore", timeout=20_000)
    assert panel.told.text() == "4 of 4 trained."
    assert sorted(panel.cells) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    shown = [cell.shown for cell in panel.cells.values()]
    assert {(cell.size, cell.strength) for cell in shown} == {(2, 0.0), (12, 0.0), (2, 0.1), (12, 0.1)}
    assert all(cell.seen is not None for cell in shown)
    assert panel.cells[1, 1].accessibleName().startswith("12 units, λ 0.1: ")
    assert window.studio.document.revision == before


def test_a_variant_opens_by_key(opened: Any, qtbot: Any) -> None:
    """Space on a cell opens the trained variant in a window of its own, named after size and strength."""
    window, panel = opened
    panel.start.click()
    qtbot.waitUntil(lambda: panel.start.text() == "Explore", timeout=20_000)
    panel.cells[1, 1].setFocus()
    QTest.keyClick(panel.cells[1, 1], Qt.Key.Key_Space)
    other = window.windows.all[-1]
    assert other is not window
    assert other.studio.name == "untitled-12-0.1.grad"
    assert other.studio.document.named("hidden").params["units"] == 12
    assert other.studio.document.training.step == 20
    other.close_now()


def test_it_can_be_ended(opened: Any) -> None:
    """Stop ends the training of variants; those that are trained stay, and it can be begun again."""
    _, panel = opened
    panel.steps.setText("5000000")
    panel.start.click()
    assert panel.start.text() == "Stop"
    panel.start.click()
    assert panel.start.text() == "Explore"
    assert all(cell.shown is None for cell in panel.cells.values())


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("sizes", "3, many", "“many” isn't a number that can stand here."),
        ("sizes", "0", "0 is out of range: 1 to 65536."),
        ("strengths", "", "Write 1 to 8 numbers with commas, found 0."),
    ],
)
def test_wrong_numbers_are_told(opened: Any, field: str, text: str, told: str) -> None:
    """What can't be explored is said beside the form, and nothing begins."""
    _, panel = opened
    getattr(panel, field).setText(text)
    panel.start.click()
    assert panel.told.text() == told
    assert not panel.cells


def test_without_layers_it_says_so(make_window: Any) -> None:
    """A circuit has no layer whose units could vary."""
    panel: Any = going.to_dock(make_window(course_circuit()), "explorer")
    assert panel.notice.heading.text() == "No layer to vary"
