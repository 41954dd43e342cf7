"""What nobody catches reaches the person once."""

import gc
import sys
import threading

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from gradstudio.ui.failure_dialog import FailureDialog
from gradstudio.ui.failures import MOST_SHOWN, Failure, FailureWatch
from tests.ui.conftest import forget


@pytest.fixture
def watch(qapp):
    """A watch that has taken the hooks over, and hands them back."""
    made = FailureWatch()
    made.install()
    yield made
    made.remove()


@pytest.fixture
def copies():
    """One entry for each copy that was asked for."""
    return []


@pytest.fixture
def dialog(watch, copies):
    """The dialog of that watch."""
    made = FailureDialog(watch, lambda: copies.append(1))
    yield made
    forget(made)


def run(milliseconds: int) -> None:
    """Run the application's own loop: only there do exceptions of event handlers end in the hook."""
    QTimer.singleShot(milliseconds, lambda: QApplication.exit(0))
    QApplication.exec()


class Speaker(QObject):
    """Something with a signal."""

    spoke = Signal()


class BadPainter(QWidget):
    """Fails whenever it is drawn."""

    painted = 0

    def paintEvent(self, event):
        self.painted += 1
        raise ValueError(f"no paint, time {self.painted}")


@pytest.mark.logs("ZeroDivisionError: division by zero .test_failures.py, line")
def test_an_exception_in_a_slot_is_told_with_place_and_traceback(dialog) -> None:
    """The dialog names what happened and where, and has the whole traceback."""
    speaker = Speaker()
    speaker.spoke.connect(lambda: 1 / 0)
    speaker.spoke.emit()
    run(10)
    assert dialog.isVisible()
    assert dialog.sentence.text().startswith("ZeroDivisionError: division by zero (test_failures.py, line")
    assert "while answering to an event" in dialog.headline.text()
    assert "Traceback" in dialog.details.toPlainText()
    assert "PySide6" in dialog.details.toPlainText()


@pytest.mark.logs("ValueError: no paint")
def test_a_paint_event_that_fails_again_and_again_opens_one_dialog(watch, dialog) -> None:
    """Many failing paint events are one failure, told once and counted."""
    told: list[Failure] = []
    watch.failed.connect(told.append)
    bad = BadPainter()
    bad.show()
    again = QTimer()
    again.timeout.connect(bad.update)
    again.start(2)
    run(150)
    again.stop()
    bad.hide()
    forget(bad)
    assert bad.painted >= 10
    assert len(told) == 1
    assert told[0].count == bad.painted
    assert told[0].task == "while drawing"
    dialog.reject()
    assert not dialog.isVisible()


@pytest.mark.logs("KeyError: 'tick'")
def test_an_exception_in_a_timer_is_told(dialog) -> None:
    """A timer's callback that fails every time is told once."""
    timer = QTimer()

    def tick():
        raise KeyError("tick")

    timer.timeout.connect(tick)
    timer.start(1)
    run(30)
    timer.stop()
    assert "KeyError" in dialog.sentence.text()


@pytest.mark.logs("RuntimeError: out of yarn")
def test_an_exception_in_a_thread_is_told_in_the_windows_thread(watch, dialog) -> None:
    """The dialog names the thread, and is opened by the thread that owns windows."""
    where = []
    watch.failed.connect(lambda _: where.append(threading.current_thread()))

    def work():
        raise RuntimeError("out of yarn")

    thread = threading.Thread(target=work, name="spinner")
    thread.start()
    thread.join()
    run(10)
    assert where == [threading.main_thread()]
    assert "spinner" in dialog.headline.text()


@pytest.mark.logs("OSError: stuck")
def test_an_exception_while_an_object_dies_is_told(dialog) -> None:
    """`sys.unraisablehook` leads to the dialog too."""

    class Stuck:
        def __del__(self):
            raise OSError("stuck")

    Stuck()
    gc.collect()
    run(10)
    assert "OSError: stuck" in dialog.sentence.text()


@pytest.mark.logs("ValueError: ")
def test_different_failures_wait_for_their_turn_and_their_number_is_limited(watch, dialog) -> None:
    """One dialog at a time; after a few different failures the rest is only counted."""
    told: list[Failure] = []
    watch.failed.connect(told.append)
    for i in range(MOST_SHOWN + 4):
        try:
            raise type(f"Number{i}", (ValueError,), {})(f"ValueError: {i}")
        except ValueError as error:
            watch.report(error)
    run(10)
    assert len(watch.failures) == MOST_SHOWN + 4
    assert len(told) <= MOST_SHOWN
    assert "Number0" in dialog.sentence.text() or not told
    seen = []
    while dialog.isVisible():
        seen.append(dialog.shown.kind)
        dialog.reject()
    assert seen == [failure.kind for failure in told]


@pytest.mark.logs("ZeroDivisionError")
def test_the_dialog_saves_a_copy_and_copies_the_details(dialog, copies) -> None:
    """Its two buttons do what they say and leave it open."""
    QTimer.singleShot(0, lambda: 1 / 0)
    run(20)
    dialog.save_button.click()
    dialog.copy_button.click()
    assert copies == [1]
    assert "ZeroDivisionError" in QGuiApplication.clipboard().text()
    assert "Traceback" in QGuiApplication.clipboard().text()
    assert dialog.isVisible()


def test_the_hooks_are_handed_back(qapp) -> None:
    """After `remove` everything is as it was."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    watch = FailureWatch()
    watch.install()
    assert sys.excepthook is not before[0]
    watch.install()
    watch.remove()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_ctrl_c_is_no_failure(qapp) -> None:
    """KeyboardInterrupt stops the program instead of opening a dialog."""
    stopped = []
    watch = FailureWatch(lambda: stopped.append(1))
    watch.install()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    watch.remove()
    assert stopped == [1]
    assert watch.failures == {}
