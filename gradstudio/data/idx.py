"""IDX: the files of the MNIST family, pictures and labels, gzipped or not."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gradstudio.data.errors import Damaged, Empty, Foreign, Malformed
from gradstudio.data.gzipped import MAGIC, beginning, content, fill
from gradstudio.data.table import Column, Table, Type, Values

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_AXES = 8
LONGEST_HEAD = 4 + 4 * MOST_AXES
TRAINS = "train"
"""How the names of files begin that hold a training set."""
MOST_AT_ONCE = 2**28
"""Numbers of several files that room is made for by what their heads say, which may be wrong."""


Head: TypeAlias = tuple[np.dtype[np.generic], tuple[int, ...], int]
"""What an IDX file says of itself: type, sizes, and where its numbers begin."""


def read_array(path: Path, room: Values | None = None) -> Values:
    """The array in one IDX file; one that isn't gzipped stays on the disk until it is looked at.

    Args:
        path: the file.
        room: an array of its type and sizes that it is unpacked into, if it is gzipped.

    Raises:
        Foreign: if it isn't one.
        Damaged: if its sizes and its bytes don't agree.
    """
    with path.open("rb") as file:
        start = file.read(LONGEST_HEAD)
    packed = start.startswith(MAGIC)
    if packed and room is not None and fill(path, 4 + 4 * room.ndim, room.reshape(-1).view(np.uint8).data):
        return room
    data = content(path) if packed else b""
    dtype, shape, begin = _header(data[:LONGEST_HEAD] if packed else start, path.name)
    length, wanted = len(data) if packed else path.stat().st_size, math.prod(shape) * dtype.itemsize
    if length - begin != wanted:
        sizes = " × ".join(f"{n:,}" for n in shape)
        raise Damaged(
            f"{wanted:,} bytes for sizes of {sizes}", f"{length - begin:,}", "Download or copy it again.",
            place=f"byte {begin}", name=path.name,
        )  # fmt: skip
    if not wanted:
        raise Empty("pictures or labels", f"sizes of {shape}", "Choose another file.", name=path.name)
    if packed:
        return np.frombuffer(data, dtype, offset=begin).reshape(shape)
    return np.memmap(path, dtype, "r", begin, shape)


def _rooms(paths: Sequence[Path]) -> Sequence[Values | None]:
    """Room for the arrays of gzipped files, side by side in one array; None where they aren't of one kind."""
    heads = [_glance(path) for path in paths]
    kinds = {None if head is None else (head[0], head[1][1:]) for head in heads}
    found = [head for head in heads if head is not None]
    size = sum(math.prod(shape) for _, shape, _ in found)
    if len(found) < max(2, len(paths)) or len(kinds) > 1 or not 0 < size <= MOST_AT_ONCE:
        return [None] * len(paths)
    ends = list(itertools.accumulate(shape[0] for _, shape, _ in found))
    whole = np.empty((ends[-1], *found[0][1][1:]), found[0][0])
    return [whole[start:end] for start, end in itertools.pairwise([0, *ends])]


def _glance(path: Path) -> Head | None:
    """The head of a gzipped file; None where it can't be read, or isn't gzipped."""
    with suppress(Foreign, Damaged):
        return _header(beginning(path, LONGEST_HEAD), path.name)
    return None


def _header(start: bytes, name: str) -> Head:
    advice = "Choose a file of the MNIST family, such as train-images-idx3-ubyte.gz."
    if len(start) < 8 or start[:2] != b"\0\0" or start[2] not in DTYPES or not 1 <= start[3] <= MOST_AXES:
        raise Foreign("an IDX file", f"one that begins with {start[:4].hex(' ') or 'nothing'}", advice, name=name)
    axes = start[3]
    if len(start) < 4 + 4 * axes:
        raise Damaged(f"{axes} sizes", "the end of the file", "Download or copy it again.", place="byte 4", name=name)
    shape = tuple(int.from_bytes(start[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes))
    return np.dtype(DTYPES[start[2]]), shape, 4 + 4 * axes


def read_idx(path: Path) -> Table:
    """The pictures in a file or folder, with the labels that lie beside them.

    Of a folder the training pictures come first.

    Raises:
        DataProblem: if they can't be read, or don't belong together.
    """
    firsts = _pictures_of(path) if path.is_dir() else [_sibling(path, "images", 3) or path]
    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(_with_labels, firsts, _rooms(firsts)))
    names = {part.names for part in parts}
    if len(names) > 1:
        raise Malformed("labels for all pictures, or for none", "them for some", "Add those missing.", name=path.name)
    notes = tuple(f"{len(part):,} rows from {part.name}." for part in parts)
    tested = len(parts[1]) if [part.name.startswith(TRAINS) for part in parts] == [True, False] else 0
    return replace(_joined(parts, path.name), name=path.name, kind="idx", notes=notes, tested=tested)


def _pictures_of(folder: Path) -> list[Path]:
    found = sorted(inner for inner in folder.iterdir() if re.search(r"images.?idx3", inner.name))
    if not found:
        advice = "Choose the file itself."
        raise Empty("files such as train-images-idx3-ubyte", "none", advice, name=folder.name)
    return sorted(found, key=lambda one: not one.name.startswith(TRAINS))


def _sibling(path: Path, what: str, axes: int) -> Path | None:
    """The file of pictures or labels that belongs to another one, by its name."""
    name = re.sub(r"(images|labels)(.?idx)\d", rf"{what}\g<2>{axes}", path.name)
    for other in (name, name + ".gz", name.removesuffix(".gz")):
        if re.search(what, other) and path.with_name(other).is_file():
            return path.with_name(other)
    return None


def _with_labels(path: Path, room: Values | None) -> Table:
    pictures, beside = read_array(path, room), _sibling(path, "labels", 1)
    if pictures.ndim == 1:
        return Table((Column("label", Type.NUMBER, pictures.astype(np.float64)),), path.name)
    columns = [Column("image", Type.ARRAY, pictures)]
    if beside is not None:
        labels = read_array(beside)
        if labels.shape != pictures.shape[:1]:
            raise Malformed(
                f"{len(pictures):,} labels as there are pictures", f"sizes of {labels.shape}",
                "Take both files from one set.", name=beside.name,
            )  # fmt: skip
        columns.append(Column("label", Type.NUMBER, labels.astype(np.float64)))
    return Table(tuple(columns), path.name)


def _joined(parts: Sequence[Table], name: str) -> Table:
    if len(parts) == 1:
        return parts[0]
    if len({part.columns[0].values.shape[1:] for part in parts}) > 1:
        raise Malformed("pictures of one size", "others in another file", "Read the files one by one.", name=name)
    columns = []
    for i, column in enumerate(parts[0].columns):
        columns.append(replace(column, values=_one([part.columns[i].values for part in parts])))
    return Table(tuple(columns))


def _one(arrays: Sequence[Values]) -> Values:
    """Arrays behind each other; those that lie so already aren't copied."""
    base = arrays[0].base
    if base is not None and all(one.base is base for one in arrays) and base.shape[1:] == arrays[0].shape[1:]:
        return np.asarray(base)
    return np.concatenate(arrays)
