"""The actions of stepping through a network, and of exercises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradstudio.ui.spec import Entries, Spec, has_nodes

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

STEP_SPECS: tuple[Spec, ...] = (
    Spec(
        "step_through",
        "Step &through",
        lambda w: w.steps.toggle(),
        "K",
        "Forward gate by gate, then backward gate by gate: what has its turn glows, what is still to come is dimmed.",
        has_nodes,
        checked=lambda w: w.steps.open,
    ),
    Spec("step_forward", "Step &forward", lambda w: w.steps.step(1), "F8", "Compute one gate more.", has_nodes),
    Spec("step_back", "Step &back", lambda w: w.steps.step(-1), "F7", "One gate less.", has_nodes),
    Spec(
        "step_play",
        "&Play or pause",
        lambda w: w.steps.toggle_play(),
        "F9",
        "Step by itself, or stop doing so.",
        has_nodes,
    ),
    Spec(
        "step_start", "To the &start", lambda w: w.steps.to_start(), "Shift+F7", "Nothing is computed yet.", has_nodes
    ),
    Spec(
        "step_turn",
        "To the t&urning point",
        lambda w: w.steps.to_turn(),
        "F6",
        "Every value is there, no gradient yet.",
        has_nodes,
    ),
    Spec("step_end", "To the &end", lambda w: w.steps.to_end(), "Shift+F8", "Everything is computed.", has_nodes),
    Spec(
        "order_numbers",
        "&Order of computation",
        lambda w: w.steps.toggle_numbers(),
        "Shift+T",
        "Number the nodes in the order in which they are computed.",
        has_nodes,
        checked=lambda w: w.steps.numbered,
    ),
)

INSIGHT_REASONS: dict[Callable[[MainWindow], bool], str] = {}
"""Why an action can't be done now."""
STEPPING: Entries = (
    "step_through", "-", "step_forward", "step_back", "step_play", "-", "step_start", "step_turn", "step_end",
)  # fmt: skip
