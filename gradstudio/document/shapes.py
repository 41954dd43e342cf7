"""Shapes predicted over a document, finished or not, before anything is computed or allocated.

`infer` keeps what it found for each document and, after an edit, infers again only what the edit touched and whatever
changes downstream of it. What it returns is never changed afterwards, so any thread may read it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar
from weakref import ReferenceType, WeakKeyDictionary, ref

from gradstudio.document.model import Change, Document, Node, NodeId, Wire, WireId
from gradstudio.document.order import find_cycle, rank_all
from gradstudio.document.places import Place, look
from gradstudio.document.reasons import Finding, Reason
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Shape
from gradstudio.engine.supply import SUPPLY

K = TypeVar("K")
V = TypeVar("V")
_EARLIER = 3
"""So many earlier findings of a document are kept."""

__all__ = ["Place", "Shapes", "infer", "known_of_copy", "remember"]


@dataclass(frozen=True, eq=False)
class Shapes:
    """All that is inferred of a document as it was at one revision; not changed afterwards.

    Attributes:
        revision: of the document.
        graph_revision: of the document.
        places: by node.
        ranks: by node, greater than those of all nodes that feed it; none for `stuck` nodes.
        stuck: nodes on or behind a cycle (which no command makes, but a broken file may hold).
        nodes: the records it was inferred of.
        wires: likewise.
        catalog: at which state of the catalogue.
        troubled: nodes there is a finding of.
    """

    revision: int = -1
    graph_revision: int = -1
    places: Mapping[NodeId, Place] = field(default_factory=dict)
    ranks: Mapping[NodeId, int] = field(default_factory=dict)
    stuck: frozenset[NodeId] = frozenset()
    nodes: Mapping[NodeId, Node] = field(default_factory=dict, repr=False)
    wires: Mapping[WireId, Wire] = field(default_factory=dict, repr=False)
    catalog: int = field(default=-1, repr=False)
    troubled: frozenset[NodeId] = field(default=frozenset(), repr=False)

    def of(self, node: NodeId, port: str) -> Shape | None:
        """The shape an output (or weight) port carries; None where it isn't known."""
        place = self.places.get(node)
        return None if place is None else place.shape(port)

    @cached_property
    def problems(self) -> tuple[Finding, ...]:
        """What keeps nodes from being computed, one finding a node, in the order of node ids."""
        return tuple(self.places[i].finding for i in sorted(self.troubled))  # type: ignore[misc]

    def holds(self, document: Document) -> bool:
        """Whether it is what `infer` would find for the document."""
        if self.graph_revision != document.graph_revision or self.catalog != _memory.catalog:
            return False
        if self.revision == document.revision:
            return True
        return all(self.nodes[i].name == document.nodes[i].name for i in self.troubled)

    def fits(self, document: Document) -> bool:
        """Whether the records it was inferred of are the document's again, places and dots aside."""
        changes = document.changes_since(self.revision)
        if changes is None or (len(self.nodes), len(self.wires)) != (len(document.nodes), len(document.wires)):
            return False
        nodes = {i: (self.nodes.get(i), document.nodes.get(i)) for change in changes for i in change.nodes}
        wires = {i: (self.wires.get(i), document.wires.get(i)) for change in changes for i in change.wires}
        return all(a is b or (b is not None and _same_but_place(a, b)) for a, b in nodes.values()) and all(
            a is b or (a is not None and b is not None and a.ends == b.ends) for a, b in wires.values()
        )


def infer(document: Document) -> Shapes:
    """Shapes, ports and problems of a document as it is now. Asking again costs nothing, after an edit little."""
    known = _memory.by_document.get(document)
    if known is not None and known.holds(document):
        return known
    prior = _memory.prior(document)
    changes = document.changes_since(prior.revision) if prior is known else None
    found = _memory.again(document) or _Update(prior, document).run(changes)
    _memory.keep(document, found)
    return found


