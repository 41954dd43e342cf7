"""What is minimised of a document's graph: chosen, or else found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from gradstudio.document.model import Document, NodeId
from gradstudio.document.problem import Problem
from gradstudio.engine.gate import Category, Gate, Kind
from gradstudio.engine.graph import Graph, Slot
from gradstudio.engine.table import Ints


class Aim:
    """Finds what to minimise.

    Args:
        document: what was compiled.
        graph: of its nodes that can be computed.
        slots: (node id, port) -> where its array is.
        gates: of these nodes, in the order of the graph.
    """

    def __init__(
        self,
        document: Document,
        graph: Graph,
        slots: Mapping[tuple[NodeId, str], Slot],
        gates: Mapping[NodeId, Gate],
    ) -> None:
        self._document, self._graph, self._slots, self._gates = document, graph, slots, gates
        self._table = graph.table
        self._chosen = document.settings.objective

    def loss(self, parameters: Sequence[int]) -> tuple[Slot, ...]:
        """The chosen node's outputs; else the ends of the graph that depend on a parameter; else all its ends.

        Args:
            parameters: positions of the learnable arrays in the graph.
        """
        gate = None if self._chosen is None else self._gates.get(self._chosen)
        if gate is not None:
            ports = [port.name for port in gate.outputs if port.gradient and port.kind is Kind.REAL]
            return tuple(self._slots[self._chosen, name] for name in ports)  # type: ignore[index]
        learning = self._table.downstream(np.array(parameters, np.intp))[self._owners(self._ends)]
        return self._at(self._ends[learning] if learning.any() else self._ends)

    def beside(self, loss: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """Ends that share nothing with the loss: their circuits get gradients of their own beside it."""
        table, numbers = self._table, self._table.numbers(loss)
        others = np.setdiff1d(self._ends, numbers) if len(numbers) < len(self._ends) or self._chosen else self._ends[:0]
        if not len(others):
            return ()
        behind = table.upstream(self._owners(numbers[~table.dull[numbers]]))
        shared = table.downstream(np.flatnonzero(behind))
        return self._at(others[~shared[self._owners(others)]])

    def unfinished(self, loss: tuple[Slot, ...], problems: Sequence[Problem]) -> Problem | None:
        """What keeps the chosen objective, or a node behind the loss, from being computed."""
        document, gates = self._document, self._gates
        if self._chosen in gates or len(gates) == len(document.nodes):
            return None
        by_node = {problem.node: problem for problem in problems}
        missing = dict.fromkeys(self._waiting_for(loss) if self._chosen is None else [self._chosen])
        for node in (queue := list(missing)):  # grows while it is read: whatever keeps a node waiting lies before it
            if node in by_node:
                return by_node[node]
            waiting = [w.source for w in document.wires_into(node) if w.source not in gates]
            queue += [source for source in waiting if source not in missing]
            missing |= dict.fromkeys(waiting)
        return None

    def title(self, slots: tuple[Slot, ...]) -> str:
        """What some slots are called together."""
        nodes = list(dict.fromkeys([slot.node for slot in slots]))
        names = [self._graph.nodes[i].name for i in nodes[:3]]
        return " + ".join(names if len(nodes) <= 3 else [*names[:2], f"{len(nodes) - 2} more"])

    def classifier(self) -> tuple[Slot, Slot] | None:
        """Scores and labels of the last loss that takes both."""
        losses = [node for node, gate in self._gates.items() if gate.category is Category.LOSS]
        for node in reversed(losses):
            gate = self._gates[node]
            if [port.kind for port in gate.inputs] == [Kind.REAL, Kind.LABELS]:
                scores, labels = self._graph.nodes[self._slots[node, gate.outputs[0].name].node].inputs
                return scores, labels
        return None

    @cached_property
    def _ends(self) -> Ints:
        """Numbers of the outputs nothing reads and a gradient is defined of, those of sources left out."""
        unread, nodes = self._table.unread, self._graph.nodes
        unread = unread[~self._table.dull[unread]]
        return unread[[bool(nodes[i].gate.inputs) for i in self._owners(unread).tolist()]]

    def _waiting_for(self, loss: tuple[Slot, ...]) -> list[NodeId]:
        """The nodes the loss would feed, were they computed."""
        last = frozenset(loss)
        into = self._document.wires_into
        return [
            node
            for node in self._document.nodes
            if node not in self._gates and any(self._slots.get((w.source, w.output)) in last for w in into(node))
        ]

    def _owners(self, numbers: Ints) -> Ints:
        return self._table.owners[numbers]

    def _at(self, numbers: Ints) -> tuple[Slot, ...]:
        nodes = self._owners(numbers)
        return tuple(map(Slot, nodes.tolist(), (numbers - self._table.first[nodes]).tolist()))
