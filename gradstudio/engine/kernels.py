"""In-place calls a gate gives the plan, in place of `forward` and `backward`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gradstudio.engine.errors import MemoryRefused
from gradstudio.engine.memory import amount, zeros
from gradstudio.engine.types import Array, Shape

SMALL_PRODUCT = 65_536
"""Bytes of a product up to which np.dot makes it: quicker to start than np.matmul, but it clears `out` first."""


class Room(NamedTuple):
    """Space that the kernels of a gate would like around an array; the plan grants it where it can.

    Attributes:
        ones: one more feature behind those of an N×D array, constantly 1: a bias is then part of the product.
    """

    ones: bool = False


class Kernels:
    """What a gate's `kernels` method works with: arrays that exist already, and two lists of calls to add to.

    The arrays lie in memory as the plan finds best, not always row by row: two-dimensional ones feature by feature,
    images row by row with the batch last.

    Attributes:
        x: input and weight arrays, in the order of `forward`'s arguments.
        z: the output array to write.
        dz: the upstream gradient to read.
        dx: arrays to write each input's gradient into; None where none is wanted.
        dtype: of real arrays.
        roomy: for each input the array with the room around it, where the gate's `room` was granted.
        own: all weights of the gate in one row, and what flows back to them; None where they don't lie so.
        seeded: True where the upstream gradient is constantly 1: the output is what is differentiated.
        scratch_bytes: taken by work arrays so far.
    """

    def __init__(
        self,
        x: Sequence[Array],
        z: Array,
        dz: Array,
        dx: Sequence[Array | None],
        dtype: np.dtype[Any],
        *,
        budget: Budget | None = None,
    ) -> None:
        self.x = tuple(x)
        self.z = z
        self.dz = dz
        self.dx = tuple(dx)
        self.dtype = dtype
        self.roomy: tuple[Array | None, ...] = (None,) * len(self.x)
        self.own: tuple[Array | None, Array | None] = (None, None)
        self.seeded = False
        self.scratch_bytes = 0
        self._budget = budget
        self.forward_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        self.backward_calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    def ahead(self, function: Any, *args: Any, **kwargs: Any) -> None:
        """Add `function(*args, **kwargs)` to the forward pass."""
        self.forward_calls.append(_call(function, args, kwargs))

    def back(self, function: Any, *args: Any, **kwargs: Any) -> None:
        """Add `function(*args, **kwargs)` to the backward pass."""
        self.backward_calls.append(_call(function, args, kwargs))

    def product_ahead(self, a: Array, b: Array, out: Array) -> None:
        """Add the matrix product out = a @ b to the forward pass."""
        self.ahead(*product(a, b, out))

    def product_back(self, a: Array, b: Array, out: Array) -> None:
        """Add the matrix product out = a @ b to the backward pass."""
        self.back(*product(a, b, out))

    def scratch(self, shape: Shape, dtype: npt.DTypeLike | None = None) -> Array:
        """A work array that lives as long as the plan, zero at first; counted before it is allocated."""
        wanted = np.dtype(self.dtype if dtype is None else dtype)
        size = math.prod(shape) * wanted.itemsize
        self.scratch_bytes += size
        if self._budget is not None:
            self._budget.take(size)
        return zeros(shape, wanted)

    def scratch_like(self, array: Array, dtype: npt.DTypeLike | None = None) -> Array:
        """A work array of the shape and memory order of another."""
        order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        made = self.scratch(tuple(array.shape[axis] for axis in order), dtype)
        return made.transpose(np.argsort(order))

    def const(self, value: float) -> Array:
        """A 0-d array of the plan's dtype: numpy takes it faster than a Python float."""
        return np.array(value, self.dtype)

    def plain(self) -> bool:
        """True where every input has the output's shape, so that no gradient is summed over a broadcast axis."""
        return all(x.shape == self.z.shape for x in self.x)

    def joined(self) -> tuple[Array, Array | None] | None:
        """A matrix and the bias behind it, where these are all weights, as one matrix with a row more.

        Then their gradients likewise, None where one of them isn't wanted. None where they don't lie so in memory.
        """
        values, gradients = self.own
        if values is None:
            return None
        rows, columns = self.x[-2].shape
        shape = (rows + 1, columns)
        return values.reshape(shape), None if gradients is None else gradients.reshape(shape)


class Budget:
    """Bytes that may still be taken; asked before anything is allocated.

    Attributes:
        taken: bytes so far.
        blame: who takes them now, for the message.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.blame = ""

    def take(self, size: int) -> None:
        """Count some bytes.

        Raises:
            MemoryRefused: if they don't fit, naming the node.
        """
        self.taken += size
        if self.taken > self.limit:
            raise MemoryRefused(
                f"{self.blame}: with it the network needs more than {amount(self.limit)} of memory. "
                "Use fewer units, a smaller batch, or float32."
            )


def _call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The same call the way numpy takes it fastest; on small arrays that halves its time.

    A ufunc's `out` goes by position (but numpy warns of that for two of them), numbers without axes as arrays of one
    entry, and methods of arrays stand for functions that first look for a dispatcher.
    """
    if type(function) is np.ufunc:
        swift = function is not np.maximum and function is not np.minimum
        if swift and len(kwargs) == 1 and "out" in kwargs and len(args) == function.nin:
            args, kwargs = (*args, kwargs["out"]), {}
        if not kwargs and all(isinstance(array, np.ndarray) and array.ndim == 0 for array in args):
            args = tuple(array.reshape(1) for array in args)
    elif function is np.dot and len(args) == 3 and not kwargs:
        return args[0].dot, args[1:], kwargs
    elif function is np.copyto and len(args) == 2 and not kwargs:
        return args[0].__setitem__, (Ellipsis, args[1]), kwargs
    return function, args, kwargs


def product(a: Array, b: Array, out: Array) -> tuple[Any, Array, Array, Array]:
    """The function and arguments that write a @ b into out, whichever way `out` lies in memory: BLAS writes row by row.

    Depends on shapes and memory order alone, so that the same graph always gives the same bits.
    """
    if out.ndim == 2 and not out.flags.c_contiguous and out.flags.f_contiguous:
        a, b, out = b.T, a.T, out.T
    small = out.nbytes <= SMALL_PRODUCT
    if small and a.ndim == b.ndim == 2 and out.flags.c_contiguous and a.dtype == b.dtype == out.dtype:
        return np.dot, a, b, out
    return np.matmul, a, b, out


def in_memory_order(array: Array) -> Array | None:
    """The entries as they follow each other in memory, as a one-dimensional view; None where there are gaps."""
    flat = array.ravel(order="K")
    return flat if array.size == 0 or np.may_share_memory(flat, array) else None
