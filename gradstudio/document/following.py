"""What follows for groups when nodes go, change their ports or move into other groups.

A group without nodes goes, and with it the frames and comments in it; a port that isn't there any more isn't shown.
Whoever makes a patch that may do such a thing hands it through `settled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.ordering import has_port
from gradstudio.document.regions import Exposed, Group, GroupId


def settled(doc: Document, patch: Patch) -> Patch:
    """The patch, with all that follows from it for groups."""
    if not doc.groups and not patch.groups:
        return patch
    after = _After(doc, patch)
    touched = sorted(after.touched(), key=lambda i: (-after.depth(i), i))
    for i in touched:
        after.settle(i)
    gone = {i for i, group in after.groups.items() if group is None}
    frames = {i: None for i, frame in doc.frames.items() if frame.group in gone and i not in patch.frames}
    comments = {i: None for i, comment in doc.comments.items() if comment.group in gone and i not in patch.comments}
    return replace(
        patch, groups=after.groups, frames={**patch.frames, **frames}, comments={**patch.comments, **comments}
    )


class _After:
    """A document as it will be after a patch.

    Attributes:
        groups: the records of groups that come, change or go.
    """

    def __init__(self, doc: Document, patch: Patch) -> None:
        self._doc, self._patch = doc, patch
        self.groups: dict[GroupId, Group | None] = dict(patch.groups)
        self._moved: dict[GroupId, set[NodeId]] = {}
        for i, node in patch.nodes.items():
            if node is not None and node.group is not None:
                self._moved.setdefault(node.group, set()).add(i)

    def group(self, i: GroupId | None) -> Group | None:
        """A group, if it will be there."""
        return None if i is None else self.groups.get(i, self._doc.groups.get(i))

    def depth(self, i: GroupId) -> int:
        """In how many groups it lies."""
        return sum(1 for _ in self._chain(i))

    def touched(self) -> set[GroupId]:
        """The groups that may have lost nodes or ports, with those they lie in."""
        homes: set[GroupId | None] = set()
        for i, node in self._patch.nodes.items():
            old = self._doc.nodes.get(i)
            homes.update((old and old.group, node and node.group))  # type: ignore[arg-type]
        for i, group in self._patch.groups.items():
            was = self._doc.groups.get(i)
            homes.update((i, was and was.parent, group and group.parent))  # type: ignore[arg-type]
        return {over for home in homes for over in (*self._chain(home), *self._old_chain(home))}

    def settle(self, i: GroupId) -> None:
        """Let a group go that is empty, and its ports that are gone; those in it have been settled before."""
        group = self.group(i)
        if group is None:
            return
        if self._empty(i):
            self.groups[i] = None
            return
        inputs, outputs = self._kept(group.inputs, i, False), self._kept(group.outputs, i, True)
        if (inputs, outputs) != (group.inputs, group.outputs):
            self.groups[i] = replace(group, inputs=inputs, outputs=outputs)

    def _kept(self, ports: tuple[Exposed, ...], group: GroupId, output: bool) -> tuple[Exposed, ...]:
        return tuple(port for port in ports if self._shows(port, group, output))

    def _shows(self, port: Exposed, group: GroupId, output: bool) -> bool:
        node = self._node(port.node)
        if node is None or not has_port(node, port.port, output):
            return False
        return group in self._chain(node.group)

    def _empty(self, i: GroupId) -> bool:
        if self._moved.get(i) or any(node not in self._patch.nodes for node in self._doc.members(i)):
            return False
        inner = {*self._doc.groups, *self.groups}
        return not any((group := self.group(child)) is not None and group.parent == i for child in inner)

    def _node(self, i: NodeId) -> Node | None:
        return self._patch.nodes.get(i, self._doc.nodes.get(i))

    def _chain(self, i: GroupId | None) -> Iterator[GroupId]:
        while (group := self.group(i)) is not None:
            yield group.id
            i = group.parent

    def _old_chain(self, i: GroupId | None) -> Iterator[GroupId]:
        while i is not None and (group := self._doc.groups.get(i)) is not None:
            yield i
            i = group.parent
