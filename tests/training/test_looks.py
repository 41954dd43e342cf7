"""Looks: what a sheet or panel wants to see beside what every snapshot shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gradstudio.document.commands import set_param
from gradstudio.engine.errors import ShapeError
from gradstudio.training.looks import Scene, Sightings
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Watch
from tests.training.networks import course_circuit, spiral


@dataclass(frozen=True)
class Loss:
    """Sees the objective, and the step."""

    def see(self, scene: Scene) -> tuple[float, int]:
        return scene.plan.objective(), scene.step


@dataclass(frozen=True)
class Unable:
    """Can't see anything."""

    def see(self, scene: Scene) -> float:
        raise ShapeError("there is nothing to see")


@dataclass(eq=False)
class Counting:
    """Counts how often it had its turn."""

    turns: int = 0

    def see(self, scene: Scene) -> int:
        self.turns += 1
        return self.turns


@pytest.fixture
def circuit() -> Iterator[Session]:
    """A session of f = (x + y) · z, at rest."""
    session = Session(course_circuit())
    yield session
    session.close()


def test_what_a_look_sees_is_in_the_snapshot(circuit: Session) -> None:
    """A watched look finds what it saw in the snapshot, and one that can't see its reason."""
    circuit.watch = Watch(looks=frozenset({Loss(), Unable()}))
    assert circuit.wait_idle()
    assert circuit.latest.seen[Loss()] == (-12.0, 0)
    assert str(circuit.latest.seen[Unable()]) == "there is nothing to see"


def test_a_look_nobody_watches_any_more_is_gone(circuit: Session) -> None:
    """Once nobody watches it, a look is neither asked nor shown."""
    look = Counting()
    for watch in (Watch(looks=frozenset({look})), Watch()):
        circuit.watch = watch
        assert circuit.wait_idle()
    assert look.turns == 1
    assert not circuit.latest.seen


def test_at_rest_a_look_sees_each_state_once(circuit: Session) -> None:
    """A network that stands still is seen once, however often somebody asks, and again when it has moved."""
    look = Counting()
    circuit.watch = Watch(looks=frozenset({look}))
    for _ in range(3):
        circuit.refresh()
        assert circuit.wait_idle()
    assert look.turns == 1
    x = circuit.document.named("x")
    assert x is not None
    circuit.document.apply(set_param(circuit.document, [x.id], "value", 7.0))
    assert circuit.wait_idle()
    assert look.turns == 2


def test_looks_take_turns_while_training_runs() -> None:
    """While training runs every look has its turn, and what it sees is of a later step."""
    session = Session(spiral())
    try:
        first, second = Counting(), Counting()
        session.watch = Watch(looks=frozenset({Loss(), first, second}))
        assert session.wait_idle()
        session.start(1_000_000)
        end = time.monotonic() + 10
        while min(first.turns, second.turns) < 4 and time.monotonic() < end:
            session.take()
            time.sleep(0.002)
        assert min(first.turns, second.turns) >= 4
        session.stop()
        assert session.wait_idle()
        assert session.latest.seen[Loss()][1] == session.step
    finally:
        session.close()


def test_looks_end_when_stopped(circuit: Session) -> None:
    """Where the network has been edited meanwhile, the looks that are left don't have their turn."""
    sightings, looks = Sightings(), [Counting(), Counting()]
    sightings.attend(looks)
    sightings.look(Scene(None, None, None, 0, lambda: any(look.turns for look in looks)))  # type: ignore[arg-type]
    assert sorted(look.turns for look in looks) == [0, 1]
