"""Very deep and very wide: a chain of 100,000 gates and a fan of 10,000, against formulas and PyTorch.

The chain of 100,000 is slow to build: `pytest tests/oracle -m slow` runs it alone.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Graph, GraphBuilder, Slot
from gradstudio.engine.plan import Plan
from gradstudio.gates.activation import Tanh
from gradstudio.gates.arithmetic import Add, Multiply
from tests.oracle.agreement import RELATIVE, require_agreement, size

X, W, C = 1e-3, 1.00001, 1e-9
"""Of x ← tanh(w · x + c): so small that no gradient vanishes on the way, so near 1 that none explodes."""


def chain(links: int) -> tuple[Graph, list[Slot], list[Slot]]:
    """Three gates a link: the graph, the slots of x, w and c, and x behind each link."""
    g = GraphBuilder()
    x, w, c = g.parameter("x", X), g.parameter("w", W), g.parameter("c", C)
    behind, z = [], x
    for _ in range(links):
        z = g.add(Tanh(), g.add(Add(), g.add(Multiply(), z, w), c))
        behind.append(z)
    return g.graph(z), [x, w, c], behind


def by_hand(links: int) -> tuple[list[float], list[float], list[float]]:
    """The same with numbers: x behind each link, the gradients there, and those of x, w and c."""
    x = [X]
    for _ in range(links):
        x.append(math.tanh(W * x[-1] + C))
    upstream, dw, dc = 1.0, 0.0, 0.0
    gradients = []
    for before, behind in zip(reversed(x[:-1]), reversed(x[1:]), strict=True):
        gradients.append(upstream)
        inner = upstream * (1 - behind**2)
        dw, dc, upstream = dw + inner * before, dc + inner, inner * W
    return x[1:], gradients[::-1], [upstream, dw, dc]


@pytest.mark.parametrize("links", [3_333, pytest.param(33_334, marks=pytest.mark.slow)])
def test_deep_chain(links: int) -> None:
    """Through 10,000 and through 100,000 gates in a row every value and gradient is right to ten digits."""
    graph, leaves, behind = chain(links)
    plan = Plan(graph, np.float64)
    plan.run()
    values, gradients, ends = by_hand(links)
    require_close([plan.value(slot) for slot in behind], values)
    require_close([plan.gradient(slot) for slot in behind], gradients)
    for slot, wanted in zip(leaves, ends, strict=True):
        require_close([plan.gradient(slot)], [wanted])


def require_close(found: list[Array | None], wanted: list[float]) -> None:
    """The numbers, within the error allowed of each."""
    apart = np.array(found, float) / np.array(wanted) - 1
    assert size(apart) <= RELATIVE["float64"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_deep_chain_in_pytorch(dtype: type) -> None:
    """PyTorch says the same of 10,000 gates in a row, in both precisions."""
    require_pytorch(chain(3_333)[0], dtype)


def require_pytorch(graph: Graph, dtype: type = np.float64) -> None:
    """Every value and gradient is PyTorch's."""
    pytest.importorskip("torch", reason="PyTorch is the oracle; it comes with the extra “torch”")
    from tests.oracle.torch_graph import compute

    plan = Plan(graph, dtype)
    plan.run()
    require_agreement(plan, *compute(plan))


def fan(width: int) -> tuple[Graph, Slot, list[float]]:
    """One x read by so many gates: tanh(x), x + y and x · y in turn."""
    g, random = GraphBuilder(), np.random.default_rng(0)
    x, ends, numbers = g.parameter("x", 0.7), [], random.uniform(-1, 1, width).tolist()
    for i, number in enumerate(numbers):
        if i % 3 == 0:
            ends.append(g.add(Tanh(), x))
        else:
            ends.append(g.add(Add() if i % 3 == 1 else Multiply(), x, g.parameter(f"y{i}", number)))
    return g.graph(*ends), x, numbers


def test_wide_fan() -> None:
    """What 10,000 gates bring back to one output is added up right to ten digits."""
    graph, x, numbers = fan(10_000)
    plan = Plan(graph, np.float64)
    plan.run()
    shares = [(1 - math.tanh(0.7) ** 2, 1.0, number)[i % 3] for i, number in enumerate(numbers)]
    require_close([plan.gradient(x)], [math.fsum(shares)])


def test_wide_fan_in_pytorch() -> None:
    """PyTorch says the same of the fan, at each of its ends."""
    require_pytorch(fan(10_000)[0])
