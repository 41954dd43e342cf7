"""The table of what is legal: each reason by name, for a wire and for a whole document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from gradstudio.document import commands
from gradstudio.document.legality import candidates, check, why_not
from gradstudio.document.model import Document, Node, Patch, Settings, Wire
from gradstudio.document.reasons import Reason
from gradstudio.document.shapes import infer
from gradstudio.document.wiring import WIRE_ROWS
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Gate, Port, Shape
from tests.document.build import Net, course, fresh, spiral
from tests.document.strategies import documents


class Many(Gate):
    """Takes any number of wires."""

    id = "test_many"
    title = "Many"
    inputs = (Port("x"), Port("more", many=True))

    def shape(self, x: Shape, *more: Shape) -> Shape:
        """That of x."""
        return x

    def forward(self, x: Array, *more: Array) -> Array:
        """The first one."""
        return x


# --- one wire ----------------------------------------------------------------------------------------------------


def test_what_fits_may_be_wired() -> None:
    """A free input of the right kind and shape is refused nothing."""
    net = spiral()
    net.add("add", "total")
    assert net.why_not("loss.loss", "total.x") is None
    assert net.why_not("decay.loss", "total.y") is None
    assert net.why_not("hidden.b", "decay.w") is None


def test_a_node_that_is_not_there() -> None:
    """A wire from or to a node that was deleted meanwhile is refused by its number."""
    net = course()
    for ends in ((99, "z", net.id("f"), "x"), (net.id("f"), "z", 99, "x")):
        refused = why_not(net.doc, *ends)
        assert refused is not None
        assert refused.reason is Reason.UNKNOWN_NODE
        assert "99" in refused.message


def test_a_node_cannot_feed_itself() -> None:
    """A wire from a node to itself is a self loop, not just any cycle."""
    refused = course().why_not("f.z", "f.x", replace=True)
    assert refused is not None
    assert refused.reason is Reason.SELF_LOOP
    assert "“f”" in refused.message


def test_a_placeholder_cannot_be_wired() -> None:
    """Ports of a gate that isn't known here can't be told, so they aren't wired; the gate is named."""
    net = course()
    net.place(Node(50, "from_the_future", "p"))
    for ends in ((50, "z", net.id("f"), "x"), (net.id("f"), "z", 50, "x")):
        refused = why_not(net.doc, *ends)
        assert refused is not None
        assert refused.reason is Reason.UNKNOWN_GATE
        assert "from_the_future" in refused.message
        assert "“p”" in refused.message


def test_a_port_a_node_has_not() -> None:
    """A wrong port is refused with the ports there are."""
    net = course()
    net.add("dense", "d", bias=False)
    net.add("l2", "decay")
    for source, target, words in (
        ("f.q", "d.x", "“f” has no output “q”; it has z."),
        ("d.b", "decay.w", "“d” has no output “b”; it has z, W."),
        ("f.z", "d.y", "“d” has no input “y”; it has x."),
    ):
        refused = net.why_not(source, target)
        assert refused is not None
        assert (refused.reason, refused.message) == (Reason.UNKNOWN_PORT, words)


def test_the_same_wire_twice() -> None:
    """A wire that is there already is refused, at an input for many too, and though it might be replaced."""
    net = spiral()
    for source, target in (("hidden.z", "relu.x"), ("hidden.W", "decay.w")):
        for may_replace in (False, True):
            refused = net.why_not(source, target, replace=may_replace)
            assert refused is not None
            assert refused.reason is Reason.DUPLICATE


def test_labels_and_numbers_do_not_mix() -> None:
    """Class labels fit only where labels are needed, numbers only where numbers are; both ends are named."""
    net = spiral()
    net.do(commands.disconnect(net.doc, [w.id for w in net.doc.wires_into(net.id("loss"))]))
    there = net.why_not("data.X", "loss.labels")
    assert there is not None
    assert there.reason is Reason.TYPE
    assert there.message == "“data” → “loss”: X carries numbers, but labels needs class labels."
    back = net.why_not("data.labels", "loss.scores")
    assert back is not None
    assert back.message == "“data” → “loss”: labels carries class labels, but scores needs numbers."


