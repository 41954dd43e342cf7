"""Selecting by command: what a node needs, what depends on it, its like, the others; and walking along wires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gradstudio.document.model import Document, NodeId
from gradstudio.document.order import reached
from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas.scene import Scene

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def select_linked(view: CanvasView, *, upstream: bool) -> None:
    """Add everything the selected nodes depend on (or that depends on them) to the selection, with its wires."""
    document = view.studio.document
    nodes, wires = view.studio.selection()
    found = reached(document, _starts(document, nodes, wires, upstream=upstream), upstream=upstream)
    beside = document.wires_into if upstream else document.wires_out_of
    followed = [wire.id for node in found for wire in beside(node)]
    view.studio.select((*nodes, *whole(view, found)), (*wires, *followed), view.studio.areas())


def whole(view: CanvasView, nodes: Iterable[NodeId]) -> list[NodeId]:
    """These nodes, and all nodes of the closed groups they are in."""
    stage = view.scene.stage
    return [node for shown in stage.units(nodes) for node in stage.members(shown)]


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
    nodes = [i for i in view.scene.stage.nodes() if i not in chosen]
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
    found = view.scene.stage.members(there)
    kept = [i for i in nodes if i not in found] if extend else []
    view.studio.select((*kept, *found))
    view.make_visible(found)


def _begin(view: CanvasView) -> ShownId | None:
    """What is nearest to the middle of the view."""
    centre = view.visible_area().center()
    seen = (i for i in view.scene.nodes.ids if view.scene.home(i) is not None)
    return min(seen, key=lambda i: _distance(view, i, centre.x(), centre.y()), default=None)


def _next(view: CanvasView, dx: int, dy: int) -> ShownId | None:
    nodes, wires = view.studio.selection()
    if not nodes:
        source, target = _ends(view.scene, view.scene.wires.row[wires[-1]])
        return source if dx < 0 or dy < 0 else target
    here = view.scene.stage.units(nodes)[-1]
    return _along(view.scene, here, dx) if dx else _beside(view, here, dy)


def _along(scene: Scene, here: ShownId, dx: int) -> ShownId | None:
    """The other end of the most level wire."""
    wires = [row for row in _wires(scene, here) if _ends(scene, row)[dx < 0] == here]
    near = [row for row in wires if scene.home(_ends(scene, row)[dx > 0]) is not None]
    row = min(near, key=lambda row: (_slope(scene, row), scene.wires.ids[row]), default=None)
    return None if row is None else _ends(scene, row)[dx > 0]


def _wires(scene: Scene, here: ShownId) -> list[int]:
    """Rows of the wires that something has."""
    found: list[int] = scene.wires.touching([scene.nodes.row[here]]).tolist()
    return found


def _ends(scene: Scene, row: int) -> tuple[ShownId, ShownId]:
    """What a wire is seen between."""
    source, target = scene.wires.tied[row].tolist()
    return scene.nodes.ids[source], scene.nodes.ids[target]


def _slope(scene: Scene, row: int) -> float:
    _, start, _, end = scene.wires.ends[row].tolist()
    return abs(float(end - start))


def _beside(view: CanvasView, here: ShownId, dy: int) -> ShownId | None:
    """The next one above or below: one that shares a neighbour with this one, else one in the same column."""
    box = view.scene.node_rect(here)
    for near in (_siblings(view.scene, here), _in_column(view, here)):
        seen = [i for i in near if view.scene.home(i) is not None]
        beyond = [i for i in seen if dy * (view.scene.node_rect(i).center().y() - box.center().y()) > 0]
        if beyond:
            return min(beyond, key=lambda i: _distance(view, i, box.center().x(), box.center().y()))
    return None


def _siblings(scene: Scene, here: ShownId) -> set[ShownId]:
    """What feeds what this one feeds, or is fed by what feeds it."""
    found: set[ShownId] = set()
    for row in _wires(scene, here):
        side = _ends(scene, row)[0] == here
        other = _ends(scene, row)[side]
        found |= {ends[not side] for ends in (_ends(scene, r) for r in _wires(scene, other)) if ends[side] == other}
    return found - {here}


def _in_column(view: CanvasView, here: ShownId) -> list[ShownId]:
    box = view.scene.node_rect(here)
    boxes, ids = view.scene.nodes.boxes, view.scene.nodes.ids
    rows = ((boxes[:, 0] < box.right()) & (boxes[:, 0] + boxes[:, 2] > box.left())).nonzero()[0]
    return [ids[row] for row in rows.tolist() if ids[row] != here]


def _distance(view: CanvasView, shown: ShownId, x: float, y: float) -> tuple[float, ShownId]:
    centre = view.scene.node_rect(shown).center()
    return (centre.x() - x) ** 2 + (centre.y() - y) ** 2, shown
