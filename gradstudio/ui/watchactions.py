"""The actions that show panels on what a network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradstudio.ui import going
from gradstudio.ui.spec import Entries, Spec, has_nodes

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _evaluate(window: MainWindow) -> None:
    from gradstudio.ui.dialogs.evaluate import show_evaluation

    show_evaluation(window)


def _sweep(window: MainWindow) -> None:
    from gradstudio.ui.sweeps import show_sweep

    show_sweep(window)


WATCH_SPECS = (
    Spec(
        "loss",
        "&Loss",
        lambda w: going.to_dock(w, "loss"),
        "Ctrl+Alt+O",
        "How loss and accuracy went over the steps, over those of other runs.",
    ),
    Spec(
        "activation",
        "&Activations",
        lambda w: going.to_dock(w, "activation"),
        "Ctrl+Alt+A",
        "The selected activation's curve and slope, and where on it its inputs lie.",
    ),
    Spec(
        "gradients",
        "&Gradients",
        lambda w: going.to_dock(w, "gradients"),
        "Ctrl+Alt+R",
        "The gradient of every output and weight, now, over the steps and along the depth.",
    ),
    Spec(
        "sweep",
        "S&weep…",
        _sweep,
        "Ctrl+Alt+S",
        "Train the network with many settings or params, a grid or random ones, and see which are best.",
        has_nodes,
    ),
    Spec(
        "evaluate",
        "&Evaluate…",
        _evaluate,
        "Ctrl+T",
        "Judge the network once by the test part of its data: rows it was never trained on.",
        has_nodes,
    ),
    Spec(
        "weights",
        "&Weights",
        lambda w: going.to_dock(w, "weights"),
        "Ctrl+Shift+W",
        "A weight and its gradient as colours; where images come in, what each unit looks for.",
    ),
    Spec(
        "boundary",
        "&Boundary",
        lambda w: going.to_dock(w, "boundary"),
        "Ctrl+Shift+P",
        "What the network answers for all values of two features, live.",
    ),
    Spec(
        "confusion",
        "&Confusion",
        lambda w: going.to_dock(w, "confusion"),
        "Ctrl+Shift+C",
        "Which class the network takes for which, live; of numbers what it says over what is true.",
    ),
    Spec(
        "predictions",
        "&Predictions",
        lambda w: going.to_dock(w, "predictions"),
        "Ctrl+Shift+R",
        "Every sample with what is true of it and what the network says; a click sends one through the canvas.",
    ),
    Spec(
        "runs",
        "R&uns",
        lambda w: going.to_dock(w, "runs"),
        "Ctrl+Shift+Y",
        "Every training of this network: compare, name, restore, continue.",
    ),
    Spec(
        "explorer",
        "&Explorer",
        lambda w: going.to_dock(w, "explorer"),
        "Ctrl+Shift+X",
        "The network trained with several sizes of a layer and several strengths of decay, side by side.",
        has_nodes,
    ),
    Spec(
        "sample",
        "&One sample",
        lambda w: w.sample_bar.go_to_field(),
        "Ctrl+J",
        "Send one sample through: the canvas shows its values and gradients alone. Escape goes back.",
        has_nodes,
    ),
)
WATCH: Entries = (
    "loss", "activation", "gradients", "weights", "boundary", "confusion", "predictions", "explorer", "sample",
)  # fmt: skip
"""Of the View menu."""
