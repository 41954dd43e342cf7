"""What is measured of a network to tell whether it learns: a look (`training/looks.py`) that takes few numbers."""

from __future__ import annotations

import copy
import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradstudio.document.model import NodeId
from gradstudio.engine.gate import Array, Category
from gradstudio.engine.graph import Leaf
from gradstudio.engine.statistics import norm, sample
from gradstudio.insight.updates import UpdatesLook
from gradstudio.insight.weights import image_shape
from gradstudio.training.activations import flatness

if TYPE_CHECKING:
    from gradstudio.engine.graph import Slot
    from gradstudio.engine.plan import Plan
    from gradstudio.training.looks import Scene

ROWS = 4_096
"""Of data at most so many entries of a column are looked at."""
FEWEST = 8
"""Fewer rows aren't a data set."""


class Bend(NamedTuple):
    """Where on its curve an activation works.

    Attributes:
        node: document node.
        flat: share of its inputs at which the slope is about 0.
        dead: units that are flat for every sample.
        units: number of units.
        kinked: whether its curve has a kink, as ReLU's.
    """

    node: NodeId
    flat: float
    dead: int
    units: int
    kinked: bool


class Flow(NamedTuple):
    """What reaches one learnable matrix.

    Attributes:
        node: document node it belongs to.
        port: its name there.
        gradient: root of the mean square of its gradient's entries.
        upstream: the same of the gradient at its layer's output.
        update: norm of the next update ÷ norm of the matrix; None where it isn't known or the matrix is 0.
    """

    node: NodeId
    port: str
    gradient: float
    upstream: float
    update: float | None


class Spread(NamedTuple):
    """How the columns of a data set lie.

    Attributes:
        node: document node.
        port: its output.
        far: the largest distance of a column's mean from 0.
        least: the smallest standard deviation of a column that isn't constant.
        most: the largest one.
    """

    node: NodeId
    port: str
    far: float
    least: float
    most: float


class Odds(NamedTuple):
    """The loss of a classifier beside that of one that scores all classes alike.

    Attributes:
        node: document node of the loss.
        loss: its value now.
        chance: its value for equal scores: ln C for softmax + cross-entropy of C classes.
    """

    node: NodeId
    loss: float
    chance: float


class Vitals(NamedTuple):
    """What was measured at one step.

    Attributes:
        step: training steps done.
        bends: of every activation of a single variable.
        flows: of every learnable matrix a gradient reaches, in topological order.
        unreached: (node, port) of learnable arrays no gradient reaches.
        spreads: of data.
        odds: of a classifier.
    """

    step: int
    bends: tuple[Bend, ...]
    flows: tuple[Flow, ...]
    unreached: tuple[tuple[NodeId, str], ...]
    spreads: tuple[Spread, ...]
    odds: Odds | None


@dataclass(frozen=True)
class Checkup:
    """The look that takes the vitals."""

    def see(self, scene: Scene) -> Vitals:
        """Measure."""
        return Vitals(
            scene.step,
            tuple(_bends(scene)),
            tuple(_flows(scene)),
            tuple(_unreached(scene)),
            tuple(_spreads(scene)),
            _odds(scene),
        )


def _bends(scene: Scene) -> list[Bend]:
    found = []
    for node, place in scene.compiled.shapes.places.items():
        if place.gate is None or place.gate.category is not Category.ACTIVATION:
            continue
        slot = scene.compiled.slots.get((node, place.outputs[0].name))
        inputs = () if slot is None else scene.plan.graph.nodes[slot.node].inputs
        if slot is None or len(inputs) != 1 or place.gate.curve(np.zeros(1)) is None:
            continue
        gate = scene.plan.graph.nodes[slot.node].gate
        flat, (dead, units) = flatness(gate, scene.plan.value(inputs[0]))
        found.append(Bend(node, flat, dead, units, gate.branch(np.zeros(1)) is not None))
    return found


