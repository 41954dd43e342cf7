"""What main.py makes of .venv: nothing on the second start, and a new one where it is broken."""

import json
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

import main
from tests.launcher.conftest import Runs

WHOLE = main.Found("3.11", has_pip=True, complete=True)
HALF_MADE = main.Found("3.11", has_pip=True, complete=False)
WITHOUT_PIP = main.Found("3.11", has_pip=False, complete=False)


def seen(monkeypatch: pytest.MonkeyPatch, *looks: main.Found | None) -> None:
    """Lets main.look find these, one after the other."""
    answers = iter(looks)
    monkeypatch.setattr(main, "look", lambda: next(answers))


def stamped(*extras: str, version: str = "3.11") -> main.Stamp:
    """Puts a stamp into .venv that fits the checkout, with these extras."""
    main.VENV.mkdir(exist_ok=True)
    stamp = main.Stamp(main.digest(version), extras)
    main.write_stamp(stamp)
    return stamp


@pytest.fixture
def real_venv(tree: Path) -> Path:
    """A real .venv that borrows the modules of the environment the tests run in, but GradStudio from its own tree."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(main.VENV)], check=True)
    variables = {"base": str(main.VENV), "platbase": str(main.VENV)}
    site = Path(sysconfig.get_path("purelib", "venv", variables))
    site.joinpath("tree.pth").write_text(f"{tree}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return main.VENV


def test_first_start_makes_and_installs(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no .venv it is made, GradStudio installed editable, and the success stamped."""
    seen(monkeypatch, None, WHOLE)
    stamp = main.prepare({"test"})
    assert runs.kinds == ["venv", "pip"]
    assert runs.commands[1][-2:] == ["--editable", ".[test]"]
    assert stamp == main.read_stamp() == main.Stamp(main.digest("3.11"), ("test",), ())


