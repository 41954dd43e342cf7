"""A network judged by samples whose truth is known: what it says of each, what that costs, and how good it is."""

from __future__ import annotations

import copy
import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gradstudio.data.errors import DataProblem
from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.gate import Array, Category, Gate
from gradstudio.insight.answer import Answer, Output, output_of
from gradstudio.insight.parts import TRAINING, samples_of
from gradstudio.insight.questions import CHUNK, SMALL_CHUNK, Ints, Questions
from gradstudio.insight.rooms import Rooms, room_of
from gradstudio.insight.twin import data_of, entrance, rows_of, spread
from gradstudio.training.looks import Unfinished
from gradstudio.training.metrics import ClassScore, Score, ranks, score_classes, score_numbers

if TYPE_CHECKING:
    from gradstudio.document.model import Document
    from gradstudio.engine.supply import Rows
    from gradstudio.training.looks import Scene

MOST = 200_000
"""Of a larger part so many samples are judged."""
TURN, LONG_TURN = 0.002, 0.02
"""Seconds after which a look leaves the rest for its next turn: while training runs, and at rest."""


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """What a network says of samples, beside the truth.

    Attributes:
        kind: how answers are to be read.
        numbers: which samples of the part these are, ascending.
        rows: the features of all samples of the part, as they are fed to the network: to be read only.
        truth: the class of each, or its number.
        said: the class the network says, or the number.
        share: of the class it says, 0 to 1; NaN of numbers and of bare scores.
        cost: loss of each sample alone, without penalties on weights; NaN where no loss compares it.
        score: how good it is in all.
        step: training steps done.
        seconds: it took.
    """

    kind: Answer
    numbers: Ints
    rows: Array | Rows
    truth: Array
    said: Array
    share: Array
    cost: Array
    score: Score
    step: int
    seconds: float

    @property
    def total(self) -> int:
        """How many samples the part has."""
        return len(self.rows)

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """Which samples are taken for another class; none of numbers."""
        if not isinstance(self.score, ClassScore):
            return np.zeros(len(self.said), np.bool_)
        return np.asarray(self.said != self.truth)


@dataclass(frozen=True, slots=True)
class JudgeLook:
    """A look at how a network does on a part of its data.

    Attributes:
        part: "training", "validation" or "test".
        most: so many samples are judged, evenly spread; None for all of them, or `MOST`.
        brief: whether it is seen while training runs: in shorter turns.
    """

    part: str = TRAINING
    most: int | None = None
    brief: bool = False

    def see(self, scene: Scene) -> Judged | Unfinished:
        """The verdict, of the step at which it was begun; unfinished until all samples have been asked about.

        Raises:
            GraphError: where there is no answer, no truth, or no such part.
        """
        return _room(self, scene).go_on(scene, brief=self.brief)


