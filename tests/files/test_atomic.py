"""A save is all or nothing, whatever fails, and leaves nothing behind."""

import errno
import os
import stat
from pathlib import Path

import pytest

from gradstudio import files
from gradstudio.files import atomic
from tests.files.faults import OPERATIONS, FaultyDisk, ShortDisk

OLD, NEW = b"the old version", b"the new version, which is longer"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file in an older version, with its backup."""
    path = tmp_path / "net.grad"
    path.write_bytes(OLD)
    (tmp_path / "net.grad~").write_bytes(b"still older")
    return path


def names(folder: Path) -> set[str]:
    """What is in the folder, hidden files included."""
    return {path.name for path in folder.iterdir()}


def test_new_version_and_backup(target):
    """After a save the file is the new version, and `name~` the one before."""
    atomic.write(NEW, target)
    assert target.read_bytes() == NEW
    assert target.with_name("net.grad~").read_bytes() == OLD
    assert names(target.parent) == {"net.grad", "net.grad~"}


def test_what_can_be_made_again_leaves_no_backup(target):
    """`write_bytes` replaces the file and touches no `name~`; a folder that isn't there is named."""
    files.write_bytes(NEW, target)
    assert target.read_bytes() == NEW
    assert target.with_name("net.grad~").read_bytes() == b"still older"
    assert names(target.parent) == {"net.grad", "net.grad~"}
    with pytest.raises(files.NotWritable, match="missing"):
        files.write_bytes(NEW, target.parent / "missing" / "p.png")


def test_every_operation_is_tried(target):
    """The operations a save is made of are those that are let fail below."""
    disk = FaultyDisk({"link": 1})
    atomic.write(NEW, target, disk)
    assert set(disk.done) == set(OPERATIONS)
    order = [
        disk.done.index(name) for name in ("create", "write", "sync", "close", "keep_mode", "link", "copy", "rename")
    ]
    assert order == sorted(order)
    assert disk.done.index("sync_folder") > disk.done.index("rename")


FATAL = [
    ("resolve", 1),
    ("kind", 1),
    ("create", 1),
    ("write", 1),
    ("sync", 1),
    ("close", 1),
    ("keep_mode", 1),
    ("rename", 1),
    ("rename", 2),
]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS], ids=errno.errorcode.get)
@pytest.mark.parametrize(("operation", "time"), FATAL, ids=[f"{name}{n}" for name, n in FATAL])
def test_each_failure_leaves_the_old_file(target, operation, time, number):
    """Whatever operation fails, in whatever way: the old file is whole, no other file appears, one sentence tells."""
    with pytest.raises(files.NotWritable) as caught:
        atomic.write(NEW, target, FaultyDisk({operation: time}, number))
    assert target.read_bytes() == OLD
    assert names(target.parent) == {"net.grad", "net.grad~"}
    assert caught.value.advice


@pytest.mark.parametrize(("operation", "time"), FATAL[:-1], ids=[f"{name}{n}" for name, n in FATAL[:-1]])
def test_failures_reported_late(target, operation, time):
    """An operation that did its work and then reports a failure costs nothing either."""
    with pytest.raises(files.NotWritable):
        atomic.write(NEW, target, FaultyDisk({operation: time}, after=True))
    assert target.read_bytes() == OLD
    assert names(target.parent) == {"net.grad", "net.grad~"}


@pytest.mark.parametrize("operation", ["create", "write", "sync", "close", "rename"])
def test_a_new_file_that_fails_leaves_nothing(tmp_path, operation):
    """Where there was no file, a failed save leaves none."""
    with pytest.raises(files.NotWritable):
        atomic.write(NEW, tmp_path / "net.grad", FaultyDisk({operation: 1}))
    assert names(tmp_path) == set()


def test_save_after_a_failed_one(target):
    """The save after a failed one works and leaves no spare file, though backup and file may be one by then."""
    with pytest.raises(files.NotWritable):
        atomic.write(NEW, target, FaultyDisk({"rename": 2}))
    atomic.write(NEW, target)
    assert target.read_bytes() == NEW
    assert target.with_name("net.grad~").read_bytes() == OLD
    assert names(target.parent) == {"net.grad", "net.grad~"}


