"""What a composite gate is made of: the circuit its `expand` calculates, as pieces and links by the names of ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import GraphError
from gradstudio.engine.formula import Expression, Formula
from gradstudio.engine.gate import Gate, Kind, Port, Shape, Weight
from gradstudio.engine.graph import Slot

PARAMETER, CONSTANT, FORK = "parameter", "constant", "copy"
"""Gates that stand for a weight, for state, and for an input that is used more than once."""
BOUNDLESS = 2**62
"""Nothing is allocated here: what is too large is refused where arrays are made."""
Place = tuple[int, str]
"""A piece by its number, and one of its ports."""


class Piece(NamedTuple):
    """One gate inside.

    Attributes:
        gate: with its params; of a weight's piece the value is still to be put in.
        name: what it is called, not always unique: "exp", "W", "1".
        weight: the weight of the closed gate that it holds; None for what computes.
    """

    gate: Gate
    name: str
    weight: Weight | None = None


class Link(NamedTuple):
    """A wire inside."""

    source: int
    output: str
    target: int
    input: str


@dataclass(frozen=True, slots=True)
class Insides:
    """The gates inside a gate.

    Attributes:
        pieces: weights, forks of inputs, then what computes, in topological order.
        links: between them.
        inputs: input of the closed gate, as `input_names` has them -> where what comes in goes.
        outputs: output port of the closed gate, or weight -> where it comes from.
    """

    pieces: tuple[Piece, ...]
    links: tuple[Link, ...]
    inputs: Mapping[str, tuple[Place, ...]]
    outputs: Mapping[str, Place]


def has_insides(kind: type[Gate]) -> bool:
    """Whether gates of a class say what they are made of."""
    return kind.expand is not Gate.expand


def input_names(gate: Gate, count: int) -> list[str]:
    """What the inputs are called where so many wires come in: as their ports; "w", "w 2" where one takes many."""
    names = [port.name for port in gate.inputs]
    return names + [f"{names[-1]} {i}" for i in range(2, count - len(names) + 2)]


def insides(gate: Gate, shapes: Sequence[Shape]) -> Insides | None:
    """What a gate is made of, for inputs of these shapes; None where it doesn't say, or not with these params.

    Args:
        gate: an input port that takes many wires may have several.
        shapes: of what each wire brings.
    """
    formula = Formula(limit=BOUNDLESS)
    weights = gate.active_weights() if gate.weights else ()
    names = input_names(gate, len(shapes))
    given = [
        _stand_in(formula, _at(gate, i), name, shape) for i, (name, shape) in enumerate(zip(names, shapes, strict=True))
    ]
    sizes = gate.weight_shapes(*shapes) if weights else ()
    given += [formula.parameter(weight.name, _empty(size)) for weight, size in zip(weights, sizes, strict=True)]
    made = gate.expand(*given)
    if made is None:
        return None
    outputs = made if isinstance(made, tuple) and not isinstance(made, Expression) else (made,)
    return _Cutting(formula, gate, names, weights, tuple(Slot(*slot) for slot in outputs)).insides()


class _Cutting:
    """A formula cut out of its stand-ins."""

    def __init__(
        self, formula: Formula, gate: Gate, names: list[str], weights: tuple[Weight, ...], ends: tuple[Slot, ...]
    ) -> None:
        self.nodes, self.gate, self.names, self.weights, self.ends = formula.nodes, gate, names, weights, ends
        self.first = len(names) + len(weights)
        self.pieces: list[Piece] = []
        self.at: dict[int, Place] = {}
        self.inputs: dict[str, tuple[Place, ...]] = {}

    def insides(self) -> Insides:
        """The pieces and what joins them."""
        for i, weight in enumerate(self.weights, len(self.names)):
            kind = CATALOG.get(PARAMETER if weight.learned else CONSTANT)
            self.at[i] = self._add(Piece(kind(), weight.name, weight)), "value"
        forks = [self._fork(i, name) for i, name in enumerate(self.names)]
        numbers = {i: self._add(self._piece(i)) for i in range(self.first, len(self.nodes))}
        for i, name in enumerate(self.names):
            self.inputs[name] = ((forks[i], "x"),) if forks[i] >= 0 else tuple(self._readers(i, numbers))
        links = tuple(link for i, number in numbers.items() for link in self._links(i, number, numbers))
        outputs = {w.name: self.at[i] for i, w in enumerate(self.weights, len(self.names))}
        for port, slot in zip(self.gate.outputs, self.ends, strict=True):
            outputs[port.name] = self._source(slot, numbers)
        return Insides(tuple(self.pieces), links, self.inputs, outputs)

    def _add(self, piece: Piece) -> int:
        self.pieces.append(piece)
        return len(self.pieces) - 1

    def _piece(self, i: int) -> Piece:
        gate = self.nodes[i].gate
        if gate.weights:
            raise GraphError(f"{self.gate.title}: what it is made of can't have weights of its own ({gate.title}).")
        value = getattr(gate, "value", None) if gate.id == CONSTANT else None
        return Piece(gate, f"{float(value):g}" if isinstance(value, np.ndarray) and not value.ndim else gate.id)

    def _fork(self, i: int, name: str) -> int:
        """A piece that an input used several times branches at; -1 where there is none."""
        uses = sum(slot.node == i for node in self.nodes for slot in node.inputs)
        if uses < 2 or _at(self.gate, i).kind is not Kind.REAL:
            return -1
        number = self._add(Piece(CATALOG.get(FORK)(), name))
        self.at[i] = number, "z"
        return number

    def _readers(self, i: int, numbers: Mapping[int, int]) -> list[Place]:
        return [
            (number, _port(self.nodes[k].gate, position))
            for k, number in numbers.items()
            for position, slot in enumerate(self.nodes[k].inputs)
            if slot.node == i
        ]

    def _links(self, i: int, number: int, numbers: Mapping[int, int]) -> list[Link]:
        node = self.nodes[i]
        return [
            Link(*self._source(slot, numbers), number, _port(node.gate, position))
            for position, slot in enumerate(node.inputs)
            if slot.node >= self.first or slot.node in self.at
        ]

    def _source(self, slot: Slot, numbers: Mapping[int, int]) -> Place:
        if slot.node in self.at:
            return self.at[slot.node]
        return numbers[slot.node], self.nodes[slot.node].gate.outputs[slot.output].name


def _at(gate: Gate, position: int) -> Port:
    return gate.inputs[min(position, len(gate.inputs) - 1)]


def _port(gate: Gate, position: int) -> str:
    return _at(gate, position).name


def _stand_in(formula: Formula, port: Port, name: str, shape: Shape) -> Expression:
    if port.kind is Kind.REAL:
        return formula.parameter(name, _empty(shape))
    return formula.feed(name, np.broadcast_to(np.int64(0), shape), labels=True)


def _empty(shape: Shape) -> object:
    """Zeros that take no memory."""
    return np.broadcast_to(np.float64(0), shape)
