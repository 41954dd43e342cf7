"""Gates that compute nothing and are only asked: what ports they have, what shapes they make.

All nodes of a class whose params are the defaults share one gate, and what it has told of its shapes is kept: a network
of thousands of plain gates asks the same few questions over and over.
"""

from __future__ import annotations

from typing import TypeAlias

from gradstudio.document.model import Node
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Gate, Shape

Shapes: TypeAlias = tuple[Shape | None, ...]
_MOST = 10_000
"""Answers that are kept."""


class _Stock:
    """The shared gates and their answers, until the catalogue changes."""

    def __init__(self) -> None:
        self._gates: dict[type[Gate], Gate] = {}
        self._answers: dict[tuple[type[Gate], Shapes], tuple[Shape, ...]] = {}
        CATALOG.listeners.append(self._clear)

    def _clear(self) -> None:
        self._gates.clear()
        self._answers.clear()

    def gate(self, node: Node) -> Gate:
        """A gate of a node for asking, which others may share.

        Raises:
            UnknownGate: for a placeholder.
            ParamError: for a value the gate can't take.
        """
        if node.params:
            return node.make()
        kind = node.kind
        gate = self._gates.get(kind)
        if gate is None:
            gate = self._gates[kind] = node.make()
        return gate

    def answer(self, gate: Gate, inputs: Shapes) -> tuple[Shape, ...] | None:
        """What a gate told of its shapes for these inputs; None where it has to be asked."""
        return self._answers.get((type(gate), inputs)) if self._gates.get(type(gate)) is gate else None

    def keep(self, gate: Gate, inputs: Shapes, answer: tuple[Shape, ...]) -> None:
        """Remember what a gate told, if it is a shared one."""
        if self._gates.get(type(gate)) is gate:
            if len(self._answers) >= _MOST:
                self._answers.clear()
            self._answers[type(gate), inputs] = answer


STOCK = _Stock()