def _learned(scene: Scene) -> list[tuple[NodeId, str, Slot]]:
    """Learnable arrays in topological order."""
    found = []
    for key, slot in scene.compiled.parameters.items():
        node, port = key.split(".", 1)
        found.append((int(node), port, slot))
    return sorted(found, key=lambda one: one[2])


def _flows(scene: Scene) -> list[Flow]:
    plan, found = scene.plan, []
    ratios = UpdatesLook().see(scene).ratios
    for node, port, slot in _learned(scene):
        value, gradient = plan.value(slot), plan.gradient(slot)
        if value.ndim < 2 or not value.size or gradient is None or slot.node not in plan.live:
            continue
        sizes = _mean_size(gradient), _upstream(scene, node, gradient)
        found.append(Flow(node, port, *sizes, ratios.get((node, port))))
    return found


def _upstream(scene: Scene, node: NodeId, own: Array) -> float:
    """Of the gradient at the output of a layer; that of the matrix itself where it is a node of its own."""
    outputs = scene.compiled.shapes.places[node].outputs
    slot = scene.compiled.slots.get((node, outputs[0].name)) if outputs else None
    found = None if slot is None else scene.plan.gradient(slot)
    return _mean_size(own if found is None else found)


def _mean_size(array: Array) -> float:
    """Root of the mean square of the entries."""
    return norm(array) / math.sqrt(max(1, array.size))


def _unreached(scene: Scene) -> list[tuple[NodeId, str]]:
    return [(node, port) for node, port, slot in _learned(scene) if slot.node not in scene.plan.live]


_SPREADS: weakref.WeakKeyDictionary[Plan, dict[Slot, Spread]] = weakref.WeakKeyDictionary()
"""Of data, which stays as it is for as long as a plan lives."""


def _spreads(scene: Scene) -> list[Spread]:
    known = _SPREADS.setdefault(scene.plan, {})
    whole = dict(pair for s in scene.compiled.sources for pair in zip(s.slots, s.arrays, strict=True))
    found = []
    for (node, port), slot in scene.compiled.slots.items():
        place = scene.plan.graph.nodes[slot.node]
        if place.inputs or isinstance(place.gate, Leaf) or len(place.shapes[slot.output]) < 2:
            continue
        if slot in known:
            found.append(known[slot])
            continue
        data = whole.get(slot, scene.plan.value(slot))
        if isinstance(data, np.ndarray) and data.dtype.kind == "f" and len(data) >= FEWEST:
            found.append(_spread(node, port, data))
            if slot in whole:
                known[slot] = found[-1]
    return found


def _spread(node: NodeId, port: str, data: Array) -> Spread:
    """Of rows of features column by column, of pictures and the like all entries as one column."""
    table = data.ndim == 2 and not _pixels(data)
    columns = data[:: -(-len(data) // ROWS)] if table else sample(data, ROWS).reshape(-1, 1)
    columns = columns.astype(np.float64)
    deviation = columns.std(axis=0)
    moving = deviation[deviation > 0]
    least, most = (float(moving.min()), float(moving.max())) if moving.size else (1.0, 1.0)
    return Spread(node, port, float(np.abs(columns.mean(axis=0)).max()), least, most)


def _pixels(data: Array) -> bool:
    """Whether rows are flat pictures, whose rims hardly vary: as many entries as a picture has, none below 0."""
    return image_shape(data.shape, data.shape[1]) is not None and float(data.min()) >= 0.0


def _odds(scene: Scene) -> Odds | None:
    if scene.compiled.classifier is None:
        return None
    scores, labels = scene.compiled.classifier
    for (node, _), slot in scene.compiled.slots.items():
        place = scene.plan.graph.nodes[slot.node]
        if place.inputs[:2] == (scores, labels) and place.gate.category is Category.LOSS:
            fresh = copy.copy(place.gate)
            even = fresh.forward(np.zeros(scene.plan.value(scores).shape), scene.plan.value(labels))
            return Odds(node, float(scene.plan.value(slot).mean()), float(np.mean(even)))
    return None
