"""What a snapshot shows, read from a plan that has just run. Only what somebody looks at is computed.

Called 20 to 30 times a second by the thread that trains. Norms are always exact; of arrays with more than
`LIMIT` entries the other numbers are those of a sample, unless exact ones are asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.engine import statistics
from gradstudio.training.snapshot import NONE, ActivationSample, Distribution, GradientRow, Summary, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradstudio.document.compile import Compiled
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array, Gate
    from gradstudio.engine.graph import Slot
    from gradstudio.engine.plan import Plan

LIMIT = 32_768
"""Arrays of more entries than this are sampled for a snapshot while training runs."""
SAMPLE = 4_096
"""Entries of such a sample, and of every histogram."""
BINS, ROW_BINS = 49, 33
"""Odd, so that equal entries lie in the middle of a bin."""
KEPT = 64
"""Arrays of at most so many entries are shown whole."""
FLAT = 0.005
"""A slope below this is about 0: sigmoid beyond ±5.3, tanh beyond ±3.3, ReLU below 0."""
SMOOTH_REACH = 4.0
"""A smooth curve is shown at least from -4 to 4: where sigmoid, tanh and ELU bend."""
CURVE_POINTS = 257


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """The parts of a `Snapshot` that are read from a plan; see there."""

    values: Mapping[tuple[int, str], Summary]
    gradients: Mapping[tuple[int, str], Summary]
    contributions: Mapping[int, Summary]
    rows: tuple[GradientRow, ...]
    activation: ActivationSample | None


UNSEEN = Observation(NONE, NONE, NONE, (), None)
"""Of a network that can't be computed there is nothing to see."""


def observe(plan: Plan, compiled: Compiled, document: Document, watch: Watch, *, exact: bool = False) -> Observation:
    """All that is watched of a plan after a forward and a backward pass.

    Args:
        plan: has run.
        compiled: what the plan was made of.
        document: the same revision of the document; names are taken from it.
        watch: what is looked at.
        exact: whether all numbers of large arrays are exact too: for a network that stands still.
    """
    values, gradients, contributions = NONE, NONE, NONE
    if watch.wires:
        values, gradients, contributions = summaries(plan, compiled, exact=exact)
    return Observation(
        values,
        gradients,
        contributions,
        gradient_rows(plan, compiled, document, values, gradients) if watch.rows else (),
        None if watch.activation is None else activation_sample(plan, compiled, watch.activation),
    )


def summaries(
    plan: Plan, compiled: Compiled, *, exact: bool = False
) -> tuple[dict[tuple[int, str], Summary], dict[tuple[int, str], Summary], dict[int, Summary]]:
    """Values and gradients by (node, port), and what each wire alone brings back."""
    values: dict[tuple[int, str], Summary] = {}
    gradients: dict[tuple[int, str], Summary] = {}
    by_slot: dict[Slot, Summary] = {}
    for key, slot in compiled.slots.items():
        values[key] = summarise(plan.value(slot), exact=exact)
        gradient = plan.gradient(slot)
        if gradient is not None:
            by_slot[slot] = gradients[key] = summarise(gradient, exact=exact)
    contributions: dict[int, Summary] = {}
    for wire, (node, position) in compiled.wires.items():
        slot = plan.graph.nodes[node].inputs[position]
        contribution = plan.contribution(node, position)
        if contribution is not None:
            alone = contribution is plan.gradient(slot) and slot in by_slot
            contributions[wire] = by_slot[slot] if alone else summarise(contribution, exact=exact)
    return values, gradients, contributions


def summarise(array: Array, *, exact: bool = True) -> Summary:
    """The summary of one array; a small one is copied into it."""
    numbers = statistics.summary(array, None if exact or array.size <= LIMIT else SAMPLE)
    kept = array.copy() if array.size <= KEPT else None
    return Summary(array.shape, numbers.norm, numbers.low, numbers.high, numbers.mean, numbers.zeros, array=kept)


def gradient_rows(
    plan: Plan,
    compiled: Compiled,
    document: Document,
    values: Mapping[tuple[int, str], Summary] = NONE,
    gradients: Mapping[tuple[int, str], Summary] = NONE,
) -> tuple[GradientRow, ...]:
    """A row for each output and weight that has a gradient, in topological order.

    Norms that are known already are taken from `values` and `gradients`.
    """
    rows = []
    for key, slot in sorted(compiled.slots.items(), key=lambda item: (item[1].node, item[1].output)):
        gradient = plan.gradient(slot)
        if gradient is not None:
            norm = gradients[key].norm if key in gradients else statistics.norm(gradient)
            size = values[key].norm if key in values else statistics.norm(plan.value(slot))
            name = row_name(document, *key)
            rows.append(GradientRow(name, *key, norm, size, _distribution(gradient, ROW_BINS)))
    return tuple(rows)


def row_name(document: Document, node_id: int, port: str) -> str:
    """The node's name for its only output ("relu1"), with the port's for others and weights ("dense1.W")."""
    node = document.nodes[node_id]
    outputs = node.kind.outputs
    alone = len(outputs) == 1 and outputs[0].name == port
    return node.name if alone or not outputs else f"{node.name}.{port}"


def activation_sample(plan: Plan, compiled: Compiled, node_id: int) -> ActivationSample | None:
    """Curve, slope and live inputs of one node; None where it isn't computed or takes several variables."""
    slot = next((slot for (node, _), slot in compiled.slots.items() if node == node_id), None)
    if slot is None:
        return None
    place = plan.graph.nodes[slot.node]
    if len(place.inputs) != 1 or place.gate.curve(np.zeros(1)) is None:
        return None
    x = plan.value(place.inputs[0])
    inputs = _distribution(x, BINS)
    numbers = statistics.summary(x)
    low = numbers.low if math.isfinite(numbers.low) else float(inputs.edges[0])
    high = numbers.high if math.isfinite(numbers.high) else float(inputs.edges[-1])
    curve_x = curve_points(*_reach(place.gate, low, high), at=low if low == high else 0.0)
    curve_y, slope = curve(place.gate, curve_x)
    flat, dead = flatness(place.gate, x)
    outputs = _distribution(plan.value(slot), BINS)
    return ActivationSample(node_id, inputs, outputs, curve_x, curve_y, slope, flat, dead)


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

    Units are the last axis; an array without one is a single unit. Of a large array the share is that of a
    sample of rows, but a unit is counted only if all of its rows were looked at.
    """
    units = x.shape[-1] if x.ndim > 1 else 1
    if x.size == 0:
        return 0.0, (0, units)
    rows = x.reshape(-1, units)
    stride = 1 if x.size <= LIMIT else -(-x.size // (2 * SAMPLE))
    flat = _is_flat(gate, rows[::stride])
    dead = np.flatnonzero(flat.all(axis=0))
    if stride > 1:
        block = max(1, LIMIT // max(1, len(dead)))
        for start in range(0, len(rows), block):
            dead = dead[_is_flat(gate, rows[start : start + block, dead]).all(axis=0)] if len(dead) else dead
    return float(np.count_nonzero(flat)) / flat.size, (len(dead), units)


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


def _distribution(array: Array, bins: int) -> Distribution:
    return Distribution(*statistics.histogram(statistics.sample(array, SAMPLE), bins))
