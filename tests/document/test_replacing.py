"""Another gate in a node's place."""

from __future__ import annotations

import numpy as np
import pytest

from gradstudio.document import commands
from gradstudio.document.model import Node, Training, Wire
from gradstudio.document.reasons import Reason, Refused
from tests.document.build import Net, course, picture, spiral


def ends(net: Net) -> set[str]:
    """All wires as "x.value > q.x"."""
    names = {i: node.name for i, node in net.doc.nodes.items()}
    return {f"{names[w.source]}.{w.output} > {names[w.target]}.{w.input}" for w in net.doc.wires.values()}


def swap(net: Net, name: str, gate: str) -> None:
    """Replace one node's gate."""
    net.do(commands.replace_gate(net.doc, [net.id(name)], gate))


def test_all_wires_stay_where_the_ports_are_the_same() -> None:
    """× in the place of + keeps every wire, its id and the node's place; undo brings + back."""
    net = course()
    before, wires = picture(net.doc), dict(net.doc.wires)
    swap(net, "q", "multiply")
    assert net.doc.nodes[net.id("q")].gate == "multiply"
    assert dict(net.doc.wires) == wires
    assert net.history.undo_title == "Replace q by Multiply"
    net.history.undo()
    assert picture(net.doc) == before


def test_ports_are_matched_by_name_then_by_place() -> None:
    """A gate of one input keeps the first wire and the output; the second wire goes."""
    net = course()
    swap(net, "q", "exp")
    assert ends(net) == {"x.value > q.x", "q.z > f.x", "z.value > f.y"}


def test_labels_go_only_to_labels() -> None:
    """A wire of another kind finds no port of the new gate and goes; the scores stay."""
    net = spiral()
    swap(net, "loss", "relu")
    assert {end for end in ends(net) if "loss" in end} == {"scores.z > loss.x"}


def test_params_of_the_same_name_stay() -> None:
    """Units of a layer stay when another layer takes its place, and a wire at its weight goes to the one there."""
    net = spiral()
    swap(net, "hidden", "maxout")
    node = net.doc.nodes[net.id("hidden")]
    assert (node.gate, node.params["units"]) == ("maxout", 10)
    assert {"hidden.W1 > decay.w", "hidden.z > relu.x"} <= ends(net)


def test_a_name_given_by_the_gate_changes_with_it() -> None:
    """relu becomes tanh1; a name of somebody's own stays."""
    net = spiral()
    swap(net, "relu", "tanh")
    assert net.doc.named("relu") is None
    assert net.doc.nodes[3].gate == "tanh"
    assert net.doc.nodes[3].name.startswith("tanh")
    swap(net, "hidden", "maxout")
    assert net.doc.named("hidden") is not None


def test_what_was_trained_goes() -> None:
    """The trained weights of the old gate are forgotten, those of the others stay."""
    net = spiral()
    arrays = {f"{net.id(name)}.W": np.zeros((2, 2)) for name in ("hidden", "scores")}
    net.do(commands.set_training(net.doc, Training(1, arrays, {}, {}), "Train"))
    swap(net, "hidden", "maxout")
    assert list(net.doc.training.parameters) == [f"{net.id('scores')}.W"]


def test_an_objective_that_can_not_be_one_any_more() -> None:
    """Where no gradient flows from the new gate, every end is minimised again."""
    net = Net()
    node = net.add("constant", "c")
    net.do(commands.set_objective(net.doc, node))
    swap(net, "c", "spiral")
    assert net.doc.settings.objective is None


def test_several_at_once() -> None:
    """All selected nodes are replaced in one step; those that are such a gate already stay as they are."""
    net = spiral()
    extra = net.add("tanh", "own")
    patch = commands.replace_gate(net.doc, [net.id("relu"), extra], "tanh")
    assert patch.title == "Replace relu by Tanh"
    assert commands.replace_gate(net.doc, [extra], "tanh").empty


def test_wires_to_nodes_nobody_knows_are_kept() -> None:
    """A placeholder behind the replaced node keeps its wire."""
    net = course()
    net.place(Node(50, "from_the_future", "p"), Wire(51, net.id("q"), "z", 50, "in"))
    swap(net, "q", "multiply")
    assert 51 in net.doc.wires


def test_a_placeholder_can_be_replaced() -> None:
    """A node of an unknown gate becomes one of a known gate, with the wires that fit."""
    net = course()
    net.place(Node(50, "from_the_future", "p", {"a": 1}), Wire(51, net.id("f"), "z", 50, "in"))
    swap(net, "p", "exp")
    assert "f.z > p.x" in ends(net)
    assert dict(net.doc.nodes[50].params) == {}


def test_what_is_refused() -> None:
    """An unknown gate and an unknown node are refused with their names."""
    net = course()
    with pytest.raises(Refused, match="warp") as unknown:
        commands.replace_gate(net.doc, [net.id("q")], "warp")
    assert unknown.value.reason is Reason.UNKNOWN_GATE
    with pytest.raises(Refused, match="There is no node 99"):
        commands.replace_gate(net.doc, [99], "exp")
