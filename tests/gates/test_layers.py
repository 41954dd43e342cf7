"""Layers with weights: shapes, starts and pins."""

from itertools import pairwise

import numpy as np
import pytest

from gradstudio.engine.errors import ShapeError
from gradstudio.gates.convolution import Conv2D
from gradstudio.gates.initial import orthogonal
from gradstudio.gates.layer import Dense
from gradstudio.gates.maxout import Maxout


@pytest.mark.parametrize(("sizes", "learnable"), [((3, 4, 2), 26), ((3, 4, 4, 1), 41)])
def test_parameter_counts_of_the_course(sizes, learnable):
    """A 3-4-2 net has 26 learnable parameters and a 3-4-4-1 net 41."""
    layers = [Dense(units=units).weight_shapes((5, width)) for width, units in pairwise(sizes)]
    assert sum(int(np.prod(shape)) for shapes in layers for shape in shapes) == learnable


def test_maxout_doubles_the_parameters():
    """Maxout has a second matrix and bias of the same shapes as Dense has one of."""
    assert Maxout(units=4).weight_shapes((5, 3)) == Dense(units=4).weight_shapes((5, 3)) * 2


def test_dense_is_a_weighted_sum_plus_bias():
    """x·W + b with dx = dz·Wᵀ, dW = xᵀ·dz and db summed over the batch."""
    x, W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]), np.ones(3)
    gate, dz = Dense(units=3), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(gate.forward(x, W, b), x @ W + 1)
    for found, wanted in zip(gate.backward(dz), (dz @ W.T, x.T @ dz, [1, 1, 3]), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_dense_without_bias_has_one_weight():
    """Switched off, b is neither a weight nor a gradient."""
    gate = Dense(units=2, bias=False)
    assert [weight.name for weight in gate.active_weights()] == ["W"]
    assert gate.weight_shapes((5, 3)) == ((3, 2),)
    gate.forward(np.ones((5, 3)), np.ones((3, 2)))
    assert len(gate.backward(np.ones((5, 2)))) == 2


def test_one_example_without_a_batch_axis():
    """A vector of features gives a vector of units."""
    assert Dense(units=4).shape((3,)) == (4,)


@pytest.mark.parametrize(
    ("init", "spread"), [("he", np.sqrt(2 / 400)), ("xavier", np.sqrt(1 / 400)), ("small normal", 0.01), ("zeros", 0)]
)
@pytest.mark.parametrize("kind", [Dense, Maxout])
def test_weights_start_with_the_spread_of_the_course(kind, init, spread):
    """randn·√(2/n), randn/√n, 0.01·randn or 0; biases start at 0."""
    gate, random = kind(units=300, init=init), np.random.default_rng(0)
    first, second = gate.weights[:2]
    assert gate.start(first.name, (400, 300), random).std() == pytest.approx(spread, rel=0.01)
    assert not gate.start(second.name, (300,), random).any()


@pytest.mark.parametrize(
    ("gate", "shape"),
    [
        (Dense(units=7, init="orthogonal", gain=2), (12, 7)),
        (Maxout(units=12, init="orthogonal", gain=2), (7, 12)),
        (Conv2D(filters=6, kernel=3, init="orthogonal", gain=2), (6, 2, 3, 3)),
    ],
)
def test_an_orthogonal_start_has_right_angles_and_the_length_of_its_gain(gate, shape):
    """Rows, or columns where these are fewer, are at right angles and as long as the gain; filters count as rows."""
    matrix = gate.start(gate.weights[0].name, shape, np.random.default_rng(0)).reshape(shape[0], -1)
    narrow = matrix if shape[0] > matrix.shape[1] else matrix.T
    np.testing.assert_allclose(narrow.T @ narrow, 4 * np.eye(narrow.shape[1]), atol=1e-12)


def test_orthogonal_starts_lean_nowhere():
    """Over many draws every entry is as often negative as positive: QR alone would give its diagonal one sign."""
    draws = np.array([orthogonal(3, 3, np.random.default_rng(i)) for i in range(2000)])
    assert np.abs((draws > 0).mean(axis=0) - 0.5).max() < 0.05


def test_the_gain_scales_every_random_start():
    """A gain of 3 makes the numbers of the same seed three times as large."""
    one, three = (Dense(units=4, gain=gain).start("W", (5, 4), np.random.default_rng(1)) for gain in (1, 3))
    np.testing.assert_allclose(three, 3 * one)


@pytest.mark.parametrize(
    ("gate", "wanted"),
    [
        (Dense(units=3, start_W=[[1, 2, 3]]), "start_W is 1×3, but W is 2×3 for an input of 5×2 and 3 units"),
        (Dense(units=3, start_b=[1, 2]), "start_b is 2, but b is 3"),
        (Maxout(units=3, start_b2=[1, 2]), "start_b2 is 2, but b2 is 3"),
    ],
)
def test_a_pinned_start_must_fit(gate, wanted):
    """The refusal names the shape given and the shape needed."""
    with pytest.raises(ShapeError, match=wanted):
        gate.shape((5, 2))


def test_maxout_takes_the_larger_sum_and_a_tie_goes_to_the_first():
    """With equal weights everything flows back through the first pair."""
    gate, x, W, b = Maxout(units=2), np.ones((1, 3)), np.ones((3, 2)), np.zeros(2)
    gate.forward(x, W, b, W, b)
    _, dW1, db1, dW2, db2 = gate.backward(np.ones((1, 2)))
    assert dW1.all()
    assert db1.all()
    assert not dW2.any()
    assert not db2.any()


@pytest.mark.parametrize(
    ("kind", "shape"), [(Dense, ()), (Dense, (2, 3, 4, 4)), (Dense, (5, 0)), (Maxout, (2, 3, 4)), (Maxout, (5, 0))]
)
def test_what_is_no_row_of_features_is_refused(kind, shape):
    """A scalar, a stack of matrices and rows of nothing are named in the refusal."""
    with pytest.raises(ShapeError, match=r"needs rows of features \(N×D\)"):
        kind().shape(shape)
