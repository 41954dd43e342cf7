"""Opening and saving by path: what is there decides, and each refusal names the file."""

import errno
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from gradstudio import files
from gradstudio.document.model import Document, Node, Settings, Training, Wire
from gradstudio.files import limits, schema
from tests.files.faults import FaultyDisk
from tests.files.networks import assert_same, example


@pytest.mark.parametrize("name", ["net.grad", "net.grad.json", "net", "Netz “ä” 日本.grad"])
def test_save_and_open(tmp_path, name):
    """What was saved is opened again, whatever the name."""
    path = tmp_path / name
    files.write(example(), path)
    assert_same(files.read(path), example())
    assert_same(files.read(str(path)), example())


def test_content_decides(tmp_path):
    """A file is opened as what it is, not as what it is called; only saving goes by the name."""
    files.write_text(example(), tmp_path / "net.grad")
    assert (tmp_path / "net.grad").read_bytes().startswith(b"{")
    assert_same(files.read(tmp_path / "net.grad"), example())
    (tmp_path / "net.json").write_bytes(files.dumps(example()))
    assert_same(files.read(tmp_path / "net.json"), example())
    files.write(example(), tmp_path / "net.json")
    assert_same(files.read_text(tmp_path / "net.json"), example())


@pytest.mark.parametrize("padding", range(8))
def test_header_lengths_that_look_like_text(padding):
    """A container whose length begins with the byte of a brace is still a container."""
    document = Document()
    data = files.dumps(document)
    short = ord("{") - (len(data) - 8) % 256 + 256 * 8
    text = data[8:] + b" " * (short % 256)
    made = len(text).to_bytes(8, "little") + text
    assert made.startswith(b"{")
    assert not files.storage._is_text(made + bytes(padding))
    assert_same(files.loads(made), document)


READS = [
    ("missing file", "none.grad", files.NotReadable, "nothing of this name"),
    ("missing folder", "none/net.grad", files.NotReadable, "nothing of this name"),
    ("a folder", "folder", files.NotReadable, "a folder"),
    ("a file as a folder", "empty/net.grad", files.NotReadable, "nothing of this name"),
    ("an empty file", "empty", files.NotAGradFile, "an empty file"),
    ("a pipe", "pipe", files.NotReadable, "a device or a pipe"),
    ("a circle of links", "circle", files.NotReadable, "circle"),
    ("a name with NUL", "a\0b", files.NotReadable, "null"),
    ("a huge file", "huge", files.TooLarge, f"{limits.FILE + 1:,}"),
    ("a large file of nothing", "zeros", files.NotAGradFile, "another kind"),
]


@pytest.mark.parametrize(("name", "kind", "said"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_places_nothing_can_be_read_from(tmp_path, name, kind, said):
    """Each place that gives no network is refused in a sentence that names it and says why."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    os.mkfifo(tmp_path / "pipe")
    for sparse, size in (("huge", limits.FILE + 1), ("zeros", 2**20)):
        with (tmp_path / sparse).open("wb") as file:
            file.truncate(size)
    with pytest.raises(kind) as caught:
        files.read(tmp_path / name)
    assert said in caught.value.found
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC], ids=errno.errorcode.get)
def test_refused_saves_name_the_file(tmp_path, number):
    """A save the system refuses is told with the file's name and what to do."""
    path = tmp_path / "net.grad"
    with pytest.raises(files.NotWritable) as caught:
        files.write(example(), path, FaultyDisk({"create": 1}, number))
    assert str(path) in str(caught.value)
    assert caught.value.advice
    assert not [*tmp_path.iterdir()]


def test_previous_version_can_be_opened(tmp_path):
    """The backup is a network that can be opened."""
    path = tmp_path / "net.grad"
    files.write(example(), path)
    files.write(Document(), path)
    assert_same(files.read(tmp_path / "net.grad~"), example())


RECORDS = [
    (Node, schema.NodeRecord),
    (Wire, schema.WireRecord),
    (Settings, schema.SettingsRecord),
    (Training, schema.TrainingRecord),
]


@pytest.mark.parametrize(("model", "record"), RECORDS, ids=[model.__name__ for model, _ in RECORDS])
def test_the_schema_has_all_fields(model, record):
    """A field the document gets must be given to the file too (and then the version grows)."""
    assert [f.name for f in fields(model)] == [f.name for f in msgspec.structs.fields(record)]


def test_opening_runs_no_code(tmp_path):
    """Opening a file compiles, imports and starts nothing, and touches no other file, whatever gates it names."""
    path = tmp_path / "net.grad"
    files.write(example(), path)
    code = """
import sys; sys.path[:0] = ['.']
from gradstudio import files
watched = ('compile', 'exec', 'import', 'open', 'os.', 'subprocess.', 'pickle.', 'marshal.', 'ctypes.', 'socket.')
told = []
def watch(event, arguments):
    if event.startswith(watched):
        told.append(event if arguments[0] == sys.argv[1] else (event, arguments))
files.read(sys.argv[1])
sys.addaudithook(watch)
files.read(sys.argv[1])
print(told)
"""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(path)]
    assert subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout.strip() == "['open']"
