"""Groups, frames and comments: made, opened, moved, copied and taken apart, and nothing that is computed changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document import blocks, building, commands, exposing, grouping, remarks
from gradstudio.document.history import History
from gradstudio.document.legality import check
from gradstudio.document.model import Document, Patch
from gradstudio.document.nesting import all_members, called, chain, common, interface, whole_groups
from gradstudio.document.ordering import DEEPEST
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import Comment, Frame, Group
from tests.document.build import Net, course, picture, spiral
from tests.document.strategies import documents, edit_groups


def grouped(net: Net, *names: str, **more: object) -> int:
    """A group of these nodes; its id."""
    patch, group = grouping.group(net.doc, [net.id(name) for name in names], **more)  # type: ignore[arg-type]
    net.do(patch)
    return group


def members(net: Net, group: int) -> list[str]:
    """The names of all nodes in a group."""
    return [net.doc.nodes[i].name for i in all_members(net.doc, group)]


def ports(net: Net, group: int) -> tuple[list[str], list[str]]:
    """What a group shows, as "name=node.port"."""
    nodes, shown = net.doc.nodes, interface(net.doc, group)
    sides = [[f"{p.name}={nodes[p.node].name}.{p.port}" for p in side] for side in (shown.inputs, shown.outputs)]
    return sides[0], sides[1]


def sound(doc: Document) -> bool:
    """Whether nothing is wrong with a document that no edit could have made."""
    return not [finding for finding in check(doc) if finding.reason.structural]


# --- any sequence of edits -----------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(documents(max_edits=8, training=False), st.data())
def test_ordering_a_network_computes_nothing_anew(doc: Document, data: st.DataObject) -> None:
    """Whatever is done with groups, frames and comments: legal, undone bit for bit, and wires and values untouched."""
    history = History(doc)
    pictures, computed = [picture(doc)], (doc.graph_revision, dict(doc.wires))
    for _ in range(data.draw(st.integers(1, 12))):
        history.do(edit_groups(data.draw, doc))
        if len(history.titles) == len(pictures):
            pictures.append(picture(doc))
        assert sound(doc)
        assert {i: w.ends for i, w in doc.wires.items()} == {i: w.ends for i, w in computed[1].items()}
    assert doc.graph_revision == computed[0]
    for expected in reversed(pictures[:-1]):
        history.undo()
        assert picture(doc) == expected
    while history.redo():
        pass
    assert picture(doc) == pictures[-1]


@settings(max_examples=80, deadline=None)
@given(documents(max_edits=15, training=False), st.data())
def test_taking_a_group_apart_loses_nothing(doc: Document, data: st.DataObject) -> None:
    """Grouping and ungrouping at once leaves the network as it was, wherever the nodes lie."""
    if not doc.nodes:
        return
    nodes = data.draw(st.lists(st.sampled_from(list(doc.nodes)), min_size=1, max_size=4, unique=True))
    before = picture(doc)
    try:
        patch, group = grouping.group(doc, nodes, name="g", collapsed=data.draw(st.booleans()))
    except Refused:
        return
    doc.apply(patch)
    doc.apply(grouping.ungroup(doc, [group]))
    assert picture(doc) == before


@settings(max_examples=80, deadline=None)
@given(documents(max_edits=15, training=False), st.data())
def test_a_copied_group_is_a_group_of_its_own(doc: Document, data: st.DataObject) -> None:
    """What is copied with a group comes in a group again: other ids, the same structure, the same ports."""
    if not doc.groups:
        return
    group = data.draw(st.sampled_from(list(doc.groups)))
    nodes = all_members(doc, group)
    known = {*doc.nodes, *doc.groups, *doc.frames, *doc.comments}
    patch, fresh = commands.paste(doc, commands.copy(doc, nodes), 10, 20)
    assert not known & {*patch.nodes, *patch.groups, *patch.frames, *patch.comments}
    doc.apply(patch)
    tops = [i for i in patch.groups if doc.groups[i].parent not in patch.groups]
    twin = next(i for i in tops if set(all_members(doc, i)) == set(fresh))
    number = dict(zip(nodes, fresh, strict=True))
    outer = [i for i in whole_groups(doc, nodes) if doc.groups[i].parent not in whole_groups(doc, nodes)]
    old, new = doc.groups[outer[0]], doc.groups[twin]
    assert [(p.name, number[p.node], p.port) for p in old.inputs] == [(p.name, p.node, p.port) for p in new.inputs]
    assert [(p.name, number[p.node], p.port) for p in old.outputs] == [(p.name, p.node, p.port) for p in new.outputs]
    assert sound(doc)


# --- groups --------------------------------------------------------------------------------------------------------


def test_a_group_shows_what_crosses_its_border() -> None:
    """A port for each inner port at which a wire crosses, under its own name or, where two share it, its node's too."""
    net = spiral()
    group = grouped(net, "hidden", "relu", "scores")
    assert net.history.undo_title == "Group 3 nodes as block1"
    assert members(net, group) == ["hidden", "relu", "scores"]
    assert ports(net, group) == (["x=hidden.x"], ["z=scores.z", "hidden.W=hidden.W", "scores.W=scores.W"])
    assert net.doc.graph_revision < net.doc.revision


