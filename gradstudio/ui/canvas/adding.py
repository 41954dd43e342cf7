"""Adding a node where it is wanted: what would fit there, where it goes, and its wires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from gradstudio.document import building, grouping
from gradstudio.document.building import Fresh, Placed
from gradstudio.document.fitting import End, between, newcomer, partner, plain_outputs, takes, wanting
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire, WireId
from gradstudio.document.places import look
from gradstudio.document.regions import GroupId
from gradstudio.document.shapes import infer
from gradstudio.document.stage import is_box
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Shape, Value
from gradstudio.ui.canvas import room
from gradstudio.ui.canvas.curves import basis, points_on
from gradstudio.ui.canvas.face import Face, face_of
from gradstudio.ui.canvas.gestures.drop import corner
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.gestures.rewire import dots_before
from gradstudio.ui.canvas.homes import home_of
from gradstudio.ui.canvas.metrics import FIRST_PORT
from gradstudio.ui.canvas.wanted import Wanted

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


@dataclass(frozen=True, slots=True)
class Chosen:
    """A gate that was chosen, with what was typed for it.

    Attributes:
        gate: its id.
        params: values that were typed.
        name: of the node, or None for one of the gate's own.
    """

    gate: str
    params: Mapping[str, Value] = field(default_factory=dict)
    name: str | None = None

    def record(self) -> Node:
        """The node it would be."""
        return Node(0, self.gate, self.name or CATALOG.get(self.gate).title, self.params)

    def face(self) -> Face:
        """What the node would look like."""
        return face_of(self.record(), self.record().make())


def wanted_at(view: CanvasView, at: QPointF) -> Wanted:
    """A gate is wanted at a scene point, wired to what is selected."""
    return Wanted(at, near=near(view))


def wanted_by_key(view: CanvasView) -> Wanted:
    """A gate is wanted by keyboard: into the selected wire; at the mouse; where that is still, beside the selection."""
    nodes, wires = view.studio.selection()
    if len(wires) == 1 and not nodes:
        return Wanted(wire=wires[0])
    mouse = view.mouse_in_scene()
    return Wanted(None if view.mouse_is_used() else mouse, near=near(view))


def wanted_beside(view: CanvasView, gate: str) -> Wanted:
    """This gate is wanted, wherever the mouse is: into the selected wire, where it fits; else beside the selection."""
    nodes, wires = view.studio.selection()
    into = Wanted(wire=wires[0]) if len(wires) == 1 and not nodes else Wanted(near=near(view))
    fits = filter_of(view.studio.document, into)
    return into if fits is None or fits(Chosen(gate)) else Wanted()


def near(view: CanvasView) -> tuple[NodeId, ...]:
    """The selected nodes a new one is wired to: of a closed group those it shows outputs of, or else inputs of."""
    found: list[NodeId] = []
    places = infer(view.studio.document).places
    for shown in view.scene.stage.units(view.studio.selection()[0]):
        if not is_box(shown):
            found.append(shown)
            continue
        ports = view.scene.ports.of(view.scene.nodes.row[shown])
        outputs = [p.node for p in ports if p.is_output and p.port in {o.name for o in plain_outputs(places[p.node])}]
        found += dict.fromkeys(outputs or [port.node for port in ports])
    return tuple(found)


def opening_point(view: CanvasView, wanted: Wanted) -> QPointF:
    """Where in the scene a list to choose from is opened."""
    if wanted.at is not None:
        return wanted.at
    if wanted.wire is not None:
        return middle_of(view, wanted.wire)
    if wanted.near:
        return view.scene.bounds(wanted.near).bottomLeft()
    return view.visible_area().center()


def middle_of(view: CanvasView, wire: WireId) -> QPointF:
    """The middle of a wire, or of that of its pieces that goes furthest."""
    curve = view.scene.wires.curve[view.scene.wires.row[wire]]
    return QPointF(*points_on(curve[None], basis(np.array((0.5,))))[0, 0].tolist())


# --- what fits ----------------------------------------------------------------------------------------------------


def filter_of(document: Document, wanted: Wanted) -> Callable[[Chosen], bool] | None:
    """Whether a gate would fit where it is wanted; None where everything does."""
    if wanted.wire is not None:
        wire = document.wires[wanted.wire]
        return lambda chosen: between(document, wire, newcomer(chosen.record())) is not None
    if wanted.ends:
        return lambda chosen: takes(document, chosen.record(), wanted.ends)
    return None


def shape_of(document: Document, wanted: Wanted, chosen: Chosen) -> Shape | None:
    """The shape its first output would have with the wire that leads to it, where that is known."""
    source = _source(document, wanted)
    record = newcomer(chosen.record())
    port = None if source is None else partner(document, record, source)
    if source is None or port is None:
        return None
    arriving = Wire(0, source.node, source.port, record.id, port)
    shapes = look(record, (arriving,), infer(document).places).shapes
    return shapes[0] if shapes else None


def _source(document: Document, wanted: Wanted) -> End | None:
    if wanted.wire is not None:
        wire = document.wires[wanted.wire]
        return End(wire.source, wire.output, True)
    ends = [end for end in wanted.ends if end.is_output]
    if ends or len(wanted.near) != 1:
        return ends[0] if ends else None
    outputs = infer(document).places[wanted.near[0]].outputs
    return End(wanted.near[0], outputs[0].name, True) if outputs else None


# --- placing --------------------------------------------------------------------------------------------------------


def place(view: CanvasView, wanted: Wanted, chosen: Chosen, *, wired: bool = True) -> NodeId | None:
    """Add the node and its wires in one step, and select what lets building go on; None where it is refused."""
    home = home_of(view, wanted.at, wanted.wire, wanted.near if wanted.at is None else ())
    node = _carry_out(view, chosen.gate, home, lambda: _placed(view, view.studio.document, wanted, chosen, wired))
    if node is not None:
        view.use_mouse()
        if wanted.at is None:
            view.make_visible((node,))
    return node


def place_gate(view: CanvasView, gate: str, at: QPointF | None, wire: WireId | None) -> NodeId | None:
    """Add a node with its corner at a point, or where there is room in the view, or into a wire; and select it."""
    look = Chosen(gate).face().look
    if at is None:
        centre = view.visible_area().center()
        x, y = room.free_place(view.scene, centre.x() - 45, centre.y() - FIRST_PORT + 10, look.width, look.height)
    else:
        x, y = at.x(), at.y()

    def make() -> Placed:
        document, fresh = view.studio.document, Fresh(gate, x, y)
        if wire is None:
            return building.add(document, fresh)
        box = QRectF(x, y, look.width, look.height)
        return building.add_into(document, fresh, wire, dots_before(view, wire, box))

    return _carry_out(view, gate, home_of(view, at, wire), make)


def _carry_out(view: CanvasView, gate: str, home: GroupId | None, make: Callable[[], Placed]) -> NodeId | None:
    """Carry out what makes a node in a group, select what is best selected then, and tell of it."""
    made: list[Placed] = []

    def patch() -> Patch:
        made[:] = [make()]
        return grouping.adopted(view.studio.document, made[0].patch, home)

    if not view.studio.do(patch):
        return None
    view.studio.select(made[0].select)
    view.make_room(made[0].node)
    view.gatePlaced.emit(gate)
    return made[0].node


def _placed(view: CanvasView, document: Document, wanted: Wanted, chosen: Chosen, wired: bool) -> Placed:
    face = chosen.face()
    x, y = _place(view, document, wanted, chosen, face)
    fresh = Fresh(chosen.gate, x, y, chosen.name, chosen.params)
    if not wired:
        return building.add(document, fresh)
    if wanted.wire is not None:
        box = QRectF(x, y, face.look.width, face.look.height)
        return building.add_into(document, fresh, wanted.wire, dots_before(view, wanted.wire, box))
    if wanted.ends:
        return building.add_at(document, fresh, wanted.ends)
    return building.add(document, fresh, wanted.near)


def _place(view: CanvasView, document: Document, wanted: Wanted, chosen: Chosen, face: Face) -> tuple[float, float]:
    """Upper left corner of the node."""
    if wanted.wire is not None:
        return corner(face.look, wanted.at or middle_of(view, wanted.wire))
    if wanted.at is None:
        return _beside(view, document, wanted, chosen, face)
    if wanted.ends:
        return _at_end(document, wanted.at, wanted.ends[0], chosen, face)
    return corner(face.look, wanted.at)


def _at_end(document: Document, at: QPointF, end: End, chosen: Chosen, face: Face) -> tuple[float, float]:
    """So that the port the wire goes to is at the point."""
    port = partner(document, chosen.record(), end)
    y = face.input_y(port or "") if end.is_output else face.output_y(port or "")
    x = at.x() if end.is_output else at.x() - face.look.width
    return snapped(x), snapped(at.y() - (y or FIRST_PORT))


def _beside(view: CanvasView, document: Document, wanted: Wanted, chosen: Chosen, face: Face) -> tuple[float, float]:
    """Beside what is selected: behind it; before it, where it feeds it; below it, where it is a source like it."""
    width, height = face.look.width, face.look.height
    bounds = view.scene.bounds(wanted.near) if wanted.near else QRectF()
    if bounds.isEmpty():
        centre = view.visible_area().center()
        return room.free_place(view.scene, centre.x() - width / 2, centre.y() - height / 2, width, height)
    if face.look.inputs:
        return room.free_place(view.scene, *room.behind(bounds, width, height), width, height)
    for target in wanted.near:
        port = next(iter(wanting(document, target)), None)
        point = None if port is None else view.scene.port_point(target, port, False)
        if point is not None:
            there = room.before(view.scene.node_rect(target), point.y(), width, FIRST_PORT)
            return room.free_place(view.scene, *there, width, height)
    last = view.scene.node_rect(wanted.near[-1])
    return room.free_place(view.scene, last.left(), last.bottom() + room.GAP, width, height)
