"""Edits of the canvas by name: each makes its patch with a command and hands it to the studio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from gradstudio.document import commands, grouping
from gradstudio.document.model import Node, NodeId, Patch
from gradstudio.document.nesting import all_members
from gradstudio.document.reasons import Refused
from gradstudio.document.regions import AreaId
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Param
from gradstudio.ui.canvas import groups
from gradstudio.ui.canvas.gestures.cargo import Cargo
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.metrics import FIRST_PORT, HEADER, MARGIN
from gradstudio.ui.canvas.scene import NOTHING, Hit, Part

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

VALUE = "value"
"""The param edited in place, where a gate has it."""
_AGAIN = 20.0


def delete(view: CanvasView) -> None:
    """Delete what is selected."""
    nodes, wires, areas = view.studio.chosen
    if nodes or wires or areas:
        drawn = [i for i in areas if i not in view.studio.document.groups]
        view.studio.do(lambda: commands.delete(view.studio.document, nodes, wires, drawn))


def copy(view: CanvasView) -> bool:
    """Put the selected nodes, frames and comments on the clipboard as text; says whether there were any."""
    nodes, _, areas = view.studio.chosen
    drawn, inside = [i for i in areas if i not in view.studio.document.groups], view.studio.stage.inside
    if nodes or drawn:
        QGuiApplication.clipboard().setText(commands.copy(view.studio.document, nodes, drawn, inside=inside))
    return bool(nodes or drawn)


def cut(view: CanvasView) -> None:
    """Copy and delete."""
    if copy(view):
        delete(view)


def paste(view: CanvasView) -> None:
    """Paste at the mouse, or in the middle; again at the same place goes a little aside."""
    at = view.mouse_in_scene() or view.visible_area().center()
    x, y = snapped(at.x()), snapped(at.y())
    document, home = view.studio.document, view.home_at(QPointF(x, y))
    taken = {(node.x, node.y) for node in document.nodes.values()}
    taken |= {(group.x, group.y) for group in document.groups.values()}
    taken |= {(rect.left(), rect.top()) for area in view.scene.areas.all() for rect in (area.rect,)}
    while (x, y) in taken:
        x, y = x + _AGAIN, y + _AGAIN
    clip = QGuiApplication.clipboard().text()

    def make() -> tuple[Patch, tuple[NodeId, ...]]:
        patch, nodes = commands.paste(document, clip, x, y)
        return grouping.adopted(document, patch, home), nodes

    _add(view, make)


def duplicate(view: CanvasView) -> None:
    """Make twins of the selected nodes."""
    nodes, _, areas = view.studio.chosen
    drawn, inside = [i for i in areas if i not in view.studio.document.groups], view.studio.stage.inside
    if nodes or drawn:
        _add(view, lambda: commands.duplicate(view.studio.document, nodes, areas=drawn, inside=inside))


def nudge(view: CanvasView, dx: float, dy: float) -> None:
    """Move what is selected by a little; what lies on a frame goes along with it."""
    document, cargo = view.studio.document, Cargo.of(view)
    own = set(view.studio.selection()[0])
    places: dict[NodeId, tuple[float, float]] = {}
    for shown, (x, y) in cargo.shown.items():
        members = view.scene.stage.members(shown)
        free = not own.issuperset(members)
        gap = (dx, dy) if free else (_stepped(x, dx) - x, _stepped(y, dy) - y)
        places |= {i: (document.nodes[i].x + gap[0], document.nodes[i].y + gap[1]) for i in members}
    rects = cargo.moved(view, dx, dy).rects
    if places or rects:
        inside, key = view.studio.stage.inside, ("nudge", view.studio.chosen)
        view.studio.do(lambda: commands.move(document, places, rects, inside=inside), merge=key)
        view.make_visible(places)


def _stepped(place: float, by: float) -> float:
    return snapped(place + by) if by else place


def select_for_menu(view: CanvasView, hit: Hit) -> None:
    """Select what a context menu is asked for, unless it is part of the selection."""
    nodes, wires = view.studio.selection()
    if hit.part in (Part.WIRE, Part.DOT) and hit.wire not in wires:
        view.studio.select((), (hit.wire,))
    elif (hit.part is Part.NODE or hit.is_port) and hit.node not in nodes:
        view.studio.select((hit.node,))
    elif hit.part is Part.GROUP and hit.area not in view.studio.areas():
        view.studio.select(all_members(view.studio.document, hit.area), (), (hit.area,))
    elif hit.part is Part.AREA and hit.area not in view.studio.areas():
        view.studio.select((), (), (hit.area,))
    elif hit.part is Part.EMPTY:
        view.studio.select()


def selected_hit(view: CanvasView) -> Hit:
    """What is selected, as if it had been clicked on."""
    nodes, _, areas = view.studio.chosen
    if areas:
        return Hit(Part.GROUP if areas[0] in view.studio.document.groups else Part.AREA, area=areas[0])
    return Hit(Part.NODE, nodes[0]) if nodes else NOTHING


def rename(view: CanvasView, node: NodeId | None) -> None:
    """Open a field over the node's title, or over that of the selected group or frame."""
    areas = view.studio.areas()
    if node is None and len(areas) == 1:
        groups.edit_area(view, areas[0])
        return
    record = _chosen(view, node)
    if record is None:
        return
    box = view.scene.node_rect(record.id)
    field = QRectF(box.left() + MARGIN - 8, box.top() + 2, box.width() - 2 * (MARGIN - 8), HEADER - 4)
    view.editor.open(
        field,
        record.name,
        QCoreApplication.translate("Canvas", "Name of the node"),
        lambda text: _try(view, lambda: commands.rename(view.studio.document, record.id, text.strip())),
    )


