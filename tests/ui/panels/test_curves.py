import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradstudio.ui.curves import LearningCurve, logarithm, smooth, span, thin, without_straights

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))


@given(hnp.arrays(np.float64, st.integers(1, 3000), elements=NUMBERS), st.integers(50, 300))
def test_thinning_loses_no_peak(y, columns):
    """However few points are left, the lowest, the highest and the last one are among them."""
    x = np.arange(len(y), dtype=float)
    thin_x, thin_y = thin(x, y, columns)
    assert len(thin_x) == len(thin_y) <= max(3 * columns + len(y) // columns + 2, len(y) if len(y) < 3 * columns else 0)
    assert (np.diff(thin_x) >= 0).all()
    np.testing.assert_equal(thin_y[-1], y[-1])
    if np.isfinite(y).any():
        assert np.nanmin(thin_y) == np.nanmin(y)
        assert np.nanmax(thin_y) == np.nanmax(y)


def test_a_hundred_thousand_points_become_few():
    """A very long curve is drawn with a few points a pixel."""
    x, _ = thin(np.arange(100_000.0), np.zeros(100_000), 400)
    assert len(x) < 1300


def test_smoothing_keeps_constants_and_gaps():
    """The mean of equal numbers is that number; where there was none there is none."""
    y = np.full(300, 2.5)
    y[100] = np.nan
    _, smoothed = smooth(np.arange(300.0), y)
    assert np.isnan(smoothed[100])
    np.testing.assert_allclose(np.delete(smoothed, 100), 2.5)


def test_smoothing_does_not_lag():
    """A straight line stays where it is, away from its ends."""
    x = np.arange(1000.0)
    _, smoothed = smooth(x, 3 * x)
    np.testing.assert_allclose(smoothed[50:-50], 3 * x[50:-50])


def test_smoothing_a_very_long_curve():
    """A very long curve is smoothed in groups, at the right places."""
    x = np.arange(100_000.0)
    places, smoothed = smooth(x, 2 * x)
    assert len(places) <= 8192
    np.testing.assert_allclose(smoothed[400:-400], 2 * places[400:-400])


def test_logarithm_of_what_has_none():
    """Zero, negative numbers, NaN and infinity have no place on a log axis."""
    found = logarithm(np.array([100.0, 0.0, -1.0, np.nan, np.inf]))
    assert found[0] == 2.0
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize(
    ("y", "log", "low", "high"),
    [
        ([1.0, 0.2], False, 0.0, 1.05),
        ([1.0, 0.9], False, 0.895, 1.005),
        ([3.0], False, 2.7, 3.3),
        ([np.nan], False, 0.0, 1.0),
        ([-1.0, 0.0], True, -1.05, 0.05),
    ],
)
def test_span(y, log, low, high):
    """An axis reaches a little beyond the numbers, and to 0 where that is near."""
    assert span(np.array(y), log=log) == pytest.approx((low, high))


def test_curve_of_a_history():
    """Missing columns of a history are no numbers; the nearest row is found by step."""
    curve = LearningCurve.of({"step": np.array([0.0, 10.0, 20.0]), "loss": np.array([3.0, 2.0, 1.0])})
    assert len(curve) == 3
    assert not curve.has_accuracy
    assert [curve.nearest(step) for step in (-5, 4, 6, 15, 99)] == [0, 0, 1, 1, 2]
    assert len(LearningCurve.of({})) == 0


def test_straights_need_two_points():
    """A line with kinks keeps its kinks and ends only; gaps stay."""
    x = np.linspace(-1, 1, 201)
    kept_x, kept_y = without_straights(x, np.maximum(x, 0))
    assert len(kept_x) <= 5
    np.testing.assert_allclose(np.interp(x, kept_x, kept_y), np.maximum(x, 0), atol=1e-12)
    gap = np.where(np.abs(x) < 0.1, np.nan, x)
    assert np.isnan(without_straights(x, gap)[1]).any()
