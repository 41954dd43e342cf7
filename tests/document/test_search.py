"""Finding nodes by what somebody types."""

from __future__ import annotations

import pytest

from gradstudio.document import commands, grouping
from gradstudio.document.model import Node
from gradstudio.document.search import Index
from tests.document.build import Net, course, spiral


def found(net: Net, query: str) -> list[str]:
    """Names of what answers, the best first."""
    return [net.doc.nodes[hit.node].name for hit in Index(net.doc).find(query)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("hid", {"hidden"}),
        ("HIDDEN", {"hidden"}),
        ("dense", {"hidden", "scores"}),
        ("cross-entropy", {"loss"}),
        ("activations", {"relu"}),
        ("units=10", {"hidden"}),
        ("units = 3", {"scores"}),
        ("units dense", {"hidden", "scores"}),
        ("10", {"hidden", "relu"}),
        ("60×10", {"hidden", "relu"}),
        ("60x3", {"scores"}),
        ("60 x 3", {"scores"}),
        ("dense 60x3", {"scores"}),
        ("why not", {"relu"}),
        ("muted", {"relu"}),
        ("teal", {"hidden"}),
        ("nothing like it", set()),
        ("", set()),
        ("   ", set()),
    ],
)
def test_what_is_found(query: str, names: set[str]) -> None:
    """Names, kinds, parameters, shapes, notes and states, with every word of the query in one of them."""
    net = spiral()
    for patch in (
        lambda: commands.set_muted(net.doc, [net.id("relu")], True),
        lambda: commands.set_color(net.doc, [net.id("hidden")], "teal"),
        lambda: commands.set_note(net.doc, [net.id("relu")], "why\nnot a tanh?"),
    ):
        net.do(patch())
    assert set(found(net, query)) >= names if query == "10" else set(found(net, query)) == names


def test_values_are_found() -> None:
    """A constant is found by its value, typed with either minus sign; problems by the word."""
    net = course()
    assert found(net, "value=-4") == found(net, "value=−4") == ["z"]
    net.do(commands.disconnect(net.doc, [w.id for w in net.doc.wires_into(net.id("q"))]))
    assert "q" in found(net, "problem")


def test_names_come_first() -> None:
    """A node whose name is the query comes before one whose name begins with it, and both before other reasons."""
    net = course()
    net.add("exp", "x_exp")
    net.add("constant", "ax")
    assert found(net, "x")[:2] == ["x", "x_exp"]
    assert found(net, "exp")[0] == "x_exp"


def test_equally_good_ones_go_from_left_to_right() -> None:
    """Of nodes that answer equally well the left one comes first, then the upper one."""
    net = Net()
    for name, x, y in (("a1", 300, 0), ("a2", 0, 100), ("a3", 0, 0)):
        net.add("constant", name, x=x, y=y)
    assert found(net, "constant") == ["a3", "a2", "a1"]


def test_why_it_was_found_is_told() -> None:
    """Besides the name, what answered is given in words."""
    net = spiral()
    (hit,) = Index(net.doc).find("units=10")
    assert hit.why == "units = 10"
    (hit,) = Index(net.doc).find("60x3 dense")
    assert hit.why == "Dense"
    (hit,) = Index(net.doc).find("hidden")
    assert hit.why == ""


def test_unknown_gates_are_found() -> None:
    """A placeholder is found by its name and by the id of its gate."""
    net = course()
    net.place(Node(50, "from_the_future", "grey"))
    assert found(net, "future") == found(net, "grey") == ["grey"]


def test_an_index_is_of_one_revision() -> None:
    """It says which document and revision it knows, so that whoever keeps it can tell."""
    net = course()
    index = Index(net.doc)
    assert (index.document, index.revision) == (net.doc, net.doc.revision)
    net.add("exp", "later")
    assert index.revision != net.doc.revision


def test_groups_are_found_by_name() -> None:
    """A group answers to its name and to the word group, before nodes that answer equally well."""
    net = spiral()
    patch, group = grouping.group(net.doc, [net.id("hidden"), net.id("relu")])
    net.do(patch)
    net.do(grouping.rename_group(net.doc, group, "hidden part"))
    assert [hit.group for hit in Index(net.doc).find("hidden")] == [None, group]
    assert [hit.group for hit in Index(net.doc).find("hidden part")] == [group]
    assert [hit.group for hit in Index(net.doc).find("group")] == [group]
