"""The words types are written in."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy.typing as npt

Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = npt.NDArray[Any]
Value: TypeAlias = "int | float | bool | str | Array | None"
"""What a param may hold."""

MOST_AXES = 8
"""Axes an array may have."""
MOST_ENTRIES = 2**48
"""Entries an array may have: more than any memory holds, and far from where 64-bit sizes wrap around."""