def test_a_cycle_names_the_way_back() -> None:
    """A wire that closes a cycle is refused with both ends of the way that leads back, and what lies between."""
    net = course()
    refused = net.why_not("f.z", "q.x", replace=True)
    assert refused is not None
    assert refused.reason is Reason.CYCLE
    assert refused.message.startswith("“f” → “q” would close a cycle: “q” already leads to “f”.")
    net.add("exp", "e1")
    net.wire("f.z", "e1.x")
    for i in range(1, 6):
        net.add("exp", f"e{i + 1}")
        net.wire(f"e{i}.z", f"e{i + 1}.x")
    refused = net.why_not("e2.z", "q.x", replace=True)
    assert refused is not None
    assert "(“q” → “f” → “e1” → “e2”)" in refused.message
    refused = net.why_not("e6.z", "q.x", replace=True)
    assert refused is not None
    assert "(“q” → … → “e6”)" in refused.message


def test_a_cycle_is_seen_from_either_end_of_the_drag() -> None:
    """Dragging from an output over many inputs, or from an input over many outputs, finds the same cycles."""
    net = course()
    net.add("exp", "e")
    net.wire("f.z", "e.x")
    e, q = net.id("e"), net.id("q")
    from_output = {(i, port): refused for i, port, refused in candidates(net.doc, e, "z", True, replace=True)}
    to_input = {(i, port): refused for i, port, refused in candidates(net.doc, q, "x", False, replace=True)}
    assert {end for end, r in from_output.items() if r is not None and r.reason is Reason.CYCLE} == {
        (q, "x"), (q, "y"), (net.id("f"), "x"), (net.id("f"), "y"),
    }  # fmt: skip
    assert {end for end, r in to_input.items() if r is not None and r.reason is Reason.CYCLE} == {
        (net.id("f"), "z"), (e, "z"),
    }  # fmt: skip


def test_an_occupied_input() -> None:
    """An input takes one wire, and says whose it has, unless it may be replaced or is for many."""
    net = course()
    refused = net.why_not("z.value", "f.x")
    assert refused is not None
    assert refused.reason is Reason.OCCUPIED
    assert refused.message == "“z” → “f”: x is taken by “q”. Take that wire away first, or replace it."
    assert net.why_not("z.value", "f.x", replace=True) is None
    with CATALOG.including(Many):
        net.add("test_many", "m")
        net.wire("x.value", "m.more")
        assert net.why_not("y.value", "m.more") is None


def test_shapes_that_do_not_fit_are_both_shown() -> None:
    """A shape refusal names both ends, the gate's own sentence, and the shape at every input."""
    net = Net()
    net.add("constant", "a", value=[1, 2, 3])
    net.add("constant", "b", value=[[1, 2], [3, 4]])
    net.add("add", "sum")
    net.wire("a.value", "sum.x")
    refused = net.why_not("b.value", "sum.y")
    assert refused is not None
    assert refused.reason is Reason.SHAPE
    assert refused.message == "“b” → “sum”: Shapes 3 and 2×2 don't broadcast. (x 3, y 2×2)"


def test_shapes_are_judged_as_they_would_be() -> None:
    """A wire that replaces another one is judged without it, and an unknown shape refuses nothing."""
    net = Net()
    net.add("constant", "a", value=[1, 2, 3])
    net.add("constant", "b", value=[1, 2])
    net.add("add", "sum")
    net.add("add", "open")
    net.wire("a.value", "sum.x")
    assert net.why_not("open.z", "sum.y") is None
    assert net.why_not("b.value", "sum.y") is not None
    assert net.why_not("b.value", "sum.x", replace=True) is None


def test_sizes_no_machine_holds_are_refused_before_they_are_made() -> None:
    """A wire that would make an array of more than 2**40 numbers is refused with that number."""
    net = Net()
    net.add("constant", "one", value=[[1.0] * 2000])
    net.add("dense", "wide", units=65536)
    with CATALOG.including(Outer):
        net.add("test_outer", "outer")
        net.wire("one.value", "wide.x")
        net.wire("wide.W", "outer.x")
        refused = net.why_not("wide.W", "outer.y")
    assert refused is not None
    assert refused.reason is Reason.SIZE
    assert "17,179,869,184,000,000 numbers" in refused.message
    assert "“wide” → “outer”" in refused.message


