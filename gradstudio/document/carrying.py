"""What goes along when nodes move: the box, the frames and the comments of a group all of whose nodes move as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.nesting import chain, subgroups
from gradstudio.document.regions import GroupId

Gap: TypeAlias = tuple[float, float]
_DIGITS = 3
"""Nodes that move equally far don't quite, in floating point."""


def carried_along(doc: Document, nodes: Mapping[NodeId, Node], staying: Collection[GroupId] = ()) -> Patch:
    """The boxes, frames and comments that go along when nodes move.

    Args:
        doc: the network.
        nodes: the new records of the nodes.
        staying: groups whose boxes stay all the same.
    """
    if not doc.groups:
        return Patch("Carry")
    gaps = {i: gap for i, gap in _gaps(doc, nodes) if i not in staying}
    boxes = {i: doc.groups[i] for i in gaps}
    groups = {i: replace(g, x=g.x + gaps[i][0], y=g.y + gaps[i][1]) for i, g in boxes.items()}
    frames = {
        i: replace(f, x=f.x + gap[0], y=f.y + gap[1])
        for i, f in doc.frames.items()
        if f.group is not None and (gap := gaps.get(f.group)) is not None
    }
    comments = {
        i: replace(c, x=c.x + gap[0], y=c.y + gap[1])
        for i, c in doc.comments.items()
        if c.group is not None and (gap := gaps.get(c.group)) is not None
    }
    return Patch("Carry", groups=groups, frames=frames, comments=comments)


def _gaps(doc: Document, nodes: Mapping[NodeId, Node]) -> Iterator[tuple[GroupId, Gap]]:
    """How far those groups move all of whose nodes move equally far."""
    touched = {over for i in nodes for over in chain(doc, doc.nodes[i].group)}
    own = {i: _gap(doc, i, nodes) for i in touched}
    for i in touched:
        inner = {gap for j in subgroups(doc, i) if doc.members(j) for gap in own.get(j, {None})}
        if len(inner) == 1 and (gap := inner.pop()) is not None:
            yield i, gap


def _gap(doc: Document, group: GroupId, nodes: Mapping[NodeId, Node]) -> set[Gap | None]:
    """How far the nodes move that lie in a group itself; None stands for those that stay."""
    found: set[Gap | None] = set()
    for i in doc.members(group):
        node, was = nodes.get(i), doc.nodes[i]
        found.add(None if node is None else (round(node.x - was.x, _DIGITS), round(node.y - was.y, _DIGITS)))
    return found
