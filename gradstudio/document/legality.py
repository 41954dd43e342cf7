"""What a legal network is: a table of reasons, asked for one wire (while it is dragged) or for a whole document.

One wire: `why_not` goes through its rows in order and tells the first that refuses it, with both ends named.
A document: `check` goes through all rows; those of `Reason.structural` can't be brought about by any edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradstudio.document import settings as training_settings
from gradstudio.document.bounds import MOST_DOTS, color_problem, dots_problem, name_problem, note_problem, place_problem
from gradstudio.document.model import Document, NodeId, Wire, WireId
from gradstudio.document.ordering import group_findings, remark_findings
from gradstudio.document.reasons import Finding, Reason, Refused, SettingsError
from gradstudio.document.shapes import Shapes, infer
from gradstudio.document.wiring import KINDS, Attempt, no_port, refusal
from gradstudio.engine.gate import Kind

__all__ = [
    "MOST_DOTS", "Finding", "Reason", "Refused", "SettingsError", "candidates", "check", "color_problem",
    "dots_problem", "name_problem", "note_problem", "objective_problem", "place_problem", "why_not",
]  # fmt: skip

_NEW: WireId = 2**62  # an id no wire has


def why_not(
    doc: Document,
    source: NodeId,
    output: str,
    target: NodeId,
    input: str,  # noqa: A002 - the word of the records
    *,
    replace: bool = False,
    without: WireId | None = None,
) -> Refused | None:
    """Why this wire is refused, or None where it may be drawn. Quick enough to ask while the mouse moves.

    Args:
        doc: the network.
        source: node the wire starts at.
        output: its output port.
        target: node the wire ends at.
        input: its input port.
        replace: whether the wire that occupies the input may go.
        without: a wire to leave out of account, because this one takes its place (its end is being dragged).
    """
    return refusal(Attempt(doc, infer(doc), Wire(_NEW, source, output, target, input), replace, without))


def candidates(
    doc: Document,
    node: NodeId,
    port: str,
    is_output: bool,
    *,
    replace: bool = False,
    without: WireId | None = None,
    among: Iterable[NodeId] | None = None,
) -> list[tuple[NodeId, str, Refused | None]]:
    """All ports a wire from this one could go to, each with the reason it is refused (None where it may).

    Args:
        doc: the network.
        node: node of the port the wire is dragged from.
        port: its name.
        is_output: whether it is an output port.
        replace: as for `why_not`.
        without: as for `why_not`.
        among: nodes to look at, e.g. those in view; all where None.
    """
    shapes = infer(doc)
    found: list[tuple[NodeId, str, Refused | None]] = []
    for other in doc.nodes if among is None else among:
        place = shapes.places[other]
        for end in place.inputs if is_output else place.outputs:
            ends = (node, port, other, end.name) if is_output else (other, end.name, node, port)
            found.append((other, end.name, refusal(Attempt(doc, shapes, Wire(_NEW, *ends), replace, without))))
    return found


def check(doc: Document) -> list[Finding]:
    """Everything that is wrong with a document: first what no edit could have made, then what keeps nodes waiting."""
    shapes = infer(doc)
    findings = [finding for row in DOCUMENT_ROWS for finding in row(doc, shapes)]
    told = {(finding.node, finding.reason) for finding in findings}
    return findings + [finding for finding in shapes.problems if (finding.node, finding.reason) not in told]


def objective_problem(doc: Document, shapes: Shapes, objective: NodeId | None) -> str | None:
    """Why this node can't be what is minimised, in a sentence, or None where it can."""
    if objective is None:
        return None
    if objective not in doc.nodes:
        return f"The objective is node {objective}, which isn't there. Choose another one."
    place, name = shapes.places[objective], doc.nodes[objective].name
    if place.outputs and not any(port.kind is Kind.REAL and port.gradient for port in place.outputs):
        return f"“{name}” can't be minimised: no gradient flows back from it. Choose a node that computes numbers."
    return None


def _names(doc: Document, _: Shapes) -> Iterator[Finding]:
    for node in doc.nodes.values():
        message = name_problem(node.name)
        if message is not None:
            yield Finding(node.id, message, Reason.NAME)


