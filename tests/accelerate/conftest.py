"""The compiled machine, for the tests that need it."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from gradstudio.accelerate import is_available, switch_off, switch_on
from gradstudio.accelerate.shorten import Call, Machine, Run, shorten


@pytest.fixture(scope="session")
def machine() -> Machine:
    """What goes through instructions, compiled or from disk."""
    if not is_available():
        pytest.skip("numba isn't installed: pip install 'gradstudio[numba]'")
    from gradstudio.accelerate.machine import run

    compiled: Machine = run
    return compiled


@pytest.fixture
def accelerator(machine: Machine) -> Iterator[None]:
    """The accelerator, switched on for a test."""
    assert switch_on()
    yield
    switch_off()


@pytest.fixture
def same_bits(machine: Machine) -> Callable[..., list[Call]]:
    """Plays calls as they are and shortened; the arrays must hold the same bits. Returns what they became."""

    def check(calls: Sequence[Call], *written: np.ndarray, known: bool = True) -> list[Call]:
        before = [array.copy() for array in written]
        shorter = shorten(calls, machine)
        if known:
            assert [type(call) for call in shorter] == [Run], "these calls are all known"
        for _ in range(2):
            expected = _play(calls, written, before)
            assert _play(shorter, written, before) == expected
        return shorter

    return check


def _play(calls: Sequence[Call], written: Sequence[np.ndarray], before: Sequence[np.ndarray]) -> list[bytes]:
    for array, start in zip(written, before, strict=True):
        array[...] = start
    with np.errstate(all="ignore"):
        for call in calls:
            call()
    return [array.tobytes() for array in written]
