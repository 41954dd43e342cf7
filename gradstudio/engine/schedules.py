"""How the learning rate changes from step to step: what it is multiplied by.

Sources: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5 without restarts (cosine); Smith and Topin,
"Super-Convergence", 2018 (one-cycle: up to the peak in 30 % of the steps from 1/25 of it, then down to 1/10,000 of
where it began); Goyal and others, "Accurate, Large Minibatch SGD", 2017, section 2.2 (gradual warm-up).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Shape: TypeAlias = Callable[[float, float], float]

RISE, BEGIN, END = 0.3, 1 / 25, 1e-4


def _one_cycle(done: float, _factor: float) -> float:
    if done < RISE:
        return BEGIN + (1 - BEGIN) * _half_wave(1 - done / RISE)
    return BEGIN * END + (1 - BEGIN * END) * _half_wave(min(1.0, (done - RISE) / (1 - RISE)))


def _half_wave(done: float) -> float:
    """From 1 to 0 along half a cosine."""
    return (1 + math.cos(math.pi * min(1.0, done))) / 2


SCHEDULES: Mapping[str, Shape] = MappingProxyType(
    {
        "constant": lambda _done, _factor: 1.0,
        "step": lambda done, factor: factor ** math.floor(done),
        "exponential": lambda done, factor: factor**done,
        "cosine": lambda done, _factor: _half_wave(done),
        "one-cycle": _one_cycle,
        "plateau": lambda _done, _factor: 1.0,
    }
)
"""By name: of the share of a period that is done (more than 1 after it), and of the factor. What a plateau does to the
rate follows from the losses (`engine.patience`), not from the step."""


def scale(schedule: str, step: int, period: int, factor: float = 0.5, warmup: int = 0) -> float:
    """What the learning rate is multiplied by at a step.

    Args:
        schedule: a name of `SCHEDULES`.
        step: counts from 0.
        period: steps after which "step" and "exponential" have multiplied by the factor once more, and in which
            "cosine" and "one-cycle" come to their end.
        factor: of "step" and "exponential".
        warmup: steps in which the rate grows in equal parts from 1/warmup to its full size.
    """
    ready = min(1.0, (step + 1) / warmup) if warmup else 1.0
    return ready * SCHEDULES[schedule](step / period, factor)
