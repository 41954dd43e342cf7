"""What several gates share: explanations with numbers, one-variable gates, words for numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gradstudio.engine.gate import Array, Gate, Kernels, Port, Shape, in_memory_order

PIECE, PIECES = 16384, 64
"""Entries of a piece, of which a handful of arrays lie in a core's first cache; and the most pieces one is cut into."""

G = TypeVar("G", bound=Gate)

matmul_quietly = np.errstate(invalid="ignore")
"""Decorates what multiplies matrices: OpenBLAS's single-precision kernels sometimes raise "invalid value" over numbers
they read beside the matrix and then discard, with every entry and the result finite (numpy 2.4, OpenBLAS 0.3.31)."""


class Explained(Gate):
    """A gate that explains its backward pass with numbers; they come from its own `backward` and its words, `local`."""

    def explain(self, inputs: Sequence[float], upstream: float) -> tuple[str, ...]:
        """One line per input: "∂f/∂x = y × upstream = -4 × 1 = -4"."""
        gate = again(self)
        with np.errstate(all="ignore"):
            gate.forward(*(np.float64(x) for x in inputs))
            found = gate.backward(np.array(1.0))
            slopes = found if isinstance(found, tuple) else (found,)
            lines = zip(self._named(len(inputs)), slopes, strict=True)
            return tuple(_line(name, words, float(slope), upstream) for (name, words), slope in lines)

    def _named(self, count: int) -> list[tuple[str, str]]:
        """Name and words of each input; w1, w2 … where one port takes several wires."""
        if not self.inputs[-1].many:
            return [(port.name, words) for port, words in zip(self.inputs, self.local, strict=True)]
        name, words = self.inputs[-1].name, self.local[-1]
        numbers = [str(i + 1) for i in range(count)] if count > 1 else [""]
        return [(name + number, words.replace(name, name + number)) for number in numbers]


class OneVariable(Explained):
    """A gate that applies one function to every entry of x."""

    inputs = (Port("x"),)
    elementwise = True

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        return x

    def curve(self, x: Array) -> tuple[Array, Array]:
        """Value and slope at each x; NaN or infinite where the function isn't defined."""
        gate = again(self)
        with np.errstate(all="ignore"):
            value = gate.forward(x)
            return np.asarray(value), np.asarray(gate.backward(np.ones_like(value)))


def again(gate: G) -> G:
    """A fresh gate with the same params: the state of this one is left alone."""
    return type(gate)(**{name: getattr(gate, name) for name in gate.params})


def number(value: float) -> str:
    """A number with four significant digits, without a minus before zero."""
    return f"{value + 0.0:.4g}"


def _line(port: str, words: str, slope: float, upstream: float) -> str:
    product = float(np.multiply(slope, upstream))
    numbers = f"{number(slope)} × {number(upstream)} = {number(product)}"
    same = words == number(slope)
    return f"∂f/∂{port} = {numbers}" if same else f"∂f/∂{port} = {words} × upstream = {numbers}"


def scratch_like(k: Kernels, array: Array, dtype: npt.DTypeLike | None = None) -> Array:
    """A work array of an array's shape that lies in memory the way it does, so that both are gone through in step."""
    order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    made = k.scratch(tuple(array.shape[axis] for axis in order), dtype)
    return made.transpose(np.argsort(order)) if array.ndim else made


def in_pieces(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Arrays of one shape in pieces of their memory that stay in the cache while many calls work on them.

    All at once where they don't lie alike, or have gaps.
    """
    flat = [found for array in arrays if (found := in_memory_order(array)) is not None]
    if len(flat) < len(arrays) or any(array.strides != arrays[0].strides for array in arrays):
        yield arrays
        return
    length = max(PIECE, -(-arrays[0].size // PIECES))
    for first in range(0, arrays[0].size, length):
        yield tuple(array[first : first + length] for array in flat)
