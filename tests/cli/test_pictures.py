"""The commands that draw, each in a process of its own: Qt is set up for a picture there, not for tests."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from gradstudio import files
from gradstudio.cli.examples import find

PNG = b"\x89PNG\r\n\x1a\n"


def gradstudio(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Runs the program in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "gradstudio.cli", *map(str, words)],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PATH": "", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def size(file: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    data = file.read_bytes()
    assert data.startswith(PNG)
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize("out", ["f.png", "f.svg"])
def test_a_network_is_drawn(tmp_path: Path, out: str) -> None:
    """The picture is written as its ending says, silently, and the same bytes every time."""
    example = find("sum-times-z").path
    first, again = gradstudio(tmp_path, "picture", example, out), gradstudio(tmp_path, "picture", example, f"2{out}")
    assert (first.returncode, first.stderr, again.returncode) == (0, "", 0)
    drawn = (tmp_path / out).read_bytes()
    assert drawn == (tmp_path / f"2{out}").read_bytes()
    assert drawn.startswith(PNG) if out.endswith("png") else b"<svg" in drawn[:500]


def test_a_part_is_drawn(tmp_path: Path) -> None:
    """--only draws the nodes that are named and the wires between them; an unknown name is refused."""
    example = find("sum-times-z").path
    done = gradstudio(tmp_path, "picture", example, "part.svg", "--only", "q, f")
    assert (done.returncode, done.stderr) == (0, "")
    said = re.findall(r">([^<>]+)</text>", (tmp_path / "part.svg").read_text(encoding="utf-8"))
    assert {"q", "f", "3", "-12"} <= set(said)
    assert not {"z", "5", "-2"} & set(said)
    wrong = gradstudio(tmp_path, "picture", example, "other.svg", "--only", "q,nope")
    assert (wrong.returncode, "“nope”" in wrong.stderr, "x, y, z, q, f" in wrong.stderr) == (2, True, True)
    assert not (tmp_path / "other.svg").exists()


def test_a_picture_shows_values_and_gradients(tmp_path: Path) -> None:
    """The numbers of the course stand in the SVG as text, and a light picture has other bytes than a dark one."""
    example = find("sum-times-z").path
    gradstudio(tmp_path, "picture", example, "dark.svg", "--theme", "dark")
    gradstudio(tmp_path, "picture", example, "light.svg", "--theme", "light")
    dark, light = ((tmp_path / f"{theme}.svg").read_text(encoding="utf-8") for theme in ("dark", "light"))
    assert ">-12<" in dark
    assert dark != light


def test_the_window_is_drawn_without_a_screen(tmp_path: Path) -> None:
    """The picture of the window has the size asked for; training first and selecting a node work."""
    done = gradstudio(
        tmp_path, "window", find("spiral-linear").path, "w.png", "--train", 5, "--select", "scores", "--size", "900x600"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert size(tmp_path / "w.png") == (900, 600)


@pytest.mark.parametrize(
    "words",
    [
        ("--select", "nobody"),
        ("--size", "huge"),
        ("--size", "10x10"),
        ("--theme", "pink"),
        ("--train", "-1"),
    ],
)
def test_bad_wishes_for_a_window_end_with_2(tmp_path: Path, words: tuple[str, str]) -> None:
    """An unknown node, size or theme is refused in a line before anything is drawn."""
    done = gradstudio(tmp_path, "window", find("product").path, "w.png", *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "w.png").exists()


def test_training_what_cannot_learn_is_refused(tmp_path: Path) -> None:
    """A circuit of constants can't be trained for a picture either."""
    done = gradstudio(tmp_path, "window", find("product").path, "w.png", "--train", 3)
    assert done.returncode == 2
    assert "nothing to train" in done.stderr


@pytest.mark.parametrize("command", ["picture", "window"])
def test_a_picture_of_another_kind_is_refused(tmp_path: Path, command: str) -> None:
    """Only PNG (and for the canvas SVG) can be written."""
    done = gradstudio(tmp_path, command, find("product").path, "w.gif")
    assert (done.returncode, "must end in" in done.stderr) == (2, True)


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS always have a screen")
@pytest.mark.parametrize("words", [(), ("open",)])
def test_without_a_screen_the_studio_says_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Where there is no screen the studio ends with 1 and names what works without one."""
    done = gradstudio(tmp_path, *words)
    assert done.returncode == 1
    assert "gradstudio demo" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_broken_file_is_refused_before_the_studio_opens(tmp_path: Path) -> None:
    """`gradstudio FILE.grad` is `gradstudio open FILE.grad`, and says what is wrong with the file."""
    (tmp_path / "broken.grad").write_bytes(b"broken")
    done = gradstudio(tmp_path, "broken.grad")
    assert (done.returncode, "broken.grad" in done.stderr) == (2, True)


@pytest.mark.slow
def test_the_demo_does_the_main_job(tmp_path: Path) -> None:
    """The demo trains the spiral, writes network and picture, and tells loss and accuracy."""
    done = gradstudio(tmp_path, "demo", "--out", "gradstudio-demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Final loss 0.24" in done.stdout
    assert "accuracy 98" in done.stdout
    assert files.read(tmp_path / "gradstudio-demo" / "spiral.grad").training.step == 10_000
    assert size(tmp_path / "gradstudio-demo" / "window.png") == (1760, 1080)
