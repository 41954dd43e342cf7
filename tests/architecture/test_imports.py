"""The directions of imports: the contracts of pyproject.toml, and what they can't say."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ENGINE_MAY = {"numpy"}
"""The third parties of the engine."""
ENGINE_MAY_NOT = {
    "asyncio", "concurrent", "io", "multiprocessing", "pathlib", "queue", "shutil", "subprocess", "tempfile",
    "threading",
}  # fmt: skip
"""The engine is mathematics: no files and no threads."""
HEADLESS = ("engine", "accelerate", "gates", "document", "files", "data", "training", "runs", "export", "cli")
"""What works without a window, and so must not load one."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom."""
    return grimp.build_graph("gradstudio", include_external_packages=True, cache_dir=None)


@pytest.fixture(scope="module")
def third_parties_of_engine(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    """For each module of the engine, the top-level packages it imports from outside the house."""
    modules = {"gradstudio.engine", *graph.find_descendants("gradstudio.engine")}
    imported = {module: graph.find_modules_directly_imported_by(module) for module in modules}
    return {
        module: {name.partition(".")[0] for name in names if not name.startswith("gradstudio")}
        for module, names in imported.items()
    }


def test_contracts(checkout: Path) -> None:
    """Imports go app, cli -> ui -> training, files, export, data -> document -> engine, and gates -> engine only."""
    code = "import sys, importlinter.cli as c; sys.exit(c.lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_under_contract(graph: grimp.ImportGraph, checkout: Path) -> None:
    """A new top-level module of the house is named in a contract, or the contracts say nothing about it."""
    declared = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    rooms = graph.find_children("gradstudio")
    assert [room for room in sorted(rooms) if f'"{room}' not in declared and f": {room}" not in declared] == []


def test_engine_is_numpy_only(third_parties_of_engine: dict[str, set[str]]) -> None:
    """The engine imports numpy and nothing else of third parties."""
    allowed = ENGINE_MAY | sys.stdlib_module_names
    assert {module: names - allowed for module, names in third_parties_of_engine.items() if names - allowed} == {}


def test_engine_has_no_files_and_no_threads(third_parties_of_engine: dict[str, set[str]]) -> None:
    """The engine imports nothing of the standard library that opens files or starts threads."""
    found = {module: names & ENGINE_MAY_NOT for module, names in third_parties_of_engine.items()}
    assert {module: names for module, names in found.items() if names} == {}


def test_package_imports_nothing(graph: grimp.ImportGraph) -> None:
    """`import gradstudio` is free: the version, and no module of the house or of others."""
    assert graph.find_modules_directly_imported_by("gradstudio") == set()


@pytest.mark.parametrize("room", HEADLESS)
def test_headless_rooms_load_no_window(room: str, checkout: Path) -> None:
    """Importing a room below ui, or the command line, never loads PySide6."""
    code = f"import gradstudio.{room}, sys; print([n for n in ('PySide6', 'shiboken6') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
