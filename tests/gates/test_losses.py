"""Losses and regularisers at the numbers of the course (worked examples 11, 13 and the start losses)."""

import numpy as np
import pytest

from gradstudio.engine.errors import EngineError, ParamError, ShapeError
from gradstudio.engine.formula import Formula
from gradstudio.engine.gate import Kernels
from gradstudio.engine.plan import Plan
from gradstudio.gates.loss import SoftmaxCrossEntropy, SVMHinge
from gradstudio.gates.paired import BinaryCrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from gradstudio.gates.regulariser import L1, L2, Elastic

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


def test_smoothed_labels_by_hand():
    """With ε = 0.3 over three classes the true one counts 0.8, the others 0.1 each."""
    gate, p = SoftmaxCrossEntropy(smoothing=0.3), np.array([0.2, 0.3, 0.5])
    assert float(gate.forward(np.log(p), np.array(1))) == pytest.approx(-np.log(p) @ [0.1, 0.8, 0.1])
    np.testing.assert_allclose(gate.backward(ONE)[0], p - [0.1, 0.8, 0.1], atol=1e-15)


def test_inside_a_smoothed_and_weighted_loss_are_the_same_numbers():
    """Label smoothing and class weights together: the gates it is made of compute what the closed gate does."""
    gate = SoftmaxCrossEntropy(smoothing=0.2, class_weights=[1, 2, 3])
    scores, labels = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 1, 2, 1])
    formula = Formula()
    end = gate.expand(formula.parameter("scores", scores), formula.feed("labels", labels, labels=True))
    plan = Plan(formula.graph(end), np.float64)
    plan.run()
    assert float(plan.value(end)) == pytest.approx(float(gate.forward(scores, labels)), rel=1e-12)


