"""Another gate in the place of nodes, with as many of their wires, params and names as it can take over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gradstudio.document import trained
from gradstudio.document.following import settled
from gradstudio.document.legality import objective_problem, why_not
from gradstudio.document.model import Document, Node, NodeId, Patch, Wire, WireId
from gradstudio.document.names import unique_name
from gradstudio.document.params import checked_params
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.shapes import infer
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError, UnknownGate
from gradstudio.engine.gate import Gate, Port, Value

_UNFINISHED = (Reason.SHAPE, Reason.SIZE, Reason.UNKNOWN_GATE)


def replace_gate(doc: Document, node_ids: Iterable[NodeId], gate_id: str) -> Patch:
    """Nodes with another gate.

    A wire stays where the new gate has a port for it: one of the same name, else in the same position, else any of its
    kind. Params of the same name stay where the new gate takes their values; what was trained goes. A name that was
    given with the old gate (relu1) becomes one of the new gate's.

    Raises:
        Refused: for an id that isn't there, or an unknown gate.
    """
    try:
        gate = CATALOG.get(gate_id)
    except UnknownGate as error:
        raise Refused(Reason.UNKNOWN_GATE, str(error)) from None
    chosen = [_node(doc, i) for i in dict.fromkeys(node_ids)]
    chosen = [node for node in chosen if not node.known or node.kind is not gate]
    what = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} nodes"
    title = f"Replace {what} by {gate.title}"
    if not chosen:
        return Patch(title)
    trial = doc.copy()
    for node in chosen:
        _swap(trial, node, gate)
    return _difference(doc, trial, {node.id for node in chosen}, title)


def _swap(trial: Document, node: Node, gate: type[Gate]) -> None:
    """Swap the gate of one node of a trial document, and put back the wires that may stay."""
    wires = [*trial.wires_into(node.id), *trial.wires_out_of(node.id)]
    inputs, outputs = node.input_ports(), infer(trial).places[node.id].outputs
    name = unique_name(trial, gate) if _named_after_its_gate(node) else node.name
    fresh = replace(node, gate=gate.id, name=name, params=_params(node, gate))
    trial.apply(Patch("Swap", {node.id: fresh}, {wire.id: None for wire in wires}))
    for wire in wires:
        kept = _kept(trial, wire, node.id, inputs, outputs)
        if kept is not None:
            trial.apply(Patch("Keep", wires={kept.id: kept}))


def _kept(trial: Document, wire: Wire, node: NodeId, inputs: Sequence[Port], outputs: Sequence[Port]) -> Wire | None:
    """The wire at the best port of the new gate that may have it; one where the shape doesn't fit if there is no other.

    The other end may be a node whose gate nobody knows here: its wires are kept as they are.
    """
    place = infer(trial).places[node]
    if wire.target == node:
        choices = [replace(wire, input=port) for port in _ports(wire.input, inputs, place.inputs)]
    else:
        choices = [replace(wire, output=port) for port in _ports(wire.output, outputs, place.outputs)]
    possible = []
    for choice in choices:
        refused = why_not(trial, choice.source, choice.output, choice.target, choice.input)
        if refused is None:
            return choice
        if refused.reason in _UNFINISHED:
            possible.append(choice)
    return possible[0] if possible else None


def _ports(old: str, before: Sequence[Port], now: Sequence[Port]) -> Iterator[str]:
    """The new gate's ports, the likeliest first: of the same name, in the same position, then all."""
    names = [port.name for port in now]
    if old in names:
        yield old
    at = next((i for i, port in enumerate(before) if port.name == old), len(names))
    yield from names[at : at + 1]
    yield from names


def _named_after_its_gate(node: Node) -> bool:
    if not node.known:
        return False
    stem = node.name.rstrip("0123456789").rstrip("_")
    return stem == node.kind.id or node.name in node.kind.names or stem in node.kind.names


def _params(node: Node, gate: type[Gate]) -> dict[str, Value]:
    params: dict[str, Value] = {}
    for name, value in node.params.items():
        try:
            params = dict(checked_params(gate, params | {name: value}))
        except ParamError:
            continue
    return params


def _difference(doc: Document, trial: Document, swapped: set[NodeId], title: str) -> Patch:
    wires: dict[WireId, Wire | None] = {}
    for i in swapped:
        for wire in (*doc.wires_into(i), *doc.wires_out_of(i)):
            if trial.wires.get(wire.id) != wire:
                wires[wire.id] = trial.wires.get(wire.id)
    lost = objective_problem(trial, infer(trial), doc.settings.objective) is not None
    patch = Patch(
        title,
        {i: trial.nodes[i] for i in swapped},
        wires,
        replace(doc.settings, objective=None) if lost else None,
        trained.without(doc.training, lambda node, _: node in swapped),
    )
    return settled(doc, patch)


def _node(doc: Document, node: NodeId) -> Node:
    if node not in doc.nodes:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no node {node} in this network.")
    return doc.nodes[node]
