"""The actions about how a network is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradstudio.ui.spec import Spec, has_nodes

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _find_rate(window: MainWindow) -> None:
    from gradstudio.ui.dialogs.ratefinder import show_rate_finder

    show_rate_finder(window)


TRAIN_SPECS = (
    Spec(
        "find_rate",
        "&Find a learning rate…",
        _find_rate,
        "Ctrl+Alt+L",
        "Train a copy with a rate that grows, and take one where the loss falls.",
        has_nodes,
    ),
)
