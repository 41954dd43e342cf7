"""What is kept of how a loss has fallen: its names, and which numbers they can have."""

from __future__ import annotations

import math

NEXT, TOTAL, COUNT = "next", "total", "count"
LEVEL, LEVEL_STEP, SCALE = "level", "level_step", "scale"
BEST, BEST_STEP, WAITING, STOPPED = "best", "best_step", "waiting", "stopped"
STEPS = (NEXT, LEVEL_STEP, BEST_STEP, WAITING)
NAMES = (NEXT, TOTAL, COUNT, LEVEL, LEVEL_STEP, SCALE, BEST, BEST_STEP, WAITING, STOPPED)
"""The first step not yet counted, and sum and number of the losses since the last look; the lowest loss of the plateau,
when its patience began, and what the learning rate is multiplied by; the lowest loss of early stopping, its step, when
its patience began, and whether it has stopped."""
USUAL = {SCALE: 1.0, LEVEL: math.inf, BEST: math.inf}
"""What they are before anything was seen; the others are 0. Such numbers aren't kept."""


def problem(name: str, value: float, step: int) -> tuple[str, str] | None:
    """What a number should be and is, where no training of so many steps could have left it; None where it could."""
    if name not in NAMES:
        return "one of " + ", ".join(NAMES), f"“{name}”"
    if not math.isfinite(value):
        return "a finite number", str(value)
    if name in STEPS and not (0 <= value <= step + 1 and value == math.floor(value)):
        return f"a step from 0 to {step + 1}", str(value)
    if name == SCALE and not 0 <= value <= 1:
        return "a number from 0 to 1", str(value)
    if name == STOPPED and value not in (0, 1):
        return "0 or 1", str(value)
    if name == COUNT and not (0 <= value <= step + 1 and value == math.floor(value)):
        return f"a whole number from 0 to {step + 1}", str(value)
    return None
