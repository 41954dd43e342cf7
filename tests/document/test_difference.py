"""What differs between two networks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document import commands, grouping
from gradstudio.document.clipboard import copy, paste
from gradstudio.document.difference import Difference, NodeDifference, difference
from gradstudio.document.model import Document, Patch, Training
from gradstudio.document.valuediff import LONGEST, Sign, value_details
from tests.document.build import Net, fresh, picture, spiral
from tests.document.strategies import documents, edit

OPPOSITE = {Sign.ADDED: Sign.REMOVED, Sign.REMOVED: Sign.ADDED, Sign.CHANGED: Sign.CHANGED}


def told(found: Difference) -> list[tuple[str, str, str]]:
    """Node, what, and from what to what, of every detail."""
    return [(one.node.name, d.name, f"{d.before} → {d.after}") for one in found.nodes for d in one.details]


def sides(one: NodeDifference) -> tuple[int, int]:
    """The ids of a node in the first and the second network, 0 where it isn't."""
    return 0 if one.before is None else one.before.id, 0 if one.after is None else one.after.id


def trained(doc: Document, step: int, **arrays: object) -> Document:
    """A copy that has learned these arrays, given as hidden_W."""
    made = doc.copy()
    keys = {}
    for name, array in arrays.items():
        node, _, weight = name.partition("_")
        keys[f"{id_of(doc, node)}.{weight}"] = np.array(array, np.float32)
    made.apply(Patch("Train", training=Training(step, keys)))
    return made


def id_of(doc: Document, name: str) -> int:
    """The id of a node."""
    node = doc.named(name)
    assert node is not None
    return node.id


@settings(max_examples=40)
@given(documents())
def test_a_network_does_not_differ_from_its_copy(doc: Document) -> None:
    """A network made of other records with the same content doesn't differ."""
    assert difference(doc, fresh(doc)).same


@settings(max_examples=60)
@given(st.data())
def test_seen_from_the_other_side_it_is_the_opposite(data: st.DataObject) -> None:
    """What was added is removed, what was changed is changed back; and what differs is different for sure."""
    before = data.draw(documents(8))
    after = before.copy()
    for _ in range(3):
        after.apply(edit(data.draw, after))
    there, back = difference(before, after), difference(after, before)
    assert sorted(sides(one)[::-1] for one in back.nodes) == sorted(sides(one) for one in there.nodes)
    assert Counter(OPPOSITE[one.sign] for one in back.nodes) == Counter(one.sign for one in there.nodes)
    assert sorted(OPPOSITE[one.sign] for one in back.wires) == sorted(one.sign for one in there.wires)
    assert {b: a for a, b in there.pairs.items()} == dict(back.pairs)
    assert there.same or picture(before) != picture(after)


def test_params_are_told_one_by_one() -> None:
    """A changed param is told with its label and both values; one that isn't set counts as its default."""
    net = spiral()
    after = net.doc.copy()
    after.apply(commands.set_param(after, [net.id("hidden")], "units", 32))
    bias = after.nodes[net.id("scores")].kind.params["bias"].default
    after.apply(commands.set_param(after, [net.id("scores")], "bias", bias))
    assert told(difference(net.doc, after)) == [("hidden", "units", "10 → 32")]


def test_nodes_and_wires_that_came_and_went() -> None:
    """An inserted node is added with its wires; the wire it replaced is removed; all others are no difference."""
    net = spiral()
    before = net.doc.copy()
    net.add("dropout", "drop")
    net.do(commands.disconnect(net.doc, [w.id for w in net.doc.wires_out_of(net.id("relu"))]))
    net.wire("relu.z", "drop.x")
    net.wire("drop.z", "scores.x")
    found = difference(before, net.doc)
    assert [(one.sign, one.node.name) for one in found.nodes] == [(Sign.ADDED, "drop")]
    assert [(one.sign, one.text) for one in found.wires] == [
        (Sign.REMOVED, "relu.z → scores.x"),
        (Sign.ADDED, "relu.z → drop.x"),
        (Sign.ADDED, "drop.z → scores.x"),
    ]


def test_a_pasted_copy_is_matched_by_name() -> None:
    """Other ids are no difference: nodes are found by name and gate, and their wires with them."""
    net = spiral()
    other = Net()
    other.add("constant", "first")
    other.do(commands.delete(other.doc, [other.id("first")]))
    patch, _ = paste(other.doc, copy(net.doc, net.doc.nodes), 0, 0)
    other.do(patch)
    assert not set(net.doc.nodes) <= set(other.doc.nodes)
    found = difference(net.doc, other.doc)
    assert all(one.looks for one in found.nodes)
    assert not found.wires
    assert len(found.pairs) == len(net.doc.nodes)


def test_a_renamed_node_under_another_id_is_matched_by_its_wires() -> None:
    """A node with neither id nor name of its like is found by gate and neighbours."""
    net, other = spiral(), Net()
    other.add("constant", "shift")
    for node in net.doc.nodes.values():
        other.add(node.gate, "squash" if node.name == "relu" else node.name, 0, 0, **dict(node.params))
    name = {node.id: "squash" if node.name == "relu" else node.name for node in net.doc.nodes.values()}
    for wire in net.doc.wires.values():
        other.wire(f"{name[wire.source]}.{wire.output}", f"{name[wire.target]}.{wire.input}")
    found = difference(net.doc, other.doc)
    assert told(found) == [("squash", "name", "relu → squash")]
    assert [one.node.name for one in found.nodes if one.sign is Sign.ADDED] == ["shift"]
    assert not found.wires


