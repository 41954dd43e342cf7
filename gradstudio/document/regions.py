"""Group, Frame, Comment: what brings order into a network without changing what it computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from gradstudio.document.model import Node

R = TypeVar("R")
GroupId: TypeAlias = int
AreaId: TypeAlias = int
"""A group, a frame or a comment: no two of them have one id."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """A port that a group shows: a port of one of its nodes, under a name of the group's.

    Attributes:
        name: unique on its side of the group.
        node: whose port it is, in the group or in one of its subgroups.
        port: its name there.
    """

    name: str
    node: int
    port: str


@dataclass(frozen=True, slots=True)
class Group:
    """Some nodes under a name; collapsed they are drawn as one box. Which nodes they are is told by `Node.group`.

    Attributes:
        id: never used for another group, frame or comment as long as the document is open.
        name: what the box is called; others may be called so too.
        parent: the group it lies in, or None.
        x: left edge of its box when it is collapsed, in canvas units.
        y: top edge.
        color: one of `COLORS`, or empty.
        collapsed: whether it is drawn as a box; else in place, as a frame around its nodes.
        inputs: ports it shows on its left, in this order. Others that wires lead to follow them by themselves.
        outputs: ports on its right.
        origin: the node it was made of, where it is a layer opened into its gates; closing it brings the node back.
    """

    id: GroupId
    name: str
    parent: GroupId | None = None
    x: float = 0.0
    y: float = 0.0
    color: str = ""
    collapsed: bool = True
    inputs: tuple[Exposed, ...] = ()
    outputs: tuple[Exposed, ...] = ()
    origin: Node | None = None

    @property
    def ports(self) -> Iterator[Exposed]:
        """Inputs, then outputs."""
        yield from self.inputs
        yield from self.outputs


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled sheet behind nodes; what lies on it moves with it.

    Attributes:
        id: never used for another group, frame or comment as long as the document is open.
        title: may be empty.
        x: left edge.
        y: top edge.
        width: > 0.
        height: > 0.
        color: one of `COLORS`, or empty.
        group: the group it lies in, or None.
    """

    id: AreaId
    title: str
    x: float = 0.0
    y: float = 0.0
    width: float = 320.0
    height: float = 200.0
    color: str = ""
    group: GroupId | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A sheet with words on it, in simple Markdown.

    Attributes:
        id: never used for another group, frame or comment as long as the document is open.
        text: the Markdown.
        x: left edge.
        y: top edge.
        width: > 0.
        height: > 0.
        color: one of `COLORS`, or empty.
        group: the group it lies in, or None.
    """

    id: AreaId
    text: str
    x: float = 0.0
    y: float = 0.0
    width: float = 240.0
    height: float = 100.0
    color: str = ""
    group: GroupId | None = None


class Edit(Protocol):
    """What a patch says about groups, frames and comments: the new records by id, None where one goes."""

    @property
    def groups(self) -> Mapping[GroupId, Group | None]:
        """Groups."""

    @property
    def frames(self) -> Mapping[AreaId, Frame | None]:
        """Frames."""

    @property
    def comments(self) -> Mapping[AreaId, Comment | None]:
        """Comments."""


class Regions:
    """The groups, frames and comments of a document, each by id in ascending order.

    Attributes:
        groups: by id.
        frames: by id.
        comments: by id.
    """

    def __init__(self) -> None:
        self.groups: dict[GroupId, Group] = {}
        self.frames: dict[AreaId, Frame] = {}
        self.comments: dict[AreaId, Comment] = {}
        self._members: dict[GroupId, dict[int, None]] = {}

    def copy(self) -> Regions:
        """The same records, to go on from."""
        twin = Regions()
        twin.groups, twin.frames, twin.comments = dict(self.groups), dict(self.frames), dict(self.comments)
        twin._members = {i: dict(nodes) for i, nodes in self._members.items()}
        return twin

    def members(self, group: GroupId) -> tuple[int, ...]:
        """The nodes that lie in a group itself, not in a subgroup, in the order of their ids."""
        return tuple(sorted(self._members.get(group, ())))

    def move_node(self, node: int, old: GroupId | None, new: GroupId | None) -> None:
        """A node is in another group now."""
        if old is not None:
            self._members[old].pop(node, None)
        if new is not None:
            self._members.setdefault(new, {})[node] = None

    def put(self, edit: Edit) -> None:
        """Take the new records, and let those go that go."""
        _take(self.groups, edit.groups)
        _take(self.frames, edit.frames)
        _take(self.comments, edit.comments)
        for i, group in edit.groups.items():
            if group is None:
                self._members.pop(i, None)

    def broken(self, edit: Edit, homes: Mapping[int, GroupId | None]) -> str | None:
        """What would be broken after an edit, in words; None where nothing would.

        Args:
            edit: the edit.
            homes: the new groups of the nodes it touches, None also for nodes that go.
        """
        return self._misfiled(edit) or self._homeless(edit, homes) or self._circle(edit) or self._emptied(edit, homes)

    def _misfiled(self, edit: Edit) -> str | None:
        for i, record in (*edit.groups.items(), *edit.frames.items(), *edit.comments.items()):
            if record is not None and record.id != i:
                return f"record {record.id} is filed under {i}"
            if record is not None and self._kinds(edit, i) > 1:
                return f"two of groups, frames and comments would have the id {i}"
        return None

    def _kinds(self, edit: Edit, i: AreaId) -> int:
        """How many of a group, a frame and a comment there would be of this id."""
        group = edit.groups.get(i, self.groups.get(i))
        frame = edit.frames.get(i, self.frames.get(i))
        comment = edit.comments.get(i, self.comments.get(i))
        return sum(record is not None for record in (group, frame, comment))

    def _homeless(self, edit: Edit, homes: Mapping[int, GroupId | None]) -> str | None:
        wanted = set(homes.values())
        wanted.update(group.parent for group in edit.groups.values() if group is not None)
        wanted.update(area.group for area in (*edit.frames.values(), *edit.comments.values()) if area is not None)
        for group in wanted:
            if group is not None and edit.groups.get(group, self.groups.get(group)) is None:
                return f"something would lie in group {group}, which isn't there"
        return None

    def _circle(self, edit: Edit) -> str | None:
        for start in edit.groups.values():
            here, seen = start, set()
            while here is not None and here.parent is not None:
                if here.id in seen:
                    return f"group {here.id} would lie in itself"
                seen.add(here.id)
                here = edit.groups.get(here.parent, self.groups.get(here.parent))
        return None

    def _emptied(self, edit: Edit, homes: Mapping[int, GroupId | None]) -> str | None:
        """Whether a group goes and leaves something in it."""
        gone = {i for i, group in edit.groups.items() if group is None}
        for i in gone:
            if any(node not in homes for node in self._members.get(i, ())):
                return f"group {i} would go and leave a node"
        if not gone:
            return None
        homes_left = [group.parent for i, group in self.groups.items() if i not in edit.groups]
        homes_left += [frame.group for i, frame in self.frames.items() if i not in edit.frames]
        homes_left += [comment.group for i, comment in self.comments.items() if i not in edit.comments]
        return "a group would go and leave what lies in it" if gone.intersection(homes_left) else None


def _take(kept: dict[int, R], new: Mapping[int, R | None]) -> None:
    for i, record in new.items():
        if record is None:
            kept.pop(i, None)
        else:
            kept[i] = record
    if new:
        in_order = sorted(kept.items())
        kept.clear()
        kept.update(in_order)
