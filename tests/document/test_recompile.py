"""Compiling after an edit: to the bit what is compiled anew, and most of it taken over."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document import commands
from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.history import History
from gradstudio.document.model import Document, Node, NodeId, Patch, Training, Wire, WireId
from gradstudio.document.recompile import recompile
from gradstudio.engine.circuit import find_members
from gradstudio.engine.errors import EngineError
from gradstudio.engine.graph import Graph, GraphNode
from gradstudio.engine.plan import Plan
from gradstudio.engine.table import Table, tabulate
from tests.document.gaps import closed
from tests.document.strategies import documents, edit

GATES = {"add": "xy", "multiply": "xy", "max": "xy", "tanh": "x", "leaky_relu": "x"}
"""Gates of random circuits and their inputs."""


class Follower:
    """Follows the edits of a document, and compiles it from what it compiled before."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.compiled = compile_document(document)
        self.nodes: set[NodeId] = set()
        self.wires: set[WireId] = set()
        document.changed.connect(self._note)

    def _note(self, change: Any) -> None:
        self.nodes |= change.nodes
        self.wires |= change.wires

    def check(self) -> Compiled:
        """What it compiles now must be what is compiled anew, and give the same bits."""
        before, after = self.compiled, recompile(self.compiled, self.document, self.nodes, self.wires)
        self.nodes, self.wires, self.compiled = set(), set(), after
        anew = compile_document(self.document)
        there = closed(after)
        for field in fields(Compiled):
            if field.name not in ("graph", "gates", "sources", "shapes", "order", "gaps"):
                assert getattr(there, field.name) == getattr(anew, field.name), field.name
        assert list(after.parameters) == list(anew.parameters)
        assert list(after.state) == list(anew.state)
        assert after.gates.keys() == anew.gates.keys()
        assert [node for node in after.order if node not in after.gaps] == anew.order
        assert [source.slots for source in there.sources] == [source.slots for source in anew.sources]
        assert there.graph.objective == anew.graph.objective
        assert list(map(_told, there.graph.nodes)) == list(map(_told, anew.graph.nodes))
        _same_tables(after.graph, tabulate(after.graph.nodes))
        assert _bits(after.graph) == _bits(anew.graph)
        return before


def _told(node: GraphNode) -> tuple[Any, ...]:
    """What can be told of a graph's node."""
    name, gate, inputs, shapes = node
    params = {key: getattr(gate, key) for key in gate.params}
    shown = {key: (v.shape, v.tobytes()) if isinstance(v, np.ndarray) else repr(v) for key, v in params.items()}
    start = getattr(gate, "array", None)
    return name, type(gate), shown, None if start is None else (start.dtype, start.tobytes()), inputs, shapes


def _same_tables(after: Graph, fresh: Table) -> None:
    table, anew = after.table, Graph(after.nodes, after.objective)
    for name in ("first", "starts", "reads", "dull", "levels"):
        assert getattr(table, name).tolist() == getattr(fresh, name).tolist(), name
    assert after.aims.tolist() == anew.aims.tolist()
    members, others = find_members(after), find_members(anew)
    assert (members.nodes.tolist(), members.kinds.tolist()) == (others.nodes.tolist(), others.kinds.tolist())
    assert [type(gate) for gate in members.gates] == [type(gate) for gate in others.gates]


def _bits(graph: Graph) -> Any:
    """All that a plan of the graph computes, or why there is none."""
    try:
        plan = Plan(graph, np.float64)
        plan.mode.seed = 1
        plan.run()
    except EngineError as error:
        return str(error)
    slots = [slot for i, node in enumerate(graph.nodes) for slot in _slots(i, node)]
    gradients = [plan.gradient(slot) for slot in slots]
    values = [plan.value(slot).tobytes() for slot in slots]
    shares = [plan.contribution(i, k) for i, node in enumerate(graph.nodes) for k in range(len(node.inputs))]
    return values, *([None if array is None else array.tobytes() for array in found] for found in (gradients, shares))


def _slots(i: int, node: GraphNode) -> list[Any]:
    return [type(node.inputs[0])(i, k) for k in range(len(node.shapes))] if node.inputs else []


def circuit(draw: Any, count: int) -> Document:
    """A circuit of scalar gates, each fed by any before it."""
    made = Document()
    nodes: dict[int, Node] = {i: Node(i, "parameter", f"p{i}", {"value": np.array(0.1 * i)}) for i in range(1, 5)}
    wires: dict[int, Wire] = {}
    random = np.random.default_rng(draw(st.integers(0, 100)))
    for i in range(5, count + 1):
        gate = random.choice(list(GATES))
        nodes[i] = Node(i, str(gate), f"g{i}")
        for port in GATES[str(gate)]:
            source, wire = int(random.integers(max(1, i - 40), i)), 10 * count + len(wires)
            wires[wire] = Wire(wire, source, "value" if source < 5 else "z", i, port)
    made.apply(Patch("Build", nodes, wires))
    return made


