"""Whether the one who trains a run is still there: a lock that the system lets go of when a process ends, however."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_ours: set[Path] = set()
"""Locks of this process: systems tell processes apart, not parts of one."""


class Hold:
    """A lock on a file, as long as this process lives or until it is let go.

    Attributes:
        path: of the file, which goes with the lock.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        _ours.add(path)

    def let_go(self) -> None:
        """Give it up, and take the file away."""
        if self.path in _ours:
            _ours.discard(self.path)
            os.close(self._descriptor)
            with suppress(OSError):
                self.path.unlink()


def create(path: Path) -> Hold | None:
    """Make a file and hold it; None if there is one of that name.

    Raises:
        OSError: if it can't be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return None
    _lock(descriptor)
    return Hold(path, descriptor)


def take_over(path: Path) -> Hold | None:
    """Hold the file somebody has left behind, or make it; None if somebody holds it."""
    if path in _ours:
        return None
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    if _lock(descriptor):
        return Hold(path, descriptor)
    os.close(descriptor)
    return None


def held(path: Path) -> bool:
    """Whether a living process holds it."""
    if path in _ours:
        return True
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock a file if nobody else has; whether that went. On a disk that knows no locks it always does."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import errno
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN)
    return True
