"""The lines of code each gate of a graph contributes to an exported script."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from gradstudio.engine import backprop
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Kind, shape_text
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import live_nodes
from gradstudio.export.names import Names
from gradstudio.export.templates import decided, filled, needed

if TYPE_CHECKING:
    from gradstudio.engine.gate import Gate
    from gradstudio.engine.graph import Graph, GraphNode

RESERVED = (
    "np", "math", "sys", "Path", "file", "arrays", "parameters", "network", "train", "unbroadcast", "gradients",
    "objective", "state", "step", "training", "LEARNING_RATE", "MOMENTUM", "SEED", "STEP",
)  # fmt: skip
DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)


class Lines:
    """Writes the gates of a graph.

    Attributes:
        name: slot -> its name in the code; that of its gradient has a d before it.
        live: nodes a gradient reaches.
        functions: source of the functions that lines call.
        unbroadcasts: whether a line so far uses the helper `unbroadcast`.
        modal: whether a line so far asks for the mode: the step, or whether it is one of training.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.live = live_nodes(graph)
        self.unbroadcasts = self.modal = False
        self._values = backprop.forward(graph)
        self.functions = tuple(dict.fromkeys(code for node in graph.nodes for code in node.gate.numpy_functions))
        self._names = Names((*RESERVED, *(name for code in self.functions for name in DEFINED.findall(code))))
        self.name = {slot: self._names.give(self._wish(slot)) for slot in self._values}
        self._parts = self._contributions()
        self._explained: set[str] = set()

    def leaves(self) -> list[Slot]:
        """Sources and parameters a gradient reaches."""
        return [Slot(i) for i in sorted(self.live) if not self.graph.nodes[i].inputs]

    def source(self, i: int, gate: Gate, dtype: str) -> list[str]:
        """Lines that make the data of a source, or none where it is better written down."""
        node = self.graph.nodes[i]
        slots = {port.name: Slot(i, k) for k, port in enumerate(gate.outputs)}
        words = {port: self.name[slot] for port, slot in slots.items()} | _settings(gate)
        lines = filled(gate.numpy_forward, words)
        if lines and dtype != "float64":
            real = [self.name[slots[port.name]] for port in gate.outputs if port.kind is Kind.REAL]
            lines += [f"{name} = {name}.astype(np.{dtype})" for name in real]
        return [f"# {node.name}: {gate.title}", *lines] if lines else []

    def forward(self, i: int) -> list[str]:
        """The lines that compute a node.

        Raises:
            GraphError: if its gate has no code.
        """
        node = self.graph.nodes[i]
        lines = filled(decided(node.gate.numpy_forward, self._ranks(i)), self._words(i))
        self.modal = self.modal or any(word in node.gate.numpy_forward for word in ("{training}", "{step}"))
        if not lines:
            raise GraphError(f"{node.name}: {node.gate.title} has no NumPy code, so the network can't be exported.")
        shapes = " and ".join(shape_text(shape) for shape in node.shapes)
        return [f"# {node.name}: {node.gate.title}, {shapes}", *lines, ""]

    def advance(self, i: int) -> list[str]:
        """The lines that give a node's state its values after a training step."""
        node = self.graph.nodes[i]
        lines = filled(node.gate.numpy_advance, self._words(i))
        return [*_comment(f"{node.name}: {node.gate.title}"), *lines, ""] if lines else []

    def backward(self, i: int) -> list[str]:
        """The lines that turn the gradient of a node's outputs into those of its inputs."""
        node = self.graph.nodes[i]
        lines = [line for k in range(len(node.shapes)) for line in self._sum(Slot(i, k))]
        if node.inputs:
            targets = self._targets(i)
            wanted = {port for port, parts in targets.items() if any(parts)}
            given = {port: _bundle(node, port, [p or f"_{port}" for p in parts]) for port, parts in targets.items()}
            template = needed(decided(node.gate.numpy_backward, self._ranks(i)), wanted)
            lines += self._zeros(i) if template else []
            lines += filled(template, self._words(i) | self._upstream(i) | given)
            lines += self._fitted(i)
        return [*_comment(f"{node.name}: {self._rule(node)}"), *lines, ""] if lines else []

    def _wish(self, slot: Slot) -> str:
        node = self.graph.nodes[slot.node]
        alone = len(node.shapes) == 1
        return node.name if alone else f"{node.name}.{node.gate.outputs[slot.output].name}"

    def _contributions(self) -> dict[tuple[int, int], str]:
        """(reader, input position) -> name of the gradient that comes back there: the whole one where it's alone."""
        found: dict[tuple[int, int], str] = {}
        for slot, readers in self.graph.consumers.items():
            live = [reader for reader in readers if reader[0] in self.live and self.graph.differentiable(slot)]
            alone = len(live) == 1 and slot not in self.graph.objective
            for i, position in live:
                via = f"d{self.name[slot]}_{self.name[Slot(i)]}"
                found[i, position] = f"d{self.name[slot]}" if alone else self._names.give(via)
        return found

    def _sum(self, slot: Slot) -> list[str]:
        """The line that adds up a gradient, where several wires bring it back or where it starts."""
        parts = [self._parts[r] for r in self.graph.consumers.get(slot, ()) if r in self._parts]
        if slot in self.graph.objective and self.graph.differentiable(slot):
            parts.insert(0, f"np.ones_like({self.name[slot]})")
        gradient = f"d{self.name[slot]}"
        return [] if parts in ([], [gradient]) else [f"{gradient} = {' + '.join(parts)}"]

    def _zeros(self, i: int) -> list[str]:
        """Lines for gradients of the outputs nothing comes back to."""
        slots = [Slot(i, k) for k in range(len(self.graph.nodes[i].shapes))]
        wanted = [slot for slot in slots if self.graph.differentiable(slot) and slot not in self.graph.objective]
        return [f"d{self.name[s]} = np.zeros_like({self.name[s]})" for s in wanted if not self._returns(s)]

    def _returns(self, slot: Slot) -> bool:
        return any(reader in self._parts for reader in self.graph.consumers.get(slot, ()))

    def _places(self, i: int) -> list[tuple[str, list[int]]]:
        """Input ports and weights of a node with the positions of their arrays."""
        node = self.graph.nodes[i]
        ports, weights = node.gate.inputs, node.gate.active_weights()
        further = len(node.inputs) - len(ports) - len(weights)
        counts = [(port.name, 1 + further if port.many else 1) for port in ports]
        places, at = [], 0
        for name, count in (*counts, *((weight.name, 1) for weight in weights)):
            places.append((name, list(range(at, at + count))))
            at += count
        return places

    def _words(self, i: int) -> dict[str, str]:
        node = self.graph.nodes[i]
        read = {
            port: _bundle(node, port, [self.name[node.inputs[p]] for p in positions])
            for port, positions in self._places(i)
        }
        made = {p.name: self.name[Slot(i, k)] for k, p in enumerate(node.gate.outputs)}
        return _settings(node.gate) | _mode(node.gate) | read | made

    def _ranks(self, i: int) -> dict[str, int]:
        """Number of axes of what arrives at each port."""
        node = self.graph.nodes[i]
        return {port: self._values[node.inputs[at[0]]].ndim for port, at in self._places(i)}

    def _upstream(self, i: int) -> dict[str, str]:
        return {f"d{p.name}": f"d{self.name[Slot(i, k)]}" for k, p in enumerate(self.graph.nodes[i].gate.outputs)}

    def _targets(self, i: int) -> dict[str, list[str | None]]:
        """D and the port's name -> names of the gradients wanted there."""
        return {f"d{port}": [self._parts.get((i, p)) for p in positions] for port, positions in self._places(i)}

    def _fitted(self, i: int) -> list[str]:
        """Sums over what was broadcast, for the inputs where that happened."""
        node = self.graph.nodes[i]
        node.gate.forward(*(self._values[slot] for slot in node.inputs))
        made = node.gate.backward(*(np.zeros(shape) for shape in node.shapes))
        lines = []
        for p, gradient in enumerate(made if isinstance(made, (tuple, list)) else (made,)):
            name, value = self._parts.get((i, p)), node.inputs[p]
            if name is not None and gradient is not None and np.shape(gradient) != self._values[value].shape:
                lines.append(f"{name} = unbroadcast({name}, {self.name[value]}.shape)")
        self.unbroadcasts = self.unbroadcasts or bool(lines)
        return lines

    def _rule(self, node: GraphNode) -> str:
        """The gate's rule where it comes up first, its title later."""
        gate = node.gate
        if gate.id in self._explained or not gate.rule:
            return gate.title
        self._explained.add(gate.id)
        return gate.rule


def _comment(text: str) -> list[str]:
    """A comment, folded where it is long."""
    return [f"# {line}" for line in textwrap.wrap(text, 100)]


def _settings(gate: Gate) -> dict[str, str]:
    return {name: _code(getattr(gate, name)) for name in gate.params}


def _mode(gate: Gate) -> dict[str, str]:
    """How the code calls the mode a gate is run in, and the gate's place."""
    place = ", ".join(map(str, gate.place))
    return {"training": "training", "step": "step", "seed": "SEED", "place": place}


def _code(value: Any) -> str:
    """A param in code: texts bare (they choose a function), numbers with all their digits."""
    return value if isinstance(value, str) else repr(value)


def _bundle(node: GraphNode, port: str, names: list[str]) -> str:
    """A name, or a list of names for a port that takes many wires."""
    many = any(p.many and port in (p.name, f"d{p.name}") for p in node.gate.inputs)
    return f"[{', '.join(names)}]" if many else names[0]
