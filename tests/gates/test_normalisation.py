"""Batch norm, layer norm, dropout and embedding by hand."""

import numpy as np
import pytest

from gradstudio.engine.errors import EngineError, ParamError, ShapeError
from gradstudio.engine.gate import Kernels, Mode
from gradstudio.engine.graph import GraphBuilder
from gradstudio.engine.plan import Plan
from gradstudio.gates.dropout import Dropout
from gradstudio.gates.embedding import Embedding
from gradstudio.gates.linear import MatMul
from gradstudio.gates.normalisation import BatchNorm, LayerNorm

STATE = (np.array([1.0, 1]), np.array([0.0, 10]), np.zeros(2), np.ones(2))


def run(gate, *arrays, training=True):
    """The output in one of the two modes."""
    gate.mode = Mode(training)
    return gate.forward(*arrays)


def test_batch_norm_by_hand():
    """A column 1, 3 has mean 2 and variance 1, a constant one variance 0: ±1/√1.00001, and the shift alone."""
    z = run(BatchNorm(), np.array([[1.0, 7], [3, 7]]), *STATE)
    np.testing.assert_allclose(z, [[-1 / np.sqrt(1.00001), 10], [1 / np.sqrt(1.00001), 10]], rtol=1e-15)


def test_batch_norm_of_images_is_over_batch_rows_and_columns():
    """Each channel comes out with mean 0 and variance 1 over all its pixels."""
    x = np.random.default_rng(0).normal(5, 3, (4, 2, 5, 6))
    z = run(BatchNorm(epsilon=1e-12), x, np.ones(2), *STATE[2:3], *STATE[2:])
    np.testing.assert_allclose(z.mean(axis=(0, 2, 3)), 0, atol=1e-14)
    np.testing.assert_allclose(z.var(axis=(0, 2, 3)), 1, rtol=1e-11)


def test_what_batch_norm_takes_off_flows_nowhere():
    """A shift or a scaling of a column changes nothing behind it, so its gradient sums to 0, along x̂ as well."""
    gate, x = BatchNorm(epsilon=1e-12), np.random.default_rng(0).standard_normal((7, 2))
    run(gate, x, *STATE)
    dx = gate.backward(np.random.default_rng(1).standard_normal((7, 2)))[0]
    np.testing.assert_allclose(np.sum(np.asarray(dx), axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(np.sum(np.asarray(dx) * x, axis=0), 0, atol=1e-10)


def test_running_averages_move_a_tenth_of_the_way():
    """Momentum 0.9 keeps nine tenths; the variance that comes in is the unbiased one: 2 for the column 1, 3."""
    gate, mean, var = BatchNorm(), np.zeros(2), np.ones(2)
    run(gate, np.array([[1.0, 7], [3, 7]]), *STATE[:2], mean, var)
    gate.advance(*STATE[:2], mean, var)
    np.testing.assert_allclose(mean, [0.2, 0.7], rtol=1e-15)
    np.testing.assert_allclose(var, [1.1, 0.9], rtol=1e-15)


def test_evaluating_batch_norm_sees_one_example_alone():
    """With running mean 1 and variance 4 − ε an input of 5 comes out as 2, whatever else is in the batch."""
    running = (np.ones(2), np.full(2, 4 - 1e-5))
    for x in (np.array([[5.0, 1]]), np.array([[5.0, 1], [-100, 3]])):
        z = run(BatchNorm(), x, *STATE[:2], *running, training=False)
        np.testing.assert_allclose(z[0], [2, 10], rtol=1e-15)


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 0), (2, 3, 4), (2, 3, 0, 4)])
def test_batch_norm_needs_a_batch(shape):
    """A single row, an empty batch and ranks in between are named in the refusal."""
    with pytest.raises(ShapeError, match="BatchNorm needs a batch of features"):
        BatchNorm().shape(shape)


def test_layer_norm_by_hand():
    """The row 1, 3 becomes −1, 1, scaled and shifted, whatever the other rows."""
    z = LayerNorm(epsilon=1e-12).forward(np.array([[1.0, 3], [40, 60]]), np.array([2.0, 3]), np.array([0.0, 1]))
    np.testing.assert_allclose(z, [[-2, 4], [-2, 4]], rtol=1e-11)


