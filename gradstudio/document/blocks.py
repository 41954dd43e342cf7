"""Reusable blocks: a group taken out as a network of its own, and a network put in as a group."""

from __future__ import annotations

from dataclasses import replace

from gradstudio.document.grouping import adopted, group, group_of
from gradstudio.document.inserting import Piece, insert, piece_of
from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.nesting import all_members, subgroups
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import GroupId


def taken_out(doc: Document, group_id: GroupId) -> Document:
    """A group as a network of its own: its nodes and wires, the group and what lies in it; untrained.

    Raises:
        Refused: for an id that isn't there.
    """
    group_of(doc, group_id)
    piece, ids = piece_of(doc, all_members(doc, group_id)), subgroups(doc, group_id)
    top = replace(doc.groups[group_id], parent=None, collapsed=True)
    alone = Piece(
        piece.nodes,
        piece.wires,
        [top, *(doc.groups[i] for i in ids[1:])],
        [frame for frame in piece.frames if frame.group in ids],
        [comment for comment in piece.comments if comment.group in ids],
    )
    block = Document()
    block.apply(insert(block, "Take out", alone, (top.x, top.y), (0.0, 0.0))[0])
    return block


def put_in(
    doc: Document, block: Document, name: str, at: tuple[float, float], home: GroupId | None = None
) -> tuple[Patch, tuple[NodeId, ...]]:
    """A network as a group in another one: as the group it is, or else as one of this name.

    Args:
        doc: the network it is put into.
        block: the network that is put in.
        name: of the group, where the network isn't one already.
        at: where the group's box goes.
        home: the group it goes into.

    Raises:
        Refused: if there is no node in it.
    """
    if not block.nodes:
        raise Refused(Reason.GROUP, f"There is no node in “{name}”, so there is nothing to insert.")
    whole = block
    if not _is_one_group(block):
        whole = block.copy()
        tops = [i for i, one in whole.groups.items() if one.parent is None]
        areas = [i for i, frame in whole.frames.items() if frame.group is None]
        areas += [i for i, comment in whole.comments.items() if comment.group is None]
        loose = [i for i, node in whole.nodes.items() if node.group is None]
        whole.apply(group(whole, loose, tops, areas, name=name)[0])
    piece = piece_of(whole, whole.nodes, [*whole.frames, *whole.comments])
    (top,) = (one for one in piece.groups if one.parent is None)
    patch, nodes = insert(doc, "Insert", piece, (top.x, top.y), at)
    return adopted(doc, patch, home), nodes


def _is_one_group(block: Document) -> bool:
    tops = [one for one in block.groups.values() if one.parent is None]
    homes = [node.group for node in block.nodes.values()] + [frame.group for frame in block.frames.values()]
    return len(tops) == 1 and None not in (*homes, *(comment.group for comment in block.comments.values()))
