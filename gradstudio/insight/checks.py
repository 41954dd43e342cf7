"""The gradient check of a network or of chosen gates, one array after the other, with the place of each worst entry."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, NodeId
from gradstudio.engine.alone import alone
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Mode
from gradstudio.engine.gradcheck import GradientChecker, NodeCheck, Stopped
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop


@dataclass(frozen=True, slots=True)
class Checked:
    """The check of one array.

    Attributes:
        node: the document's node it belongs to.
        name: of the array: "hidden.W", "relu".
        found: errors and numbers.
    """

    node: NodeId
    name: str
    found: NodeCheck

    @property
    def worst(self) -> str:
        """Where the worst entry is: "hidden.W[2, 5]"; the name alone for a number, or where none was looked at."""
        index = self.found.index
        return f"{self.name}[{', '.join(map(str, index))}]" if index else self.name


class Check:
    """A gradient check under way, in float64, at the step training stands at.

    Args:
        document: one nobody else changes.
        nodes: gates to check, each by itself with a random upstream gradient; none: the whole network as it is.

    Attributes:
        total: number of arrays that are checked.
        random: names of the nodes that draw random numbers: the same at every point, as seed and step stay.

    Raises:
        EngineError: if there is nothing to check, or it can't be computed.
    """

    def __init__(self, document: Document, nodes: Sequence[NodeId] = ()) -> None:
        self.compiled = compile_document(document)
        self.mode = Mode(step=document.training.step, seed=document.settings.seed)
        self.names = {i: node.name for i, node in document.nodes.items()}
        self.checker = GradientChecker(self.compiled.graph, mode=self.mode)
        self.random = tuple(self._random(self.checker.plan))
        self.places = {slot: (node, port) for (node, port), slot in self.compiled.slots.items()}
        self._parts = [self._alone(document, node) for node in nodes]
        self._whole = [] if nodes else [slot for slot in self.checker.slots() if slot in self.places]
        self.total = len(self._whole) + sum(len(chosen) for _, _, chosen in self._parts)
        if not self.total:
            raise GraphError("No array of this network has a gradient.")

    def run(self, stop: Stop) -> Iterator[Checked]:
        """Check one array after the other, until stopped."""
        with contextlib.suppress(Stopped):
            for slot in self._whole:
                node, port = self.places[slot]
                yield Checked(node, self._called(node, port), self.checker.check(slot, stop))
            for node, checker, chosen in self._parts:
                for slot, name in chosen:
                    yield Checked(node, f"{self.names[node]}.{name}", checker.check(slot, stop))

    def _alone(self, document: Document, node: NodeId) -> tuple[NodeId, GradientChecker, list[tuple[Slot, str]]]:
        ports = document.nodes[node].output_ports()
        slot = next((self.compiled.slots[node, p.name] for p in ports if (node, p.name) in self.compiled.slots), None)
        if slot is None or not document.nodes[node].input_ports():
            raise GraphError(f"“{self.names[node]}” has no inputs that are computed, so there is nothing to check.")
        graph, chosen = alone(self.checker.plan, slot.node)
        return node, GradientChecker(graph, mode=self.mode), chosen

    def _called(self, node: NodeId, port: str) -> str:
        single = sum(known == node for known, _ in self.compiled.slots) == 1
        return self.names[node] if single else f"{self.names[node]}.{port}"

    def _random(self, plan: Plan) -> Iterator[str]:
        """The nodes whose values would be others at a later step."""
        later = [Mode(step=self.mode.step + k, seed=self.mode.seed) for k in (1, 2, 3)]
        for i, node in enumerate(plan.graph.nodes):
            if node.inputs and node.gate.outputs and any(_differs(plan, i, mode) for mode in later):
                yield node.name


def _differs(plan: Plan, i: int, mode: Mode) -> bool:
    """Whether a gate, fed the same, gives something else in another mode."""
    node = plan.graph.nodes[i]
    gate = copy.copy(node.gate)
    gate.mode = mode
    with np.errstate(all="ignore"):
        made = gate.forward(*(plan.value(slot) for slot in node.inputs))
    first = np.asarray(made[0] if isinstance(made, tuple) else made)
    return not np.allclose(first, plan.value(Slot(i)), equal_nan=True)
