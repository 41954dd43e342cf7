"""The gates offered for what somebody types, with what was typed for them, the best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradstudio.document.model import Document
from gradstudio.document.typed import VALUE, Filled, Typed, fill, readings
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Gate, Kind
from gradstudio.ui.canvas.adding import Chosen
from gradstudio.ui.fuzzy import WORD, score

MEANT = 380
"""A gate that answers less well wasn't meant to take the values that were typed."""
_VALUE_ALONE = 2000
"""A number alone is a constant, whatever else answers to it."""
Fits = Callable[[Chosen], bool]


@dataclass(frozen=True, slots=True)
class Offer:
    """A gate that answers to what was typed.

    Attributes:
        gate: its class.
        filled: with what was typed for it, or why it can't be.
        points: how well it answers.
    """

    gate: type[Gate]
    filled: Filled
    points: int = 0

    @property
    def chosen(self) -> Chosen:
        """What choosing it means."""
        return Chosen(self.gate.id, self.filled.params, self.filled.name)

    @property
    def title(self) -> str:
        """The gate, or the name the node will have and the gate."""
        return self.gate.title if self.filled.name is None else f"{self.filled.name} = {self.gate.title}"


def offers(document: Document, text: str, recent: Sequence[str] = (), fits: Fits | None = None) -> list[Offer]:
    """What is offered for a text: for none, the recent gates and then the rest; else what answers, the best first.

    Args:
        document: whose names are taken.
        text: that was typed.
        recent: ids of the gates used last, the newest first.
        fits: leaves out what is of no use here.
    """
    ways = readings(text)
    found = [offer for gate in CATALOG if (offer := _best(document, gate, ways)) is not None]
    if fits is not None:
        found = [offer for offer in found if offer.filled.problem or fits(offer.chosen)]
    late = {gate_id: i for i, gate_id in enumerate(recent)}
    found.sort(key=lambda offer: (bool(offer.filled.problem), -offer.points, late.get(offer.gate.id, len(late))))
    return found


def _best(document: Document, gate: type[Gate], ways: Sequence[Typed]) -> Offer | None:
    """The reading by which a gate answers best."""
    found = [offer for typed in ways if (offer := _offer(document, gate, typed)) is not None]
    return max(found, key=lambda offer: (not offer.filled.problem, offer.points), default=None)


def _offer(document: Document, gate: type[Gate], typed: Typed) -> Offer | None:
    points = _points(gate, typed)
    if not points or (points < MEANT and not typed.bare):
        return None
    filled = fill(document, gate, typed)
    return None if filled.problem and points < WORD else Offer(gate, filled, points)


def _points(gate: type[Gate], typed: Typed) -> int:
    if typed.words:
        return score(typed.words, gate)
    if typed.bare:
        return 1
    return _VALUE_ALONE + (gate.id == "constant") if _is_value(gate) else 0


def _is_value(gate: type[Gate]) -> bool:
    """Whether a gate is nothing but a value: a number alone, or a name, makes one."""
    real = all(port.kind is Kind.REAL for port in gate.outputs)
    return not gate.inputs and set(gate.params) == {VALUE} and real


def types(gate: type[Gate]) -> str:
    """What goes in and comes out: "scores, labels → loss"."""
    inputs = ", ".join(f"{port.name}…" if port.many else port.name for port in gate.inputs)
    outputs = ", ".join(port.name for port in gate.outputs or gate.weights)
    return f"{inputs} → {outputs}" if inputs else f"→ {outputs}"
