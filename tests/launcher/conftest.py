"""A checkout of its own for every test of main.py, and what main.py would have run in it."""

import shutil
from pathlib import Path

import pytest

import main


class Runs:
    """Stands in for main.follow: keeps the commands and answers as told."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.answers: dict[str, tuple[int, str]] = {}

    def __call__(self, command: list[str], each: object) -> tuple[int, str]:
        self.commands.append(list(command))
        if "venv" in command:
            main.VENV.mkdir()
        text = " ".join(command)
        return next((answer for part, answer in self.answers.items() if part in text), (0, ""))

    @property
    def kinds(self) -> list[str]:
        """What was run, in a word each."""
        words = {"venv": "venv", "pip": "pip", "-I": "libraries"}
        return [next(kind for word, kind in words.items() if word in command) for command in self.commands]


@pytest.fixture
def tree(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bare checkout that main.py takes for its own."""
    root = (tmp_path / "check out").resolve()
    (root / "gradstudio").mkdir(parents=True)
    for name in ("pyproject.toml", "main.py", "gradstudio/__init__.py"):
        shutil.copy(checkout / name, root / name)
    for name in ("ROOT", "VENV", "PYTHON", "STAMP", "LOG"):
        monkeypatch.setattr(main, name, root / getattr(main, name).relative_to(checkout))
    return root


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Nothing is really run; the commands are kept."""
    runs = Runs()
    monkeypatch.setattr(main, "follow", runs)
    return runs
