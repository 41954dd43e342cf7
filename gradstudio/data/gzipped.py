"""Bytes of a file, unpacked where it is gzipped, and never more than a limit."""

from __future__ import annotations

import zlib
from pathlib import Path

from gradstudio.data.errors import Damaged, TooLarge

MAGIC = b"\x1f\x8b"
LIMIT = 4 * 2**30
"""Bytes of a file that is read as a whole."""
_GZIP = 31
"""What zlib calls a gzip file with its check sum."""


def content(path: Path, limit: int = LIMIT) -> bytes:
    """All bytes of a file, unpacked.

    Raises:
        Damaged: if it is gzipped and cut short or changed.
        TooLarge: if there are more than the limit.
    """
    _refuse_long(path, path.stat().st_size, limit)
    data = path.read_bytes()
    return _unpacked(path, data, limit) if data.startswith(MAGIC) else data


def _unpacked(path: Path, packed: bytes, limit: int) -> bytes:
    """What the parts of a gzip file hold together."""
    parts, size, left = [], 0, packed
    while left.startswith(MAGIC):
        part = zlib.decompressobj(_GZIP)
        try:
            parts.append(part.decompress(left, limit + 1 - size))
        except zlib.error:
            raise _damaged(path, "one with changed bytes", len(packed) - len(left)) from None
        size += len(parts[-1])
        _refuse_long(path, size, limit)
        if not part.eof:
            raise _damaged(path, "one that ends too early", len(packed))
        left = part.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _damaged(path: Path, found: str, byte: int) -> Damaged:
    place = f"byte {byte:,}"
    return Damaged("a whole gzip file", found, "Download or copy it again.", place=place, name=path.name)


def _refuse_long(path: Path, size: int, limit: int) -> None:
    if size > limit:
        advice = "Save it as Parquet or NPY, which are read in parts."
        raise TooLarge(f"at most {limit:,} bytes", f"{size:,} or more", advice, name=path.name)
