"""Bytes to disk so that a crash, a full disk or a pulled plug never costs a file.

The new bytes go to a temporary file in the same folder and are synced; the previous version is kept as `name~`; one
rename puts the new version in place; the folder is synced. At every moment `name` is the old file or the new one.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from gradstudio.files.errors import NotWritable

ADVICE = "Save it somewhere else; what was there before is unharmed."
REASONS = {
    errno.ENOENT: ("a folder to save into", "none there", "Make the folder first, or choose another."),
    errno.ENOTDIR: ("a folder to save into", "a file in its place", ADVICE),
    errno.ENOSPC: ("room on the disk", "none left", "Free some space and save again; the file is as it was."),
    errno.EDQUOT: ("room on the disk", "your quota used up", "Free some space and save again; the file is as it was."),
    errno.EROFS: ("a disk that can be written", "one that can only be read", ADVICE),
    errno.EACCES: ("permission to write here", "none", ADVICE),
    errno.EPERM: ("permission to write here", "none", ADVICE),
    errno.ENAMETOOLONG: ("a shorter name", "one the disk can't hold", "Give it a shorter name."),
    errno.ELOOP: ("a file or a link to one", "links that lead in a circle", ADVICE),
}
UNSYNCABLE = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}
"""How systems say that a folder can't be synced here at all; on those the rename is as safe as it gets."""


class Disk:
    """The operations a safe save is made of, one method each, so that tests can let any of them fail."""

    def resolve(self, path: Path) -> Path:
        """The file a path stands for, links followed."""
        return Path(os.path.realpath(path))

    def kind(self, path: Path) -> int | None:
        """Its mode, or None where there is nothing."""
        try:
            return path.stat().st_mode
        except FileNotFoundError:
            return None

    def create(self, path: Path) -> int:
        """A descriptor of a new file."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write some of the data, and tell how much."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Wait until the bytes are on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""
        os.close(descriptor)

    def keep_mode(self, path: Path, mode: int) -> None:
        """Give the new file the permissions of the old one."""
        path.chmod(stat.S_IMODE(mode))

    def link(self, old: Path, new: Path) -> None:
        """A second name for a file."""
        new.hardlink_to(old)

    def copy(self, old: Path, new: Path) -> None:
        """A second file with the same bytes, where links are unknown."""
        shutil.copy2(old, new)

    def rename(self, old: Path, new: Path) -> None:
        """Put a file in the place of another, in one step."""
        old.replace(new)

    def sync_folder(self, folder: Path) -> None:
        """Wait until the folder's entries are on the disk."""
        if os.name == "nt":
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """Take a file away."""
        path.unlink(missing_ok=True)


DISK = Disk()


def write(data: bytes, path: Path, disk: Disk = DISK, *, keep: bool = True) -> None:
    """Put these bytes at this path; a link is followed, and the previous version is kept as `name~`.

    Args:
        data: the bytes.
        path: of the file.
        disk: to write to.
        keep: whether the previous version is kept; False for what can be made again, such as a picture.

    Raises:
        NotWritable: if the system refuses; the file is then what it was.
    """
    try:
        _write(data, path, disk, keep)
    except (OSError, ValueError) as error:
        raise _refusal(error) from error


def _write(data: bytes, path: Path, disk: Disk, keep: bool) -> None:
    target = disk.resolve(path)
    mode = disk.kind(target)
    if mode is not None and not stat.S_ISREG(mode):
        found = "a folder" if stat.S_ISDIR(mode) else "something else"
        raise NotWritable("a file", found, advice="Choose another name.")
    temporary = _beside(target)
    spare = _beside(target)
    try:
        _fill(temporary, data, disk)
        if mode is not None:
            disk.keep_mode(temporary, mode)
            if keep:
                _keep_previous(target, spare, disk)
        disk.rename(temporary, target)
    finally:
        for leftover in (temporary, spare):
            with suppress(OSError):
                disk.remove(leftover)
    _sync_folder(target.parent, disk)


def _beside(target: Path) -> Path:
    return target.with_name(f".gradstudio-{secrets.token_hex(8)}.tmp")


def _fill(path: Path, data: bytes, disk: Disk) -> None:
    descriptor = disk.create(path)
    try:
        left = memoryview(data)
        while left:
            left = left[disk.write(descriptor, left) :]
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)


def _keep_previous(target: Path, spare: Path, disk: Disk) -> None:
    try:
        disk.link(target, spare)
    except OSError:
        disk.copy(target, spare)
    disk.rename(spare, target.with_name(f"{target.name}~"))


def _sync_folder(folder: Path, disk: Disk) -> None:
    try:
        disk.sync_folder(folder)
    except OSError as error:
        if error.errno not in UNSYNCABLE:
            raise NotWritable(
                "the disk to confirm the save",
                f"an error ({error.strerror})",
                advice="The new version is in place, but may be lost if the machine stops now. Save it elsewhere too.",
            ) from error


def _refusal(error: OSError | ValueError) -> NotWritable:
    number = error.errno if isinstance(error, OSError) else None
    if number in REASONS:
        expected, found, advice = REASONS[number]
        return NotWritable(expected, found, advice=advice)
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return NotWritable("a place to save to", f"an error ({said})", advice=ADVICE)
