import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradstudio.ui.panels.axes import Axis, log_ticks, tick_text


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 12))
def test_ticks_lie_on_the_axis(low, length, most):
    """Ticks lie between the ends of the axis, grow, and are no more than fit."""
    places = [place for place, _ in Axis(low, low + length).ticks(most)]
    blur = 1e-6 * length + 1e-15 * abs(low) * most
    assert len(places) <= most + 1
    assert all(low - blur <= place <= low + length + blur for place in places)
    assert places == sorted(places)


def test_ticks_are_round():
    """Ticks are at multiples of 1, 2 or 5 times a power of ten, written with the digits they need."""
    assert [text for _, text in Axis(0, 1.1).ticks(6)] == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [text for _, text in Axis(0, 20_000).ticks(4)] == [
        "0",
        "5\u202f000",
        "10\u202f000",
        "15\u202f000",
        "20\u202f000",
    ]
    assert [text for _, text in Axis(-0.002, 0.002).ticks(4)] == ["-0.002", "-0.001", "0", "0.001", "0.002"]


def test_shares_in_percent():
    """Shares are written in percent."""
    assert [text for _, text in Axis(0, 1, percent=True).ticks(2)] == ["0 %", "50 %", "100 %"]


def test_log_axis_has_decades():
    """A log axis over several decades has powers of ten."""
    assert Axis(-4, 0, log=True).ticks(5) == [(-4, "0.0001"), (-3, "0.001"), (-2, "0.01"), (-1, "0.1"), (0, "1")]


def test_log_axis_within_a_decade():
    """A log axis shorter than a decade still has at least two round numbers."""
    texts = [text for _, text in Axis(math.log10(0.26), math.log10(0.34), log=True).ticks(6)]
    assert texts == ["0.26", "0.28", "0.3", "0.32", "0.34"]


@given(st.floats(-300, 300), st.floats(0.01, 60), st.integers(2, 12))
def test_log_ticks_never_fail(low, length, most):
    """Log ticks are at most as many as wanted (one more within a decade), and lie on the axis."""
    high = min(low + length, 307)
    ticks = log_ticks(low, max(high, low + 0.01), most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 <= tick <= low + length + 1e-6 for tick in ticks)


@pytest.mark.parametrize(
    ("value", "step", "text"), [(0.0, 0.1, "0"), (-1.5, 0.5, "-1.5"), (3e7, 1e7, "3e+07"), (2e-6, 1e-6, "2e-06")]
)
def test_tick_text(value, step, text):
    """Very large and very small ticks are written with exponents."""
    assert tick_text(value, step) == text


def test_steps_are_whole():
    """At an axis of whole numbers stand no others, however near its ends are to each other."""
    assert [text for _, text in Axis(100_000, 100_001, whole=True).ticks(8)] == ["100\u202f000", "100\u202f001"]
    assert [text for _, text in Axis(0, 20, whole=True).ticks(4)] == ["0", "5", "10", "15", "20"]