def test_a_group_shows_what_is_left_open() -> None:
    """Inputs without a wire and the outputs of an end are ports from the start: a block for others can be wired."""
    net = Net()
    for gate in ("dense", "relu"):
        net.add(gate)
    net.wire("dense1.z", "relu1.x")
    assert ports(net, grouped(net, "dense1", "relu1")) == (["x=dense1.x"], ["z=relu1.z"])
    net = course()
    assert ports(net, grouped(net, "f")) == (["x=f.x", "y=f.y"], ["z=f.z"])


def test_wires_that_come_later_are_shown_by_themselves() -> None:
    """A new wire over the border adds its port; one that goes leaves a named port and takes an unnamed one along."""
    net = course()
    group = grouped(net, "q")
    assert ports(net, group) == (["x=q.x", "y=q.y"], ["z=q.z"])
    net.add("constant", "c")
    net.add("multiply", "g")
    inner = grouped(net, "g")
    for output in (False, False, True):
        net.do(exposing.hide_port(net.doc, inner, 0, output=output))
    assert ports(net, inner) == ([], [])
    wire = net.wire("c.value", "g.x")
    assert ports(net, inner) == (["x=g.x"], [])
    net.do(commands.disconnect(net.doc, [wire]))
    assert ports(net, inner) == ([], [])
    net.do(commands.disconnect(net.doc, [w.id for w in net.doc.wires_into(net.id("q"))]))
    assert ports(net, group) == (["x=q.x", "y=q.y"], ["z=q.z"])


def test_groups_lie_in_each_other() -> None:
    """A whole group goes into a new one as it is; a part of it doesn't; ungrouping lifts what was in it."""
    net = spiral()
    inner = grouped(net, "hidden", "relu", name="inner")
    outer = grouped(net, "hidden", "relu", "scores", name="outer")
    assert net.doc.groups[inner].parent == outer
    assert chain(net.doc, inner) == (inner, outer)
    assert net.doc.members(outer) == (net.id("scores"),)
    with pytest.raises(Refused, match="Only a part of “outer” is selected"):
        grouping.group(net.doc, [net.id("relu"), net.id("loss")])
    net.do(grouping.ungroup(net.doc, [outer]))
    assert net.doc.groups[inner].parent is None
    assert net.doc.nodes[net.id("scores")].group is None
    within = grouped(net, "relu", name="deep")
    assert net.doc.groups[within].parent == inner


