"""A time no numpy engine gets below: the step's matrix products, its passes over memory, and its calls; nothing else.

- Products: every GEMM of the step by itself, into an array that exists, with its operands in the cache; in the
  fastest of the memory orders that fit together, by the faster of `np.dot` and `np.matmul`. Rows a power of two apart
  get in each other's way in the cache, so each order is also tried with room behind every row.
- Memory: what can't be avoided unless it is fused into a product. Each hidden activation is read and written on the
  way forward, twice read and once written on the way back; an update reads two arrays and writes one for each
  parameter, Adam reads four and writes three. Reading or writing an array costs a third of adding one to another in
  place. A convolution also expands its input.
- Calls: as many as our plan makes, less those above, at the cost of a call that does next to nothing.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np

from benchmarks.engine import peer_gradstudio
from benchmarks.engine.runner import Runner, Unsupported, repeats
from benchmarks.engine.workloads import Array, Layer, Network, Workload

Call: TypeAlias = Callable[[], Any]
Order: TypeAlias = Literal["C", "F"]

ORDERS: tuple[Order, ...] = ("C", "F")
ROOM = (0, 16)
"""Entries behind each row that are tried."""
SLICE = 1e-3
"""Seconds for which one part is repeated."""


@dataclass(slots=True)
class Part:
    """Something of which a step's floor is made.

    Attributes:
        call: what is timed.
        share: how often the step needs it.
        count: repeats between two looks at the clock.
    """

    call: Call
    share: float = 1.0
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = repeats(clock(self.call, 3), SLICE)

    def seconds(self) -> float:
        """What it adds to a step, at its best: what it works on has just been used."""
        self.call()
        return self.share * clock(self.call, self.count)


class Floor(Runner):
    """The parts of one network's floor."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        calls = peer_gradstudio.build(net).facts["calls"]
        working = [*products(net), *passes(net)]
        self.parts = [*working, Part(empty_call(), max(0, calls - len(working)))]

    def time(self, seconds: float) -> list[float]:
        """Look at all parts in turn for so many seconds; returns microseconds of their sum, turn by turn."""
        found: list[float] = []
        end = time.perf_counter() + seconds
        while not found or time.perf_counter() < end:
            found.append(sum(part.seconds() for part in self.parts) * 1e6)
        return found

    def step(self) -> None:
        """All parts once."""
        for part in self.parts:
            part.call()

    def loss(self) -> float:
        """Nothing of sense is computed."""
        return 0.0


def clock(call: Call, count: int) -> float:
    """Seconds a call takes, repeated so often."""
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def products(net: Network) -> Iterator[Part]:
    """The matrix products of a step."""
    side, inner = net.sample[-1], False
    for layer in net.layers:
        if layer.kind == "dense":
            ways = itertools.product(ORDERS, ORDERS, ORDERS, ROOM)
            yield from fastest([dense(net, layer, inner, *way) for way in ways])
        elif layer.kind == "conv":
            yield from fastest([conv(net, layer, inner, side), conv_by_rows(net, layer, inner, side)])
        inner = inner or layer.inputs > 0
        side //= 2 if layer.kind == "pool" else 1


def dense(
    net: Network, layer: Layer, inner: bool, ahead: Order, behind: Order, weights: Order, room: int
) -> list[Call]:
    """z = x·W, dW = xᵀ·dz and, behind other layers, dx = dz·Wᵀ, with these memory orders of x, z and W."""
    x, dx = (ones(net.batch, layer.inputs, net.dtype, ahead, room) for _ in range(2))
    z = ones(net.batch, layer.outputs, net.dtype, behind, room)
    W, dW = (ones(layer.inputs, layer.outputs, net.dtype, weights, room) for _ in range(2))
    return [gemm(x, W, z), gemm(x.T, z, dW), *([gemm(z, W.T, dx)] if inner else [])]


