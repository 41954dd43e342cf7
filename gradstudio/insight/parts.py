"""The parts of a network's data: the rows that train, and those that are held back to validate and to test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.graph import Slot
from gradstudio.insight.twin import data_of

if TYPE_CHECKING:
    from gradstudio.document.model import Document, Node
    from gradstudio.engine.gate import Array
    from gradstudio.engine.supply import Rows
    from gradstudio.training.looks import Scene

TRAINING, VALIDATION, TEST = PARTS = ("training", "validation", "test")


def part_given(document: Document, node: Node | None = None) -> str:
    """Which part a network's own samples are: that of the node (or of the first) that reads a file, else all train."""
    nodes = document.nodes.values() if node is None else (node,)
    return next((str(n.params.get("part", TRAINING)) for n in nodes if n.params.get("record")), TRAINING)


def has_parts(document: Document) -> bool:
    """Whether a network learns from a file whose rows may be held back."""
    return any(node.params.get("record") for node in document.nodes.values())


def samples_of(scene: Scene, slot: Slot, part: str) -> dict[Slot, Array | Rows]:
    """All samples of a part, by slot, of the data node a slot belongs to.

    Raises:
        GraphError: where there are none, with the reason.
    """
    node = _node_at(scene, slot)
    if part == (TRAINING if node is None else part_given(scene.document, node)):
        return data_of(scene)
    if node is None or not node.params.get("record"):
        name = scene.plan.graph.nodes[slot.node].name
        raise GraphError(f"There is no {part} part: {name} reads no file, so all its samples train.")
    try:
        made = replace(node, params={**node.params, "part": part}).make().forward()
    except EngineError as error:
        raise GraphError(str(error)) from error
    arrays = made if isinstance(made, tuple) else (made,)
    return {Slot(slot.node, k): array for k, array in enumerate(arrays)}


def held_back(scene: Scene, slot: Slot) -> dict[Slot, Array | Rows]:
    """The validation samples of the data node a slot belongs to, by slot; none where nothing is held back."""
    node = _node_at(scene, slot)
    if node is None or part_given(scene.document, node) != TRAINING:
        return {}
    try:
        return samples_of(scene, slot, VALIDATION)
    except GraphError:
        return {}


def _node_at(scene: Scene, slot: Slot) -> Node | None:
    """The data node that gives what is at a slot."""
    nodes = {at.node: node for (node, _), at in scene.compiled.slots.items()}
    return scene.document.nodes.get(nodes.get(slot.node, -1))
