"""Document -> engine graph, for as much of it as is complete, and node id -> place in it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from gradstudio.document.aim import Aim
from gradstudio.document.model import Document, Node, NodeId, Settings, Training, WireId
from gradstudio.document.muting import Bypass, passing
from gradstudio.document.places import wires_to
from gradstudio.document.problem import Problem
from gradstudio.document.shapes import Shapes, infer
from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.gate import Gate
from gradstudio.engine.graph import Feed, Graph, GraphBuilder, Slot
from gradstudio.engine.supply import Parts

Port = tuple[NodeId, str]


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A data node of the graph and all its samples.

    Attributes:
        slots: where a batch of each output goes.
        arrays: the whole set, one array an output, samples along the first axis; rows where it is too large.
    """

    slots: tuple[Slot, ...]
    arrays: Parts


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """A document as the engine sees it; nothing of it is changed until `recompile` uses it up.

    Attributes:
        graph: the part that can be computed.
        slots: (node id, output or weight port) -> where its array is.
        wires: wire id -> (graph node, input position) it feeds.
        parameters: "17.W" -> the learnable array's slot, in the order of `Plan.parameters`.
        state: "17.running_mean" -> the slot of an array that a gate moves on itself, and no optimiser touches.
        sources: data nodes, fed batch by batch where a batch size is set.
        samples: number of samples of the data; None without data.
        classifier: (scores, labels) slots the accuracy is counted on; None where nothing is classified.
        problems: what keeps nodes from being computed.
        shapes: of every port that has one.
        loss: the slots whose sum is minimised and shown as the loss.
        objective_name: what they are called, e.g. "f" or "loss"; empty where there is nothing.
        unfinished: why `loss` isn't what was meant: a node it should lead to can't be computed; None where it is.
        gates: node id -> its gate, for all nodes that are computed.
        training: the state whose parameters the graph starts from.
        settings: in force.
        ascending: whether every wire leads to a node of a higher id, so that the graph is in the order of ids.
        order: the nodes that have a place in the graph, in its order.
        gaps: those of them that have gone or aren't computed now, each with the position of its first place.
    """

    graph: Graph
    slots: dict[Port, Slot]
    wires: dict[WireId, tuple[int, int]]
    parameters: dict[str, Slot]
    state: dict[str, Slot]
    sources: tuple[Source, ...]
    samples: int | None
    classifier: tuple[Slot, Slot] | None
    problems: tuple[Problem, ...]
    shapes: Shapes
    loss: tuple[Slot, ...]
    objective_name: str
    unfinished: Problem | None
    gates: dict[NodeId, Gate]
    training: Training
    settings: Settings
    ascending: bool
    order: list[NodeId]
    gaps: dict[NodeId, int]


def compile_document(document: Document) -> Compiled:
    """The engine graph of everything in a document that can be computed; what can't be is a problem, not an error."""
    assembly = Assembly(document, infer(document))
    for node in topological(document):
        assembly.place(node)
    graph = Graph(tuple(assembly.builder.nodes), ())
    return assembly.finish(graph, graph, ascending=_is_ascending(document))


