"""Nodes come into a network and leave it together with their wires, in one step."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gradstudio.document import building, commands, dots
from gradstudio.document.building import Fresh, Placed
from gradstudio.document.fitting import End, between, loose, newcomer, takes
from gradstudio.document.legality import check
from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.reasons import Refused
from tests.document.build import Net, course, picture, spiral


def wires(net: Net) -> set[str]:
    """The wires as "x.value>q.x"."""
    names = {i: node.name for i, node in net.doc.nodes.items()}
    return {f"{names[w.source]}.{w.output}>{names[w.target]}.{w.input}" for w in net.doc.wires.values()}


def selected(net: Net, placed: Placed) -> set[str]:
    """What is to be selected, by name."""
    return {net.doc.nodes[i].name for i in placed.select}


def add(net: Net, gate: str, name: str, feeding: Iterable[str] = (), **params: object) -> set[str]:
    """Add a node beside selected ones; returns what is selected then."""
    placed = building.add(net.doc, Fresh(gate, 0, 0, name, params), [net.id(n) for n in feeding])
    one_step(net, placed.patch)
    return selected(net, placed)


def one_step(net: Net, patch: Patch) -> None:
    """Do it, see that undo and redo are exact and that nothing illegal came of it."""
    before = picture(net.doc)
    net.do(patch)
    after = picture(net.doc)
    net.history.undo()
    assert picture(net.doc) == before
    net.history.redo()
    assert picture(net.doc) == after
    assert not [finding for finding in check(net.doc) if finding.reason.structural]


def node(gate: str, **params: object) -> Node:
    """A node that isn't in any network."""
    doc = Document()
    patch, i = commands.add_node(doc, gate, 0, 0, params=params)
    made = patch.nodes[i]
    assert made is not None
    return newcomer(made)


def wire(net: Net, source: str, target: str) -> int:
    """The wire between two nodes."""
    ends = net.id(source), net.id(target)
    return next(w.id for w in net.doc.wires.values() if (w.source, w.target) == ends)


# --- adding beside what is selected -----------------------------------------------------------------------------------


def test_a_formula_is_built_by_adding_alone() -> None:
    """x, y, +, z, ×, each added right after the other, are wired to f = (x + y) · z: nothing is selected by hand."""
    net = Net()
    chosen: set[str] = set()
    for gate, name in (("constant", "x"), ("constant", "y"), ("add", "q"), ("constant", "z"), ("multiply", "f")):
        chosen = add(net, gate, name, sorted(chosen))
    assert wires(net) == wires(course())
    assert chosen == {"f"}


def test_the_selected_node_feeds_the_new_one() -> None:
    """Its first free output goes to the first input that takes it, and the new node is selected."""
    net = course()
    assert add(net, "relu", "r", ["f"]) == {"r"}
    assert "f.z>r.x" in wires(net)


def test_two_selected_nodes_feed_a_gate_of_two_inputs() -> None:
    """In the order in which they were selected; a third one finds no input and isn't wired."""
    net = course()
    add(net, "subtract", "d", ["z", "x", "y"])
    assert {"z.value>d.x", "x.value>d.y"} <= wires(net)
    assert "y.value>d.x" not in wires(net)


def test_a_new_source_feeds_the_selected_node_that_wants_it() -> None:
    """It goes to the first input without a wire, and that node stays selected, for the next source."""
    net = Net()
    add(net, "add", "q")
    assert add(net, "constant", "x", ["q"]) == {"q"}
    assert add(net, "constant", "y", ["q"]) == {"q"}
    assert wires(net) == {"x.value>q.x", "y.value>q.y"}
    assert add(net, "constant", "z", ["q"]) == {"q", "z"}


def test_kinds_find_each_other() -> None:
    """Labels go to labels, numbers to numbers, weights to a regulariser."""
    net = spiral()
    add(net, "softmax_cross_entropy", "loss2", ["scores", "data"])
    assert {"scores.z>loss2.scores", "data.labels>loss2.labels"} <= wires(net)
    add(net, "l2", "more", ["hidden", "scores"])
    assert {"hidden.W>more.w", "scores.W>more.w"} <= wires(net)


def test_what_does_not_fit_is_placed_without_wires() -> None:
    """A refused wire doesn't keep the node away."""
    net = Net()
    net.add("labels", "labels", value=[0, 1])
    assert add(net, "relu", "r", ["labels"]) == {"r"}
    assert wires(net) == set()


def test_params_and_names_are_taken_and_refused() -> None:
    """A new node has the name and the values given; a taken name refuses all of it."""
    net = course()
    add(net, "dense", "h", ["x"], units=7)
    assert net.doc.nodes[net.id("h")].params["units"] == 7
    before = picture(net.doc)
    with pytest.raises(Refused):
        building.add(net.doc, Fresh("dense", 0, 0, "h"))
    assert picture(net.doc) == before


# --- adding where a wire was dropped ----------------------------------------------------------------------------------


