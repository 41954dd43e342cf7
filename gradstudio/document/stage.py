"""What is to be seen of a network from where one stands: all of it, or the inside of a group that was entered.

Whatever is drawn has a `ShownId`: a node its own id, a collapsed group's box its group's id negated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from gradstudio.document.model import Document, NodeId, Wire
from gradstudio.document.nesting import all_members, chain
from gradstudio.document.regions import GroupId

ShownId: TypeAlias = int
INPUTS: ShownId = -(2**60)
"""Inside a group: the box of what comes from outside,"""
OUTPUTS: ShownId = INPUTS - 1
"""and the box of what goes there."""


def is_box(shown: ShownId) -> bool:
    """Whether it is a group's box."""
    return INPUTS < shown < 0


class Stage:
    """How every node of a document is seen: as itself, within a box, or not at all.

    It holds until a group comes, goes, opens or closes.

    Attributes:
        inside: the group that was entered; None for the whole network.
        plain: whether every node is seen as itself.
        boxes: the groups that are seen as boxes.
        opened: the groups that are seen opened in place, each after the one it lies in.
    """

    def __init__(self, document: Document, inside: GroupId | None = None) -> None:
        self._document = document
        self.inside = inside
        self.plain = not document.groups
        self._fates = {i: self._fate(i) for i in document.groups}
        self.boxes = tuple(i for i in document.groups if self._fates[i] == -i)
        opened = [i for i, fate in self._fates.items() if fate == 0 and i != inside]
        self.opened = tuple(sorted(opened, key=lambda i: (len(chain(document, i)), i)))

    def _fate(self, group: GroupId) -> ShownId | None:
        """What a group's nodes are seen as: 0 as themselves, a box, or None where they aren't."""
        over = chain(self._document, group)
        if self.inside is not None:
            if self.inside not in over:
                return None
            over = over[: over.index(self.inside)]
        return next((-i for i in reversed(over) if self._document.groups[i].collapsed), 0)

    def shows(self, home: GroupId | None) -> bool:
        """Whether what lies in a group (or in none) is seen as itself."""
        return self.at(home) == 0

    def at(self, home: GroupId | None) -> ShownId | None:
        """What the things in a group (or in none) are seen as: 0 as themselves, a box, or None where they aren't."""
        if home is None:
            return 0 if self.inside is None else None
        return self._fates[home]

    def of(self, node: NodeId) -> ShownId | None:
        """What a node is seen as; None where it isn't."""
        if self.plain:
            return node
        fate = self.at(self._document.nodes[node].group)
        return node if fate == 0 else fate

    def sees(self, wire: Wire) -> bool:
        """Whether a wire is seen: not within a box, and not where neither end is."""
        if self.plain:
            return True
        source, target = self.of(wire.source), self.of(wire.target)
        return source != target or (source is not None and source > 0)

    def nodes(self) -> tuple[NodeId, ...]:
        """All nodes that are seen, in boxes too."""
        if self.inside is None:
            return tuple(self._document.nodes)
        return all_members(self._document, self.inside)

    def members(self, shown: ShownId) -> tuple[NodeId, ...]:
        """The nodes something stands for."""
        if shown > 0:
            return (shown,)
        return all_members(self._document, -shown) if is_box(shown) else ()

    def units(self, nodes: Iterable[NodeId]) -> tuple[ShownId, ...]:
        """What some nodes are seen as, each once, in the order of the nodes; what isn't seen is left out."""
        if self.plain:
            return tuple(dict.fromkeys(nodes))
        found = dict.fromkeys(self.of(node) for node in nodes)
        return tuple(shown for shown in found if shown is not None)

    def choosable(self, nodes: Iterable[NodeId]) -> tuple[NodeId, ...]:
        """Those of some nodes that can be selected: what is in a box only as a whole, what isn't seen not at all."""
        chosen = dict.fromkeys(nodes)
        if self.plain:
            return tuple(chosen)
        count: dict[ShownId, int] = {}
        seen = {node: self.of(node) for node in chosen}
        for shown in seen.values():
            if shown is not None:
                count[shown] = count.get(shown, 0) + 1
        whole = {shown for shown, found in count.items() if shown > 0 or found == len(self.members(shown))}
        return tuple(node for node, shown in seen.items() if shown in whole)