class Outer(Gate):
    """Every entry of x times every entry of y."""

    id = "test_outer"
    title = "Outer"
    inputs = (Port("x"), Port("y"))

    def shape(self, x: Shape, y: Shape) -> Shape:
        """Both shapes one after the other."""
        return x + y


def test_a_wire_that_is_dragged_elsewhere_does_not_stand_in_its_own_way() -> None:
    """Judged without the wire whose end is dragged, neither its input is occupied nor its way a cycle."""
    net = Net()
    for name in "abc":
        net.add("negate", name)
    a_to_b = net.wire("a.z", "b.x")
    net.wire("b.z", "c.x")
    assert net.why_not("c.z", "a.x") is not None
    assert net.why_not("c.z", "a.x", without=a_to_b) is None
    assert net.why_not("c.z", "b.x", without=a_to_b) is not None
    net.add("constant", "k")
    assert net.why_not("k.value", "b.x") is not None
    assert net.why_not("k.value", "b.x", without=a_to_b) is None


def test_candidates_are_all_ports_of_the_other_side() -> None:
    """Candidates are asked exactly what `why_not` is asked, of every node or of those in view."""
    net = spiral()
    relu = net.id("relu")
    found = candidates(net.doc, relu, "z", True)
    assert [(i, port) for i, port, _ in found] == [
        (node.id, port.name) for node in net.doc.nodes.values() for port in node.input_ports()
    ]
    for i, port, refused in found:
        asked = why_not(net.doc, relu, "z", i, port)
        assert (refused and refused.message) == (asked and asked.message)
    assert [i for i, *_ in candidates(net.doc, relu, "z", True, among=[net.id("decay")])] == [net.id("decay")]
    outputs = {(i, port) for i, port, _ in candidates(net.doc, relu, "x", False)}
    assert (net.id("hidden"), "W") in outputs
    assert (net.id("data"), "labels") in outputs


@settings(max_examples=60, deadline=None)
@given(documents(training=False))
def test_a_wire_is_refused_exactly_where_it_would_do_harm(doc: Document) -> None:
    """`why_not` agrees with putting the wire in and looking at the whole document, for every pair of ports."""
    for source in doc.nodes.values():
        for output in infer(doc).places[source.id].outputs:
            for target, taken, refused in candidates(doc, source.id, output.name, True):
                harm = _harm(doc, Wire(10**6, source.id, output.name, target, taken))
                assert (refused is None) is (not harm), (refused, harm)
                assert refused is None or refused.reason in harm


def _harm(doc: Document, wire: Wire) -> set[Reason]:
    twin = fresh(doc)
    twin.apply(Patch("Try", wires={wire.id: wire}))
    misfit = (Reason.SHAPE, Reason.SIZE)
    return {f.reason for f in check(twin) if f.reason.structural or (f.node == wire.target and f.reason in misfit)}


# --- a whole document --------------------------------------------------------------------------------------------


Spoil = Callable[[Net], object]


def _extra(source: str, target: str) -> Spoil:
    return lambda net: net.place(Wire(90, *net.ends(source, target)))


def _change(node: str, **fields: Any) -> Spoil:
    return lambda net: net.place(replace(net.doc.nodes[net.id(node)], **fields))


def _set(**fields: Any) -> Spoil:
    return lambda net: net.doc.apply(Patch("Set", settings=replace(Settings(), **fields)))


