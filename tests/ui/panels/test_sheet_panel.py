"""The backprop panel: what it says of the selected gate or wire, and what can be clicked on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import set_param
from gradstudio.ui.bridge import Studio
from gradstudio.ui.heat import heat_image
from gradstudio.ui.panels import SheetPanel
from gradstudio.ui.panels.sheet_blocks import Equation, Formula, Printed, Words
from gradstudio.ui.theme import DARK, LIGHT
from gradstudio.ui.window import MainWindow

Show = Callable[..., SheetPanel]
Wait = Callable[[Studio], None]


def choose(panel: SheetPanel, wait: Wait, name: str) -> None:
    """Select a node by its name."""
    node = panel.studio.document.named(name)
    assert node is not None
    panel.studio.select((node.id,))
    wait(panel.studio)


def words(panel: SheetPanel) -> list[str]:
    """Every text that is painted."""
    found = []
    for block in (block for card in panel.paper.cards for block in card):
        if isinstance(block, Words):
            found.append(block.text)
        elif isinstance(block, Printed):
            found.append(block.part.instead)
        elif isinstance(block, Equation):
            found.append(" ".join(p.figure.text if p.figure else p.instead for p in block.parts))
    return found


def test_it_shows_the_numbers_of_the_selected_gate(show: Show, wait: Wait) -> None:
    """Worked example 3 as it is painted: the rule, -4 × 1 = -4 and 3 × 1 = 3."""
    panel = show(SheetPanel, "sum-times-z")
    assert not panel.body.isVisible()
    choose(panel, wait, "f")
    said = words(panel)
    assert "Multiply switches: each input's gradient is the other input's value × the upstream one." in said
    assert {"∂f/∂x = y × upstream", "-4 1 -4", "3 1 3", "∂f/∂f = 1", "f = -12"} <= set(said)
    assert any(isinstance(block, Formula) for block in panel.paper.cards[0])
    assert "∂f/∂x = y × upstream = -4 × 1 = -4" in panel.accessibleDescription()


def test_another_value_changes_what_it_shows(show: Show, wait: Wait) -> None:
    """What it shows is of the revision on the canvas: an edited constant changes the equation."""
    panel = show(SheetPanel, "sum-times-z")
    choose(panel, wait, "f")
    z = panel.studio.document.named("z")
    assert z is not None
    panel.studio.do(lambda: set_param(panel.studio.document, [z.id], "value", 7.0))
    wait(panel.studio)
    assert "7 1 7" in words(panel)


def test_a_click_on_a_contribution_selects_its_wire(show: Show, wait: Wait) -> None:
    """At a fork each contribution is a link to its wire, whose sheet has the rule that made it."""
    panel = show(SheetPanel, "staged", (420, 900))
    choose(panel, wait, "x")
    place, link = panel.paper.links()[0]
    assert link.text.startswith("  ")
    QTest.mouseClick(panel.paper, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    wait(panel.studio)
    assert len(panel.studio.selection()[1]) == 1
    assert panel.sheet is not None
    assert panel.sheet.wire == panel.studio.selection()[1][0]
    assert any(text.startswith("= ") for text in words(panel))


@pytest.mark.parametrize("name", ["relu", "hidden", "data_loss", "reg_loss", "spiral"])
def test_every_kind_of_sheet_is_painted_in_both_themes(show: Show, wait: Wait, name: str) -> None:
    """Large arrays, weights, labels and data are painted, dark and light, at any width; nothing is cut off below."""
    panel = show(SheetPanel, "spiral", (330, 500))
    choose(panel, wait, name)
    dark = panel.paper.grab().toImage()
    panel.studio.set_theme(LIGHT if panel.studio.theme is DARK else DARK)
    assert panel.paper.grab().toImage() != dark
    panel.resize(240, 500)
    wait(panel.studio)
    lowest = max(place.bottom() for place, _ in panel.paper._places)
    assert lowest <= panel.paper.height()


def test_a_heat_map_shades_by_sign_and_size() -> None:
    """0 is the sheet's colour, the largest entry the full one, negative ones another; the smallest still is one."""
    image = heat_image(np.array([[0.0, 2.0], [-2.0, 1.0]]), DARK, "gradient")
    assert image.pixelColor(0, 0).name() == DARK.panel
    assert image.pixelColor(1, 0).name() == DARK.gradient
    assert image.pixelColor(0, 1).name() == DARK.selection
    assert image.pixelColor(1, 1).name() not in (DARK.panel, DARK.gradient)
    tiny = heat_image(np.array([[1.0, 1e-9, -1e-9, np.nan]]), DARK, "gradient")
    shades = [tiny.pixelColor(i, 0).name() for i in range(4)]
    assert len({*shades, DARK.panel}) == 5
    assert shades[3] == DARK.error


