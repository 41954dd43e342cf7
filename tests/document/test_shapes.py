"""Shapes over unfinished documents: right, told once, and told again only where something changed."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document import commands
from gradstudio.document.compile import compile_document
from gradstudio.document.history import History
from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.document.reasons import Reason
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Gate, Param, Port, Shape, Weight
from gradstudio.engine.plan import Plan
from tests.document.build import Net, course, fresh, spiral
from tests.document.strategies import documents

OWN = MappingProxyType({"own": Param("int", 0, "Where it is given, the node has a gate of its own.")})


class Probe(Gate):
    """Passes x on and counts how often it is asked for its shape."""

    id = "test_probe"
    title = "Probe"
    inputs = (Port("x"),)
    params = OWN
    asked: ClassVar[int] = 0

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        Probe.asked += 1
        return x


class Pinned(Gate):
    """A weight as long as x, whose start can be pinned, and which leaves the check of the pin to others."""

    id = "test_pinned"
    title = "Pinned"
    inputs = (Port("x"),)
    weights = (Weight("W", start="start_W"),)
    params: ClassVar[dict[str, Param]] = {"start_W": Param("array", None, "Start.", optional=True)}

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        return x

    def weight_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """That of x."""
        return inputs


class Several(Gate):
    """An input that takes any number of wires; two outputs."""

    id = "test_several"
    title = "Several"
    inputs = (Port("x"), Port("more", many=True))
    outputs = (Port("z"), Port("count"))

    def shape(self, x: Shape, *more: Shape) -> tuple[Shape, Shape]:
        """That of x, and the number of inputs that were given."""
        return x, (1 + len(more),)


def reasons(doc: Document) -> dict[str, Reason]:
    """Node name -> reason of its finding."""
    return {doc.nodes[finding.node].name: finding.reason for finding in infer(doc).problems}


def test_shapes_of_a_complete_network() -> None:
    """Every output and weight port of a complete network has its shape, and there is no problem."""
    net = spiral()
    wanted = {
        "data.X": (60, 2), "data.labels": (60,), "hidden.z": (60, 10), "hidden.W": (2, 10), "hidden.b": (10,),
        "loss.loss": (),
    }  # fmt: skip
    assert {port: net.shape(port) for port in wanted} == wanted
    assert infer(net.doc).problems == ()


@settings(max_examples=40, deadline=None)
@given(documents(max_edits=10))
def test_predicted_shapes_are_the_real_ones(doc: Document) -> None:
    """What is predicted of any network is what its arrays have when the whole set is computed."""
    doc.apply(Patch("Whole set", settings=replace(doc.settings, batch_size=None)))
    compiled = compile_document(doc)
    plan = Plan(compiled.graph, np.float64)
    for (node, port), slot in compiled.slots.items():
        assert plan.value(slot).shape == infer(doc).of(node, port)


def test_unfinished_networks_are_known_as_far_as_they_go() -> None:
    """A missing input is a problem at its node only; what lies behind it is unknown, not wrong."""
    net = course()
    net.do(commands.disconnect(net.doc, [net.doc.wires_into(net.id("q"))[1].id]))
    assert reasons(net.doc) == {"q": Reason.MISSING}
    assert infer(net.doc).problems[0].message == "“q”: its input y isn't connected. Wire an output to it."
    assert (net.shape("x.value"), net.shape("q.z"), net.shape("f.z")) == ((), None, None)
    net.do(commands.disconnect(net.doc, [w.id for w in net.doc.wires_into(net.id("q"))]))
    assert infer(net.doc).problems[0].message == "“q”: its inputs x and y aren't connected. Wire outputs to them."


def test_a_node_or_port_that_is_not_there_has_no_shape() -> None:
    """Asking for what isn't there answers None."""
    net = course()
    assert infer(net.doc).of(999, "z") is None
    assert infer(net.doc).of(net.id("f"), "nonsense") is None


def test_shapes_that_do_not_fit_are_a_problem_where_they_meet() -> None:
    """An edit may make shapes clash: the node says so with both shapes, and heals when they fit again."""
    net = course()
    net.do(commands.set_param(net.doc, [net.id("x")], "value", [1, 2, 3]))
    net.do(commands.set_param(net.doc, [net.id("y")], "value", [1, 2]))
    assert reasons(net.doc) == {"q": Reason.SHAPE}
    assert infer(net.doc).problems[0].message == "“q”: Shapes 3 and 2 don't broadcast. (x 3, y 2)"
    net.do(commands.set_param(net.doc, [net.id("y")], "value", [[5], [6]]))
    assert reasons(net.doc) == {}
    assert net.shape("f.z") == (2, 3)


