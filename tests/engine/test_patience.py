"""Waiting for a loss to fall: plateaus as PyTorch sees them, and early stopping."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.engine.patience import Patience, Plateau

torch = pytest.importorskip("torch", reason="PyTorch is what a plateau is held against")

FRESH = (math.inf, 0.0, 1.0)


@given(
    st.lists(st.floats(0.01, 10), min_size=1, max_size=60),
    st.sampled_from([0.1, 0.5, 0.9]),
    st.integers(0, 5),
    st.sampled_from([0.0, 1e-4, 0.2]),
    st.sampled_from([0.0, 0.02]),
)
@settings(max_examples=60, deadline=None)
def test_a_plateau_lowers_the_rate_where_pytorch_does(losses, factor, patience, threshold, least):
    """After every loss of a sequence the rate is that of ReduceLROnPlateau with the same numbers."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience, threshold=threshold, min_lr=least, eps=0
    )
    mine = Plateau(np.array(FRESH), factor, patience, threshold, least / 0.1)
    for step, loss in enumerate(losses):
        before = mine.scale
        assert mine.look(step, loss) is (mine.scale < before)
        peer.step(loss)
        assert 0.1 * mine.scale == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)


def test_looks_may_be_far_apart():
    """Patience counts steps, not looks: with a look every 10 steps, 20 of them are waited for, and one look more."""
    plateau = Plateau(np.array(FRESH), 0.5, 20, 0.0)
    assert [plateau.look(step, 1.0) for step in range(0, 70, 10)] == [False, False, False, True, False, False, True]


def test_a_loss_below_zero_is_lower_by_its_size():
    """-1.05 isn't lower than -1 by a tenth; -1.2 is."""
    plateau = Plateau(np.array(FRESH), 0.5, 0, 0.1)
    assert [plateau.look(step, loss) for step, loss in enumerate((-1.0, -1.05, -1.2))] == [False, True, False]


def test_patience_ends_after_so_many_steps_without_a_lower_loss():
    """Lower is what is lower by more than delta; the lowest loss and its step are known at the end."""
    state = np.array([math.inf, 0.0, 0.0, 0.0])
    patience = Patience(state, 3, 0.1)
    found = []
    for step, loss in enumerate((5.0, 4.0, 3.95, 3.92, 3.91, 3.0)):
        found.append(patience.look(step, loss))
        if patience.over:
            break
    assert found == [True, True, False, False, False]
    assert patience.best == (4.0, 1)
    patience.wait_again(4)
    assert not patience.over
    assert patience.look(5, 3.0)


def test_what_is_no_number_is_never_the_lowest():
    """NaN and infinity begin nothing."""
    state = np.array([math.inf, 0.0, 0.0, 0.0])
    assert not Patience(state, 3).look(0, math.nan)
    assert not Patience(state, 3).look(1, math.inf)
    assert math.isinf(state[0])
