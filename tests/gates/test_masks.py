"""Semantics that are fixed: ties, kinks, masks, and gates that stop gradients."""

import numpy as np
import pytest

from gradstudio.engine.errors import ParamError
from gradstudio.engine.graph import GraphBuilder
from gradstudio.engine.plan import Plan
from gradstudio.gates.activation import ReLU
from gradstudio.gates.arithmetic import Max, Min, Multiply
from gradstudio.gates.comparison import Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual, Where
from gradstudio.gates.elementary import Abs, Clip, Copy, Sign, Sqrt, Square

X, Y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])


@pytest.mark.parametrize("gate", [Max(), Min()])
def test_a_tie_goes_to_the_first(gate):
    """Where both inputs are equal the first gets the whole gradient."""
    gate.forward(np.array(5.0), np.array(5.0))
    assert [float(dx) for dx in gate.backward(np.array(3.0))] == [3, 0]


def test_relu_stops_at_0():
    """At x = 0 no gradient passes."""
    gate = ReLU()
    gate.forward(np.array([-1.0, 0.0, 1.0]))
    assert gate.backward(np.ones(3)).tolist() == [0, 0, 1]


def test_min_takes_the_smaller():
    """The smaller input gets the upstream gradient."""
    gate = Min()
    assert gate.forward(X, Y).tolist() == [1, 2, 2]
    assert [dx.tolist() for dx in gate.backward(np.ones(3))] == [[1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("kind", "mask"),
    [
        (Greater, [0, 0, 1]),
        (GreaterEqual, [0, 1, 1]),
        (Less, [1, 0, 0]),
        (LessEqual, [1, 1, 0]),
        (Equal, [0, 1, 0]),
        (NotEqual, [1, 0, 1]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masks(kind, mask, dtype):
    """A comparison gives real 1 and 0, and no gradient to either input."""
    gate = kind()
    z = gate.forward(X.astype(dtype), Y.astype(dtype))
    assert (z.tolist(), z.dtype) == (mask, dtype)
    assert [dx.tolist() for dx in gate.backward(np.ones(3, dtype))] == [[0, 0, 0], [0, 0, 0]]


def test_where_is_nan_safe():
    """What isn't taken doesn't show, be it NaN, and gets 0 even where upstream is infinite."""
    gate = Where()
    z = gate.forward(np.array([1.0, 0.0, -2.0]), np.array([5.0, np.nan, 6.0]), np.array([np.nan, 7.0, 8.0]))
    assert z.tolist() == [5, 7, 6]
    assert [dx.tolist() for dx in gate.backward(np.array([np.inf, 1.0, 2.0]))] == [[0, 0, 0], [np.inf, 0, 2], [0, 1, 0]]


def test_abs_and_sign_at_0():
    """Both have gradient 0 there."""
    for gate in (Abs(), Sign()):
        gate.forward(np.array([-2.0, 0.0, 3.0]))
        assert gate.backward(np.ones(3)).tolist() == ([-1, 0, 1] if isinstance(gate, Abs) else [0, 0, 0])


def test_clip_passes_on_its_bounds():
    """Between the bounds and on them the gradient passes, outside it stops."""
    gate = Clip(low=-1, high=2)
    assert gate.forward(np.array([-3.0, -1.0, 0.5, 2.0, 3.0])).tolist() == [-1, -1, 0.5, 2, 2]
    assert gate.backward(np.ones(5)).tolist() == [0, 1, 1, 1, 0]


def test_bounds_the_wrong_way_round_are_refused():
    """Clip needs the low bound below the high one."""
    with pytest.raises(ParamError, match="low ≤ high, found 2 and 1"):
        Clip(low=2)


def test_powers_and_roots():
    """3² = 9 with slope 6; √16 = 4 with slope 1/8; √0 has an infinite slope."""
    square, root = Square(), Sqrt()
    assert [float(square.forward(np.array(3.0))), float(square.backward(np.array(1.0)))] == [9, 6]
    assert root.forward(np.array([16.0, 0.0])).tolist() == [4, 0]
    assert root.backward(np.ones(2)).tolist() == [0.125, np.inf]


def test_gradients_add_at_a_copy():
    """A copy read by two gates gets the sum of both contributions and hands it on."""
    g = GraphBuilder()
    x, a, b = g.parameter("x", 3.0), g.parameter("a", 5.0), g.parameter("b", 7.0)
    fork = g.add(Copy(), x)
    plan = Plan(g.graph(g.add(Multiply(), fork, a), g.add(Multiply(), fork, b)), np.float64)
    plan.run()
    np.testing.assert_array_equal([plan.gradient(fork), plan.gradient(x)], 12)
