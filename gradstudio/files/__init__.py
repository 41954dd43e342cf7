"""Bytes <-> Document: the `.grad` file and its text form `.grad.json`. No Qt.

Read in this order: `schema` (what a file says), `container` (how it is packed and sealed), `encode` and `decode`
(document <-> records), `rules` (what is refused), `atomic` (how it gets to the disk). docs/file-format.md describes the
format for people who write another reader.
"""

from gradstudio.files.errors import (
    Damaged,
    FileProblem,
    Invalid,
    NotAGradFile,
    NotReadable,
    NotWritable,
    TooLarge,
    TooNew,
)
from gradstudio.files.storage import (
    dumps,
    dumps_text,
    loads,
    loads_text,
    read,
    read_text,
    write,
    write_bytes,
    write_text,
)

__all__ = [
    "Damaged", "FileProblem", "Invalid", "NotAGradFile", "NotReadable", "NotWritable", "TooLarge", "TooNew", "dumps",
    "dumps_text", "loads", "loads_text", "read", "read_text", "write", "write_bytes", "write_text",
]  # fmt: skip