def conv(net: Network, layer: Layer, inner: bool, side: int) -> list[Call]:
    """The products of a convolution whose windows lie ready, each as one."""
    pixels, dtype = side * side * net.batch, net.dtype
    W, dW = (np.ones((layer.outputs, 9 * layer.inputs), dtype) for _ in range(2))
    seen, z = np.ones((9 * layer.inputs, pixels), dtype), np.ones((layer.outputs, pixels), dtype)
    calls = [gemm(W, seen, z), gemm(z, seen.T, dW)]
    if inner:
        back, dx = np.ones((9 * layer.outputs, pixels), dtype), np.ones((layer.inputs, pixels), dtype)
        calls.append(gemm(np.ones((layer.inputs, 9 * layer.outputs), dtype), back, dx))
    return calls


def conv_by_rows(net: Network, layer: Layer, inner: bool, side: int) -> list[Call]:
    """The same as a batch of products, one for each row of pixels."""
    row, dtype = side * net.batch, net.dtype
    W, parts = (
        np.ones((layer.outputs, 9 * layer.inputs), dtype),
        np.ones((side, layer.outputs, 9 * layer.inputs), dtype),
    )
    seen, z = np.ones((side, 9 * layer.inputs, row), dtype), np.ones((side, layer.outputs, row), dtype)
    calls: list[Call] = [partial(np.matmul, W, seen, out=z), partial(np.matmul, z, seen.transpose(0, 2, 1), out=parts)]
    if inner:
        back, dx = np.ones((side, 9 * layer.outputs, row), dtype), np.ones((side, layer.inputs, row), dtype)
        calls.append(partial(np.matmul, np.ones((layer.inputs, 9 * layer.outputs), dtype), back, out=dx))
    return calls


def ones(rows: int, columns: int, dtype: str, order: Order, room: int) -> Array:
    """A matrix in a memory order, with room for so many entries behind each row (or column)."""
    if order == "F":
        return ones(columns, rows, dtype, "C", room).T
    return np.ones((rows, columns + room), dtype)[:, :columns]


def gemm(a: Array, b: Array, out: Array) -> Call:
    """a·b into `out`, by whichever of numpy's two ways is faster here."""
    ways: list[Call] = [partial(np.matmul, a, b, out=out)]
    if out.flags.c_contiguous:
        ways.append(partial(np.dot, a, b, out=out))
    elif out.flags.f_contiguous:
        ways.append(partial(np.dot, b.T, a.T, out=out.T))
    return min(ways, key=typical)


def fastest(ways: Sequence[list[Call]]) -> list[Part]:
    """The parts of whichever way takes the least time altogether."""
    return [Part(call) for call in min(ways, key=lambda calls: sum(map(typical, calls)))]


def typical(call: Call) -> float:
    """Seconds a call takes, the middle of several looks."""
    count = repeats(clock(call, 1), SLICE)
    return statistics.median(clock(call, count) for _ in range(3))


def passes(net: Network) -> Iterator[Part]:
    """The passes over memory."""
    side, behind = net.sample[-1], False
    for k, layer in enumerate(net.layers):
        if layer.kind == "dense" and k < len(net.layers) - 1:
            yield one_pass(layer.outputs * net.batch, net.dtype, 5)
        elif layer.kind == "conv":
            pixels = side * side * net.batch
            yield one_pass(layer.outputs * pixels, net.dtype, 9 if behind else 5)
            yield one_pass(layer.inputs * pixels, net.dtype, 4)
        behind = behind or layer.inputs > 0
        side //= 2 if layer.kind == "pool" else 1
    yield one_pass(sum(start.size for start in net.starts), net.dtype, 7 if net.optimizer == "adam" else 3)


def one_pass(size: int, dtype: str, often: int) -> Part:
    """Reading or writing so many numbers, so often: a third of an addition in place."""
    x, y = np.ones(size, dtype), np.zeros(size, dtype)
    return Part(partial(np.add, x, y, x), often / 3)


def empty_call() -> Call:
    """A call of numpy that does next to nothing."""
    x, z = np.ones(8, np.float32), np.ones(8, np.float32)
    return partial(np.add, x, x, z)


def build(workload: Workload, _variant: str = "") -> Floor:
    """Make a workload ready."""
    if not isinstance(workload, Network):
        raise Unsupported("no floor is defined for circuits")
    return Floor(workload)