def topological(document: Document) -> list[Node]:
    """Nodes after all that feeds them, the lower id first where there is a choice; nodes on a cycle left out."""
    if _is_ascending(document):
        return list(document.nodes.values())  # built from inputs to outputs: their ids are such an order
    missing = {i: len({wire.source for wire in document.wires_into(i)}) for i in document.nodes}
    ready = [i for i, n in missing.items() if n == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(document.nodes[node])
        for target in {wire.target for wire in document.wires_out_of(node)}:
            missing[target] -= 1
            if missing[target] == 0:
                heapq.heappush(ready, target)
    return order


def _is_ascending(document: Document) -> bool:
    return all(wire.source < wire.target for wire in document.wires.values())


@dataclass
class Assembly:
    """A compilation under way; the attributes are those of `Compiled`."""

    document: Document
    shapes: Shapes
    slots: dict[Port, Slot] = field(default_factory=dict)
    wires: dict[WireId, tuple[int, int]] = field(default_factory=dict)
    parameters: dict[str, Slot] = field(default_factory=dict)
    state: dict[str, Slot] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gates: dict[NodeId, Gate] = field(default_factory=dict)
    order: list[NodeId] = field(default_factory=list)
    gaps: dict[NodeId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = GraphBuilder(self.document.settings.seed)

    def place(self, node: Node) -> None:
        """Add a node to the graph if it can be computed."""
        if node.muted:
            self._bypass(node)
            return
        place = self.shapes.places[node.id]
        if place.gate is None or None in place.shapes:
            return
        fed = self.fed(node.id)
        if fed is None:
            return
        try:
            self.add(node, fresh(node, place.gate), *fed)
        except EngineError as error:
            self.problems.append(Problem(node.id, str(error)))

    def fed(self, node: NodeId) -> tuple[list[Slot], list[WireId]] | None:
        """The slots that feed a node's inputs, and through which wires; None where one can't be computed."""
        inputs: list[Slot] = []
        fed: list[WireId] = []
        into = self.document.wires_into(node)
        for port in self.shapes.places[node].inputs:
            arriving = wires_to(port, into, self.shapes.places)
            for wire in arriving:
                slot = self.slots.get((wire.source, wire.output))
                if slot is None:
                    return None
                inputs.append(slot)
                fed.append(wire.id)
            if not arriving:
                return None
        return inputs, fed

    def finish(self, graph: Graph, before: Graph, *, ascending: bool) -> Compiled:
        """What has been compiled, once it is known what to minimise of this graph; `before` is for `Aim`."""
        parameters = [slot.node for slot in self.parameters.values()]
        aim = Aim(self.document, graph, self.slots, self.gates, parameters, before)
        samples = {array.shape[0] for source in self.sources for array in source.arrays}
        problems = (*self.shapes.problems, *self.problems)
        return Compiled(
            aim.graph,
            self.slots,
            self.wires,
            self.parameters,
            self.state,
            tuple(self.sources),
            min(samples) if samples else None,
            aim.classifier(),
            problems,
            self.shapes,
            aim.loss,
            aim.title,
            aim.unfinished(problems),
            self.gates,
            self.document.training,
            self.document.settings,
            ascending,
            self.order,
            self.gaps,
        )

    def add(self, node: Node, gate: Gate, inputs: list[Slot], fed: list[WireId]) -> None:
        """Add a node to the end of the graph.

        Raises:
            EngineError: if it can't be computed.
        """
        data = bool(gate.outputs) and not gate.inputs and not any(p.gradient for p in gate.outputs)
        whole = _produce(gate) if data else ()
        data = data and all(array.ndim for array in whole)  # a single label is no set to take batches of
        at = self.build(node, self._feed(gate, whole) if data else gate, inputs)
        weights = gate.active_weights() if gate.weights else ()
        self.gates[node.id] = gate
        self.order.append(node.id)
        for k, port in enumerate(gate.outputs):
            self.slots[node.id, port.name] = Slot(at, k)
        for k, weight in enumerate(weights):
            slot = Slot(at - len(weights) + k) if gate.outputs else Slot(at + k)
            kept = self.parameters if weight.learned else self.state
            self.slots[node.id, weight.name] = kept[f"{node.id}.{weight.name}"] = slot
        for position, wire in enumerate(fed):
            self.wires[wire] = (at, position)
        if data:
            self.sources.append(Source(tuple(Slot(at, k) for k in range(len(whole))), whole))

    def build(self, node: Node, gate: Gate, inputs: list[Slot]) -> int:
        """Have the builder add a gate, its weights as training has left them; says where its outputs are."""
        weights = gate.active_weights() if gate.weights else ()
        trained = self.document.training.parameters if weights else {}
        starts = {w.name: trained[key] for w in weights if (key := f"{node.id}.{w.name}") in trained}
        return self.builder.add(gate, *inputs, name=node.name, starts=starts, seed=(node.id,)).node

    def _bypass(self, node: Node) -> None:
        """Add what passes a muted node's inputs through, if they can be computed."""
        outputs = node.kind.outputs if node.known else ()
        wires = passing(node.input_ports(), outputs, self.document.wires_into(node.id))
        passed = [wire for wire in wires if wire is not None and (wire.source, wire.output) in self.slots]
        if not passed or len(passed) < len(outputs):
            return
        gate = Bypass(outputs)
        first = self.builder.add(gate, *(self.slots[w.source, w.output] for w in passed), name=node.name)
        self.gates[node.id] = gate
        self.order.append(node.id)
        for k, (port, wire) in enumerate(zip(outputs, passed, strict=True)):
            self.slots[node.id, port.name] = Slot(first.node, k)
            self.wires[wire.id] = (first.node, k)

    def _feed(self, gate: Gate, whole: Parts) -> Gate:
        size = self.document.settings.batch_size
        if size is None or size >= len(whole[0]):
            if size is None and not all(isinstance(array, np.ndarray) for array in whole):
                raise GraphError(f"{len(whole[0]):,} samples are too many to be held together: set a batch size.")
            return Feed(gate, tuple(array if isinstance(array, np.ndarray) else array[:] for array in whole))
        return Feed(gate, tuple(array[:size] for array in whole))


def fresh(node: Node, known: Gate) -> Gate:
    """A gate of a node's own, for one graph; its params are checked already, so most are made like the known one."""
    if type(known).__init__ is not Gate.__init__:
        return node.make()
    made = object.__new__(type(known))
    made.__dict__.update(known.__dict__)
    return made


def _produce(gate: Gate) -> Parts:
    made = gate.forward()
    return made if isinstance(made, tuple) else (made,)
