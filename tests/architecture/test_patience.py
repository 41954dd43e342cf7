"""A test that takes too long fails, and takes no other one along."""

import signal
import sys

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from tests import patience
from tests.patience import Patient, inside_qt

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no alarms to be patient with")


class Listener(QObject):
    """Asks where it is, called by Qt and called by us."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[bool] = []

    def event(self, event: QEvent) -> bool:
        """Called by Qt."""
        self.ask()
        return super().event(event)

    def ask(self) -> None:
        """Called by anybody."""
        self.found.append(inside_qt(sys._getframe()))


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The alarms that are set, in seconds from now; none of them comes."""
    made: list[float] = []
    monkeypatch.setattr(signal, "setitimer", lambda _which, seconds: made.append(seconds))
    return made


def test_what_qt_calls_is_told_from_what_we_call(qapp) -> None:
    """A frame below an override of Qt's is inside Qt; the same method called directly isn't."""
    listener = Listener()
    listener.ask()
    QCoreApplication.sendEvent(listener, QEvent(QEvent.Type.User))
    assert listener.found == [False, True]


def test_the_timeout_waits_for_the_end_of_the_callback(qapp, alarms, monkeypatch) -> None:
    """Inside a callback the alarm is set again; outside, or when that takes too long, it strikes."""
    struck: list[int] = []
    patient = Patient(lambda number, _frame: struck.append(number), None)
    monkeypatch.setattr(Listener, "ask", lambda _self: patient(14, sys._getframe()))
    listener = Listener()
    QCoreApplication.sendEvent(listener, QEvent(QEvent.Type.User))
    assert (struck, alarms) == ([], [patience.AGAIN])
    patient(14, sys._getframe())
    assert struck == [14]
    monkeypatch.setattr(patience, "AT_MOST", 0.0)
    patient = Patient(lambda number, _frame: struck.append(number), None)
    QCoreApplication.sendEvent(listener, QEvent(QEvent.Type.User))
    assert struck == [14, 14]


def test_a_strike_that_was_swallowed_is_repeated_until_the_test_ends(alarms) -> None:
    """While the test's function goes on it strikes again; its fixtures are torn down undisturbed."""
    struck: list[int] = []

    def test() -> None:
        patient(14, sys._getframe())

    patient = Patient(lambda number, _frame: struck.append(number), test.__code__)
    test()
    test()
    patient(14, sys._getframe())
    assert (struck, alarms) == ([14, 14], [patience.AGAIN] * 2)


def test_every_test_has_a_patient_timeout() -> None:
    """The handler that is installed while a test runs is the patient one."""
    assert isinstance(signal.getsignal(signal.SIGALRM), Patient)
