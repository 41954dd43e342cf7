"""The words types are written in."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy.typing as npt

Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = npt.NDArray[Any]
Value: TypeAlias = "int | float | bool | str | Array | None"
"""What a param may hold."""
