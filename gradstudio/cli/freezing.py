"""`--freeze` and `--unfreeze`: the nodes whose weights a run leaves as they are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradstudio.cli.failures import InputError
from gradstudio.document.commands import set_frozen
from gradstudio.document.marking import has_weights

if TYPE_CHECKING:
    from gradstudio.document.model import Document, NodeId


def freeze(document: Document, frozen: Sequence[str], free: Sequence[str]) -> None:
    """Freeze nodes by name, and train others again.

    Raises:
        InputError: for a name no node with weights has.
    """
    for option, names, wanted in (("--freeze", frozen, True), ("--unfreeze", free, False)):
        if names:
            ids = [_node(document, option, name) for name in names]
            document.apply(set_frozen(document, ids, wanted))


def _node(document: Document, option: str, name: str) -> NodeId:
    node = document.named(name)
    if node is not None and (has_weights(node) or node.frozen):
        return node.id
    able = [other.name for other in document.nodes.values() if has_weights(other)]
    near = ", ".join(difflib.get_close_matches(name, able, 5, 0.0)) or "none"
    found = "there is no node of this name" if node is None else "this one has none"
    raise InputError(f"{option} needs the name of a node with weights ({near}), found {name}: {found}.")