def known_of_copy(document: Document, copy: Document) -> None:
    """What is inferred of a document holds for its copy: nothing needs to be found out anew."""
    remember(copy, infer(document))


def remember(copy: Document, shapes: Shapes) -> None:
    """These were inferred of the document this one is a copy of, at the same revision."""
    _memory.by_document[copy] = shapes


class _Update:
    """From what was known to what is true of a document now."""

    def __init__(self, prior: Shapes, document: Document) -> None:
        self.prior = prior
        self.document = document
        self.nodes = _copied(document.nodes)
        self.wires = _copied(document.wires)
        self.places = _copied(prior.places)
        self.ranks = _copied(prior.ranks)
        self.troubled = set(prior.troubled)
        self.stuck: frozenset[NodeId] = frozenset()
        self.waiting: set[NodeId] = set()
        self.heap: list[tuple[int, NodeId]] = []
        self.low: set[NodeId] = set()

    def run(self, changes: Sequence[Change] | None = None) -> Shapes:
        """Infer whatever changed, sources before what they feed; `changes` are those since the prior, where known."""
        dirty = self._dirty(changes)
        self.waiting = dirty
        if self.prior.stuck or len(dirty) > 100:
            self.waiting |= self.prior.stuck & self.nodes.keys()
            self._sweep()
        else:
            self._spread()
        if self.stuck:
            self._show_cycle()
        document = self.document
        return Shapes(
            document.revision, document.graph_revision, self.places, self.ranks, self.stuck,
            self.nodes, self.wires, self.prior.catalog, frozenset(self.troubled),
        )  # fmt: skip

    def _dirty(self, changes: Sequence[Change] | None) -> set[NodeId]:
        prior = self.prior
        if changes is None:
            nodes, wires = _differing(prior.nodes, self.nodes), _differing(prior.wires, self.wires)
        else:
            nodes = {i for change in changes for i in change.nodes}
            wires = {i for change in changes for i in change.wires}
        for i in nodes - self.nodes.keys():
            self.places.pop(i, None)
            self.ranks.pop(i, None)
            self.troubled.discard(i)
        both = ((records.get(i) for records in (prior.wires, self.wires)) for i in wires)
        dirty = {wire.target for records in both for wire in records if wire is not None}
        was, now = prior.nodes.get, self.nodes
        dirty.update(i for i in nodes if i in now and not _same_but_place(was(i), now[i]))
        return dirty & now.keys()

    def _sweep(self) -> None:
        """Rank all nodes, and infer those that wait in that order."""
        self.ranks, self.stuck = rank_all(self.document)
        for node in self.ranks:
            if node in self.waiting and self._find(node, self.document.wires_into(node)):
                self.waiting.update(w.target for w in self.document.wires_out_of(node))

    def _spread(self) -> None:
        """Infer those that wait, the lowest first, and keep the ranks of the others."""
        self.heap = [(self.ranks.setdefault(i, 0), i) for i in self.waiting]
        self.low = set(self.waiting)
        heapq.heapify(self.heap)
        patience = 4 * len(self.nodes) + 100
        while self.heap:
            rank, node = heapq.heappop(self.heap)
            if node in self.waiting and rank == self.ranks[node]:
                self._visit(node, rank)
                patience -= 1
            if patience == 0:  # ranks run away: there is a cycle
                self._sweep()
                return

    def _visit(self, node: NodeId, rank: int) -> None:
        """Infer a node; or, where its sources may rank as high as it, and do, lift it first."""
        wires = self.document.wires_into(node)
        if node in self.low:
            lowest = max((self.ranks[w.source] + 1 for w in wires), default=0)
            if lowest > rank:
                self._lift(node, lowest)
                return
        self.waiting.discard(node)
        if self._find(node, wires):
            self._push([w.target for w in self.document.wires_out_of(node)])

    def _lift(self, node: NodeId, rank: int) -> None:
        self.ranks[node] = rank
        heapq.heappush(self.heap, (rank, node))
        behind = [w.target for w in self.document.wires_out_of(node) if self.ranks[w.target] <= rank]
        self.low.update(behind)
        self._push(behind)

    def _push(self, nodes: Iterable[NodeId]) -> None:
        for node in nodes:
            if node not in self.waiting:
                self.waiting.add(node)
                heapq.heappush(self.heap, (self.ranks[node], node))

    def _find(self, i: NodeId, wires: Sequence[Wire]) -> bool:
        """Infer a node; says whether what it feeds has to be inferred again (what a new node feeds waits anyway)."""
        node, was, old = self.nodes[i], self.prior.nodes.get(i), self.places.get(i)
        same = was is not None and was.gate == node.gate and was.params is node.params
        new = look(node, wires, self.places, self.prior.places[i].gate if same else None)
        self._put(i, new)
        return old is not None and (old.shapes, old.outputs, old.silent) != (new.shapes, new.outputs, new.silent)

    def _put(self, i: NodeId, place: Place) -> None:
        self.places[i] = place
        if place.finding is None:
            self.troubled.discard(i)
        else:
            self.troubled.add(i)

    def _show_cycle(self) -> None:
        """Give the nodes on and behind a cycle their ports, unknown shapes, and the finding where the cycle is."""
        cycle = find_cycle(self.document, self.stuck)
        names = " → ".join(f"“{self.nodes[i].name}”" for i in (*cycle, cycle[0]))
        for i in self.stuck:
            place = look(self.nodes[i], (), {})
            message = f"“{self.nodes[i].name}” is on a cycle: {names}. Take one of its wires away."
            finding = Finding(i, message, Reason.CYCLE) if i in cycle else None
            self._put(i, Place(place.gate, place.inputs, place.outputs, (None,) * len(place.outputs), finding))


