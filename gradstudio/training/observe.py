"""What snapshots show, read from a plan that has run. Only what somebody looks at is computed.

While training runs the thread that trains calls `Observer.tick` between steps: arrays are summed up one after the
other, from samples, so that nothing bursts, and never for more than a small share of the time. Of a network that stands
still all that is watched is summed up exactly, once.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from gradstudio.training.activations import Activations
from gradstudio.training.looks import Look, Scene, Sightings
from gradstudio.training.snapshot import NONE, ROWS, ActivationSample, GradientRow, Summary, Watch
from gradstudio.training.targets import LONE, Target

if TYPE_CHECKING:
    from gradstudio.document.compile import Compiled
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array
    from gradstudio.engine.graph import Slot
    from gradstudio.engine.plan import Plan

ROUND_SECONDS = 1 / 20
"""While training runs each array is looked at so often."""
SHARE = 0.012
"""Looking at arrays takes this share of the time at most: where there are many, each is looked at less often."""
NUMBERS = 1_000
"""Scalars read for one snapshot while training runs; further ones have their turn in the next."""
ACTIVATION_SHARE = 0.003
"""So does looking at the gate of the activation panel."""

K = TypeVar("K")
Key = tuple[int, str]
Known = Mapping[object, Target]


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """The parts of a `Snapshot` that are read from a plan; see there."""

    values: Mapping[Key, Summary]
    gradients: Mapping[Key, Summary]
    contributions: Mapping[int, Summary]
    rows: tuple[GradientRow, ...]
    rows_left_out: int
    activation: ActivationSample | None
    seen: Mapping[Look, Any]


UNSEEN = Observation(NONE, NONE, NONE, (), 0, None, NONE)
"""Of a network that can't be computed there is nothing to see."""


