"""The numbers on the canvas: texts for wires, stubs and nodes out of a snapshot and the inferred shapes."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

from gradstudio.document.model import Document, NodeId, WireId
from gradstudio.document.reasons import Reason
from gradstudio.document.shapes import Shapes, infer
from gradstudio.engine.gate import Kind, Shape
from gradstudio.insight.telling import fork_text
from gradstudio.training.snapshot import Snapshot, Summary
from gradstudio.ui.canvas.asked import Asked, Reading, Spot
from gradstudio.ui.canvas.figures import gradient_text, value_text, wire_shape


class Trouble(NamedTuple):
    """What keeps a node from being computed.

    Attributes:
        sentence: what, where, what to do.
        mild: whether it is merely unfinished: an input isn't connected yet.
    """

    sentence: str
    mild: bool


class _Known(NamedTuple):
    """A reading, and what it was made of."""

    reading: Reading
    port: tuple[str, bool, Shape | None]
    value: Summary | None
    gradient: Summary | None


_Texts: TypeAlias = "dict[object, _Known]"
_GLOWS = 40
"""Strengths a glow may have: numbers that hardly change leave it as it is."""
BLANK = Reading("", "", "")


class Readings:
    """Texts of one document and one snapshot of it, made when asked for and kept.

    Args:
        document: the network.
        snapshot: its numbers.
        stale: whether they are those of an older graph.
        before: what was shown before: texts of numbers that are still the same are taken from there.
        asked: what stands in place of numbers that are asked for.

    Attributes:
        snapshot: the numbers, or None.
        stale: whether the numbers belong to an older graph, and are being computed anew.
        problems: what is wrong, by node.
    """

    def __init__(
        self,
        document: Document,
        snapshot: Snapshot | None,
        *,
        stale: bool = False,
        before: Readings | None = None,
        asked: Asked | None = None,
    ) -> None:
        self.snapshot, self.stale = snapshot, stale
        self._asked = asked
        self._document = document
        self._shapes: Shapes = infer(document)
        self._texts: _Texts = {}
        self._before: _Texts = {} if before is None else before._texts
        self._forks: dict[tuple[NodeId, str], str] = {}
        self._glows: dict[NodeId, float] = {}
        self.problems = _problems(self._shapes, None if stale else snapshot)

    def wire(self, wire_id: WireId) -> Reading:
        """The texts of a wire."""
        known = self._texts.get(wire_id)
        if known is None:
            wire = self._document.wires.get(wire_id)
            if wire is None:
                return BLANK
            known = self._read(wire_id, wire.source, wire.output, self.contribution(wire_id))
        return known.reading if self._asked is None else self._asked.over(Spot(wire_id), known.reading)

    def end(self, node: NodeId, port: str) -> Reading:
        """The texts of an output that is not connected."""
        known = self._texts.get((node, port))
        if known is None:
            known = self._read((node, port), node, port, self.gradient_at(node, port))
        return known.reading if self._asked is None else self._asked.over(Spot(None, node, port), known.reading)

    def value_at(self, node: NodeId, port: str) -> Summary | None:
        """What is at an output."""
        return None if self.snapshot is None else self.snapshot.values.get((node, port))

    def gradient_at(self, node: NodeId, port: str) -> Summary | None:
        """The gradient of the objective at an output."""
        return None if self.snapshot is None else self.snapshot.gradients.get((node, port))

    def contribution(self, wire: WireId) -> Summary | None:
        """The gradient a wire brings back on its own."""
        return None if self.snapshot is None else self.snapshot.contributions.get(wire)

    def fork(self, node: NodeId, port: str) -> str:
        """The sum of what comes back to an output that several wires leave, e.g. "-4 + 3 = -1"; else nothing."""
        text = self._forks.get((node, port))
        if text is None and self._asked is not None and (asked := self._asked.at(Spot(None, node, port), "gradient")):
            self._forks[node, port] = text = f"Σ = {asked}"
        if text is None:
            numbers, known = self.snapshot, node in self._document.nodes
            text = fork_text(self._document, numbers, node, port) if known and numbers is not None else ""
            self._forks[node, port] = text = text.replace("−", "-")
        return text

    def glow(self, node: NodeId, ports: tuple[str, ...]) -> float:
        """How strongly a gradient of arrays flows at a node, 0 to 1 on a log scale from 1e-5 to 1."""
        strength = self._glows.get(node)
        if strength is None:
            found = (self.gradient_at(node, port) for port in ports)
            norm = max((s.norm for s in found if s is not None and s.scalar is None), default=0.0)
            strength = min(max(round(_GLOWS * (math.log10(norm) + 5) / 5) / _GLOWS, 0.06), 1.0) if norm > 0 else 0.0
            self._glows[node] = strength
        return strength

    def _read(self, key: object, node: NodeId, name: str, gradient: Summary | None) -> _Known:
        value, old = self.value_at(node, name), self._before.get(key)
        shape = self._shapes.of(node, name) if value is None else value.shape
        port = name, self._is_labels(node, name), shape
        if old is None or old.port != port or not (_alike(old.value, value) and _alike(old.gradient, gradient)):
            old = _Known(_written(*port, value, gradient), port, value, gradient)
        self._texts[key] = old
        return old

    def _is_labels(self, node: NodeId, port: str) -> bool:
        record = self._document.nodes.get(node)
        if record is None or not record.known:
            return False
        return any(p.name == port and p.kind is Kind.LABELS for p in record.kind.outputs)


def _written(port: str, labels: bool, shape: Shape | None, value: Summary | None, gradient: Summary | None) -> Reading:
    if labels:
        return Reading(wire_shape(shape), "labels", "")
    return Reading(
        wire_shape(shape),
        "" if value is None else value_text(value, port),
        "" if gradient is None else gradient_text(gradient),
    )


def _alike(a: Summary | None, b: Summary | None) -> bool:
    """Whether two arrays are written alike, as far as their norms and smallest entries tell."""
    if a is None or b is None:
        return a is b
    return a.low == b.low and a.norm == b.norm and a.shape == b.shape


def _problems(shapes: Shapes, snapshot: Snapshot | None) -> dict[NodeId, Trouble]:
    found: dict[NodeId, Trouble] = {f.node: Trouble(f.message, f.reason is Reason.MISSING) for f in shapes.problems}
    for problem in snapshot.problems if snapshot is not None else ():
        if problem.node not in found:
            found[problem.node] = Trouble(problem.message, False)
    return found
