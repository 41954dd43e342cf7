"""Activations have the values that are known of them, at their kinks and far out too."""

import math

import numpy as np
import pytest

from gradstudio.engine.errors import ShapeError
from gradstudio.gates.normal import erf, normal_cdf
from gradstudio.gates.rectifiers import SELU, HardSigmoid, PReLU, Step
from gradstudio.gates.smooth import GELU, Cos, SiLU, Sin, Softplus
from gradstudio.gates.softmax import LogSoftmax, Softmax


def run(gate, x, dz=1.0):
    """Value and gradient of a gate of one input."""
    x = np.asarray(x, float)
    value = np.asarray(gate.forward(x))
    return value, np.asarray(gate.backward(np.full(value.shape, dz)))


@pytest.mark.parametrize(
    ("gate", "x", "value", "slope"),
    [
        (GELU(), 1.0, 0.8413447460685429, 1.0833154705876864),
        (GELU(), -1.0, -0.15865525393145707, -0.08331547058768633),
        (GELU(), 0.0, 0.0, 0.5),
        (GELU(form="tanh"), 1.0, 0.8411919906082768, 1.0829640838457826),
        (SiLU(), 1.0, 0.7310585786300049, 0.9276705118714869),
        (SiLU(), 0.0, 0.0, 0.5),
        (Softplus(), 0.0, math.log(2), 0.5),
        (Softplus(sharpness=10), 0.0, math.log(2) / 10, 0.5),
        (SELU(), 1.0, 1.0507009873554805, 1.0507009873554805),
        (SELU(), -1.0, -1.1113307378125628, 0.6467686030348141),
        (HardSigmoid(), 0.0, 0.5, 1 / 6),
        (HardSigmoid(), 3.0, 1.0, 0.0),
        (HardSigmoid(), -3.0, 0.0, 0.0),
        (Sin(), math.pi / 6, 0.5, math.sqrt(3) / 2),
        (Cos(), math.pi / 3, 0.5, -math.sqrt(3) / 2),
        (Step(), 0.0, 0.0, 0.0),
        (Step(), 1e-300, 1.0, 0.0),
    ],
    ids=lambda part: type(part).__name__ if hasattr(part, "title") else f"{part:.3g}",
)
def test_known_values(gate, x, value, slope):
    """Value and slope agree with what is known, to the last digits."""
    found = run(gate, x)
    assert found[0] == pytest.approx(value, rel=4e-16, abs=1e-16)
    assert found[1] == pytest.approx(slope, rel=1e-15, abs=1e-16)


