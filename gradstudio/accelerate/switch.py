"""Switching the accelerator on: it is loaded in a thread of its own, and used once it has proved itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec

from gradstudio.accelerate.proof import is_right
from gradstudio.accelerate.shorten import Call, Machine, shorten
from gradstudio.engine import acceleration

_log = logging.getLogger(__name__)


class Compiled:
    """The accelerator: of every run of numpy calls it makes one call of the compiled machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def shorten(self, calls: Sequence[Call]) -> list[Call]:
        """The same work to the same bits in fewer calls."""
        return shorten(calls, self._machine)


def is_available() -> bool:
    """Whether numba is installed. It isn't imported to find that out: that takes a moment."""
    return find_spec("numba") is not None


@contextmanager
def accelerated(delay: float = 0.0) -> Iterator[None]:
    """With the accelerator, from some time after so many seconds; what ends before that never waits for it.

    It is loaded in the background, the first time on a machine compiled. Without numba nothing is different.
    """
    leaving = threading.Event()
    loading = threading.Thread(target=_load_after, args=(delay, leaving), name="gradstudio-accelerator", daemon=True)
    if is_available():
        loading.start()
    try:
        yield
    finally:
        leaving.set()
        if loading.is_alive():
            loading.join()
        switch_off()


def switch_on() -> bool:
    """Load the accelerator and use it now; False where it can't be had."""
    accelerator = _load() if is_available() else None
    if accelerator is not None:
        acceleration.use(accelerator)
    return accelerator is not None


def switch_off() -> None:
    """Have all calls made one by one again."""
    acceleration.use(None)


def _load_after(delay: float, leaving: threading.Event) -> None:
    if leaving.wait(delay):
        return
    accelerator = _load()
    if accelerator is not None and not leaving.is_set():
        acceleration.use(accelerator)


@cache
def _load() -> Compiled | None:
    """The accelerator; None where it doesn't work, which costs speed and nothing else."""
    try:
        from gradstudio.accelerate.machine import run
    except (ImportError, RuntimeError, OSError) as error:
        _log.info("numba is installed but doesn't work here, so the engine goes without: %s", error)
        return None
    if not is_right(run):
        _log.info("numba and this numpy don't give the same bits, so the engine goes without.")
        return None
    return Compiled(run)
