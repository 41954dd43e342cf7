"""What moves when something is dragged: nodes, boxes of groups, frames with what lies on them, comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradstudio.document.model import NodeId
from gradstudio.document.nesting import chain
from gradstudio.document.regions import AreaId, Comment, Frame
from gradstudio.document.remarks import Rect, rect_of
from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas.areas import Kind

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

Place = tuple[float, float]


@dataclass(slots=True)
class Cargo:
    """Things that move by the same way.

    Attributes:
        nodes: places of all nodes, in closed groups too.
        shown: places of what is seen of them: nodes and boxes.
        rects: of frames and comments.
    """

    nodes: dict[NodeId, Place] = field(default_factory=dict)
    shown: dict[ShownId, Place] = field(default_factory=dict)
    rects: dict[AreaId, Rect] = field(default_factory=dict)

    @staticmethod
    def of(view: CanvasView, *, alone: bool = False) -> Cargo:
        """What is selected, with what lies on selected frames (unless they are to be moved alone)."""
        document = view.studio.document
        nodes = dict.fromkeys(view.studio.selection()[0])
        chosen = view.studio.areas()
        areas = dict.fromkeys(i for i in chosen if i in document.frames or i in document.comments)
        if not alone:
            _load(view, nodes, areas)
        within = {i for i in chosen if i in document.groups}
        drawn: list[Frame | Comment] = [*document.frames.values(), *document.comments.values()]
        areas |= dict.fromkeys(one.id for one in drawn if within.intersection(chain(document, one.group)))
        scene = view.scene
        shown = {i: home for i in scene.stage.units(nodes) if (home := scene.home(i)) is not None}
        rects = {i: rect_of(document.frames.get(i) or document.comments[i]) for i in areas}
        return Cargo({i: (document.nodes[i].x, document.nodes[i].y) for i in nodes}, shown, rects)

    def moved(self, view: CanvasView, dx: float, dy: float) -> Cargo:
        """The same further on, as far as it is still there."""
        document = view.studio.document
        return Cargo(
            {i: (x + dx, y + dy) for i, (x, y) in self.nodes.items() if i in document.nodes},
            {i: (x + dx, y + dy) for i, (x, y) in self.shown.items() if view.scene.home(i) is not None},
            {i: (x + dx, y + dy, *size) for i, (x, y, *size) in self.rects.items() if i in view.scene.areas.areas},  # type: ignore[misc]
        )


def _load(view: CanvasView, nodes: dict[NodeId, None], areas: dict[AreaId, None]) -> None:
    """Add what lies on the frames, and on frames that lie on them."""
    for i in (frames := [i for i in areas if i in view.studio.document.frames]):  # grows while it is read
        rect = view.scene.areas.rect(i)
        nodes |= dict.fromkeys(view.scene.nodes_in(rect, whole=True))
        for area in view.scene.areas.all():
            if area.id not in areas and area.kind is not Kind.GROUP and rect.contains(area.rect):
                areas[area.id] = None
                frames += [area.id] if area.kind is Kind.FRAME else []
