"""Layers opened into the gates they are made of, and closed again, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gradstudio.document import opening
from gradstudio.document.model import NodeId, Patch
from gradstudio.document.regions import GroupId
from gradstudio.ui.canvas import groups
from gradstudio.ui.inspector.data import is_data

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def openable(view: CanvasView) -> NodeId | None:
    """The first of the selected nodes that is made of other gates."""
    document = view.studio.document
    return next((node for node in view.studio.selection()[0] if opening.can_open(document, node)), None)


def closable(view: CanvasView) -> tuple[GroupId, ...]:
    """The groups among those meant that layers were opened into; else that which was entered."""
    document, inside = view.studio.document, view.studio.stage.inside
    meant = groups.meant_groups(view) or (() if inside is None else (inside,))
    return tuple(group for group in meant if document.groups[group].origin is not None)


def open_selected(view: CanvasView) -> None:
    """Open the first of the selected layers in place."""
    node = openable(view)
    if node is not None:
        open_layer(view, node)


def open_layer(view: CanvasView, node: NodeId) -> None:
    """Open a layer in place: what would be in the way goes aside, in the same step of undo."""
    studio = view.studio
    made: list[GroupId] = []

    def make() -> Patch:
        patch, group = opening.open_node(studio.document, node)
        made[:] = [group]
        return patch

    title = QCoreApplication.translate("Canvas", "Open {0} into gates").format(studio.document.nodes[node].name)
    studio.settle(stop=True)
    with studio.history.group(title):
        if studio.do(make):
            groups.set_collapsed(view, made, False)


def open_or_edit(view: CanvasView, node: NodeId) -> None:
    """Open a layer; choose the data of a dataset; edit what isn't made of other gates, in its place."""
    if is_data(view.studio.document.nodes[node]):
        view.studio.dataWanted.emit(node, "edit")
    elif opening.can_open(view.studio.document, node):
        open_layer(view, node)
    else:
        view.edit_in_place(node)


def close_selected(view: CanvasView) -> None:
    """Close the first of the groups meant into its layer, which is selected then."""
    chosen, studio = closable(view), view.studio
    if not chosen:
        return
    if studio.stage.inside == chosen[0]:
        groups.leave(view)
    known = frozenset(studio.document.nodes)
    if studio.do(lambda: opening.close_group(studio.document, chosen[0])):
        studio.select([node for node in studio.document.nodes if node not in known])
