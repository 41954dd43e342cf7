"""Capacity and regularisation: one network trained with several sizes of a layer and several strengths of decay.

The closing pictures of the lecture on capacity as a tool (cs231n, "Neural Networks Part 1", "Setting number of layers
and their sizes"): more units bend the boundary around every point, a larger λ smooths it. Each variant is trained by
itself, from its own start, and judged on what it learned from and on samples it hasn't seen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from gradstudio.document import commands
from gradstudio.document.compile import topological
from gradstudio.document.model import Document, Node, NodeId, Patch, Training
from gradstudio.document.trained import unpinned
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Category
from gradstudio.insight.boundary import BoundaryLook, BoundarySeen
from gradstudio.training.looks import Scene
from gradstudio.training.threads import be_nice
from gradstudio.training.trainer import Trainer
from gradstudio.training.validation import validation_of

SIZES = (3, 6, 20)
STRENGTHS = (0.001, 0.01, 0.1)
"""Those of the lecture."""
UNITS, STRENGTH, SEED = "units", "strength", "seed"
SIDE = 40
"""Cells of a small boundary in each direction."""
OTHER_DRAW = 1
"""Added to the seeds of data: samples drawn anew from the same source are ones the network hasn't seen."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be tried.

    Attributes:
        layer: the node whose units vary.
        sizes: its numbers of units.
        strengths: λ of the regularisers, or of the weight decay where there is none.
        steps: training steps of each variant.
    """

    layer: NodeId
    sizes: tuple[int, ...] = SIZES
    strengths: tuple[float, ...] = STRENGTHS
    steps: int = 1_000

    def pairs(self) -> Iterator[tuple[int, float]]:
        """All variants, row by row."""
        return ((size, strength) for strength in self.strengths for size in self.sizes)


class Cell(NamedTuple):
    """One variant, trained.

    Attributes:
        size: units of the layer.
        strength: λ.
        document: the variant with what it has learned.
        seen: its answers in the plane of two features; None where there is no such plane.
        loss: its objective at the end; None where it diverged.
        train: share of the samples classified right that it learned from.
        held: the same of samples it hasn't seen: rows held back, or drawn anew; None where there are none.
        problem: why it couldn't be trained to the end; empty otherwise.
    """

    size: int
    strength: float
    document: Document
    seen: BoundarySeen | None
    loss: float | None
    train: float | None
    held: float | None
    problem: str = ""


def layers(document: Document) -> list[Node]:
    """The layers whose units may vary: those another one with weights follows, the first one first."""
    with_units = [node for node in topological(document) if node.known and UNITS in node.kind.params]
    return with_units[:-1] or with_units


def variant(document: Document, layer: NodeId, size: int, strength: float) -> Document:
    """The network with so many units and this λ, untrained; start values that fit one size only are drawn anew.

    Raises:
        EngineError: if the layer can't have so many.
        Refused: if the layer isn't there.
    """
    made = document.copy()
    made.apply(Patch("Draw start values", {i: unpinned(node) for i, node in made.nodes.items()}))
    made.apply(commands.set_param(made, [layer], UNITS, size))
    decays = [n.id for n in made.nodes.values() if n.known and n.kind.category is Category.REGULARISER]
    decays = [i for i in decays if STRENGTH in made.nodes[i].kind.params]
    if decays:
        made.apply(commands.set_param(made, decays, STRENGTH, strength))
    else:
        made.apply(commands.change_settings(made, weight_decay=strength))
    made.apply(Patch("Start anew", training=Training()))
    return made


def explore(document: Document, survey: Survey, stop: Callable[[], bool]) -> Iterator[Cell]:
    """Train one variant after the other; ends early when `stop()` becomes true."""
    for size, strength in survey.pairs():
        cell = _try(variant(document, survey.layer, size, strength), survey.steps, size, strength, stop)
        if stop():
            return
        yield cell


def _try(made: Document, steps: int, size: int, strength: float, stop: Callable[[], bool]) -> Cell:
    trainer, problem = Trainer(made), ""
    try:
        for _ in trainer.run(steps, stop):
            pass
        trainer.plan.mode.training = False
        trainer.evaluate(stop)
    except EngineError as error:
        problem = str(error)
    learned = made.copy()
    learned.apply(Patch("Train", training=trainer.training()))
    seen = None if problem else _boundary(trainer, stop)
    return Cell(size, strength, learned, seen, trainer.loss, trainer.accuracy, _held(trainer, learned, stop), problem)


def _boundary(trainer: Trainer, stop: Callable[[], bool]) -> BoundarySeen | None:
    scene = Scene(trainer.plan, trainer.compiled, trainer.document, trainer.step, stop)
    try:
        return BoundaryLook(side=SIDE).see(scene)
    except EngineError:
        return None


def _held(trainer: Trainer, learned: Document, stop: Callable[[], bool]) -> float | None:
    """How much is right of the rows held back, else of samples drawn anew; None where there are none of either."""
    kept = validation_of(learned)
    if kept is not None and kept.rows:
        slots = {**trainer.compiled.parameters, **trainer.compiled.state}
        found = kept.measure({key: trainer.plan.value(slot) for key, slot in slots.items()}, stop)
        return None if found is None else found[1]
    return _drawn_anew(learned)


def _drawn_anew(learned: Document) -> float | None:
    """How much is right of other samples of the same sources; None where no source has a seed."""
    sources = [n for n in learned.nodes.values() if n.known and not n.kind.inputs and SEED in n.kind.params]
    if not sources:
        return None
    other = learned.copy()
    fresh = {n.id: replace(n, params={**n.params, SEED: n.make().seed + OTHER_DRAW}) for n in sources}  # type: ignore[attr-defined]
    other.apply(Patch("Draw anew", fresh))
    try:
        trainer = Trainer(other)
        trainer.plan.mode.training = False
        trainer.evaluate()
    except EngineError:
        return None
    return trainer.accuracy


class Exploration:
    """A survey under way in a thread of its own.

    Args:
        document: the network; a copy of it is worked with.
        survey: what is tried.

    Attributes:
        survey: as given.
    """

    def __init__(self, document: Document, survey: Survey) -> None:
        self.survey = survey
        self._document = document.copy()
        self._cells: list[Cell] = []
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="gradstudio-explorer", daemon=True)
        self._thread.start()

    @property
    def cells(self) -> Sequence[Cell]:
        """The variants that are trained, in the order of the survey.

        Raises:
            BaseException: whatever went wrong that isn't a network's fault.
        """
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return tuple(self._cells)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it, and wait until it has ended (the time of one gate)."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        be_nice()
        try:
            for cell in explore(self._document, self.survey, self._stop.is_set):
                self._cells.append(cell)
        except Exception as error:  # noqa: BLE001 (raised again by `cells` in the window's thread)
            self._failure = error
