"""ruff and mypy, as part of the suite."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of the environment in the checkout."""
    words = [sys.executable, "-m", *command]
    return subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff_passes(command: tuple[str, ...], checkout: Path) -> None:
    """Every source keeps the style rules of pyproject.toml."""
    done = run(checkout, "ruff", *command, "--no-cache", ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mypy_passes(checkout: Path) -> None:
    """Every source is typed, strictly."""
    done = run(checkout, "mypy", "--no-error-summary")
    assert done.returncode == 0, done.stdout + done.stderr
