"""How many threads the matrix library may use."""

from __future__ import annotations

import os
from functools import cache

from threadpoolctl import threadpool_limits


@cache
def leave_a_core() -> None:
    """Let BLAS use all cores but one, in the whole process; asked again it does nothing.

    The window's thread keeps that one; and two BLAS threads on two shared cores can be fifty times slower than one.
    """
    threadpool_limits(limits=max(1, (os.cpu_count() or 2) - 1), user_api="blas")
