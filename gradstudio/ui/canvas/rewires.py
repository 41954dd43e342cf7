"""Edits of wires by name: joining, cutting, healing, and their dots. Each is one step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF

from gradstudio.document import building, commands, dots
from gradstudio.document.joining import around
from gradstudio.document.joining import join as joined
from gradstudio.document.model import WireId
from gradstudio.document.stage import is_box
from gradstudio.ui.canvas.adding import middle_of
from gradstudio.ui.canvas.gestures.dot import level
from gradstudio.ui.canvas.gestures.rewire import insertion
from gradstudio.ui.canvas.linking import join_units
from gradstudio.ui.canvas.scene import Part

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def _say(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


def join(view: CanvasView) -> None:
    """Wire the selected nodes to each other; one node and one wire: put the node into the wire."""
    nodes, wires = view.studio.selection()
    document, units = view.studio.document, view.scene.stage.units(nodes)
    if len(nodes) == len(wires) == 1:
        record = document.nodes[nodes[0]]
        view.studio.do(lambda: insertion(view, wires[0], nodes[0], (record.x, record.y)))
    elif len(units) > 1 and any(is_box(shown) for shown in units):
        view.studio.do(lambda: join_units(view, units))
    elif len(nodes) > 1:
        view.studio.do(lambda: joined(document, nodes))
    else:
        view.studio.messageShown.emit(_say("Select two nodes or more to join them, or a node and a wire."))


def take_out(view: CanvasView) -> None:
    """Take the selected nodes out of their wires."""
    nodes = view.studio.selection()[0]
    if nodes:
        view.studio.do(lambda: building.take_out(view.studio.document, nodes))


def dissolve(view: CanvasView) -> None:
    """Delete the selected nodes and heal their wires."""
    nodes = view.studio.selection()[0]
    if nodes:
        view.studio.do(lambda: building.dissolve(view.studio.document, nodes))


def unwire(view: CanvasView) -> None:
    """Cut the wires around the selected nodes, and the selected wires."""
    nodes, wires = view.studio.selection()
    gone = tuple(sorted({*around(view.studio.document, nodes), *wires}))
    if gone:
        view.studio.do(lambda: commands.disconnect(view.studio.document, gone))


# --- dots ---------------------------------------------------------------------------------------------------------


def add_dot(view: CanvasView) -> None:
    """A dot on the wire under the mouse, at the mouse; else in the middle of the selected wire."""
    hover, mouse = view.marks.hover, view.mouse_in_scene()
    wires = view.studio.selection()[1]
    if hover.part is Part.WIRE and mouse is not None:
        add_dot_at(view, hover.wire, mouse)
    elif len(wires) == 1:
        add_dot_at(view, wires[0], middle_of(view, wires[0]))
    else:
        view.studio.messageShown.emit(_say("Select a wire to put a dot on it."))


def add_dot_at(view: CanvasView, wire: WireId, at: QPointF) -> None:
    """A dot on a wire near a scene point; keys move it from now on."""
    index, _ = view.scene.wires.passes(view.scene.wires.row[wire], at.x(), at.y())
    x, y = level(view, wire, index, at, new=True)
    if view.studio.do(lambda: dots.add_dot(view.studio.document, wire, index, x, y)):
        view.studio.select((), (wire,))
        view.choose_dot((wire, index))


def remove_dot(view: CanvasView, dot: tuple[WireId, int]) -> None:
    """A dot less."""
    view.studio.do(lambda: dots.remove_dot(view.studio.document, *dot))


def next_dot(view: CanvasView) -> None:
    """Choose the next dot of the selected wire, or its first."""
    wires = view.studio.selection()[1]
    count = len(view.studio.document.wires[wires[0]].via) if len(wires) == 1 else 0
    if not count:
        view.studio.messageShown.emit(_say("Select a wire with dots."))
        return
    now = view.marks.dot
    view.choose_dot((wires[0], 0 if now is None else (now[1] + 1) % count))


def nudge_dot(view: CanvasView, dx: float, dy: float) -> None:
    """Move the current dot by a little; repeated moves are one step of undo."""
    dot = view.marks.dot
    if dot is not None:
        wire, index = dot
        x, y = view.studio.document.wires[wire].via[index]
        view.studio.do(
            lambda: dots.move_dot(view.studio.document, wire, index, x + dx, y + dy), merge=("nudge dot", dot)
        )


def straighten(view: CanvasView) -> None:
    """Take all dots of the selected wires away."""
    wires = view.studio.selection()[1]
    view.studio.do(lambda: dots.straighten(view.studio.document, wires))
