"""What main.py says when something is missing: one sentence, with the remedy."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import main

NO_NETWORK = """\
WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(...)': /simple/hatchling/
  ERROR: Could not find a version that satisfies the requirement hatchling>=1.26 (from versions: none)
  ERROR: No matching distribution found for hatchling>=1.26
"""
NO_NETWORK_NO_RETRIES = """\
  ERROR: Could not find a version that satisfies the requirement hatchling>=1.26 (from versions: none)
"""
NO_RELEASE = """\
ERROR: Could not find a version that satisfies the requirement PySide6-Essentials<6.12,>=6.8.3; python_version < "3.12"
ERROR: No matching distribution found for PySide6-Essentials<6.12,>=6.8.3; python_version < "3.12"
"""
DEBIAN = """\
The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv
package using the following command.
"""
SENTENCES = {
    "network": (NO_NETWORK, "the package index can't be reached: connect to the network"),
    "network, no retries": (NO_NETWORK_NO_RETRIES, "the package index can't be reached"),
    "release": (NO_RELEASE, "there is no release of PySide6-Essentials<6.12,>=6.8.3 for this Python"),
    "Debian": (DEBIAN, "sudo apt install python3-venv"),
    "no venv": ("/usr/bin/python3: No module named venv", "sudo apt install python3-venv"),
    "disk": ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left", "free about 2 GB"),
    "permission": ("Error: [Errno 13] Permission denied: '/opt/gradstudio/.venv'", "correct its permissions"),
    "read-only": ("Error: [Errno 30] Read-only file system: '/mnt/.venv'", "can't be written to"),
    "unknown": ("Collecting numpy\nERROR: the moon is full\nmore", "ERROR: the moon is full; correct that"),
    "mute": ("", "it failed without a word; correct that"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_failed_installation_is_explained(case: str) -> None:
    """Each way an installation fails has its sentence, which ends with how to go on."""
    output, part = SENTENCES[case]
    sentence = main.explain(output)
    assert part in sentence
    assert sentence.endswith(main.AGAIN)
    assert "\n" not in sentence


def test_full_disk_is_seen_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """ensurepip does not say that the disk is full; the free space does."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    assert "the disk is full" in main.explain("Error: Command '... ensurepip ...' returned non-zero exit status 1.")


@pytest.mark.parametrize(
    ("tools", "remedy"),
    [
        ({"apt"}, "apt install libegl1 libxcb-cursor0 (Debian, Ubuntu), and"),
        ({"dnf"}, "dnf install libglvnd-egl xcb-util-cursor (Fedora), and"),
        (set(), "apt install libegl1 libxcb-cursor0 (Debian, Ubuntu) or sudo dnf install libglvnd-egl"),
    ],
)
def test_missing_libraries_are_named_with_their_packages(
    tools: set[str], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing shared libraries come with the command of this system that installs them."""
    monkeypatch.setattr(shutil, "which", lambda tool: tool if tool in tools else None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    sentence = main.libraries_sentence(["libEGL.so.1", "libxcb-cursor.so.0", "libEGL.so.1"])
    assert sentence.startswith("Qt misses libEGL.so.1, libxcb-cursor.so.0: install them with sudo ")
    assert remedy in sentence


def test_root_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root, as in a container, is not told to use sudo."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "sudo" not in main.libraries_sentence(["libEGL.so.1"])


def test_unknown_library_is_named() -> None:
    """A library of no known package is named all the same."""
    sentence = main.libraries_sentence(["libodd.so.9"])
    assert "Qt misses libodd.so.9: install them with your system's package manager" in sentence


@pytest.mark.parametrize("tool", [0, 1], ids=["Debian", "Fedora"])
def test_every_library_has_a_package(tool: int) -> None:
    """The table of libraries has well-formed names for both families of systems."""
    assert all(re.fullmatch(r"[A-Za-z0-9.+-]+", packages[tool]) for packages in main.PACKAGES.values())


def search_libraries(folder: Path, *known: str) -> list[str]:
    """Runs the search for libraries with the PySide6 that lies in a folder."""
    words = [sys.executable, "-c", main.LIBRARIES, "offscreen", *known]
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_search_finds_nothing_missing_here(tmp_path: Path) -> None:
    """Where Qt works, no library is missing."""
    assert search_libraries(tmp_path, *main.PACKAGES) == []


def test_search_finds_all_missing_at_once(tmp_path: Path) -> None:
    """Qt names one missing library; the search names the others too."""
    (tmp_path / "PySide6").mkdir()
    complaint = "libEGL_odd.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "PySide6" / "__init__.py").write_text(f"raise ImportError({complaint!r})")
    assert search_libraries(tmp_path, "libc.so.6", "libother_odd.so.3") == ["libEGL_odd.so.1", "libother_odd.so.3"]


def test_search_tells_another_error(tmp_path: Path) -> None:
    """A Qt that is broken otherwise is told in its own words."""
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ImportError('mangled')")
    assert search_libraries(tmp_path, "libodd.so") == ["error: mangled"]


def test_old_python_is_told_so(checkout: Path) -> None:
    """On an unsupported Python one sentence says so, whatever else main.py needs."""
    code = f"import runpy, sys; sys.version_info = (3, 9, 1); runpy.run_path({str(checkout / 'main.py')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"GradStudio needs Python 3\.11 or newer, and this is Python 3\.9: .*\n", done.stderr)


def test_launcher_can_be_parsed_by_old_pythons(checkout: Path) -> None:
    """main.py is valid for the grammar of Python 3.7, the oldest that the parser here still knows."""
    ast.parse((checkout / "main.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_launcher_needs_the_standard_library_only(checkout: Path) -> None:
    """main.py imports nothing that has to be installed."""
    tree = ast.parse((checkout / "main.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.slow
def test_no_network_is_told_in_one_sentence(tree: Path) -> None:
    """Without a network the first start ends with one sentence, exit code 1 and no traceback."""
    variables = main.clean(
        PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0"
    )
    words = [sys.executable, "main.py"]
    done = subprocess.run(words, cwd=tree, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("GradStudio: the package index can't be reached")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stdout + done.stderr