class Judge:
    """A network, rows, and the truth about them.

    Args:
        scene: the network.
        rows: features, prepared as the network's own.
        truth: classes, or numbers.
        chosen: which of the rows; None for all of them.
        chunk: bytes the plan that is asked may take.

    Raises:
        GraphError: if the network takes other rows, there are none, or the truth isn't known.
    """

    def __init__(
        self,
        scene: Scene,
        rows: Array | Rows,
        truth: Array | Rows | None,
        chosen: Ints | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self.output = output_of(scene)
        slot, own = entrance(scene.plan.graph, self.output.slot, data_of(scene))
        if tuple(rows.shape[1:]) != tuple(own.shape[1:]):
            raise GraphError(f"The network takes rows of {tuple(own.shape[1:])}, found {tuple(rows.shape[1:])}.")
        if not len(rows):
            raise GraphError("There is no row to judge the network by.")
        if truth is None:
            raise GraphError("There is no truth to compare with: wire a loss and what it compares to the data.")
        self.numbers = np.arange(len(rows)) if chosen is None else chosen
        self.rows = rows
        self.truth = rows_of(truth, self.numbers)
        self.questions = Questions(scene, self.output.slot, slot, rows, self.numbers, chunk, self._digest)
        self._losses = losses_of(scene, self.output)
        self._classes = 0

    def verdict(self, found: Array, names: tuple[str, ...]) -> Judged:
        """What the answers to all rows amount to, as the questions give them."""
        said, share, ahead, *each = found.T
        flat = self.truth.reshape(len(self.truth))
        loss = sum(total(gate, cost, flat) for gate, cost in zip(self._losses, each, strict=True)) if each else math.nan
        truth: Array
        if self.output.kind is Answer.NUMBER:
            truth = flat.astype(np.float64)
            score: Score = score_numbers(said, truth, loss)
        else:
            said, truth = said.astype(np.int64), np.rint(flat).astype(np.int64)
            known = names if len(names) == self._classes else tuple(str(i) for i in range(self._classes))
            score = score_classes(said, truth, ahead.astype(np.int64), known, loss)
        cost = np.sum(each, axis=0) if each else np.full(len(said), np.nan)
        step, seconds = self.questions.step, self.questions.seconds
        return Judged(self.output.kind, self.numbers, self.rows, truth, said, share, cost, score, step, seconds)

    def _digest(self, raw: Array, which: slice) -> Array:
        """Of each row: what is said, its share, how many classes are ahead of the true one, what each loss costs."""
        kind, truth = self.output.kind, self.truth[which]
        with np.errstate(all="ignore"):
            read = self.output.read(raw)
            each = [costs(gate, raw, truth) for gate in self._losses]
        nothing = np.full(len(raw), np.nan)
        if kind is Answer.NUMBER:
            return np.stack([read, nothing, nothing, *each], axis=1)
        self._classes = read.shape[-1]
        said = read.argmax(axis=-1)
        share = nothing if kind is Answer.SCORES else read[np.arange(len(read)), said]
        classes = np.rint(truth.reshape(len(raw))).astype(np.int64)
        ahead = ranks(read if kind is Answer.YES else raw, classes)
        return np.stack([said, share, ahead, *each], axis=1)


def losses_of(scene: Scene, output: Output) -> list[Gate]:
    """The losses that compare a network's answer with the truth; penalties on weights are none."""
    nodes = scene.plan.graph.nodes
    wanted = (output.slot, output.target)
    return [node.gate for node in nodes if node.gate.category is Category.LOSS and node.inputs == wanted]


def costs(gate: Gate, raw: Array, truth: Array) -> Array:
    """What a loss makes of each row alone: the same as `forward` of that row, for all of them at once where it can."""
    target = _like(raw, truth)
    rule = getattr(gate, "losses", None)
    if rule is None:
        alone = copy.copy(gate)
        return np.array([float(alone.forward(raw[i : i + 1], target[i : i + 1])) for i in range(len(raw))])
    each = np.asarray(rule(raw, target)).reshape(len(raw), -1)
    return np.asarray(each.sum(axis=1) if _summed(gate) else each.mean(axis=1))


def total(gate: Gate, cost: Array, truth: Array) -> float:
    """What a loss makes of all rows, from what each costs alone: their sum, or their mean by what each counts."""
    if _summed(gate):
        return float(cost.sum())
    weights = getattr(gate, "class_weights", None)
    return float(np.average(cost, weights=None if weights is None else weights[truth]))


def _summed(gate: Gate) -> bool:
    return getattr(gate, "reduction", "mean") == "sum"


def _like(raw: Array, truth: Array) -> Array:
    """The truth as a loss takes it beside these answers: labels as they are, numbers in the answers' shape."""
    return truth if truth.dtype.kind in "iu" and truth.ndim == raw.ndim - 1 else truth.reshape(raw.shape)


def class_names(document: Document) -> tuple[str, ...]:
    """What the classes of a network's data are called; empty where that isn't known."""
    from gradstudio.data.nodes import data_node, fitted_of

    node = data_node(document)
    try:
        return () if node is None else fitted_of(node).classes
    except (EngineError, DataProblem):
        return ()


def some_of(rows: Array | Rows, most: int) -> Ints:
    """At most so many rows, evenly spread: of an array any, of what lies on the disk whole blocks, read at once."""
    block = 1 if isinstance(rows, np.ndarray) else max(1, min(rows.block, most))
    if len(rows) <= most or block == 1:
        return spread(len(rows), most)
    first = spread(-(-len(rows) // block), most // block) * block
    return np.concatenate([np.arange(start, min(start + block, len(rows))) for start in first.tolist()])


class _Room:
    """A judge of some samples of a part: what stays the same from one look at a plan to the next."""

    def __init__(self, look: JudgeLook, scene: Scene) -> None:
        output = output_of(scene)
        slot, _ = entrance(scene.plan.graph, output.slot, data_of(scene))
        samples = samples_of(scene, slot, look.part)
        target = None if output.target is None else samples.get(output.target)
        rows = samples[slot]
        chosen = some_of(rows, min(MOST, look.most or MOST))
        self.names = class_names(scene.document)
        self.judge = Judge(scene, rows, target, chosen, SMALL_CHUNK if look.brief else CHUNK)
        self._told: Judged | None = None

    def go_on(self, scene: Scene, *, brief: bool) -> Judged | Unfinished:
        """Ask for a turn more."""
        found = self.judge.questions.ask(scene, TURN if brief else LONG_TURN, newest=not brief)
        if found is None:
            return Unfinished(self._told)
        self._told = self.judge.verdict(found, self.names)
        return self._told


_ROOMS: Rooms[JudgeLook, _Room] = weakref.WeakKeyDictionary()
_KEPT = 4
"""Rooms of one plan that are kept."""


def _room(look: JudgeLook, scene: Scene) -> _Room:
    return room_of(_ROOMS, scene.plan, look, lambda: _Room(look, scene), _KEPT)