BROKEN: list[tuple[Reason, Spoil, str]] = [
    (Reason.UNKNOWN_PORT, _extra("hidden.q", "decay.w"), "“hidden” has no output “q”; it has z, W, b."),
    (Reason.UNKNOWN_PORT, _extra("relu.z", "decay.q"), "“decay” has no input “q”; it has w."),
    (Reason.SELF_LOOP, _extra("decay.loss", "decay.w"), "“decay” feeds itself"),
    (Reason.DUPLICATE, _extra("hidden.W", "decay.w"), "“hidden” → “decay”: this wire is there twice"),
    (Reason.TYPE, _extra("data.labels", "decay.w"), "labels carries class labels, but w needs numbers"),
    (Reason.OCCUPIED, _extra("relu.z", "hidden.x"), "“relu” → “hidden”: x has another wire already"),
    (Reason.CYCLE, _extra("relu.z", "hidden.x"), "“relu” → “hidden” → “relu”"),
    (Reason.NAME, _change("relu", name="re\nlu"), "control character U+000A"),
    (Reason.NAME, _change("relu", name=" relu"), "begin or end with a space"),
    (Reason.NAME, _change("relu", name="r" * 101), "at most 100 characters"),
    (Reason.MARK, _change("relu", color="pink"), "“relu”: There is no colour “pink”; there are red, orange"),
    (Reason.MARK, _change("relu", note="n" * 2001), "“relu”: A note has at most 2,000 characters"),
    (Reason.MARK, _change("relu", note="a\x07"), "A note can't contain the control character U+0007"),
    (Reason.PLACE, _change("relu", x=float("nan")), "“relu”: A node can't be at (nan, 0)"),
    (Reason.PLACE, _change("relu", y=1e300), "can't be at"),
    (Reason.OBJECTIVE, _set(objective=77), "node 77, which isn't there"),
    (Reason.OBJECTIVE, _set(objective=1), "“data” can't be minimised"),
    (Reason.SETTINGS, _set(learning_rate=float("nan")), "learning rate needs a number above 0"),
    (Reason.SETTINGS, _set(steps=0), "steps needs a whole number from 1"),
    (Reason.UNKNOWN_GATE, _change("relu", gate="gone"), "doesn't know its gate “gone”"),
    (Reason.PARAM, _change("hidden", params={"units": -1}), "“hidden”: units needs a whole number from 1"),
    (Reason.PARAM, _change("hidden", params={"fins": 1}), "“hidden”: Dense has no parameter “fins”"),
    (Reason.SHAPE, _change("scores", params={"units": 3, "start_b": [1.0]}), "“scores”: start_b is 1, but b is 3"),
]
NEVER_IN_A_DOCUMENT = {Reason.UNKNOWN_NODE, Reason.CLIPBOARD}
TESTED_ELSEWHERE = {Reason.SIZE, Reason.MISSING, Reason.PIN, Reason.GROUP, Reason.REMARK, Reason.EXERCISE}


@pytest.mark.parametrize(("reason", "spoil", "words"), BROKEN, ids=lambda v: v if isinstance(v, str) else "")
def test_each_row_of_the_table_finds_its_fault(reason: Reason, spoil: Spoil, words: str) -> None:
    """A document spoilt in one way shows that finding, in a sentence that says where."""
    net = spiral()
    assert check(net.doc) == []
    spoil(net)
    found = [finding for finding in check(net.doc) if finding.reason is reason]
    assert found, check(net.doc)
    assert any(words in finding.message for finding in found), found
    assert all(finding.node in net.doc.nodes or reason in (Reason.OBJECTIVE, Reason.SETTINGS) for finding in found)


def test_no_reason_is_without_a_test() -> None:
    """Every reason there is has a row above, or a test of its own elsewhere."""
    assert {reason for reason, *_ in BROKEN} | NEVER_IN_A_DOCUMENT | TESTED_ELSEWHERE == set(Reason)
    assert set(WIRE_ROWS) <= {*(reason for reason, *_ in BROKEN), Reason.UNKNOWN_NODE}


def test_a_finding_about_a_wire_tells_which() -> None:
    """What is wrong with a wire carries its id, so that it can be shown there."""
    net = spiral()
    net.place(Wire(90, *net.ends("relu.z", "hidden.x")))
    occupied = [finding for finding in check(net.doc) if finding.reason is Reason.OCCUPIED]
    assert [(finding.node, finding.wire) for finding in occupied] == [(net.id("hidden"), 90)]


def test_a_placeholder_keeps_its_wires() -> None:
    """Wires at a gate that isn't known here are kept and not called broken: nobody can tell its ports."""
    net = course()
    net.place(replace(net.doc.nodes[net.id("q")], gate="from_the_future"))
    assert [finding.reason for finding in check(net.doc)] == [Reason.UNKNOWN_GATE]


def test_unfinished_is_not_broken() -> None:
    """Missing wires, shapes that don't fit and unknown gates aren't structural: they can be edited away."""
    for reason in (Reason.MISSING, Reason.SHAPE, Reason.SIZE, Reason.PIN, Reason.UNKNOWN_GATE, Reason.PARAM):
        assert not reason.structural
