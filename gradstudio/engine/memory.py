"""Memory: how much may be taken, and amounts of it as people write them."""

from __future__ import annotations

import os

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def memory_limit() -> int:
    """Bytes a graph may take unless told otherwise: half of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 if hasattr(os, "sysconf") else 4 * 2**30


def amount(size: int) -> str:
    """Bytes as people write them: "64.0 MiB"."""
    power = min(size.bit_length() - 1, 60) // 10
    return f"{size / 2 ** (10 * power):,.1f} {UNITS[power]}" if power > 0 else f"{size} bytes"
