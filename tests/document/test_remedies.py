"""What puts a finding right, where that is obvious."""

from __future__ import annotations

from dataclasses import replace

from gradstudio.document import commands
from gradstudio.document.marking import set_muted
from gradstudio.document.model import Patch
from gradstudio.document.remedies import Connect, Edit, Unmute, remedy
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from tests.document.build import Net
from tests.document.test_shapes import Pinned


def findings(net: Net) -> dict[str, object]:
    """The remedy of every finding, by the node's name."""
    return {net.doc.nodes[f.node].name: remedy(net.doc, f) for f in infer(net.doc).problems}


def test_the_only_free_output_is_offered() -> None:
    """An input without a wire is offered the only output that feeds nothing and fits."""
    net = Net()
    x = net.add("constant", "x", value=2.0)
    f = net.add("negate", "f")
    assert findings(net) == {"f": Connect(x, "value", f, "x")}
    ends = findings(net)["f"]
    assert isinstance(ends, Connect)
    net.do(commands.connect(net.doc, ends.source, ends.output, ends.target, ends.input))
    assert findings(net) == {}


def test_of_two_outputs_none_is_offered() -> None:
    """Where two free outputs fit it isn't obvious which is meant."""
    net = Net()
    net.add("constant", "x", value=2.0)
    net.add("constant", "y", value=3.0)
    net.add("negate", "f")
    assert findings(net) == {"f": None}


def test_of_two_outputs_the_far_nearer_one_is_offered() -> None:
    """Where one free output is more than twice as near as the other, it is meant; just twice isn't enough."""
    net = Net()
    near = net.add("constant", "near", -100, 0, value=2.0)
    far = net.add("constant", "far", -201, 0, value=3.0)
    f = net.add("negate", "f")
    assert findings(net) == {"f": Connect(near, "value", f, "x")}
    net.do(commands.move(net.doc, {far: (-200, 0)}))
    assert findings(net) == {"f": None}


def test_an_output_that_carries_nothing_is_not_offered() -> None:
    """A node that can't be computed itself has nothing to give."""
    net = Net()
    x = net.add("constant", "x", -500, 0, value=2.0)
    net.add("negate", "unfinished", -10, 0)
    f = net.add("negate", "f")
    assert findings(net)["f"] == Connect(x, "value", f, "x")


def test_no_output_that_closes_a_cycle_is_offered() -> None:
    """A node's own successor is free, but would close a cycle."""
    net = Net()
    net.add("negate", "first")
    net.add("negate", "second")
    net.wire("first.z", "second.x")
    assert findings(net) == {"first": None}


def test_a_muted_node_that_passes_nothing_is_unmuted() -> None:
    """A muted node without a wire, or one whose weight is waited for, is offered to be unmuted."""
    net = Net()
    node = net.add("negate", "f")
    net.do(set_muted(net.doc, [node], True))
    assert findings(net) == {"f": Unmute(node)}


def test_a_pinned_weight_of_another_shape_is_edited() -> None:
    """A start value of the wrong shape leads to its field."""
    with CATALOG.including(Pinned):
        net = Net()
        net.add("constant", "x", value=2.0)
        node = net.add("test_pinned", "p", start_W=[1.0, 2.0])
        net.wire("x.value", "p.x")
        assert findings(net) == {"p": Edit(node, "start_W")}


def test_a_refused_param_is_edited() -> None:
    """A param a file holds and the gate refuses leads to its field."""
    net = Net()
    dense = net.add("dense", "dense", units=3)
    broken = replace(net.doc.nodes[dense], params={"units": -1})
    net.doc.apply(Patch("Break", {dense: broken}))
    assert findings(net) == {"dense": Edit(dense, "units")}


def test_what_no_version_knows_has_no_remedy() -> None:
    """For an unknown gate nothing is offered."""
    net = Net()
    node = net.add("negate", "f")
    net.doc.apply(Patch("Swap", {node: replace(net.doc.nodes[node], gate="acme.warp")}))
    assert findings(net) == {"f": None}
