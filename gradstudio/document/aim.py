"""What is minimised of a document's graph: chosen, or else found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from gradstudio.document.model import Document, NodeId
from gradstudio.document.problem import Problem
from gradstudio.engine.gate import Category, Gate, Kind
from gradstudio.engine.graph import Graph, Slot
from gradstudio.engine.table import Ints


class Aim:
    """What to minimise.

    Args:
        document: what was compiled.
        graph: of its nodes that can be computed.
        slots: (node id, port) -> where its array is.
        gates: of these nodes.
        parameters: positions of the learnable arrays in the graph.
        before: the graph before the last edit, in which every slot had the number it has in this one.

    Attributes:
        loss: the chosen node's outputs; else the ends of the graph that depend on a parameter; else all its ends.
        graph: with the loss as its objective, and with ends that share nothing with it: their circuits get gradients of
            their own beside it.
    """

    def __init__(
        self,
        document: Document,
        graph: Graph,
        slots: Mapping[tuple[NodeId, str], Slot],
        gates: Mapping[NodeId, Gate],
        parameters: Sequence[int],
        before: Graph,
    ) -> None:
        self._document, self._slots, self._gates = document, slots, gates
        self._table, self._nodes = graph.table, graph.nodes
        self._chosen = document.settings.objective
        numbers = self._minimised(np.array(parameters, np.intp))
        beside = self._beside(numbers)
        both = np.concatenate([numbers, beside]) if len(beside) else numbers
        objective = self._at(both, before)
        self.loss = objective[: len(numbers)]
        self.graph = graph.towards(objective, both)
        owners = self._owners(numbers)
        self._losing = owners[np.diff(owners, prepend=-1) != 0]

    def unfinished(self, problems: Sequence[Problem]) -> Problem | None:
        """What keeps the chosen objective, or a node behind the loss, from being computed."""
        document, gates = self._document, self._gates
        if self._chosen in gates or len(gates) == len(document.nodes):
            return None
        by_node = {problem.node: problem for problem in problems}
        missing = dict.fromkeys(self._waiting() if self._chosen is None else [self._chosen])
        for node in (queue := list(missing)):  # grows while it is read: whatever keeps a node waiting lies before it
            if node in by_node:
                return by_node[node]
            waiting = [w.source for w in document.wires_into(node) if w.source not in gates]
            queue += [source for source in waiting if source not in missing]
            missing |= dict.fromkeys(waiting)
        return None

    @property
    def title(self) -> str:
        """What the loss is called."""
        names = [self._nodes[i].name for i in self._losing[:3].tolist()]
        more = len(self._losing) - 2
        return " + ".join(names if more < 2 else [*names[:2], f"{more} more"])

    def classifier(self) -> tuple[Slot, Slot] | None:
        """Scores and labels of the last loss that takes both."""
        for i in reversed(np.flatnonzero(self._table.kinds < 0).tolist()):
            _, gate, inputs, _ = self._nodes[i]
            if gate.category is Category.LOSS and [port.kind for port in gate.inputs] == [Kind.REAL, Kind.LABELS]:
                return inputs[0], inputs[1]
        return None

    def _minimised(self, parameters: Ints) -> Ints:
        gate = None if self._chosen is None else self._gates.get(self._chosen)
        if gate is not None:
            ports = [port.name for port in gate.outputs if port.gradient and port.kind is Kind.REAL]
            return self._table.numbers([self._slots[self._chosen, name] for name in ports])  # type: ignore[index]
        learning = self._table.downstream(parameters)[self._owners(self._ends)]
        return self._ends[learning] if learning.any() else self._ends

    def _beside(self, loss: Ints) -> Ints:
        table = self._table
        lost = np.zeros(len(table.dull), bool)
        lost[loss] = True
        others = self._ends[~lost[self._ends]]
        if not len(others):
            return others
        behind = table.upstream(self._owners(loss[~table.dull[loss]]))
        shared = table.downstream(np.flatnonzero(behind))
        return others[~shared[self._owners(others)]]

    @cached_property
    def _ends(self) -> Ints:
        """The outputs nothing reads and a gradient is defined of, those of sources left out."""
        unread = self._table.unread[~self._table.dull[self._table.unread]]
        owners = self._owners(unread)
        ends = self._table.kinds[owners] >= 0
        ends[~ends] = [bool(self._nodes[i].gate.inputs) for i in owners[~ends].tolist()]
        return unread[ends]

    def _waiting(self) -> list[NodeId]:
        """The nodes the loss would feed, were they computed."""
        last = frozenset(self.loss)
        into = self._document.wires_into
        return [
            node
            for node in self._document.nodes
            if node not in self._gates and any(self._slots.get((w.source, w.output)) in last for w in into(node))
        ]

    def _owners(self, numbers: Ints) -> Ints:
        return self._table.owners[numbers]

    def _at(self, numbers: Ints, before: Graph) -> tuple[Slot, ...]:
        """The slots of these numbers; those that were aimed at before are taken over."""
        known = before.aims
        both = min(len(known), len(numbers))
        head = _alike(known[:both], numbers[:both])
        tail = _alike(known[::-1][: both - head], numbers[::-1][: both - head])
        end = len(known) - tail
        middle = self._among(numbers[head : len(numbers) - tail], known[head:end], before.objective[head:end])
        return (*before.objective[:head], *middle, *before.objective[end:])

    def _among(self, numbers: Ints, known: Ints, slots: tuple[Slot, ...]) -> Iterator[Slot]:
        """The slots of these numbers, some of which may be known."""
        order = np.argsort(known, kind="stable")
        at = np.searchsorted(known, numbers, sorter=order)
        there = np.append(known[order], -1)[at] == numbers
        new = numbers[~there]
        nodes = self._owners(new)
        pool = [*slots, *map(Slot, nodes.tolist(), (new - self._table.first[nodes]).tolist())]
        places = np.empty(len(numbers), np.intp)
        places[there], places[~there] = order[at[there]], len(slots) + np.arange(len(new))
        return map(pool.__getitem__, places.tolist())


def _alike(a: Ints, b: Ints) -> int:
    """How many entries at the beginning are equal."""
    unlike = a != b
    return int(unlike.argmax()) if unlike.any() else len(a)