def test_second_start_runs_nothing(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole .venv with a fitting stamp is used as it is."""
    seen(monkeypatch, WHOLE)
    stamp = stamped("test", "torch")
    assert main.prepare({"test"}) == stamp
    assert runs.commands == []


def test_changed_declaration_installs_again(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of pyproject.toml pip runs again, with the extras there were."""
    seen(monkeypatch, WHOLE, WHOLE)
    stamped("torch")
    declaration = tree / "pyproject.toml"
    declaration.write_text(declaration.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    main.prepare({"test"})
    assert runs.kinds == ["pip"]
    assert runs.commands[0][-1] == ".[test,torch]"


def test_other_python_installs_again(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stamp made for another Python version counts for nothing."""
    stamped()
    other = WHOLE._replace(version="3.12")
    seen(monkeypatch, other, other)
    main.prepare(set())
    assert runs.kinds == ["pip"]


def test_wanted_extra_is_installed(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that the stamp does not know is installed on top."""
    seen(monkeypatch, WHOLE, WHOLE)
    stamped()
    main.prepare({"test"})
    assert main.read_stamp().extras == ("test",)


def test_half_made_environment_is_completed(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .venv with pip but without GradStudio (an interrupted start, a moved checkout) only needs pip."""
    seen(monkeypatch, HALF_MADE, WHOLE)
    stamped()
    main.prepare(set())
    assert runs.kinds == ["pip"]


@pytest.mark.parametrize("found", [None, WITHOUT_PIP])
def test_broken_environment_is_made_anew(
    found: main.Found | None, tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .venv whose Python does not run, or has no pip, is removed and made anew."""
    seen(monkeypatch, found)
    stamped()
    main.VENV.joinpath("rubbish").touch()
    runs.answers["pip"] = (1, "ERROR: stop here")
    with pytest.raises(main.Trouble, match="stop here"):
        main.prepare(set())
    assert runs.kinds == ["venv", "pip"]
    assert not main.VENV.joinpath("rubbish").exists()


@pytest.mark.parametrize("kind", ["file", "dangling link", "link to a folder"])
def test_whatever_stands_in_the_way_is_removed(kind: str, tree: Path, runs: Runs) -> None:
    """A file or a link named .venv gives way, and what a link points to is left alone."""
    elsewhere = tree / "elsewhere"
    if kind == "file":
        main.VENV.touch()
    else:
        main.VENV.symlink_to(elsewhere)
    if kind == "link to a folder":
        elsewhere.mkdir()
    main.rebuild(main.Status())
    assert main.VENV.is_dir()
    assert not main.VENV.is_symlink()
    assert elsewhere.exists() == (kind == "link to a folder")


def test_environment_that_cannot_be_removed(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a broken .venv can't be removed, the sentence says so and what to do."""
    main.VENV.mkdir()

    def refuse(_path: Path) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(main.Trouble, match=r"can't be removed \(Device or resource busy\): delete it and start again"):
        main.rebuild(main.Status())


def test_failed_installation_leaves_no_stamp(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamp is written on success only, and pip's words are kept."""
    seen(monkeypatch, HALF_MADE)
    main.VENV.mkdir()
    runs.answers["pip"] = (1, "ERROR: it went wrong")
    with pytest.raises(main.Trouble):
        main.prepare(set())
    assert not main.STAMP.exists()
    assert main.LOG.read_text() == "ERROR: it went wrong"


def test_installation_that_does_not_work(tree: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pip succeeds and GradStudio still can't be imported, no stamp pretends otherwise."""
    seen(monkeypatch, HALF_MADE, HALF_MADE)
    main.VENV.mkdir()
    with pytest.raises(main.Trouble, match="delete that folder and start again"):
        main.prepare(set())
    assert not main.STAMP.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"digest": "x"}', '{"digest": "x", "extras": 3, "platforms": []}'])
def test_damaged_stamp_counts_for_nothing(text: str, tree: Path) -> None:
    """A stamp that can't be read is no stamp."""
    main.VENV.mkdir()
    main.STAMP.write_text(text)
    assert main.read_stamp() == main.Stamp()


def test_stamp_is_json(tree: Path) -> None:
    """The stamp can be read by a person."""
    stamped("test")
    assert json.loads(main.STAMP.read_text())["extras"] == ["test"]


def test_no_environment_is_seen(tree: Path) -> None:
    """Without .venv there is nothing to find."""
    assert main.look() is None


@pytest.mark.parametrize(
    "script", ["#!/nowhere/python3\n", "not a program", "#!/bin/sh\nexit 3\n", "#!/bin/sh\necho 3\n"]
)
def test_python_that_does_not_run_is_seen(script: str, tree: Path) -> None:
    """An interpreter that is missing, mangled, failing or mute counts as none."""
    main.PYTHON.parent.mkdir(parents=True)
    main.PYTHON.write_text(script)
    main.PYTHON.chmod(0o755)
    assert main.look() is None


def test_whole_environment_is_seen(real_venv: Path) -> None:
    """A .venv whose Python imports this checkout and its dependencies is whole."""
    found = main.look()
    assert found is not None
    assert (found.version, found.complete) == ("{}.{}".format(*sys.version_info[:2]), True)


def test_foreign_checkout_is_seen(real_venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .venv that holds the GradStudio of another folder, as after a copy, is not whole."""
    monkeypatch.setattr(main, "ROOT", tmp_path)
    found = main.look()
    assert found is not None
    assert not found.complete


def test_second_start_is_immediate(real_venv: Path, runs: Runs) -> None:
    """The whole second start, a look into .venv included, takes a fraction of a second."""
    found = main.look()
    assert found is not None
    stamped(version=found.version)
    started = time.perf_counter()
    main.prepare(set())
    assert time.perf_counter() - started < 0.5
    assert runs.commands == []


def test_misleading_variables_are_kept_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONHOME and a user-wide pip setting don't reach .venv; everything else does."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    variables = main.clean(QT_QPA_PLATFORM="offscreen")
    assert "PYTHONHOME" not in variables
    assert (variables["PIP_USER"], variables["PIP_FIND_LINKS"]) == ("0", "/wheels")
    assert variables["QT_QPA_PLATFORM"] == "offscreen"