def _copied(records: Mapping[K, V]) -> dict[K, V]:
    """A copy; of a dictionary as of a view of one in a hundredth of the time that reading its items takes."""
    return records.copy()  # type: ignore[attr-defined, no-any-return]


def _differing(old: Mapping[K, V], new: Mapping[K, V]) -> set[K]:
    """The ids under which not the very same record is filed."""
    known = old.get
    return (old.keys() - new.keys()) | {i for i, record in new.items() if known(i) is not record}


def _same_but_place(a: Node | None, b: Node) -> bool:
    return a is not None and a.gate == b.gate and a.params is b.params and a.name == b.name and a.muted is b.muted


class _Memory:
    """What was found last, for each document and in all; `catalog` counts changes of catalogue and data at hand."""

    def __init__(self) -> None:
        self.by_document: WeakKeyDictionary[Document, Shapes] = WeakKeyDictionary()
        self.before: WeakKeyDictionary[Document, deque[Shapes]] = WeakKeyDictionary()
        self.latest: ReferenceType[Shapes] | None = None
        self.catalog = 0
        CATALOG.listeners.append(self._catalog_changed)
        SUPPLY.listeners.append(self._catalog_changed)

    def _catalog_changed(self) -> None:
        self.catalog += 1

    def prior(self, document: Document) -> Shapes:
        """The nearest thing to begin with: a copy of a document shares its records, so they are known already."""
        known = self.by_document.get(document)
        if known is None and self.latest is not None:
            known = self.latest()
        return known if known is not None and known.catalog == self.catalog else Shapes(catalog=self.catalog)

    def again(self, document: Document) -> Shapes | None:
        """What was found when the document was as it is now, a few edits ago: undo leads back there."""
        for shapes in self.before.get(document, ()):
            if shapes.catalog == self.catalog and shapes.fits(document):
                return replace(shapes, revision=document.revision, graph_revision=document.graph_revision)
        return None

    def keep(self, document: Document, found: Shapes) -> None:
        """Remember it."""
        last = self.by_document.get(document)
        if last is not None:
            self.before.setdefault(document, deque(maxlen=_EARLIER)).appendleft(last)
        self.by_document[document] = found
        self.latest = ref(found)


_memory = _Memory()
