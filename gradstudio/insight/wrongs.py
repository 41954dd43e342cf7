"""Wrong answers and the rules they break: each is worked out with the network's own numbers. Qt-free."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.running import unbroadcast

if TYPE_CHECKING:
    from gradstudio.document.compile import Compiled
    from gradstudio.document.model import Document
    from gradstudio.engine.plan import Plan

Edge: TypeAlias = tuple[int, int]
"""A node of the graph and one of its inputs."""
MOST_SHARES = 5
"""Of at most so many shares every incomplete sum is tried."""
MOST_FACTORS = 40
"""So far the way to what is minimised is followed, to look for a factor that was forgotten."""


class Mistake(StrEnum):
    """The rule a wrong answer likely breaks."""

    FORK = "forgot to add at the fork"
    TOTAL = "the sum in place of this wire's share"
    SWAPPED = "swapped the inputs"
    UPSTREAM = "forgot the upstream factor"
    LOCAL = "forgot the local factor"
    FACTOR = "forgot a factor"
    ADDED = "added where it is multiplied"
    SIGN = "wrong sign"
    VALUE = "the value in place of the gradient"
    GRADIENT = "the gradient in place of the value"
    INPUT = "an input in place of the output"
    OPERATION = "another operation"
    AVERAGE = "forgot that the loss is a mean"
    TRANSPOSED = "the transpose"
    SHAPE = "wrong shape"
    ROUNDED = "rounded too early"


class Wrong(NamedTuple):
    """A wrong answer, the rule that leads to it when it is broken, and what to say then."""

    mistake: Mistake
    answer: Array
    sentence: str


class Surroundings:
    """What lies around a slot in a plan that has run."""

    def __init__(self, plan: Plan, compiled: Compiled, document: Document) -> None:
        self.plan, self.compiled, self.document = plan, compiled, document

    @cached_property
    def _readers(self) -> dict[Slot, list[Edge]]:
        found: dict[Slot, list[Edge]] = {}
        for i, node in enumerate(self.plan.graph.nodes):
            for position, slot in enumerate(node.inputs):
                found.setdefault(slot, []).append((i, position))
        return found

    def edges(self, slot: Slot) -> list[Edge]:
        """Where a slot is read and a gradient comes back from."""
        return [edge for edge in self._readers.get(slot, ()) if self.plan.contribution(*edge) is not None]

    def shares(self, slot: Slot) -> list[Array]:
        """What comes back to a slot along each of its wires, and the 1 of what is minimised."""
        found = [share for edge in self.edges(slot) if (share := self.plan.contribution(*edge)) is not None]
        if slot in self.plan.graph.objective:
            found.append(np.ones_like(self.plan.value(slot)))
        return found

    def name(self, node: int) -> str:
        """What a node of the graph is called."""
        return self.plan.graph.nodes[node].name

    def upstream(self, node: int) -> list[Array]:
        """The gradients at the outputs of a node; zeros where none flows."""
        slots = [Slot(node, k) for k in range(len(self.plan.graph.nodes[node].shapes))]
        found = ((self.plan.gradient(slot), self.plan.value(slot)) for slot in slots)
        return [np.zeros_like(value) if gradient is None else gradient for gradient, value in found]

    def handed(self, node: int, upstream: Sequence[Array]) -> list[Array | None]:
        """What a node would hand back to its inputs for these upstream gradients; nothing where it can't be asked."""
        record = self.plan.graph.nodes[node]
        x = [self.plan.value(slot) for slot in record.inputs]
        gate = copy.copy(record.gate)
        try:
            with np.errstate(all="ignore"):
                gate.forward(*x)
                made = gate.backward(*upstream)
        except EngineError:
            return [None] * len(x)
        parts = made if isinstance(made, (tuple, list)) else (made,)
        return [
            None if part is None else unbroadcast(np.asarray(part), array.shape)
            for part, array in zip(parts, x, strict=True)
        ]

    def local(self, edge: Edge) -> Array | None:
        """The local gradient of an input: what would come back for an upstream gradient of 1."""
        node, position = edge
        return self.handed(node, [np.ones_like(g) for g in self.upstream(node)])[position]

    def rule(self, node: int) -> str:
        """A gate's backward pass in words."""
        return self.plan.graph.nodes[node].gate.rule


