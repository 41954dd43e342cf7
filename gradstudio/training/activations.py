"""The activation panel's picture of one gate of a single variable: its curve, and where on it the inputs lie."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.engine import statistics
from gradstudio.training.snapshot import ActivationSample, Distribution

if TYPE_CHECKING:
    from gradstudio.document.compile import Compiled
    from gradstudio.engine.gate import Array, Gate
    from gradstudio.engine.plan import Plan

    Curve = tuple[Array, Array, Array]

LIMIT = 32_768
"""Arrays of more entries than this are sampled."""
SAMPLE = 4_096
"""Entries of such a sample, and of every histogram."""
BINS = 49
"""Odd, so that equal entries lie in the middle of a bin."""
FLAT = 0.005
"""A slope below this is about 0: sigmoid beyond ±5.3, tanh beyond ±3.3, ReLU below 0."""
SMOOTH_REACH = 4.0
"""A smooth curve is shown at least from -4 to 4: where sigmoid, tanh and ELU bend."""
CURVE_POINTS = 257


@dataclass
class Activations:
    """Pictures of the gates of a plan, one at a time; what stays the same from one to the next is kept.

    Attributes:
        plan: whose values are shown.
        compiled: what it was made of.
    """

    plan: Plan
    compiled: Compiled
    _drawn: tuple[tuple[object, ...], Curve] | None = field(default=None, repr=False)

    def sample(self, node: int) -> ActivationSample | None:
        """Curve, slope and live inputs of a node; None where it isn't computed or takes several variables."""
        place = self.compiled.shapes.places.get(node)
        slot = self.compiled.slots.get((node, place.outputs[0].name)) if place is not None and place.outputs else None
        if slot is None:
            return None
        gate, sources = self.plan.graph.nodes[slot.node].gate, self.plan.graph.nodes[slot.node].inputs
        if len(sources) != 1 or gate.curve(np.zeros(1)) is None:
            return None
        x = self.plan.value(sources[0])
        inputs = distribution(x, BINS)
        low, high = _range(x, inputs)
        flat, dead = flatness(gate, x)
        outputs = distribution(self.plan.value(slot), BINS)
        return ActivationSample(node, inputs, outputs, *self._curve(gate, low, high), flat, dead)

    def _curve(self, gate: Gate, low: float, high: float) -> Curve:
        at = low if low == high else 0.0
        key = (gate, at, *_reach(gate, low, high))
        if self._drawn is None or self._drawn[0] != key:
            x = curve_points(*key[2:], at=at)
            self._drawn = key, (x, *curve(gate, x))
        return self._drawn[1]


def distribution(array: Array, bins: int) -> Distribution:
    """How the entries of an array lie; those of a sample, where it is large."""
    return Distribution(*statistics.histogram(statistics.sample(array, SAMPLE), bins))


def _range(x: Array, seen: Distribution) -> tuple[float, float]:
    """Smallest and largest input; those of the sample of a large array, and the finite ones where some aren't."""
    numbers = statistics.summary(statistics.sample(x, LIMIT))
    low = numbers.low if math.isfinite(numbers.low) else float(seen.edges[0])
    return low, numbers.high if math.isfinite(numbers.high) else float(seen.edges[-1])


def bare_curve(gate: Gate) -> tuple[Array, Array, Array] | None:
    """Places, values and slopes of a gate nothing goes into; None where it isn't of a single variable."""
    x = curve_points(*_reach(gate, -1.0, 1.0))
    return None if gate.curve(x) is None else (x, *curve(gate, x))


def curve_range(low: float, high: float, *, kinked: bool) -> tuple[float, float]:
    """Where to show a curve: covers the inputs and both sides of 0, and ends at round numbers.

    Round ends keep the axis still while the inputs move a little.
    """
    if low == high:
        low, high = low - abs(low) / 8, high + abs(high) / 8
    reach = 0.0 if kinked else SMOOTH_REACH
    left, right = min(low, -reach, -high / 4), max(high, reach, -low / 4)
    if not 0.0 < right - left < math.inf:
        left, right = -1.0, 1.0
    step = statistics.round_step((right - left) / 10)
    return math.floor(left / step) * step, math.ceil(right / step) * step


def curve_points(low: float, high: float, at: float = 0.0) -> Array:
    """Evenly spaced points, one place wanted, and 0 with its nearest neighbours: a kink there stays sharp."""
    near = (high - low) * 1e-6
    return np.union1d(np.linspace(low, high, CURVE_POINTS), (-near, 0.0, near, at))


def flatness(gate: Gate, x: Array) -> tuple[float, tuple[int, int]]:
    """Share of inputs at which the slope is about 0, and (units that are so for every sample, units).

    Units are the last axis, of images the channels; an array without one is a single unit. Of a large array the share
    is that of a sample of its rows, but a unit is counted only if all of its rows were looked at.
    """
    axis = 1 if x.ndim == 4 else x.ndim - 1
    units = x.shape[axis] if x.ndim > 1 else 1
    if x.size == 0:
        return 0.0, (0, units)
    stride = 1 if x.size <= LIMIT else -(-x.size // (2 * SAMPLE))
    flat = _is_flat(gate, x[::stride] if x.ndim else x)
    dead = np.flatnonzero(_whole(flat, axis))
    if stride > 1 and x.ndim > 1:
        block = max(1, LIMIT * units // x.size)
        blocks = [dead[start : start + block] for start in range(0, len(dead), block)]
        kept = [chosen[_whole(_is_flat(gate, x.take(chosen, axis)), axis)] for chosen in blocks]
        dead = np.concatenate([dead[:0], *kept])
    return float(np.count_nonzero(flat)) / flat.size, (len(dead), units)


def _whole(flat: Array, axis: int) -> Array:
    """Which units are flat throughout."""
    others = tuple(other for other in range(flat.ndim) if other != axis) if flat.ndim > 1 else None
    return np.asarray(flat.all(axis=others))


def _reach(gate: Gate, low: float, high: float) -> tuple[float, float]:
    return curve_range(low, high, kinked=gate.branch(np.zeros(1)) is not None)


def _is_flat(gate: Gate, x: Array) -> Array:
    _, slope = curve(gate, x)
    return np.abs(slope) < FLAT


def curve(gate: Gate, x: Array) -> tuple[Array, Array]:
    """Value and slope of a gate of a single variable, NaN or infinite where it isn't defined."""
    with np.errstate(all="ignore"):
        made = gate.curve(x)
    if made is None:
        raise TypeError(f"{gate.title} has no curve")
    return made
