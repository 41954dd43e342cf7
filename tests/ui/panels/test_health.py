"""Health in the window: findings, lights on the canvas, cures and limits."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.insight.health import Illness, Light, Thresholds
from gradstudio.insight.vitals import Checkup
from gradstudio.ui import going
from gradstudio.ui.dialogs.limits import LimitsDialog
from gradstudio.ui.preferences import Preferences
from tests.insight.test_health import ILL
from tests.training.networks import spiral

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def opened(make_window: Any, qtbot: Any) -> Any:
    """Makes a window whose health panel is open; gives the window, the panel, and what waits for its numbers."""

    def make(document: Any) -> Any:
        window = make_window(document)
        panel = going.to_dock(window, "health")

        def wait() -> None:
            QApplication.processEvents()
            qtbot.waitUntil(lambda: not window.studio.session.awaiting, timeout=20_000)
            QApplication.processEvents()

        wait()
        return window, panel, wait

    return make


def found(panel: Any) -> list[Illness]:
    """What is listed."""
    return [ailment.illness for ailment in panel.model.ailments]


def test_a_finding_is_listed_and_its_node_has_a_light(opened: Any) -> None:
    """Dead units are a row with number and sentence, and the canvas marks their node, and others as well."""
    window, panel, _ = opened(ILL[Illness.DEAD].copy())
    relu = window.studio.document.named("g1").id
    index = panel.model.index(0)
    assert found(panel) == [Illness.DEAD]
    assert index.data() == "Dead units: g1"
    assert "4 of 8 units are off" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert window.canvas.marks.lights[relu] is Light.ILL
    assert set(window.canvas.marks.lights.values()) == {Light.ILL, Light.WELL}


def test_ctrl_enter_heals_and_undo_takes_it_back(opened: Any) -> None:
    """The key does what the button says; afterwards the finding is gone, and undo brings it back."""
    window, panel, wait = opened(ILL[Illness.DEAD].copy())
    assert panel.cure.text() == "Replace g1 by Leaky ReLU"
    QTest.keyClick(panel.list, Qt.Key.Key_Return, CTRL)
    wait()
    assert found(panel) == []
    assert panel.notice.heading.text() == "Nothing ails this network"
    window.studio.undo()
    wait()
    assert found(panel) == [Illness.DEAD]


def test_enter_goes_to_the_node(opened: Any) -> None:
    """Enter selects the node of the present row."""
    window, panel, _ = opened(ILL[Illness.SATURATED].copy())
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert window.studio.selection()[0] == (window.studio.document.named("g1").id,)


def test_nothing_is_measured_while_nobody_looks(opened: Any) -> None:
    """A closed panel asks for nothing, and its lights go out."""
    window, _, _ = opened(spiral())
    assert Checkup() in window.studio.session.watch.looks
    window.docks["health"].hide()
    QApplication.processEvents()
    assert window.studio.session.watch.looks == frozenset()
    assert window.canvas.marks.lights is None


def test_limits_are_chosen_and_kept(opened: Any) -> None:
    """Another limit is in force at once and remembered; a wrong number can't be accepted, defaults come back."""
    window, panel, _ = opened(ILL[Illness.SATURATED].copy())
    panel.limits.click()
    dialog = panel.findChild(LimitsDialog)
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    dialog.fields["saturated"].setText("much")
    assert not ok.isEnabled()
    dialog.fields["saturated"].setText("0.99")
    ok.click()
    assert found(panel) == []
    assert Thresholds.of(window.preferences.health_limits).saturated == 0.99
    dialog.show_limits(Thresholds())
    assert dialog.fields["saturated"].text() == "0.5"


def test_spoilt_limits_are_left_out() -> None:
    """Limits somebody has spoilt on disk are those of the course again."""
    preferences = Preferences()
    preferences._set("health", '{"saturated": "a lot"}')
    assert Thresholds.of(preferences.health_limits) == Thresholds()
