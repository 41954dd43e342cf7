"""Which node of one network is which of another: by id first, then by name and kind, last by what it is wired to."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

from gradstudio.document.model import Document, Node, NodeId

Pairs: TypeAlias = dict[int, int]
"""Ids of the first network with those of the second one."""
Ends: TypeAlias = tuple[str, str, str]
"""Which way a wire goes, and its ports."""
MOST_ALIKE = 32
"""Of more neighbours that are wired alike not every one is compared with every other."""


class HasId(Protocol):
    """A record of a document."""

    @property
    def id(self) -> int:
        """Its id."""


R = TypeVar("R", bound=HasId)


def paired(before: Iterable[R], after: Iterable[R], keys: Sequence[Callable[[R], Hashable]]) -> Pairs:
    """Pair records that agree in the first key, of the rest those that agree in the second one, and so on."""
    left, right = {one.id: one for one in before}, {one.id: one for one in after}
    pairs: Pairs = {}
    for key in keys:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for one in reversed(right.values()):
            waiting[key(one)].append(one.id)
        for one in tuple(left.values()):
            if found := waiting.get(key(one)):
                pairs[one.id] = found.pop()
                del left[one.id], right[pairs[one.id]]
    return pairs


def paired_nodes(before: Document, after: Document) -> Pairs:
    """Pair the nodes of two networks.

    A node and its copy have the same id, name and gate. Of the others those of one name and gate are the same, of one
    id and gate (it was renamed), of one name (its gate was replaced); then those of one gate that are wired alike.
    """
    keys: list[Callable[[Node], Hashable]] = [
        lambda node: (node.id, node.gate, node.name),
        lambda node: (node.name, node.gate),
        lambda node: (node.id, node.gate),
        lambda node: node.name,
    ]
    pairs = paired(before.nodes.values(), after.nodes.values(), keys)
    for alike in (_by_ports, _by_id):
        _Spread(before, after, pairs, alike).run()
    return pairs


def _by_ports(node: Node, ends: Ends) -> Hashable:
    return node.gate, ends


def _by_id(node: Node, ends: Ends) -> Hashable:
    return node.id, ends[0]


class _Spread:
    """Pairs neighbours of nodes that are paired, and theirs in turn, where they are alike and wired alike."""

    def __init__(
        self, before: Document, after: Document, pairs: Pairs, alike: Callable[[Node, Ends], Hashable]
    ) -> None:
        self._before, self._after, self._pairs, self._alike = before, after, pairs, alike
        self._taken = set(pairs.values())

    def run(self) -> None:
        """Go on from the pairs there are until nothing more is found."""
        fresh = dict(self._pairs)
        while fresh:
            votes = Counter(pair for a, b in fresh.items() for pair in self._beside(a, b))
            fresh = {}
            for a, b in sorted(votes, key=lambda pair: (-votes[pair], abs(pair[0] - pair[1]), min(pair))):
                if a not in self._pairs and b not in self._taken:
                    self._pairs[a] = fresh[a] = b
                    self._taken.add(b)

    def _beside(self, a: NodeId, b: NodeId) -> Iterator[tuple[NodeId, NodeId]]:
        """Neighbours of two paired nodes that may be the same; of very many those in the same place of their order."""
        ours, theirs = self._around(self._before, a, self._pairs), self._around(self._after, b, self._taken)
        for sign in ours.keys() & theirs.keys():
            left, right = ours[sign], theirs[sign]
            few = max(len(left), len(right)) <= MOST_ALIKE
            yield from itertools.product(left, right) if few else zip(left, right, strict=False)

    def _around(self, doc: Document, node: NodeId, known: Container[NodeId]) -> dict[Hashable, list[NodeId]]:
        """The neighbours without a partner, by what they are and how they are wired."""
        found: dict[Hashable, list[NodeId]] = defaultdict(list)
        for wire in doc.wires_into(node):
            if wire.source not in known:
                found[self._alike(doc.nodes[wire.source], ("from", wire.output, wire.input))].append(wire.source)
        for wire in doc.wires_out_of(node):
            if wire.target not in known:
                found[self._alike(doc.nodes[wire.target], ("to", wire.output, wire.input))].append(wire.target)
        return found
