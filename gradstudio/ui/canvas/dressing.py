"""What is done to selected nodes as they are: muted, frozen, painted, noted, doubled, given another gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gradstudio.document import commands, grouping, remarks
from gradstudio.document.marking import has_weights
from gradstudio.document.model import NodeId, Patch
from gradstudio.document.nesting import all_members
from gradstudio.document.regions import AreaId
from gradstudio.ui.canvas.gestures.move import snapped

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Canvas", text)


def all_muted(view: CanvasView) -> bool:
    """Whether there are selected nodes and every one of them is muted."""
    nodes = view.studio.selection()[0]
    return bool(nodes) and all(view.studio.document.nodes[i].muted for i in nodes)


def toggle_muted(view: CanvasView) -> None:
    """Mute the selected nodes, or let them compute again where all of them are muted."""
    nodes, muted = view.studio.selection()[0], not all_muted(view)
    if nodes:
        view.studio.do(lambda: commands.set_muted(view.studio.document, nodes, muted))


def all_frozen(view: CanvasView) -> bool:
    """Whether there are selected nodes with weights and all of those are frozen."""
    nodes = [view.studio.document.nodes[i] for i in view.studio.selection()[0]]
    able = [node.frozen for node in nodes if has_weights(node) or node.frozen]
    return bool(able) and all(able)


def can_freeze(view: CanvasView) -> bool:
    """Whether one of the selected nodes has weights."""
    nodes = (view.studio.document.nodes[i] for i in view.studio.selection()[0])
    return any(has_weights(node) or node.frozen for node in nodes)


def toggle_frozen(view: CanvasView) -> None:
    """Freeze the selected nodes that have weights, or train them again where all of them are frozen."""
    nodes, frozen = view.studio.selection()[0], not all_frozen(view)
    if nodes:
        view.studio.do(lambda: commands.set_frozen(view.studio.document, nodes, frozen))


def paint(view: CanvasView, color: str) -> None:
    """Give what is selected a colour, or none of its own (empty)."""
    nodes, groups, drawn = painted(view)
    document = view.studio.document

    def make() -> Patch:
        patches = [commands.set_color(document, nodes, color)] if nodes else []
        patches += [grouping.paint_groups(document, groups, color)] if groups else []
        patches += [remarks.paint(document, drawn, color)] if drawn else []
        patch = patches[0]
        for more in patches[1:]:
            patch = patch.followed_by(more, patch.title)
        return patch

    if nodes or groups or drawn:
        view.studio.do(make)


def painted(view: CanvasView) -> tuple[list[NodeId], list[AreaId], list[AreaId]]:
    """What a colour is given to: selected groups rather than their nodes, other nodes, frames and comments."""
    document, (nodes, _, areas) = view.studio.document, view.studio.chosen
    groups = [i for i in areas if i in document.groups]
    held = {node for i in groups for node in all_members(document, i)}
    return [i for i in nodes if i not in held], groups, [i for i in areas if i not in document.groups]


def write_note(view: CanvasView) -> None:
    """Open a field for the note of the selected nodes."""
    nodes = view.studio.selection()[0]
    if nodes:
        view.make_visible(nodes[:1])
        view.noting.open(nodes)


def replace_gate(view: CanvasView, gate: str) -> None:
    """Give the selected nodes another gate; what became of their wires is told where some had to go."""
    nodes, document = view.studio.selection()[0], view.studio.document
    before = len(document.wires)
    if not view.studio.do(lambda: commands.replace_gate(document, nodes, gate)):
        return
    lost = before - len(document.wires)
    if lost:
        wires = say("1 wire") if lost == 1 else say("{} wires").format(lost)
        told = say("{} found no port at the new gate and went. Undo brings all back.").format(wires)
        view.studio.messageShown.emit(told)


def duplicate_fed(view: CanvasView) -> None:
    """Make twins of the selected nodes, fed by what feeds the originals."""
    nodes = view.studio.selection()[0]
    made: list[NodeId] = []
    doubled: list[AreaId] = []

    def make() -> Patch:
        bounds = view.scene.bounds(nodes)
        patch, fresh = commands.duplicate(
            view.studio.document,
            nodes,
            0.0,
            snapped(bounds.height() + 40.0),
            incoming=True,
            inside=view.studio.stage.inside,
        )
        made[:], doubled[:] = fresh, patch.groups
        return patch

    if nodes and view.studio.do(make):
        view.studio.select(made, (), doubled)
        view.make_visible(made)
