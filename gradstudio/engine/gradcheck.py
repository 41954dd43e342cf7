"""Is a gradient right? Backpropagation held against centred differences in float64.

Relative error |a − n| / max(|a|, |n|) with the course's bands (cs231n, "Neural Networks Part 3: gradient checks").
A difference of two numbers that agree in their leading digits loses the others, so where a plain centred difference
isn't conclusive a wider one with Richardson's extrapolation is tried; only the best of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gradstudio.engine.gate import Array, Mode
from gradstudio.engine.graph import Graph, Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop

WIDTHS = ((1e-5, False), (1e-4, True), (1e-3, True), (1e-2, True), (3e-4, True), (1e-6, True))
RIGHT, FINE, WRONG = 1e-7, 1e-4, 1e-2


class Band(StrEnum):
    """What a relative error means."""

    RIGHT = "right"
    FINE = "fine at kinks"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


def band(error: float) -> Band:
    """The course's band of a relative error."""
    if error <= RIGHT:
        return Band.RIGHT
    if error <= FINE:
        return Band.FINE
    return Band.DOUBTFUL if error <= WRONG else Band.WRONG


@dataclass(frozen=True, slots=True)
class NodeCheck:
    """The check of one array of the graph.

    Attributes:
        slot: where it is.
        name: of its node.
        error: worst relative error over the entries looked at.
        band: what that means.
        index: entry with the worst error.
        analytic: backpropagation's gradient there.
        numeric: the difference quotient there.
        checked: number of entries looked at.
        kinks: entries left out because a max or ReLU switched sides between the two points.
    """

    slot: Slot
    name: str
    error: float
    band: Band
    index: tuple[int, ...]
    analytic: float
    numeric: float
    checked: int
    kinks: int


class Stopped(Exception):
    """Somebody wants no result any more."""