def gradient_wrongs(around: Surroundings, slot: Slot, edge: Edge | None) -> Iterator[Wrong]:
    """Wrong answers for the gradient at a slot, or for what one edge alone brings back to it."""
    if edge is not None:
        yield from _total(around, slot, edge)
        yield from _edge_wrongs(around, edge)
    else:
        edges, shares = around.edges(slot), around.shares(slot)
        yield from _forks(around.name(slot.node), shares)
        if len(shares) == 1 and edges:
            yield from _edge_wrongs(around, edges[0])
        elif edges:
            yield from _local_sum(around, edges)
    right = around.plan.gradient(slot) if edge is None else around.plan.contribution(*edge)
    if right is not None:
        yield Wrong(Mistake.SIGN, -right, "The size is right, the sign isn't.")
        samples = around.compiled.samples
        if samples:
            said = f"The loss is a mean over {samples} samples: the factor 1/{samples} is missing."
            yield Wrong(Mistake.AVERAGE, right * samples, said)
    yield Wrong(
        Mistake.VALUE, around.plan.value(slot), "That is the value, which flows forward; the gradient is asked."
    )


def value_wrongs(around: Surroundings, slot: Slot) -> Iterator[Wrong]:
    """Wrong answers for the value at a slot."""
    plan = around.plan
    right, gradient = plan.value(slot), plan.gradient(slot)
    record = plan.graph.nodes[slot.node]
    inputs = [plan.value(s) for s in record.inputs]
    yield from _swapped_values(around, slot, inputs)
    yield Wrong(Mistake.SIGN, -right, "The size is right, the sign isn't.")
    if gradient is not None:
        yield Wrong(Mistake.GRADIENT, gradient, "That is the gradient, which flows back; the value is asked.")
    said = f"That is what goes into {record.name}; {record.gate.title} has still to be applied."
    yield from (Wrong(Mistake.INPUT, value, said) for value in inputs)
    yield from _operations(record.name, inputs)


def _total(around: Surroundings, slot: Slot, edge: Edge) -> Iterator[Wrong]:
    total = around.plan.gradient(slot)
    if total is not None and len(around.shares(slot)) > 1:
        said = (
            f"That is the sum of all that comes back to {around.name(slot.node)}; "
            f"this wire brings back only what comes from {around.name(edge[0])}."
        )
        yield Wrong(Mistake.TOTAL, total, said)


def _forks(name: str, shares: Sequence[Array]) -> Iterator[Wrong]:
    """Sums that leave shares out."""
    said = f"The value of {name} goes {len(shares)} ways: the gradients that come back along them add."
    for share in _partial_sums(shares):
        yield Wrong(Mistake.FORK, share, said)


def _partial_sums(shares: Sequence[Array]) -> Iterator[Array]:
    count = len(shares)
    sizes = range(1, count) if count <= MOST_SHARES else (1, count - 1)
    for size in sizes:
        for chosen in itertools.combinations(shares, size):
            yield sum(chosen[1:], chosen[0])


def _local_sum(around: Surroundings, edges: Sequence[Edge]) -> Iterator[Wrong]:
    """The local gradients of several gates added, without what comes from above them."""
    locals_ = [found for edge in edges if (found := around.local(edge)) is not None]
    if len(locals_) == len(edges):
        said = "These are the local gradients; each is multiplied by its gate's upstream gradient before they add."
        yield Wrong(Mistake.UPSTREAM, sum(locals_[1:], locals_[0]), said)


