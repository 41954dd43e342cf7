"""A whole network from one line: "784-256-relu-10", "spiral-100-relu-3-svm", "1x28x28-conv 8 3-relu-flatten-10".

The first part is the input: a number of features, the size of images (channels × rows × columns), or a gate that gives
data. Of the others a number is a Dense of so many units, and a word names a gate, with values behind it as in the
search palette.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gradstudio.document import typed
from gradstudio.document.building import Fresh, add
from gradstudio.document.commands import connect
from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category, Gate, Kind

BATCH = 32
"""Samples of a random input."""
SPACING, STEP = 230.0, 6
"""Between nodes, and how many stand in a row."""
ROW, LIFT = 190.0, 70.0
"""Between rows, and how far layers stand above data and loss, so that the wire of what is told passes below them."""
_PART = re.compile(r"\s*(?:->|→|-)\s*")
_SIZE = re.compile(r"\d+(?:\s*[x×]\s*\d+)*")


class NotShorthand(ValueError):
    """A text that isn't a network; the message says which part, and what was expected there."""


def looks_like(text: str) -> bool:
    """Whether a text is meant as a network rather than as one gate: several parts, one of them a number of units."""
    parts = _PART.split(text.strip())
    return len(parts) > 1 and all(parts) and "=" not in text and any(part.isdecimal() for part in parts)


def network(
    doc: Document, text: str, x: float = 0.0, y: float = 0.0, begin: NodeId | None = None
) -> tuple[Patch, tuple[NodeId, ...]]:
    """A patch that adds a network to a document, and its nodes from left to right.

    Args:
        doc: the document.
        text: the network in one line.
        x: left edge of the first node.
        y: its top edge.
        begin: a node that is there and stands for the input: then the text begins with the first layer.

    Raises:
        NotShorthand: naming the part that can't be read or doesn't fit.
    """
    parts = _PART.split(text.strip())
    first = 0 if begin is None else 1
    if len(parts) + first < 2 or not all(parts):
        raise NotShorthand("A network in one line needs an input and at least one layer, such as 784-256-relu-10.")
    trial = Rehearsal(doc)
    nodes: list[NodeId] = [] if begin is None else [begin]
    for number, part in enumerate(parts, first):
        gate, params = _source(part) if number == 0 else _layer(trial.doc, part)
        told = bool(nodes) and len(trial.doc.nodes[nodes[0]].output_ports()) > 1
        lift = LIFT if told and gate.category is not Category.LOSS else 0.0
        place = x + SPACING * (number % STEP), y + ROW * (number // STEP) - lift
        fed = (nodes[-1], *_labels(trial.doc, gate, nodes)) if nodes else ()
        try:
            placed = add(trial.doc, Fresh(gate.id, *place, params=params), fed)
        except ValueError as refusal:
            raise NotShorthand(f"“{part}”: {refusal}") from refusal
        trial.do(placed.patch)
        if gate.category is Category.LOSS:
            _compare(trial, nodes[0], placed.node)
        _refuse_unfed(trial.doc, placed.node, part, alone=number == 0)
        nodes.append(placed.node)
    return trial.patch(f"Add {text.strip()}"), tuple(nodes[first:])


def _source(part: str) -> tuple[type[Gate], dict[str, object]]:
    """The input: random numbers of a size, or a gate that gives data."""
    if _SIZE.fullmatch(part):
        lengths = [str(BATCH), *re.findall(r"\d+", part)]
        return CATALOG.get("random"), {"sizes": ", ".join(lengths)}
    gate = _called(part, [gate for gate in CATALOG if not gate.inputs])
    if gate is None:
        _named(part)
        raise NotShorthand(f"“{part}”: a network begins with a number of features or with data, such as spiral.")
    return gate, {}


def _layer(doc: Document, part: str) -> tuple[type[Gate], dict[str, object]]:
    """A Dense of so many units, or the gate that is named, with its values."""
    if part.isdecimal():
        return CATALOG.get("dense"), {"units": int(part)}
    reading = typed.readings(part)[-1]
    gate = _named(reading.words or part)
    filled = typed.fill(doc, gate, reading)
    if filled.problem:
        raise NotShorthand(f"“{part}”: {filled.problem}")
    return gate, dict(filled.params)


def _named(words: str) -> type[Gate]:
    """The gate that is called so."""
    gate = _called(words, list(CATALOG))
    if gate is None:
        raise NotShorthand(f"“{words}” is no gate and no number of units.")
    return gate


def _called(words: str, gates: Sequence[type[Gate]]) -> type[Gate] | None:
    """Of some gates the one called so: by id or title, the name its nodes get, how it begins, by keyword or part."""
    wanted = _plain(words)
    tests: tuple[Callable[[type[Gate]], bool], ...] = (
        lambda gate: wanted in (_plain(gate.id), _plain(gate.title)),
        lambda gate: wanted in gate.names and bool(gate.inputs),
        lambda gate: _plain(gate.id).startswith(wanted) or _plain(gate.title).startswith(wanted),
        lambda gate: any(wanted == _plain(word) for word in gate.keywords),
        lambda gate: wanted in _plain(gate.title),
    )
    return next((gate for test in tests for gate in gates if test(gate)), None)


def _plain(words: str) -> str:
    """Letters and digits alone."""
    return "".join(c for c in words.casefold() if c.isalnum())


def _labels(doc: Document, gate: type[Gate], nodes: list[NodeId]) -> tuple[NodeId, ...]:
    """The data node, for a loss that wants its labels."""
    source = doc.nodes[nodes[0]]
    gives = any(port.kind is Kind.LABELS for port in source.output_ports())
    return (nodes[0],) if gate.category is Category.LOSS and gives and len(nodes) > 1 else ()


def _compare(trial: Rehearsal, source: NodeId, loss: NodeId) -> None:
    """Give a loss the numbers to tell, where data has some and they fit."""
    given = [port.name for port in trial.doc.nodes[source].output_ports()]
    wanted = [port.name for port in trial.doc.nodes[loss].input_ports()]
    fed = {wire.input for wire in trial.doc.wires_into(loss)}
    if given[1:] == ["y"] and "target" in wanted and "target" not in fed:
        trial.do(connect(trial.doc, source, "y", loss, "target"))


def _refuse_unfed(doc: Document, node: NodeId, part: str, *, alone: bool) -> None:
    """Refuse a part that doesn't fit behind the one before it."""
    place = infer(doc).places[node]
    if place.finding is not None and (alone or doc.wires_into(node)):
        raise NotShorthand(f"“{part}”: {place.finding.message}")
    if not alone and not doc.wires_into(node):
        raise NotShorthand(f"“{part}” takes nothing that comes before it.")
