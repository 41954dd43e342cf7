"""The actions of the backprop sheet."""

from __future__ import annotations

from gradstudio.ui import going
from gradstudio.ui.spec import Entries, Spec

SHEET_SPECS: tuple[Spec, ...] = (
    Spec(
        "backprop",
        "&Backprop sheet",
        lambda w: going.to_dock(w, "backprop"),
        "Ctrl+L",
        "Local × upstream = downstream for the selected gate or wire, with all its numbers.",
    ),
)

SHEET: Entries = ("backprop",)
