"""The trained arrays of a network, and what is left of them when weights go."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradstudio.document.model import NodeId, Training
from gradstudio.engine.gate import Array


def without(training: Training, goes: Callable[[NodeId, str], bool]) -> Training | None:
    """The training state without the weights that go; None where it has none of them."""

    def kept(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {key: array for key, array in arrays.items() if not goes(*_weight_of(key))}

    parameters, optimizer = kept(training.parameters), kept(training.optimizer)
    if len(parameters) == len(training.parameters) and len(optimizer) == len(training.optimizer):
        return None
    return Training(training.step, parameters, optimizer, training.history)


def _weight_of(key: str) -> tuple[NodeId, str]:
    """The node and weight of "17.W" or "17.W/m"."""
    node, _, weight = key.partition("/")[0].partition(".")
    return (int(node) if node.isdecimal() else -1), weight
