"""Nodes brought into order by command: laid out, aligned, distributed, straightened. Each is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from gradstudio.document import commands
from gradstudio.document.layout import Box, Link, layered
from gradstudio.document.model import Document, NodeId, Patch, Wire
from gradstudio.document.order import connected
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.nodes import Floats
from gradstudio.ui.canvas.scene import Scene

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

Places = Mapping[NodeId, tuple[float, float]]
EDGES = ("left", "center", "right", "top", "middle", "bottom")
"""What nodes may be aligned by."""


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Canvas", text)


# --- laying out -----------------------------------------------------------------------------------------------------


def tidy(view: CanvasView, *, selection: bool = False) -> None:
    """Lay out the whole network, or the selected nodes; its upper left corner stays where it is."""
    nodes = view.studio.selection()[0] if selection else tuple(view.studio.document.nodes)
    if not nodes:
        return
    whole_in_view = view.visible_area().contains(view.scene.bounds())
    places = laid_out(view, nodes)
    title = say("Tidy up {} nodes").format(len(nodes)) if selection else say("Tidy up the network")
    if rearrange(view, title, places, straight=True) and whole_in_view and not selection:
        view.zoom_to_fit()
    elif selection:
        view.make_visible(nodes)


def laid_out(view: CanvasView, nodes: Iterable[NodeId]) -> dict[NodeId, tuple[float, float]]:
    """Where a layered layout puts these nodes, from their present upper left corner on."""
    return places_in(view.scene, nodes)


def places_in(scene: Scene, nodes: Iterable[NodeId]) -> dict[NodeId, tuple[float, float]]:
    """The same for nodes of any scene."""
    rows = scene.nodes.rows(nodes)
    number = {row: i for i, row in enumerate(rows)}
    boxes = [Box(*box) for box in scene.nodes.boxes[rows].tolist()]
    tied, lifts = scene.wires.tied.tolist(), scene.wires.lift.tolist()
    links = [
        Link(number[source], number[target], out, into)
        for (source, target), (out, into) in zip(tied, lifts, strict=True)
        if source in number and target in number
    ]
    left, top = snapped(min(box.x for box in boxes)), snapped(min(box.y for box in boxes))
    ids = scene.nodes.ids
    return {ids[row]: (left + x, top + y) for row, (x, y) in zip(rows, layered(boxes, links), strict=True)}


def tidy_inserted(view: CanvasView, node: NodeId) -> None:
    """Where somebody wants that: lay out what a new node has been wired to, as part of the step that added it."""
    document = view.studio.document
    if not view.habits.tidy or node not in document.nodes:
        return
    nodes = connected(document, node)
    before = _places(document, nodes)
    there = laid_out(view, nodes)
    old = [i for i in nodes if i != node]
    if not old:
        return
    shift = [snapped(float(np.median([before[i][k] - there[i][k] for i in old]))) for k in (0, 1)]
    places = {i: (x + shift[0], y + shift[1]) for i, (x, y) in there.items()}
    view.studio.history.amend(_moved(document, "", places, straight=True))
    view.glide.start(before)
    view.make_visible((node,))


# --- in line --------------------------------------------------------------------------------------------------------


def align(view: CanvasView, edge: str) -> None:
    """Bring the selected nodes in line with the one that reaches furthest, or with the middle of them all."""
    nodes, boxes = _selected(view)
    if len(nodes) < 2:
        return
    axis = 0 if EDGES.index(edge) < 3 else 1
    low, size = boxes[:, axis], boxes[:, axis + 2]
    match EDGES.index(edge) % 3:
        case 0:
            there = np.full(len(nodes), low.min())
        case 1:
            there = (low.min() + (low + size).max()) / 2 - size / 2
        case _:
            there = (low + size).max() - size
    words = {
        "left": say("Align {} nodes left"), "center": say("Align the centres of {} nodes"),
        "right": say("Align {} nodes right"), "top": say("Align {} nodes at the top"),
        "middle": say("Align the middles of {} nodes"), "bottom": say("Align {} nodes at the bottom"),
    }  # fmt: skip
    rearrange(view, words[edge].format(len(nodes)), _along(nodes, boxes, axis, there))


def distribute(view: CanvasView, axis: int) -> None:
    """Make the gaps between the selected nodes equal, from left to right (axis 0) or from top to bottom (axis 1)."""
    nodes, boxes = _selected(view)
    if len(nodes) < 3:
        return
    low, size = boxes[:, axis], boxes[:, axis + 2]
    order = np.lexsort((np.arange(len(nodes)), low + size / 2))
    first, last = order[0], order[-1]
    room = low[last] + size[last] - low[first] - size.sum()
    there = np.array(low)
    there[order] = low[first] + np.concatenate(([0.0], np.cumsum(size[order] + room / (len(nodes) - 1))[:-1]))
    there[last] = low[last]
    title = say("Distribute {} nodes across") if axis == 0 else say("Distribute {} nodes down")
    rearrange(view, title.format(len(nodes)), _along(nodes, boxes, axis, there))


def straighten(view: CanvasView) -> None:
    """Make the wires between the selected nodes level: each node goes to the height of what feeds it, from the left.

    With a single node selected, it goes to the height of the node that feeds it.
    """
    nodes = view.studio.selection()[0]
    scene, document = view.scene, view.studio.document
    y = {i: document.nodes[i].y for i in nodes}
    chosen = set(nodes)
    for i in sorted(nodes, key=lambda i: (document.nodes[i].x, i)):
        wire = _feeding(document, i, chosen if len(nodes) > 1 else None)
        if wire is not None:
            out, into = scene.wires.lift[scene.wires.row[wire.id]].tolist()
            y[i] = y.get(wire.source, document.nodes[wire.source].y) + out - into
    places = {i: (document.nodes[i].x, y[i]) for i in nodes}
    what = document.nodes[nodes[0]].name if len(nodes) == 1 else say("{} nodes").format(len(nodes))
    rearrange(view, say("Straighten {}").format(what), places)


def _feeding(document: Document, node: NodeId, among: set[NodeId] | None) -> Wire | None:
    """The first of a node's wires, in the order of its ports, that comes from one of these."""
    ports = [port.name for port in document.nodes[node].input_ports()]
    wires = [w for w in document.wires_into(node) if among is None or w.source in among]
    return min(wires, key=lambda w: (ports.index(w.input) if w.input in ports else len(ports), w.id), default=None)