def test_sizes_are_predicted_with_whole_numbers() -> None:
    """A size whose product overflows 64 bits is a problem with the node's name; nothing is allocated."""
    net = Net()
    net.add("parameter", "column", value=np.zeros((65536, 1)))
    net.add("parameter", "row", value=np.zeros((1, 65536)))
    net.add("matmul", "square")
    net.add("sum", "total", axis=None)
    net.wire("column.value", "square.x")
    net.wire("row.value", "square.y")
    net.wire("square.z", "total.x")
    assert net.shape("square.z") == (65536, 65536)
    with CATALOG.including(Huge):
        net.add("test_huge", "huge")
        (finding,) = infer(net.doc).problems
    assert (finding.reason, finding.node) == (Reason.SIZE, net.id("huge"))
    assert finding.message.startswith("“huge”: z would be 4294967296×4294967296, 18,446,744,073,709,551,616 numbers")


class Huge(Gate):
    """A shape whose number of entries is 2**64, which numpy takes for 0."""

    id = "test_huge"
    title = "Huge"

    def shape(self) -> Shape:
        """2**32 × 2**32."""
        return (2**32, 2**32)


def test_a_pinned_start_of_the_wrong_shape_is_a_problem_with_both_shapes() -> None:
    """Start values that don't fit are told at their node, whether or not the gate checks them itself."""
    net = spiral()
    net.do(commands.set_param(net.doc, [net.id("hidden")], "start_W", np.zeros((3, 4))))
    (finding,) = infer(net.doc).problems
    assert finding.node == net.id("hidden")
    assert "start_W is 3×4, but W is 2×10" in finding.message
    with CATALOG.including(Pinned):
        net = course()
        net.add("test_pinned", "p", start_W=[1.0, 2.0])
        net.wire("x.value", "p.x")
        (finding,) = infer(net.doc).problems
        assert (finding.reason, finding.message) == (
            Reason.PIN,
            "“p”: start_W is 2, but W needs scalar. Give it that shape, or leave it empty to start as usual.",
        )
        assert net.shape("p.z") == ()
        net.do(commands.set_param(net.doc, [net.id("p")], "start_W", 5))
        assert infer(net.doc).problems == ()


def test_many_inputs_and_several_outputs() -> None:
    """An input for many wires needs one and takes all there are; each output has its shape."""
    with CATALOG.including(Several):
        net = course()
        net.add("test_several", "o")
        net.wire("x.value", "o.x")
        assert net.shape("o.z") is None
        net.wire("y.value", "o.more")
        assert (net.shape("o.z"), net.shape("o.count")) == ((), (2,))
        net.wire("z.value", "o.more")
        assert net.shape("o.count") == (3,)


@pytest.mark.parametrize("told", [((1,), (2,)), (2.5,), (None,), 7, ("a",), (-1, 2)])
def test_a_gate_that_tells_nonsense_is_a_problem_not_a_crash(told: Any) -> None:
    """A gate class may be anybody's: a shape that is none, or an exception, is a problem at its node."""

    class Liar(Gate):
        id = "test_liar"
        title = "Liar"

        def shape(self) -> Shape:
            return told  # type: ignore[no-any-return]

    with CATALOG.including(Liar):
        net = course()
        net.add("test_liar", "liar")
        assert reasons(net.doc) == {"liar": Reason.SHAPE}
        assert "Liar" in infer(net.doc).problems[0].message


def test_a_gate_that_fails_is_a_problem_not_a_crash() -> None:
    """An exception in a gate's own code names the node and what happened."""

    class Failing(Gate):
        id = "test_failing"
        title = "Failing"
        inputs = (Port("x"),)

        def shape(self, x: Shape) -> Shape:
            return (x[5],)

    with CATALOG.including(Failing):
        net = course()
        net.add("test_failing", "bad")
        net.place(Wire(99, net.id("x"), "value", net.id("bad"), "x"))
        (finding,) = infer(net.doc).problems
        assert "“bad”: Failing can't tell its shape: IndexError" in finding.message


