"""The document itself: patches, what they leave alone, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradstudio.document.model import Change, Document, Node, Patch, Settings, Training, Wire, moved, same_value
from gradstudio.engine.catalog import CATALOG
from tests.document.build import Net, course, picture, spiral


def constant(i: int, name: str) -> Node:
    """A node without inputs."""
    return Node(i, "constant", name)


def test_an_inverse_leads_back() -> None:
    """Applying the patch that `apply` returns gives the very document that was there before."""
    net = spiral()
    before = picture(net.doc)
    patch = Patch(
        "Everything",
        {1: moved(net.doc.nodes[1], 7, 8), 6: None, 99: constant(99, "new")},
        {i: None for i in net.doc.wires if 6 in (net.doc.wires[i].source, net.doc.wires[i].target)},
        Settings(steps=5),
        Training(step=3),
    )
    back = net.doc.apply(patch)
    assert picture(net.doc) != before
    net.doc.apply(back)
    assert picture(net.doc) == before


def test_records_stay_in_the_order_of_their_ids() -> None:
    """Taking a deletion back puts the records in their old places, so that files come out the same."""
    net = course()
    nodes, wires = list(net.doc.nodes), list(net.doc.wires)
    back = net.doc.apply(Patch("Delete", {1: None}, {net.doc.wires_out_of(1)[0].id: None}))
    net.doc.apply(back)
    assert (list(net.doc.nodes), list(net.doc.wires)) == (nodes, wires)
    net.doc.apply(Patch("Late ones", {50: constant(50, "b"), 40: constant(40, "a")}))
    assert list(net.doc.nodes) == [*nodes, 40, 50]


def test_a_wire_record_that_is_replaced_keeps_its_place() -> None:
    """A patch may give a wire other ends: its id, its place in the order and the lists at the nodes follow."""
    net = course()
    first = net.doc.wires[min(net.doc.wires)]
    order = list(net.doc.wires)
    net.doc.apply(Patch("Replug", wires={first.id: replace(first, source=net.id("z"))}))
    assert list(net.doc.wires) == order
    assert net.doc.wires_out_of(net.id("x")) == ()
    assert first.id in [wire.id for wire in net.doc.wires_out_of(net.id("z"))]
    assert [wire.id for wire in net.doc.wires_into(net.id("q"))] == order[:2]


def test_ids_are_given_out_once() -> None:
    """An id is never given out again, though its node was deleted or the document copied."""
    doc = Document()
    first = doc.new_id()
    doc.apply(Patch("Add", {first: constant(first, "x"), 17: constant(17, "y")}))
    doc.apply(Patch("Delete", {17: None}))
    given = doc.new_id()
    assert given > 17
    assert doc.copy().new_id() > given


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (Patch("P", {1: None}), "leave wire"),
        (Patch("P", wires={99: Wire(99, 1, "value", 1000, "x")}), "no node at an end"),
        (Patch("P", {1: None}, {99: Wire(99, 1, "value", 4, "x")}), "no node at an end"),
        (Patch("P", {99: constant(99, "x")}), "named “x”"),
        (Patch("P", {98: constant(98, "n"), 99: constant(99, "n")}), "one name"),
        (Patch("P", {99: constant(98, "n")}), "filed under 99"),
        (Patch("P", wires={99: Wire(98, 1, "value", 4, "x")}), "filed under 99"),
    ],
)
def test_what_would_break_a_document_is_refused_and_changes_nothing(patch: Patch, words: str) -> None:
    """A patch that leaves a wire without its nodes or two nodes with one name is refused as a whole."""
    net = course()
    before, revision = picture(net.doc), net.doc.revision
    with pytest.raises(ValueError, match=words):
        net.doc.apply(patch)
    assert picture(net.doc) == before
    assert net.doc.revision == revision


def test_two_nodes_may_swap_names_in_one_patch() -> None:
    """Names are judged as they are after the patch, and looked up accordingly."""
    net = course()
    x, y = net.doc.nodes[1], net.doc.nodes[2]
    net.doc.apply(Patch("Swap", {1: replace(x, name="y"), 2: replace(y, name="x")}))
    assert (net.id("x"), net.id("y")) == (2, 1)
    net.doc.apply(Patch("Delete", {1: None}, {w.id: None for w in net.doc.wires_out_of(1)}))
    assert net.doc.named("y") is None


def test_observers_hear_what_changed() -> None:
    """Every patch is told once, with the records it touched and whether numbers change."""
    net = course()
    heard: list[Change] = []
    net.doc.changed.connect(heard.append)
    net.doc.apply(Patch("Move", {1: moved(net.doc.nodes[1], 5, 5)}))
    net.doc.apply(Patch("Train", training=Training(step=1)))
    net.doc.apply(Patch("Set", {1: replace(net.doc.nodes[1], params={"value": np.array(3.0)})}))
    assert heard == [
        Change(frozenset({1}), frozenset(), False, False, False),
        Change(frozenset(), frozenset(), False, True, False),
        Change(frozenset({1}), frozenset(), False, False, True),
    ]


@pytest.mark.parametrize(
    ("settings", "computes"),
    [
        (Settings(learning_rate=1.0, steps=7, momentum=0.1, optimizer="sgd"), False),
        (Settings(dtype="float64"), True),
        (Settings(objective=5), True),
        (Settings(seed=1), True),
        (Settings(batch_size=4), True),
    ],
)
def test_only_some_settings_change_the_computation(settings: Settings, computes: bool) -> None:
    """The pace of training leaves the numbers on the wires valid; dtype, objective, seed and batch don't."""
    net = course()
    net.doc.apply(Patch("Settings", settings=settings))
    assert (net.doc.graph_revision == net.doc.revision) is computes


def test_values_are_the_same_only_bit_for_bit() -> None:
    """0.0 and -0.0, True and 1, float32 and float64 are told apart: a file does so too."""
    assert same_value(1.5, 1.5)
    assert same_value(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert not same_value(0.0, -0.0)
    assert not same_value(True, 1)
    assert not same_value(1, 1.0)
    assert not same_value(np.zeros(2), -np.zeros(2))
    assert not same_value(np.zeros(2), np.zeros(2, np.float32))
    assert not same_value(np.zeros(2), np.zeros((1, 2)))
    assert not same_value(None, np.array(0.0))


def test_a_placeholder_has_no_ports() -> None:
    """A node of a gate that isn't known here keeps its data and shows no ports."""
    node = Node(1, "from_the_future", "p", {"a": 1})
    assert not node.known
    assert (node.input_ports(), node.output_ports()) == ((), ())


def test_weights_are_output_ports() -> None:
    """Dense shows z, W and b as outputs, and without bias no b."""
    net = Net()
    dense = net.doc.nodes[net.add("dense")]
    assert [port.name for port in dense.output_ports()] == ["z", "W", "b"]
    assert [port.name for port in replace(dense, params={"bias": False}).output_ports()] == ["z", "W"]
    assert all(gate.id in CATALOG for gate in CATALOG)


def test_a_deleted_node_leaves_nothing_behind() -> None:
    """After a deletion the lists of wires at the node are empty, and stay right when it comes back."""
    net = course()
    q = net.id("q")
    wires = {w.id: None for w in (*net.doc.wires_into(q), *net.doc.wires_out_of(q))}
    into = net.doc.wires_into(q)
    back = net.doc.apply(Patch("Delete", {q: None}, wires))
    assert net.doc.wires_into(q) == ()
    assert net.doc.wires_out_of(net.id("x")) == ()
    net.doc.apply(back)
    assert net.doc.wires_into(q) == into
