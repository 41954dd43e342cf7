"""One peer in a process of its own, told what to do by lines of JSON on standard input.

    {"do": "build", "workload": name}   make it ready; answers with losses of the first steps and times
    {"do": "time", "seconds": number}   step so long; answers with microseconds a step, block by block

What can't be done is answered with {"absent": reason}. The first line of all tells versions.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, TextIO

from benchmarks.engine.peers import PEERS, Peer
from benchmarks.engine.runner import Runner, Unsupported
from benchmarks.engine.workloads import make

CHECKED = 5
"""Steps whose losses are compared."""
STACK = 256 * 2**20
"""Bytes: some peers walk through a circuit by recursion."""


class Bench:
    """What this process knows: its peer's module, and the workload built last."""

    def __init__(self, peer: Peer) -> None:
        self._build: Callable[..., Runner] = importlib.import_module(peer.module).build
        self._peer = peer
        self._runner: Runner | None = None

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a message asks for."""
        if message["do"] == "build":
            return self.build(message["workload"])
        if self._runner is None:
            return {"absent": "nothing was built"}
        return {"us": self._runner.time(message["seconds"])}

    def build(self, name: str) -> dict[str, Any]:
        """Make a workload ready and look at its first steps.

        A network is built once more after that, for its losses are compared at another rate than it is timed at.
        """
        workload = make(name)
        checked = workload.checked() if self._peer.computes else workload
        start = time.perf_counter()
        runner = self._build(checked, self._peer.variant)
        losses = first_losses(runner, 1)
        found = {"first_s": time.perf_counter() - start, "facts": runner.facts}
        if self._peer.computes:
            found |= {"losses": losses, "gradients": runner.gradients()}
        if checked is not workload:
            losses += first_losses(runner, CHECKED - 1)
            runner = self._build(workload, self._peer.variant)
            first_losses(runner, 1)
        self._runner = runner
        gc.collect()
        return found


def first_losses(runner: Runner, count: int) -> list[float]:
    """The losses of the next steps."""
    losses = []
    for _ in range(count):
        runner.step()
        runner.sync()
        losses.append(runner.loss())
    return losses


def versions(peer: Peer) -> dict[str, str]:
    """Versions of Python and of what the peer is made of."""
    names = peer.distributions or ("numpy",)
    found = {name: importlib.metadata.version(name) for name in names}
    return {"python": platform.python_version(), **found}


def serve(name: str, out: TextIO) -> None:
    """Answer until standard input ends."""
    warnings.filterwarnings("ignore")

    def say(answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=out, flush=True)

    try:
        bench = Bench(PEERS[name])
        say({"versions": versions(PEERS[name])})
        for line in sys.stdin:
            try:
                say(bench.answer(json.loads(line)))
            except Unsupported as reason:
                say({"absent": str(reason)})
    except Exception as error:  # noqa: BLE001 - whatever a peer may raise is the answer
        say({"absent": f"{type(error).__name__}: {error}"[:300]})


def pin() -> None:
    """Stay on the first core, so that no thread of a library runs beside the one that is timed."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main() -> None:
    """Serve in a thread with a large stack; what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if os.environ.get("OMP_NUM_THREADS") == "1":
        pin()
    sys.setrecursionlimit(1_000_000)
    threading.stack_size(STACK)
    thread = threading.Thread(target=serve, args=(sys.argv[1], out))
    thread.start()
    thread.join()
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
