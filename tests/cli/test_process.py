"""The program as a process: what only shows there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradstudio.cli.examples import find

COMMAND = [sys.executable, "-m", "gradstudio.cli"]


def modules_after(checkout: Path, *words: str) -> set[str]:
    """The modules that are loaded when a command has ended."""
    run = f"import sys; from gradstudio.cli import main; main({list(words)})"
    code = f"{run}; print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.split())


def test_help_loads_neither_numpy_nor_qt(checkout: Path) -> None:
    """Help is there at once because nothing heavy is imported for it."""
    loaded = modules_after(checkout, "--help")
    assert not {"numpy", "PySide6", "gradstudio.gates"} & loaded


@pytest.mark.parametrize("command", ["train", "gradients", "check"])
def test_commands_without_a_picture_never_load_qt(checkout: Path, command: str) -> None:
    """Training, gradients and checks run where no Qt could."""
    loaded = modules_after(checkout, command, str(find("sigmoid-neuron").path))
    assert not {name for name in loaded if name.partition(".")[0] in ("PySide6", "shiboken6")}


def test_a_reader_that_has_enough_is_no_error(checkout: Path) -> None:
    """When the pipe is closed early (`| head -1`) nothing is complained about."""
    read, written = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "examples", "--json"], cwd=checkout, stdout=written, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(written)
    assert done.stderr == b""


def test_a_table_cut_short_is_no_error(checkout: Path) -> None:
    """What a reader hung up on is not complained about at the end of the process either."""
    read, written = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "--help"], cwd=checkout, stdout=written, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(written)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_told_once(checkout: Path) -> None:
    """Where standard output can't be written the command says so in one line and ends with 1."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "examples", "--json"], cwd=checkout, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, b"gradstudio: No space left on device.\n")


@pytest.mark.parametrize(
    ("words", "code"), [("examples >&-", 0), ("train nowhere.grad >&- 2>&-", 2), ("examples 2>&-", 0)]
)
def test_closed_streams_are_no_defect(checkout: Path, words: str, code: int) -> None:
    """A command does its work where nobody can read of it, and its exit code tells."""
    shell = f'"$0" -m gradstudio.cli {words}'
    done = subprocess.run(
        ["/bin/sh", "-c", shell, sys.executable], cwd=checkout, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (code, b"")


def test_a_window_that_cannot_open_is_told(checkout: Path) -> None:
    """Where Qt would abort for want of a screen the studio ends with 1 and a sentence that says what to do."""
    variables = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    done = subprocess.run(
        COMMAND, cwd=checkout, env=variables | {"QT_QPA_PLATFORM": "nowhere"}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("gradstudio: Qt can't open a window here: ")
    assert "gradstudio demo" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("locale", ["C", "de_DE.ISO-8859-1"])
def test_pictures_are_the_same_in_every_locale(checkout: Path, tmp_path: Path, locale: str) -> None:
    """Where the locale knows no UTF-8 Qt has nothing to complain about either, and the picture is the same."""
    drawn = []
    for name in (locale, "C.UTF-8"):
        words = [*COMMAND, "picture", str(find("sum-times-z").path), str(tmp_path / f"{name}.svg")]
        variables = os.environ | {"LC_ALL": name}
        done = subprocess.run(words, cwd=checkout, env=variables, capture_output=True, check=True, timeout=60)
        assert done.stderr == b""
        drawn.append((tmp_path / f"{name}.svg").read_bytes())
    assert drawn[0] == drawn[1]


def interrupted(checkout: Path, words: list[str], delay: float) -> tuple[int, str]:
    """Exit code and standard error of a command to which Ctrl+C came some time after it had begun."""
    code = "import sys; from gradstudio.cli import main; sys.stderr.write('!'); sys.stderr.flush(); sys.exit(main())"
    process = subprocess.Popen([sys.executable, "-c", code, *words], cwd=checkout, stderr=subprocess.PIPE, bufsize=0)
    assert process.stderr is not None
    assert process.stderr.read(1) == b"!"
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    return process.returncode, error.decode()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
@pytest.mark.parametrize("delay", [0.1, 0.3, 0.8])
def test_ctrl_c_ends_training_cleanly(checkout: Path, tmp_path: Path, delay: float) -> None:
    """Whenever Ctrl+C comes, the command says that it stopped, ends with 130 and leaves no file behind."""
    words = ["train", str(find("spiral").path), "--steps", "1000000000", "--out", str(tmp_path / "out.grad")]
    assert interrupted(checkout, words, delay) == (130, "Stopped.\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
@pytest.mark.parametrize("delay", [0.3, 1.2])
def test_ctrl_c_ends_a_window_without_a_screen(checkout: Path, tmp_path: Path, delay: float) -> None:
    """Ctrl+C while Qt works is answered as well, without a crash or a traceback."""
    words = ["window", str(find("spiral").path), str(tmp_path / "out.png"), "--train", "1000000000"]
    assert interrupted(checkout, words, delay) == (130, "Stopped.\n")


def on_a_terminal(checkout: Path, *words: str) -> str:
    """What a command writes to standard error where that is a terminal."""
    pty = pytest.importorskip("pty")
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=checkout, stdout=subprocess.DEVNULL, stderr=terminal, env=os.environ | {"TERM": "xterm"}
    )
    os.close(terminal)
    shown = b""
    try:
        while chunk := os.read(screen, 4096):
            shown += chunk
    except OSError:  # Linux ends a terminal with an error
        pass
    finally:
        os.close(screen)
    assert process.wait(60) == 0
    return shown.decode()


def test_progress_is_shown_on_a_terminal_only(checkout: Path) -> None:
    """A bar on a terminal, silence in a pipe."""
    words = ("train", str(find("spiral-linear").path), "--steps", "3000")
    assert "Training" in on_a_terminal(checkout, *words)
    piped = subprocess.run([*COMMAND, *words], cwd=checkout, capture_output=True, check=True, timeout=60)
    assert piped.stderr == b""
