"""Which node comes before which: ranks, cycles and reachability, made for asking often at thousands of nodes."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping

from gradstudio.document.model import Document, NodeId, WireId


def rank_all(document: Document) -> tuple[dict[NodeId, int], frozenset[NodeId]]:
    """The rank of every node (greater than those of all nodes that feed it), and the nodes on or behind a cycle.

    The latter have no rank. The ranks come in an order in which every node follows all that feed it.
    """
    waiting = dict.fromkeys(document.nodes, 0)
    fed: dict[NodeId, list[NodeId]] = {}
    for wire in document.wires.values():
        waiting[wire.target] += 1
        fed.setdefault(wire.source, []).append(wire.target)
    ready = [node for node, count in waiting.items() if count == 0]
    ranks = dict.fromkeys(ready, 0)
    for node in ready:  # grows while it is read
        for target in fed.get(node, ()):
            ranks[target] = max(ranks.get(target, 0), ranks[node] + 1)
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    stuck = frozenset(node for node, count in waiting.items() if count) if len(ready) < len(waiting) else frozenset()
    return {node: ranks[node] for node in ready}, stuck


def find_cycle(document: Document, stuck: Collection[NodeId]) -> tuple[NodeId, ...]:
    """One cycle in the direction of its wires, given the nodes without a rank."""
    node = min(stuck)
    seen: dict[NodeId, None] = {}
    while node not in seen:
        seen[node] = None
        node = next(wire.source for wire in document.wires_into(node) if wire.source in stuck)
    walked = list(seen)
    return tuple(reversed(walked[walked.index(node) :]))


def reached(document: Document, nodes: Iterable[NodeId], *, upstream: bool) -> list[NodeId]:
    """All nodes these depend on (or that depend on them), themselves included, the nearest first."""
    found = dict.fromkeys(nodes)
    for here in (queue := list(found)):  # grows while it is read
        if upstream:
            near = dict.fromkeys(wire.source for wire in document.wires_into(here) if wire.source not in found)
        else:
            near = dict.fromkeys(wire.target for wire in document.wires_out_of(here) if wire.target not in found)
        found |= near
        queue += near
    return queue


def connected(document: Document, node: NodeId) -> list[NodeId]:
    """All nodes that wires connect with this one somehow, itself first."""
    found = {node: None}
    for here in (queue := [node]):  # grows while it is read
        ends = [wire.source for wire in document.wires_into(here)]
        ends += [wire.target for wire in document.wires_out_of(here)]
        near = dict.fromkeys(end for end in ends if end not in found)
        found |= near
        queue += near
    return queue


class Walk:
    """All nodes that lead to a node (or that it leads to), found only as far as somebody asks.

    The walk goes by rank and stops at the rank of the node asked for; what it has found is kept, so that one walk
    serves all questions of a gesture (as long as the document stays the same).
    """

    def __init__(
        self,
        ranks: Mapping[NodeId, int],
        start: NodeId,
        *,
        upstream: bool,
        without: WireId | None = None,
    ) -> None:
        self._ranks = ranks
        self._sign = -1 if upstream else 1
        self._without = without
        self._start = start
        self._via: dict[NodeId, NodeId] = {start: start}
        self._frontier = [(self._sign * ranks.get(start, 0), start)]

    @property
    def found(self) -> int:
        """How many nodes were looked at so far."""
        return len(self._via)

    def reaches(self, document: Document, node: NodeId) -> bool:
        """Whether the node leads to the start (or the start to it); a node reaches itself."""
        limit = self._sign * self._ranks.get(node, 0)
        while node not in self._via and self._frontier and self._frontier[0][0] <= limit:
            _, here = heapq.heappop(self._frontier)
            for near in self._neighbours(document, here):
                if near not in self._via:
                    self._via[near] = here
                    heapq.heappush(self._frontier, (self._sign * self._ranks.get(near, 0), near))
        return node in self._via

    def path(self, node: NodeId, most: int = 4) -> tuple[NodeId | None, ...]:
        """The nodes between, both ends included, in the direction of the wires; for a node that is reached.

        Of a way of more than `most` nodes only the ends are told, with None for what lies between.
        """
        nodes: list[NodeId | None] = [node]
        while (near := self._via[node]) != node:
            if len(nodes) == most:
                nodes[1:] = [None, self._start]
                break
            nodes.append(near)
            node = near
        return tuple(nodes) if self._sign < 0 else tuple(reversed(nodes))

    def _neighbours(self, document: Document, node: NodeId) -> Iterator[NodeId]:
        if self._sign < 0:
            return (w.source for w in document.wires_into(node) if w.id != self._without)
        return (w.target for w in document.wires_out_of(node) if w.id != self._without)
