"""What would put a finding right, where that is obvious: a wire, a node no longer muted, a param to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gradstudio.document.fitting import plain_outputs
from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, Node, NodeId
from gradstudio.document.params import label
from gradstudio.document.reasons import Finding, Reason
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError

MOST_ASKED = 400
"""In a large network only so many free outputs are asked for, those nearest to the node."""
NEARER = 2.0
"""Of several free outputs the nearest is meant if the next one is more than so many times as far away."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A wire to the first input without one, from the only free output that fits, or the one that is far nearer.

    Attributes:
        source: node the wire would start at.
        output: its output port.
        target: node the finding is about.
        input: its input port.
    """

    source: NodeId
    output: str
    target: NodeId
    input: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """A muted node that is to compute again.

    Attributes:
        node: to unmute.
    """

    node: NodeId


@dataclass(frozen=True, slots=True)
class Edit:
    """A param that has to be changed by the person.

    Attributes:
        node: whose param it is.
        param: its name.
    """

    node: NodeId
    param: str


Remedy: TypeAlias = Connect | Unmute | Edit


def remedy(doc: Document, finding: Finding) -> Remedy | None:
    """What would put a finding right; None where that isn't obvious."""
    node = doc.nodes.get(finding.node)
    if node is None:
        return None
    match finding.reason:
        case Reason.MISSING:
            return _unmute(doc, node) or _connect(doc, node)
        case Reason.PARAM:
            param = _refused_param(node)
            return Edit(node.id, param) if param else None
        case Reason.PIN:
            param = _misshapen(doc, node)
            return Edit(node.id, param) if param else None
    return None


def _unmute(doc: Document, node: Node) -> Unmute | None:
    """The node itself where it is muted, or the muted node whose weight it waits for."""
    if node.muted:
        return Unmute(node.id)
    places = infer(doc).places
    silent = (wire.source for wire in doc.wires_into(node.id) if wire.output in places[wire.source].silent)
    source = next(silent, None)
    return None if source is None else Unmute(source)


def _connect(doc: Document, node: Node) -> Connect | None:
    """A wire to the first input that lacks one, if it is obvious which free output is meant."""
    fed = {wire.input for wire in doc.wires_into(node.id)}
    port = next((port.name for port in infer(doc).places[node.id].inputs if port.name not in fed), None)
    if port is None:
        return None
    fitting = (free for free in _free_ends(doc, node) if why_not(doc, *free[1:], node.id, port) is None)
    first, second = next(fitting, None), next(fitting, None)
    if first is None or (second is not None and first[0] * NEARER**2 >= second[0]):
        return None
    return Connect(*first[1:], node.id, port)


def _free_ends(doc: Document, here: Node) -> list[tuple[float, NodeId, str]]:
    """Outputs that carry something and that nothing is wired to, the nearest first, with the distance squared."""
    shapes = infer(doc)
    free = []
    for other in doc.nodes.values():
        if other.id != here.id and not other.muted:
            used = {wire.output for wire in doc.wires_out_of(other.id)}
            far = (other.x - here.x) ** 2 + (other.y - here.y) ** 2
            names = (port.name for port in plain_outputs(shapes.places[other.id]) if port.name not in used)
            free += [(far, other.id, name) for name in names if shapes.of(other.id, name) is not None]
    return sorted(free)[:MOST_ASKED]


def _refused_param(node: Node) -> str:
    """The first param whose value is refused; where they are refused together, the first of them."""
    gate = node.kind
    for name, value in node.params.items():
        if name in gate.params:
            try:
                gate.params[name].check(label(gate, name), value)
            except EngineError:
                return name
    return next((name for name in node.params if name in gate.params), "")


def _misshapen(doc: Document, node: Node) -> str:
    """The param that pins a weight to another shape than it needs."""
    place = infer(doc).places[node.id]
    if place.gate is None:
        return ""
    for weight in place.gate.active_weights():
        pinned = getattr(place.gate, weight.start) if weight.start is not None else None
        if pinned is not None and pinned.shape != place.shape(weight.name):
            return weight.start or ""
    return ""