class Observer:
    """Looks at a plan for those who watch it.

    Args:
        plan: runs now and then; looked at in between.
        compiled: what the plan was made of.
        document: the same revision of the document; names are taken from it.

    Attributes:
        due: when `tick` is to be called next while training runs (`time.perf_counter`).
    """

    def __init__(self, plan: Plan, compiled: Compiled, document: Document) -> None:
        self._plan, self._compiled, self._document = plan, compiled, document
        self._watch = Watch(wires=False)
        self._targets: dict[object, Target] = {}
        self._values: dict[Key, Target] = {}
        self._gradients: dict[Key, Target] = {}
        self._contributions: dict[int, Target] = {}
        self._rows: list[tuple[str, Key]] = []
        self._arrays: list[Target] = []
        self._numbers: list[Target] = []
        self._next_array = self._next_number = 0
        self.due = math.inf
        self._activations = Activations(plan, compiled)
        self._activation: ActivationSample | None = None
        self._activation_due = 0.0
        self._sightings = Sightings()

    @property
    def unfinished(self) -> bool:
        """Whether something of a network that stands still needs a further look."""
        return self._sightings.unfinished

    def attend(self, watch: Watch) -> None:
        """Look at what is watched now; what has been seen of it before is remembered."""
        if watch == self._watch:
            return
        if watch.activation != self._watch.activation:
            self._activation, self._activation_due = None, 0.0
        if watch.looks != self._watch.looks:
            self._sightings.attend(watch.looks)
        self._watch = watch
        known, self._targets = self._targets, {}
        self._rows = self._choose_rows() if watch.rows else []
        shown = self._shown_ports() if watch.wires else ()
        keys = tuple(dict.fromkeys((*shown, *(key for _, key in self._rows))))
        self._values = {key: self._target(known, "value", slot, self._plan.value(slot)) for key, slot in self._at(keys)}
        self._gradients = dict(self._find_gradients(known, keys))
        self._contributions = dict(self._find_contributions(known)) if watch.wires else {}
        for target in self._values.values():
            target.want(spread=watch.distributions)
        for target in self._gradients.values():
            target.want(spread=watch.distributions or watch.rows)
        self._arrays = [target for target in self._targets.values() if target.array.size != 1]
        self._numbers = [target for target in self._targets.values() if target.array.size == 1]
        self._next_array = self._next_number = 0
        self.due = time.perf_counter() if self._arrays else math.inf

    def moved(self) -> None:
        """The plan has run again: what is known of its arrays is of an earlier state."""
        for target in self._targets.values():
            target.exact = False
        self._sightings.moved()

    def tick(self, now: float) -> None:
        """Between two training steps, when due: look at the arrays whose turn has come."""
        pause = ROUND_SECONDS / len(self._arrays)
        count = min(len(self._arrays), 1 + int((now - self.due) / pause))
        for _ in range(count):
            self._arrays[self._next_array].sample()
            self._next_array = (self._next_array + 1) % len(self._arrays)
        spent = time.perf_counter() - now
        self.due = max(self.due + count * pause, now + spent / SHARE)

    def seen(self, scene: Scene) -> Observation:
        """What has been seen while training runs; single numbers are those of now."""
        for target in self._numbers_due():
            target.read()
        now = time.perf_counter()
        if self._watch.activation is not None and now >= self._activation_due:
            self._activation = self._activations.sample(self._watch.activation)
            self._activation_due = now + (time.perf_counter() - now) / ACTIVATION_SHARE
        self._sightings.glance(scene)
        return self._observation()

    def look(self, scene: Scene) -> Observation:
        """All that is watched, exactly, of a network that stands still; further looks until stopped."""
        for target in self._targets.values():
            target.look()
        node = self._watch.activation
        self._activation = None if node is None else self._activations.sample(node)
        self._sightings.look(scene)
        return self._observation()

    def _numbers_due(self) -> Iterator[Target]:
        count, first = len(self._numbers), self._next_number
        self._next_number = (first + NUMBERS) % max(1, count)
        return (self._numbers[i % count] for i in range(first, first + min(NUMBERS, count)))

    def _observation(self) -> Observation:
        rows = tuple(self._made_rows())
        return Observation(
            _summaries(self._values),
            _summaries(self._gradients),
            _summaries(self._contributions),
            rows,
            len(self._compiled.slots) - len(rows) if len(self._rows) == ROWS else 0,
            self._activation,
            self._sightings.seen,
        )

    def _made_rows(self) -> Iterator[GradientRow]:
        for name, key in self._rows:
            gradient, value = self._gradients[key].summary, self._values[key].summary
            if gradient is not None and value is not None:
                yield GradientRow(name, *key, gradient.norm, value.norm, gradient.distribution or LONE)

    # ---- what is to be looked at

    @property
    def _whole(self) -> bool:
        return self._watch.nodes is None or self._watch.links is None

    def _shown_ports(self) -> Iterator[Key]:
        """The outputs and weights that are shown, and those whose wires are."""
        slots, document, places = self._compiled.slots, self._document, self._compiled.shapes.places
        if self._whole:
            yield from slots
        chosen = () if self._watch.activation is None else (self._watch.activation,)
        for node in sorted({*(self._watch.nodes or ()), *chosen}):
            place = places.get(node)
            yield from ((node, port.name) for port in (place.outputs if place else ()) if (node, port.name) in slots)
        wires = (document.wires.get(link) for link in sorted(self._watch.links or ()))
        yield from ((w.source, w.output) for w in wires if w is not None and (w.source, w.output) in slots)

    def _at(self, keys: Iterable[Key]) -> Iterator[tuple[Key, Slot]]:
        return ((key, self._compiled.slots[key]) for key in keys)

    def _find_gradients(self, known: Known, keys: Iterable[Key]) -> Iterator[tuple[Key, Target]]:
        for key, slot in self._at(keys):
            gradient = self._plan.gradient(slot)
            if gradient is not None:
                yield key, self._target(known, "gradient", slot, gradient)

    def _find_contributions(self, known: Known) -> Iterator[tuple[int, Target]]:
        wires, nodes = self._compiled.wires, self._plan.graph.nodes
        for link in wires if self._whole else sorted(self._watch.links or ()):
            if link in wires:
                node, position = wires[link]
                share = self._plan.contribution(node, position)
                if share is not None:
                    alone = self._targets.get(("gradient", nodes[node].inputs[position]))
                    same = alone is not None and alone.array is share
                    yield link, alone if same and alone else self._target(known, "share", (node, position), share)

    def _target(self, known: Known, kind: str, place: tuple[int, int], array: Array) -> Target:
        key = kind, place
        if key not in self._targets:
            self._targets[key] = known.get(key) or Target(array)
        return self._targets[key]

    def _choose_rows(self) -> list[tuple[str, Key]]:
        """Outputs and weights with a gradient, in topological order; of too many the weights, then those in view."""
        slots = self._compiled.slots
        keys: Iterable[Key] = slots
        if len(slots) > ROWS:
            weights = (tuple(key.split(".", 1)) for key in self._compiled.parameters)
            shown = () if self._whole else self._shown_ports()
            first = itertools.chain(((int(node), port) for node, port in weights), shown, slots)
            keys = dict.fromkeys(itertools.islice(first, 4 * ROWS))
        flowing = itertools.islice((key for key, slot in self._at(keys) if self._plan.gradient(slot) is not None), ROWS)
        return [(row_name(self._document, *key), key) for key in sorted(flowing, key=slots.__getitem__)]


def observe(plan: Plan, compiled: Compiled, document: Document, watch: Watch) -> Observation:
    """All that is watched of a plan after a forward and a backward pass, exactly."""
    observer = Observer(plan, compiled, document)
    observer.attend(watch)
    return observer.look(Scene(plan, compiled, document, document.training.step, _never))


def _never() -> bool:
    return False


def row_name(document: Document, node_id: int, port: str) -> str:
    """The node's name for its only output ("relu1"), with the port's for others and weights ("dense1.W")."""
    node = document.nodes[node_id]
    outputs = node.kind.outputs
    alone = len(outputs) == 1 and outputs[0].name == port
    return node.name if alone or not outputs else f"{node.name}.{port}"


def _summaries(targets: Mapping[K, Target]) -> dict[K, Summary]:
    return {key: target.summary for key, target in targets.items() if target.summary is not None}