def test_layer_norm_needs_features():
    """A scalar and rows of nothing are refused."""
    for shape in ((), (3, 0)):
        with pytest.raises(ShapeError, match="LayerNorm needs features along the last axis"):
            LayerNorm().shape(shape)


def test_dropout_drops_its_share_and_keeps_the_mean():
    """A quarter of the entries is 0, the rest 4/3 as large; the gradient takes the same mask."""
    gate, x = Dropout(rate=0.25), np.ones((200, 500))
    z = run(gate, x)
    assert np.isclose(np.mean(z == 0), 0.25, atol=0.01)
    assert set(np.unique(z)) == {0, 1 / 0.75}
    np.testing.assert_array_equal(gate.backward(x), z)


def test_dropout_lets_everything_through_while_evaluating():
    """Forward and backward are the identity."""
    gate, x = Dropout(rate=0.25), np.arange(6.0)
    np.testing.assert_array_equal(run(gate, x, training=False), x)
    np.testing.assert_array_equal(gate.backward(x), x)


def test_two_dropouts_of_a_network_draw_for_themselves():
    """Seed and step are the same, the place isn't."""
    g = GraphBuilder()
    x = g.parameter("x", np.ones(100))
    one, two = g.add(Dropout(), x), g.add(Dropout(), x)
    plan = Plan(g.graph(one, two))
    plan.run()
    assert not np.array_equal(plan.value(one), plan.value(two))
    np.testing.assert_array_equal(plan.gradient(x), plan.value(one) + plan.value(two))


def test_a_rate_of_one_is_refused():
    """Nothing would be left to scale up."""
    with pytest.raises(ParamError, match=r"from 0 to 0\.99, found 1"):
        Dropout(rate=1)


def test_embedding_looks_up_rows_and_adds_up_where_they_repeat():
    """Row 2 is looked up twice and gets both gradients; row 0 never and gets none."""
    gate, W = Embedding(vocabulary=3, units=2), np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(gate.forward(np.array([2, 1, 2]), W), [[4, 5], [2, 3], [4, 5]])
    none, dW = gate.backward(np.array([[1.0, 10], [2, 20], [3, 30]]))
    assert none is None
    np.testing.assert_array_equal(dW, [[0, 0], [2, 20], [4, 40]])


def test_an_embedding_is_a_product_with_one_hot_rows():
    """Its gradient is that of MatMul with a row of zeros and a one for each index."""
    random = np.random.default_rng(0)
    W, dz, indices = random.standard_normal((5, 3)), random.standard_normal((2, 4, 3)), random.integers(0, 5, (2, 4))
    gate, product, one_hot = Embedding(vocabulary=5, units=3), MatMul(), np.eye(5)[indices.reshape(-1)]
    np.testing.assert_array_equal(gate.forward(indices, W).reshape(8, 3), product.forward(one_hot, W))
    np.testing.assert_allclose(gate.backward(dz)[1], product.backward(dz.reshape(8, 3))[1], atol=1e-14)


@pytest.mark.parametrize("wrong", [3, -1])
def test_an_index_without_a_row_is_refused(wrong):
    """By forward and by kernels, naming the rows there are and the index found."""
    gate, indices, W = Embedding(vocabulary=3, units=2), np.array([0, wrong]), np.ones((3, 2))
    k = Kernels([indices, W], np.zeros((2, 2)), np.ones((2, 2)), [None, None], np.dtype(float))
    assert gate.kernels(k)
    function, args, kwargs = k.forward_calls[0]
    for look in (lambda: gate.forward(indices, W), lambda: function(*args, **kwargs)):
        with pytest.raises(EngineError, match=f"from 0 to 2, one for each row of W; found {wrong}\\."):
            look()


def test_the_table_can_be_pinned():
    """A start value of another shape is refused with both shapes."""
    with pytest.raises(ShapeError, match="start_W is 2×2, but W is 3×2 for indices of 4"):
        Embedding(vocabulary=3, units=2, start_W=[[1, 2], [3, 4]]).shape((4,))
