"""The guards of tests/guards.py, each shown a test that deserves it."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> Callable[[dict[str, str]], pytest.RunResult]:
    """Runs test modules (name -> source) under the guards, in a process of their own."""

    def run(modules: dict[str, str]) -> pytest.RunResult:
        monkeypatch.setenv("PYTHONPATH", str(checkout))
        pytester.makeini("[pytest]\nqt_api = pyside6\nqt_log_level_fail = WARNING\nfilterwarnings = error\n")
        pytester.makeconftest("pytest_plugins = ['tests.guards']")
        pytester.makepyfile(**modules)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")

    return run


GOOD = """
import logging, threading
import pytest
from PySide6.QtCore import QTimer

def test_thread_that_ends():
    threading.Thread(target=lambda: None).start()

@pytest.mark.logs("the disk is full")
def test_announced_line():
    logging.getLogger("gradstudio").warning("the disk is full")

@pytest.mark.logs("never comes")
def test_skipped_before_it_logs():
    pytest.skip("not today")

def test_timer_that_stops(qtbot):
    timer = QTimer()
    timer.start(1000)
    timer.stop()

def test_timer_that_goes_with_its_window(qtbot):
    from PySide6.QtWidgets import QWidget
    window = QWidget()
    qtbot.addWidget(window)
    timer = QTimer(window)
    timer.start(1000)
"""

LOG_LINE = """
import logging
def test_it():
    logging.getLogger("g").warning("boo-log")
"""
SILENCE = """
import pytest
@pytest.mark.logs("boo-silence")
def test_it():
    pass
"""
THREAD = """
import threading, time
def test_it():
    threading.Thread(target=time.sleep, args=(3,), name="sleeper").start()
"""
TIMER = """
from PySide6.QtCore import QTimer
kept = QTimer()
def test_it(qtbot):
    kept.start(1000)
"""
QTHREAD = """
from PySide6.QtCore import QThread
kept = QThread()
def test_it(qtbot):
    kept.start()
"""
QT_WARNING = """
from PySide6.QtCore import qWarning
def test_it(qtbot):
    qWarning("boo-qt")
"""
LATE_QT_WARNING = """
import pytest
from PySide6.QtCore import qWarning
@pytest.fixture
def late():
    yield
    qWarning("boo-late")
def test_it(qtbot, late):
    pass
"""
SLOT = """
from PySide6.QtCore import QTimer
def test_it(qtbot):
    QTimer.singleShot(0, lambda: [].boo_slot)
    qtbot.wait(20)
"""
THREAD_ERROR = """
import threading
def test_it():
    thread = threading.Thread(target=lambda: [].boo_thread)
    thread.start()
    thread.join()
"""
WARNING = """
import warnings
def test_it():
    warnings.warn("boo-warning")
"""
BAD = [
    (LOG_LINE, "unexpected log line: g: WARNING: boo-log"),
    (SILENCE, "no log line matched the announced 'boo-silence'"),
    (THREAD, "left running: thread 'sleeper'"),
    (TIMER, "left running: QTimer "),
    (QTHREAD, "left running: QThread "),
    (QT_WARNING, "boo-qt"),
    (LATE_QT_WARNING, "Qt said while the test was torn down: boo-late"),
    (SLOT, "has no attribute 'boo_slot'"),
    (THREAD_ERROR, "has no attribute 'boo_thread'"),
    (WARNING, "UserWarning: boo-warning"),
]


@pytest.mark.slow
def test_guards_let_clean_tests_pass(run: Callable[[dict[str, str]], pytest.RunResult]) -> None:
    """A test that ends what it starts and announces what it logs passes."""
    run({"test_clean": GOOD}).assert_outcomes(passed=4, skipped=1)


@pytest.mark.slow
def test_guards_catch_what_is_left_behind(run: Callable[[dict[str, str]], pytest.RunResult]) -> None:
    """A test that leaves something behind or makes noise fails, and the report names what it was."""
    result = run({f"test_{number}": source for number, (source, _) in enumerate(BAD)})
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] + outcomes["errors"] == len(BAD)
    for _, complaint in BAD:
        assert complaint in result.stdout.str()
