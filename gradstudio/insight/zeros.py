"""Why is this gradient zero? The answer in a sentence, where the gradient is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradstudio.engine.gate import Array, Gate, Kind, Port
from gradstudio.insight.figures import Figure, number

FLAT = 1e-3
"""A slope below this lets hardly anything pass."""
WORTH = 0.01
"""So large a share of an array's entries without a gradient is worth a sentence."""


@dataclass(frozen=True, eq=False, slots=True)
class Passage:
    """What there is to know about the way back through one input of a gate.

    Attributes:
        gate: that the gradient comes through.
        owner: name of its node.
        port: the input, or the weight.
        goal: what gradients are of, as it is called.
        value: what comes in.
        upstream: what comes back to the gate's outputs; empty where nothing does.
        local: the local gradients, entry by entry, where they are known so.
        downstream: what comes back through the input; None where nothing does.
        live: whether the gate leads to what is minimised.
    """

    gate: Gate
    owner: str
    port: Port
    goal: str
    value: Figure
    upstream: tuple[Figure, ...]
    local: Array | None
    downstream: Figure | None
    live: bool


def why_zero(way: Passage) -> str:
    """Why no gradient comes back through an input, or through some of its entries, or hardly any; empty otherwise."""
    if way.port.kind is not Kind.REAL:
        return "Labels have no gradient: a class is not a quantity."
    if not way.live:
        return f"No gradient comes back: no path leads from {way.owner} to {way.goal}."
    found = way.downstream
    if found is None:
        return "No gradient is computed of what comes in here: it is data or state, which training doesn't change."
    if found.zeros == found.count:
        return _all_zero(way)
    if found.zeros >= WORTH * found.count and _stopped(way) >= WORTH and way.gate.stops:
        return f"{found.zeros:,} of {found.count:,} entries get no gradient: {_stops(way)}."
    return _flat(way)


def _all_zero(way: Passage) -> str:
    if all(figure.zeros == figure.count for figure in way.upstream):
        return f"The upstream gradient is 0 already: look at what {way.owner} feeds."
    if way.gate.stops and _stopped(way) > 0:
        return f"No gradient comes back: {_stops(way)}."
    if way.local is not None and not way.local.any():
        return "No gradient comes back: the local gradient is 0 here."
    return "No gradient comes back: all products of local and upstream gradients are 0, or add up to 0."


def _stopped(way: Passage) -> float:
    """The share of local gradients that are 0; 1 where they aren't known one by one."""
    if way.local is None or not way.local.size:
        return 1.0
    return 1 - np.count_nonzero(way.local) / way.local.size


def _stops(way: Passage) -> str:
    value = way.value.scalar
    name = way.port.name if value is None else f"{way.port.name} = {number(value)}"
    return way.gate.stops.replace("{x}", name)


def _flat(way: Passage) -> str:
    """That a smooth curve is almost flat, as far from 0 a sigmoid is."""
    gate, local = way.gate, way.local
    if local is None or not local.size or not gate.stops or gate.curve(np.zeros(1)) is None:
        return ""
    flat = np.abs(local) < FLAT
    if flat.all() and local.size == 1:
        return f"Hardly any gradient comes back, slope {number(float(local.reshape(-1)[0]))}: {_stops(way)}."
    share = float(flat.mean())
    if share < WORTH:
        return ""
    return f"{100 * share:.0f} % of the entries get hardly any gradient, slopes below {FLAT:g}: {_stops(way)}."
