"""The reel: earlier steps of a training, to look at and come back from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradstudio.document.replacing import replace_gate
from gradstudio.training.reel import MOST, Reel
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Status
from gradstudio.training.trainer import Trainer
from tests.training.networks import network, spiral


@given(st.integers(1, 3_000), st.integers(2, 40))
def test_steps_are_spread_and_bounded(count: int, room: int) -> None:
    """However long training goes on, the kept steps fit into the limit, are evenly spread and begin at the start."""
    array = np.zeros(10)
    reel = Reel([array], limit=room * array.nbytes)
    for step in range(count):
        array[:] = step
        reel.keep(step, 0.0)
    gaps = np.diff(reel.steps)
    assert len(reel.steps) <= min(room, MOST)
    assert reel.steps[0] == 0
    assert len(set(gaps)) <= 1
    assert count - 1 - reel.steps[-1] < (gaps[0] if len(gaps) else count)
    for step in reel.steps:
        assert reel.show(step) == step
        assert (array == step).all()


def test_going_back_forgets_what_was_later() -> None:
    """Where training went back to an earlier step, later ones are of another course and gone."""
    array = np.zeros(1)
    reel = Reel([array])
    for step in (0, 1, 2, 3, 1):
        reel.keep(step, 0.0)
    assert reel.steps == (0, 1)


def test_a_network_too_large_keeps_nothing() -> None:
    """Where not even two copies fit, none is made, and nobody need ask again."""
    array = np.zeros(100)
    reel = Reel([array], limit=array.nbytes)
    assert reel.due == np.inf
    with pytest.raises(LookupError):
        reel.show(0)


def test_an_earlier_step_is_shown_exactly_and_training_goes_on_from_now() -> None:
    """A visited step has the loss a training to that step has; then 3,000 steps, a visit and 100 more are 3,100."""
    session = Session(spiral(steps=5_000))
    try:
        session.start(3_000)
        assert session.wait_idle()
        step = session.kept[len(session.kept) // 2]
        session.visit(step + 1)
        assert session.wait_idle()
        seen = session.latest
        assert (seen.step, seen.now, session.step) == (step, 3_000, 3_000)
        alone = Trainer(spiral(steps=5_000))
        for _ in alone.run(step):
            pass
        alone.evaluate()
        assert seen.loss == alone.loss
        session.start(100)
        assert session.wait_idle()
        assert session.latest.now is None
        session.take()
        patch = session.commit()
        whole = Trainer(spiral(steps=5_000))
        for _ in whole.run(3_100):
            pass
        assert patch is not None
        assert patch.training is not None
        kept = whole.training().parameters
        assert all(patch.training.parameters[key].tobytes() == kept[key].tobytes() for key in kept)
    finally:
        session.close()


def test_running_averages_are_visited_too() -> None:
    """What gates move on themselves is shown as it was, and put back."""
    nodes = {
        "data": ("spiral", {"per_class": 40}),
        "norm": ("batch_norm", {}),
        "scores": ("dense", {"units": 3}),
        "loss": ("softmax_cross_entropy", {}),
    }
    wires = [("data.X", "norm.x"), ("norm.z", "scores.x"), ("scores.z", "loss.scores"), ("data.labels", "loss.labels")]
    session = Session(network(nodes, wires))
    try:
        session.start(2_000)
        assert session.wait_idle()
        key = next(key for key in session.latest.values if key[1] == "running_mean")
        now = session.latest.values[key].array
        session.visit(0)
        assert session.wait_idle()
        then = session.latest.values[key].array
        session.visit(None)
        assert session.wait_idle()
        assert session.latest.now is None
        assert now is not None
        assert then is not None
        assert not np.array_equal(now, then)
        again = session.latest.values[key].array
        assert again is not None
        assert np.array_equal(again, now)
    finally:
        session.close()


def test_visiting_pauses_a_run_and_an_edit_comes_back() -> None:
    """A run is paused to look back; an edit of the network shows it as it is now."""
    document = spiral(steps=10**6)
    session = Session(document)
    try:
        session.start()
        while len(session.kept) < 3:
            session.take()
        session.visit(0)
        assert session.wait_idle()
        assert session.status is Status.PAUSED
        assert session.latest.step == 0
        relu = document.named("relu")
        assert relu is not None
        document.apply(replace_gate(document, [relu.id], "tanh"))
        assert session.wait_idle()
        assert session.latest.now is None
        assert session.kept == ()
    finally:
        session.close()