def test_a_group_as_a_unit_gets_a_group_around_it() -> None:
    """All nodes of a group, chosen as the group, get a group around it; chosen as nodes, one inside it."""
    net = spiral()
    group = grouped(net, "hidden", "relu")
    patch, around = grouping.group(net.doc, (), [group])
    net.do(patch)
    assert net.doc.groups[group].parent == around
    net.history.undo()
    patch, within = grouping.group(net.doc, all_members(net.doc, group))
    net.do(patch)
    assert net.doc.groups[within].parent == group


def test_deleting_the_nodes_of_a_group_is_deleting_it() -> None:
    """With its last node a group goes, and its comment, and groups that are empty then; undo brings all back."""
    net = spiral()
    inner = grouped(net, "hidden", "relu")
    outer = grouped(net, "hidden", "relu", "scores")
    net.do(remarks.add_comment(net.doc, (0, 0, 100, 50), "Words", group=inner)[0])
    before = picture(net.doc)
    net.do(commands.delete(net.doc, all_members(net.doc, inner)))
    assert net.history.undo_title == "Delete block1"
    assert inner not in net.doc.groups
    assert not net.doc.comments
    assert ports(net, outer)[0] == []
    net.do(commands.delete(net.doc, [net.id("scores")]))
    assert not net.doc.groups
    net.history.undo()
    net.history.undo()
    assert picture(net.doc) == before


def test_a_port_goes_with_what_it_shows() -> None:
    """A port that was named goes with its node, with the weight a param takes away, and with the gate."""
    net = spiral()
    group = grouped(net, "hidden", "relu", "scores")
    net.do(exposing.expose(net.doc, group, net.id("hidden"), "b", output=True))
    assert "b=hidden.b" in ports(net, group)[1]
    net.do(commands.set_param(net.doc, [net.id("hidden")], "bias", False))
    assert "b=hidden.b" not in ports(net, group)[1]
    assert sound(net.doc)
    net.do(commands.replace_gate(net.doc, [net.id("hidden")], "tanh"))
    assert not any("hidden.W" in port for port in ports(net, group)[1])
    assert sound(net.doc)
    net.do(building.dissolve(net.doc, [net.id("relu")]))
    assert "relu" not in members(net, group)
    assert sound(net.doc)


def test_moving_all_of_a_group_moves_its_box() -> None:
    """The box, its frames and what lies in its subgroups go along when all nodes move equally far, else they stay."""
    net = spiral()
    inner = grouped(net, "hidden", "relu", at=(10, 20))
    outer = grouped(net, "hidden", "relu", "scores", at=(30, 40))
    net.do(remarks.add_frame(net.doc, (0, 0, 50, 50), "F", group=inner)[0])
    frame = next(iter(net.doc.frames))
    net.do(commands.move(net.doc, {i: (net.doc.nodes[i].x + 7.1, 5) for i in all_members(net.doc, outer)}))
    assert net.history.undo_title == "Move block2"
    assert (net.doc.groups[inner].x, net.doc.groups[inner].y) == pytest.approx((17.1, 25))
    assert (net.doc.groups[outer].x, net.doc.groups[outer].y) == pytest.approx((37.1, 45))
    assert (net.doc.frames[frame].x, net.doc.frames[frame].y) == pytest.approx((7.1, 5))
    net.do(commands.move(net.doc, {net.id("scores"): (500, 500)}))
    assert net.doc.groups[outer].x == pytest.approx(37.1)


def test_nodes_move_between_groups() -> None:
    """Nodes and whole groups go into another group and out of it; the ports they leave behind go too."""
    net = spiral()
    group = grouped(net, "hidden", "relu")
    net.do(exposing.expose(net.doc, group, net.id("relu"), "z", output=True, name="out"))
    other = grouped(net, "scores")
    net.do(grouping.move_into(net.doc, [net.id("relu")], target=other))
    assert net.history.undo_title == "Move relu into block2"
    assert members(net, other) == ["relu", "scores"]
    assert "out=relu.z" not in ports(net, group)[1]
    net.do(grouping.move_into(net.doc, (), [group], other))
    assert net.doc.groups[group].parent == other
    with pytest.raises(Refused, match="can't lie in itself"):
        grouping.move_into(net.doc, (), [other], group)
    net.do(grouping.move_into(net.doc, [net.id("hidden")]))
    assert group not in net.doc.groups
    assert sound(net.doc)


