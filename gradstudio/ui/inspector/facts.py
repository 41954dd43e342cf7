"""What the inspector says about a node's numbers: pure functions of document and snapshot."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from gradstudio.document.model import Document, Node
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import shape_text
from gradstudio.training.snapshot import ActivationSample, Snapshot, Summary
from gradstudio.ui.inspector.parts import Fact
from gradstudio.ui.texts import matrix, number

PRINTED = 16
"""Arrays of at most so many entries are printed where there is little room."""
SHORT = 3
"""Names of at most so many letters stand in formulas."""
Incoming = tuple[str, Summary | None, Summary | None]


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Inspector", text)


def backward_facts(document: Document, node: Node, snapshot: Snapshot) -> list[Fact]:
    """Upstream gradient, local gradient and what results, for every port."""
    goal = objective_letter(snapshot)
    lines = explained(document, node, snapshot)
    facts = [*_upstream(node, snapshot, goal)]
    if lines:
        facts += [Fact("", "", line, "gradient") for line in lines]
    else:
        facts += _results(document, node, snapshot, goal)
        facts += _local(snapshot.activation, node)
    return facts


def explained(document: Document, node: Node, snapshot: Snapshot) -> tuple[str, ...]:
    """The gate's own lines with numbers plugged in, where everything about it is a single number."""
    gate = infer(document).places[node.id].gate
    if gate is None or node.muted or len(gate.outputs) != 1 or gate.active_weights() or not gate.inputs:
        return ()
    upstream = snapshot.gradients.get((node.id, gate.outputs[0].name))
    arriving = incoming(document, node, snapshot)
    if any(share is None for _, _, share in arriving):
        return ()  # what is asked for in an exercise, or still to come in a step-through, isn't told here either
    values = [value for _, value, _ in arriving]
    scalars = [value.scalar if value is not None else None for value in values]
    numbers = [scalar for scalar in scalars if scalar is not None]
    if upstream is None or upstream.scalar is None or not numbers or len(numbers) < len(scalars):
        return ()
    try:
        return gate.explain(numbers, upstream.scalar)
    except EngineError:
        return ()


def incoming(document: Document, node: Node, snapshot: Snapshot) -> list[Incoming]:
    """(input name, value, gradient this wire brings back) of each wire, in the order of the ports."""
    found: list[Incoming] = []
    for port in node.input_ports():
        wires = [wire for wire in document.wires_into(node.id) if wire.input == port.name]
        for i, wire in enumerate(wires, 1):
            name = port.name if len(wires) == 1 else f"{port.name}{i}"
            value = snapshot.values.get((wire.source, wire.output))
            found.append((name, value, snapshot.contributions.get(wire.id)))
    return found


def forward_facts(node: Node, snapshot: Snapshot) -> list[Fact]:
    """What comes out of every port."""
    facts = []
    for port in node.output_ports():
        value = snapshot.values.get((node.id, port.name))
        if value is not None:
            facts += value_facts(called(node, port.name), value)
    return facts


def called(node: Node, port: str) -> str:
    """What an output is called in formulas: the node's name where it is short and there is no other output."""
    return node.name if len(node.output_ports()) == 1 and len(node.name) <= SHORT else port


def value_facts(name: str, value: Summary, role: str = "value") -> list[Fact]:
    """One array: the number, the small table, or shape, norm and range."""
    if value.scalar is not None:
        return [Fact("", name, number(value.scalar, 6), role)]
    if value.array is not None and value.array.size <= PRINTED and value.array.ndim <= 2:
        return [Fact(shape_text(value.shape), name, matrix(value.array), role)]
    facts = [
        Fact(shape_text(value.shape), f"‖{name}‖", number(value.norm), role),
        Fact(say("range"), "", f"{number(value.low, 2)} … {number(value.high, 2)}", role),
    ]
    if value.zeros >= 0.005:
        facts.append(Fact(say("zeros"), "", f"{100 * value.zeros:.0f} %", role))
    return facts


def node_problem(node: Node, snapshot: Snapshot) -> str:
    """What keeps a node from being computed; empty where nothing does."""
    return next((problem.message for problem in snapshot.problems if problem.node == node.id), "")


def node_health(node: Node, snapshot: Snapshot) -> tuple[str, str]:
    """A headline and advice where a node learns badly; empty where all is well."""
    sample = snapshot.activation
    if sample is None or sample.node != node.id:
        return "", ""
    dead, units = sample.dead_units
    if not dead or units < 2:
        return "", ""
    headline = say("{} of {} units are flat on all of this data.").format(dead, units)
    return headline, say(
        "They pass no gradient back. Try a smaller learning rate, He initialisation, or a leaky activation."
    )


def objective_letter(snapshot: Snapshot) -> str:
    """What gradients are of: the objective's name where it is short, else L."""
    return snapshot.objective if 0 < len(snapshot.objective) <= 2 else "L"


def partial(goal: str, name: str, *, norm: bool) -> str:
    """∂L/∂x, between bars where it is an array's norm."""
    text = f"∂{goal}/∂{name}"
    return f"‖{text}‖" if norm else text


def _upstream(node: Node, snapshot: Snapshot, goal: str) -> list[Fact]:
    facts = []
    for port in node.kind.outputs:
        gradient = snapshot.gradients.get((node.id, port.name))
        if gradient is not None:
            facts.append(_gradient_fact(say("upstream"), goal, called(node, port.name), gradient))
    return facts


def _results(document: Document, node: Node, snapshot: Snapshot, goal: str) -> list[Fact]:
    found = [
        _gradient_fact(say("result"), goal, name, gradient)
        for name, _, gradient in incoming(document, node, snapshot)
        if gradient is not None
    ]
    gate = infer(document).places[node.id].gate
    for weight in gate.active_weights() if gate is not None else ():
        gradient = snapshot.gradients.get((node.id, weight.name))
        if gradient is not None:
            found.append(_gradient_fact(say("weight"), goal, called(node, weight.name), gradient))
    return found


def _gradient_fact(word: str, goal: str, name: str, gradient: Summary) -> Fact:
    if gradient.scalar is not None:
        return Fact(word, partial(goal, name, norm=False), number(gradient.scalar, 6), "gradient")
    if gradient.array is not None and gradient.array.size <= PRINTED and gradient.array.ndim <= 2:
        return Fact(word, partial(goal, name, norm=False), matrix(gradient.array), "gradient")
    return Fact(word, partial(goal, name, norm=True), number(gradient.norm), "gradient")


def _local(sample: ActivationSample | None, node: Node) -> list[Fact]:
    """How much of the gradient an activation lets through."""
    if sample is None or sample.node != node.id:
        return []
    facts = [Fact(say("flat at"), "", say("{} of inputs").format(f"{100 * sample.flat:.0f} %"))]
    dead, units = sample.dead_units
    if dead and units > 1:
        facts.append(Fact(say("dead units"), "", say("{} of {}").format(dead, units), "warning"))
    return facts
