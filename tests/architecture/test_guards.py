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

BAD = {
    "log line": (
        "import logging\ndef test_it():\n    logging.getLogger('g').warning('boo')",
        "unexpected log line*boo",
    ),
    "silence": (
        "import pytest\n@pytest.mark.logs('boo')\ndef test_it():\n    pass",
        "no log line matched the announced 'boo'",
    ),
    "thread": (
        "import threading, time\ndef test_it():\n"
        "    threading.Thread(target=time.sleep, args=(3,), name='sleeper').start()",
        "left running: thread 'sleeper'",
    ),
    "timer": (
        "from PySide6.QtCore import QTimer\nkept = []\ndef test_it(qtbot):\n"
        "    kept.append(QTimer())\n    kept[0].start(1000)",
        "left running: QTimer*",
    ),
    "qthread": (
        "from PySide6.QtCore import QThread\nkept = []\ndef test_it(qtbot):\n"
        "    kept.append(QThread())\n    kept[0].start()",
        "left running: QThread*",
    ),
    "Qt warning": (
        "from PySide6.QtCore import qWarning\ndef test_it(qtbot):\n    qWarning('boo')",
        "*QtWarningMsg: boo*",
    ),
    "late Qt warning": (
        "import pytest\nfrom PySide6.QtCore import qWarning\n"
        "@pytest.fixture\ndef late():\n    yield\n    qWarning('boo')\n"
        "def test_it(qtbot, late):\n    pass",
        "Qt said while the test was torn down: boo",
    ),
    "slot": (
        "from PySide6.QtCore import QTimer\ndef test_it(qtbot):\n"
        "    QTimer.singleShot(0, lambda: 1 / 0)\n    qtbot.wait(20)",
        "*ZeroDivisionError*",
    ),
    "thread error": (
        "import threading\ndef test_it():\n    t = threading.Thread(target=lambda: 1 / 0)\n    t.start()\n    t.join()",
        "*ZeroDivisionError*",
    ),
    "warning": ("import warnings\ndef test_it():\n    warnings.warn('boo')", "*UserWarning: boo*"),
}


@pytest.mark.slow
def test_guards_let_clean_tests_pass(run: Callable[[dict[str, str]], pytest.RunResult]) -> None:
    """A test that ends what it starts and announces what it logs passes."""
    run({"test_clean": GOOD}).assert_outcomes(passed=4, skipped=1)


@pytest.mark.slow
def test_guards_catch_what_is_left_behind(run: Callable[[dict[str, str]], pytest.RunResult]) -> None:
    """A test that leaves something behind or makes noise fails, and the report names what it was."""
    result = run({f"test_{name.replace(' ', '_')}": source for name, (source, _) in BAD.items()})
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] + outcomes["errors"] == len(BAD)
    for _, complaint in BAD.values():
        result.stdout.fnmatch_lines([f"*{complaint}*"])