def test_groups_lie_only_so_deep() -> None:
    """Groups in groups end at a depth that files can hold too, however they are put there."""
    net = course()
    for _ in range(DEEPEST):
        grouped(net, "x")
    with pytest.raises(Refused, match="20 deep"):
        grouping.group(net.doc, [net.id("x")])
    with pytest.raises(Refused, match="20 deep"):
        grouping.group(net.doc, (), [next(iter(net.doc.groups))])
    other = grouped(net, "y")
    with pytest.raises(Refused, match="20 deep"):
        grouping.move_into(net.doc, (), [other], max(i for i in net.doc.groups if i != other))
    assert sound(net.doc)


# --- ports ---------------------------------------------------------------------------------------------------------


def test_ports_are_named_ordered_shown_and_hidden() -> None:
    """The interface is edited: names, order, further ports; what has a wire can't be hidden."""
    net = spiral()
    group = grouped(net, "hidden", "relu")
    net.do(exposing.rename_port(net.doc, group, 0, " data ", output=False))
    assert net.history.undo_title == "Rename port x to data"
    assert ports(net, group)[0] == ["data=hidden.x"]
    outs = [port.partition("=")[0] for port in ports(net, group)[1]]
    net.do(exposing.move_port(net.doc, group, 0, 1, output=True))
    assert [port.partition("=")[0] for port in ports(net, group)[1]] == outs[::-1]
    assert (net.id("hidden"), "b") in exposing.hidden_ports(net.doc, group, output=True)
    net.do(exposing.expose(net.doc, group, net.id("hidden"), "b", output=True, name="bias"))
    assert ports(net, group)[1][-1] == "bias=hidden.b"
    net.do(exposing.hide_port(net.doc, group, 2, output=True))
    with pytest.raises(Refused, match="“data” has a wire"):
        exposing.hide_port(net.doc, group, 0, output=False)
    assert sound(net.doc)


def test_an_input_that_is_fed_inside_is_not_offered() -> None:
    """Only inputs that could take a wire from outside are offered to be shown."""
    net = course()
    group = grouped(net, "q", "f")
    assert exposing.hidden_ports(net.doc, group, output=False) == []
    assert (net.id("q"), "z") in exposing.hidden_ports(net.doc, group, output=True)


