"""Groups made, opened, renamed, taken apart. Commands: each makes a patch and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gradstudio.document.bounds import color_problem
from gradstudio.document.following import settled
from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.names import numbered
from gradstudio.document.nesting import (
    all_members,
    chain,
    common,
    crossing,
    exposed,
    left_open,
    subgroups,
    whole_groups,
)
from gradstudio.document.ordering import DEEPEST, group_problem
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import AreaId, Comment, Frame, Group, GroupId


def group(
    doc: Document,
    nodes: Iterable[NodeId],
    groups: Iterable[GroupId] = (),
    areas: Iterable[AreaId] = (),
    *,
    name: str | None = None,
    at: tuple[float, float] = (0.0, 0.0),
    collapsed: bool = True,
) -> tuple[Patch, GroupId]:
    """Nodes, whole groups, frames and comments as a group.

    It shows every port at which a wire crosses its border, and those left open: what it wants and what it gives.

    Args:
        doc: the network.
        nodes: to be in it; those of `groups` are anyway.
        groups: to be in it as a whole.
        areas: frames and comments to be in it.
        name: of the group; None for a free one.
        at: where its box is.
        collapsed: whether it is drawn as a box.

    Raises:
        Refused: for an id that isn't there, no node at all, a group of which only a part is chosen, an impossible name.
    """
    whole = _outermost(doc, groups)
    chosen = {_node(doc, i).id for i in nodes} | {i for over in whole for i in all_members(doc, over)}
    if not chosen:
        raise Refused(Reason.GROUP, "A group needs nodes. Select some first.")
    units, parent = _units(doc, chosen, whole)
    new = doc.new_id()
    name = free_group_name(doc) if name is None else name.strip()
    sides = zip(crossing(doc, chosen), left_open(doc, chosen), strict=True)
    into, out_of = (_in_reading_order(doc, (*wired, *free)) for wired, free in sides)
    inputs, outputs = tuple(exposed(doc, into)), tuple(exposed(doc, out_of))
    record = sound(Group(new, name, parent, float(at[0]), float(at[1]), "", collapsed, inputs, outputs))
    moved = _moved(doc, units, new)
    frames, comments = _areas(doc, areas, new)
    patch = Patch(f"Group {_several(doc, chosen)} as {name}", moved.nodes, groups={**moved.groups, new: record})
    _refuse_deep(doc, units[1], len(chain(doc, parent)) + 1)
    return settled(doc, replace(patch, frames=frames, comments=comments)), new


def ungroup(doc: Document, groups: Iterable[GroupId]) -> Patch:
    """Groups away; what lay in them lies where they lay.

    Raises:
        Refused: for an id that isn't there.
    """
    gone = [group_of(doc, i) for i in dict.fromkeys(groups)]
    ids = {record.id for record in gone}

    def home(i: GroupId | None) -> GroupId | None:
        return next((over for over in chain(doc, i) if over not in ids), None)

    nodes = {i: replace(doc.nodes[i], group=home(record.id)) for record in gone for i in doc.members(record.id)}
    kept = {i: replace(g, parent=home(g.parent)) for i, g in doc.groups.items() if i not in ids and g.parent in ids}
    frames = {i: replace(f, group=home(f.group)) for i, f in doc.frames.items() if f.group in ids}
    comments = {i: replace(c, group=home(c.group)) for i, c in doc.comments.items() if c.group in ids}
    title = f"Ungroup {gone[0].name if len(gone) == 1 else f'{len(gone)} groups'}"
    return Patch(title, nodes, groups={**dict.fromkeys(ids), **kept}, frames=frames, comments=comments)


def set_collapsed(
    doc: Document, groups: Iterable[GroupId], collapsed: bool, at: Mapping[GroupId, tuple[float, float]] | None = None
) -> Patch:
    """Groups as boxes, or opened in place.

    Args:
        doc: the network.
        groups: to open or close.
        collapsed: whether they become boxes.
        at: where the boxes are; those not named stay where they were last.

    Raises:
        Refused: for an id that isn't there, or a place off the canvas.
    """
    chosen = [group_of(doc, i) for i in dict.fromkeys(groups)]
    made = {}
    for record in chosen:
        x, y = (at or {}).get(record.id, (record.x, record.y))
        fresh = sound(replace(record, collapsed=collapsed, x=float(x), y=float(y)))
        if record.collapsed is not collapsed:
            made[record.id] = fresh
    what = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} groups"
    return Patch(f"{'Collapse' if collapsed else 'Open'} {what}", groups=made)


def rename_group(doc: Document, group_id: GroupId, name: str) -> Patch:
    """Another name for a group; spaces around it are taken off.

    Raises:
        Refused: for an id that isn't there or an impossible name.
    """
    record = group_of(doc, group_id)
    fresh = sound(replace(record, name=name.strip()))
    title = f"Rename {record.name} to {fresh.name}"
    return Patch(title, groups={} if fresh == record else {group_id: fresh})


def paint_groups(doc: Document, groups: Iterable[GroupId], color: str) -> Patch:
    """A colour for groups, or none (empty).

    Raises:
        Refused: for an id or a colour that isn't there.
    """
    problem = color_problem(color)
    if problem is not None:
        raise Refused(Reason.MARK, problem)
    chosen = [group_of(doc, i) for i in dict.fromkeys(groups)]
    what = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} groups"
    made = {record.id: replace(record, color=color) for record in chosen if record.color != color}
    return Patch(f"Paint {what} {color}" if color else f"Take the colour off {what}", groups=made)


def move_into(
    doc: Document, nodes: Iterable[NodeId], groups: Iterable[GroupId] = (), target: GroupId | None = None
) -> Patch:
    """Nodes and whole groups into another group, or (None) out of all groups.

    Raises:
        Refused: for an id that isn't there, a group that would lie in itself, or too many groups in each other.
    """
    if target is not None:
        group_of(doc, target)
    whole = _outermost(doc, groups)
    held = {i for over in whole for i in all_members(doc, over)}
    loose = [i for i in dict.fromkeys(nodes) if _node(doc, i).id not in held]
    for i in whole:
        if i in chain(doc, target):
            raise Refused(Reason.GROUP, f"“{doc.groups[i].name}” can't lie in itself.")
    _refuse_deep(doc, whole, len(chain(doc, target)))
    moved = _moved(doc, (loose, whole), target)
    what = _several(doc, {*loose, *held})
    title = f"Move {what} into {doc.groups[target].name}" if target is not None else f"Take {what} out of the group"
    return settled(doc, replace(moved, title=title))


# --- inside ---------------------------------------------------------------------------------------------------------

_Units = tuple[Sequence[NodeId], Sequence[GroupId]]


def adopted(doc: Document, patch: Patch, home: GroupId | None) -> Patch:
    """The patch with everything new in it that would lie in no group put into one."""
    if home is None:
        return patch
    nodes = {
        i: replace(node, group=home) if node is not None and i not in doc.nodes and node.group is None else node
        for i, node in patch.nodes.items()
    }
    groups = {
        i: replace(record, parent=home) if record and i not in doc.groups and record.parent is None else record
        for i, record in patch.groups.items()
    }
    frames: dict[AreaId, Frame | None] = {
        i: replace(frame, group=home) if frame and i not in doc.frames and frame.group is None else frame
        for i, frame in patch.frames.items()
    }
    comments: dict[AreaId, Comment | None] = {
        i: replace(comment, group=home) if comment and i not in doc.comments and comment.group is None else comment
        for i, comment in patch.comments.items()
    }
    return replace(patch, nodes=nodes, groups=groups, frames=frames, comments=comments)


def free_group_name(doc: Document) -> str:
    """A name no group has: the first of block1, block2, block3 and so on."""
    names = {record.name for record in doc.groups.values()}
    return numbered("block", 1, names.__contains__)


def _units(doc: Document, chosen: set[NodeId], whole: Sequence[GroupId]) -> tuple[_Units, GroupId | None]:
    """What is moved as one: nodes and whole groups that lie in one group; and that group."""
    held = {i for over in whole for i in all_members(doc, over)}
    loose = sorted(chosen - held)
    homes = [doc.nodes[i].group for i in loose] + [doc.groups[i].parent for i in whole]
    parent = common(doc, homes)
    complete = whole_groups(doc, chosen)
    nodes: list[NodeId] = []
    groups: dict[GroupId, None] = {}
    for i in loose:
        below = _below(doc, doc.nodes[i].group, parent)
        if below:
            groups[_complete(doc, below[-1], complete)] = None
        else:
            nodes.append(i)
    for i in whole:
        groups[_complete(doc, _below(doc, i, parent)[-1], complete)] = None
    return (nodes, list(groups)), parent


def _below(doc: Document, group_id: GroupId | None, over: GroupId | None) -> tuple[GroupId, ...]:
    """A group and those it lies in, as far as they lie in another one."""
    found = chain(doc, group_id)
    return found if over is None else found[: found.index(over)]


def _complete(doc: Document, group_id: GroupId, complete: frozenset[GroupId]) -> GroupId:
    if group_id not in complete:
        name = doc.groups[group_id].name
        message = f"Only a part of “{name}” is selected. Select all of it, or only what lies in it."
        raise Refused(Reason.GROUP, message)
    return group_id


def _moved(doc: Document, units: _Units, home: GroupId | None) -> Patch:
    nodes = {i: replace(doc.nodes[i], group=home) for i in units[0] if doc.nodes[i].group != home}
    groups = {i: replace(doc.groups[i], parent=home) for i in units[1] if doc.groups[i].parent != home}
    return Patch("Move", nodes, groups=groups)


def _areas(
    doc: Document, areas: Iterable[AreaId], home: GroupId
) -> tuple[dict[AreaId, Frame | None], dict[AreaId, Comment | None]]:
    chosen = set(areas)
    frames: dict[AreaId, Frame | None] = {i: replace(f, group=home) for i, f in doc.frames.items() if i in chosen}
    comments: dict[AreaId, Comment | None] = {i: replace(c, group=home) for i, c in doc.comments.items() if i in chosen}
    return frames, comments


def _outermost(doc: Document, groups: Iterable[GroupId]) -> list[GroupId]:
    """Those that lie in no other of them."""
    chosen = {group_of(doc, i).id for i in groups}
    return [i for i in sorted(chosen) if not chosen.intersection(chain(doc, doc.groups[i].parent))]


def _in_reading_order(doc: Document, keys: Iterable[tuple[NodeId, str]]) -> list[tuple[NodeId, str]]:
    """Ports as they are met from top to bottom, weights after all others."""

    def place(key: tuple[NodeId, str]) -> tuple[bool, float, float, int]:
        node = doc.nodes[key[0]]
        ports = [port.name for port in (*node.input_ports(), *node.output_ports())] if node.known else []
        weight = node.known and any(weight.name == key[1] for weight in node.kind.weights)
        return weight, node.y, node.x, ports.index(key[1]) if key[1] in ports else len(ports)

    return sorted(keys, key=place)


def _refuse_deep(doc: Document, groups: Iterable[GroupId], depth: int) -> None:
    """Refuse what would lie in too many groups, given in how many the place lies."""
    for i in groups:
        own = len(chain(doc, doc.groups[i].parent))
        below = max(len(chain(doc, inner)) for inner in subgroups(doc, i)) - own
        if depth + below > DEEPEST:
            raise Refused(Reason.GROUP, f"Groups can lie in each other {DEEPEST} deep; these would lie deeper.")
    if depth > DEEPEST:
        raise Refused(Reason.GROUP, f"Groups can lie in each other {DEEPEST} deep; this one would lie deeper.")


def sound(record: Group) -> Group:
    """The group, if it may be like this.

    Raises:
        Refused: with what it may not.
    """
    problem = group_problem(record)
    if problem is not None:
        raise Refused(Reason.GROUP, problem)
    return record


def group_of(doc: Document, group_id: GroupId) -> Group:
    """The group of an id.

    Raises:
        Refused: if there is none.
    """
    if group_id not in doc.groups:
        raise Refused(Reason.GROUP, f"There is no group {group_id} in this network.")
    return doc.groups[group_id]


def _node(doc: Document, node: NodeId) -> Node:
    if node not in doc.nodes:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no node {node} in this network.")
    return doc.nodes[node]


def _several(doc: Document, nodes: Iterable[NodeId]) -> str:
    chosen = list(nodes)
    return doc.nodes[chosen[0]].name if len(chosen) == 1 else f"{len(chosen)} nodes"
