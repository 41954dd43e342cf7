"""The trained arrays of a network, what is left of them when weights go, and start values that are pinned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gradstudio.document.model import Node, NodeId, Training
from gradstudio.engine.gate import Array


def without(training: Training, goes: Callable[[NodeId, str], bool]) -> Training | None:
    """The training state without the weights that go; None where it has none of them."""

    def kept(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {key: array for key, array in arrays.items() if not goes(*_weight_of(key))}

    parameters, optimizer = kept(training.parameters), kept(training.optimizer)
    if len(parameters) == len(training.parameters) and len(optimizer) == len(training.optimizer):
        return None
    return replace(training, parameters=parameters, optimizer=optimizer)


def unpinned(node: Node) -> Node:
    """The node without the params that pin random start values; values a gate can't draw itself stay."""
    if not node.known:
        return node
    kind = node.kind
    pins = {weight.start for weight in kind.weights if weight.start and kind.params[weight.start].optional}
    return replace(node, params={name: value for name, value in node.params.items() if name not in pins})


def _weight_of(key: str) -> tuple[NodeId, str]:
    """The node and weight of "17.W" or "17.W/m"."""
    node, _, weight = key.partition("/")[0].partition(".")
    return (int(node) if node.isdecimal() else -1), weight
