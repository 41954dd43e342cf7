"""What fills a backprop sheet: a look that finds a gate's way back in a plan that has run."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradstudio.document.model import Node, NodeId, Wire, WireId
from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.gate import Array, Gate, Kind, Port
from gradstudio.engine.graph import GraphNode, Leaf, Slot, count
from gradstudio.engine.jacobian import local_jacobian
from gradstudio.insight.figures import Figure, figure
from gradstudio.insight.sample import SampleLook, through
from gradstudio.insight.sheet import Fork, Share, Sheet, Term, letter, output_name, partial
from gradstudio.insight.zeros import Passage, why_zero
from gradstudio.training.looks import Scene

SMALL = 144
"""A Jacobian of at most so many entries is shown as the local gradient."""
MOST_SHARES = 50
"""So many wires of a fork are shown, each with what it brings back."""


@dataclass(frozen=True, slots=True)
class SheetLook:
    """Sees the sheet of a node, or of a wire.

    Attributes:
        node: the node; that at the wire's end where a wire is given.
        wire: the wire, or None.
        sample: the sample that is looked at alone; None for the batch.
    """

    node: NodeId
    wire: WireId | None = None
    sample: SampleLook | None = None

    def see(self, scene: Scene) -> Sheet:
        """The sheet.

        Raises:
            EngineError: if the node isn't computed; the sentence says why, where that is known.
        """
        seen = scene if self.sample is None else through(self.sample, scene)
        return GateReader(seen, self.node, self.wire).sheet()


class GateReader:
    """Reads one gate out of a plan.

    Attributes:
        plan: it is read from.
        at: where the gate is in the graph.

    Raises:
        GraphError: if it isn't computed.
    """

    def __init__(self, scene: Scene, node: NodeId, wire: WireId | None = None) -> None:
        self.scene, self.plan, self.compiled = scene, scene.plan, scene.compiled
        self.document, self.node, self.wire = scene.document, node, wire
        self.goal = letter(self.compiled.objective_name)
        self.at = self._find()

    def sheet(self) -> Sheet:
        """All that is said of it."""
        node, gate = self.record, self.gate
        chosen = None if self.wire is None else self.document.wires[self.wire]
        terms = tuple(term for term in self._terms() if chosen is None or term.wire == self.wire)
        name = node.name if chosen is None else f"{self.document.nodes[chosen.source].name} → {node.name}"
        return Sheet(
            node=self.node,
            wire=self.wire,
            name=name,
            title=node.kind.title,
            formula="" if node.muted else gate.formula or node.kind.formula,
            rule="" if node.muted else node.kind.rule,
            goal=self.goal,
            step=self.scene.step,
            outputs=() if chosen else tuple(figure(self._named(s), self.plan.value(s)) for s in self.outputs),
            upstream=self.upstream,
            terms=terms,
            forks=tuple(self._forks(chosen)),
            remark="It is muted: its input passes through, and so does the gradient." if node.muted else "",
        )

    def _find(self) -> int:
        ports = self.document.nodes[self.node].output_ports() if self.node in self.document.nodes else ()
        for port in ports:
            slot = self.compiled.slots.get((self.node, port.name))
            if slot is not None:
                return slot.node
        problems = {problem.node: problem.message for problem in self.compiled.problems}
        raise GraphError(problems.get(self.node, "It isn't computed: something before it is missing."))

    @property
    def record(self) -> Node:
        """Its node in the document."""
        return self.document.nodes[self.node]

    @property
    def place(self) -> GraphNode:
        """Its node in the graph."""
        return self.plan.graph.nodes[self.at]

    @property
    def gate(self) -> Gate:
        """The gate itself."""
        return self.place.gate

    @cached_property
    def outputs(self) -> tuple[Slot, ...]:
        """Where its outputs are."""
        return tuple(Slot(self.at, k) for k in range(len(self.place.shapes)))

    @cached_property
    def upstream(self) -> tuple[Figure, ...]:
        """What comes back to each output, as far as something does."""
        return tuple(
            figure(partial(self.goal, self._named(slot)), gradient)
            for slot in self.outputs
            if (gradient := self.plan.gradient(slot)) is not None
        )

    @cached_property
    def arrays(self) -> tuple[Array, ...]:
        """What goes in, weights last: the plan's own arrays."""
        return tuple(self.plan.value(slot) for slot in self.place.inputs)

    def _named(self, slot: Slot) -> str:
        if isinstance(self.gate, Leaf):
            return self.record.name
        return output_name(self.record.name, self.gate, slot.output)

    # ---- terms

    def _terms(self) -> Iterator[Term]:
        fed = {position: wire for wire, (at, position) in self.compiled.wires.items() if at == self.at}
        names, lines = self.port_names(), self._lines()
        for i, (slot, (name, port)) in enumerate(zip(self.place.inputs, names, strict=True)):
            wire = fed.get(i)
            if self.wire is None or wire == self.wire:
                yield self._term(i, slot, name, port, wire, lines[i] if lines else "")

    def _term(self, i: int, slot: Slot, name: str, port: Port, wire: WireId | None, line: str) -> Term:
        value, back = figure(name, self.plan.value(slot)), self.plan.contribution(self.at, i)
        downstream = None if back is None else figure(partial(self.goal, name), back)
        local = self.locals[i] if self.locals is not None else None
        shown, matrix = (None, False) if back is None else self._local_figure(i, name, local)
        words = self.gate.local[min(i, len(self.gate.local) - 1)] if self.gate.local else ""
        live = self.at in self.plan.live
        way = Passage(self.gate, self.record.name, port, self.goal, value, self.upstream, local, downstream, live)
        size = count(value.shape), count(self.place.shapes[0])
        return Term(name, wire, self._source(wire), value, shown, size, matrix, words, downstream, line, why_zero(way))

    def _source(self, wire: WireId | None) -> str:
        return "" if wire is None else self._port_text(self.document.wires[wire])

    def _port_text(self, wire: Wire) -> str:
        node = self.document.nodes[wire.source]
        return node.name if len(node.output_ports()) == 1 else f"{node.name}.{wire.output}"

    def port_names(self) -> list[tuple[str, Port]]:
        """A name and a port for each array that goes in: inputs, several wires of one numbered, then weights."""
        gate = self.gate
        weights = [(w.name, Port(w.name)) for w in (gate.active_weights() if gate.weights else ())]
        inputs = len(self.place.inputs) - len(weights)
        ports = [gate.inputs[min(i, len(gate.inputs) - 1)] if gate.inputs else Port("x") for i in range(inputs)]
        first = len(gate.inputs) - 1
        many = [port.many and inputs > len(gate.inputs) for port in ports]
        names = [
            f"{p.name}{i - first + 1}" if several else p.name
            for i, (p, several) in enumerate(zip(ports, many, strict=True))
        ]
        return [*zip(names, ports, strict=True), *weights]

    def _lines(self) -> tuple[str, ...]:
        """The gate's own lines, where all about it is single numbers."""
        scalar = self.arrays and all(a.ndim == 0 and a.dtype.kind == "f" for a in self.arrays)
        if not scalar or len(self.upstream) != 1 or len(self.outputs) != 1 or self.gate.weights:
            return ()
        number = self.upstream[0].scalar
        lines = () if number is None else self.gate.explain([float(a) for a in self.arrays], number)
        return tuple(lines) if len(lines) == len(self.arrays) else ()

    @cached_property
    def locals(self) -> Sequence[Array | None] | None:
        """Local gradients of an elementwise gate, entry by entry, by its own backward pass; else None."""
        if not self.gate.elementwise or not self.arrays or self.gate.weights:
            return None
        gate, shape = copy.copy(self.gate), self.place.shapes[0]
        with np.errstate(all="ignore"):
            z = np.asarray(gate.forward(*(np.broadcast_to(array, shape) for array in self.arrays)))
            made = gate.backward(np.ones(shape, z.dtype))
        found = made if isinstance(made, (tuple, list)) else (made,)
        return [None if dx is None else np.broadcast_to(np.asarray(dx), shape) for dx in found]

    def _local_figure(self, i: int, name: str, local: Array | None) -> tuple[Figure | None, bool]:
        """The local gradient to be shown, and whether it is the Jacobian."""
        if not self.gate.outputs or len(self.outputs) != 1:
            return None, False
        called = f"∂{self._named(self.outputs[0])}/∂{name}"
        if local is not None:
            return figure(called, local), False
        if self.arrays[i].size * count(self.place.shapes[0]) > SMALL:
            return None, False
        try:
            return figure(called, local_jacobian(self.gate, self.arrays, 0, i).window()), True
        except EngineError:
            return None, False

    # ---- forks

    def _forks(self, chosen: Wire | None) -> Iterator[Fork]:
        """The outputs (weights are outputs too) that several wires leave; the source's for a wire."""
        ports: list[tuple[NodeId, str]]
        if chosen is not None:
            ports = [(chosen.source, chosen.output)]
        else:
            ports = [(self.node, port.name) for port in self.record.output_ports()]
        for node, port in ports:
            slot = self.compiled.slots.get((node, port))
            if slot is not None and self.plan.graph.port(slot).kind is Kind.REAL:
                readers = self.plan.graph.consumers.get(slot, ())
                if len(readers) > 1:
                    yield self._fork(node, port, slot, readers)

    def _fork(self, node: NodeId, port: str, slot: Slot, readers: Sequence[tuple[int, int]]) -> Fork:
        record = self.document.nodes[node]
        name = record.name if len(record.output_ports()) == 1 else f"{record.name}.{port}"
        total = self.plan.gradient(slot)
        shares = tuple(self._share(reader) for reader in readers[:MOST_SHARES])
        return Fork(name, shares, None if total is None else figure(partial(self.goal, name), total))

    def _share(self, reader: tuple[int, int]) -> Share:
        wire = self._wires.get(reader)
        back, node = self.plan.contribution(*reader), self.plan.graph.nodes[reader[0]]
        target = node.name if wire is None else self._target(self.document.wires[wire])
        return Share(wire, target, node.gate.title, None if back is None else figure(target, back))

    def _target(self, wire: Wire) -> str:
        node = self.document.nodes[wire.target]
        return node.name if len(node.input_ports()) == 1 else f"{node.name}.{wire.input}"

    @cached_property
    def _wires(self) -> dict[tuple[int, int], WireId]:
        return {reader: wire for wire, reader in self.compiled.wires.items()}
