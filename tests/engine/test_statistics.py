import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradstudio.engine import statistics
from gradstudio.engine.statistics import histogram, norm, sample, summary

ANY = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=9),
    elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
)


def test_summary_of_small_array():
    """A summary holds norm, extremes, mean, deviation and share of zeros."""
    found = summary(np.array([[3.0, 0.0], [-4.0, 0.0]]))
    assert found == statistics.Numbers(5.0, -4.0, 3.0, -0.25, math.sqrt(6.1875), 0.5)


def test_summary_of_scalar():
    """A scalar is its own extremes and mean, and its norm its size."""
    assert summary(np.array(-12.0)) == statistics.Numbers(12.0, -12.0, -12.0, -12.0, 0.0, 0.0)


def test_summary_of_empty_array():
    """An empty array has norm 0 and no extremes."""
    found = summary(np.zeros((0, 3)))
    assert found.norm == 0.0
    assert found.zeros == 0.0
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(found.mean)


def test_summary_of_labels():
    """Integers and booleans are summed up like numbers."""
    found = summary(np.array([0, 1, 2, 1], dtype=np.uint8))
    assert found == statistics.Numbers(math.sqrt(6), 0.0, 2.0, 1.0, math.sqrt(0.5), 0.25)
    assert summary(np.array([True, False])).mean == 0.5


@pytest.mark.parametrize("size", [1e-30, 1e-44, 1e30, 3e38])
def test_norm_neither_vanishes_nor_overflows(size):
    """Entries whose squares float32 can't hold still have their true norm."""
    array = np.full(4, size, np.float32)
    assert norm(array) == pytest.approx(2 * float(array[0]), rel=1e-6)
    assert summary(array).mean == pytest.approx(float(array[0]), rel=1e-6)


def test_nan_and_infinity_are_told():
    """NaN makes the numbers NaN, infinity the norm and the extreme infinite: neither is hidden."""
    assert math.isnan(summary(np.array([1.0, np.nan])).norm)
    assert math.isnan(summary(np.array([1.0, np.nan])).low)
    found = summary(np.array([1.0, -np.inf], np.float32))
    assert (found.norm, found.low, found.high) == (math.inf, -math.inf, 1.0)


@given(ANY)
def test_statistics_never_warn(array):
    """No array makes a statistic fail or warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary(array)
        norm(array)
        histogram(array)


@given(ANY)
def test_histogram_counts_every_finite_entry(array):
    """Counts add up to the number of finite entries, within growing finite edges."""
    counts, edges = histogram(array, 16)
    assert counts.sum() == np.isfinite(array).sum()
    assert len(counts) == 16
    assert len(edges) == 17
    assert np.isfinite(edges).all()
    assert (np.diff(edges) >= 0).all()
    assert edges[0] < edges[-1]


@given(hnp.arrays(np.float64, 200, elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3))))
def test_histogram_is_numpys(array):
    """The edges and counts are those of numpy's histogram, but for entries that lie on an edge."""
    counts, edges = histogram(array, 10)
    if np.ptp(array) == 0:
        return
    expected, expected_edges = np.histogram(array, 10)
    np.testing.assert_allclose(edges, expected_edges, atol=1e-9)
    on_an_edge = np.isclose(array[:, None], expected_edges[None, 1:-1], rtol=1e-9, atol=1e-9).sum()
    assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= on_an_edge


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-9, 1e30])
def test_histogram_of_constant(value):
    """Equal entries stand in one bin, with room around them."""
    counts, edges = histogram(np.full(7, value), 8)
    assert counts.max() == counts.sum() == 7
    assert edges[0] < value < edges[-1]


def test_histogram_without_numbers():
    """Without any finite entry the histogram is empty, from 0 to 1."""
    for array in (np.zeros(0), np.array([np.nan, np.inf])):
        counts, edges = histogram(array, 4)
        assert counts.tolist() == [0, 0, 0, 0]
        assert edges.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


@given(st.integers(0, 3000), st.integers(1, 400))
def test_sample_keeps_to_the_limit(size, limit):
    """A sample has at most the wanted number of the array's entries and is the same every time."""
    array = np.arange(size)
    taken = sample(array, limit)
    assert len(taken) == min(size, limit) or len(taken) <= limit < size
    assert len(set(taken.tolist())) == len(taken)
    assert (taken == sample(array, limit)).all()
    assert size == 0 or len(taken) > 0


def test_sample_sees_all_columns():
    """A sample of a matrix is spread over its columns, also where a plain stride would hit one only."""
    columns = np.tile(np.arange(100), (300, 1))
    assert len(set(sample(columns, 300).tolist())) > 90
    assert len(set(sample(columns.T, 300).tolist())) > 90


@given(hnp.arrays(st.sampled_from([np.float32, np.float64]), 50, elements=st.floats(-1e3, 1e3, width=32)))
def test_deviation_is_numpys(array):
    """The deviation is that around the mean, also where it is tiny beside it."""
    for moved in (array, array + array.dtype.type(2**12)):
        scale = float(np.abs(moved).max()) + 1e-30
        expected = moved.astype(np.float64).std()
        assert summary(moved).deviation == pytest.approx(expected, rel=1e-4, abs=1e-6 * scale)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_numbers_have_a_deviation(dtype):
    """Numbers whose squares overflow have their true deviation."""
    found = summary(np.array([-3e38, 3e38], dtype)).deviation
    assert found == pytest.approx(3e38, rel=1e-6)


def test_bins_of_close_numbers():
    """Entries that differ by little beside their size lie in the bins they belong to."""
    array = (1000.0 + np.arange(8) / 2**12).astype(np.float32)
    counts, _ = histogram(array, 8)
    assert counts.tolist() == [1] * 8


def test_sample_reads_few_places():
    """A sample of a large array comes in runs of neighbours, from its beginning to its end."""
    taken = sample(np.arange(1_000_000), 4096)
    steps = np.diff(taken)
    assert np.count_nonzero(steps == 1) >= 3000
    assert taken.min() == 0
    assert taken.max() > 990_000


def test_input_is_not_touched():
    """Statistics read views and read-only arrays without changing them."""
    array = np.arange(12.0).reshape(3, 4).T
    array.flags.writeable = False
    summary(array)
    histogram(array)
    assert sample(array, 12).base is not None
    assert array[1, 0] == 1.0


@given(st.floats(1e-200, 1e200))
def test_round_step(least):
    """A round step is at least what is asked for and at most two and a half times that."""
    step = statistics.round_step(least)
    assert least * (1 - 1e-8) <= step <= 2.5 * least * (1 + 1e-8)
    assert f"{step:.0e}"[0] in "125"
