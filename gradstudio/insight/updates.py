"""How far the next update moves each parameter, against its size: about 1e-3 is a healthy pace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradstudio.engine.statistics import norm

if TYPE_CHECKING:
    from gradstudio.training.looks import Scene

HEALTHY = 1e-3
LOW, HIGH = 1e-5, 1e-1
"""Beyond these a ratio is painted as something to look at: a hundred times off."""
LARGEST = 5_000_000
"""Parameters of a network whose updates are worked out; more would take too long beside training."""


@dataclass(frozen=True, eq=False, slots=True)
class UpdatesSeen:
    """Ratios at one step.

    Attributes:
        ratios: (node, weight) -> norm of the next update ÷ norm of the weight; missing where the weight is 0,
            or frozen.
        step: training steps done.
    """

    ratios: Mapping[tuple[int, str], float]
    step: int


@dataclass(frozen=True, slots=True)
class UpdatesLook:
    """A look at the update every parameter would get now, by the optimiser's rule and state."""

    def see(self, scene: Scene) -> UpdatesSeen:
        """The ratios; none where nothing is trained."""
        if scene.update is None or not scene.compiled.loss or scene.plan.parameters.size > LARGEST:
            return UpdatesSeen({}, scene.step)
        moved = scene.plan.views(scene.update())
        found = {}
        for key, slot in scene.compiled.parameters.items():
            size = norm(scene.plan.value(slot))
            node, port = key.split(".", 1)
            if size > 0.0 and slot in moved and int(node) not in scene.frozen:
                found[int(node), port] = norm(moved[slot]) / size
        return UpdatesSeen(found, scene.step)