def test_class_weights_by_hand():
    """A sample of weight 3 beside one of weight 1 counts three quarters of the mean."""
    gate, p = SoftmaxCrossEntropy(class_weights=[1, 3]), np.array([[0.5, 0.5], [0.9, 0.1]])
    assert float(gate.forward(np.log(p), np.array([0, 1]))) == pytest.approx(-0.25 * np.log(0.5) - 0.75 * np.log(0.1))
    np.testing.assert_allclose(gate.backward(ONE)[0], [[-0.125, 0.125], [0.675, -0.675]], atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("smoothing", [0, 0.2])
@pytest.mark.parametrize("classes", [4, 100])
@pytest.mark.parametrize("order", ["C", "F"])
def test_kernels_of_weighted_classes_agree(order, classes, smoothing, dtype):
    """Weighted and smoothed, in either memory order, kernels give the numbers of forward and backward."""
    random = np.random.default_rng(0)
    gate = SoftmaxCrossEntropy(class_weights=random.uniform(0.5, 2, classes).tolist(), smoothing=smoothing)
    scores = np.asarray(random.normal(0, 3, (7, classes)), dtype, order=order)
    labels, z, dscores = random.integers(0, classes, 7), np.zeros((), dtype), np.zeros_like(scores)
    dz = np.array(-0.7, dtype)
    k = Kernels([scores, labels], z, dz, [dscores, None], np.dtype(dtype))
    assert gate.kernels(k)
    for function, args, kwargs in k.forward_calls + k.backward_calls:
        function(*args, **kwargs)
    digits = {"atol": 40 * np.finfo(dtype).eps}
    np.testing.assert_allclose(z, gate.forward(scores, labels), **digits)
    np.testing.assert_allclose(dscores, gate.backward(dz)[0], **digits)


@pytest.mark.parametrize("wrong", [2.0, [1, 0], [1, -1], [[1, 2]]])
def test_class_weights_are_positive(wrong):
    """A scalar, a table and weights of 0 or less are refused in a sentence."""
    with pytest.raises(ParamError, match="a list of positive numbers, one for each class"):
        SoftmaxCrossEntropy(class_weights=wrong)


def test_class_weights_must_match():
    """Two weights for three classes are refused with both numbers."""
    with pytest.raises(ShapeError, match="has 2 class weights for the 3 classes of scores of 5×3"):
        SoftmaxCrossEntropy(class_weights=[1, 2]).shape((5, 3), (5,))


def test_a_class_ruled_out_costs_nothing():
    """A score of −∞ at another class leaves the loss of the others finite."""
    assert float(SoftmaxCrossEntropy().forward(np.array([0.0, 0, -np.inf]), np.array(1))) == pytest.approx(np.log(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_survives_huge_scores(dtype):
    """A score of ±10⁴ costs 10⁴ when wrong, nothing when right; its slope is −1, 0 or 1."""
    gate, scores = BinaryCrossEntropy(reduction="sum"), np.array([1e4, -1e4, 1e4, -1e4], dtype)
    target = np.array([0, 1, 1, 0], dtype)
    np.testing.assert_array_equal(gate.losses(scores, target), [1e4, 1e4, 0, 0])
    assert gate.forward(scores, target) == 2e4
    np.testing.assert_array_equal(gate.backward(ONE.astype(dtype))[0], [1, -1, 0, 0])


def test_binary_cross_entropy_by_hand():
    """At a score of 0 yes and no cost ln 2 with slopes ∓½; ln 3 is a probability of ¾."""
    gate = BinaryCrossEntropy()
    assert float(gate.forward(np.zeros(2), np.array([0.0, 1]))) == pytest.approx(np.log(2))
    np.testing.assert_array_equal(gate.backward(ONE)[0], [0.25, -0.25])
    assert float(gate.forward(np.log([3.0]), np.array([1.0]))) == pytest.approx(-np.log(0.75))
    assert gate.explain((np.log(3), 1), 1)[0] == "∂f/∂scores = σ(scores) − target × upstream = -0.25 × 1 = -0.25"


def test_huber_by_hand():
    """With δ = 2 a difference of 1 costs ½ with slope 1, one of −5 costs 2·(5 − 1) with slope −2."""
    gate, target = Huber(delta=2, reduction="sum"), np.zeros(2)
    np.testing.assert_array_equal(gate.losses(np.array([1.0, -5]), target), [0.5, 8])
    assert float(gate.forward(np.array([1.0, -5]), target)) == 8.5
    np.testing.assert_array_equal(gate.backward(ONE)[0], [1, -2])
    np.testing.assert_array_equal(gate.branch(np.array([1.0, -5, 5]), np.zeros(3)), [0, -1, 1])
    assert gate.caption() == "δ = 2, summed"


def test_absolute_error_by_hand():
    """Distances 2, 0 and 1 average to 1; the slope is ±1/3, and 0 on target."""
    gate = MeanAbsoluteError()
    assert float(gate.forward(np.array([3.0, 1, 0]), np.ones(3))) == 1
    np.testing.assert_allclose(gate.backward(ONE)[0], [1 / 3, 0, -1 / 3])


@pytest.mark.parametrize("kind", [BinaryCrossEntropy, MeanAbsoluteError, Huber])
def test_pairs_refuse_to_broadcast(kind):
    """N×1 against N would silently compare every prediction with every target."""
    with pytest.raises(ShapeError, match=f"{kind.title} needs (scores|prediction) and target of one shape; .* is 64×1"):
        kind().shape((64, 1), (64,))


def test_elastic_is_a_mix_of_both():
    """A share α of L1 and the rest of L2, in value and gradient."""
    w, v = np.array([-2.0, 0.0, 4.0]), np.array(0.5)
    mixed, one, two = Elastic(strength=0.3, mix=0.25), L1(strength=0.3), L2(strength=0.3)
    value, lasso, ridge = (float(gate.forward(w, v)) for gate in (mixed, one, two))
    assert value == pytest.approx(0.25 * lasso + 0.75 * ridge)
    for found, a, b in zip(*(gate.backward(ONE) for gate in (mixed, one, two)), strict=True):
        np.testing.assert_allclose(found, 0.25 * a + 0.75 * b)
    assert mixed.caption() == "λ = 0.3, α = 0.25"
