"""The person's own blocks: groups saved as networks in a folder, for the palette and for other networks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QMimeData, QObject, Signal

from gradstudio import files
from gradstudio.document.blocks import taken_out
from gradstudio.document.model import Document, GroupId

BLOCK_MIME = "application/x-gradstudio-block"
PREFIX = "block:"
SUFFIX = ".grad"
MOST = 500
"""Of more files in the folder, the first in the order of their names are shown."""
_LONGEST = 80
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block in the palette.

    Attributes:
        title: its name.
    """

    title: str

    @property
    def id(self) -> str:
        """What it is called among gates."""
        return PREFIX + self.title

    @property
    def help(self) -> str:
        """A sentence about it."""
        return QCoreApplication.translate("Blocks", "A block of your own. It comes as a group.")


class Store(Protocol):
    """Where blocks are kept."""

    def names(self) -> Iterable[str]:
        """What they are called."""
        ...

    def read(self, name: str) -> Document:
        """One of them."""
        ...

    def write(self, name: str, document: Document) -> None:
        """Keep one under a name, in place of what was called so."""
        ...

    def remove(self, name: str) -> None:
        """Keep one no longer."""
        ...


class Folder:
    """Blocks as files in a folder, which is made when the first one is saved."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> Iterable[str]:
        """The files, without their ending."""
        try:
            found = sorted(path.name for path in self.path.iterdir() if path.name.endswith(SUFFIX) and path.is_file())
        except OSError:
            return ()
        return [name[: -len(SUFFIX)] for name in found[:MOST]]

    def read(self, name: str) -> Document:
        """One of them."""
        return files.read(self._file(name))

    def write(self, name: str, document: Document) -> None:
        """Keep one under a name."""
        self.path.mkdir(parents=True, exist_ok=True)
        files.write(document, self._file(name))

    def remove(self, name: str) -> None:
        """Delete the file."""
        self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.path / f"{file_name(name)}{SUFFIX}"


class Memory:
    """Blocks as long as the program runs: nobody's folder is touched."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def names(self) -> Iterable[str]:
        """What was kept."""
        return sorted(self._kept)

    def read(self, name: str) -> Document:
        """One of them."""
        return files.loads(self._kept[name])

    def write(self, name: str, document: Document) -> None:
        """Keep one."""
        self._kept[name] = files.dumps(document)

    def remove(self, name: str) -> None:
        """Keep one no longer."""
        self._kept.pop(name, None)


class Blocks(QObject):
    """The blocks there are, told to whoever shows them."""

    changed = Signal()
    """A block came or went."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._store: Store = Memory() if folder is None else Folder(folder)
        self._known: tuple[Block, ...] = ()
        self.refresh()

    def all(self) -> tuple[Block, ...]:
        """All of them, by name."""
        return self._known

    def named(self, name: str) -> Block | None:
        """The block of a name, or of such an id."""
        name = name.removeprefix(PREFIX)
        return next((block for block in self._known if block.title == name), None)

    def refresh(self) -> None:
        """Look into the folder again: files may have been put there."""
        now = tuple(Block(name) for name in self._store.names())
        if now != self._known:
            self._known = now
            self.changed.emit()

    def read(self, block: Block) -> Document:
        """The network of a block.

        Raises:
            FileProblem: if its file is no sound network, or isn't there any more.
        """
        return self._store.read(block.title)

    def save(self, document: Document, group: GroupId) -> Block:
        """Keep a group as a block of its name, in place of one that was called so.

        Raises:
            FileProblem: if it can't be written.
            OSError: likewise.
        """
        block = Block(file_name(document.groups[group].name))
        self._store.write(block.title, taken_out(document, group))
        self.refresh()
        return block

    def remove(self, block: Block) -> None:
        """Keep a block no longer.

        Raises:
            OSError: if its file can't be deleted.
        """
        self._store.remove(block.title)
        self.refresh()


def file_name(name: str) -> str:
    """A name as a file may be called on any system, without its ending."""
    plain = _UNSAFE.sub(" ", name)[:_LONGEST].strip(" .")
    return f"{plain} block".strip() if not plain or _RESERVED.fullmatch(plain) else plain


def block_mime(block: Block) -> QMimeData:
    """What a drag of a block carries."""
    data = QMimeData()
    data.setData(BLOCK_MIME, block.title.encode())
    return data


def block_in(mime: QMimeData, blocks: Blocks | None) -> Block | None:
    """The block a drag carries, if it is a known one."""
    if blocks is None or not mime.hasFormat(BLOCK_MIME):
        return None
    return blocks.named(mime.data(BLOCK_MIME).toStdString())
