"""One sample sent through the network: its values and gradients, in place of those of a batch."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.engine.errors import GraphError
from gradstudio.insight.answer import Answer, Output, output_of
from gradstudio.insight.judging import class_names
from gradstudio.insight.parts import part_given, samples_of
from gradstudio.insight.rooms import Rooms, room_of
from gradstudio.insight.twin import Twin, data_of, rows_of
from gradstudio.training.snapshot import Summary
from gradstudio.training.targets import Target

if TYPE_CHECKING:
    from gradstudio.engine.gate import Array
    from gradstudio.engine.graph import Slot
    from gradstudio.engine.supply import Rows
    from gradstudio.training.looks import Scene

Key = tuple[int, str]


@dataclass(frozen=True, eq=False, slots=True)
class SampleSeen:
    """One sample on its way through the network.

    Attributes:
        number: which one, from 0.
        samples: how many there are.
        values: (node, port) -> what is there.
        gradients: (node, port) -> gradient of the objective of this sample alone.
        contributions: wire -> what it alone brings back.
        truth: its true class or number, or None.
        answer: the class or number the network says, or None.
        share: what the network gives the class it says, 0 to 1; None of numbers and of bare scores.
        step: training steps done.
        names: of the classes, where they have some.
    """

    number: int
    samples: int
    values: Mapping[Key, Summary]
    gradients: Mapping[Key, Summary]
    contributions: Mapping[int, Summary]
    truth: float | None
    answer: float | None
    share: float | None
    step: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleLook:
    """A look at one sample.

    Attributes:
        number: which one, from 0.
        part: "training", "validation" or "test"; None for the samples the network's data gives.
    """

    number: int
    part: str | None = None

    def see(self, scene: Scene) -> SampleSeen:
        """Values and gradients of this sample alone, as a trained network treats it.

        Raises:
            GraphError: where there is no such sample, or a gate can't take a single one.
        """
        room = _room(self, scene)
        room.twin.refresh()
        room.twin.plan.run()
        return room.tell(self.number, scene)


def through(look: SampleLook, scene: Scene) -> Scene:
    """The scene with this sample alone in place of the batch: for looks that read a plan themselves.

    Raises:
        GraphError: where there is no such sample, or a gate can't take a single one.
    """
    room = _room(look, scene)
    room.twin.refresh()
    room.twin.plan.run()
    twin, compiled = room.twin, scene.compiled
    slots = {key: twin.slot(slot) for key, slot in compiled.slots.items()}
    wires = {wire: (twin.node(node), position) for wire, (node, position) in compiled.wires.items()}
    return replace(scene, plan=twin.plan, compiled=replace(compiled, slots=slots, wires=wires), update=None)


class _Room:
    """The network for one sample: what stays the same from one look at it to the next."""

    def __init__(self, look: SampleLook, scene: Scene) -> None:
        data, number = _data(look.part, scene), look.number
        self.samples = max((len(array) for array in data.values()), default=0)
        if not data:
            raise GraphError("There are no samples: wire a data set, or a table of numbers, to the network.")
        if not 0 <= number < self.samples:
            raise GraphError(f"There is no sample {number + 1}: the data has {self.samples}.")
        graph = scene.plan.graph
        one = np.array([number])
        fed = {slot: rows_of(array, one).astype(scene.plan.value(slot).dtype) for slot, array in data.items()}
        ends = [slot for slot in scene.compiled.slots.values() if slot.node < len(graph.nodes)]
        self.twin = Twin(scene.plan, fed, ends, graph.objective)
        self.output = _output(scene)
        self.truth = None if self.output is None else _truth(self.output, fed)
        self.names = class_names(scene.document)

    def tell(self, number: int, scene: Scene) -> SampleSeen:
        """What there is now."""
        plan, compiled = self.twin.plan, scene.compiled
        slots = {key: self.twin.slot(slot) for key, slot in compiled.slots.items()}
        gradients = {key: plan.gradient(slot) for key, slot in slots.items()}
        shares = {wire: self._share(*place) for wire, place in compiled.wires.items()}
        answer, share = self._answer()
        return SampleSeen(
            number, self.samples,
            {key: _summed(plan.value(slot)) for key, slot in slots.items()},
            {key: _summed(array) for key, array in gradients.items() if array is not None},
            {wire: _summed(array) for wire, array in shares.items() if array is not None},
            self.truth, answer, share, scene.step, self.names,
        )  # fmt: skip

    def _share(self, node: int, position: int) -> Array | None:
        return self.twin.plan.contribution(self.twin.node(node), position)

    def _answer(self) -> tuple[float | None, float | None]:
        if self.output is None:
            return None, None
        with np.errstate(all="ignore"):
            read = self.output.read(self.twin.plan.value(self.twin.slot(self.output.slot)).astype(np.float64))[0]
        if self.output.kind is Answer.NUMBER:
            return float(read), None
        best = int(read.argmax())
        return float(best), None if self.output.kind is Answer.SCORES else float(read[best])


_ROOMS: Rooms[SampleLook, _Room] = weakref.WeakKeyDictionary()


def _room(look: SampleLook, scene: Scene) -> _Room:
    return room_of(_ROOMS, scene.plan, look, lambda: _Room(look, scene), 1)


def _data(part: str | None, scene: Scene) -> dict[Slot, Array | Rows]:
    """All samples of a part, by the slot they are fed to.

    Raises:
        GraphError: where there is no such part, or some data of the network has none.
    """
    own = data_of(scene)
    if part is None or part == part_given(scene.document):
        return own
    found: dict[Slot, Array | Rows] = {}
    for slot in own:
        found |= samples_of(scene, slot, part)
    return {slot: array for slot, array in found.items() if slot in own}


def _output(scene: Scene) -> Output | None:
    try:
        return output_of(scene)
    except GraphError:
        return None


def _truth(output: Output, fed: Mapping[Slot, Array]) -> float | None:
    known = None if output.target is None else fed.get(output.target)
    return None if known is None or known.size != 1 else float(known.item())


def _summed(array: Array) -> Summary:
    target = Target(array)
    target.look()
    assert target.summary is not None, "it has been looked at"
    return target.summary
