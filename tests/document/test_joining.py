"""Nodes are connected without their ports being named."""

from __future__ import annotations

import pytest

from gradstudio.document import dots, joining
from gradstudio.document.fitting import End
from gradstudio.document.model import Patch
from gradstudio.document.reasons import Reason, Refused
from tests.document.build import Net, picture, spiral
from tests.document.test_building import ids, one_step, wire, wires


def row(*gates: str) -> Net:
    """Nodes a, b, c … of these gates from left to right."""
    net = Net()
    for i, gate in enumerate(gates):
        net.add(gate, "abcdefgh"[i], 100 * i)
    return net


def join(net: Net, *names: str) -> None:
    """Join them in one step."""
    one_step(net, joining.join(net.doc, ids(net, *names)))


def test_two_nodes_are_joined_from_left_to_right() -> None:
    """Whichever was named first; once more, the next input is taken."""
    net = row("constant", "add")
    join(net, "b", "a")
    assert wires(net) == {"a.value>b.x"}
    join(net, "a", "b")
    assert wires(net) == {"a.value>b.x", "a.value>b.y"}
    with pytest.raises(Refused, match="Every input of “b” has its wire"):
        joining.join(net.doc, ids(net, "a", "b"))


def test_two_nodes_are_joined_the_other_way_where_only_that_fits() -> None:
    """A constant at the right of a gate feeds it."""
    net = row("relu", "constant")
    join(net, "a", "b")
    assert wires(net) == {"b.value>a.x"}


def test_the_refusal_is_that_of_the_direct_way() -> None:
    """Two constants, and two nodes that would close a cycle."""
    net = row("constant", "constant")
    with pytest.raises(Refused, match="“b” takes no wire"):
        joining.join(net.doc, ids(net, "a", "b"))
    net = row("add", "add")
    net.wire("b.z", "a.x")
    found = joining.best_pair(net.doc, *ids(net, "a", "b"))
    assert isinstance(found, Refused)
    assert found.reason is Reason.CYCLE
    with pytest.raises(Refused):
        joining.connect_nodes(net.doc, net.id("a"), net.id("a"))


def test_a_row_of_nodes_is_joined_to_a_formula() -> None:
    """Each feeds the next one to the right that takes it: x, y, + and z, × become (x + y) · z in one step."""
    net = row("constant", "constant", "add", "constant", "multiply")
    join(net, "a", "b", "c", "d", "e")
    assert wires(net) == {"a.value>c.x", "b.value>c.y", "c.z>e.x", "d.value>e.y"}
    with pytest.raises(Refused):
        joining.join(net.doc, net.doc.nodes)


def test_all_wires_of_an_output_are_moved_to_another() -> None:
    """In one step, with their dots; where one is refused none is moved."""
    net = spiral()
    net.add("tanh", "t")
    net.wire("hidden.z", "t.x")
    net.do(dots.add_dot(net.doc, wire(net, "hidden", "t"), 0, 5, 6))
    both = [w for w in net.doc.wires.values() if w.output == "z" and w.source == net.id("hidden")]
    one_step(net, joining.move_ends(net.doc, both, End(net.id("data"), "X", True)))
    assert {"data.X>relu.x", "data.X>t.x"} <= wires(net)
    assert net.doc.wires[wire(net, "data", "t")].via == ((5, 6),)
    assert net.history.undo_title == "Move 2 wires to data"
    before = picture(net.doc)
    both = [w for w in net.doc.wires.values() if w.source == net.id("data") and w.output == "X"]
    with pytest.raises(Refused, match="cycle"):
        joining.move_ends(net.doc, both, End(net.id("scores"), "z", True))
    assert picture(net.doc) == before


def test_all_wires_of_an_input_are_moved_to_another() -> None:
    """An input that takes many gives them to another one that does."""
    net = spiral()
    net.add("l1", "sparse")
    both = list(net.doc.wires_into(net.id("decay")))
    patch: Patch = joining.move_ends(net.doc, both, End(net.id("sparse"), "w", False))
    one_step(net, patch)
    assert {"hidden.W>sparse.w", "scores.W>sparse.w"} <= wires(net)
    assert not net.doc.wires_into(net.id("decay"))


def test_the_wires_around_nodes_are_those_to_the_outside() -> None:
    """Wires between the nodes themselves are not among them."""
    net = spiral()
    found = joining.around(net.doc, ids(net, "hidden", "relu"))
    names = {net.doc.nodes[net.doc.wires[w].target].name for w in found}
    assert names == {"hidden", "decay", "scores"}
    assert len(found) == 3
