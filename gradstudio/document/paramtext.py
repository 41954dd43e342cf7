"""The params of a node as one line of text, to read and to edit: "units 100, bias yes"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradstudio.document.commands import set_param
from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.document.params import label
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.typed import VALUE
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Gate, Value, shape_text

MOST_ENTRIES = 16
"""Longer arrays are told by their shape, and are edited elsewhere."""


def params_line(node: Node, *, editable: bool = False) -> str:
    """A node's params in their order, but for the number of a source, which is its value.

    Args:
        node: may be of a gate this version doesn't know.
        editable: leave out what can't be typed in one line.
    """
    if not node.known:
        return ""
    return ", ".join(f"{label(node.kind, name)} {text}" for name, text in _told(node, editable))


def _told(node: Node, editable: bool) -> Iterator[tuple[str, str]]:
    for name, param in node.kind.params.items():
        value = node.params.get(name, param.default)
        small = not isinstance(value, np.ndarray) or value.size <= MOST_ENTRIES
        if name != VALUE and value is not None and (small or not editable):
            yield name, said(value) if small else shape_text(np.shape(value))


def said(value: Value) -> str:
    """A value as it is typed: 100, 0.5, yes, [1, 2]."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, np.ndarray):
        return _entries(value.tolist())
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _entries(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_entries(entry) for entry in value)}]"
    return said(value)  # type: ignore[arg-type]


def edit_params(doc: Document, node_id: NodeId, line: str) -> Patch:
    """The params named in a line get their values there; all others stay as they are.

    Raises:
        Refused: for an id that isn't there, or a gate unknown to this version.
        ParamError: for a param the gate hasn't, or a value it can't take.
    """
    trial = Rehearsal(doc)
    node = doc.nodes[node_id]
    for part in filter(None, _parts(line)):
        name, text = _split(node.kind, part)
        param = node.kind.params[name]
        trial.do(set_param(trial.doc, (node_id,), name, param.parse(label(node.kind, name), text)))
    return trial.patch(f"Set parameters of {node.name}")


def _parts(line: str) -> Iterator[str]:
    """The line taken apart at its commas, but not at those between brackets."""
    depth, part = 0, ""
    for sign in line:
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth <= 0:
            yield part.strip()
            part = ""
        else:
            part += sign
    yield part.strip()


def _split(gate: type[Gate], part: str) -> tuple[str, str]:
    """The param a part begins with, by its name or what its field is called, and the text after it."""
    words = {title.casefold(): name for name in gate.params for title in (label(gate, name), name)}
    for title in sorted(words, key=len, reverse=True):
        rest = part[len(title) :]
        if part.casefold().startswith(title) and (not rest or rest[0] in " =:"):
            return words[title], rest.strip().lstrip("=:").strip()
    known = ", ".join(label(gate, name) for name in gate.params if name != VALUE) or "none"
    raise ParamError(f"{gate.title} has no parameter that “{part}” begins with; it has {known}.")
