"""Which group something new goes into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from gradstudio.document.model import NodeId, WireId
from gradstudio.document.nesting import chain, common
from gradstudio.document.regions import GroupId

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def home_of(
    view: CanvasView, at: QPointF | None, wire: WireId | None = None, near: tuple[NodeId, ...] = ()
) -> GroupId | None:
    """The group of both ends of the wire it goes into, or of its neighbours, or on whose sheet it is put."""
    document, stage = view.studio.document, view.scene.stage
    ends = near if wire is None else (document.wires[wire].source, document.wires[wire].target)
    if ends:
        shared = common(document, (document.nodes[i].group for i in ends))
        return next((i for i in chain(document, shared) if i in stage.opened), stage.inside)
    found = None if at is None else view.scene.areas.group_at(at)
    return stage.inside if found is None else found
