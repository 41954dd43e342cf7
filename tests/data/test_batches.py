from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradstudio.data.batches import Batches


@st.composite
def walks(draw: st.DrawFn) -> Batches:
    """Walks in batches smaller than their set."""
    n = draw(st.integers(2, 60))
    return Batches(n, draw(st.integers(1, n - 1)), draw(st.integers(0, 2**32)))


@given(walks(), st.integers(0, 5))
def test_every_sample_is_seen_once_per_epoch(batches: Batches, epoch: int) -> None:
    """The steps laid end to end show every sample once before any is shown again."""
    assert batches.size is not None
    n, size = batches.n, batches.size
    steps = range(epoch * n // size, -(-(epoch + 1) * n // size))
    row = np.concatenate([batches.indices(step) for step in steps])
    skipped = epoch * n - steps[0] * size
    assert sorted(row[skipped : skipped + n]) == list(range(n))


@given(walks(), st.integers(0, 1000))
def test_a_batch_is_a_pure_function_of_seed_and_step(batches: Batches, step: int) -> None:
    """A fresh walk asked for one step alone gives what a walk that came there step by step gives."""
    for k in range(max(0, step - 3), step + 1):
        batches.indices(k)
    fresh = Batches(batches.n, batches.size, batches.seed)
    assert np.array_equal(batches.indices(step), fresh.indices(step))  # type: ignore[arg-type]


@given(walks(), st.integers(0, 1000))
def test_every_batch_has_the_same_size(batches: Batches, step: int) -> None:
    """A batch that reaches the end of an epoch goes on in the next one instead of being shorter."""
    indices = batches.indices(step)
    assert indices is not None
    assert len(indices) == batches.size


@pytest.mark.parametrize("size", [None, 10, 11])
def test_the_whole_set_needs_no_indices(size: int | None) -> None:
    """No size, or one of the whole set or more, means the set itself in its own order."""
    assert Batches(10, size, 0).indices(3) is None


def test_epochs_and_seeds_have_their_own_order() -> None:
    """Two epochs of one walk, and the same epoch of two seeds, are shuffled differently."""
    walk, other = Batches(100, 50, 0), Batches(100, 50, 1)
    assert not np.array_equal(walk.indices(0), walk.indices(2))  # type: ignore[arg-type]
    assert not np.array_equal(walk.indices(0), other.indices(0))  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "size", "seed"), [(0, None, 0), (5, 0, 0), (5, 2, -1)])
def test_impossible_walks_are_refused(n: int, size: int | None, seed: int) -> None:
    """No samples, empty batches and negative seeds are refused when the walk is made."""
    with pytest.raises(ValueError, match="batches need"):
        Batches(n, size, seed)
