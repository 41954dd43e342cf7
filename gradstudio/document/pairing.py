"""Which node of one network is which of another: by id first, then by name and kind, last by what it is wired to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar

from gradstudio.document.model import Document, Node, NodeId

Pairs: TypeAlias = dict[int, int]
"""Ids of the first network with those of the second one."""


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
    for alike in (lambda node: node.gate, lambda node: node.id):
        while found := dict(_wired_alike(before, after, pairs, alike)):
            pairs |= found
    return pairs


def _wired_alike(
    before: Document, after: Document, pairs: Pairs, alike: Callable[[Node], Hashable]
) -> Iterator[tuple[NodeId, NodeId]]:
    """Nodes without a partner that agree in something and have a neighbour in common, the best ones first come."""
    same = {i: i for i in pairs.values()}
    index: dict[Hashable, list[NodeId]] = defaultdict(list)
    for node in after.nodes.values():
        if node.id not in same:
            for sign in _signs(after, node, same):
                index[alike(node), sign].append(node.id)
    votes: Counter[tuple[NodeId, NodeId]] = Counter()
    for node in before.nodes.values():
        if node.id not in pairs:
            votes.update((node.id, i) for sign in _signs(before, node, pairs) for i in index[alike(node), sign])
    left: set[NodeId] = set()
    right: set[NodeId] = set()
    for a, b in sorted(votes, key=lambda pair: (-votes[pair], abs(pair[0] - pair[1]), min(pair))):
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
            yield a, b


def _signs(doc: Document, node: Node, known: Mapping[NodeId, NodeId]) -> list[Hashable]:
    """The neighbours of a node that are known in the other network, under their ids there."""
    before = [("from", known[w.source]) for w in doc.wires_into(node.id) if w.source in known]
    return [*before, *(("to", known[w.target], w.input) for w in doc.wires_out_of(node.id) if w.target in known)]
