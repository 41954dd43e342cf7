"""What a network says everywhere in a plane through its data: the decision boundary, or the surface of a regression."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.supply import Rows
from gradstudio.insight.answer import Answer, Output, output_of
from gradstudio.insight.parts import held_back
from gradstudio.insight.questions import CHUNK, SMALL_CHUNK, Questions
from gradstudio.insight.rooms import Rooms, room_of
from gradstudio.insight.twin import data_of, entrance, rows_of, spread

if TYPE_CHECKING:
    from gradstudio.training.looks import Scene

PLANE = 4_096
"""So many samples a plane is found from."""
HELD = 300
"""So many of those held back are shown."""
POINTS = 600
"""So many samples are shown as points; of more, every so many-th."""
SAMPLE = 400
"""So many samples the principal components are found from."""
TURN = 0.002
"""Seconds of such a turn, after which it ends with the piece that is asked."""
MARGIN = 0.08

Ints = npt.NDArray[np.intp]


class Plane(NamedTuple):
    """A plane through the space of features.

    Attributes:
        origin: a point of it.
        ways: two directions of length 1, across and up.
        names: of its axes.
        low: least coordinates shown, across and up.
        high: greatest ones.
    """

    origin: Array
    ways: Array
    names: tuple[str, str]
    low: Array
    high: Array

    def places(self, samples: Array) -> Array:
        """Coordinates of samples in the plane: where their shadow falls."""
        return np.asarray((samples - self.origin) @ self.ways.T)

    def grid(self, side: int) -> Array:
        """The samples in the middle of side × side cells, the upper left first, row by row."""
        middle = (np.arange(side) + 0.5) / side
        across, up = (lo + (hi - lo) * middle for lo, hi in zip(self.low, self.high, strict=True))
        x, y = np.meshgrid(across, up[::-1])
        return np.asarray(self.origin + np.stack([x.ravel(), y.ravel()], axis=1) @ self.ways)


@dataclass(frozen=True, eq=False, slots=True)
class BoundarySeen:
    """The answers in a plane, and at the samples.

    Attributes:
        kind: how answers are to be read.
        surface: side × side × classes shares, or side × side numbers; the first row is the upper one.
        plane: where that is.
        features: how many features a sample has.
        places: coordinates of the points, samples × 2.
        numbers: which samples the points are; of those held back from training -1 less their number.
        samples: how many samples there are.
        truth: the true class of each point, or its true number; None where it isn't known.
        answers: shares or a number for each point.
        wrong: which points are misclassified; none of a regression.
        output: name of the node that answers.
        seconds: it took.
        step: training steps done.
    """

    kind: Answer
    surface: Array
    plane: Plane
    features: int
    places: Array
    numbers: Ints
    samples: int
    truth: Array | None
    answers: Array
    wrong: npt.NDArray[np.bool_]
    output: str
    seconds: float
    step: int


@dataclass(frozen=True, slots=True)
class BoundaryLook:
    """A look at a network's answers in a plane.

    Attributes:
        across: feature along the horizontal axis, from 0; None for the first principal component, of two features
            the first one.
        up: feature along the vertical axis; None as well then.
        side: cells of the grid in each direction.
        whole: whether all is seen at once; else a little in each turn, and what was seen whole before meanwhile.
    """

    across: int | None = None
    up: int | None = None
    side: int = 48
    whole: bool = True

    def see(self, scene: Scene) -> BoundarySeen | None:
        """The answers now, or those of a step some turns ago; None if stopped, or before all were asked once.

        Raises:
            GraphError: where there is no plane or no answer.
        """
        return _room(self, scene).ask(scene, whole=self.whole)


class _Room:
    """What stays the same from one look at a plan to the next."""

    def __init__(self, look: BoundaryLook, scene: Scene) -> None:
        self.output = output_of(scene)
        data = data_of(scene)
        self._slot, samples = _features(scene, self.output, data)
        self.features, self.samples = math.prod(samples.shape[1:]), len(samples)
        self.plane = _plane(look, _flat(rows_of(samples, spread(self.samples, PLANE))))
        held = held_back(scene, self._slot)
        known = [(data, spread(self.samples, POINTS)), (held, spread(len(held.get(self._slot, ())), HELD))]
        points = [_flat(rows_of(part[self._slot], rows)) for part, rows in known if len(rows)]
        self.places = self.plane.places(np.concatenate(points))
        self.numbers: Ints = np.concatenate([known[0][1], -1 - known[1][1]])
        self.truth = self._truth(known)
        self._side = look.side
        asked = np.concatenate([self.plane.grid(look.side), *points]).reshape(-1, *samples.shape[1:])
        every, chunk = np.arange(len(asked)), CHUNK if look.whole else SMALL_CHUNK
        self._questions = Questions(scene, self.output.slot, self._slot, asked, every, chunk)
        self._told: BoundarySeen | None = None

    def _truth(self, known: list[tuple[dict[Slot, Array | Rows], Ints]]) -> Array | None:
        """The true answers of all points; None where those of some aren't known."""
        target = self.output.target
        if target is None or any(target not in part for part, rows in known if len(rows)):
            return None
        found = np.concatenate([rows_of(part[target], rows).reshape(len(rows)) for part, rows in known if len(rows)])
        return np.rint(found).astype(np.intp) if self.output.kind is not Answer.NUMBER else found

    def ask(self, scene: Scene, *, whole: bool) -> BoundarySeen | None:
        """Go on asking at the grid and at the points: to the end, or for a turn. What there is then; None if stopped.

        The parameters are those of the step at which the asking began, however many turns it takes.
        """
        raw = self._questions.ask(scene, math.inf if whole else TURN, newest=whole)
        if raw is None:
            return None if whole else self._told
        self._told = self._tell(raw)
        return self._told

    def _tell(self, raw: Array) -> BoundarySeen:
        """Answers as they are read."""
        with np.errstate(all="ignore"):
            read = self.output.read(raw)
        count, kind = self._side**2, self.output.kind
        points = read[count:]
        wrong = np.zeros(len(points), np.bool_)
        if self.truth is not None and kind is not Answer.NUMBER:
            wrong = points.argmax(axis=-1) != self.truth
        return BoundarySeen(
            kind, read[:count].reshape(self._side, self._side, *read.shape[1:]), self.plane, self.features,
            self.places, self.numbers, self.samples, self.truth, points, wrong, self.output.name,
            self._questions.seconds, self._questions.step,
        )  # fmt: skip


