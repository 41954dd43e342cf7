"""The gradient check finds wrong gradients, and only those."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

import gradstudio.gates  # noqa: F401 (registers the gates)
from gradstudio.engine.gate import Array
from gradstudio.engine.gradcheck import Band, GradientChecker, band, relative_error
from gradstudio.engine.graph import Graph, GraphBuilder
from gradstudio.gates.activation import ReLU, Sigmoid
from gradstudio.gates.arithmetic import Max, Multiply
from gradstudio.gates.reduce import Sum
from tests.engine.graphs import graphs


@given(graphs(most=10))
@settings(max_examples=60, deadline=None)
def test_right_gradients_are_right(graph: Graph) -> None:
    """No array of any graph of right gates leaves the band "right"."""
    for result in GradientChecker(graph, entries=4).run():
        assert result.band is Band.RIGHT, result


@pytest.mark.parametrize("factor", [-1.0, 1.01, 2.0, 0.0])
def test_wrong_gradients_are_found(factor: float) -> None:
    """A backward pass that is off by a factor is not called right."""

    class Wrong(Sigmoid):
        """A sigmoid whose gradient is off."""

        id = "wrong"

        def kernels(self, k):
            """Only the lecture's form."""
            return False

        def backward(self, dz: Array) -> Array:
            """Off by the factor."""
            return np.asarray(super().backward(dz)) * factor

    g = GraphBuilder()
    x = g.parameter("x", np.array([0.3, -0.4]))
    checker = GradientChecker(g.graph(g.add(Sum(), g.add(Wrong(), x, name="w"), name="s")))
    assert checker.check(x).band in (Band.DOUBTFUL, Band.WRONG)


def test_kinks_are_not_errors() -> None:
    """At a tie of max and at ReLU's 0 the entry is reported as a kink, not as an error."""
    g = GraphBuilder()
    x, y = g.parameter("x", np.array([1.0, 2.0])), g.parameter("y", np.array([1.0, 0.5]))
    top = g.add(Max(), x, y, name="max")
    f = g.add(Sum(), g.add(ReLU(), top, name="relu"), name="f")
    result = GradientChecker(g.graph(f)).check(x)
    assert (result.kinks, result.checked, result.band) == (1, 1, Band.RIGHT)


def test_check_leaves_values_alone() -> None:
    """After a check every value and gradient is what it was."""
    g = GraphBuilder()
    x = g.parameter("x", np.array([0.1, 0.7]))
    m = g.add(Multiply(), x, x, name="m")
    checker = GradientChecker(g.graph(g.add(Sum(), m, name="s")))
    before = checker.plan.value(m).copy()
    list(checker.run())
    assert np.array_equal(checker.plan.value(m), before)
    assert np.array_equal(checker.plan.value(x), [0.1, 0.7])


@pytest.mark.parametrize("entries", [1, 3, 4, 5])
def test_few_entries(entries: int) -> None:
    """However few entries are looked at, the largest gradients are among them."""
    g = GraphBuilder()
    x = g.parameter("x", np.array([0.1, 9.0, 0.2, 0.3, 0.4, 0.5, 0.6]))
    checker = GradientChecker(g.graph(g.add(Sum(), g.add(Multiply(), x, x, name="m"), name="s")), entries=entries)
    result = checker.check(x)
    assert 1 <= result.checked <= entries
    assert result.band is Band.RIGHT
    gradient = checker.plan.gradient(x)
    assert gradient is not None
    assert (1,) in checker._chosen(gradient)


def test_bands() -> None:
    """The bands are the course's."""
    assert [band(e) for e in (0.0, 1e-7, 2e-7, 1e-4, 2e-4, 1e-2, 2e-2, np.inf)] == [
        Band.RIGHT, Band.RIGHT, Band.FINE, Band.FINE, Band.DOUBTFUL, Band.DOUBTFUL, Band.WRONG, Band.WRONG,
    ]  # fmt: skip


def test_relative_error() -> None:
    """The relative error is |a − n| / max(|a|, |n|), and 0 where both are 0."""
    assert relative_error(0.0, 0.0) == 0
    assert relative_error(1.0, -1.0) == 2
    assert relative_error(1.0, 0.9) == pytest.approx(0.1)
    assert relative_error(float("nan"), 1.0) == np.inf
