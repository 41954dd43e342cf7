"""What is known of one node before anything is computed: its ports, the shapes they carry, what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, NamedTuple

from gradstudio.document.asking import STOCK
from gradstudio.document.model import Node, NodeId, Wire
from gradstudio.document.muting import passing
from gradstudio.document.reasons import Finding, Reason
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Gate, Port, Shape, output_ports, shape_text

MOST = 2**40
"""Numbers an array may hold; a prediction beyond it is refused."""


class TooLarge(ShapeError):
    """An array nobody could hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What is known of one node.

    Attributes:
        gate: with the node's params, for asking only (it computes nothing); None where it can't be made.
        inputs: its input ports.
        outputs: its output ports, then one for each weight.
        shapes: of `outputs`, in their order; None where not known.
        finding: what keeps it from being computed, or None.
        silent: outputs that aren't there while it is muted: its weights. Wires from them count for nothing.
    """

    gate: Gate | None
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    shapes: tuple[Shape | None, ...] = ()
    finding: Finding | None = None
    silent: tuple[str, ...] = ()

    def input(self, name: str) -> Port | None:
        """The input port of this name."""
        for port in self.inputs:
            if port.name == name:
                return port
        return None

    def output(self, name: str) -> Port | None:
        """The output port of this name."""
        for port in self.outputs:
            if port.name == name:
                return port
        return None

    def shape(self, name: str) -> Shape | None:
        """The shape of an output port."""
        for port, shape in zip(self.outputs, self.shapes, strict=True):
            if port.name == name:
                return shape
        return None


class Arriving(NamedTuple):
    """What arrives at a node's inputs.

    Attributes:
        shapes: in the order of `Gate.shape`'s arguments; None where not known.
        names: input names, one for each of `shapes`.
        missing: inputs that need a wire and have none.
        known: whether nothing is missing and every wire's shape is known.
    """

    shapes: tuple[Shape | None, ...]
    names: tuple[str, ...]
    missing: tuple[str, ...]
    known: bool

    def __str__(self) -> str:
        pairs = zip(self.names, self.shapes, strict=True)
        return ", ".join(f"{name} {shape_text(shape)}" for name, shape in pairs if shape is not None)


def look(node: Node, wires: Sequence[Wire], places: Mapping[NodeId, Place], gate: Gate | None = None) -> Place:
    """What is known of a node, given its wires and the places of the nodes they come from.

    Args:
        node: to look at.
        wires: that end at it, in the order of their ids.
        places: of the nodes these come from.
        gate: made of the same params before; made anew where it is None.
    """
    if gate is None:
        if not node.known:
            return _unknown(node)
        try:
            gate = STOCK.gate(node)
        except Exception as error:  # noqa: BLE001 - a gate class may be anybody's
            return _unmade(node, error)
    if node.muted:
        return _muted(node, gate, wires, places)
    outputs = output_ports(gate)
    inputs = arriving(gate.inputs, wires, places)
    finding = None
    if inputs.known:
        try:
            shapes = predict(gate, inputs.shapes)
        except ShapeError as error:
            reason = Reason.SIZE if isinstance(error, TooLarge) else Reason.SHAPE
            finding = Finding(node.id, f"“{node.name}”: {with_shapes(error, inputs)}", reason)
        else:
            finding = _wrong_pin(node, gate, shapes[len(gate.outputs) :]) if gate.weights else None
            return Place(gate, gate.inputs, outputs, shapes, finding)
    elif inputs.missing:
        silenced = any(wire.input in inputs.missing for wire in wires)
        sentence = _silenced(node.name, inputs.missing) if silenced else _missing(node.name, inputs.missing)
        finding = Finding(node.id, sentence, Reason.MISSING)
    return Place(gate, gate.inputs, outputs, (None,) * len(outputs), finding)


def arriving(inputs: Iterable[Port], wires: Sequence[Wire], places: Mapping[NodeId, Place]) -> Arriving:
    """What arrives at these inputs through these wires."""
    fed: dict[str, list[Shape | None]] = {}
    for wire in wires:
        source = places[wire.source]
        if wire.output not in source.silent:
            fed.setdefault(wire.input, []).append(source.shape(wire.output))
    shapes: list[Shape | None] = []
    names: list[str] = []
    missing = []
    for port in inputs:
        found = fed.get(port.name)
        if found is None:
            missing.append(port.name)
            continue
        many = len(found) if port.many else 1
        shapes += found[:many]
        names += [port.name] * many
    return Arriving(tuple(shapes), tuple(names), tuple(missing), not missing and None not in shapes)


def wires_to(port: Port, wires: Iterable[Wire], places: Mapping[NodeId, Place]) -> list[Wire]:
    """The wires that bring something to an input: those from the weights of muted nodes bring nothing."""
    return [wire for wire in wires if wire.input == port.name and wire.output not in places[wire.source].silent]


def predict(gate: Gate, shapes: Sequence[Shape | None]) -> tuple[Shape, ...]:
    """Shapes of a gate's outputs, then of its weights, for these input shapes.

    Raises:
        ShapeError: if they don't fit, or an array would be larger than any machine holds.
    """
    inputs = tuple(shapes)
    answer = STOCK.answer(gate, inputs)
    if answer is None:
        answer = _ask(gate, inputs)
        STOCK.keep(gate, inputs, answer)
    return answer


def _ask(gate: Gate, shapes: Sequence[Shape | None]) -> tuple[Shape, ...]:
    try:
        made = gate.shape(*shapes)
        weights = gate.weight_shapes(*shapes) if gate.weights else ()  # type: ignore[arg-type]
        result = tuple(tuple(map(index, shape)) for shape in (*_as_outputs(gate, made), *weights))
    except ShapeError:
        raise
    except Exception as error:  # a gate class may be anybody's
        raise ShapeError(f"{gate.title} can't tell its shape: {type(error).__name__}: {error}.") from error
    ports = output_ports(gate)
    if len(result) != len(ports):
        raise ShapeError(f"{gate.title} tells {len(result)} shapes for its {len(ports)} outputs and weights.")
    for port, shape in zip(ports, result, strict=True):
        if math.prod(shape) > MOST:
            raise TooLarge(
                f"{port.name} would be {shape_text(shape)}, {math.prod(shape):,} numbers; "
                f"an array can hold {MOST:,} at most. Make it smaller."
            )
        if shape and min(shape) < 0:
            raise ShapeError(f"{gate.title} tells the shape {shape} for {port.name}, which no array has.")
    return result


def _as_outputs(gate: Gate, made: Any) -> tuple[Any, ...]:
    if not gate.outputs:
        return ()
    several = len(gate.outputs) > 1 or (bool(made) and isinstance(made[0], tuple))
    return tuple(made) if several else (made,)


def with_shapes(error: ShapeError, inputs: Arriving) -> str:
    """The sentence of a refusal, and the shapes it is about."""
    return f"{error} ({inputs})" if str(inputs) else str(error)


def _muted(node: Node, gate: Gate, wires: Sequence[Wire], places: Mapping[NodeId, Place]) -> Place:
    outputs = output_ports(gate)
    weights = outputs[len(gate.outputs) :]
    passed = passing(gate.inputs, gate.outputs, wires)
    carried = [places[wire.source].shape(wire.output) if wire is not None else None for wire in passed]
    finding = None
    if None in passed:
        message = f"“{node.name}” is muted, and nothing arrives that it could pass on. Wire an input, or unmute it."
        finding = Finding(node.id, message, Reason.MISSING)
    shapes = (*carried, *(None for _ in weights))
    return Place(gate, gate.inputs, outputs, shapes, finding, tuple(port.name for port in weights))


def _silenced(name: str, ports: tuple[str, ...]) -> str:
    return f"“{name}”: what feeds {' and '.join(ports)} is muted. Unmute it, or wire another output there."


def _unknown(node: Node) -> Place:
    message = f"“{node.name}”: this version of GradStudio doesn't know its gate “{node.gate}”; it is kept as it is."
    return Place(None, finding=Finding(node.id, message, Reason.UNKNOWN_GATE))


def _unmade(node: Node, error: Exception) -> Place:
    sentence = str(error) if isinstance(error, ParamError) else f"can't be made: {type(error).__name__}: {error}."
    outputs = (*node.kind.outputs, *(Port(w.name, w.help) for w in node.kind.weights))
    finding = Finding(node.id, f"“{node.name}”: {sentence}", Reason.PARAM)
    return Place(None, node.kind.inputs, outputs, (None,) * len(outputs), finding)


def _missing(name: str, ports: tuple[str, ...]) -> str:
    if len(ports) == 1:
        return f"“{name}”: its input {ports[0]} isn't connected. Wire an output to it."
    return f"“{name}”: its inputs {', '.join(ports[:-1])} and {ports[-1]} aren't connected. Wire outputs to them."


def _wrong_pin(node: Node, gate: Gate, shapes: Sequence[Shape]) -> Finding | None:
    for weight, shape in zip(gate.active_weights(), shapes, strict=True):
        pinned = getattr(gate, weight.start) if weight.start is not None else None
        if pinned is not None and pinned.shape != shape:
            message = (
                f"“{node.name}”: {weight.start} is {shape_text(pinned.shape)}, but {weight.name} needs "
                f"{shape_text(shape)}. Give it that shape, or leave it empty to start as usual."
            )
            return Finding(node.id, message, Reason.PIN)
    return None