@pytest.mark.parametrize(
    ("make", "reason", "words"),
    [
        (lambda d, g: grouping.group(d, []), Reason.GROUP, "needs nodes"),
        (lambda d, g: grouping.group(d, [99]), Reason.UNKNOWN_NODE, "no node 99"),
        (lambda d, g: grouping.group(d, [1], [99]), Reason.GROUP, "no group 99"),
        (lambda d, g: grouping.group(d, [1], name=" "), Reason.GROUP, "needs a name"),
        (lambda d, g: grouping.group(d, [1], at=(float("nan"), 0)), Reason.GROUP, "can't be at (nan, 0)"),
        (lambda d, g: grouping.ungroup(d, [99]), Reason.GROUP, "no group 99"),
        (lambda d, g: grouping.rename_group(d, g, "a\x00b"), Reason.GROUP, "control character U+0000"),
        (lambda d, g: grouping.paint_groups(d, [g], "pink"), Reason.MARK, "no colour “pink”"),
        (lambda d, g: grouping.set_collapsed(d, [g], True, {g: (1e12, 0)}), Reason.GROUP, "can't be at"),
        (lambda d, g: exposing.rename_port(d, g, 0, "y", output=False), Reason.GROUP, "both be named “y”"),
        (lambda d, g: exposing.rename_port(d, g, 9, "a", output=False), Reason.GROUP, "no port 10 on that side"),
        (lambda d, g: exposing.expose(d, g, 99, "z", output=True), Reason.UNKNOWN_NODE, "no node 99"),
        (lambda d, g: exposing.expose(d, g, 1, "value", output=True), Reason.GROUP, "doesn't lie in the group"),
        (lambda d, g: exposing.expose(d, g, 4, "w", output=True), Reason.GROUP, "has no output “w”"),
        (lambda d, g: remarks.add_frame(d, (0, 0, 0, 10)), Reason.REMARK, "both are greater than 0"),
        (lambda d, g: remarks.add_frame(d, (0, 0, 10, float("inf"))), Reason.REMARK, "inf high"),
        (lambda d, g: remarks.add_comment(d, (0, 0, 9, 9), "x" * 10_001), Reason.REMARK, "at most 10,000"),
        (lambda d, g: remarks.add_comment(d, (0, 0, 9, 9), "a\u202eb"), Reason.REMARK, "U+202E"),
        (lambda d, g: remarks.set_title(d, 99, "T"), Reason.REMARK, "no frame or comment 99"),
        (lambda d, g: remarks.set_text(d, 99, "T"), Reason.REMARK, "no frame or comment 99"),
        (lambda d, g: remarks.lay(d, {99: (0, 0, 1, 1)}), Reason.REMARK, "no frame or comment 99"),
        (lambda d, g: remarks.remove(d, [g]), Reason.REMARK, "no frame or comment"),
        (lambda d, g: blocks.put_in(d, Document(), "empty", (0, 0)), Reason.GROUP, "no node in “empty”"),
    ],
)
def test_refusals(make: Callable[[Document, int], object], reason: Reason, words: str) -> None:
    """What can't be done with groups, frames and comments is refused in a sentence, and nothing changes."""
    net = course()
    group = grouped(net, "q")
    before = picture(net.doc)
    with pytest.raises(Refused) as caught:
        make(net.doc, group)
    assert caught.value.reason is reason
    assert words in caught.value.message
    assert picture(net.doc) == before


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (Patch("P", groups={9: Group(8, "g")}), "filed under 9"),
        (Patch("P", groups={9: Group(9, "g", parent=77)}), "group 77"),
        (Patch("P", groups={9: Group(9, "g", parent=9)}), "lie in itself"),
        (Patch("P", groups={8: Group(8, "a", parent=9), 9: Group(9, "b", parent=8)}), "lie in itself"),
        (Patch("P", frames={9: Frame(9, "f", group=77)}), "group 77"),
        (Patch("P", comments={9: Comment(9, "c", group=77)}), "group 77"),
        (Patch("P", frames={9: Frame(9, "f")}, comments={9: Comment(9, "c")}), "have the id 9"),
        (Patch("P", groups={10: None}), "would go and leave"),
    ],
)
def test_what_would_break_a_document_is_refused(patch: Patch, words: str) -> None:
    """A patch that leaves something in a group that isn't there, or groups in a circle, is refused as a whole."""
    net = course()
    assert grouped(net, "q") == 10
    before = picture(net.doc)
    with pytest.raises(ValueError, match=words):
        net.doc.apply(patch)
    assert picture(net.doc) == before


# --- frames, comments, blocks --------------------------------------------------------------------------------------


