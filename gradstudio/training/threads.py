"""How many threads the matrix library may use, and which thread goes first."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache

from threadpoolctl import threadpool_limits

NICE = 10


def cores() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2


@cache
def leave_a_core() -> None:
    """Let BLAS use all cores but one, in the whole process; asked again it does nothing.

    The window's thread keeps that one; and two BLAS threads on two shared cores can be fifty times slower than one.
    Asked by whatever may make a product first: the window and the trainer when they are made, the gradient check.
    """
    threadpool_limits(limits=max(1, cores() - 1), user_api="blas")


def be_nice() -> None:
    """Let other threads than this one go first where the system can: on Linux a thread has a priority of its own."""
    set_priority: Callable[[int, int, int], None] | None = getattr(os, "setpriority", None)
    if set_priority is not None and os.uname().sysname == "Linux":
        try:
            set_priority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        except OSError:
            return
