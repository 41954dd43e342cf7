"""What every test runs in: no screen, nobody's settings, one BLAS thread, and the guards of tests/guards.py.

The environment is set here, at import, because Qt and numpy read theirs when they are first imported.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.guards", "tests.patience"]


@pytest.fixture(autouse=True)
def _no_benchmark_gates():
    """What a benchmark's document registers is gone after the test."""
    yield
    from gradstudio.engine.catalog import CATALOG

    for gate in [gate for gate in CATALOG if gate.id.startswith("benchmark_")]:
        CATALOG.unregister(gate)


_HOME = Path(tempfile.mkdtemp(prefix="gradstudio-tests-"))


def _isolate(home: Path) -> None:
    """Points Qt at no screen and every settings, data and cache folder at ``home``."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    os.environ["LC_ALL"] = "C.UTF-8"
    for library in ("OPENBLAS", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


_isolate(_HOME)
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")  # what is true doesn't depend on how busy the machine is


def pytest_unconfigure() -> None:
    """Removes the folder the tests kept their settings in."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the source tree."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs the test in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
