"""What a person marks on nodes: muted, frozen, a colour, a note. Commands: each makes a patch and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gradstudio.document.legality import color_problem, note_problem
from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.reasons import Reason, Refused


def set_muted(doc: Document, nodes: Iterable[NodeId], muted: bool) -> Patch:
    """Nodes muted (their first fitting inputs pass through), or computing again.

    Raises:
        Refused: for an id that isn't there.
    """
    return _marked(doc, nodes, "Mute {}" if muted else "Unmute {}", muted=muted)


def set_frozen(doc: Document, nodes: Iterable[NodeId], frozen: bool) -> Patch:
    """Nodes whose weights training leaves as they are, or trains again; nodes without weights stay out of it.

    Raises:
        Refused: for an id that isn't there, or where none of them has weights.
    """
    chosen = [_node(doc, i) for i in nodes]
    able = [node.id for node in chosen if has_weights(node) or node.frozen]
    if not able:
        names = ", ".join(f"“{node.name}”" for node in chosen[:3])
        message = f"{names} has no weights to freeze." if len(chosen) == 1 else f"None of {names} … has weights."
        raise Refused(Reason.MARK, message)
    return _marked(doc, able, "Freeze {}" if frozen else "Unfreeze {}", frozen=frozen)


def has_weights(node: Node) -> bool:
    """Whether training moves something of a node; of an unknown gate nobody knows."""
    return not node.known or any(weight.learned for weight in node.kind.weights)


def set_color(doc: Document, nodes: Iterable[NodeId], color: str) -> Patch:
    """A colour of `COLORS` for nodes, or their category's own (empty).

    Raises:
        Refused: for an id or a colour that isn't there.
    """
    _refuse(color_problem(color))
    return _marked(doc, nodes, f"Paint {{}} {color}" if color else "Take the colour off {}", color=color)


def set_note(doc: Document, nodes: Iterable[NodeId], note: str) -> Patch:
    """A note at nodes, or none (empty); spaces and empty lines around it are taken off.

    Raises:
        Refused: for an id that isn't there, or a note that is too long or holds control characters.
    """
    note = note.replace("\r\n", "\n").replace("\t", " ").strip()
    _refuse(note_problem(note))
    return _marked(doc, nodes, "Write a note at {}" if note else "Take the note off {}", note=note)


def _marked(doc: Document, nodes: Iterable[NodeId], title: str, **fields: object) -> Patch:
    chosen = [_node(doc, i) for i in dict.fromkeys(nodes)]
    made = {node.id: replace(node, **fields) for node in chosen}  # type: ignore[arg-type]
    ((name, value),) = fields.items()
    changed = {node.id: made[node.id] for node in chosen if getattr(node, name) != value}
    what = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} nodes"
    return Patch(title.format(what), changed)


def _node(doc: Document, node: NodeId) -> Node:
    if node not in doc.nodes:
        raise Refused(Reason.UNKNOWN_NODE, f"There is no node {node} in this network.")
    return doc.nodes[node]


def _refuse(problem: str | None) -> None:
    if problem is not None:
        raise Refused(Reason.MARK, problem)
