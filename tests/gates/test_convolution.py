"""Convolution and pooling by hand, and with settings the contract doesn't combine by itself."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from gradstudio.engine.errors import ShapeError
from gradstudio.gates.convolution import Conv2D
from gradstudio.gates.pooling import AveragePool2D, GlobalAveragePool2D, GlobalMaxPool2D, MaxPool2D
from gradstudio.testing import CONTRACT, check_gate

IMAGE = np.arange(16.0).reshape(1, 1, 4, 4)
EDGE = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]).reshape(1, 1, 3, 3)


def fixed(kind, **values):
    """The gate class with settings that can't be changed: the contract tries everything with just these."""
    settings = {name: values.get(name, param.default) for name, param in kind.params.items()}
    weights = tuple(replace(weight, start=None) for weight in kind.weights)
    return type(kind.__name__, (kind,), settings | {"params": MappingProxyType({}), "weights": weights})


@pytest.mark.parametrize(
    "values",
    [
        {"kernel": 2, "padding": 1, "dilation": 2, "groups": 2, "filters": 2},
        {"kernel": 3, "stride": 2, "padding": 1, "groups": 2, "filters": 4},
        {"kernel": 1, "groups": 3, "filters": 6},
        {"kernel": 3, "stride": 3, "padding": 2, "bias": False},
        {"kernel": 2, "same": True, "stride": 2, "padding": 3},
    ],
)
def test_settings_together_keep_the_contract(values):
    """Stride, padding, dilation and groups keep the whole contract together, the bias switched off as well."""
    check_gate(fixed(Conv2D, **values))


@pytest.mark.parametrize("kind", [MaxPool2D, AveragePool2D])
@pytest.mark.parametrize("values", [{"kernel": 3, "stride": 1, "padding": 1}, {"kernel": 3, "stride": 2}])
def test_windows_may_overlap(kind, values):
    """Overlapping and padded windows keep the whole contract."""
    check_gate(fixed(kind, **values))


@pytest.mark.parametrize("kind", [MaxPool2D, AveragePool2D, Conv2D])
@pytest.mark.parametrize("truth", [truth for truth in CONTRACT if truth != "passes_nan_on"])
def test_windows_may_leave_gaps(kind, truth):
    """With pixels between the windows that none sees all is true but that NaN shows wherever it is."""
    CONTRACT[truth](fixed(kind, kernel=2, stride=3))


def test_an_edge_filter_on_a_ramp():
    """A 3×3 Sobel filter on the image 0 … 15 sees the slope 1 across a row everywhere: −8, and the bias."""
    gate = Conv2D(filters=1)
    z = gate.forward(IMAGE, EDGE, np.array([0.5]))
    np.testing.assert_array_equal(z, np.full((1, 1, 2, 2), -7.5))
    dx, dW, db = gate.backward(np.array([[1.0, 0], [0, 2]]).reshape(1, 1, 2, 2))
    np.testing.assert_array_equal(dx[0, 0], [[1, 0, -1, 0], [2, 2, -2, -2], [1, 4, -1, -4], [0, 2, 0, -2]])
    np.testing.assert_array_equal(dW[0, 0], IMAGE[0, 0, :3, :3] + 2 * IMAGE[0, 0, 1:, 1:])
    np.testing.assert_array_equal(db, [3])


def test_padding_and_stride_by_hand():
    """With a border of zeros and a stride of 2 the four corners' windows are looked at."""
    z = Conv2D(filters=1, stride=2, padding=1, bias=False).forward(IMAGE, np.ones((1, 1, 3, 3)))
    np.testing.assert_array_equal(z[0, 0], [[0 + 1 + 4 + 5, 1 + 2 + 3 + 5 + 6 + 7], [4 + 5 + 8 + 9 + 12 + 13, 90]])


def test_dilation_looks_at_every_other_pixel():
    """A 2×2 filter with dilation 2 adds up corners of 3×3 windows."""
    z = Conv2D(filters=1, kernel=2, dilation=2, bias=False).forward(IMAGE, np.ones((1, 1, 2, 2)))
    np.testing.assert_array_equal(z[0, 0], [[0 + 2 + 8 + 10, 1 + 3 + 9 + 11], [4 + 6 + 12 + 14, 5 + 7 + 13 + 15]])


def test_groups_do_not_see_each_other():
    """With as many groups as channels each filter sees one channel alone."""
    x = np.concatenate([IMAGE, 100 * IMAGE], axis=1)
    gate = Conv2D(filters=2, kernel=1, groups=2, bias=False)
    assert gate.weight_shapes(x.shape) == ((2, 1, 1, 1),)
    np.testing.assert_array_equal(
        gate.forward(x, np.array([2.0, 3]).reshape(2, 1, 1, 1)), [[2 * IMAGE[0, 0], 300 * IMAGE[0, 0]]]
    )


