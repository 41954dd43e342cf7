"""A block put onto the canvas: where it goes, and what of the selection feeds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from gradstudio.document import blocks, commands
from gradstudio.document.fitting import offered
from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.nesting import interface
from gradstudio.document.regions import GroupId
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.ui.canvas import room
from gradstudio.ui.canvas.gestures.dropblock import face_of_block
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.homes import home_of

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def place_block(
    view: CanvasView, block: Document, name: str, at: QPointF | None = None, near: tuple[NodeId, ...] = ()
) -> GroupId | None:
    """Put a network in as a closed group in one step, and select it.

    Args:
        view: the canvas.
        block: the network.
        name: of the group, where the network isn't one group already.
        at: where the upper left corner of its box goes; None finds room, behind the nodes it is wired to.
        near: nodes that feed it, where its inputs take them.

    Returns:
        The group; None where it is refused.
    """
    document, made = view.studio.document, [0]
    place = at or _place(view, block, name, near)
    home = home_of(view, place, None, () if at is not None else near)

    def make() -> Patch:
        trial = Rehearsal(document)
        patch, _ = blocks.put_in(document, block, name, (place.x(), place.y()), home)
        trial.do(patch)
        made[0] = next(i for i, group in patch.groups.items() if group is not None and group.parent == home)
        for node in near:
            _feed(trial, node, made[0])
        return trial.patch(patch.title)

    if not view.studio.do(make):
        return None
    view.studio.select((*_nodes(view, made[0]),), (), (made[0],))
    if at is None:
        view.make_visible(view.studio.selection()[0])
    return made[0]


def _nodes(view: CanvasView, group: GroupId) -> tuple[NodeId, ...]:
    return view.scene.stage.members(-group)


def _place(view: CanvasView, block: Document, name: str, near: tuple[NodeId, ...]) -> QPointF:
    look = face_of_block(block, name).look
    if near:
        bounds = view.scene.bounds(near)
        x, y = room.behind(bounds, look.width, look.height)
        return QPointF(*room.free_place(view.scene, x, y, look.width, look.height))
    centre = view.visible_area().center()
    x, y = snapped(centre.x() - look.width / 2), snapped(centre.y() - look.height / 2)
    return QPointF(*room.free_place(view.scene, x, y, look.width, look.height))


def _feed(trial: Rehearsal, node: NodeId, group: GroupId) -> None:
    """Wire a node to the first input of a group that takes it."""
    for port in interface(trial.doc, group).inputs:
        for output in offered(trial.doc, node):
            ends = (node, output, port.node, port.port)
            if why_not(trial.doc, *ends) is None:
                trial.do(commands.connect(trial.doc, *ends))
                return
