"""Where on the canvas something is asked, and what is written there instead of a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRectF

from gradstudio.document.model import Document, NodeId, WireId
from gradstudio.document.questions import Question
from gradstudio.ui.canvas.metrics import LABEL_LINE

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

_WIDE, _HIGH = 76.0, 24.0


class Reading(NamedTuple):
    """What is written on one wire: shape and value above it, the gradient below it."""

    shape: str
    value: str
    gradient: str


class Spot(NamedTuple):
    """The label of a wire, or of an output: its open end, or the sum at its fork.

    Attributes:
        wire: the wire, or None.
        node: the node of the output, or None.
        port: its port.
    """

    wire: WireId | None = None
    node: NodeId | None = None
    port: str = ""


class Asked:
    """Texts by spot and by what is asked there."""

    def __init__(self, texts: Mapping[object, str]) -> None:
        self._texts = texts

    def at(self, spot: Spot, asks: str) -> str | None:
        """What stands at a spot in place of a number; None where nothing is asked."""
        return self._texts.get((spot, asks))

    def over(self, spot: Spot, reading: Reading) -> Reading:
        """What is written at a spot in place of this."""
        value, gradient = self.at(spot, "value"), self.at(spot, "gradient")
        if value is None and gradient is None:
            return reading
        return Reading(
            reading.shape, reading.value if value is None else value, reading.gradient if gradient is None else gradient
        )


def spot_of(document: Document, question: Question) -> Spot:
    """Where a question is asked: at its wire, or at the only wire that leaves its output, else at the output."""
    if question.node is None:
        return Spot(question.wire)
    out = [wire.id for wire in document.wires_out_of(question.node) if wire.output == question.port]
    if len(out) == 1 or (out and question.asks == "value"):
        return Spot(out[0])
    return Spot(None, question.node, question.port)


def field_rect(view: Surface, question: Question) -> QRectF:
    """Where the answer to a question is typed, in the scene: over its label, or where that would be."""
    spot = spot_of(view.studio.document, question)
    above = question.asks == "value"
    if spot.wire is not None and spot.wire in view.scene.wires.row:
        row = view.scene.wires.row[spot.wire]
        lot = view.scene.labels.wires
        if row < len(lot.room) and not math.isnan(lot.above[row, 0]):
            x, y = (lot.above if above else lot.below)[row].tolist()
            return _around(x, y - LABEL_LINE / 2 if above else y + LABEL_LINE / 2)
        middle = view.scene.wires.path(row).pointAtPercent(0.5)
        return _around(middle.x(), middle.y() - _HIGH * 0.7 if above else middle.y() + _HIGH * 0.7)
    if spot.node is None:
        return QRectF(view.visible_area().center(), view.visible_area().center())
    point = view.scene.port_point(spot.node, spot.port, True)
    if point is not None and not any(w.output == spot.port for w in view.studio.document.wires_out_of(spot.node)):
        return _around(point.x() + 40, point.y() - _HIGH * 0.7 if above else point.y() + _HIGH * 0.7)
    box = view.node_rect(spot.node)
    return _around(box.right() - _WIDE / 2, box.bottom() + _HIGH / 2 + 4)


def _around(x: float, y: float) -> QRectF:
    return QRectF(x - _WIDE / 2, y - _HIGH / 2, _WIDE, _HIGH)