def test_all_of_a_chain_is_found_from_one_node() -> None:
    """Where one node is the same, those wired alike on and on are, each by its own input, under whatever names."""
    net, other = Net(), Net()
    other.add("constant", "shift")
    for made, letter in ((net, "a"), (other, "b")):
        made.add("constant", "start")
        made.add("constant", f"{letter}0")
        for i in range(1, 40):
            made.add("subtract", f"{letter}{i}")
            made.wire("start.value" if i == 1 else f"{letter}{i - 1}.z", f"{letter}{i}.x")
            made.wire(f"{letter}0.value" if i == 1 else f"{letter}{max(i - 2, 1)}.z", f"{letter}{i}.y")
    found = difference(net.doc, other.doc)
    assert len(found.pairs) == 41
    assert not found.wires
    assert {one.sign for one in found.nodes if one.node.name != "shift"} == {Sign.CHANGED}


def test_a_replaced_gate_is_a_change_of_the_node() -> None:
    """A node whose gate was replaced stays the node it was."""
    net = spiral()
    after = net.doc.copy()
    after.apply(commands.replace_gate(after, [net.id("relu")], "tanh"))
    found = difference(net.doc, after)
    assert [one.sign for one in found.nodes] == [Sign.CHANGED]
    assert ("gate", "ReLU → Tanh") in [(what, values) for _, what, values in told(found)]
    assert not found.wires


def test_places_and_colours_are_looks() -> None:
    """A moved, painted or annotated network differs in its looks only; a muted node in what it computes."""
    net = spiral()
    drawn = net.doc.copy()
    relu = drawn.nodes[net.id("relu")]
    drawn.apply(Patch("Draw", {relu.id: replace(relu, x=500.0, color="red", note="why?")}))
    assert difference(net.doc, drawn).looks_only
    drawn.apply(Patch("Mute", {relu.id: replace(relu, muted=True)}))
    assert not difference(net.doc, drawn).looks_only


def test_settings_and_objective() -> None:
    """Each setting that differs is told; the objective by the name of its node, wherever its id is another."""
    net = spiral()
    after = net.doc.copy()
    after.apply(commands.change_settings(after, learning_rate=0.1, batch_size=32))
    after.apply(commands.set_objective(after, net.id("loss")))
    assert [(d.name, d.before, d.after) for d in difference(net.doc, after).settings] == [
        ("learning rate", "0.01", "0.1"), ("batch size", "none", "32"), ("objective", "every end", "loss"),
    ]  # fmt: skip


def test_learned_arrays() -> None:
    """Of an array that differs: shapes, norm of the difference, its largest entry and where; no equal ones."""
    doc = spiral().doc
    old = trained(doc, 5, hidden_W=[[1, 2], [3, 4]], hidden_b=[1, 1], scores_b=[0])
    new = trained(doc, 9, hidden_W=[[1, 2], [3, 1]], hidden_b=[1, 1], scores_b=[0, 0], scores_W=[[1]])
    found = {one.name: one for one in difference(old, new).arrays}
    weights = found["hidden.W"]
    assert (weights.before, weights.norm, weights.largest, weights.at) == ((2, 2), 3.0, -3.0, (1, 1))
    assert found["scores.W"].sign is Sign.ADDED
    assert (found["scores.b"].before, found["scores.b"].after, found["scores.b"].norm) == ((1,), (2,), None)
    assert "hidden.b" not in found
    assert difference(old, new).training[0].name == "steps made"
    assert not difference(doc, new).arrays


def test_not_a_number_and_huge_entries_are_no_trouble() -> None:
    """NaN equals NaN, and entries too large to square have a norm."""
    doc = spiral().doc
    old = trained(doc, 1, hidden_W=[[np.nan, 3e38]])
    assert not difference(old, fresh(old)).arrays
    (found,) = difference(old, trained(doc, 1, hidden_W=[[np.nan, -3e38]])).arrays
    assert found.norm is not None
    assert np.isnan(found.norm)


def test_groups_are_compared_too() -> None:
    """A new group is told, and of its nodes that they lie in it."""
    net = spiral()
    after = net.doc.copy()
    patch, _ = grouping.group(after, [net.id("hidden"), net.id("relu")], name="Encoder")
    after.apply(patch)
    found = difference(net.doc, after)
    assert [(one.sign, one.kind, one.name) for one in found.areas] == [(Sign.ADDED, "group", "Encoder")]
    assert told(found) == [("hidden", "group", "none → Encoder"), ("relu", "group", "none → Encoder")]


def test_records_are_compared_entry_by_entry() -> None:
    """Of a text that holds a record the entries that differ are told; of a long text the place where it differs."""
    old, new = '{"kind": "csv", "prepare": {"scale": "none"}}', '{"kind": "csv", "prepare": {"scale": "minmax"}}'
    (detail,) = value_details("record", old, new)
    assert (detail.name, detail.before, detail.after) == ("record: prepare.scale", "none", "minmax")
    (detail,) = value_details("text", "a" * 500 + "b", "a" * 500 + "c")
    assert (detail.before[-2:], detail.after[-2:]) == ("ab", "ac")
    assert len(detail.before) <= LONGEST + 1
