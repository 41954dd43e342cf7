"""The other end of a worker: starts it, asks it, and ends it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

from benchmarks.engine.environment import cache_folder

ROOT = Path(__file__).resolve().parents[2]
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONHOME")
"""Not handed on: the first two make OpenBLAS choose kernels for another machine."""
THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NUM_CPU_THREADS",
)  # fmt: skip
HELLO = 180.0
"""Seconds a peer may take to import its library."""


class Worker:
    """One peer's process.

    Attributes:
        absent: why it doesn't answer; empty while it does.
        versions: what it runs with.
    """

    def __init__(self, name: str, python: str, threads: int) -> None:
        self.absent = ""
        self._log = _log_file(name).open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.engine.worker", name], cwd=ROOT, env=environment(threads), text=True,
            encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.versions: dict[str, str] = self._answer(HELLO).get("versions", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._end(patience=0 if self.absent else 5)

    def ask(self, patience: float, **message: object) -> dict[str, Any]:
        """The answer to a message; {"absent": reason} where there is none within so many seconds."""
        if not self.absent:
            try:
                assert self._process.stdin is not None
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()
            except OSError:
                self.absent = "its process has ended"
        return {"absent": self.absent} if self.absent else self._answer(patience)

    def _answer(self, patience: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            self.absent = f"no answer in {patience:.0f} s"
            return {"absent": self.absent}
        answer: dict[str, Any] = json.loads(line) if line else {"absent": f"its process ended; see {self._log.name}"}
        self.absent = answer.get("absent", "")
        return answer

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _end(self, patience: float) -> None:
        """Let it end by itself, or kill it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(patience)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._log.close()


def environment(threads: int) -> dict[str, str]:
    """The environment of every worker."""
    kept = {name: value for name, value in os.environ.items() if name not in SLOWING}
    eigen = "true" if threads > 1 else "false"
    cache = cache_folder()
    return {
        **kept,
        **dict.fromkeys(THREADS, str(threads)),
        "PYTHONPATH": str(ROOT),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}",
        "JAX_PLATFORMS": "cpu",
        "DEV": "CPU",
        "CACHEDB": str(cache / "tinygrad.db"),
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor"),
    }


def _log_file(name: str) -> Path:
    folder = cache_folder() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name.replace(':', '-')}.txt"
