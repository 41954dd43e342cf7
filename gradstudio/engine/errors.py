"""Refusals of the engine. Every message is a sentence a person can act on."""

from __future__ import annotations


class EngineError(Exception):
    """The root of everything the engine refuses."""


class ParamError(EngineError, ValueError):
    """A gate's parameter has a value it can't take."""


class ShapeError(EngineError, ValueError):
    """Inputs of these shapes don't fit the gate; the message names both shapes."""


class GraphError(EngineError, ValueError):
    """A graph that can't be run: a cycle, a missing input, nothing to differentiate."""


class MemoryRefused(EngineError, MemoryError):
    """The graph would need more memory than is allowed; nothing was allocated."""


class NotFinite(EngineError, ArithmeticError):
    """NaN or infinity appeared.

    Attributes:
        node: name of the first node in which it appeared.
        phase: "forward", "backward" or, of training, "update".
        index: position of the first such entry in the node's array.
        found: the entry, NaN or infinite.
        step: training step in which it appeared, or None outside training.
    """

    def __init__(self, node: str, phase: str, index: tuple[int, ...], found: float) -> None:
        super().__init__(node, phase, index, found)
        self.node = node
        self.phase = phase
        self.index = index
        self.found = found
        self.step: int | None = None

    def __str__(self) -> str:
        at = "The" if self.step is None else f"At step {self.step:,} the"
        where = f" at index {list(self.index)}" if self.index else ""
        return (
            f"{at} {self.phase} pass gives {self.found} at “{self.node}”{where}. "
            "Lower the learning rate, or look at the inputs of that gate."
        )


class UnknownGate(EngineError, KeyError):
    """No gate of this id is known here."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "unknown gate"
