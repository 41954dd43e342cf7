"""Step-through: one pass forward and one backward, gate by gate. Qt-free.

Nothing is computed here. A snapshot holds all values and gradients already; what a position says is how much of them is
revealed: after position k of F the first k nodes have their values, after F + k the last k nodes of the way back have
handed their gradients on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gradstudio.document.compile import topological
from gradstudio.document.model import Document, NodeId, WireId
from gradstudio.training.snapshot import ActivationSample, Snapshot

K = TypeVar("K")
V = TypeVar("V")
Port = tuple[NodeId, str]


class Stepping:
    """The order in which a network is computed, and what is known at each position of it.

    Args:
        document: what feeds what.
        snapshot: all numbers of it.

    Attributes:
        document: the same.
        snapshot: the same.
        forward: the nodes that have values, each after all that feed it.
        backward: the nodes through which gradients flow, and those where several of them add, each after all it feeds.
        numbers: the place of each node in `forward`, from 1.
    """

    def __init__(self, document: Document, snapshot: Snapshot) -> None:
        self.document, self.snapshot = document, snapshot
        valued = {node for node, _ in snapshot.values}
        flowing = {node for node, _ in snapshot.gradients}
        self.forward = tuple(node.id for node in topological(document) if node.id in valued)
        self.backward = tuple(i for i in reversed(self.forward) if i in flowing and self._worth_a_step(i))
        self.numbers = {node: k for k, node in enumerate(self.forward, 1)}
        self._gradients: dict[Port, int] = {}
        self._back = {node: len(self.forward) + k for k, node in enumerate(self.backward, 1)}

    def _worth_a_step(self, node: NodeId) -> bool:
        """Whether anything happens at a node on the way back: it hands gradients on, or several add at it."""
        shares, document = self.snapshot.contributions, self.document
        if any(wire.id in shares for wire in document.wires_into(node)):
            return True
        out = [wire.output for wire in document.wires_out_of(node) if wire.id in shares]
        record = document.nodes[node]
        return len(out) > len(set(out)) or (record.known and bool(record.kind.weights and record.kind.inputs))

    @property
    def turn(self) -> int:
        """The turning point: every value is there, no gradient yet."""
        return len(self.forward)

    @property
    def end(self) -> int:
        """The last position: everything is revealed."""
        return len(self.forward) + len(self.backward)

    def fits(self, snapshot: Snapshot) -> bool:
        """Whether a newer snapshot holds numbers of the same places, so that the order stays."""
        old = self.snapshot
        return (
            old.revision == snapshot.revision
            and old.values.keys() == snapshot.values.keys()
            and old.gradients.keys() == snapshot.gradients.keys()
            and old.contributions.keys() == snapshot.contributions.keys()
        )

    def renewed(self, snapshot: Snapshot) -> Stepping:
        """The same order with newer numbers."""
        twin = copy.copy(self)
        twin.snapshot = snapshot
        return twin

    def at(self, position: int) -> Moment:
        """What is known at a position; one beyond an end is that end."""
        return Moment(self, min(max(position, 0), self.end))

    def same_order(self, other: Stepping) -> bool:
        """Whether positions of the other one mean the same here."""
        return self.forward == other.forward and self.backward == other.backward

    def value_known(self, node: NodeId) -> int:
        """From which position on a node's value is there."""
        return self.numbers.get(node, self.end + 1)

    def share_known(self, wire: WireId) -> int:
        """From which position on it is known what a wire brings back."""
        record = self.document.wires.get(wire)
        return self.end + 1 if record is None else self._back.get(record.target, self.end + 1)

    def gradient_known(self, node: NodeId, port: str) -> int:
        """From which position on the whole gradient at an output or weight is known: once all its shares are."""
        known = self._gradients.get((node, port))
        if known is None:
            known = self._gradients[node, port] = self._found_gradient(node, port)
        return known

    def _found_gradient(self, node: NodeId, port: str) -> int:
        shares = self.snapshot.contributions
        out = (w for w in self.document.wires_out_of(node) if w.output == port and w.id in shares)
        known = [self.share_known(wire.id) for wire in out]
        record = self.document.nodes.get(node)
        inner = record is not None and record.known and any(w.name == port for w in record.kind.weights)
        if inner or not known:
            known.append(self._back.get(node, self.turn + 1))
        return max(known)

    def settled(self, node: NodeId) -> int:
        """From which position on nothing is left to happen at a node on the way back; 0 where nothing does."""
        if node in self._back:
            return self._back[node]
        ports = self.document.nodes[node].output_ports() if node in self.document.nodes else ()
        known = (self.gradient_known(node, p.name) for p in ports if (node, p.name) in self.snapshot.gradients)
        return max(known, default=0)


