"""A proof before use: calls of every kind, made by numpy and by the machine, must give the same bits."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradstudio.accelerate.shorten import Call, Machine, shorten
from gradstudio.engine.gate import Array


def is_right(machine: Machine) -> bool:
    """Whether the machine gives the bits numpy gives, in both precisions."""
    return all(_is_right(machine, np.dtype(name)) for name in ("float32", "float64"))


def _is_right(machine: Machine, dtype: np.dtype[np.floating]) -> bool:
    arrays, calls = _example(dtype)
    start = [array.copy() for array in arrays]
    with np.errstate(all="ignore"):
        for call in calls:
            call()
        expected = [array.tobytes() for array in arrays]
        for array, before in zip(arrays, start, strict=True):
            array[...] = before
        for call in shorten(calls, machine):
            call()
    return expected == [array.tobytes() for array in arrays]


def _example(dtype: np.dtype[np.floating]) -> tuple[list[Array], list[Call]]:
    """Arrays, and calls that write to them."""
    rng = np.random.default_rng(0)
    x, y, z = (rng.standard_normal(5000).astype(dtype) for _ in range(3))
    a, b, c = (rng.standard_normal(shape).astype(dtype) for shape in ((7, 5), (5, 9), (7, 9)))
    v, total = np.zeros((1, 9), dtype), np.zeros((), dtype)
    places, starts = rng.integers(0, 5000, 5000), np.sort(rng.permutation(5000)[:900])
    places.flags.writeable = False
    sums = np.zeros(900, dtype)
    calls: list[Call] = [
        partial(x.take, places, None, y, "clip"),
        partial(np.multiply, y, z, y),
        partial(np.add.reduceat, y, starts, 0, None, sums),
        partial(x.take, places, None, y, "clip"),
        partial(np.add.reduceat, z, starts, 0, None, sums),
        *(partial(ufunc, x, x) for ufunc in (np.tanh, np.exp, np.sqrt, np.log, np.sin)),
        partial(np.greater, z, y, z),
        partial(np.add, z, y, y),
        partial(z.put, places, y, "clip"),
        partial(a.dot, b, c),
        partial(np.matmul, a, b, c),
        partial(np.maximum.reduce, c, 0, None, v, True),
        partial(np.subtract, c, v, c),
        partial(c.__setitem__, Ellipsis, v),
        partial(x.dot, y, total),
    ]
    products, more = _products(rng, dtype)
    return [x, y, z, c, v, total, sums, *products], [*calls, *more]


def _products(rng: np.random.Generator, dtype: np.dtype[np.floating]) -> tuple[list[Array], list[Call]]:
    """Products of matrices of several shapes, as they are and transposed."""
    arrays: list[Array] = []
    calls: list[Call] = []
    for m, k, n in ((1, 5, 9), (7, 5, 1), (7, 1, 9), (65, 33, 20), (3, 300, 4)):
        for turned in range(4):
            a = rng.standard_normal((k, m)).astype(dtype).T if turned & 1 else rng.standard_normal((m, k)).astype(dtype)
            b = rng.standard_normal((n, k)).astype(dtype).T if turned & 2 else rng.standard_normal((k, n)).astype(dtype)
            arrays.append(np.zeros((m, n), dtype))
            calls.append(partial(a.dot, b, arrays[-1]))
    return arrays, calls
