"""Losses and regularisers at the numbers of the course (worked examples 11, 13 and the start losses)."""

import numpy as np
import pytest

from gradstudio.engine.errors import EngineError, ShapeError
from gradstudio.engine.gate import Kernels
from gradstudio.gates.loss import SoftmaxCrossEntropy, SVMHinge
from gradstudio.gates.paired import MeanSquaredError
from gradstudio.gates.regulariser import L1, L2

ONE = np.array(1.0)


def test_softmax_gradient_is_p_less_one_at_the_true_class():
    """For p = [0.2, 0.3, 0.5] and the middle class the scores' gradient is [0.2, −0.7, 0.5]."""
    gate = SoftmaxCrossEntropy()
    assert float(gate.forward(np.log([0.2, 0.3, 0.5]), np.array(1))) == pytest.approx(-np.log(0.3))
    dscores, dlabels = gate.backward(ONE)
    np.testing.assert_allclose(dscores, [0.2, -0.7, 0.5], atol=1e-15)
    assert dlabels is None


@pytest.mark.parametrize(("classes", "loss"), [(3, 1.0986), (10, 2.3026)])
def test_softmax_starts_at_chance(classes, loss):
    """Equal scores cost ln C, whatever the batch."""
    scores, labels = np.zeros((50, classes)), np.arange(50) % classes
    assert float(SoftmaxCrossEntropy().forward(scores, labels)) == pytest.approx(loss, abs=5e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_survives_huge_scores(dtype):
    """Scores of ±10⁴ cost exactly their difference when wrong and nothing when right."""
    gate, scores = SoftmaxCrossEntropy(), np.array([[1e4, -1e4]], dtype)
    assert gate.forward(scores, np.array([0])) == 0
    assert gate.forward(scores, np.array([1])) == 2e4
    np.testing.assert_array_equal(gate.backward(ONE.astype(dtype))[0], [[1, -1]])


@pytest.mark.parametrize("kind", [SoftmaxCrossEntropy, SVMHinge])
@pytest.mark.parametrize("wrong", [3, -1, 2**40])
def test_a_label_that_is_no_class_is_refused(kind, wrong):
    """The sentence names the classes there are and the label found."""
    with pytest.raises(EngineError, match=f"from 0 to 2, one for each class; found {wrong}\\.") as caught:
        kind().forward(np.zeros((2, 3)), np.array([0, wrong]))
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_label_that_is_no_class_is_refused_by_kernels_too(wrong):
    """The fast path doesn't compute a loss of rows that aren't there."""
    k = Kernels([np.zeros((2, 3)), np.array([0, wrong])], np.zeros(()), ONE, [None, None], np.dtype(float))
    assert SoftmaxCrossEntropy().kernels(k)
    with pytest.raises(EngineError, match=f"found {wrong}"):
        _play(k)


def _play(k):
    for function, args, kwargs in k.forward_calls:
        function(*args, **kwargs)


@pytest.mark.parametrize("kind", [SoftmaxCrossEntropy, SVMHinge])
def test_scores_and_labels_must_match(kind):
    """The refusal names both shapes."""
    with pytest.raises(ShapeError, match="scores are 300×3 and labels 100"):
        kind().shape((300, 3), (100,))


def test_the_hinge_of_the_course():
    """s = [13, −7, 11], y = 0, Δ = 10 costs 8, with gradient −1 for the true class and 1 for the one too close."""
    gate = SVMHinge(margin=10)
    assert gate.forward(np.array([13.0, -7.0, 11.0]), np.array(0)) == 8
    np.testing.assert_array_equal(gate.backward(ONE)[0], [-1, 0, 1])


def test_the_hinge_averages_over_the_batch():
    """Two copies of one example cost what one costs; each gets half the gradient."""
    gate = SVMHinge(margin=10)
    assert gate.forward(np.array([[13.0, -7.0, 11.0]] * 2), np.array([0, 0])) == 8
    np.testing.assert_array_equal(gate.backward(ONE)[0], [[-0.5, 0, 0.5]] * 2)


def test_exactly_on_the_margin_costs_nothing():
    """A lead of exactly Δ counts as enough, and moving either way changes the branch."""
    gate, label = SVMHinge(), np.array(0)
    assert gate.forward(np.array([1.0, 0.0]), label) == 0
    np.testing.assert_array_equal(gate.backward(ONE)[0], [0, 0])
    closer, further = (gate.branch(np.array([1.0, step]), label) for step in (1e-5, -1e-5))
    assert not np.array_equal(closer, further)


def test_squared_error_averages_or_adds_up():
    """The mean is what a library calls MSE; the sum is the course's twenty lines."""
    prediction, target = np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2))
    mean, total = MeanSquaredError(), MeanSquaredError(reduction="sum")
    assert [float(gate.forward(prediction, target)) for gate in (mean, total)] == [3.5, 14]
    np.testing.assert_array_equal(total.backward(ONE)[0], 2 * (prediction - target))
    np.testing.assert_array_equal(mean.backward(ONE)[1], -(prediction - target) / 2)


def test_squared_error_refuses_to_broadcast():
    """N×1 against N would silently compare every prediction with every target."""
    with pytest.raises(ShapeError, match="prediction is 64×1 and target 64"):
        MeanSquaredError().shape((64, 1), (64,))


def test_l2_is_half_the_squared_size():
    """½·λ·Σw² over all its wires, with gradient λ·w."""
    gate = L2(strength=0.1)
    assert float(gate.forward(np.array([3.0, 4.0]), np.array(1.0))) == pytest.approx(1.3)
    dw, dv = gate.backward(ONE)
    np.testing.assert_allclose(dw, [0.3, 0.4])
    assert float(dv) == 0.1
    assert gate.explain((2.0, 3.0), 1.0)[1] == "∂f/∂w2 = λ·w2 × upstream = 0.3 × 1 = 0.3"
    assert gate.explain((2.0,), 1.0) == ("∂f/∂w = λ·w × upstream = 0.2 × 1 = 0.2",)


def test_l1_pulls_with_the_same_force():
    """λ·Σ|w| with gradient λ·sign(w), nothing at exactly 0, where its kink is."""
    gate, w = L1(strength=0.5), np.array([-2.0, 0.0, 4.0])
    assert gate.forward(w) == 3
    np.testing.assert_array_equal(gate.backward(ONE)[0], [-0.5, 0, 0.5])
    assert not np.array_equal(gate.branch(w + 1e-5), gate.branch(w - 1e-5))
