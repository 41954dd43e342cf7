"""How many threads the matrix library may use."""

from __future__ import annotations

import os

from threadpoolctl import threadpool_limits


def leave_a_core() -> None:
    """Let BLAS use all cores but one.

    The window's thread keeps that one; and two BLAS threads on two shared cores can be fifty times slower than one.
    The number of threads also decides how sums are split, so a fixed number keeps results the same to the bit.
    """
    threadpool_limits(limits=max(1, (os.cpu_count() or 2) - 1), user_api="blas")
