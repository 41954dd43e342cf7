"""Selecting by command: what a node needs, what depends on it, its like, the others; and walking along wires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gradstudio.document.model import Document, NodeId, Wire
from gradstudio.document.order import reached

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def select_linked(view: CanvasView, *, upstream: bool) -> None:
    """Add everything the selected nodes depend on (or that depends on them) to the selection, with its wires."""
    document = view.studio.document
    nodes, wires = view.studio.selection()
    found = reached(document, _starts(document, nodes, wires, upstream=upstream), upstream=upstream)
    beside = document.wires_into if upstream else document.wires_out_of
    followed = [wire.id for node in found for wire in beside(node)]
    view.studio.select((*nodes, *found), (*wires, *followed))


def _starts(document: Document, nodes: Iterable[NodeId], wires: Iterable[int], *, upstream: bool) -> list[NodeId]:
    ends = [document.wires[i].source if upstream else document.wires[i].target for i in wires]
    return [*nodes, *ends]


def select_kind(view: CanvasView) -> None:
    """Select every node of the gates of the selected ones."""
    document = view.studio.document
    kinds = {document.nodes[i].gate for i in view.studio.selection()[0]}
    nodes = view.studio.selection()[0]
    view.studio.select((*nodes, *(i for i, node in document.nodes.items() if node.gate in kinds)))


def invert(view: CanvasView) -> None:
    """Select the nodes that aren't selected, and the wires between them."""
    document = view.studio.document
    chosen = set(view.studio.selection()[0])
    nodes = [i for i in document.nodes if i not in chosen]
    rest = set(nodes)
    view.studio.select(nodes, [i for i, w in document.wires.items() if {w.source, w.target} <= rest])


# --- walking --------------------------------------------------------------------------------------------------------


def walk(view: CanvasView, dx: int, dy: int, *, extend: bool) -> None:
    """Go along a wire to the left or the right, or to the next node above or below; with nothing selected, begin.

    Args:
        view: the canvas.
        dx: -1 towards what feeds it, 1 towards what it feeds.
        dy: -1 up, 1 down.
        extend: whether what was selected stays selected.
    """
    nodes, wires = view.studio.selection()
    there = _begin(view) if not (nodes or wires) else _next(view, dx, dy)
    if there is None:
        return
    kept = [i for i in nodes if i != there] if extend else []
    view.studio.select((*kept, there))
    view.make_visible((there,))


def _begin(view: CanvasView) -> NodeId | None:
    """The node nearest to the middle of the view."""
    centre = view.visible_area().center()
    nodes = view.studio.document.nodes
    return min(nodes, key=lambda i: _distance(view, i, centre.x(), centre.y()), default=None)


def _next(view: CanvasView, dx: int, dy: int) -> NodeId | None:
    document = view.studio.document
    nodes, wires = view.studio.selection()
    if not nodes:
        wire = document.wires[wires[-1]]
        return wire.source if dx < 0 or dy < 0 else wire.target
    here = nodes[-1]
    return _along(view, here, dx) if dx else _beside(view, here, dy)


def _along(view: CanvasView, here: NodeId, dx: int) -> NodeId | None:
    """The other end of the most level wire."""
    document = view.studio.document
    wires = document.wires_into(here) if dx < 0 else document.wires_out_of(here)
    wire = min(wires, key=lambda w: (_slope(view, w), w.id), default=None)
    return None if wire is None else wire.source if dx < 0 else wire.target


def _slope(view: CanvasView, wire: Wire) -> float:
    _, start, _, end = view.scene.wires.ends[view.scene.wires.row[wire.id]].tolist()
    return abs(float(end - start))


def _beside(view: CanvasView, here: NodeId, dy: int) -> NodeId | None:
    """The next node above or below: one that shares a neighbour with this one, else one in the same column."""
    box = view.scene.node_rect(here)
    for near in (_siblings(view.studio.document, here), _in_column(view, here)):
        beyond = [i for i in near if dy * (view.scene.node_rect(i).center().y() - box.center().y()) > 0]
        if beyond:
            return min(beyond, key=lambda i: _distance(view, i, box.center().x(), box.center().y()))
    return None


def _siblings(document: Document, here: NodeId) -> set[NodeId]:
    """Nodes that feed what this one feeds, or are fed by what feeds it."""
    beside = {w.source for out in document.wires_out_of(here) for w in document.wires_into(out.target)}
    beside |= {w.target for into in document.wires_into(here) for w in document.wires_out_of(into.source)}
    return beside - {here}


def _in_column(view: CanvasView, here: NodeId) -> list[NodeId]:
    box = view.scene.node_rect(here)
    boxes, ids = view.scene.nodes.boxes, view.scene.nodes.ids
    rows = ((boxes[:, 0] < box.right()) & (boxes[:, 0] + boxes[:, 2] > box.left())).nonzero()[0]
    return [ids[row] for row in rows.tolist() if ids[row] != here]


def _distance(view: CanvasView, node: NodeId, x: float, y: float) -> tuple[float, NodeId]:
    centre = view.scene.node_rect(node).center()
    return (centre.x() - x) ** 2 + (centre.y() - y) ** 2, node