def test_a_node_is_made_for_a_wire_that_was_dropped() -> None:
    """From an output it goes to the first input that fits, from an input to the first output."""
    net = spiral()
    placed = building.add_at(net.doc, Fresh("dense", 0, 0, "d"), [End(net.id("relu"), "z", True)])
    one_step(net, placed.patch)
    assert "relu.z>d.x" in wires(net)
    net.do(commands.disconnect(net.doc, [wire(net, "relu", "scores")]))
    placed = building.add_at(net.doc, Fresh("tanh", 0, 0, "t"), [End(net.id("scores"), "x", False)])
    one_step(net, placed.patch)
    assert "t.z>scores.x" in wires(net)


def test_only_what_fits_is_offered_for_a_wire() -> None:
    """By kind and by shape: labels fit no ReLU, a matrix of three columns no vector of two."""
    net = spiral()
    labels, numbers = End(net.id("data"), "labels", True), End(net.id("data"), "X", True)
    assert takes(net.doc, node("relu"), [numbers])
    assert not takes(net.doc, node("relu"), [labels])
    assert takes(net.doc, node("softmax_cross_entropy"), [labels])
    assert not takes(net.doc, node("constant"), [numbers])
    net.do(commands.disconnect(net.doc, [wire(net, "data", "loss")]))
    wanted = End(net.id("loss"), "labels", False)
    assert takes(net.doc, node("labels", value=[0] * 60), [wanted])
    assert not takes(net.doc, node("labels", value=[0] * 59), [wanted])
    assert not takes(net.doc, node("constant"), [wanted])
    assert not takes(net.doc, node("relu"), [])


def test_what_does_not_fit_there_is_refused_as_a_whole() -> None:
    """No node is made for a wire it has no port for."""
    net = spiral()
    with pytest.raises(Refused, match="carries class labels"):
        building.add_at(net.doc, Fresh("relu", 0, 0), [End(net.id("data"), "labels", True)])
    with pytest.raises(Refused, match="no port"):
        building.add_at(net.doc, Fresh("constant", 0, 0), [End(net.id("data"), "labels", True)])


# --- into a wire ------------------------------------------------------------------------------------------------------


def test_a_node_is_inserted_into_a_wire() -> None:
    """Its source feeds the node and the node its target; the dots are shared out; it is moved where it was dropped."""
    net = course()
    net.add("tanh", "t")
    w = wire(net, "q", "f")
    for i in range(3):
        net.do(dots.add_dot(net.doc, w, i, 10 * i, 0))
    one_step(net, building.insert(net.doc, w, net.id("t"), before=1, at=(50, 60)))
    assert {"q.z>t.x", "t.z>f.x"} <= wires(net)
    assert "q.z>f.x" not in wires(net)
    assert net.doc.wires[wire(net, "q", "t")].via == ((0, 0),)
    assert net.doc.wires[wire(net, "t", "f")].via == ((10, 0), (20, 0))
    assert (net.doc.nodes[net.id("t")].x, net.doc.nodes[net.id("t")].y) == (50, 60)
    assert net.history.undo_title == "Insert t into q → f"


def test_a_new_node_is_inserted_into_a_wire() -> None:
    """The same for a gate from the palette, in one step."""
    net = course()
    placed = building.add_into(net.doc, Fresh("relu", 0, 0, "r"), wire(net, "z", "f"))
    one_step(net, placed.patch)
    assert {"z.value>r.x", "r.z>f.y"} <= wires(net)
    assert selected(net, placed) == {"r"}


def test_a_wire_takes_what_fits_on_both_sides() -> None:
    """Kind, shape and direction of both halves are looked at, with the shape the node would give."""
    net = spiral()
    data, scores = net.doc.wires[wire(net, "data", "hidden")], net.doc.wires[wire(net, "scores", "loss")]
    assert between(net.doc, data, node("dense", units=4)) == ("x", "z")
    assert between(net.doc, scores, node("relu")) == ("x", "z")
    assert between(net.doc, scores, node("constant")) is None
    labels = next(w for w in net.doc.wires.values() if w.output == "labels")
    assert between(net.doc, labels, node("relu")) is None
    net.add("parameter", "v", value=[1.0, 2.0, 3.0])
    net.add("add", "s")
    net.wire("scores.z", "s.x")
    net.wire("v.value", "s.y")
    into = net.doc.wires[wire(net, "scores", "s")]
    assert between(net.doc, into, node("dense", units=3)) == ("x", "z")
    assert between(net.doc, into, node("dense", units=4)) is None
    with pytest.raises(Refused, match="doesn't fit"):
        building.add_into(net.doc, Fresh("dense", 0, 0, None, {"units": 4}), into.id)