def _selected(view: CanvasView) -> tuple[Sequence[NodeId], Floats]:
    """The selected nodes and their boxes."""
    rows = view.scene.nodes.rows(view.studio.selection()[0])
    return [view.scene.nodes.ids[row] for row in rows], view.scene.nodes.boxes[rows]


def _along(nodes: Sequence[NodeId], boxes: Floats, axis: int, there: Floats) -> dict[NodeId, tuple[float, float]]:
    """Places with one coordinate changed."""
    moved = np.array(boxes[:, :2])
    moved[:, axis] = there
    return {node: (x, y) for node, (x, y) in zip(nodes, moved.tolist(), strict=True)}


# --- moving ---------------------------------------------------------------------------------------------------------


def rearrange(view: CanvasView, title: str, places: Places, *, straight: bool = False) -> bool:
    """Move nodes in one step of this title, and let them glide there; says whether any had to move.

    Args:
        view: the canvas.
        title: of the step.
        places: where they go.
        straight: whether wires between them lose their dots.
    """
    document = view.studio.document
    before = _places(document, places)
    patch = _moved(document, title, places, straight=straight)
    if patch.empty or not view.studio.do(patch):
        return False
    view.glide.start(before)
    return True


def _moved(document: Document, title: str, places: Places, *, straight: bool) -> Patch:
    patch = commands.move(document, places)
    wires = dict(patch.wires)
    if straight:
        inner = (w for i in places for w in document.wires_out_of(i) if w.via and w.target in places)
        wires.update({wire.id: replace(wire, via=()) for wire in inner})
    return Patch(title, patch.nodes, wires)


def _places(document: Document, nodes: Iterable[NodeId]) -> dict[NodeId, tuple[float, float]]:
    return {i: (document.nodes[i].x, document.nodes[i].y) for i in nodes}