def _edge_wrongs(around: Surroundings, edge: Edge) -> Iterator[Wrong]:
    """Wrong answers for what one edge brings back."""
    node, position = edge
    name, rule, upstream = around.name(node), around.rule(node), around.upstream(node)
    local, right = around.local(edge), around.plan.contribution(*edge)
    if local is not None:
        said = f"That is the local gradient of {name}; multiply it by the upstream one, the gradient at {name}."
        yield Wrong(Mistake.UPSTREAM, local, said)
    yield from _upstream_forks(around, edge)
    if len(upstream) == 1:
        said = f"That is the upstream gradient at {name}, handed on as it is; multiply it by the local one. {rule}"
        yield Wrong(Mistake.LOCAL, upstream[0], said.rstrip())
    for other in range(len(around.plan.graph.nodes[node].inputs)):
        share = around.plan.contribution(node, other)
        if other != position and share is not None:
            said = f"That is what {name} hands to its other input: the two are swapped. {rule}"
            yield Wrong(Mistake.SWAPPED, share, said.rstrip())
    if local is not None and len(upstream) == 1 and local.shape == upstream[0].shape:
        said = "Local and upstream gradient are multiplied; here they were added."
        yield Wrong(Mistake.ADDED, local + upstream[0], said)
    if right is not None and right.size == 1:
        yield from _factors(around, edge, right)


def _upstream_forks(around: Surroundings, edge: Edge) -> Iterator[Wrong]:
    """The gate's output goes several ways, and not all that comes back was added before it was multiplied."""
    node, position = edge
    shares = around.shares(Slot(node, 0))
    if len(around.plan.graph.nodes[node].shapes) != 1 or not 1 < len(shares) <= MOST_SHARES:
        return
    said = f"The value of {around.name(node)} goes {len(shares)} ways: add what comes back there before you go on."
    for part in _partial_sums(shares):
        made = around.handed(node, [part])[position]
        if made is not None:
            yield Wrong(Mistake.FORK, made, said)


def _factors(around: Surroundings, edge: Edge, right: Array) -> Iterator[Wrong]:
    """The product along the way back without one of its factors, as long as the way doesn't branch."""
    here = edge
    for _ in range(MOST_FACTORS):
        out = Slot(here[0], 0)
        local = around.local(here)
        if local is None or local.size != 1 or not local.all():
            return
        said = f"A factor is missing: the local gradient of {around.name(here[0])}."
        yield Wrong(Mistake.FACTOR, right / local.reshape(right.shape), said)
        shares, edges = around.shares(out), around.edges(out)
        if len(shares) != 1 or len(edges) != 1:
            return
        here = edges[0]


def _swapped_values(around: Surroundings, slot: Slot, inputs: Sequence[Array]) -> Iterator[Wrong]:
    if len(inputs) != 2 or inputs[0].shape != inputs[1].shape:
        return
    record = around.plan.graph.nodes[slot.node]
    try:
        with np.errstate(all="ignore"):
            made = copy.copy(record.gate).forward(inputs[1], inputs[0])
    except EngineError:
        return
    if not isinstance(made, tuple):
        said = f"The inputs of {record.name} are swapped: the order matters to {record.gate.title}."
        yield Wrong(Mistake.SWAPPED, np.asarray(made), said)


_OPERATIONS: tuple[tuple[str, Callable[[Array, Array], Array]], ...] = (
    ("sum", np.add), ("product", np.multiply), ("difference", np.subtract), ("larger one", np.maximum),
    ("smaller one", np.minimum),
)  # fmt: skip


def _operations(name: str, inputs: Sequence[Array]) -> Iterator[Wrong]:
    """What another gate would make of two inputs."""
    if len(inputs) != 2 or inputs[0].shape != inputs[1].shape or inputs[0].dtype.kind != "f":
        return
    for title, operation in _OPERATIONS:
        said = f"That is the {title} of its inputs; look again at which gate {name} is."
        yield Wrong(Mistake.OPERATION, operation(*inputs), said)
