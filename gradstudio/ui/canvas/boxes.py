"""Boxes that aren't nodes: closed groups, and inside a group what it is connected to outside."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QRectF

from gradstudio.document.model import Document, NodeId
from gradstudio.document.nesting import all_members, interface
from gradstudio.document.places import Place
from gradstudio.document.regions import Exposed, GroupId
from gradstudio.document.shapes import infer
from gradstudio.document.stage import INPUTS, OUTPUTS
from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.face import Face, Mark, Spot, box_face, mark_of, port_label
from gradstudio.ui.canvas.nodes import Entry

_GAP = 110.0
"""Between what lies in a group and the boxes of what is outside."""


def port_key(node: NodeId, port: str) -> str:
    """What a port of a node is called on a box, where several nodes' ports are."""
    return f"{node}.{port}"


def port_of(key: str) -> tuple[NodeId, str]:
    """The node and the port of such a key."""
    node, _, port = key.partition(".")
    return int(node), port


def closed(document: Document, group_id: GroupId) -> Entry:
    """The box of a closed group."""
    group, shown = document.groups[group_id], interface(document, group_id)
    face = box_face(
        group.name,
        counted(len(all_members(document, group_id))),
        _spots(document, shown.inputs, output=False),
        _spots(document, shown.outputs, output=True),
        group.color,
        sheets=True,
    )
    return -group_id, group.x, group.y, face


def counted(nodes: int) -> str:
    """So many nodes, in words."""
    return _say("1 node") if nodes == 1 else _say("{} nodes").format(nodes)


def outside(document: Document, group_id: GroupId, bounds: QRectF) -> list[Entry]:
    """The boxes of a group's inputs and outputs, left and right of what lies in it."""
    shown = interface(document, group_id)
    into = box_face(_say("Inputs"), "", (), _spots(document, shown.inputs, output=False), sheets=False)
    out_of = box_face(_say("Outputs"), "", _spots(document, shown.outputs, output=True), (), sheets=False)
    return [
        (INPUTS, bounds.left() - _GAP - into.look.width, _level(bounds, into), into),
        (OUTPUTS, bounds.right() + _GAP, _level(bounds, out_of), out_of),
    ]


def _level(bounds: QRectF, face: Face) -> float:
    return round((bounds.center().y() - face.look.height / 2) / m.GRID) * m.GRID


def _spots(document: Document, ports: Iterable[Exposed], *, output: bool) -> tuple[Spot, ...]:
    places = infer(document).places
    return tuple(_spot(port, places[port.node], i, output=output) for i, port in enumerate(ports))


def _spot(port: Exposed, place: Place, index: int, *, output: bool) -> Spot:
    found = place.output(port.port) if output else place.input(port.port)
    plain = {known.name for known in place.gate.outputs} if place.gate is not None else {port.port}
    weight = output and port.port not in plain
    mark = Mark.RING if weight else Mark.DOT if found is None else mark_of(found)
    y = m.FIRST_PORT + index * m.PITCH
    return Spot(port_key(port.node, port.port), y, mark, port_label(port.name), weight)


def _say(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)
