"""The actions of stepping through a network, and of exercises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradstudio.document import exercising
from gradstudio.ui import exercisefiling
from gradstudio.ui.spec import Entries, Spec, any_selected, has_nodes

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _has_exercise(window: MainWindow) -> bool:
    return bool(window.studio.document.exercise.questions)


def _exercising(window: MainWindow) -> bool:
    return window.predicting.open


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

EXERCISE_SPECS: tuple[Spec, ...] = (
    Spec(
        "ask_gradient",
        "Ask for the &gradient",
        lambda w: exercisefiling.ask_selected(w, "gradient"),
        "E",
        "A question of the exercise: what the selected wire brings back, or all that comes back to the selected node.",
        any_selected,
        edits=True,
    ),
    Spec(
        "ask_value",
        "Ask for the &value",
        lambda w: exercisefiling.ask_selected(w, "value"),
        "Shift+I",
        "A question of the exercise: what the selected wire carries, or what the selected node gives.",
        any_selected,
        edits=True,
    ),
    Spec(
        "exercise_panel",
        "E&xercise panel",
        exercisefiling.show_panel,
        "Ctrl+Shift+I",
        "Make an exercise, or see how far it is done.",
    ),
    Spec(
        "try_exercise",
        "&Work on the exercise",
        lambda w: w.predicting.try_exercise(),
        "Shift+P",
        "Hide what is asked for; type what you expect, Enter checks, Tab goes on.",
        _has_exercise,
    ),
    Spec(
        "predict_values",
        "Predict all &values",
        lambda w: w.predicting.predict("value"),
        None,
        "Hide every computed value and ask for it, in the order of the forward pass.",
        has_nodes,
    ),
    Spec(
        "predict_gradients",
        "Predict all g&radients",
        lambda w: w.predicting.predict("gradient"),
        None,
        "Hide every gradient and ask for it, in the order of the backward pass.",
        has_nodes,
    ),
    Spec(
        "end_exercise",
        "&End the exercise",
        lambda w: w.predicting.leave(),
        None,
        "Show all numbers again.",
        _exercising,
    ),
    Spec(
        "drop_exercise",
        "&Remove the exercise",
        lambda w: w.studio.do(lambda: exercising.drop_exercise(w.studio.document)),
        None,
        "Take all questions out of the network.",
        _has_exercise,
        edits=True,
    ),
)

INSIGHT_REASONS: dict[Callable[[MainWindow], bool], str] = {
    _has_exercise: "There is no exercise: select a wire and ask for its value or gradient.",
    _exercising: "No exercise is being worked on.",
}
"""Why an action can't be done now."""
STEPPING: Entries = (
    "step_through", "-", "step_forward", "step_back", "step_play", "-", "step_start", "step_turn", "step_end",
)  # fmt: skip
EXERCISE: Entries = (
    "ask_gradient", "ask_value", "exercise_panel", "-", "try_exercise", "predict_values", "predict_gradients",
    "end_exercise", "-", "drop_exercise",
)  # fmt: skip
