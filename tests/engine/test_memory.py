"""Memory: predicted as it is then used, and impossible shapes refused by name before anything is allocated."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine import EngineError, Formula, Gate, Graph, MemoryRefused, ParamError, Plan, Port, ShapeError
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.memory import amount, zeros
from gradstudio.engine.optimizers import Adam
from gradstudio.engine.types import MOST_AXES

NOTHING = 200_000
"""Bytes of Python objects a refusal may take: less than any array worth the name."""


@contextmanager
def traced() -> Iterator[Callable[[], tuple[int, int]]]:
    """What is allocated inside: a function that tells the bytes of numpy's arrays, and of everything."""
    gc.collect()
    tracemalloc.start()
    try:
        yield _allocated
    finally:
        tracemalloc.stop()


def _allocated() -> tuple[int, int]:
    snapshot = tracemalloc.take_snapshot()
    arrays = snapshot.filter_traces([tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)])
    return tuple(sum(trace.size for trace in part.traces) for part in (arrays, snapshot))  # type: ignore[return-value]


def mlp() -> Graph:
    """784-256-128-10 with a batch of 128."""
    g = Formula()
    x, y = g.feed("x", np.zeros((128, 784), np.float32)), g.feed("y", np.zeros(128, np.int64), labels=True)
    scores = x.dense(units=256).relu().dense(units=128).relu().dense(units=10)
    return g.graph(scores.softmax_cross_entropy(y))


def cnn() -> Graph:
    """Two convolutions with pools and a layer, on a batch of 64 images."""
    g = Formula()
    x, y = g.feed("x", np.zeros((64, 1, 28, 28), np.float32)), g.feed("y", np.zeros(64, np.int64), labels=True)
    for filters in (8, 16):
        x = x.conv2d(filters=filters, padding=1).relu().max_pool2d()
    return g.graph(x.flatten().dense(units=10).softmax_cross_entropy(y))


def circuit(rows: int = 100, width: int = 200) -> Graph:
    """20,000 scalar gates, 200 in a row, each fed by any two of the row before."""
    g, random = Formula(), np.random.default_rng(0)
    row = [g.parameter(f"p{i}", random.uniform(-1, 1)) for i in range(width)]
    for k in range(rows):
        pairs = random.integers(width, size=(width, 2)).tolist()
        kinds = [("add", "multiply", "tanh", "max")[(i + k) % 4] for i in range(width)]
        row = [
            row[a].tanh() if kind == "tanh" else g.one(kind, row[a], row[b])
            for kind, (a, b) in zip(kinds, pairs, strict=True)
        ]
    return g.graph(*row)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("build", [mlp, cnn, circuit])
def test_memory_is_predicted(build: Callable[[], Graph], dtype: type) -> None:
    """The bytes a plan predicts are those its arrays take once it has run, within a tenth."""
    graph = build()
    with traced() as allocated:
        plan = Plan(graph, dtype)
        plan.run()
        plan.run()
        arrays, everything = allocated()
    assert 0.9 * arrays <= plan.bytes <= 1.1 * arrays
    if build is not circuit:  # there the calls themselves weigh something: about a kilobyte each
        assert plan.bytes >= 0.9 * everything


