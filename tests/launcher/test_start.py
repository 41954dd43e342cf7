"""What main.py starts, for which command line and on which screen."""

import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import main
from tests.launcher.conftest import Runs


class Handed:
    """Stands in for main.hand_over: keeps what was started."""

    def __init__(self) -> None:
        self.module: list[str] = []
        self.changes: dict[str, str] = {}

    def __call__(self, module: list[str], **changes: str) -> int:
        self.module, self.changes = list(module), changes
        return 7


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch, tree: Path, runs: Runs) -> Handed:
    """A launcher with a whole environment, which only notes what it hands over to."""
    handed = Handed()
    main.VENV.mkdir()
    monkeypatch.setattr(main, "hand_over", handed)
    monkeypatch.setattr(main, "look", lambda: main.Found("3.11", has_pip=True, complete=True))
    monkeypatch.chdir(tree)
    return handed


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An X display, on Linux."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(main, "answers", bool)


@pytest.fixture
def no_screen(screen: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux with neither X nor Wayland."""
    monkeypatch.delenv("DISPLAY")


@pytest.mark.parametrize(
    ("system", "variables", "platform"),
    [
        ("linux", {}, None),
        ("linux", {"DISPLAY": ":0"}, "xcb"),
        ("linux", {"DISPLAY": ""}, None),
        ("linux", {"DISPLAY": "of a form nobody knows"}, "xcb"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wayland"),
        ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, None),
        ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen:size=1760x1080"}, None),
        ("linux", {"QT_QPA_PLATFORM": "wayland;xcb"}, "wayland"),
        ("linux", {"QT_QPA_PLATFORM": "vnc"}, "vnc"),
        ("darwin", {}, "darwin"),
        ("win32", {}, "win32"),
        ("darwin", {"QT_QPA_PLATFORM": "offscreen"}, None),
    ],
)
def test_screen(system: str, variables: dict[str, str], platform: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen is there where Qt would find one: a display variable on Linux, always on other systems."""
    monkeypatch.setattr(sys, "platform", system)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(main, "answers", bool)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main.screen_platform() == platform


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_screen_that_is_gone_is_none(variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a session that has ended left in the environment is no screen."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv(variable, ":54321" if variable == "DISPLAY" else "wayland-9")
    assert main.screen_platform() is None


def test_a_screen_that_listens_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody who listens at a socket of the system, or at a port, is a screen; a file is none."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as local, socket.create_server(("127.0.0.1", 0)) as remote:
        local.bind(str(tmp_path / "wayland-0"))
        local.listen()
        assert main.answers(main.wayland_address("wayland-0"))
        assert main.answers(("127.0.0.1", remote.getsockname()[1]))
    (tmp_path / "wayland-1").touch()
    assert not main.answers(main.wayland_address("wayland-1"))


@pytest.mark.parametrize(
    ("display", "address"),
    [
        (":1.0", "/tmp/.X11-unix/X1"),
        ("unix:2", "/tmp/.X11-unix/X2"),
        ("localhost:10.0", ("localhost", 6010)),
        ("[::1]:4", ("::1", 6004)),
    ],
)
def test_where_x_listens(display: str, address: object) -> None:
    """Every usual form of a display's name leads to the place its server listens at."""
    assert main.x_addresses(display)[-1] == address


def test_studio_is_opened(handed: Handed, screen: None) -> None:
    """Without arguments the studio opens, and its exit code is ours."""
    assert main.main([]) == 7
    assert (handed.module, handed.changes) == (["gradstudio.app"], {})


def test_file_is_opened(handed: Handed, screen: None) -> None:
    """A file on the command line is opened in the studio."""
    main.main(["spiral.grad"])
    assert handed.module == ["gradstudio.app", "spiral.grad"]


def test_without_a_screen_the_demonstration_runs(
    handed: Handed, no_screen: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no screen is available main.py says so and trains the spiral example offscreen."""
    assert main.main([]) == 7
    assert "no screen is available here" in capsys.readouterr().out
    assert handed.module == ["gradstudio.cli", "demo", "--out", "gradstudio-demo"]
    assert handed.changes == {"QT_QPA_PLATFORM": "offscreen"}


def test_file_without_a_screen(handed: Handed, no_screen: None, capsys: pytest.CaptureFixture[str]) -> None:
    """A file can't be opened without a screen; the sentence tells how to get its picture."""
    assert main.main(["spiral.grad"]) == 1
    assert "-m gradstudio.cli window spiral.grad picture.png" in capsys.readouterr().err
    assert handed.module == []


def test_tests_are_run(handed: Handed, screen: None, runs: Runs) -> None:
    """--test installs the test tools and hands the rest of the command line to pytest, offscreen."""
    assert main.main(["--test", "-k", "wire", "--with", "x"]) == 7
    assert ".[test]" in runs.commands[0]
    shared = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    assert handed.module == ["pytest", *shared, "-k", "wire", "--with", "x"]
    assert handed.changes == {"QT_QPA_PLATFORM": "offscreen"}


def test_preparing_starts_nothing(handed: Handed, screen: None, runs: Runs) -> None:
    """--prepare installs the test tools and the extras asked for, and stops."""
    assert main.main(["--prepare", "--with", "torch", "--with", "numba"]) == 0
    assert runs.commands[0][-1] == ".[numba,test,torch]"
    assert handed.module == []


def test_libraries_are_looked_for_once(handed: Handed, screen: None, runs: Runs) -> None:
    """The search for system libraries runs on the first start on a kind of screen, and never again."""
    for _ in range(3):
        main.main([])
    assert runs.kinds == ["pip", "libraries"]
    main.main(["--prepare"])
    assert runs.kinds == ["pip", "libraries", "pip", "libraries"]


def test_missing_libraries_stop_the_start(
    handed: Handed, screen: None, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing libraries are told in a sentence, and looked for again on the next start."""
    runs.answers["-I"] = (0, "libxcb-cursor.so.0\n")
    assert main.main([]) == main.main([]) == 1
    assert "libxcb-cursor0" in capsys.readouterr().err
    assert handed.module == []


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (main.Trouble("no luck: try harder"), 1, "GradStudio: no luck: try harder\n"),
        (PermissionError(13, "Permission denied"), 1, "can't be written to"),
        (KeyboardInterrupt(), 130, "GradStudio: stopped; to go on, start again with: python3 main.py\n"),
    ],
)
def test_whatever_happens_is_one_sentence(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Troubles, system errors and Ctrl+C end with a sentence and an exit code, not with a traceback."""

    def fail(_extras: set[str]) -> main.Stamp:
        raise error

    monkeypatch.setattr(main, "prepare", fail)
    assert main.main([]) == code
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_handing_over_becomes_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """On POSIX systems the process becomes .venv's Python, safe from modules that lie in the current folder."""
    become: list[object] = []
    monkeypatch.setattr(os, "execve", lambda *words: become.extend(words))
    monkeypatch.setattr(os, "name", "posix")
    monkeypatch.setattr(subprocess, "call", lambda *_words, **_more: 0)
    main.hand_over(["gradstudio.app", "x.grad"], COLOUR="red")
    program, command, variables = become
    assert (program, command) == (
        str(main.PYTHON),
        [str(main.PYTHON), "-P", "-m", "gradstudio.app", "x.grad"],
    )
    assert isinstance(variables, dict)
    assert variables["COLOUR"] == "red"


def test_output_is_followed_line_by_line() -> None:
    """A command's lines arrive while it runs, and its exit code and whole output at the end."""
    lines: list[str] = []
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    assert main.follow([sys.executable, "-u", "-c", code], lines.append) == (3, "one\ntwo\n")
    assert lines == ["one\n", "two\n"]


def test_interrupt_ends_the_command() -> None:
    """Ctrl+C does not leave pip running behind."""

    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        main.follow([sys.executable, "-u", "-c", "import time; print(1); time.sleep(60)"], interrupt)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Collecting numpy>=2 (from gradstudio==0.1.0)", "looking for numpy"),
        (
            "  Downloading PySide6_Essentials-6.11.3-cp310-abi3-x.whl (96.3 MB)",
            "downloading PySide6_Essentials (96.3 MB)",
        ),
        ("Installing collected packages: a, b, c", "unpacking 3 packages"),
        ("WARNING: Retrying (Retry(total=4)) after ...", "the package index does not answer, trying again"),
        ("Requirement already satisfied: numpy", ""),
        ("\n", ""),
    ],
)
def test_pip_is_put_into_words(line: str, words: str) -> None:
    """What pip says is told in few words, and its noise not at all."""
    status = main.Status()
    main.tell(line, status)
    assert status._text == words


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        """Says that it is one."""
        return True


def test_progress_on_a_terminal_is_one_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the status is a single line with a clock, gone at the end."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    with main.Status() as status:
        status.stage("making .venv")
        time.sleep(0.25)
        status.detail("x" * 500)
        time.sleep(0.25)
    shown = terminal.getvalue()
    assert "Preparing GradStudio, 0 s: making .venv" in shown
    assert "\n" not in shown
    assert max(map(len, shown.split("\r"))) < 120
    assert shown.endswith("\r\x1b[K")


def test_progress_in_a_pipe_is_a_line_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe each stage prints a line and details none."""
    with main.Status() as status:
        status.stage("making .venv")
        status.detail("looking for numpy")
    assert capsys.readouterr().out == "GradStudio: making .venv ...\n"


def test_help_names_every_option(checkout: Path) -> None:
    """--help works before anything is installed and names what can be asked for."""
    words = [sys.executable, "-I", "-S", str(checkout / "main.py"), "--help"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert all(option in done.stdout for option in ("FILE.grad", "--test", "--prepare", "--with"))
