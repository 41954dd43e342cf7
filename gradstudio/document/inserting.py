"""A piece of a network put into one: with fresh ids, names of their own, and all that holds it together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from gradstudio.document import remarks
from gradstudio.document.dots import shifted
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire, WireId
from gradstudio.document.names import like
from gradstudio.document.nesting import chain, whole_groups
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import AreaId, Comment, Exposed, Frame, Group, GroupId

N = TypeVar("N", Node, Group)
A = TypeVar("A", Frame, Comment)
Way: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""A corner, and where it goes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Records that belong together.

    Attributes:
        nodes: in the order of their ids.
        wires: between them, or from other nodes to them.
        groups: all of whose nodes are among the nodes.
        frames: that come along.
        comments: that come along.
    """

    nodes: Sequence[Node]
    wires: Sequence[Wire]
    groups: Sequence[Group] = ()
    frames: Sequence[Frame] = ()
    comments: Sequence[Comment] = ()

    def corner(self) -> tuple[float, float]:
        """The upper left corner of what is seen of it: what lies in a collapsed group isn't."""
        known = {group.id: group for group in self.groups}

        def seen(home: GroupId | None) -> bool:
            while (group := known.get(home)) is not None:  # type: ignore[arg-type]
                if group.collapsed:
                    return False
                home = group.parent
            return True

        places = [(node.x, node.y) for node in self.nodes if seen(node.group)]
        places += [(group.x, group.y) for group in self.groups if group.collapsed and seen(group.parent)]
        places += [(frame.x, frame.y) for frame in self.frames if seen(frame.group)]
        places += [(comment.x, comment.y) for comment in self.comments if seen(comment.group)]
        return min(x for x, _ in places), min(y for _, y in places)


def piece_of(
    doc: Document,
    nodes: Iterable[NodeId],
    areas: Iterable[AreaId] = (),
    *,
    incoming: bool = False,
    inside: GroupId | None = None,
) -> Piece:
    """Nodes with the wires between them, the groups that are whole among them, and frames and comments.

    Args:
        doc: the network.
        nodes: of the piece.
        areas: frames and comments of it; those in its groups are anyway.
        incoming: whether wires from other nodes belong to it too.
        inside: the group one is in: it doesn't belong to the piece, even if all of its nodes do.

    Raises:
        Refused: for an id that isn't there.
    """
    chosen = sorted(set(nodes))
    for i in chosen:
        if i not in doc.nodes:
            raise Refused(Reason.UNKNOWN_NODE, f"There is no node {i} in this network.")
    held, drawn = set(chosen), remarks.remove(doc, areas)
    wires = [w for i in chosen for w in doc.wires_into(i) if incoming or w.source in held]
    whole = whole_groups(doc, chosen) - set(chain(doc, inside))
    return Piece(
        [doc.nodes[i] for i in chosen],
        sorted(wires, key=lambda wire: wire.id),
        [group for i, group in doc.groups.items() if i in whole],
        [frame for i, frame in doc.frames.items() if i in drawn.frames or frame.group in whole],
        [comment for i, comment in doc.comments.items() if i in drawn.comments or comment.group in whole],
    )


def insert(
    doc: Document, verb: str, piece: Piece, corner: tuple[float, float], to: tuple[float, float]
) -> tuple[Patch, tuple[NodeId, ...]]:
    """Records like these, moved as a corner is moved to another place; a wire's source from outside stays.

    Args:
        doc: the network they are put into.
        verb: of the step's name.
        piece: the records.
        corner: a point of the piece.
        to: where that goes.
    """
    dx, dy = to[0] - corner[0], to[1] - corner[1]
    ids = {node.id: doc.new_id() for node in piece.nodes}
    homes = {group.id: doc.new_id() for group in piece.groups}

    def home(i: GroupId | None) -> GroupId | None:
        return None if i is None else homes.get(i, i)

    way = corner, to
    nodes = _fresh(piece.nodes, ids, way, lambda name: doc.named(name) is not None)
    wires: dict[WireId, Wire] = {}
    for wire in piece.wires:
        i, source = doc.new_id(), ids.get(wire.source, wire.source)
        wires[i] = Wire(i, source, wire.output, ids[wire.target], wire.input, shifted(wire.via, dx, dy))
    named = {group.name for group in doc.groups.values()}
    groups = {
        i: replace(
            group, parent=home(group.parent), inputs=_ports(group.inputs, ids), outputs=_ports(group.outputs, ids)
        )
        for i, group in _fresh(piece.groups, homes, way, named.__contains__).items()
    }
    frames = {i: replace(frame, group=home(frame.group)) for i, frame in _moved(doc, piece.frames, way).items()}
    comments = {i: replace(c, group=home(c.group)) for i, c in _moved(doc, piece.comments, way).items()}
    patch = Patch(
        f"{verb} {_called(piece)}", {i: replace(node, group=home(node.group)) for i, node in nodes.items()}, wires,
        groups=groups, frames=frames, comments=comments,
    )  # fmt: skip
    return patch, tuple(ids.values())


def _fresh(records: Sequence[N], ids: Mapping[int, int], way: Way, taken: Callable[[str], bool]) -> dict[int, N]:
    """The records under their new ids, with names of their own, moved."""
    names: set[str] = set()
    made: dict[int, N] = {}
    for record in records:
        name = like(record.name, lambda n: n in names or taken(n))
        names.add(name)
        i = ids[record.id]
        x, y = _moved_point(record.x, record.y, way)
        made[i] = replace(record, id=i, name=name, x=x, y=y)
    return made


def _moved(doc: Document, records: Sequence[A], way: Way) -> dict[AreaId, A]:
    places = [_moved_point(record.x, record.y, way) for record in records]
    made = (replace(record, id=doc.new_id(), x=x, y=y) for record, (x, y) in zip(records, places, strict=True))
    return {record.id: record for record in made}


def _moved_point(x: float, y: float, way: Way) -> tuple[float, float]:
    """A point moved as a corner is moved to another place: the corner itself goes exactly there."""
    (left, top), (to_x, to_y) = way
    return x - left + to_x, y - top + to_y


def _ports(ports: tuple[Exposed, ...], ids: Mapping[NodeId, NodeId]) -> tuple[Exposed, ...]:
    return tuple(replace(port, node=ids[port.node]) for port in ports)


def _called(piece: Piece) -> str:
    """What it is called in the name of a step."""
    inner = {group.id for group in piece.groups}
    tops = [group for group in piece.groups if group.parent not in inner]
    if len(tops) == 1 and all(node.group in inner for node in piece.nodes):
        return tops[0].name
    if piece.nodes:
        return piece.nodes[0].name if len(piece.nodes) == 1 else f"{len(piece.nodes)} nodes"
    count = len(piece.frames) + len(piece.comments)
    if count > 1:
        return f"{count} frames and comments"
    return remarks.named(piece.frames[0]) if piece.frames else "a comment"
