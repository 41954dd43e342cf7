"""The actions that show panels on what a network learns."""

from __future__ import annotations

from gradstudio.ui import going
from gradstudio.ui.spec import Entries, Spec

WATCH_SPECS = (
    Spec(
        "weights",
        "&Weights",
        lambda w: going.to_dock(w, "weights"),
        "Ctrl+Shift+W",
        "A weight and its gradient as colours; where images come in, what each unit looks for.",
    ),
)
WATCH: Entries = ("weights",)
"""Of the View menu."""
