"""2,000 random graphs: every value and every gradient against PyTorch; where it isn't there, against differences."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.gate import Array
from gradstudio.engine.gradcheck import Band, GradientChecker
from gradstudio.engine.graph import Graph, Slot
from gradstudio.engine.plan import Plan
from tests.oracle import recipes
from tests.oracle.agreement import require_agreement, size

HAS_TORCH = importlib.util.find_spec("torch") is not None
SHARE = 1 if HAS_TORCH else 5
"""Differences need many forward passes: where there is no PyTorch, so many times fewer graphs are tried."""
LARGEST = 1e6
"""Graphs whose numbers grow beyond this are left out: what rounding makes of them says nothing."""


def many(examples: int, graphs: Any) -> Callable[[Any], Any]:
    """A property of so many graphs, the same ones every time."""
    chosen = settings(
        max_examples=max(1, examples // SHARE),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: chosen(given(graph=graphs)(test))


def require_right(graph: Graph, dtype: type = np.float64) -> None:
    """A graph's values and gradients are PyTorch's, or its gradients those of differences."""
    if not HAS_TORCH:
        results = GradientChecker(graph, entries=3).run()
        assert {result.band for result in results} <= {Band.RIGHT, Band.FINE}
        return
    from tests.oracle.torch_graph import compute

    plan = Plan(graph, dtype)
    plan.run()
    values, gradients = compute(plan)
    assume(max(map(size, (*values.values(), *gradients.values()))) < LARGEST)
    assume(same_sides(plan, values))
    require_agreement(plan, values, gradients)


def same_sides(plan: Plan, values: dict[Slot, Array]) -> bool:
    """Whether every entry lies on the same side of its kink in both: where it lies on the kink, rounding decides."""
    for node in (node for node in plan.graph.nodes if node.inputs):
        ours = node.gate.branch(*(plan.value(slot) for slot in node.inputs))
        theirs = node.gate.branch(*(values[slot] for slot in node.inputs))
        if ours is not None and theirs is not None and not np.array_equal(ours, theirs):
            return False
    return True


@many(800, recipes.of_arrays())
def test_arrays(graph: Graph) -> None:
    """Graphs of arrays: forks, diamonds, dead branches, broadcasting, several ends."""
    require_right(graph)


@many(200, recipes.of_scalars())
def test_scalars(graph: Graph) -> None:
    """Circuits of many scalar gates, which the plan computes as vectors, with arrays among them."""
    assert Plan(graph)._circuit is not None, "too few gates, or too deep a circuit"
    require_right(graph)


@many(1000, recipes.networks())
def test_networks(graph: Graph) -> None:
    """Networks of rows and images: layers, norms, dropout, skips, losses, penalties."""
    require_right(graph)


@pytest.mark.skipif(not HAS_TORCH, reason="differences need float64")
@many(150, st.one_of(recipes.of_arrays(), recipes.of_scalars(), recipes.networks()))
def test_single_precision(graph: Graph) -> None:
    """Graphs of all three kinds in float32."""
    require_right(graph, np.float32)