def test_a_rename_is_seen_in_the_sentences() -> None:
    """A finding names its node as it is called now, though a name changes no shape."""
    net = course()
    net.add("exp", "old")
    assert "“old”" in infer(net.doc).problems[0].message
    net.do(commands.rename(net.doc, net.id("old"), "new"))
    assert "“new”" in infer(net.doc).problems[0].message


def test_the_catalogue_is_followed() -> None:
    """A gate that is registered or taken away while a document is open is known or unknown at once."""
    net = course()
    net.place(Node(50, "test_probe", "p"), Wire(51, net.id("x"), "value", 50, "x"))
    assert reasons(net.doc) == {"p": Reason.UNKNOWN_GATE}
    with CATALOG.including(Probe):
        assert reasons(net.doc) == {}
        assert net.shape("p.x") is None
        assert net.shape("p.z") == ()
    assert reasons(net.doc) == {"p": Reason.UNKNOWN_GATE}


def test_what_was_inferred_does_not_change_afterwards() -> None:
    """Shapes once handed out stay as they are: another thread may be reading them."""
    net = course()
    before = infer(net.doc)
    net.do(commands.set_param(net.doc, [net.id("x")], "value", [1, 2]))
    assert before.of(net.id("f"), "z") == ()
    assert infer(net.doc).of(net.id("f"), "z") == (2,)


def test_a_broken_document_with_a_cycle_can_be_asked() -> None:
    """Nodes on a cycle and behind it have no shape, those on it a finding; taking the wire away heals it."""
    net = course()
    net.add("exp", "behind")
    net.wire("f.z", "behind.x")
    back = replace(net.doc.wires_into(net.id("q"))[0], source=net.id("f"), output="z")
    undo = net.doc.apply(Patch("Cycle", wires={back.id: back}))
    assert reasons(net.doc) == {"q": Reason.CYCLE, "f": Reason.CYCLE}
    assert (net.shape("x.value"), net.shape("q.z"), net.shape("behind.z")) == ((), None, None)
    net.do(commands.set_param(net.doc, [net.id("z")], "value", [1, 2]))
    assert reasons(net.doc) == {"q": Reason.CYCLE, "f": Reason.CYCLE}
    net.doc.apply(undo)
    assert (reasons(net.doc), net.shape("behind.z")) == ({}, (2,))


# --- work --------------------------------------------------------------------------------------------------------


def chain(length: int) -> Net:
    """x → p1 → … → pn, one probe after another."""
    net = Net()
    nodes = {1: Node(1, "constant", "x")} | {
        i: Node(i, "test_probe", f"p{i - 1}", {"own": i}) for i in range(2, length + 2)
    }
    wires = {1000 + i: Wire(1000 + i, i - 1, "value" if i == 2 else "z", i, "x") for i in range(length + 1, 1, -1)}
    net.doc.apply(Patch("Chain", nodes, wires))
    infer(net.doc)
    Probe.asked = 0
    return net


def test_only_what_changed_is_asked_again() -> None:
    """An edit asks the nodes it touches and those whose input changed, whatever the size of the network."""
    with CATALOG.including(Probe):
        net = chain(300)
        infer(net.doc)
        assert Probe.asked == 0
        net.do(commands.move(net.doc, dict.fromkeys(net.doc.nodes, (9, 9))))
        infer(net.doc)
        assert Probe.asked == 0
        net.do(commands.set_param(net.doc, [1], "value", 7.0))
        infer(net.doc)
        assert Probe.asked == 0
        net.add("test_probe", "end")
        net.wire("p300.z", "end.x")
        infer(net.doc)
        assert Probe.asked <= 2
        Probe.asked = 0
        net.do(commands.set_param(net.doc, [1], "value", [7.0]))
        infer(net.doc)
        assert Probe.asked == 301


def test_undo_and_redo_ask_nothing() -> None:
    """Where undo and redo lead back to was known once: no gate is asked, though nodes were moved meanwhile."""
    with CATALOG.including(Probe):
        net = chain(300)
        history = History(net.doc)
        history.do(commands.move(net.doc, {5: (3.0, 4.0)}))
        history.do(commands.delete(net.doc, [2]))
        assert infer(net.doc).of(301, "z") is None
        history.do(commands.move(net.doc, {7: (9.0, 4.0)}))
        Probe.asked = 0
        history.undo()
        history.undo()
        assert infer(net.doc).of(301, "z") == ()
        history.redo()
        assert infer(net.doc).of(301, "z") is None
        assert {finding.node for finding in infer(net.doc).problems} == {3}
        assert Probe.asked == 0
        history.undo()
        history.do(commands.rename(net.doc, 3, "third"))
        history.do(commands.delete(net.doc, [2]))
        assert "third" in infer(net.doc).problems[0].message


