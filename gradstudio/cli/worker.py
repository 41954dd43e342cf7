"""The entry of a process that trains trials of a sweep: `python -m gradstudio.cli.worker`."""

from __future__ import annotations

import os
import signal
import sys

import gradstudio.gates  # noqa: F401 - fills the catalogue; networks can't be read without it
from gradstudio.accelerate import accelerated
from gradstudio.runs.worker import serve

LONG = 2.0
"""Seconds from which on a process is worth loading the engine's accelerator."""


def main() -> None:
    """Speak through the standard streams; whatever else is printed goes to the error stream. Ctrl+C is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with accelerated(LONG):
        serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