def _marks(doc: Document, _: Shapes) -> Iterator[Finding]:
    for node in doc.nodes.values():
        if node.note or node.color:
            message = color_problem(node.color) or note_problem(node.note)
            if message is not None:
                yield Finding(node.id, f"“{node.name}”: {message}", Reason.MARK)


def _places(doc: Document, _: Shapes) -> Iterator[Finding]:
    for node in doc.nodes.values():
        message = place_problem(node.x, node.y)
        if message is not None:
            yield Finding(node.id, f"“{node.name}”: {message}", Reason.PLACE)
    for wire in doc.wires.values():
        problem = dots_problem(wire.via) if wire.via else None
        if problem is not None:
            yield Finding(wire.target, problem, Reason.PLACE, wire.id)


def _ports(doc: Document, shapes: Shapes) -> Iterator[Finding]:
    for wire in doc.wires.values():
        source, target = shapes.places[wire.source], shapes.places[wire.target]
        if doc.nodes[wire.source].known and source.output(wire.output) is None:
            message = no_port(doc.nodes[wire.source].name, "output", wire.output, source.outputs)
            yield Finding(wire.source, message, Reason.UNKNOWN_PORT, wire.id)
        if doc.nodes[wire.target].known and target.input(wire.input) is None:
            message = no_port(doc.nodes[wire.target].name, "input", wire.input, target.inputs)
            yield Finding(wire.target, message, Reason.UNKNOWN_PORT, wire.id)


def _kinds(doc: Document, shapes: Shapes) -> Iterator[Finding]:
    for wire in doc.wires.values():
        output = shapes.places[wire.source].output(wire.output)
        taken = shapes.places[wire.target].input(wire.input)
        if output is not None and taken is not None and output.kind is not taken.kind:
            ends = f"“{doc.nodes[wire.source].name}” → “{doc.nodes[wire.target].name}”"
            carries, needs = KINDS[output.kind], KINDS[taken.kind]
            message = f"{ends}: {output.name} carries {carries}, but {taken.name} needs {needs}."
            yield Finding(wire.target, message, Reason.TYPE, wire.id)


def _several(doc: Document, shapes: Shapes) -> Iterator[Finding]:
    seen: set[tuple[NodeId, str, NodeId, str]] = set()
    taken: set[tuple[NodeId, str]] = set()
    for wire in doc.wires.values():
        ends = (wire.source, wire.output, wire.target, wire.input)
        end = (wire.target, wire.input)
        port = shapes.places[wire.target].input(wire.input)
        names = f"“{doc.nodes[wire.source].name}” → “{doc.nodes[wire.target].name}”"
        if ends in seen:
            yield Finding(wire.target, f"{names}: this wire is there twice.", Reason.DUPLICATE, wire.id)
        elif end in taken and port is not None and not port.many:
            message = f"{names}: {wire.input} has another wire already; it takes one."
            yield Finding(wire.target, message, Reason.OCCUPIED, wire.id)
        seen.add(ends)
        taken.add(end)


def _cycles(doc: Document, shapes: Shapes) -> Iterator[Finding]:
    for wire in doc.wires.values():
        if wire.source == wire.target:
            message = f"“{doc.nodes[wire.source].name}” feeds itself. Take that wire away."
            yield Finding(wire.source, message, Reason.SELF_LOOP, wire.id)
    yield from (finding for finding in shapes.problems if finding.reason is Reason.CYCLE)


def _objective(doc: Document, shapes: Shapes) -> Iterator[Finding]:
    message = objective_problem(doc, shapes, doc.settings.objective)
    if message is not None:
        yield Finding(doc.settings.objective or 0, message, Reason.OBJECTIVE)


def _settings(doc: Document, _: Shapes) -> Iterator[Finding]:
    message = training_settings.problem(doc.settings)
    if message is not None:
        yield Finding(0, message, Reason.SETTINGS)


def _regions(doc: Document, _: Shapes) -> Iterator[Finding]:
    yield from group_findings(doc)
    yield from remark_findings(doc)


DOCUMENT_ROWS = (_names, _marks, _places, _ports, _kinds, _several, _cycles, _objective, _settings, _regions)
"""What a document is asked; what keeps single nodes from being computed comes from the shapes."""
