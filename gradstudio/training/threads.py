"""How many threads the matrix library may use."""

from __future__ import annotations

import os
from functools import cache

from threadpoolctl import threadpool_limits


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