def _edit_circuit(draw: Any, doc: Document) -> Patch:
    """An edit of a circuit, of those that are followed and those that aren't."""
    nodes = list(doc.nodes)
    gates = [i for i in nodes if doc.nodes[i].gate in GATES]
    kind, node = draw(st.integers(0, 6)), draw(st.sampled_from(gates))
    source = draw(st.sampled_from([i for i in nodes if i < node]))
    output = "value" if doc.nodes[source].gate == "parameter" else "z"
    if kind <= 1:
        there = any((w.source, w.input) == (source, "x") for w in doc.wires_into(node))
        return Patch("Nothing") if there else commands.connect(doc, source, output, node, "x", replace=True)
    if kind == 2:
        new, wire = doc.new_id(), doc.new_id()
        return Patch("Add", {new: Node(new, "tanh", f"g{new}")}, {wire: Wire(wire, node, "z", new, "x")})
    if kind == 3:
        return commands.delete(doc, [max(gates)])
    if kind == 4:
        return commands.delete(doc, [node])
    if kind == 5:
        return commands.set_param(doc, [nodes[0]], "value", draw(st.floats(-1, 1)))
    return commands.rename(doc, node, f"other{doc.revision}")


@settings(max_examples=12, deadline=None)
@given(documents(max_edits=12), st.data())
def test_any_edit_is_compiled_as_if_anew(doc: Document, data: st.DataObject) -> None:
    """After any edits of any network, and after taking them back, the graph and its bits are those compiled anew."""
    follower, history = Follower(doc), History(doc)
    for _ in range(data.draw(st.integers(1, 4))):
        for _ in range(data.draw(st.integers(1, 3))):
            history.do(edit(data.draw, doc))
        follower.check()
    while history.undo():
        pass
    follower.check()


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_circuits_are_compiled_as_if_anew(data: st.DataObject) -> None:
    """So it is with circuits whose gates are computed as vectors, from edit to edit and as training moves on."""
    doc = circuit(data.draw, 150)
    follower, history = Follower(doc), History(doc)
    for _ in range(data.draw(st.integers(2, 6))):
        history.do(_edit_circuit(data.draw, doc))
        if data.draw(st.booleans()):
            known = follower.compiled.parameters
            values = {key: np.array(data.draw(st.floats(-1, 1))) for key in known if data.draw(st.booleans())}
            doc.apply(Patch("Train", training=Training(doc.training.step + 1, values)))
        if data.draw(st.integers(0, 3)):
            follower.check()
    while history.undo():
        follower.check()


@pytest.mark.parametrize("kind", ["add", "connect", "value", "delete", "delete from the middle"])
def test_what_an_edit_leaves_alone_is_taken_over(kind: str) -> None:
    """An edit of a few nodes makes the nodes of the graph anew that it concerns, and no others."""
    doc = circuit(lambda _: 1, 150)
    unread = next(i for i in doc.nodes if i > 4 and not doc.wires_out_of(i))
    follower = Follower(doc)
    edits = {
        "add": lambda: Patch("Add", {900: Node(900, "tanh", "more")}, {901: Wire(901, 70, "z", 900, "x")}),
        "connect": lambda: commands.connect(doc, 2, "value", 80, "x", replace=True),
        "value": lambda: commands.set_param(doc, [1], "value", 0.7),
        "delete": lambda: commands.delete(doc, [150]),
        "delete from the middle": lambda: commands.delete(doc, [unread]),
    }
    doc.apply(edits[kind]())
    before = follower.check()
    old, new = before.graph.nodes, follower.compiled.graph.nodes
    assert sum(a is not b for a, b in zip(old, new, strict=False)) == {"add": 0, "delete": 0}.get(kind, 1)


def test_a_node_comes_back_into_the_gap_it_left() -> None:
    """Deleted from the middle and brought back by undo, nodes stand where they stood, and no others were made anew."""
    doc = circuit(lambda _: 1, 150)
    follower, history = Follower(doc), History(doc)
    first = follower.compiled.graph.nodes
    unread = [i for i in doc.nodes if i > 4 and not doc.wires_out_of(i)]
    history.do(commands.delete(doc, unread[:2]))
    follower.check()
    assert sorted(follower.compiled.gaps) == unread[:2]
    history.undo()
    follower.check()
    assert not follower.compiled.gaps
    again = follower.compiled.graph.nodes
    assert [node.name for node in again] == [node.name for node in first]
    assert sum(a is not b for a, b in zip(first, again, strict=True)) == 2
