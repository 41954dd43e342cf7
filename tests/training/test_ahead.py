"""Samples on the disk are got before they are needed: the same ones, and asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradstudio.data.batches import Batches
from gradstudio.training.ahead import STRETCH_BYTES, Ahead


class Asked:
    """Samples that remember what was asked for."""

    block = 1

    def __init__(self, n: int, width: int) -> None:
        self.shape: tuple[int, ...] = (n, width)
        self.rows: list[np.ndarray] = []

    @property
    def ndim(self) -> int:
        """Rows of numbers."""
        return 2

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> np.ndarray:
        raise AssertionError(rows)

    def take(self, rows: Any) -> np.ndarray:
        """Nobody takes any here."""
        raise AssertionError(rows)

    def ahead(self, order: Callable[[], Any]) -> None:
        """Remember."""
        self.rows.append(order())


@pytest.mark.parametrize("width", [STRETCH_BYTES // 4000, STRETCH_BYTES])
def test_every_step_is_got_once_and_before_its_turn(width: int) -> None:
    """After a step those that follow are on their way, and none of them is asked for twice."""
    batches, samples = Batches(1000, 10, 0), Asked(1000, width)
    ahead = Ahead(batches, [samples])
    for step in range(7, 600):
        ahead.look(step)
        asked = np.concatenate(samples.rows)
        coming = batches.indices(step + 1)
        assert coming is not None
        assert np.array_equal(asked[(step - 7) * 10 :][:10], coming)
    every = np.concatenate(samples.rows)
    expected = [batches.indices(8 + k) for k in range(len(every) // 10)]
    assert np.array_equal(every, np.concatenate([rows for rows in expected if rows is not None]))


def test_after_a_jump_it_begins_anew() -> None:
    """Where training goes on at another step, the samples after that one are asked for."""
    batches, samples = Batches(1000, 10, 0), Asked(1000, STRETCH_BYTES)
    ahead = Ahead(batches, [samples])
    ahead.look(0)
    ahead.look(500)
    assert np.array_equal(samples.rows[-1][:10], batches.indices(501))  # type: ignore[arg-type]
    ahead.look(20)
    assert np.array_equal(samples.rows[-1][:10], batches.indices(21))  # type: ignore[arg-type]