def test_frames_and_comments() -> None:
    """They are made, written on, moved, painted, copied and deleted, each with a named step."""
    net = course()
    patch, frame = remarks.add_frame(net.doc, (0, 0, 300, 200), " Layer 1 ", "teal")
    net.do(patch)
    patch, comment = remarks.add_comment(net.doc, (10, 10, 100, 60), "\nOne\r\n**two**\t \n")
    net.do(patch)
    assert net.doc.frames[frame].title == "Layer 1"
    assert net.doc.comments[comment].text == "One\n**two**"
    net.do(remarks.lay(net.doc, {frame: (5, 5, 310, 200), comment: (0, 0, 100, 60)}))
    assert net.history.undo_title == "Resize 2 frames and comments"
    net.do(commands.move(net.doc, {net.id("q"): (9, 9)}, {frame: (50, 50, 310, 200)}))
    assert net.history.undo_title == "Move q"
    assert (net.doc.nodes[net.id("q")].x, net.doc.frames[frame].x) == (9, 50)
    net.do(remarks.paint(net.doc, [frame, comment], "red"))
    patch, _ = commands.duplicate(net.doc, (), areas=[frame])
    net.do(patch)
    assert net.history.undo_title == "Duplicate frame Layer 1"
    clip = commands.copy(net.doc, [net.id("q")], [comment])
    patch, nodes = commands.paste(net.doc, clip, 1000, 1000)
    net.do(patch)
    assert len(nodes) == 1
    assert sorted(c.text for c in net.doc.comments.values()) == ["One\n**two**"] * 2
    net.do(commands.delete(net.doc, (), (), [frame, comment]))
    assert net.history.undo_title == "Delete 2 frames and comments"
    assert frame not in net.doc.frames
    assert comment not in net.doc.comments


def test_a_block_is_a_group_elsewhere() -> None:
    """A group taken out and put into another network is there with its inside, its ports and its comments."""
    net = spiral()
    inner = grouped(net, "relu")
    group = grouped(net, "hidden", "relu", name="layer")
    net.do(remarks.add_comment(net.doc, (0, 0, 9, 9), "C", group=inner)[0])
    net.do(exposing.rename_port(net.doc, group, 0, "data", output=False))
    block = blocks.taken_out(net.doc, group)
    assert sound(block)
    assert sorted(node.name for node in block.nodes.values()) == ["hidden", "relu"]
    other = course()
    patch, nodes = blocks.put_in(other.doc, block, "file", (100, 200))
    other.do(patch)
    assert other.history.undo_title == "Insert layer"
    (top,) = [g for g in other.doc.groups.values() if g.parent is None]
    assert (top.name, top.x, top.y, top.collapsed) == ("layer", 100, 200, True)
    assert set(nodes) == set(all_members(other.doc, top.id))
    assert ports(other, top.id)[0] == ["data=hidden.x"]
    assert [c.text for c in other.doc.comments.values()] == ["C"]
    assert sound(other.doc)


def test_any_network_is_a_block() -> None:
    """A network that is no single group is put in as one of the name given, into the group that is wanted."""
    net = course()
    home = grouped(net, "q")
    patch, nodes = blocks.put_in(net.doc, spiral().doc, "spiral", (5, 6), home)
    net.do(patch)
    (made,) = [g for g in net.doc.groups.values() if g.name == "spiral"]
    assert made.parent == home
    assert set(nodes) == set(all_members(net.doc, made.id))
    assert sound(net.doc)


def test_what_things_are_called() -> None:
    """A step names a node, a group by its name, or counts."""
    net = spiral()
    grouped(net, "hidden", "relu", name="layer")
    assert called(net.doc, [net.id("loss")]) == "loss"
    assert called(net.doc, [net.id("hidden"), net.id("relu")]) == "layer"
    assert called(net.doc, [net.id("hidden"), net.id("loss")]) == "2 nodes"
    assert common(net.doc, []) is None


def test_names_of_ports_stay_within_bounds() -> None:
    """Ports of nodes with long names still have names of their own that a file holds."""
    net = course()
    names = ["n" * 100, "n" * 98 + "mm"]
    for name in names:
        net.add("negate", name)
    for name in names:
        net.wire("x.value", f"{name}.x")
    group = grouped(net, *names)
    shown = interface(net.doc, group).inputs
    assert len({port.name for port in shown}) == 2
    assert all(len(port.name) <= 100 for port in shown)
    assert sound(net.doc)