@pytest.mark.parametrize("gate", [GELU(), GELU(form="tanh"), SiLU(), Softplus(), Softplus(sharpness=1000)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("far", [1e4, 1e30])
def test_smooth_rectifiers_are_relu_far_out(gate, dtype, far):
    """At ±10⁴ and ±10³⁰ they are exactly x and 0, with slopes 1 and 0."""
    x = np.array([far, -far], dtype)
    np.testing.assert_array_equal(gate.forward(x), [x[0], 0])
    np.testing.assert_array_equal(gate.backward(np.ones(2, dtype)), [1, 0])


def test_erf_is_right_to_the_last_digits():
    """Our error function agrees with the C library's to 4 units in the last place, in every range."""
    x = np.concatenate([np.linspace(-7, 7, 20_001), [0.46875, -0.46875, 4, -4, 1e-300, 30, 1e300]])
    right = np.array([math.erf(value) for value in x])
    assert (np.abs(erf(x) - right) <= 4 * np.spacing(np.abs(right))).all()
    assert np.isnan(erf(np.array(np.nan)))


def test_the_normal_distribution_is_right_in_its_tail():
    """Where 1 + erf would lose every digit the share is still right: Φ(−10) = 7.619853024160525e-24."""
    assert normal_cdf(np.array(-10.0)) == pytest.approx(7.619853024160526e-24, rel=1e-14)
    assert normal_cdf(np.array(-37.0)) == pytest.approx(5.725571222524576e-300, rel=1e-13)
    assert normal_cdf(np.array(1.0)) == pytest.approx(0.8413447460685429, rel=2e-16)
    assert normal_cdf(np.array([9.0, -np.inf, np.inf])).tolist() == [1.0, 0.0, 1.0]


def test_softmax_of_equal_scores_is_equal():
    """Four equal scores give a quarter each, however large; the gradient compares upstream with its mean."""
    for size in (0.0, 1e4, -1e4):
        z, dx = run(Softmax(), np.full((2, 4), size))
        np.testing.assert_array_equal(z, np.full((2, 4), 0.25))
        np.testing.assert_allclose(dx, 0, atol=1e-17)


def test_softmax_along_another_axis():
    """Along axis 0 each column adds up to 1."""
    z, _ = run(Softmax(axis=0), np.arange(6).reshape(2, 3))
    np.testing.assert_allclose(z.sum(axis=0), 1, rtol=1e-15)
    assert z[1, 0] == pytest.approx(1 / (1 + math.exp(-3)), rel=1e-15)


def test_log_softmax_stays_right_where_softmax_is_0():
    """The score that lies 20,000 below the other has probability 0 and the logarithm −20,000."""
    z, dx = run(LogSoftmax(), [1e4, -1e4])
    assert z.tolist() == [0.0, -2e4]
    assert dx.tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("gate", [Softmax(), LogSoftmax()])
def test_what_has_nothing_to_compete_is_refused(gate):
    """A scalar has no axis, and an empty axis no probabilities."""
    with pytest.raises(ShapeError, match="no axis"):
        gate.shape(())
    with pytest.raises(ShapeError, match="an entry"):
        gate.shape((3, 0))


@pytest.mark.parametrize(
    ("way", "passed"), [("none", [0, 0, 0, 0]), ("everywhere", [3, 3, 3, 3]), ("where |x| ≤ 1", [0, 3, 3, 0])]
)
def test_straight_through(way, passed):
    """The upstream gradient passes nowhere, everywhere, or where |x| ≤ 1, the bound included."""
    gate = Step(straight_through=way)
    z, dx = run(gate, [-1.5, -1.0, 0.5, 1.5], 3.0)
    assert z.tolist() == [0, 0, 1, 1]
    assert dx.tolist() == passed


def test_a_straight_through_step_is_left_out_of_gradient_checks():
    """It says that every point is a kink, since what it sends back is no derivative."""
    gate = Step(straight_through="everywhere")
    assert not np.array_equal(gate.branch(np.array(0.5)), gate.branch(np.array(0.5 + 1e-9)))


def test_prelu_learns_one_slope_for_all():
    """The slope gets x × upstream, summed over every x ≤ 0."""
    gate, x = PReLU(), np.array([[-2.0, 3.0], [-1.0, 0.0]])
    assert gate.weight_shapes(x.shape) == ((),)
    np.testing.assert_array_equal(gate.forward(x, np.array(0.25)), [[-0.5, 3], [-0.25, 0]])
    dx, da = gate.backward(np.array([[1.0, 1], [10, 100]]))
    np.testing.assert_array_equal(dx, [[0.25, 1], [2.5, 25]])
    assert da == -12


def test_prelu_learns_a_slope_for_each_channel():
    """Channels of images lie behind the batch; each slope is summed over images, rows and columns."""
    gate, x = PReLU(per_feature=True), -np.ones((2, 3, 4, 5))
    assert gate.weight_shapes(x.shape) == ((3,),)
    z = gate.forward(x, np.array([0.1, 0.2, 0.3]))
    assert z[:, 1].tolist() == np.full((2, 4, 5), -0.2).tolist()
    _, da = gate.backward(np.ones(x.shape))
    assert da.tolist() == [-40, -40, -40]
    assert gate.start("a", (3,), np.random.default_rng(0)).tolist() == [0.25] * 3
