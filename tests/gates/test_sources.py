"""Gates without inputs."""

import numpy as np
import pytest

from gradstudio.engine.errors import ParamError
from gradstudio.gates.sources import Constant, Labels, Parameter, Spiral


def lecture_spiral(classes=3, count=100, noise=0.2, seed=0):
    """The course's own loop, word for word but for the seed of a generator of its own."""
    random = np.random.RandomState(seed)
    X, y = np.zeros((count * classes, 2)), np.zeros(count * classes, dtype="uint8")
    for j in range(classes):
        ix = range(count * j, count * (j + 1))
        r = np.linspace(0.0, 1, count)
        t = np.linspace(j * 4, (j + 1) * 4, count) + random.randn(count) * noise
        X[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
        y[ix] = j
    return X, y


@pytest.mark.parametrize("params", [{}, {"classes": 5, "per_class": 7}, {"noise": 0, "seed": 3}, {"per_class": 1}])
def test_the_spiral_is_that_of_the_course(params):
    """Bit for bit the points and labels of the course's loop."""
    X, labels = Spiral(**params).forward()
    wanted, classes = lecture_spiral(**{"count" if k == "per_class" else k: v for k, v in params.items()})
    np.testing.assert_array_equal(X, wanted)
    np.testing.assert_array_equal(labels, classes)
    assert labels.dtype == np.int64
    assert Spiral(**params).shape() == (X.shape, labels.shape)


def test_the_spiral_draws_from_the_legacy_generator():
    """The draws of `np.random.seed(0)` are known, 1.764…, 0.40015721, …, and don't change with numpy's version."""
    X, _ = Spiral().forward()
    t = 4 / 99 + 0.2 * 0.40015721
    np.testing.assert_allclose(X[:2], [[0, 0], [np.sin(t) / 99, np.cos(t) / 99]], atol=1e-10)


def test_the_spiral_leaves_the_global_generator_alone():
    """Making data draws nothing from numpy's own global generator."""
    before = str(np.random.get_state())  # noqa: NPY002  the generator that must stay untouched
    Spiral().forward()
    assert str(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize("params", [{"classes": 1}, {"classes": 6}, {"per_class": 0}, {"per_class": 100_001}])
def test_the_spiral_has_limits(params):
    """Two to five arms of 1 to 100000 points."""
    with pytest.raises(ParamError, match="needs a whole number from"):
        Spiral(**params)


@pytest.mark.parametrize("wrong", [0.5, -1, [0, 1.5], 1e300])
def test_labels_are_whole_numbers_from_zero(wrong):
    """Anything else is refused in a sentence."""
    with pytest.raises(ParamError, match="needs whole numbers from 0, found"):
        Labels(value=wrong)


def test_labels_typed_by_hand_are_integers():
    """A list of classes becomes an int64 array; a single class a 0-d one."""
    made = Labels(value=[0, 2, 1]).forward()
    assert made.dtype == np.int64
    assert made.tolist() == [0, 2, 1]
    assert Labels(value=2).forward().shape == ()
    assert Labels(value=20_000).forward() == 20_000


def test_a_constant_is_its_value():
    """It has the value's shape and nothing above it to hand a gradient to."""
    gate = Constant(value=[[1, 2]])
    assert gate.shape() == (1, 2)
    assert gate.forward().tolist() == [[1, 2]]
    assert gate.backward(np.ones((1, 2))) == ()


def test_a_parameter_is_its_weight():
    """It has no output but its weight, which starts at the value typed."""
    gate = Parameter(value=2.5)
    assert (gate.outputs, gate.shape(), gate.weight_shapes()) == ((), (), ((),))
    assert gate.start("value", (), np.random.default_rng()) == 2.5
    assert gate.weights[0].start == "value"
