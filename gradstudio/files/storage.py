"""Reading and writing networks: the functions the rest of GradStudio uses."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradstudio.document.model import Document
from gradstudio.files import atomic, blame, container, decode, encode, limits, text
from gradstudio.files.errors import FileProblem, Invalid, NotAGradFile, NotReadable, TooLarge
from gradstudio.files.schema import DocumentRecord, Listed, Stored, TextEnvelope

TEXT_SUFFIX = ".json"

REASONS = {
    errno.ENOENT: ("a file", "nothing of this name", "Look at the name and the folder."),
    errno.ENOTDIR: ("a file", "nothing of this name", "Look at the name and the folder."),
    errno.EACCES: ("permission to read it", "none", "Ask its owner, or open a copy."),
    errno.EISDIR: ("a file", "a folder", "Choose a file in it."),
    errno.ELOOP: ("a file or a link to one", "links that lead in a circle", ""),
}


def read(path: str | os.PathLike[str]) -> Document:
    """The network in a `.grad` or `.grad.json` file; which of the two it is, its content tells.

    Raises:
        FileProblem: if it can't be read, or isn't a network through and through.
    """
    with naming(path) as file:
        data = bytes_of(file)
        return loads_text(data) if _is_text(data) else loads(data)


def write(document: Document, path: str | os.PathLike[str], disk: atomic.Disk = atomic.DISK) -> None:
    """Save a network: as text where the name ends in `.json`, else as `.grad`. The previous version stays as `name~`.

    Raises:
        FileProblem: if it can't be written; what was there before is unharmed.
    """
    with naming(path) as file:
        data = dumps_text(document) if file.suffix == TEXT_SUFFIX else dumps(document)
        atomic.write(data, file, disk)


def read_text(path: str | os.PathLike[str]) -> Document:
    """The network in a `.grad.json` file, and no other kind.

    Raises:
        FileProblem: as `read`.
    """
    with naming(path) as file:
        return loads_text(bytes_of(file))


def write_text(document: Document, path: str | os.PathLike[str], disk: atomic.Disk = atomic.DISK) -> None:
    """Save a network as text, whatever the name.

    Raises:
        FileProblem: as `write`.
    """
    with naming(path) as file:
        atomic.write(dumps_text(document), file, disk)


def write_bytes(data: bytes, path: str | os.PathLike[str], disk: atomic.Disk = atomic.DISK) -> None:
    """Write what can be made again, such as a picture: all of it or nothing; no previous version is kept.

    Raises:
        NotWritable: if the system refuses; what was there before is unharmed.
    """
    with naming(path) as file:
        atomic.write(data, file, disk, keep=False)


def loads(data: bytes) -> Document:
    """The network in the bytes of a `.grad` file.

    Raises:
        FileProblem: if they aren't a network through and through.
    """
    if len(data) > limits.FILE:
        raise TooLarge(f"at most {limits.FILE:,} bytes", f"{len(data):,}")
    document, tensors = container.unpack(data)
    return decode.from_tensors(blame.decode(document, DocumentRecord[Stored]), tensors)


def dumps(document: Document) -> bytes:
    """The bytes of a `.grad` file. The same document makes the same bytes, and what is returned can be read.

    Raises:
        FileProblem: if the document holds what no file can, e.g. a param that is no number.
    """
    record, tensors = encode.stored(document)
    written = encode.canonical(record, "document")
    blame.decode(written, DocumentRecord[Stored])
    return container.pack(written, tensors)


def loads_text(data: bytes) -> Document:
    """The network in the bytes of a `.grad.json` file.

    Raises:
        FileProblem: if they aren't a network through and through.
    """
    if len(data) > limits.TEXT:
        raise TooLarge(f"at most {limits.TEXT:,} bytes of text", f"{len(data):,}", advice="Save it as .grad instead.")
    if not data.lstrip().startswith(b"{"):
        raise NotAGradFile("a network of GradStudio as JSON", "an empty file" if not data else "something else")
    container.check_stamp(data, Invalid)
    envelope = blame.decode(data, TextEnvelope)
    record = blame.decode(bytes(envelope.document), DocumentRecord[Listed], Listed)
    return decode.document_of(record, lambda _name, written, place: text.array_of(written, place))


def dumps_text(document: Document) -> bytes:
    """The bytes of a `.grad.json` file; what is returned can be read.

    Raises:
        FileProblem: as `dumps`.
    """
    data = text.layout(encode.record_of(document, lambda _name, array, place: text.listed(array, place)))
    loads_text(data)
    return data


def _is_text(data: bytes) -> bool:
    """A container starts with a length whose upper bytes are 0, which no text has."""
    return b"\0" not in data[: container.PREFIX] and data.lstrip().startswith(b"{")


def bytes_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FileProblem: if the system refuses, or there are more than a network may have.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        if not stat.S_ISREG(found.st_mode):
            raise NotReadable("a file", "something else (a device or a pipe)")
        if found.st_size > limits.FILE:
            raise TooLarge(f"at most {limits.FILE:,} bytes", f"{found.st_size:,}")
        with path.open("rb") as file:
            return file.read(limits.FILE + 1)
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        expected, found_, advice = REASONS.get(number or 0, ("a file that can be read", f"an error ({error})", ""))
        raise NotReadable(expected, found_, advice=advice) from error
    except MemoryError:
        raise TooLarge("a file that fits into memory", "a larger one") from None


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Every problem inside names this file."""
    file = Path(path)
    try:
        yield file
    except FileProblem as problem:
        problem.path = file
        raise


__all__ = [
    "dumps", "dumps_text", "loads", "loads_text", "read", "read_text", "write", "write_bytes", "write_text",
]  # fmt: skip
