"""The actions of the backprop sheet, and those that open a layer into its gates and close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradstudio.ui import going
from gradstudio.ui.canvas import opening
from gradstudio.ui.spec import Entries, Spec

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _openable(window: MainWindow) -> bool:
    return bool(opening.openable(window.canvas))


def _closable(window: MainWindow) -> bool:
    return bool(opening.closable(window.canvas))


SHEET_SPECS: tuple[Spec, ...] = (
    Spec(
        "backprop",
        "&Backprop sheet",
        lambda w: going.to_dock(w, "backprop"),
        "Ctrl+L",
        "Local × upstream = downstream for the selected gate or wire, with all its numbers.",
    ),
    Spec(
        "open_layer",
        "Open into &gates",
        lambda w: opening.open_selected(w.canvas),
        "Ctrl+E",
        "Show the gates a layer is made of, in its place; a double click on it does so too.",
        _openable,
        edits=True,
    ),
    Spec(
        "close_layer",
        "C&lose into its gate",
        lambda w: opening.close_selected(w.canvas),
        "Ctrl+Alt+E",
        "Put the layer back that was opened into these gates, with what they have learned.",
        _closable,
        edits=True,
    ),
)

SHEET_REASONS: dict[Callable[[MainWindow], bool], str] = {
    _openable: "Select a layer or a gate that is made of others first, such as Dense or Sigmoid.",
    _closable: "Select a layer that was opened into its gates first, or one of them.",
}
"""Why an action can't be done now."""

SHEET: Entries = ("backprop",)
LAYER: Entries = ("open_layer", "close_layer")