def test_it_is_reached_by_keyboard(make_window: Callable[..., MainWindow], hand: Any) -> None:
    """Ctrl+L brings the sheet of what is selected before the inspector, and gives it the keys."""
    window = make_window("sum-times-z")
    f = window.studio.document.named("f")
    assert f is not None
    window.studio.select((f.id,))
    hand(window).key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    hand(window).settle()
    panel = window.docks["backprop"].widget()
    assert isinstance(panel, SheetPanel)
    assert panel.isVisible()
    assert panel.area.hasFocus()
    assert panel.sheet is not None
    assert panel.sheet.name == "f"


def sheet_of(window: MainWindow, hand: Any, name: str) -> SheetPanel:
    """The panel, in front, with a node selected."""
    node = window.studio.document.named(name)
    assert node is not None
    window.studio.select((node.id,))
    window.docks["backprop"].raise_()
    window.docks["backprop"].load()
    hand(window).settle()
    panel = window.docks["backprop"].widget()
    assert isinstance(panel, SheetPanel)
    return panel


def test_it_tells_no_more_than_a_step_through_does(make_window: Callable[..., MainWindow], hand: Any) -> None:
    """At the start of a step-through its numbers are hidden, after the forward pass its values are told, then all."""
    window = make_window("sum-times-z")
    window.actions_by_id["step_through"].trigger()
    panel = sheet_of(window, hand, "f")
    assert not {"-4 1 -4", "f = -12", "x = 3", "∂f/∂f = 1"} & set(words(panel))
    assert "? × ? = ?" in words(panel)
    window.steps.to_turn()
    sheet_of(window, hand, "f")
    assert {"f = -12", "x = 3", "? × ? = ?"} <= set(words(panel))
    assert "∂f/∂f = 1" not in words(panel)
    window.steps.to_end()
    sheet_of(window, hand, "f")
    assert {"-4 1 -4", "3 1 3", "f = -12", "∂f/∂f = 1"} <= set(words(panel))


def test_it_hides_what_is_to_be_predicted(make_window: Callable[..., MainWindow], hand: Any) -> None:
    """While gradients are predicted there is no sheet that would tell them; afterwards there is."""
    window = make_window("sum-times-z")
    panel = sheet_of(window, hand, "f")
    assert "-4 1 -4" in words(panel)
    window.actions_by_id["predict_gradients"].trigger()
    sheet_of(window, hand, "f")
    assert not panel.body.isVisible()
    assert panel.sheet is None
    assert "predicted" in panel.notice.text.text()


def test_a_sample_on_the_canvas_has_its_own_sheet(make_window: Callable[..., MainWindow], hand: Any) -> None:
    """While one sample is on the canvas the sheet is of it, and of the batch again afterwards."""
    window = make_window("spiral")
    panel = sheet_of(window, hand, "relu")
    for number, rows in ((5, 1), (None, 300)):
        if number is None:
            window.samples.leave()
        else:
            window.samples.show(number)
        hand(window).settle()
        assert panel.sheet is not None
        assert panel.sheet.terms[0].value is not None
        assert panel.sheet.terms[0].value.shape == (rows, 100)
