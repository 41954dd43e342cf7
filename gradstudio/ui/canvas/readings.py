"""The numbers on the canvas: texts for wires, stubs and nodes out of a snapshot and the inferred shapes."""

from __future__ import annotations

import math
from typing import NamedTuple

from gradstudio.document.model import Document, NodeId, Wire, WireId
from gradstudio.document.reasons import Reason
from gradstudio.document.shapes import Shapes, infer
from gradstudio.engine.gate import Kind
from gradstudio.training.snapshot import Snapshot, Summary
from gradstudio.ui.canvas.figures import gradient_text, value_text, wire_shape


class Reading(NamedTuple):
    """What is written on one wire: shape and value above it, the gradient below it."""

    shape: str
    value: str
    gradient: str


class Trouble(NamedTuple):
    """What keeps a node from being computed.

    Attributes:
        sentence: what, where, what to do.
        mild: whether it is merely unfinished: an input isn't connected yet.
    """

    sentence: str
    mild: bool


_GLOWS = 40
"""Strengths a glow may have: numbers that hardly change leave it as it is."""
BLANK = Reading("", "", "")


class Readings:
    """Texts of one document and one snapshot of it, made when asked for and kept.

    Attributes:
        snapshot: the numbers, or None.
        stale: whether the numbers belong to an older graph, and are being computed anew.
        problems: what is wrong, by node.
    """

    def __init__(self, document: Document, snapshot: Snapshot | None, *, stale: bool = False) -> None:
        self.snapshot, self.stale = snapshot, stale
        self._document = document
        self._shapes: Shapes = infer(document)
        self._wires: dict[WireId, Reading] = {}
        self._ends: dict[tuple[NodeId, str], Reading] = {}
        self._glows: dict[NodeId, float] = {}
        self.problems = _problems(self._shapes, None if stale else snapshot)

    def wire(self, wire_id: WireId) -> Reading:
        """The texts of a wire."""
        reading = self._wires.get(wire_id)
        if reading is None:
            wire = self._document.wires.get(wire_id)
            reading = BLANK if wire is None else self._read_wire(wire)
            self._wires[wire_id] = reading
        return reading

    def end(self, node: NodeId, port: str) -> Reading:
        """The texts of an output that is not connected."""
        reading = self._ends.get((node, port))
        if reading is None:
            reading = self._read(node, port, self.gradient_at(node, port))
            self._ends[node, port] = reading
        return reading

    def value_at(self, node: NodeId, port: str) -> Summary | None:
        """What is at an output."""
        return None if self.snapshot is None else self.snapshot.values.get((node, port))

    def gradient_at(self, node: NodeId, port: str) -> Summary | None:
        """The gradient of the objective at an output."""
        return None if self.snapshot is None else self.snapshot.gradients.get((node, port))

    def contribution(self, wire: WireId) -> Summary | None:
        """The gradient a wire brings back on its own."""
        return None if self.snapshot is None else self.snapshot.contributions.get(wire)

    def glow(self, node: NodeId, ports: tuple[str, ...]) -> float:
        """How strongly a gradient of arrays flows at a node, 0 to 1 on a log scale from 1e-5 to 1."""
        strength = self._glows.get(node)
        if strength is None:
            found = (self.gradient_at(node, port) for port in ports)
            norm = max((s.norm for s in found if s is not None and s.scalar is None), default=0.0)
            strength = min(max(round(_GLOWS * (math.log10(norm) + 5) / 5) / _GLOWS, 0.06), 1.0) if norm > 0 else 0.0
            self._glows[node] = strength
        return strength

    def _read_wire(self, wire: Wire) -> Reading:
        return self._read(wire.source, wire.output, self.contribution(wire.id))

    def _read(self, node: NodeId, port: str, gradient: Summary | None) -> Reading:
        shape = wire_shape(self._shapes.of(node, port))
        if self._is_labels(node, port):
            return Reading(shape, "labels", "")
        value = self.value_at(node, port)
        return Reading(
            shape,
            "" if value is None else value_text(value, port),
            "" if gradient is None else gradient_text(gradient),
        )

    def _is_labels(self, node: NodeId, port: str) -> bool:
        record = self._document.nodes.get(node)
        if record is None or not record.known:
            return False
        return any(p.name == port and p.kind is Kind.LABELS for p in record.kind.outputs)


def _problems(shapes: Shapes, snapshot: Snapshot | None) -> dict[NodeId, Trouble]:
    found: dict[NodeId, Trouble] = {f.node: Trouble(f.message, f.reason is Reason.MISSING) for f in shapes.problems}
    for problem in snapshot.problems if snapshot is not None else ():
        if problem.node not in found:
            found[problem.node] = Trouble(problem.message, False)
    return found