@pytest.mark.parametrize(("kernel", "dilation", "stride"), [(3, 1, 1), (4, 1, 1), (3, 2, 1), (5, 1, 2), (2, 3, 3)])
def test_same_keeps_the_size(kernel, dilation, stride):
    """The output is as large as the input ÷ stride, rounded up, whatever the kernel."""
    gate = Conv2D(filters=4, kernel=kernel, dilation=dilation, stride=stride, same=True, padding=9)
    assert gate.shape((2, 3, 7, 10)) == (2, 4, -(-7 // stride), -(-10 // stride))


@pytest.mark.parametrize(
    ("params", "shape", "wanted"),
    [
        ({}, (5, 3), r"needs images \(N×C×H×W, batch first, then channels\), found 5×3"),
        ({}, (5, 0, 4, 4), "found 5×0×4×4"),
        ({"kernel": 5}, (1, 1, 4, 9), "windows of 5×5 pixels, which don't fit into images of 4×9;"),
        (
            {"dilation": 3, "padding": 1},
            (1, 1, 4, 4),
            "7×7 pixels, which don't fit into images of 6×6 with their padding",
        ),
        ({"groups": 2}, (1, 3, 4, 4), "there are 2 groups, 3 channels"),
        ({"groups": 3, "filters": 4}, (1, 3, 4, 4), "and 4 filters"),
        ({"start_W": [1, 2]}, (1, 3, 4, 4), "start_W is 2, but W is 8×3×3×3 for an input of 1×3×4×4"),
    ],
)
def test_conv_refuses_in_sentences(params, shape, wanted):
    """What doesn't fit is named with its numbers."""
    with pytest.raises(ShapeError, match=wanted):
        Conv2D(**params).shape(shape)


@pytest.mark.parametrize(("init", "spread"), [("he", np.sqrt(2 / 50)), ("xavier", np.sqrt(1 / 50)), ("zeros", 0)])
def test_filters_start_with_the_spread_of_their_inputs(init, spread):
    """A filter of 5×5 pixels in 2 channels of a group has 50 inputs; biases start at 0."""
    gate = Conv2D(filters=400, kernel=5, groups=2, init=init)
    assert gate.start("W", (400, 2, 5, 5), np.random.default_rng(0)).std() == pytest.approx(spread, rel=0.02)
    assert not gate.start("b", (400,), np.random.default_rng(0)).any()


def test_max_pool_routes_to_the_first_of_equals():
    """In windows 2×2 the largest gets everything; of equal ones the first, row by row."""
    x = np.array([[1.0, 2, 5, 5], [3, 0, 5, 5], [7, 7, 0, 0], [7, 7, 0, 1]]).reshape(1, 1, 4, 4)
    gate = MaxPool2D()
    np.testing.assert_array_equal(gate.forward(x)[0, 0], [[3, 5], [7, 1]])
    dx = gate.backward(np.array([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2))
    np.testing.assert_array_equal(dx[0, 0], [[0, 0, 2, 0], [1, 0, 0, 0], [3, 0, 0, 0], [0, 0, 0, 4]])


def test_overlapping_windows_add_up():
    """A pixel that is the largest of four windows gets the gradients of all four."""
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 9
    gate = MaxPool2D(stride=1)
    gate.forward(x)
    assert gate.backward(np.array([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2))[0, 0, 1, 1] == 10


def test_max_pool_never_chooses_its_border():
    """Numbers below 0 win against the padding, which counts as −∞."""
    gate = MaxPool2D(kernel=3, stride=1, padding=1)
    x = -1 - IMAGE
    np.testing.assert_array_equal(gate.forward(x)[0, 0, 0], [-1, -1, -2, -3])
    assert gate.backward(np.ones((1, 1, 4, 4))).sum() == 16


def test_average_pool_counts_its_border():
    """Zeros of the padding count as pixels; each pixel gets a quarter of the upstream gradient."""
    gate = AveragePool2D(padding=1)
    np.testing.assert_array_equal(gate.forward(np.full((1, 1, 2, 2), 8.0))[0, 0], [[2, 2], [2, 2]])
    np.testing.assert_array_equal(gate.backward(np.arange(4.0).reshape(1, 1, 2, 2))[0, 0], [[0, 0.25], [0.5, 0.75]])


def test_global_pools_make_features_of_images():
    """The mean of 0 … 15 is 7.5 and the largest 15; the gradient is shared by all, or goes to the first largest."""
    x = np.concatenate([IMAGE, np.zeros_like(IMAGE)], axis=1)
    mean, largest = GlobalAveragePool2D(), GlobalMaxPool2D()
    np.testing.assert_array_equal(mean.forward(x), [[7.5, 0]])
    np.testing.assert_array_equal(largest.forward(x), [[15, 0]])
    dz = np.array([[16.0, 32]])
    assert (mean.backward(dz)[0, 1] == 2).all()
    dx = largest.backward(dz)
    assert dx[0, 0, 3, 3] == 16
    assert dx[0, 1, 0, 0] == 32
    assert np.count_nonzero(dx) == 2


@pytest.mark.parametrize(
    ("gate", "shape", "wanted"),
    [
        (MaxPool2D(padding=2), (1, 1, 9, 9), "MaxPool2D with a kernel of 2 takes a padding of at most 1, found 2"),
        (AveragePool2D(kernel=5), (1, 1, 4, 4), "AveragePool2D looks through windows of 5×5"),
        (GlobalMaxPool2D(), (1, 1, 0, 4), "found 1×1×0×4"),
        (GlobalAveragePool2D(), (4,), "found 4"),
    ],
)
def test_pools_refuse_in_sentences(gate, shape, wanted):
    """What doesn't fit is named with its numbers."""
    with pytest.raises(ShapeError, match=wanted):
        gate.shape(shape)