def test_without_links(target):
    """Where the disk knows no hard links, the backup is a copy."""
    atomic.write(NEW, target, FaultyDisk({"link": 1}, errno.EPERM))
    assert target.read_bytes() == NEW
    assert target.with_name("net.grad~").read_bytes() == OLD


def test_no_backup_no_save(target):
    """Where the old version can't be kept, it isn't replaced."""
    with pytest.raises(files.NotWritable):
        atomic.write(NEW, target, FaultyDisk({"link": 1, "copy": 1}))
    assert target.read_bytes() == OLD
    assert names(target.parent) == {"net.grad", "net.grad~"}


def test_folder_that_fails_to_sync(target):
    """Where the disk doesn't confirm the folder, the new version is in place, the old beside it, and it is said."""
    with pytest.raises(files.NotWritable, match="may be lost"):
        atomic.write(NEW, target, FaultyDisk({"sync_folder": 1}))
    assert target.read_bytes() == NEW
    assert target.with_name("net.grad~").read_bytes() == OLD


def test_folder_that_cannot_sync(target):
    """Where folders can't be synced at all, a save is a save."""
    atomic.write(NEW, target, FaultyDisk({"sync_folder": 1}, errno.EINVAL))
    assert target.read_bytes() == NEW


def test_failing_clean_up_hides_nothing(target):
    """A temporary file that can't be taken away doesn't hide why the save failed."""
    with pytest.raises(files.NotWritable, match="room on the disk"):
        atomic.write(NEW, target, FaultyDisk({"write": 1, "remove": 1}, errno.ENOSPC))
    assert target.read_bytes() == OLD


def test_short_writes(target):
    """A disk that takes a few bytes at a time gets them all."""
    atomic.write(NEW, target, ShortDisk())
    assert target.read_bytes() == NEW


def test_interruption(target):
    """Ctrl+C while saving leaves the old file and nothing else."""

    class Interrupted(atomic.Disk):
        def sync(self, descriptor: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atomic.write(NEW, target, Interrupted())
    assert target.read_bytes() == OLD
    assert names(target.parent) == {"net.grad", "net.grad~"}


def test_links_are_followed(tmp_path):
    """Saving through a symbolic link changes the file it points to, and the link stays one."""
    real = tmp_path / "elsewhere" / "real.grad"
    real.parent.mkdir()
    real.write_bytes(OLD)
    link = tmp_path / "net.grad"
    link.symlink_to(real)
    atomic.write(NEW, link)
    assert link.is_symlink()
    assert real.read_bytes() == NEW
    assert names(real.parent) == {"real.grad", "real.grad~"}
    assert names(tmp_path) == {"elsewhere", "net.grad"}


def test_link_to_a_file_that_is_not_there_yet(tmp_path):
    """A link that points nowhere gets its file."""
    link = tmp_path / "net.grad"
    link.symlink_to(tmp_path / "real.grad")
    atomic.write(NEW, link)
    assert (tmp_path / "real.grad").read_bytes() == NEW


def test_links_in_a_circle(tmp_path):
    """Links that lead to each other are no place for a file."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(files.NotWritable, match="circle"):
        atomic.write(NEW, tmp_path / "a")


def test_permissions_are_kept(target):
    """A file only its owner may read stays that; a new one gets what the system gives new files."""
    target.chmod(0o600)
    atomic.write(NEW, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    plain, new = target.with_name("plain"), target.with_name("new")
    plain.touch()
    atomic.write(NEW, new)
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


PLACES = [
    ("missing folder", "none/net.grad", "a folder to save into"),
    ("a folder itself", "folder", "a folder"),
    ("a file as a folder", "file/net.grad", "a file in its place"),
    ("an endless name", "n" * 300, "shorter name"),
    ("a name with NUL", "a\0b", "null"),
    ("a pipe", "pipe", "something else"),
]


@pytest.mark.parametrize(("name", "said"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
def test_places_nothing_can_be_saved_to(tmp_path, name, said):
    """Each place that takes no file is refused in a sentence that says why, and nothing appears there."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(files.NotWritable, match=said):
        atomic.write(NEW, tmp_path / name)
    assert names(tmp_path) == {"folder", "file", "pipe"}
