"""Bytes of a file, unpacked where it is gzipped, and never more than a limit."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

from gradstudio.data.errors import Damaged, TooLarge
from gradstudio.data.progress import told

MAGIC = b"\x1f\x8b"
LIMIT = 4 * 2**30
"""Bytes of a file that is read as a whole."""
PIECE, START = 2**18, 2**12
"""Packed bytes that are unpacked together, and those that are enough for a look at the beginning."""
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


def beginning(path: Path, length: int) -> bytes:
    """The first bytes of what a gzip file holds; fewer where it is damaged."""
    with path.open("rb") as file, suppress(zlib.error):
        return zlib.decompressobj(_GZIP).decompress(file.read(START), length)
    return b""


def fill(path: Path, skip: int, room: memoryview) -> bool:
    """Unpack a file of one part into room for it, some bytes at its beginning left out: nothing is copied twice.

    Returns:
        Whether it is whole and fits exactly; if not, `content` says what is wrong.
    """
    part, at, size = zlib.decompressobj(_GZIP), -skip, path.stat().st_size
    with path.open("rb") as file, suppress(zlib.error):
        while packed := file.read(PIECE):
            told(file.tell(), size)
            made = part.decompress(packed, len(room) - at + 1)
            fresh = memoryview(made)[max(0, -at) :]
            if part.unconsumed_tail or part.unused_data or max(at, 0) + len(fresh) > len(room):
                return False
            room[max(at, 0) : max(at, 0) + len(fresh)] = fresh
            at += len(made)
    return part.eof and at == len(room)


def _damaged(path: Path, found: str, byte: int) -> Damaged:
    place = f"byte {byte:,}"
    return Damaged("a whole gzip file", found, "Download or copy it again.", place=place, name=path.name)


def _refuse_long(path: Path, size: int, limit: int) -> None:
    if size > limit:
        advice = "Save it as Parquet or NPY, which are read in parts."
        raise TooLarge(f"at most {limit:,} bytes", f"{size:,} or more", advice, name=path.name)