class GradientChecker:
    """Checks a graph, one array after the other.

    Args:
        graph: its leaves are taken at their start values; `values` overrides them.
        entries: at most this many entries of each array are looked at: the largest gradients and random ones.
        seed: of the random choice.
        mode: what random gates draw, the same numbers at every point; that of step 0 where not given.
    """

    def __init__(
        self,
        graph: Graph,
        values: dict[Slot, Array] | None = None,
        entries: int = 24,
        seed: int = 0,
        mode: Mode | None = None,
    ) -> None:
        self.plan = Plan(graph, np.float64)
        if mode is not None:
            self.plan.mode.training, self.plan.mode.step, self.plan.mode.seed = mode.training, mode.step, mode.seed
        for slot, array in (values or {}).items():
            self.plan.feed(slot, array)
        self.plan.run()
        self._weight = self._weigh()
        self.entries = entries
        self.random = np.random.default_rng(seed)

    def slots(self) -> list[Slot]:
        """The arrays that have a gradient, in topological order."""
        nodes = self.plan.graph.nodes
        every = (Slot(i, k) for i, node in enumerate(nodes) for k in range(len(node.shapes)))
        return [slot for slot in every if self.plan.gradient(slot) is not None and self.plan.value(slot).size]

    def run(self) -> Iterator[NodeCheck]:
        """Check every array; each result comes as soon as it is there."""
        for slot in self.slots():
            yield self.check(slot)

    def check(self, slot: Slot, stop: Stop | None = None) -> NodeCheck:
        """Check one array.

        Raises:
            Stopped: between two entries, if `stop` says so.
        """
        gradient = self.plan.gradient(slot)
        assert gradient is not None
        name = self.plan.graph.nodes[slot.node].name
        worst: tuple[float, tuple[int, ...], float, float] = (-1.0, (), 0.0, 0.0)
        checked = kinks = 0
        for index in self._chosen(gradient):
            if stop is not None and stop():
                raise Stopped
            analytic = float(gradient[index])
            result = self._compare(slot, index, analytic)
            if result is None:
                kinks += 1
                continue
            checked += 1
            if result[0] > worst[0]:
                worst = (result[0], index, analytic, result[1])
        error = max(worst[0], 0.0)
        return NodeCheck(slot, name, error, band(error), worst[1], worst[2], worst[3], checked, kinks)

    def _chosen(self, gradient: Array) -> list[tuple[int, ...]]:
        flat = np.abs(gradient).reshape(-1)
        if flat.size <= self.entries:
            chosen = np.arange(flat.size)
        else:
            few = min(4, self.entries)
            largest = np.argpartition(flat, -few)[-few:]
            others = self.random.choice(flat.size, self.entries - few, replace=False)
            chosen = np.union1d(largest, others)
        return [tuple(int(i) for i in np.unravel_index(k, gradient.shape)) for k in chosen]

    def _compare(self, slot: Slot, index: tuple[int, ...], analytic: float) -> tuple[float, float] | None:
        """Relative error and the difference quotient it is against; None where every width straddles a kink.

        The first width that finds the gradient right counts. Where rounding hides that at every width, the error is
        what is left at the best of them once the rounding is taken off.
        """
        certain: tuple[float, float] | None = None
        for width, extrapolate in WIDTHS:
            numeric = self._difference(slot, index, width, extrapolate)
            if numeric is None:
                continue
            error = relative_error(analytic, numeric)
            if max(abs(analytic), abs(numeric)) <= float(np.finfo(np.float64).eps) * self._weight / width:
                error = 0.0  # both are less than what rounding along the way makes of nothing
            if error <= RIGHT:
                return error, numeric
            error = relative_error(analytic, numeric, self._noise(width))
            if certain is None or error < certain[0]:
                certain = (error, numeric)
        return certain

    def _weigh(self) -> float:
        """How much the objective moves, to first order, when every number on the way is off by its own size."""
        with np.errstate(all="ignore"):
            pairs = ((self.plan.value(slot), self.plan.gradient(slot)) for slot in self.slots())
            return float(sum(np.abs(value * gradient).sum() for value, gradient in pairs))

    def _noise(self, width: float) -> float:
        """What rounding of the objective alone can make of a difference quotient: an ulp in each of two values."""
        return float(np.finfo(np.float64).eps) * max(1.0, abs(self.plan.objective())) / width

    def _difference(self, slot: Slot, index: tuple[int, ...], width: float, extrapolate: bool) -> float | None:
        h = width * max(1.0, abs(float(self.plan.value(slot)[index])))
        near = self._quotient(slot, index, h)
        if near is None or not extrapolate:
            return near
        far = self._quotient(slot, index, 2 * h)
        return None if far is None else (4 * near - far) / 3

    def _quotient(self, slot: Slot, index: tuple[int, ...], h: float) -> float | None:
        array = self.plan.value(slot)
        kept = float(array[index])
        try:
            high, side_high = self._at(slot, index, kept + h)
            low, side_low = self._at(slot, index, kept - h)
        finally:
            array[index] = kept
            self.plan.forward(after=slot.node)
        same = all(np.array_equal(a, b) for a, b in zip(side_high, side_low, strict=True))
        return (high - low) / ((kept + h) - (kept - h)) if same else None

    def _at(self, slot: Slot, index: tuple[int, ...], number: float) -> tuple[float, list[Array]]:
        self.plan.value(slot)[index] = number
        self.plan.forward(after=slot.node)
        return self.plan.objective(), self._sides(slot.node)

    def _sides(self, after: int) -> list[Array]:
        """Which side of its kink every entry of the later gates lies on."""
        found = []
        for node in self.plan.graph.nodes[after + 1 :]:
            side = node.gate.branch(*(self.plan.value(slot) for slot in node.inputs))
            if side is not None:
                found.append(np.array(side))
        return found


def relative_error(analytic: float, numeric: float, noise: float = 0.0) -> float:
    """|a − n| / max(|a|, |n|), less what rounding alone makes of the difference quotient; 0 where both are 0."""
    difference, size = abs(analytic - numeric), max(abs(analytic), abs(numeric))
    if not np.isfinite(difference):
        return np.inf
    return 0.0 if size == 0 else max(0.0, difference - noise) / size