def edit_value(view: CanvasView, node: NodeId | None, text: str | None) -> bool:
    """Open a field over the node's value, with its present value or what was typed already."""
    record = _chosen(view, node)
    param = _value_param(record)
    if record is None or param is None:
        return False
    box = view.scene.node_rect(record.id)
    field = QRectF(box.left() + MARGIN - 8, box.top() + FIRST_PORT - 12, box.width() - 2 * (MARGIN - 8), 24)

    def commit(typed: str) -> str:
        def make() -> Patch:
            value = param.parse(VALUE, typed)
            return commands.set_param(view.studio.document, (record.id,), VALUE, value)

        return _try(view, make)

    title = QCoreApplication.translate("Canvas", "Value of {0}").format(record.name)
    view.editor.open(field, value_text(record), title, commit, typed=text)
    return True


def value_text(record: Node) -> str:
    """The value of a constant as it would be typed."""
    value = record.params.get(VALUE, record.kind.params[VALUE].default)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return f"{value:.15g}" if isinstance(value, float) else "" if value is None else str(value)


def _value_param(record: Node | None) -> Param | None:
    if record is None or record.gate not in CATALOG:
        return None
    param = record.kind.params.get(VALUE)
    return param if param is not None and param.kind in ("float", "int", "array") else None


def _chosen(view: CanvasView, node: NodeId | None) -> Node | None:
    """The node meant: the given one, or the only selected one."""
    if node is None:
        nodes = view.studio.selection()[0]
        node = nodes[0] if len(nodes) == 1 else None
    return None if node is None else view.studio.document.nodes.get(node)


def attempt(edit: Callable[[], object]) -> str:
    """Carry an edit out; the sentence that refuses it, or nothing."""
    try:
        edit()
    except (Refused, EngineError) as refusal:
        return str(refusal)
    return ""


def _try(view: CanvasView, make: Callable[[], Patch]) -> str:
    return attempt(lambda: view.studio.edit(make))


def _add(view: CanvasView, make: Callable[[], tuple[Patch, tuple[NodeId, ...]]]) -> tuple[NodeId, ...]:
    """Carry an edit out that makes nodes, frames and comments, and select them."""
    made: list[NodeId] = []
    drawn: list[AreaId] = []

    def patch() -> Patch:
        result, nodes = make()
        made[:], drawn[:] = nodes, [*result.groups, *result.frames, *result.comments]
        return result

    if not view.studio.do(patch):
        return ()
    view.studio.select(made, (), drawn)
    return tuple(made)