def test_the_prediction_is_the_limit() -> None:
    """A plan is made with exactly the bytes it predicts, and refused with one less; with half, before any is taken."""
    graph = mlp()
    needed = Plan(graph).bytes
    Plan(graph, limit=needed)
    with pytest.raises(MemoryRefused, match="with it the network needs more than"):
        Plan(graph, limit=needed - 1)
    with traced() as allocated:
        with pytest.raises(MemoryRefused, match=r"^dense2\.W: with it the network needs more than"):
            Plan(graph, limit=needed // 2)
        assert allocated()[0] < NOTHING


def test_a_small_limit_is_told_in_small_units() -> None:
    """A network that may take 100 KiB is refused with these words, not with 0.0 GiB."""
    with pytest.raises(MemoryRefused, match=r"needs more than 100\.0 KiB of memory"):
        Plan(mlp(), limit=100 * 2**10)


def test_an_array_too_large_for_memory_is_no_value() -> None:
    """A param refuses an array it couldn't copy, however little memory that takes itself, before it tries."""
    large = np.broadcast_to(np.float32(1), (2**20, 2**24))
    with traced() as allocated:
        with pytest.raises(ParamError, match=r"^value needs an array that fits into memory, .* found 128\.0 TiB"):
            CATALOG.get("parameter")(value=large)
        assert allocated()[0] < NOTHING


def test_amounts() -> None:
    """Bytes are told in the unit people would choose."""
    sizes = (0, 512, 1024, 1536, 2**20, 2**31, 2**62, 2**72)
    told = ["0 bytes", "512 bytes", "1.0 KiB", "1.5 KiB", "1.0 MiB", "2.0 GiB", "4.0 EiB", "4,096.0 EiB"]
    assert [amount(size) for size in sizes] == told


class Claims(Gate):
    """A gate that claims any shape."""

    id = "claims"
    inputs = (Port("x"),)

    def __init__(self, *claimed: int) -> None:
        super().__init__()
        self.claimed = claimed

    def shape(self, x):
        """Whatever it was told."""
        return self.claimed

    def forward(self, x):
        """Nothing that could come true."""
        raise NotImplementedError

    def backward(self, dz):
        """Likewise."""
        raise NotImplementedError


def claiming(*shape: int) -> Callable[[Formula], Any]:
    """A graph with a node named “big” of this shape."""
    return lambda g: g.apply(Claims(*shape), g.parameter("x", 1.0), name="big")


def outer_of_large(g: Formula) -> Any:
    """A vector that fits, and its product with itself that doesn't."""
    row = g.parameter("x", 1.0).broadcast(sizes="1, 33554432", name="row")
    return row.outer(row, name="big")


def large() -> Any:
    """An array with 2^60 entries that takes four bytes."""
    return np.broadcast_to(np.float32(0), (2**30, 2**30))


def scalar(g: Formula) -> Any:
    """Something to be spread out."""
    return g.parameter("x", 1.0)


def row(g: Formula) -> Any:
    """A row of one feature."""
    return g.parameter("x", [1.0])


IMPOSSIBLE: dict[str, tuple[type[EngineError], str, Callable[[Formula], Any]]] = {
    "2^62": (MemoryRefused, "more entries than any memory", claiming(2**62)),
    "2^63": (MemoryRefused, "more entries than any memory", claiming(2**63)),
    "a product of 2^64": (MemoryRefused, "4294967296×4294967296", claiming(2**32, 2**32)),
    "a product of 2^64 + 2": (MemoryRefused, "more entries than any memory", claiming(2**63 + 1, 2)),
    "empty but for 2^62": (MemoryRefused, "more entries than any memory", claiming(2**62, 0)),
    "more than the machine has": (MemoryRefused, "the network needs more than", claiming(2**24, 2**20)),
    "nine axes": (ShapeError, f"has 9 axes, more than the {MOST_AXES} allowed", claiming(*[1] * 9)),
    "a thousand axes": (ShapeError, "has 1000 axes", claiming(*[1] * 1000)),
    "negative": (ShapeError, "no array of shape 3×-2", claiming(3, -2)),
    "very negative": (ShapeError, "a length can't be negative", claiming(-(2**70))),
    "a parameter": (MemoryRefused, "more entries than any memory", lambda g: g.parameter("big", large())),
    "a parameter of nine axes": (ShapeError, "9 axes", lambda g: g.parameter("big", np.ones((1,) * 9))),
    "data": (MemoryRefused, "more entries than any memory", lambda g: g.feed("big", large())),
    "weights": (
        MemoryRefused,
        "16777216×65536 the start values need 16.0 TiB",
        lambda g: g.apply("embedding", [1, 2], vocabulary=2**24, units=2**16, name="big"),
    ),
    "a broadcast": (
        MemoryRefused,
        "9999999999×99999",
        lambda g: scalar(g).broadcast(sizes="9999999999, 99999", name="big"),
    ),
    "an outer product": (MemoryRefused, "1×33554432×33554432", outer_of_large),
    "a ninth axis": (ShapeError, "9 axes", lambda g: g.parameter("x", np.ones((1,) * 8)).expand_dims(name="big")),
    "a param": (ParamError, "to 65536, found 4.61", lambda g: row(g).dense(units=2**62, name="big")),
    "a negative param": (ParamError, "from 1 to 65536, found -1", lambda g: row(g).dense(units=-1, name="big")),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible_shapes_are_refused(name: str) -> None:
    """The refusal names the node and what is wrong, and no array is made on the way to it."""
    error, words, build = IMPOSSIBLE[name]
    g = Formula()
    with traced() as allocated:
        with pytest.raises(error, match=rf"^big: .*{words}"):
            Plan(g.graph(build(g)))
        assert allocated()[0] < NOTHING


def test_arrays_begin_at_cache_lines() -> None:
    """The flat arrays of a plan and an optimiser, and whatever is asked for, begin at multiples of 64 bytes."""
    plan = Plan(mlp())
    adam = Adam(plan.parameters, 0.1)
    odd = zeros((3, 7, 5), np.float64)
    assert not odd.any()
    for array in (plan.parameters, plan.gradients, *adam.state.values(), odd):
        assert array.ctypes.data % 64 == 0
        assert array.flags.c_contiguous
        assert array.flags.writeable
