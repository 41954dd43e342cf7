"""What happens at a step, in one sentence with its numbers: "f = q × z = 3 × -4 = -12". Qt-free.

Also the sum at a fork: "-4 + 3 = -1".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradstudio.document.model import Document, Node, NodeId, Wire
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import shape_text
from gradstudio.insight.stepping import Moment
from gradstudio.training.snapshot import Snapshot, Summary

MOST_TERMS = 4
"""A sum or product of more terms is told by their count."""
SIGNS = {"add": "+", "multiply": "×", "subtract": "−", "divide": "÷"}


class Telling(NamedTuple):
    """What happens at a position.

    Attributes:
        title: the node, and what is done there: "f · Multiply".
        sentence: what happens, with numbers.
        rule: the rule behind it, in words; may be empty.
    """

    title: str
    sentence: str
    rule: str


def number(value: float) -> str:
    """Four digits that count, with a minus one can see."""
    text = "NaN" if math.isnan(value) else "∞" if value == math.inf else format(value, ".4g").replace("inf", "∞")
    return text.replace("-", "−")


def told(summary: Summary | None) -> str:
    """A number, a small array, or shape and norm of a larger one."""
    if summary is None:
        return "?"
    if summary.scalar is not None:
        return number(summary.scalar)
    if summary.array is not None and summary.array.ndim == 1 and summary.array.size <= MOST_TERMS:
        return "[" + ", ".join(number(float(v)) for v in summary.array) + "]"
    return f"{shape_text(summary.shape)} of norm {number(summary.norm)}"


def telling(moment: Moment) -> Telling:
    """What happens at a position of a step-through."""
    steps, active = moment.stepping, moment.active
    if active is None:
        return Telling("Start", f"{len(steps.forward)} values to compute, then gradients flow back.", "")
    node = steps.document.nodes.get(active)
    if node is None:
        return Telling("", "", "")
    title = f"{node.name} · {node.kind.title}" if node.known else node.name
    if not moment.is_backward:
        return Telling(title, _forward(steps.document, steps.snapshot, node), _first_sentence(node, "help"))
    return Telling(title, _backward(steps.document, steps.snapshot, node), _first_sentence(node, "rule"))


def fork_text(document: Document, snapshot: Snapshot, node: NodeId, port: str) -> str:
    """The sum at an output whose value goes several ways: "−4 + 3 = −1"; nothing where there is none to show."""
    total = snapshot.gradients.get((node, port))
    found = [(w, snapshot.contributions.get(w.id)) for w in document.wires_out_of(node) if w.output == port]
    shares = [share for _, share in found if share is not None]
    if total is None or len(shares) < 2:
        return ""
    if total.scalar is None:
        norms = " + ".join("∇" for _ in shares) if len(shares) <= MOST_TERMS else f"{len(shares)} × ∇"
        return f"‖{norms}‖ = {number(total.norm)}"
    terms = [share.scalar for share in shares if share.scalar is not None]
    if len(terms) < len(shares):
        return ""
    return f"{joined(terms)} = {number(total.scalar)}"


def joined(terms: Sequence[float]) -> str:
    """Terms of a sum: "−4 + 3"; of many their count."""
    if len(terms) > MOST_TERMS:
        return f"sum of {len(terms)}"
    return " + ".join(bracketed(term) if i else number(term) for i, term in enumerate(terms))


def bracketed(value: float) -> str:
    """A number as it stands behind a sign: a negative one in brackets."""
    text = number(value)
    return f"({text})" if text.startswith("−") else text


def _first_sentence(node: Node, what: str) -> str:
    text: str = getattr(node.kind, what) if node.known else ""
    return text


def _forward(document: Document, snapshot: Snapshot, node: Node) -> str:
    out = _outputs(snapshot, node)
    result = ", ".join(told(value) for value in out) or "?"
    wires = _fed(document, node)
    if not wires:
        return f"{node.name} = {result}"
    values = [snapshot.values.get((wire.source, wire.output)) for wire in wires]
    names = [document.nodes[wire.source].name for wire in wires]
    if node.muted:
        return f"{node.name} passes {names[0]} on: {result}"
    sign = SIGNS.get(node.gate)
    if sign and 1 < len(wires) <= MOST_TERMS:
        return f"{node.name} = {_chain(names, sign)}: {result} = {_chain(_terms(values), sign)}"
    listed = ", ".join(names) if len(names) <= MOST_TERMS else f"{len(names)} inputs"
    told_so_far = f"{node.name} = {_called(node)}({listed}): {result}"
    if len(names) > MOST_TERMS or any(value is None or value.scalar is None for value in values):
        return told_so_far
    return f"{told_so_far} = {_called(node)}({', '.join(told(value) for value in values)})"


def _called(node: Node) -> str:
    symbol = node.kind.symbol if node.known else ""
    return symbol if len(symbol) == 1 or symbol.isalpha() else node.kind.title if node.known else node.gate


def _chain(parts: Sequence[str], sign: str) -> str:
    return f" {sign} ".join(parts)


def _terms(values: Sequence[Summary | None]) -> list[str]:
    found = []
    for i, value in enumerate(values):
        scalar = None if value is None else value.scalar
        found.append(told(value) if scalar is None or not i else bracketed(scalar))
    return found


def _outputs(snapshot: Snapshot, node: Node) -> list[Summary]:
    ports = (node.kind.outputs or node.output_ports()) if node.known else ()
    found = (snapshot.values.get((node.id, port.name)) for port in ports)
    return [value for value in found if value is not None]


def _fed(document: Document, node: Node) -> list[Wire]:
    """The wires that feed a node, in the order of its ports."""
    place = {port.name: k for k, port in enumerate(node.input_ports())}
    return sorted(document.wires_into(node.id), key=lambda wire: (place.get(wire.input, len(place)), wire.id))


def _backward(document: Document, snapshot: Snapshot, node: Node) -> str:
    upstream = _upstream(document, snapshot, node)
    fed = [(w, snapshot.contributions.get(w.id)) for w in _fed(document, node)]
    handed = [(w, share) for w, share in fed if share is not None]
    if not handed and upstream:
        return upstream
    locals_ = _locals(document, snapshot, node, [w for w, _ in handed])
    parts = []
    for (wire, share), local in zip(handed[:MOST_TERMS], locals_, strict=False):
        to = document.nodes[wire.source].name
        parts.append(
            f"local {number(local)} → {told(share)} to {to}" if local is not None else f"{told(share)} to {to}"
        )
    if len(handed) > MOST_TERMS:
        parts.append(f"and {len(handed) - MOST_TERMS} more")
    weights = node.kind.weights if node.known else ()
    found = ((weight.name, snapshot.gradients.get((node.id, weight.name))) for weight in weights)
    parts += [f"{told(gradient)} for {name}" for name, gradient in found if gradient is not None]
    return f"{upstream}, {'; '.join(parts)}" if upstream else "; ".join(parts)


def _upstream(document: Document, snapshot: Snapshot, node: Node) -> str:
    """The upstream gradient in words, with the sum it came of where the output forks."""
    ports = node.kind.outputs if node.known else ()
    parts = []
    for port in ports:
        gradient = snapshot.gradients.get((node.id, port.name))
        if gradient is not None:
            fork = fork_text(document, snapshot, node.id, port.name)
            parts.append(f"gradients add: {fork}" if fork else f"upstream {told(gradient)}")
    return ", ".join(parts)


def _locals(document: Document, snapshot: Snapshot, node: Node, wires: Sequence[Wire]) -> list[float | None]:
    """The local gradient for each of these wires, where everything about the gate is a single number."""
    none: list[float | None] = [None] * len(wires)
    upstream = [
        s for p in (node.kind.outputs if node.known else ()) if (s := snapshot.gradients.get((node.id, p.name)))
    ]
    shares = [snapshot.contributions[wire.id].scalar for wire in wires]
    if len(upstream) != 1 or upstream[0].scalar is None or None in shares:
        return none
    if upstream[0].scalar:
        return [None if share is None else share / upstream[0].scalar for share in shares]
    return _by_unit(document, snapshot, node, wires) or none


def _by_unit(document: Document, snapshot: Snapshot, node: Node, wires: Sequence[Wire]) -> list[float | None] | None:
    """The local gradients where the upstream one is 0 and no quotient tells them: the gate is asked with a 1."""
    values = [snapshot.values.get((wire.source, wire.output)) for wire in _fed(document, node)]
    if node.muted or any(value is None or value.scalar is None for value in values):
        return None
    try:
        gate = node.make()
        with np.errstate(all="ignore"):
            gate.forward(*(np.asarray(value.scalar) for value in values if value is not None))
            made = gate.backward(np.asarray(1.0))
    except EngineError:
        return None
    parts = made if isinstance(made, (tuple, list)) else (made,)
    by_wire = dict(zip((wire.id for wire in _fed(document, node)), parts, strict=False))
    return [None if (part := by_wire.get(wire.id)) is None else float(part) for wire in wires]
