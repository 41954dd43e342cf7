"""NPY and NPZ: arrays of numpy, never pickled; one that isn't packed stays on the disk until it is looked at."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gradstudio.data.errors import Damaged, Empty, Foreign, Malformed
from gradstudio.data.progress import told
from gradstudio.data.samples import release
from gradstudio.data.table import Column, Table, Type, Values, column_of_texts

LARGE = 2**30
"""Bytes of numbers from which on a matrix is left in its file."""
PIECE = 2**25
"""Bytes that are looked at together."""
BROKEN = (
    ValueError, EOFError, SyntaxError, tokenize.TokenError, TypeError, KeyError, OverflowError, MemoryError,
    RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What numpy and zipfile raise, one or the other, for bytes that aren't theirs."""


def read_npy(path: Path) -> Table:
    """The table in an NPY file: a column for each column of a matrix or field, else one column of arrays.

    A matrix of more than `LARGE` bytes of numbers stays in its file.

    Raises:
        DataProblem: if it can't be read.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except BROKEN as error:
        raise _refused(error, path.name) from None
    _refuse_foreign(array, path.name, "")
    if array.ndim == 2 and array.shape[1] > 1 and 8 * array.size > LARGE and array.dtype.kind in "biuf":
        return _left_on_the_disk(array, path.name)
    if array.dtype.names:
        arrays = {name: array[name] for name in array.dtype.names}
    elif array.ndim == 2:
        arrays = {f"column {j + 1}": array[:, j] for j in range(array.shape[1])}
    else:
        arrays = {"value" if array.ndim == 1 else "array": array}
    return Table(_columns(arrays, path.name), path.name, "npy")


def _left_on_the_disk(matrix: Values, name: str) -> Table:
    """A large matrix: its last column, and all others together as one that is read a few rows at a time."""
    count, width = matrix.shape
    last = np.empty(count)
    step = max(1, PIECE // (width * matrix.dtype.itemsize))
    for start in range(0, count, step):
        last[start : start + step] = matrix[start : start + step, -1]
        release(matrix)
        told(start, count)
    others = Column(f"columns 1 to {width - 1}", Type.ARRAY, matrix[:, :-1])
    note = f"{count:,} rows stay in the file; all columns but the last are one together. Set a batch size."
    return Table((others, Column(f"column {width}", Type.NUMBER, last)), name, "npy", notes=(note,))


def read_npz(path: Path) -> Table:
    """The table in an NPZ file: a column for each of its arrays.

    Raises:
        DataProblem: if it can't be read, or its arrays are of different lengths.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except BROKEN as error:
        raise _refused(error, path.name) from None
    if not arrays:
        raise Empty("arrays", "none", "Choose another file.", name=path.name)
    for name, array in arrays.items():
        _refuse_foreign(array, path.name, f"array “{name}”")
    return Table(_columns(arrays, path.name), path.name, "npz")


def _refused(error: Exception, name: str) -> Foreign | Damaged:
    said = str(error)
    if any(word in said for word in ("pickle", "Object arrays", "Python objects")):
        return Foreign(
            "plain arrays", "Python objects, which may hold code", "Save numbers or texts with np.save.", name=name
        )
    said = said.splitlines()[0] if said else type(error).__name__
    return Damaged("a whole file of numpy", f"another ({said})", "Copy or save it again.", name=name)


def _refuse_foreign(array: Values, name: str, place: str) -> None:
    if array.ndim == 0 or not array.size:
        found = "a single value" if array.ndim == 0 else f"sizes of {array.shape}"
        raise Empty("an array with rows", found, "Choose another file.", name=name, place=place)
    if array.dtype.names is None and array.dtype.kind not in "biufUSM":
        advice = "Save it as float or whole numbers."
        raise Foreign("numbers, texts or dates", f"{array.dtype}", advice, name=name, place=place)


def _columns(arrays: Mapping[str, Values], name: str) -> tuple[Column, ...]:
    lengths = {key: len(array) for key, array in arrays.items()}
    first, rows = next(iter(lengths.items()))
    for key, n in lengths.items():
        if n != rows:
            found, advice = f"{n:,}", "Save arrays of one length together, each in a row for every sample."
            raise Malformed(f"{rows:,} rows as in “{first}”", found, advice, place=f"array “{key}”", name=name)
    return tuple(_column(key, array) for key, array in arrays.items())


def _column(name: str, array: Values) -> Column:
    if array.ndim > 1:
        return Column(name, Type.ARRAY, array)
    if array.dtype.kind in "US":
        texts = [text.decode("utf-8", "replace") if isinstance(text, bytes) else text for text in array.tolist()]
        kind = Type.CATEGORY if len(set(texts)) <= max(2, len(texts) / 2) else Type.TEXT
        return column_of_texts(name, texts, kind)
    if array.dtype.kind == "M":
        seconds = array.astype("datetime64[s]")
        days = seconds.astype(np.int64) / 86400
        days[np.isnat(seconds)] = np.nan
        return Column(name, Type.DATE, days)
    return Column(name, Type.NUMBER, array.astype(np.float64))
