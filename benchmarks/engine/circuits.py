"""Random circuits of scalar gates: +, × and tanh in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

ADD, MULTIPLY, TANH = range(3)
LEAVES = 32
LARGEST = 4.0
"""Values are kept at most so large: a gate that might exceed it is a tanh instead."""


@dataclass
class Circuit:
    """A circuit whose leaves are trained; what is minimised is the sum of its outputs.

    Attributes:
        name: the letter of the table.
        title: what it is, in a few words.
        leaves: start values; node k is leaf k.
        kinds: ADD, MULTIPLY or TANH for each gate; gate i is node len(leaves) + i.
        left: the node each gate takes first.
        right: the node each gate takes second; for tanh the same as left.
        outputs: the nodes that are added up.
        rate: learning rate.
        tape: kind, left and right of each gate as Python numbers.
        ends: the outputs as Python numbers.
    """

    name: str
    title: str
    leaves: Array
    kinds: Array
    left: Array
    right: Array
    outputs: Array
    rate: float = 1e-9
    tape: list[tuple[int, int, int]] = field(init=False)
    ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        # Not made when first asked for: torch.compile can't see through that.
        self.tape = list(zip(self.kinds.tolist(), self.left.tolist(), self.right.tolist(), strict=True))
        self.ends = self.outputs.tolist()

    def checked(self) -> Self:
        """As it is: gradients are compared, which show at any rate."""
        return self

    def forward(self, leaves: Iterable[Any], tanh: Callable[[Any], Any]) -> list[Any]:
        """Every node's value, for anything that can be added and multiplied."""
        values = list(leaves)
        for kind, x, y in self.tape:
            if kind == ADD:
                values.append(values[x] + values[y])
            elif kind == MULTIPLY:
                values.append(values[x] * values[y])
            else:
                values.append(tanh(values[x]))
        return values

    def results(self, values: list[Any]) -> list[Any]:
        """The outputs among all values."""
        return [values[i] for i in self.ends]


def circuit(name: str, title: str, count: int, window: int | None = None, seed: int = 7) -> Circuit:
    """A random circuit of this many gates.

    Without a window each gate takes any two earlier nodes, which makes few levels. With one it takes a node among the
    last so many, and another of them or a leaf: that makes levels in proportion to the number of gates, and the leaves
    keep values away from 0.
    """
    dice = np.random.default_rng(seed)
    chance = dice.random((count, 2)).tolist()
    shares = (0.25, 0.40, 0.35) if window is None else (0.45, 0.20, 0.35)
    wanted = dice.choice(3, count, p=shares).tolist()
    leafy = (dice.random(count) < 0.5).tolist()
    sizes = [1.0] * LEAVES
    gates: list[tuple[int, int, int]] = []
    for i, (first, second) in enumerate(chance):
        low = 0 if window is None else max(0, LEAVES + i - window)
        x, y = low + int(first * (LEAVES + i - low)), low + int(second * (LEAVES + i - low))
        if window is not None and leafy[i]:
            y = i % LEAVES
        kind = wanted[i]
        size = 1.0 if kind == TANH else sizes[x] + sizes[y] if kind == ADD else sizes[x] * sizes[y]
        if size > LARGEST:
            kind, size = TANH, 1.0
        gates.append((kind, x, x if kind == TANH else y))
        sizes.append(size)
    kinds, left, right = np.array(gates).T.copy()
    outputs = _outputs(left, right, dice)
    return Circuit(name, title, dice.standard_normal(LEAVES), kinds, left, right, outputs)


def _outputs(left: Array, right: Array, dice: np.random.Generator) -> Array:
    """Every gate nobody reads, and one in twenty of all."""
    count = len(left)
    read = np.zeros(LEAVES + count, bool)
    read[left] = read[right] = True
    some = LEAVES + dice.choice(count, max(1, count // 20), replace=False)
    return np.union1d(np.flatnonzero(~read[LEAVES:]) + LEAVES, some)
