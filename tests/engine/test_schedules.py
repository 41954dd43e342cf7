"""Schedules of the learning rate, and what is done to gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradstudio.engine.schedules import SCHEDULES, scale
from gradstudio.engine.treatment import Treatment


def test_known_places() -> None:
    """Each schedule is where its source says: at the start, at a corner, at the end of its period."""
    places = {
        ("constant", 0): 1,
        ("constant", 500): 1,
        ("step", 99): 1,
        ("step", 100): 0.5,
        ("step", 250): 0.25,
        ("exponential", 50): 0.5**0.5,
        ("exponential", 200): 0.25,
        ("cosine", 0): 1,
        ("cosine", 50): 0.5,
        ("cosine", 100): 0,
        ("cosine", 150): 0,
        ("one-cycle", 0): 1 / 25,
        ("one-cycle", 30): 1,
        ("one-cycle", 100): 1 / 250_000,
    }
    for (name, step), wanted in places.items():
        assert scale(name, step, 100) == pytest.approx(wanted, abs=1e-12), (name, step)


def test_warm_up_grows_in_equal_parts() -> None:
    """In four steps the rate is a quarter, a half, three quarters and all of what the schedule says."""
    assert [scale("constant", step, 100, warmup=4) for step in range(5)] == [0.25, 0.5, 0.75, 1, 1]


@given(st.sampled_from(list(SCHEDULES)), st.integers(0, 10**9), st.integers(1, 10**9), st.floats(0.01, 1))
def test_no_schedule_leaves_its_bounds(name: str, step: int, period: int, factor: float) -> None:
    """The rate is never negative, and never more than what is set."""
    assert 0 <= scale(name, step, period, factor) <= 1 + 1e-12


def test_gradients_themselves_stay() -> None:
    """What is done to gradients is done to a copy: those that are shown are the network's own."""
    x, g = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    treatment = Treatment(x, g, clip_norm=1.0, weight_decay=0.5)
    treatment.apply()
    np.testing.assert_allclose(treatment.gradients, [0.6 + 0.5, -0.8 + 1.0])
    assert g.tolist() == [3, -4]


def test_nothing_to_do_costs_nothing() -> None:
    """Without clipping and decay the optimiser gets the gradients themselves."""
    g = np.array([3.0])
    assert Treatment(np.zeros(1), g).gradients is g
