"""The rows held back: what the network makes of data it isn't trained on, without touching the plan that trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradstudio.document.compile import Compiled, compile_document
from gradstudio.document.model import Document, Node, NodeId, Patch
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, Category
from gradstudio.engine.graph import Slot
from gradstudio.engine.plan import Plan
from gradstudio.engine.running import Stop
from gradstudio.training.metrics import accuracy

MOST = 1000
"""Rows that are evaluated together."""


class Validation:
    """A network with the validation part of its data, evaluated in pieces by plans of its own.

    Attributes:
        rows: how many are held back; 0 where none are.
    """

    def __init__(self, document: Document, part: str = "validation") -> None:
        """Prepare to evaluate a network.

        Args:
            document: the network as it is trained; it isn't changed.
            part: another part of its data to evaluate it on.
        """
        self._document = document.copy()
        held = _held_back(document, part)
        whole = self._compile(held, MOST) if held else None
        fed = whole is not None and bool(whole.loss) and {node for node, _ in whole.slots} >= held.keys()
        self.rows = (whole.samples or 0) if whole is not None and fed else 0
        self._pieces: list[_Piece] = []
        if whole is not None and self.rows:
            size = min(MOST, self.rows)
            self._pieces.append(_Piece(whole, document.settings.dtype, 0, self.rows // size, size))
            if left := self.rows % size:
                smaller = self._compile(held, left)
                self._pieces.append(_Piece(smaller, document.settings.dtype, self.rows - left, 1, left))

    def measure(
        self, arrays: Mapping[str, Array], stop: Stop | None = None
    ) -> tuple[float | None, float | None] | None:
        """Loss (without penalties on weights) and accuracy over all rows held back; None if stopped.

        Args:
            arrays: the network's parameters and state now, by "17.W".
            stop: asked between two gates.
        """
        if not self.rows:
            return None, None
        sums = np.zeros(2)
        classified = True
        for piece in self._pieces:
            piece.take(arrays)
            for loss, share in piece.run(stop):
                if loss is None:
                    return None
                sums += np.array([loss, share or 0.0]) * piece.size
                classified = classified and share is not None
        return float(sums[0] / self.rows), float(sums[1] / self.rows) if classified else None

    def _compile(self, held: Mapping[NodeId, Node], size: int) -> Compiled:
        settings = replace(self._document.settings, batch_size=size)
        self._document.apply(Patch("Validate", {**unpunished(self._document), **held}, settings=settings))
        return compile_document(self._document)


class _Piece:
    """A plan for so many rows at a time."""

    def __init__(self, compiled: Compiled, dtype: str, start: int, count: int, size: int) -> None:
        self.size = size
        self._starts = [start + k * size for k in range(count)]
        self._compiled = compiled
        self._plan = Plan(compiled.graph, dtype)
        self._plan.mode.training = False
        self._loss = self._plan.adder(_told(compiled))
        pairs = [pair for source in compiled.sources for pair in zip(source.slots, source.arrays, strict=True)]
        self._feeds = [self._plan.feeder(slot, array) for slot, array in pairs]

    def take(self, arrays: Mapping[str, Array]) -> None:
        """Put the network's arrays in place."""
        for key, slot in {**self._compiled.parameters, **self._compiled.state}.items():
            self._plan.value(slot)[...] = arrays[key]

    def run(self, stop: Stop | None = None) -> Iterator[tuple[float | None, float | None]]:
        """Loss and accuracy of each batch; no loss if stopped."""
        return (self._at(start, stop) for start in self._starts)

    def _at(self, start: int, stop: Stop | None) -> tuple[float | None, float | None]:
        rows = np.arange(start, start + self.size)
        for feed in self._feeds:
            feed(rows)
        if not self._plan.forward(stop):
            return None, None
        scored = self._compiled.classifier
        share = None if scored is None else accuracy(*(self._plan.value(slot) for slot in scored))
        return self._loss(), share


def _told(compiled: Compiled) -> tuple[Slot, ...]:
    """The losses themselves, without penalties; what is minimised where there are none."""
    graph = compiled.graph
    losses = [i for i, node in enumerate(graph.nodes) if node.gate.category is Category.LOSS and node.inputs]
    return tuple(Slot(i) for i in losses) or tuple(compiled.loss)


def unpunished(document: Document) -> dict[NodeId, Node]:
    """The penalties on weights, as nodes that punish nothing: a loss made of gates may have them added to it."""
    penalties = (n for n in document.nodes.values() if n.known and n.kind.category is Category.REGULARISER)
    return {
        node.id: replace(node, params={**node.params, "strength": 0.0})
        for node in penalties
        if "strength" in node.kind.params
    }


def _held_back(document: Document, part: str = "validation") -> dict[NodeId, Node]:
    """The data nodes that train, as nodes that validate."""
    found = {}
    for node in document.nodes.values():
        if node.params.get("record") and node.params.get("part", "training") == "training":
            found[node.id] = replace(node, params={**node.params, "part": part})
    return found


def validation_of(document: Document, part: str = "validation") -> Validation | None:
    """What holds rows back of a network's data; None where nothing is held back, or it can't be evaluated."""
    if not _held_back(document):
        return None
    try:
        made = Validation(document, part)
    except EngineError:
        return None
    return made if made.rows else None
