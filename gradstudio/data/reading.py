"""A file or folder becomes a table: which reader takes it, and what may be told it instead of recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from gradstudio.data.errors import Foreign, NotReadable, refused
from gradstudio.data.table import Table

Kind: TypeAlias = Literal["csv", "parquet", "npy", "npz", "idx", "images"]
CellType: TypeAlias = Literal["number", "category", "date", "text"]
MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "none", "?", "-", "#N/A", "#NV")
"""Cells that say there is nothing."""


class Reading(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a file is to be read; what is None is recognised.

    Attributes:
        kind: which reader takes it.
        delimiter: one character between cells.
        decimal: "." or ",".
        encoding: a name Python knows, such as "utf-8" or "cp1252".
        header: whether the first row holds names.
        missing: cells that say there is nothing.
        types: what the columns of these names hold; a cell that isn't a number is missing where "number" is said.
        side: images of a folder are scaled to so many pixels a side; None takes them as they are.
        grey: whether images become grey; None keeps colours where there are any.
    """

    kind: Kind | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] = MISSING
    types: Mapping[str, CellType] = {}
    side: int | None = None
    grey: bool | None = None


RECOGNISE = Reading()


def read(path: Path, reading: Reading = RECOGNISE) -> Table:
    """The table in a file or folder.

    Raises:
        DataProblem: if it can't be read; the sentence names the place and a remedy.
    """
    try:
        kind = reading.kind or kind_of(path)
        return _READERS[kind](path, reading)
    except OSError as error:
        raise refused(path, error) from error


def kind_of(path: Path) -> Kind:
    """Which reader takes a file, by how it begins, then by its name.

    Raises:
        Foreign: if none does.
        NotReadable: if there is no such file.
    """
    if path.is_dir():
        return "idx" if any(_is_idx(inner) for inner in path.iterdir()) else "images"
    if not path.exists():
        raise NotReadable("a file or folder", "none of this name", "Look where it has gone.", name=path.name)
    with path.open("rb") as file:
        start = file.read(8)
    for kind, magic in _MAGIC.items():
        if start.startswith(magic):
            return kind
    if _is_idx(path):
        return "idx"
    return _by_name(path, start)


def _by_name(path: Path, start: bytes) -> Kind:
    endings = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if start.startswith(_ZIP) and endings != "npz":
        raise Foreign("a table", "a workbook or an archive", "Save the sheet as CSV, or unpack it.", name=path.name)
    kind = _ENDINGS.get(endings)
    if kind is None:
        raise Foreign(
            "CSV, TSV, Parquet, NPY, NPZ, IDX or a folder of images", f"a file ending in “{path.suffix}”",
            "Save the data in one of these forms, or say which one it is.", name=path.name,
        )  # fmt: skip
    return kind


def _is_idx(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(("-ubyte", ".idx")) or ("-idx" in name and "ubyte" in name)


def _csv(path: Path, reading: Reading) -> Table:
    from gradstudio.data.delimited import read_csv

    return read_csv(path, reading)


def _parquet(path: Path, _: Reading) -> Table:
    from gradstudio.data.frames import read_parquet

    return read_parquet(path)


def _npy(path: Path, _: Reading) -> Table:
    from gradstudio.data.numpyfiles import read_npy

    return read_npy(path)


def _npz(path: Path, _: Reading) -> Table:
    from gradstudio.data.numpyfiles import read_npz

    return read_npz(path)


def _idx(path: Path, _: Reading) -> Table:
    from gradstudio.data.idx import read_idx

    return read_idx(path)


def _images(path: Path, reading: Reading) -> Table:
    from gradstudio.data.images import read_images

    return read_images(path, reading)


_ZIP = b"PK\x03\x04"
_MAGIC: Mapping[Kind, bytes] = {"parquet": b"PAR1", "npy": b"\x93NUMPY"}
_ENDINGS: Mapping[str, Kind] = {
    "csv": "csv", "tsv": "csv", "tab": "csv", "txt": "csv", "data": "csv", "parquet": "parquet", "pq": "parquet",
    "npy": "npy", "npz": "npz", "idx": "idx",
}  # fmt: skip
_READERS: Mapping[Kind, Callable[[Path, Reading], Table]] = {
    "csv": _csv, "parquet": _parquet, "npy": _npy, "npz": _npz, "idx": _idx, "images": _images,
}  # fmt: skip
