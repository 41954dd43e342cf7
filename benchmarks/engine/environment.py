"""The virtual environment the peers live in, made when first needed and used again after that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.engine.peers import Peer

PROBE = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""
"""Run in the environment with names of distributions: prints the versions of those that are there."""


def cache_folder() -> Path:
    """Where the benchmark keeps what it need not make again."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "gradstudio-benchmarks"


def default_folder() -> Path:
    """The environment of the peers, one for each version of Python."""
    return cache_folder() / f"peers-{sys.version_info.major}.{sys.version_info.minor}"


class Environment:
    """A virtual environment in a folder of its own.

    Attributes:
        python: its interpreter.
        log: what pip said last.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None] = print) -> None:
        self.folder = folder
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.log = folder / "install.log"
        self._tell = tell

    def provide(self, peers: Iterable[Peer]) -> dict[str, str]:
        """Install what these peers need and isn't there; returns the peers that can't be had, with the reason."""
        needed = [peer for peer in peers if peer.packages]
        if not needed:
            return {}
        trouble = self._make()
        if trouble:
            return dict.fromkeys((peer.name for peer in needed), trouble)
        absent = {peer.name: self._install(peer) for peer in needed}
        return {name: reason for name, reason in absent.items() if reason}

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """The versions of those of these distributions that are there; empty where nothing runs."""
        try:
            done = _run([str(self.python), "-I", "-c", PROBE, *names])
            return {str(name): str(version) for name, version in json.loads(done.stdout).items()}
        except (OSError, ValueError):
            return {}

    def _make(self) -> str:
        """Make the environment where it doesn't run; returns what went wrong, empty if nothing did."""
        if self.versions(["pip"]):
            return ""
        self._tell(f"making an environment for the peers in {self.folder}")
        base = getattr(sys, "_base_executable", sys.executable)
        try:
            done = _run([base, "-m", "venv", "--clear", str(self.folder)])
        except OSError as error:
            return f"no environment for it: {error}"
        return "" if done.returncode == 0 else f"no environment for it: {_last_line(done.stdout)}"

    def _install(self, peer: Peer) -> str:
        """Install what a peer misses; returns what went wrong, empty if nothing did."""
        there = self.versions(peer.distributions)
        missing = [package for package in peer.packages if not _satisfied(package, there)]
        if not missing:
            return ""
        self._tell(f"installing {', '.join(missing)} for {peer.name}")
        pip = [str(self.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        done = _run([*pip, "--progress-bar", "off", *missing])
        self.log.write_text(done.stdout, encoding="utf-8")
        return "" if done.returncode == 0 else f"can't be installed: {_last_line(done.stdout)}"


def _satisfied(package: str, there: dict[str, str]) -> bool:
    """Whether a requirement such as "torch==2.13.0" is met, a local version such as 2.13.0+cpu included."""
    name, _, version = package.partition("==")
    found = there.get(name, "").partition("+")[0]
    return bool(found) and (not version or found == version)


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, with all it says as one text."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    return subprocess.run(
        command, env={**environment, "PIP_USER": "0"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


def _last_line(text: str) -> str:
    """The last error in what a command said, or else its last line."""
    lines = text.strip().splitlines() or ["it failed without a word"]
    return next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1])
