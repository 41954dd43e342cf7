"""Pictures of the window, and the program that shows it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from gradstudio.document.commands import change_settings
from gradstudio.ui.shot import ShotFailed, grab, make_window, render_window, settle
from gradstudio.ui.theme import LIGHT
from tests.ui.conftest import example, forget


def test_a_picture_of_the_window_is_made(qapp, tmp_path) -> None:
    """It has the size asked for, and the network in it was really trained."""
    network, told = example("spiral"), []
    out = tmp_path / "window.png"
    render_window(network, out, train_steps=40, select="relu", size=(1280, 800), progress=lambda *a: told.append(a))
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1280, 800)
    assert network.training.step == 40
    assert all(total == 40 for _, total in told)


def test_two_pictures_of_one_network_are_alike(qapp, tmp_path) -> None:
    """Same network, same picture: no clock and no chance in it."""
    for name in ("a", "b"):
        render_window(example("sum-times-z"), tmp_path / f"{name}.png", select="f", size=(1100, 700))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_picture_is_drawn_in_the_theme_asked_for(qapp, tmp_path) -> None:
    """The light one is light."""
    render_window(example("product"), tmp_path / "light.png", size=(1000, 640), theme="light")
    assert QImage(str(tmp_path / "light.png")).pixelColor(3, 60).name() == LIGHT.window


def test_what_cant_be_drawn_is_refused_in_a_sentence(qapp, tmp_path) -> None:
    """A node that isn't there, and a folder that isn't."""
    with pytest.raises(ShotFailed, match="no node “nobody”"):
        render_window(example("product"), tmp_path / "a.png", select="nobody")
    with pytest.raises(ShotFailed, match="can't be written"):
        render_window(example("product"), tmp_path / "gone" / "a.png", size=(900, 600))


def test_every_panel_shows_the_last_step(qapp) -> None:
    """After training and settling the status line, the panels and the document agree."""
    window = make_window(example("spiral"), "spiral.grad", (1500, 900), "dark")
    window.show()
    window.docks.load_visible()
    window.studio.train(25)
    settle(window)
    snapshot = window.studio.snapshot()
    assert snapshot is not None
    assert snapshot.step == 25
    assert "step 25" in window.status.step.text()
    readout = window.docks["loss"].widget().findChild(QLabel, "loss.readout")
    assert readout is not None
    assert "step 24" in readout.text() or "step 25" in readout.text()
    assert not grab(window).isNull()
    window.close_now()
    forget(window)


def test_a_training_that_fails_makes_no_picture(qapp, tmp_path) -> None:
    """A diverging network is an error, not a picture."""
    network = example("spiral")
    network.apply(change_settings(network, learning_rate=1e6))
    with pytest.raises(ShotFailed):
        render_window(network, tmp_path / "a.png", train_steps=400, size=(900, 600))


# --- the program -----------------------------------------------------------------------------------------------------


def start(code: str, home) -> subprocess.Popen:
    """Run a program in a process of its own, with a home of its own."""
    env = {**os.environ, "XDG_CONFIG_HOME": str(home), "HOME": str(home), "PYTHONPATH": str(Path.cwd())}
    pipe = subprocess.PIPE
    words = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(words, env=env, stdout=pipe, stderr=pipe, text=True)


def wait_for(process: subprocess.Popen, word: str) -> None:
    """Read lines until one has this word."""
    assert process.stdout is not None
    assert process.stderr is not None
    while word not in (line := process.stdout.readline()):
        assert line, process.stderr.read()


READY = """
    from PySide6.QtCore import QTimer
    from gradstudio import app
    from gradstudio.ui.window import MainWindow

    shown = MainWindow.showEvent

    def tell(self, event):
        shown(self, event)
        QTimer.singleShot(300, lambda: (self.studio.train(), print("ready", self.studio.name, flush=True)))

    MainWindow.showEvent = tell
    print("exit", app.main(%s), flush=True)
"""


@pytest.mark.slow
def test_ctrl_c_in_the_terminal_ends_the_program_cleanly(tmp_path) -> None:
    """Even while training runs: no traceback, exit code 0, the window's places remembered."""
    process = start(READY % "[]", tmp_path)
    wait_for(process, "ready")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert "exit 0" in out
    assert "Traceback" not in err
    assert process.returncode == 0
    assert list(tmp_path.rglob("GradStudio.conf"))


@pytest.mark.slow
def test_without_a_file_the_welcome_network_opens(tmp_path) -> None:
    """The program starts with both networks of the course."""
    process = start(READY % "[]", tmp_path)
    assert process.stdout is not None
    line = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert line.split() == ["ready", "welcome.grad"]


@pytest.mark.slow
def test_a_file_named_that_cant_be_read_opens_the_window_with_a_friendly_box(tmp_path) -> None:
    """The window comes up all the same, with an explanation."""
    code = """
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMessageBox
    from gradstudio import app

    def look():
        box = QApplication.activeModalWidget()
        print("box", box.text(), box.informativeText(), flush=True)
        box.close()
        QApplication.instance().closeAllWindows()

    app.application()
    QTimer.singleShot(1200, look)
    print("exit", app.main(["/nowhere/net.grad"]), flush=True)
    """
    process = start(code, tmp_path)
    out, err = process.communicate(timeout=30)
    assert "can't be opened" in out, err
    assert "/nowhere/net.grad" in out
    assert "exit 0" in out
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_picture_reads_and_writes_nobodys_settings(tmp_path) -> None:
    """The `window` command leaves the home folder as it was."""
    code = f"""
    import gradstudio.gates
    from pathlib import Path
    from gradstudio.document.model import Document
    from gradstudio.ui.shot import render_window
    render_window(Document(), Path(r"{tmp_path / "a.png"}"), size=(900, 600))
    """
    home = tmp_path / "home"
    home.mkdir()
    process = start(code, home)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert (tmp_path / "a.png").is_file()
    assert [p for p in home.rglob("*") if "GradStudio" in p.name] == []
