"""Reductions over one axis, several and all; ties, zeros and extremes."""

import math

import numpy as np
import pytest

from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.gates.extremes import ReduceMax, ReduceMin
from gradstudio.gates.reduce import Mean, Sum
from gradstudio.gates.spread import LogSumExp, Norm, Variance

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("kind", "function"), [(Sum, np.sum), (Mean, np.mean), (ReduceMax, np.max), (Variance, np.var)]
)
@pytest.mark.parametrize(
    ("params", "axis"), [({}, None), ({"axis": 1}, 1), ({"axes": "0, 2"}, (0, 2)), ({"axes": "-1,0"}, (-1, 0))]
)
@pytest.mark.parametrize("keepdims", [True, False])
def test_axes_are_those_of_numpy(kind, function, params, axis, keepdims):
    """No axis, one and several reduce what numpy reduces, with and without the axes kept."""
    gate = kind(**params, keepdims=keepdims)
    wanted = function(X, axis=axis, keepdims=keepdims)
    assert gate.shape(X.shape) == wanted.shape
    np.testing.assert_allclose(gate.forward(X), wanted, rtol=1e-15)


def test_one_axis_or_several():
    """Both at once are refused, so is an axis named twice, and what is no axis."""
    with pytest.raises(ParamError, match="one axis or several, not both"):
        Sum(axis=0, axes="0, 1")
    with pytest.raises(ShapeError, match="an axis twice in “0, -3”"):
        Sum(axes="0, -3").shape(X.shape)
    with pytest.raises(ParamError, match="whole numbers"):
        Sum(axes="first")
    with pytest.raises(ShapeError, match="no axis 3"):
        Sum(axes="0, 3").shape(X.shape)


@pytest.mark.parametrize("kind", [ReduceMax, ReduceMin])
def test_of_tied_entries_the_first_gets_the_gradient(kind):
    """Row by row, along one axis, several and all of them."""
    tied = np.ones((2, 3))
    for params, wanted in (
        ({}, [[1, 0, 0], [0, 0, 0]]),
        ({"axis": 1}, [[1, 0, 0], [1, 0, 0]]),
        ({"axis": 0}, [[1, 1, 1], [0, 0, 0]]),
        ({"axes": "1, 0"}, [[1, 0, 0], [0, 0, 0]]),
    ):
        gate = kind(**params)
        z = gate.forward(tied)
        assert gate.backward(np.ones(z.shape)).tolist() == wanted


def test_the_smallest_entry():
    """It is taken, and it alone gets the gradient."""
    gate = ReduceMin(axis=1)
    assert gate.forward(np.array([[3.0, 1.0, 2.0], [0.0, 5.0, -1.0]])).tolist() == [1, -1]
    assert gate.backward(np.array([10.0, 20.0])).tolist() == [[0, 10, 0], [0, 0, 20]]


def test_variance_of_a_population_and_of_a_sample():
    """2, 4, 9 lie 3, 1 and 4 from their mean: 26/3 and 26/2."""
    x = np.array([2.0, 4.0, 9.0])
    for gate, n in ((Variance(), 3), (Variance(sample=True), 2)):
        assert gate.forward(x) == pytest.approx(26 / n, rel=1e-15)
        np.testing.assert_allclose(gate.backward(np.array(1.0)), 2 * np.array([-3, -1, 4]) / n, rtol=1e-15)
    with pytest.raises(ShapeError, match="two entries"):
        Variance(sample=True).shape((1,))


def test_the_norm_of_nothing_has_no_direction():
    """Where all entries are 0 the norm is 0 and so is its gradient; 3 and 4 give 5 with 0.6 and 0.8."""
    gate = Norm(axis=1)
    assert gate.forward(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [5, 0]
    np.testing.assert_allclose(gate.backward(np.ones(2)), np.array([[0.6, 0.8], [0, 0]]), rtol=1e-15)
    assert Norm().shape((0, 3)) == ()
    assert Norm().forward(np.zeros((0, 3))) == 0


@pytest.mark.parametrize("size", [1e-30, 1e-20, 1e20, 1e30])
def test_the_norm_neither_overflows_nor_vanishes(size):
    """In float32 the squares would be 0 or infinite: the norm is right all the same."""
    gate = Norm()
    assert gate.forward(np.array([3, 4], np.float32) * np.float32(size)) == pytest.approx(5 * size, rel=1e-6)
    np.testing.assert_allclose(gate.backward(np.array(1, np.float32)), [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize("size", [0.0, 1e4, -1e4])
def test_log_sum_exp_of_equals(size):
    """Of two equal numbers it is that number and ln 2, and each gets half of the gradient."""
    gate = LogSumExp()
    assert gate.forward(np.array([size, size])) == size + math.log(2)
    assert gate.backward(np.array(1.0)).tolist() == [0.5, 0.5]


def test_log_sum_exp_at_infinity():
    """ln of nothing but zeros is −∞, and one infinite entry makes it ∞."""
    assert LogSumExp().forward(np.array([-np.inf, -np.inf])) == -np.inf
    assert LogSumExp().forward(np.array([0.0, np.inf])) == np.inf


@pytest.mark.parametrize("kind", [Mean, ReduceMax, ReduceMin, Variance, LogSumExp])
def test_nothing_to_reduce_is_refused(kind):
    """An empty axis has no mean and no largest entry; beside it, there is simply nothing."""
    with pytest.raises(ShapeError, match="an entry at least"):
        kind(axis=1).shape((2, 0))
    assert kind(axis=1).shape((0, 2)) == (0,)
