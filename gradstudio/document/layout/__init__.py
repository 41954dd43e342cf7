"""Where nodes go so that a network reads from left to right: layers, few crossings, straight wires.

Pure functions over boxes and links; nothing of documents or of Qt. In four steps, each a module: `ranks` (which column
a box stands in), `order` (who lies above whom), `columns` (how high), `packing` (parts without a link between them).
"""

from __future__ import annotations

from collections.abc import Sequence

from gradstudio.document.layout.boxes import GRID, Box, Link, Place
from gradstudio.document.layout.columns import placed
from gradstudio.document.layout.order import ordered
from gradstudio.document.layout.packing import packed, parts
from gradstudio.document.layout.ranks import ranked
from gradstudio.document.layout.strands import laid

__all__ = ["GRID", "Box", "Link", "Place", "layered"]


def layered(boxes: Sequence[Box], links: Sequence[Link]) -> list[Place]:
    """The upper left corners of boxes laid out in layers, the first of them at (0, 0).

    What is there already decides wherever there is a choice: laying out again what was laid out moves nothing, and a
    small change moves little.
    """
    groups = parts(len(boxes), links)
    return packed(boxes, groups, [_part(boxes, links, group) for group in groups])


def _part(boxes: Sequence[Box], links: Sequence[Link], group: Sequence[int]) -> list[Place]:
    """The places of one part's boxes."""
    if len(group) == 1:
        return [(0.0, 0.0)]
    number = {box: i for i, box in enumerate(group)}
    own = [
        Link(number[link.source], number[link.target], link.leaves, link.enters)
        for link in links
        if link.source in number and link.target in number
    ]
    mine = [boxes[i] for i in group]
    strands = laid(mine, own, ranked(len(mine), own))
    return placed(mine, strands, ordered(strands))
