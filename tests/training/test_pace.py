"""Painting goes first, and training never hangs for it."""

from __future__ import annotations

import threading
import time

from gradstudio.training.pace import LONGEST, Pace
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Status
from tests.training.networks import spiral


def waiting(pace: Pace) -> threading.Thread:
    """A thread that gives way once."""
    thread = threading.Thread(target=pace.give_way)
    thread.start()
    return thread


def test_training_waits_while_a_frame_is_painted() -> None:
    """Who gives way goes on when the frame is done, frames within frames included."""
    pace = Pace()
    with pace:
        with pace:
            assert pace.busy
        assert pace.busy
        thread = waiting(pace)
    thread.join(10)
    assert not thread.is_alive()
    assert not pace.busy


def test_a_frame_that_never_ends_is_waited_for_once() -> None:
    """Training goes on during a frame that takes too long, and doesn't wait for it again."""
    pace = Pace()
    with pace:
        thread = waiting(pace)
        thread.join(20 * LONGEST)
        assert not thread.is_alive()
        assert not pace.busy
    with pace:
        assert pace.busy


def test_letting_go_ends_the_wait() -> None:
    """A window that wants training to stop in the middle of a frame doesn't wait for its own frame."""
    pace = Pace()
    with pace:
        thread = waiting(pace)
        pace.let_go()
        thread.join(10)
    assert not thread.is_alive()


def test_no_step_is_made_while_the_window_paints() -> None:
    """A session's training stands still while the pace is held, and goes on after it."""
    session = Session(spiral(steps=10**7))
    try:
        session.start()
        while not made(session):
            time.sleep(0.001)
        steps: list[int] = []
        while len(steps) < 5:
            with session.pace:
                time.sleep(LONGEST / 5)
                first = made(session)
                time.sleep(LONGEST / 5)
                steps.append(made(session) - first)
            time.sleep(0.01)
        assert max(steps) == 0
        before = made(session)
        while made(session) == before:
            time.sleep(0.001)
    finally:
        session.close()


def test_pausing_within_a_frame() -> None:
    """A run can be paused, stopped and closed by a window that paints."""
    session = Session(spiral(steps=10**7))
    with session.pace:
        session.start()
        session.pause()
        assert session.status in (Status.PAUSED, Status.IDLE)
        session.start()
        session.close()
    assert not session.running or not session._thread.is_alive()


class Noting(Pace):
    """Notes the steps made whenever training waits."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.waits: list[int] = []
        self._session = session

    def give_way(self) -> None:
        """Note and wait."""
        self.waits.append(made(self._session))
        super().give_way()


def test_the_first_step_of_an_edited_network_waits_for_nobody() -> None:
    """While the window paints an edit the first step of the edited network is made; the second waits."""
    session = Session(spiral(steps=10**7))
    pace = session.pace = Noting(session)
    try:
        with pace:
            session.start()
            while not pace.waits:
                time.sleep(0.001)
        assert pace.waits[0] == 1
    finally:
        session.close()


def made(session: Session) -> int:
    """Steps the session's trainer has made so far."""
    stage = session._stage
    return 0 if stage is None else stage.trainer.step
