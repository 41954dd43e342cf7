"""Nodes brought into order by command: laid out, aligned, distributed, straightened. Each is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from gradstudio.document import commands
from gradstudio.document.model import NodeId, Patch
from gradstudio.document.nesting import called
from gradstudio.document.order import connected
from gradstudio.document.stage import ShownId, is_box
from gradstudio.ui.canvas import clusters
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.nodes import Floats
from gradstudio.ui.canvas.scene import Scene

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

Places = Mapping[ShownId, tuple[float, float]]
EDGES = ("left", "center", "right", "top", "middle", "bottom")
"""What nodes may be aligned by."""


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Canvas", text)


# --- laying out -----------------------------------------------------------------------------------------------------


def tidy(view: CanvasView, *, selection: bool = False) -> None:
    """Lay out the whole network, or the selected nodes; its upper left corner stays where it is."""
    nodes = view.studio.selection()[0] if selection else view.scene.stage.nodes()
    if not nodes:
        return
    whole_in_view = view.visible_area().contains(view.scene.bounds())
    places = laid_out(view, nodes)
    title = say("Tidy up {} nodes").format(len(nodes)) if selection else say("Tidy up the network")
    if rearrange(view, title, places, straight=True) and whole_in_view and not selection:
        view.zoom_to_fit()
    elif selection:
        view.make_visible(nodes)


def laid_out(view: CanvasView, nodes: Iterable[NodeId]) -> dict[ShownId, tuple[float, float]]:
    """Where a layered layout puts what these nodes are seen as, from their present upper left corner on."""
    return places_in(view.scene, nodes)


def places_in(scene: Scene, nodes: Iterable[NodeId]) -> dict[ShownId, tuple[float, float]]:
    """The same for nodes of any scene."""
    return clusters.laid_out(scene, scene.stage.units(nodes))


def tidy_inserted(view: CanvasView, node: NodeId) -> None:
    """Where somebody wants that: lay out what a new node has been wired to, as part of the step that added it."""
    document = view.studio.document
    if not view.habits.tidy or node not in document.nodes:
        return
    nodes = connected(document, node)
    there = laid_out(view, nodes)
    before = _places(view, there)
    old = [i for i in there if i != node]
    if not old:
        return
    shift = [snapped(float(np.median([before[i][k] - there[i][k] for i in old]))) for k in (0, 1)]
    places = {i: (x + shift[0], y + shift[1]) for i, (x, y) in there.items()}
    view.studio.history.amend(_moved(view, "", places, straight=True))
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
    scene, document = view.scene, view.studio.document
    rows = scene.nodes.rows(scene.stage.units(view.studio.selection()[0]))
    places = {row: tuple(scene.nodes.boxes[row, :2].tolist()) for row in rows}
    among = set(rows) if len(rows) > 1 else None
    for row in sorted(rows, key=lambda row: (places[row][0], scene.nodes.ids[row])):
        wire = _feeding(scene, row, among)
        if wire is not None:
            source, (out, into) = int(scene.wires.tied[wire, 0]), scene.wires.lift[wire].tolist()
            y = places[source][1] if source in places else float(scene.nodes.boxes[source, 1])
            places[row] = (places[row][0], y + out - into)
    what = called(document, view.studio.selection()[0]) if rows else ""
    title = say("Straighten {}").format(what)
    rearrange(view, title, {scene.nodes.ids[row]: (x, y) for row, (x, y) in places.items()})


def _feeding(scene: Scene, row: int, among: set[int] | None) -> int | None:
    """The row of the uppermost wire into a node's row that comes from one of these."""
    wires = scene.wires
    into = np.nonzero(wires.tied[:, 1] == row)[0].tolist()
    known = [wire for wire in into if among is None or int(wires.tied[wire, 0]) in among]
    return min(known, key=lambda wire: (float(wires.lift[wire, 1]), wires.ids[wire]), default=None)


def _selected(view: CanvasView) -> tuple[Sequence[ShownId], Floats]:
    """What is selected, as it is seen, and the boxes of that."""
    rows = view.scene.nodes.rows(view.scene.stage.units(view.studio.selection()[0]))
    return [view.scene.nodes.ids[row] for row in rows], view.scene.nodes.boxes[rows]


def _along(nodes: Sequence[ShownId], boxes: Floats, axis: int, there: Floats) -> dict[ShownId, tuple[float, float]]:
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
    before = _places(view, places)
    patch = _moved(view, title, places, straight=straight)
    if patch.empty or not view.studio.do(patch):
        return False
    view.glide.start(before)
    return True


def _moved(view: CanvasView, title: str, places: Places, *, straight: bool) -> Patch:
    document = view.studio.document
    nodes = {node: there for shown, place in places.items() for node, there in _members(view, shown, place)}
    frames = clusters.frames_around(view.scene, places) if straight else {}
    patch = commands.move(document, nodes, frames, inside=view.studio.stage.inside)
    wires = dict(patch.wires)
    if straight:
        inner = (w for i in nodes for w in document.wires_out_of(i) if w.via and w.target in nodes)
        wires.update({wire.id: replace(wire, via=()) for wire in inner})
    return replace(patch, title=title, wires=wires)


def _members(
    view: CanvasView, shown: ShownId, place: tuple[float, float]
) -> Iterable[tuple[NodeId, tuple[float, float]]]:
    """Where the nodes go that are seen as something that goes to a place."""
    nodes, home = view.studio.document.nodes, view.scene.home(shown)
    dx, dy = (0.0, 0.0) if home is None else (place[0] - home[0], place[1] - home[1])
    if is_box(shown):
        return [(i, (nodes[i].x + dx, nodes[i].y + dy)) for i in view.scene.stage.members(shown)]
    return [(shown, place)]


def _places(view: CanvasView, shown: Iterable[ShownId]) -> dict[ShownId, tuple[float, float]]:
    return {i: home for i in shown if (home := view.scene.home(i)) is not None}
