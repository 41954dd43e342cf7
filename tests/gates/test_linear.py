"""Products of matrices and vectors, of batches of them too."""

import numpy as np
import pytest

from gradstudio.engine.errors import ShapeError
from gradstudio.engine.graph import GraphBuilder
from gradstudio.engine.plan import Plan
from gradstudio.gates.linear import Dot, MatMul, Outer

PAIRS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((1, 1, 1, 1, 1, 1, 2, 3), (2, 1, 1, 1, 1, 1, 3, 1)),
    ((0, 2, 3), (3, 4)),
]


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_matmul_is_that_of_numpy(x, y):
    """Vectors, matrices and batches multiply as in numpy, with the shape predicted."""
    random = np.random.default_rng(0)
    a, b = random.standard_normal(x), random.standard_normal(y)
    assert MatMul().shape(x, y) == np.matmul(a, b).shape
    np.testing.assert_array_equal(MatMul().forward(a, b), np.matmul(a, b))


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_gradients_of_a_batch_are_sums_of_those_of_its_members(x, y):
    """dx = dz·yᵀ and dy = xᵀ·dz, written as one sum over indices, in a plan."""
    random = np.random.default_rng(1)
    a, b = random.standard_normal(x), random.standard_normal(y)
    g = GraphBuilder()
    left, right = g.parameter("x", a), g.parameter("y", b)
    plan = Plan(g.graph(g.add(MatMul(), left, right)), np.float64)
    plan.run()
    dz = np.ones(np.matmul(a, b).shape)
    a2, b2 = np.atleast_2d(a), b if b.ndim > 1 else b[:, None]
    dz = dz.reshape((*np.broadcast_shapes(a2.shape[:-2], b2.shape[:-2]), a2.shape[-2], b2.shape[-1]))
    for slot, gradient, shape in ((left, dz @ b2.swapaxes(-1, -2), x), (right, a2.swapaxes(-1, -2) @ dz, y)):
        padded = (1,) * (gradient.ndim - len(shape)) + shape if len(shape) > 1 else gradient.shape
        over = tuple(i for i, n in enumerate(padded) if n == 1 or i < gradient.ndim - max(len(shape), 2))
        np.testing.assert_allclose(np.array(plan.gradient(slot)), gradient.sum(axis=over).reshape(shape), rtol=1e-13)


def test_matmul_names_what_does_not_fit():
    """Scalars, ranks over eight, other lengths and batches that don't broadcast are refused."""
    for x, y, words in (
        ((), (3,), "vectors or matrices"),
        ((1,) * 9, (1,), "vectors or matrices"),
        ((2, 3), (4, 3), "as many columns in x as rows in y"),
        ((2, 5, 3), (3, 3, 5), "don't broadcast"),
    ):
        with pytest.raises(ShapeError, match=words):
            MatMul().shape(x, y)


def test_dot():
    """(1, 2, 3)·(4, 5, 6) = 32, and each gets the other; of a batch, one number for each pair."""
    gate, x, y = Dot(), np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    assert gate.forward(x, y) == 32
    assert [dx.tolist() for dx in gate.backward(np.array(2.0))] == [[8, 10, 12], [2, 4, 6]]
    assert gate.forward(np.array([x, y]), y).tolist() == [32, 77]
    with pytest.raises(ShapeError, match="one length"):
        gate.shape((3,), (1,))


def test_outer():
    """(1, 2) ⊗ (3, 4, 5) has every product once."""
    gate = Outer()
    assert gate.forward(np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])).tolist() == [[3, 4, 5], [6, 8, 10]]
    dx, dy = gate.backward(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]))
    assert (dx.tolist(), dy.tolist()) == ([3, 9], [1, 2, 2])
    assert gate.shape((7, 2), (7, 3)) == (7, 2, 3)
