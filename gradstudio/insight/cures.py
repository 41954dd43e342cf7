"""What helps a network that doesn't learn: undoable edits, each with the words that stand on its button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from gradstudio.document import building, commands
from gradstudio.document.building import Fresh
from gradstudio.document.model import Document, NodeId, Patch, Training, WireId
from gradstudio.document.replacing import replace_gate
from gradstudio.document.trained import unpinned
from gradstudio.engine.catalog import CATALOG


@dataclass(frozen=True, slots=True)
class Swap:
    """Another gate in the place of some.

    Attributes:
        nodes: to be replaced.
        gate: id of the gate that replaces them.
    """

    nodes: tuple[NodeId, ...]
    gate: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Another learning rate.

    Attributes:
        value: it.
    """

    value: float


@dataclass(frozen=True, slots=True)
class Restart:
    """Other random start values for some layers, also where theirs were pinned, and training from the beginning.

    Attributes:
        nodes: the layers.
        start: their `init`.
    """

    nodes: tuple[NodeId, ...]
    start: str


@dataclass(frozen=True, slots=True)
class Insert:
    """A gate put into a wire.

    Attributes:
        wire: it is put into.
        gate: its id.
    """

    wire: WireId
    gate: str


Cure: TypeAlias = Swap | Rate | Restart | Insert


def words(cure: Cure, document: Document) -> str:
    """What stands on the button."""
    match cure:
        case Swap(nodes, gate):
            return f"Replace {_names(document, nodes)} by {CATALOG.get(gate).title}"
        case Rate(value):
            return f"Set the learning rate to {value:g}"
        case Restart(nodes, start):
            return f"Start {_names(document, nodes)} anew with “{start}”"
        case Insert(wire, gate):
            source = document.nodes[document.wires[wire].source].name
            return f"Put {CATALOG.get(gate).title} behind {source}"


def patch(cure: Cure, document: Document) -> Patch:
    """The edit.

    Raises:
        Refused: if it can't be made any more.
    """
    match cure:
        case Swap(nodes, gate):
            return replace_gate(document, nodes, gate)
        case Rate(value):
            return commands.change_settings(document, learning_rate=value)
        case Restart(nodes, start):
            begun = commands.set_param(document, nodes, "init", start)
            drawn = {i: unpinned(begun.nodes.get(i) or document.nodes[i]) for i in nodes}
            return replace(begun, title=words(cure, document), nodes={**begun.nodes, **drawn}, training=Training())
        case Insert(wire, gate):
            source = document.nodes[document.wires[wire].source]
            target = document.nodes[document.wires[wire].target]
            fresh = Fresh(gate, (source.x + target.x) / 2, (source.y + target.y) / 2)
            return building.add_into(document, fresh, wire).patch


def starts(document: Document, start: str, wanted: Callable[[NodeId], bool]) -> Restart | None:
    """Starting the layers that don't begin so already; None where there is none."""
    nodes = []
    for i, node in document.nodes.items():
        param = node.kind.params.get("init") if node.known else None
        if param is None or start not in param.choices or not wanted(i):
            continue
        if node.params.get("init", param.default) != start or unpinned(node) != node:
            nodes.append(i)
    return Restart(tuple(nodes), start) if nodes else None


def _names(document: Document, nodes: tuple[NodeId, ...]) -> str:
    names = [document.nodes[i].name for i in nodes]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
