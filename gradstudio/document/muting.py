"""Muted nodes: each output carries on what arrives at the first input of its kind, as if the node weren't there."""

from __future__ import annotations

from collections.abc import Sequence

from gradstudio.document.model import Wire
from gradstudio.engine.gate import Array, Gate, Port, Shape


def passing(inputs: Sequence[Port], outputs: Sequence[Port], wires: Sequence[Wire]) -> tuple[Wire | None, ...]:
    """For each output of a muted node the wire whose value it carries on; None where nothing fits."""
    return tuple(_first(inputs, output, wires) for output in outputs)


def _first(inputs: Sequence[Port], output: Port, wires: Sequence[Wire]) -> Wire | None:
    for port in inputs:
        arriving = [wire for wire in wires if wire.input == port.name]
        if arriving and port.kind is output.kind:
            return arriving[0]
    return None


class Bypass(Gate):
    """What is computed in place of a muted gate: every output is its input.

    Args:
        outputs: the muted gate's own output ports.
    """

    id = "bypass"
    title = "Bypass"
    rule = "Passes the gradient through unchanged."

    def __init__(self, outputs: Sequence[Port]) -> None:
        super().__init__()
        self.outputs = tuple(outputs)  # type: ignore[misc]
        self.inputs = tuple(  # type: ignore[misc]
            Port(f"{port.name}_in", kind=port.kind, gradient=port.gradient) for port in outputs
        )
        ends = [(port.name, taken.name) for port, taken in zip(self.outputs, self.inputs, strict=True)]
        self.numpy_forward = "\n".join(f"{{{z}}} = {{{x}}}" for z, x in ends)  # type: ignore[misc]
        self.numpy_backward = "\n".join(f"{{d{x}}} = {{d{z}}}" for z, x in ends)  # type: ignore[misc]

    def shape(self, *inputs: Shape) -> Shape | tuple[Shape, ...]:
        """Those of the inputs."""
        return inputs if len(self.outputs) > 1 else inputs[0]

    def forward(self, *arrays: Array) -> Array | tuple[Array, ...]:
        """The inputs."""
        copies = tuple(array.copy() for array in arrays)
        return copies if len(self.outputs) > 1 else copies[0]

    def backward(self, *upstream: Array) -> tuple[Array, ...]:
        """The gradients of the outputs."""
        return upstream
