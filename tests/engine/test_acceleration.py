"""Lines of calls, and who may shorten them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from gradstudio.engine.acceleration import PATIENCE, Line, use


class Halving:
    """Makes one call of all, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def shorten(self, calls: Sequence[Callable[[], Any]]) -> list[Callable[[], Any]]:
        """All in one."""
        self.asked += 1
        return [lambda: [call() for call in calls]]


@pytest.fixture
def halving() -> Iterator[Halving]:
    """An accelerator in use for a test."""
    accelerator = Halving()
    use(accelerator)
    yield accelerator
    use(None)


def test_a_line_stays_as_it_is_without_an_accelerator() -> None:
    """The calls given are the calls made, however often."""
    calls = [lambda: 1, lambda: 2]
    line = Line(calls)
    assert all(line.now() is calls for _ in range(9))


def test_a_line_is_shortened_once_it_was_played_a_few_times(halving: Halving) -> None:
    """What is played once or twice isn't worth it; what is shortened is so for good."""
    line = Line([lambda: 1, lambda: 2])
    lengths = [len(line.now()) for _ in range(PATIENCE + 4)]
    assert lengths == [2] * PATIENCE + [1] * 4
    assert halving.asked == 1


def test_an_accelerator_may_come_and_go(halving: Halving) -> None:
    """A line made before there was one is shortened, and is as it was when there is none any more."""
    use(None)
    line = Line([lambda: 1, lambda: 2])
    assert len(line.now()) == 2
    use(halving)
    assert [len(line.now()) for _ in range(PATIENCE + 1)][-1] == 1
    use(None)
    assert [len(line.now()) for _ in range(PATIENCE + 1)][-1] == 2