@dataclass(frozen=True, eq=False, slots=True)
class Moment:
    """One position of a step-through.

    Attributes:
        stepping: of which it is one.
        position: from 0 (nothing is known) to `stepping.end` (everything is).
    """

    stepping: Stepping
    position: int

    @property
    def is_backward(self) -> bool:
        """Whether it lies behind the turning point."""
        return self.position > self.stepping.turn

    @property
    def active(self) -> NodeId | None:
        """The node that has just been computed; None at the start."""
        if not self.position:
            return None
        steps = self.stepping
        return steps.backward[self.position - steps.turn - 1] if self.is_backward else steps.forward[self.position - 1]

    def dims(self, node: NodeId) -> bool:
        """Whether a node has its turn still before it."""
        steps = self.stepping
        return self.position < (steps.settled(node) if self.is_backward else steps.numbers.get(node, 0))

    def dims_wire(self, wire: WireId) -> bool:
        """Whether nothing has come along a wire yet: its value on the way forward."""
        record = self.stepping.document.wires.get(wire)
        return record is not None and not self.has_value(record.source)

    def has_value(self, node: NodeId) -> bool:
        """Whether a node has had its turn on the way forward; one that can't be computed counts as such."""
        return self.position >= self.stepping.numbers.get(node, 0)

    def arriving(self) -> frozenset[WireId]:
        """The wires along which something arrives now: values forward, gradients backward."""
        active, document = self.active, self.stepping.document
        if active is None or active not in document.nodes:
            return frozenset()
        if not self.is_backward:
            return frozenset(wire.id for wire in document.wires_out_of(active))
        shares = self.stepping.snapshot.contributions
        return frozenset(wire.id for wire in document.wires_into(active) if wire.id in shares)

    def shows_value(self, key: Port) -> bool:
        """Whether the value at an output or weight is known."""
        return self.position >= self.stepping.value_known(key[0])

    def shows_gradient(self, key: Port) -> bool:
        """Whether the whole gradient there is."""
        return self.is_backward and self.position >= self.stepping.gradient_known(*key)

    def shows_share(self, wire: WireId) -> bool:
        """Whether what a wire brings back is known."""
        return self.is_backward and self.position >= self.stepping.share_known(wire)

    def veil(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what is known so far, and nothing else."""
        return replace(
            snapshot,
            values=Sieve(snapshot.values, self.shows_value),
            gradients=Sieve(snapshot.gradients, self.shows_gradient),
            contributions=Sieve(snapshot.contributions, self.shows_share),
            rows=tuple(row for row in snapshot.rows if self.shows_gradient((row.node, row.port))),
            loss=snapshot.loss if self.position >= self.stepping.turn else None,
            activation=snapshot.activation if self._tells(snapshot.activation) else None,
        )

    def _tells(self, sample: ActivationSample | None) -> bool:
        return sample is not None and self.has_value(sample.node)


class Sieve(Mapping[K, V]):
    """A mapping of which only some keys are seen; made in no time, whatever its size."""

    def __init__(self, whole: Mapping[K, V], shows: Callable[[K], bool]) -> None:
        self._whole, self._shows = whole, shows

    def __getitem__(self, key: K) -> V:
        if key in self._whole and self._shows(key):
            return self._whole[key]
        raise KeyError(key)

    def __contains__(self, key: Any) -> bool:
        return key in self._whole and self._shows(key)

    def __iter__(self) -> Iterator[K]:
        return (key for key in self._whole if self._shows(key))

    def __len__(self) -> int:
        return sum(map(self._shows, self._whole))

    def __bool__(self) -> bool:
        return any(map(self._shows, self._whole))
