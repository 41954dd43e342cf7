"""How the engine benchmark judges what it measured."""

from __future__ import annotations

import math
from typing import Any

import pytest

from benchmarks.engine.rounds import Measured, Outcome, differences
from benchmarks.engine.workloads import make


def outcome(**us: list[float]) -> Outcome:
    """Workload "a" with these times for each peer, round by round."""
    return Outcome(make("a"), {peer.replace("_", ":"): Measured(times, {}, {}) for peer, times in us.items()}, {}, [])


def answer(*losses: float, gradients: tuple[float, ...] = ()) -> dict[str, Any]:
    """What a worker says of a workload it built."""
    return {"losses": list(losses), "gradients": list(gradients)}


def test_ratios_are_taken_within_a_round() -> None:
    """A slow round of the machine changes no ratio: it hits both."""
    found = outcome(gradstudio=[1, 100, 2], torch_eager=[10, 1000, 20])
    assert found.ratio("gradstudio", "torch:eager") == 0.1
    assert found.spread("gradstudio", "torch:eager") == (0.1, 0.1)
    assert found.median("gradstudio") == 2


def test_no_ratio_to_the_absent() -> None:
    """Without a peer there is no time of it and no ratio to it."""
    found = outcome(gradstudio=[1.0])
    assert found.ratio("gradstudio", "torch:eager") is None
    assert found.spread("gradstudio", "torch:eager") is None
    assert found.median("torch:eager") is None


@pytest.mark.parametrize("losses", [(0.25, 0.26), (0.25, math.nan), (0.25,), (math.inf, 0.24)])
def test_other_losses_are_told(losses: tuple[float, ...]) -> None:
    """Losses that differ, that aren't finite or are missing make a sentence that names the peer."""
    (sentence,) = differences(make("a"), {"gradstudio": answer(*losses), "torch:eager": answer(0.25, 0.24)})
    assert "losses of gradstudio" in sentence
    assert "torch:eager" in sentence


def test_rounding_is_no_difference() -> None:
    """Losses in float32 may differ in their last digits."""
    assert differences(make("a"), {"numpy": answer(0.25, 0.24), "jax": answer(0.2500001, 0.2399999)}) == []


def test_float64_is_held_to_more_digits() -> None:
    """What passes in float32 doesn't in float64."""
    pair = {"numpy": answer(0.25), "jax": answer(0.2500001)}
    assert differences(make("b"), pair) == []
    assert len(differences(make("b64"), pair)) == 1


def test_gradients_of_circuits_are_compared() -> None:
    """The same loss with another gradient is a difference."""
    pair = {"numpy": answer(1.0, gradients=(2.0, 3.0)), "gradstudio": answer(1.0, gradients=(2.0, 3.1))}
    (sentence,) = differences(make("circuit:50"), pair)
    assert "gradients of gradstudio" in sentence


def test_ours_is_never_the_judge() -> None:
    """The wrong one is the one that differs from a peer, whichever comes first."""
    (sentence,) = differences(make("a"), {"gradstudio": answer(0.3), "jax": answer(0.25)})
    assert "losses of gradstudio" in sentence


def test_a_floor_has_nothing_to_compare() -> None:
    """Who computes nothing isn't compared."""
    assert differences(make("a"), {"floor": {"facts": {}}, "numpy": answer(0.25)}) == []
    assert differences(make("a"), {"floor": {"facts": {}}}) == []
