"""Garbage is collected at rest and in the window's thread."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest

from gradstudio.ui.collector import FEW, LONG, LOOK_MS, MANY, STILL, Collector, collected_at_rest


class Knot:
    """Garbage only a collection can find."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector(qapp: object) -> Iterator[Collector]:
    """A collector at work."""
    made = Collector()
    made.begin()
    gc.collect()
    yield made
    made.end()


def knots(count: int) -> weakref.ref[Knot]:
    """Tie so many knots, drop them, and keep an eye on the first one."""
    tied = [Knot() for _ in range(count)]
    return weakref.ref(tied[0])


def test_nothing_is_collected_in_the_middle_of_work(collector: Collector) -> None:
    """However much is made, in this thread or another, garbage stays until somebody looks."""
    watched = knots(FEW)
    worker = threading.Thread(target=knots, args=(20_000,))
    worker.start()
    worker.join()
    assert watched() is not None


def test_garbage_goes_when_the_program_rests(collector: Collector) -> None:
    """A look at new garbage leaves it alone; the next one, with nothing made meanwhile, collects it."""
    watched = knots(2 * FEW)
    collector.look()
    assert watched() is not None
    collector.look()
    assert watched() is None


def test_a_little_garbage_is_left(collector: Collector) -> None:
    """For a few objects it isn't worth the time."""
    watched = knots(STILL)
    collector.look()
    collector.look()
    assert watched() is not None


def test_what_has_survived_goes_after_a_long_rest(collector: Collector) -> None:
    """What was in use when somebody looked isn't gone through again until the program has rested for long."""
    tied = [Knot() for _ in range(2 * FEW)]
    watched = weakref.ref(tied[0])
    collector.look()
    collector.look()
    tied.clear()
    knots(2 * FEW)
    collector.look()
    collector.look()
    assert watched() is not None
    for _ in range(LONG):
        collector.look()
    assert watched() is None


def test_memory_stays_bounded(collector: Collector) -> None:
    """Where very much has been made it is collected although the program doesn't rest."""
    watched = knots(MANY + 1)
    collector.look()
    assert watched() is None


def test_the_event_loop_looks(qapp: object) -> None:
    """In a running program it happens by itself, and afterwards Python collects as ever."""
    with collected_at_rest():
        assert not gc.isenabled()
        watched = knots(2 * FEW)
        for _ in range(8):
            if watched() is not None:
                QTest.qWait(LOOK_MS // 2)
        assert watched() is None
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
