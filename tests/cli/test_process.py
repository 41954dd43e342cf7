"""The program as a process: what only shows there."""

from __future__ import annotations

import os
import subprocess
import sys
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