def test_a_node_that_would_close_a_cycle_is_not_inserted() -> None:
    """A node behind the wire's target fits by kind and shape, and still not."""
    net = course()
    net.add("add", "t")
    net.wire("f.z", "t.x")
    assert loose(net.doc, net.id("t"))
    assert between(net.doc, net.doc.wires[wire(net, "q", "f")], net.doc.nodes[net.id("t")]) is None
    assert between(net.doc, net.doc.wires[wire(net, "f", "t")], net.doc.nodes[net.id("t")]) is None


def test_only_nodes_that_feed_nothing_are_loose() -> None:
    """With an input to spare and no wire away, but for those of its weights."""
    net = spiral()
    assert [name for name in ("data", "hidden", "decay") if loose(net.doc, net.id(name))] == ["decay"]
    net.do(commands.disconnect(net.doc, [wire(net, "data", "hidden"), wire(net, "hidden", "relu")]))
    assert loose(net.doc, net.id("hidden"))


# --- out of the wires -------------------------------------------------------------------------------------------------


def ids(net: Net, *names: str) -> list[NodeId]:
    """Ids by name."""
    return [net.id(name) for name in names]


def test_wires_heal_where_a_node_is_taken_out() -> None:
    """What fed it feeds what it fed; it keeps no wire and goes where it was dragged; its dots join."""
    net = spiral()
    net.do(dots.add_dot(net.doc, wire(net, "hidden", "relu"), 0, 1, 2))
    net.do(dots.add_dot(net.doc, wire(net, "relu", "scores"), 0, 3, 4))
    relu = net.id("relu")
    one_step(net, building.take_out(net.doc, [relu], {relu: (70, 80)}))
    assert "hidden.z>scores.x" in wires(net)
    assert not [name for name in wires(net) if "relu" in name]
    assert net.doc.wires[wire(net, "hidden", "scores")].via == ((1, 2), (3, 4))
    assert (net.doc.nodes[relu].x, net.doc.nodes[relu].y) == (70, 80)


def test_inserting_what_was_taken_out_gives_the_same_wires() -> None:
    """The one is the other's opposite."""
    net = spiral()
    before = wires(net)
    relu = net.id("relu")
    net.do(building.take_out(net.doc, [relu]))
    net.do(building.insert(net.doc, wire(net, "hidden", "scores"), relu))
    assert wires(net) == before


def test_several_nodes_are_taken_out_with_the_wires_between_them() -> None:
    """A chain keeps its inner wire, and what fed its beginning feeds what its end fed."""
    net = spiral()
    one_step(net, building.take_out(net.doc, ids(net, "hidden", "relu")))
    assert {"data.X>scores.x", "hidden.z>relu.x"} <= wires(net)
    assert "hidden.W>decay.w" not in wires(net)


def test_every_wire_away_is_healed() -> None:
    """A node that feeds several is replaced at all of them, by its first input's source where that fits."""
    net = course()
    net.add("relu", "r")
    net.wire("q.z", "r.x")
    one_step(net, building.take_out(net.doc, ids(net, "q")))
    assert {"x.value>f.x", "x.value>r.x"} <= wires(net)
    assert not [name for name in wires(net) if "q" in name or "y" in name.split(">")[0]]


def test_where_healing_is_illegal_the_next_input_is_tried_or_nothing() -> None:
    """A matrix that fits no longer, a source that is there twice: such wires just go."""
    net = Net()
    net.add("constant", "a", value=[[1.0, 2.0]])
    net.add("constant", "b", value=[[1.0], [2.0]])
    net.add("matmul", "p")
    net.add("constant", "c", value=[1.0, 2.0, 3.0])
    net.add("add", "s")
    for source, target in (("a.value", "p.x"), ("b.value", "p.y"), ("c.value", "s.x"), ("p.z", "s.y")):
        net.wire(source, target)
    one_step(net, building.take_out(net.doc, ids(net, "p")))
    assert wires(net) == {"c.value>s.x", "b.value>s.y"}
    net = Net()
    net.add("constant", "a", value=[1.0, 2.0])
    net.add("sum", "p")
    net.add("constant", "c", value=[1.0, 2.0, 3.0])
    net.add("add", "s")
    for source, target in (("a.value", "p.x"), ("c.value", "s.x"), ("p.z", "s.y")):
        net.wire(source, target)
    one_step(net, building.take_out(net.doc, ids(net, "p")))
    assert wires(net) == {"c.value>s.x"}


def test_a_node_without_wires_is_not_taken_out() -> None:
    """There is nothing to do, and it says so."""
    net = Net()
    net.add("relu", "r")
    with pytest.raises(Refused, match="No wire leads to r"):
        building.take_out(net.doc, ids(net, "r"))


def test_deleting_heals_as_well() -> None:
    """The node goes with its weights; the objective goes with it."""
    net = spiral()
    net.do(commands.set_objective(net.doc, net.id("relu")))
    one_step(net, building.dissolve(net.doc, ids(net, "relu")))
    assert "hidden.z>scores.x" in wires(net)
    assert net.doc.named("relu") is None
    assert net.doc.settings.objective is None
    assert net.history.undo_title == "Delete relu, wires healed"