def test_gates_that_are_alike_are_asked_once() -> None:
    """Nodes of one class whose params are the defaults are one question, for each shape that arrives."""
    with CATALOG.including(Probe):
        net = Net()
        net.add("constant", "x")
        for i in range(200):
            net.add("test_probe", f"p{i}")
            net.wire(f"p{i - 1}.z" if i else "x.value", f"p{i}.x")
        infer(net.doc)
        Probe.asked = 0
        net.do(commands.set_param(net.doc, [net.id("x")], "value", [7.0, 8.0]))
        assert infer(net.doc).of(net.id("p199"), "z") == (2,)
        assert Probe.asked == 1


def test_a_copy_is_known_from_the_start() -> None:
    """A copy for another thread shares its records, so nothing is inferred again for it."""
    with CATALOG.including(Probe):
        net = chain(300)
        assert infer(net.doc.copy()).of(301, "z") == ()
        assert Probe.asked == 0


def test_diamonds_are_asked_once_each() -> None:
    """Where many ways lead through a network each node is asked once, not once for each way."""
    with CATALOG.including(Joint):
        nodes = {1: Node(1, "constant", "x")} | {i: Node(i, "test_joint", f"j{i}", {"own": i}) for i in range(2, 62)}
        wires = {}
        for i in range(2, 62):
            for k, source in enumerate((i - 1, max(1, i - 2))):
                wires[100 + 2 * i + k] = Wire(100 + 2 * i + k, source, "value" if source == 1 else "z", i, "xy"[k])
        doc = Document()
        doc.apply(Patch("Ladder", nodes, wires))
        infer(doc)
        Joint.asked = 0
        doc.apply(Patch("Set", {1: replace(nodes[1], params={"value": np.zeros(3)})}))
        assert infer(doc).of(61, "z") == (3,)
        assert Joint.asked == 60


class Joint(Gate):
    """Two inputs of one shape; counts how often it is asked."""

    id = "test_joint"
    title = "Joint"
    inputs = (Port("x"), Port("y"))
    params = OWN
    asked: ClassVar[int] = 0

    def shape(self, x: Shape, y: Shape) -> Shape:
        """That of both."""
        Joint.asked += 1
        return x

    def forward(self, x: Array, y: Array) -> Array:
        """Their sum."""
        return np.asarray(x + y)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(1, 13)), st.data())
def test_the_order_of_ids_does_not_matter(order: list[int], data: st.DataObject) -> None:
    """Wires drawn against the order of ids, one edit at a time, give what a document built at once gives."""
    doc = Document()
    doc.apply(Patch("Nodes", {i: Node(i, "add", f"n{i}") for i in order}))
    infer(doc)
    for k, target in enumerate(order[1:], 1):
        for n, port in enumerate("xy"):
            source = data.draw(st.sampled_from(order[:k]))
            wire = Wire(100 + 2 * k + n, source, "z", target, port)
            doc.apply(Patch("Wire", wires={wire.id: wire}))
            infer(doc)
    doc.apply(Patch("Head", {order[0]: Node(order[0], "constant", "head", {"value": np.zeros((2, 3))})}))
    wires = {w.id: replace(w, output="value") for w in doc.wires_out_of(order[0])}
    doc.apply(Patch("Ports", wires=wires))
    now, anew = infer(doc), infer(fresh(doc))
    assert {i: now.places[i].shapes for i in order} == {i: anew.places[i].shapes for i in order}
    assert {now.places[i].shapes for i in order} == {((2, 3),)}


def test_closed_documents_are_let_go() -> None:
    """What is known of a document doesn't keep it, nor its arrays, in memory."""
    net = spiral()
    net.why_not("loss.loss", "hidden.x", replace=True)
    gone, shapes = weakref.ref(net.doc), weakref.ref(infer(net.doc))
    del net
    gc.collect()
    assert gone() is None
    assert shapes() is None
