"""The studio with its window: the composition root of `gradstudio` without a command."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSocketNotifier, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.accelerate import accelerated
from gradstudio.data.beside import answer
from gradstudio.resources import resource
from gradstudio.training.threads import leave_a_core
from gradstudio.ui import style
from gradstudio.ui.collector import collected_at_rest
from gradstudio.ui.failure_dialog import FailureDialog
from gradstudio.ui.failures import FailureWatch
from gradstudio.ui.inspector.formula import formula_svg
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.recovering import recover
from gradstudio.ui.theme import chosen_theme
from gradstudio.ui.window import MainWindow
from gradstudio.ui.windows import Windows

WELCOME = ("welcome", "spiral")
UNDISTURBED = 2.0
"""Seconds the window has to itself before the engine's accelerator is loaded beside it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the studio, with the file named if there is one; returns when its windows are closed."""
    words = list(sys.argv[1:] if argv is None else argv)
    leave_a_core()
    answer()
    with refused_in_a_sentence():
        app = application()
    preferences = Preferences.of_user()
    theme = chosen_theme(preferences.theme)
    style.apply(app, theme)
    windows = Windows(preferences)
    watch = FailureWatch(windows.close_now)
    dialog = FailureDialog(watch, windows.save_copy)
    watch.install()
    _open_first(windows.open(), words)
    threading.Thread(target=formula_svg, args=("x", theme.text), name="gradstudio-warm-up", daemon=True).start()
    try:
        with interruptible(windows.close_now), accelerated(UNDISTURBED), collected_at_rest():
            return app.exec()
    finally:
        watch.remove()
        dialog.close()


def application() -> QApplication:
    """The one QApplication, made if there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication([sys.argv[0] if sys.argv else "gradstudio"])
    app.setApplicationName("GradStudio")
    app.setApplicationDisplayName("")
    app.setOrganizationName("GradStudio")
    app.setDesktopFileName("gradstudio")
    app.setWindowIcon(QIcon(str(resource("icons", "gradstudio.svg"))))
    return app


@contextmanager
def refused_in_a_sentence() -> Iterator[None]:
    """Where Qt finds no screen it would abort the process: say why and what to do, and end with 1 instead."""
    said: list[str] = []

    def hear(kind: QtMsgType, _context: object, message: str | None) -> None:
        if kind is not QtMsgType.QtFatalMsg:
            said.append(message or "")
            return
        why = (said or [message or "for a reason it doesn't tell"])[0].strip().rstrip(".")
        sys.stderr.write(
            f"gradstudio: Qt can't open a window here: {why}. "
            "Without a screen: gradstudio demo, or gradstudio window FILE.grad OUT.png.\n"
        )
        sys.stderr.flush()
        os._exit(1)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        sys.stderr.writelines(f"{line}\n" for line in said)


def _open_first(window: MainWindow, words: Sequence[str]) -> None:
    """The file named on the command line; at the very first start the welcome network, later the start page."""
    if words:
        window.files.open_path(Path(words[0]))
        return
    if recover(window, window.preferences.state):
        return
    if window.preferences.greeted:
        return
    window.preferences.greeted = True
    for name in WELCOME:
        try:
            path = resource("examples", f"{name}.grad")
            document = files.read(path)
        except (FileNotFoundError, files.FileProblem) as problem:
            logging.getLogger(__name__).info("no welcome network: %s", problem)
            continue
        window.studio.open_document(document, None, path.name)
        return


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl+C in the terminal end the program cleanly, although Qt's loop never returns to the interpreter."""
    try:
        before = signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, stop))
    except ValueError:
        yield
        return
    near, far = socket.socketpair()
    for end in (near, far):
        end.setblocking(False)
    woken = signal.set_wakeup_fd(far.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(near.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda *_: near.recv(64))
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGINT, before)
        near.close()
        far.close()


if __name__ == "__main__":
    sys.exit(main())
