"""A time no numpy engine gets below: the step's matrix products, its passes over memory, and its calls; nothing else.

- Products: every GEMM of the step by itself, into an array that exists, in the fastest of the memory orders that fit
  together and by the faster of `np.dot` and `np.matmul`.
- Memory: what can't be avoided unless it is fused into a product. Each hidden activation is read and written on the
  way forward, twice read and once written on the way back; an update reads two arrays and writes one for each
  parameter, Adam reads four and writes three. A pass costs what it costs `np.add` at that size. A convolution also
  expands its input.
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
        """What it adds to a step."""
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
            yield from fastest([dense(net, layer, inner, *orders) for orders in itertools.product(ORDERS, repeat=3)])
        elif layer.kind == "conv":
            yield from fastest([conv(net, layer, inner, side), conv_by_rows(net, layer, inner, side)])
        inner = inner or layer.inputs > 0
        side //= 2 if layer.kind == "pool" else 1


def dense(net: Network, layer: Layer, inner: bool, ahead: Order, behind: Order, weights: Order) -> list[Call]:
    """z = x·W, dW = xᵀ·dz and, behind other layers, dx = dz·Wᵀ, with these memory orders of x, z and W."""
    x, dx = (np.ones((net.batch, layer.inputs), net.dtype, ahead) for _ in range(2))
    z = np.ones((net.batch, layer.outputs), net.dtype, behind)
    W, dW = (np.ones((layer.inputs, layer.outputs), net.dtype, weights) for _ in range(2))
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


def gemm(a: Array, b: Array, out: Array) -> Call:
    """a·b into `out`, by whichever of numpy's two ways is faster here."""
    matmul = partial(np.matmul, a, b, out=out)
    dot = partial(np.dot, a, b, out=out) if out.flags.c_contiguous else partial(np.dot, b.T, a.T, out=out.T)
    return min((matmul, dot), key=typical)


def fastest(ways: Sequence[list[Call]]) -> list[Part]:
    """The parts of whichever way takes the least time altogether."""
    return [Part(call) for call in min(ways, key=lambda calls: sum(map(typical, calls)))]


def typical(call: Call) -> float:
    """Seconds a call takes, the middle of several looks."""
    count = repeats(clock(call, 1), SLICE)
    return statistics.median(clock(call, count) for _ in range(5))


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
    """Reading or writing so many numbers, so often: a third of an addition."""
    x, y, z = (np.ones(size, dtype) for _ in range(3))
    return Part(partial(np.add, x, y, z), often / 3)


def empty_call() -> Call:
    """A call of numpy that does next to nothing."""
    x, z = np.ones(8, np.float32), np.ones(8, np.float32)
    return partial(np.add, x, x, z)


def build(workload: Workload, _variant: str = "") -> Floor:
    """Make a workload ready."""
    if not isinstance(workload, Network):
        raise Unsupported("no floor is defined for circuits")
    return Floor(workload)