_ROOMS: Rooms[BoundaryLook, _Room] = weakref.WeakKeyDictionary()
_KEPT = 2
"""Rooms of one plan that are kept: that of training and that of rest."""


def _room(look: BoundaryLook, scene: Scene) -> _Room:
    return room_of(_ROOMS, scene.plan, look, lambda: _Room(look, scene), _KEPT)


def _flat(samples: Array) -> Array:
    return samples.reshape(len(samples), math.prod(samples.shape[1:])).astype(np.float64)


def _features(scene: Scene, output: Output, data: dict[Slot, Array | Rows]) -> tuple[Slot, Array | Rows]:
    """Where the samples go in that the answer depends on, and all of them."""
    graph = scene.plan.graph
    slot, array = entrance(graph, output.slot, data)
    if math.prod(array.shape[1:]) < 2:
        raise GraphError(f"{graph.nodes[slot.node].name} has one feature; a plane needs two or more.")
    return slot, array


def _plane(look: BoundaryLook, samples: Array) -> Plane:
    features = samples.shape[1]
    if look.across is not None and look.up is not None:
        chosen: tuple[int, int] | None = (min(look.across, features - 1), min(look.up, features - 1))
    else:
        chosen = (0, 1) if features == 2 else None
    if chosen is not None:
        ways = np.eye(features)[list(chosen)]
        origin = samples.mean(axis=0)
        origin[list(chosen)] = 0.0
        names = f"x{chosen[0] + 1}", f"x{chosen[1] + 1}"
    else:
        ways, names = components(samples), ("first component", "second component")
        origin = samples.mean(axis=0)
    places = (samples - origin) @ ways.T
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.where(high > low, (high - low) * MARGIN, 1.0)
    return Plane(origin, ways, (names[0], names[1]), low - room, high + room)


def components(samples: Array) -> Array:
    """The two first principal components, each with its largest entry positive."""
    some = samples[:: -(-len(samples) // SAMPLE) or 1]
    _, _, ways = np.linalg.svd(some - some.mean(axis=0), full_matrices=False)
    if len(ways) < 2:
        raise GraphError("Principal components need two samples or more.")
    first = ways[:2]
    largest = np.abs(first).argmax(axis=1)
    return np.asarray(first * np.sign(first[np.arange(2), largest])[:, None])
