"""Memory: how much may be taken, amounts of it as people write them, and where arrays begin in it."""

from __future__ import annotations

import math
import os

import numpy as np
import numpy.typing as npt

from gradstudio.engine.types import Array, Shape

LINE = 64
"""Bytes of a cache line."""
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def memory_limit() -> int:
    """Bytes a graph may take unless told otherwise: half of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 if hasattr(os, "sysconf") else 4 * 2**30


def amount(size: int) -> str:
    """Bytes as people write them: "64.0 MiB"."""
    power = min(size.bit_length() - 1, 60) // 10
    return f"{size / 2 ** (10 * power):,.1f} {UNITS[power]}" if power > 0 else f"{size} bytes"


def zeros(shape: Shape, dtype: npt.DTypeLike) -> Array:
    """An array of zeros that begins where a cache line does.

    numpy's begin 16 bytes behind one, so that each of a processor's widest vectors lies across two: that takes Adam a
    tenth to a quarter longer.
    """
    wanted = np.dtype(dtype)
    size = math.prod(shape) * wanted.itemsize
    if size < LINE:
        return np.zeros(shape, wanted)
    raw = np.zeros(size + LINE, np.uint8)
    first = -raw.__array_interface__["data"][0] % LINE
    return raw[first : first + size].view(wanted).reshape(shape)
