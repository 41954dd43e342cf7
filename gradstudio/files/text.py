"""The text form, `.grad.json`: a record a line, arrays as nested lists, exact whatever is in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.files import limits
from gradstudio.files.encode import canonical, plain
from gradstudio.files.errors import Invalid, TooLarge, shown
from gradstudio.files.schema import FORMAT, VERSION, DocumentRecord, ExerciseRecord, Listed, TrainingRecord

_BITS = {"float32": "<u4", "float64": "<u8"}
_MAY_BE: dict[str, set[type]] = {
    "float32": {float, int, str},
    "float64": {float, int, str},
    "int64": {int},
    "uint8": {int},
    "bool": {bool},
}
_EXPECTED = {
    "float32": "a number, or the 8 hexadecimal digits of one that isn't finite",
    "float64": "a number, or the 16 hexadecimal digits of one that isn't finite",
    "int64": "a whole number of 64 bits",
    "uint8": "a whole number from 0 to 255",
    "bool": "true or false",
}


class _Misfit(Exception):
    """An entry that its array can't hold."""


def listed(array: Array, place: str) -> Listed:
    """An array spelled out. An entry that isn't finite is written as the hexadecimal digits of its bits.

    Raises:
        Invalid: for a dtype the format doesn't have.
    """
    array = plain(array, place)
    data = array.tolist()
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bits = array.view(_BITS[array.dtype.name]).ravel().tolist()
        digits = 2 * array.itemsize
        entries = [
            value if math.isfinite(value) else f"{bit:0{digits}x}"
            for value, bit in zip(array.ravel().tolist(), bits, strict=True)
        ]
        data = _nest(entries, array.shape)
    return Listed(array.dtype.name, array.shape, data)  # type: ignore[arg-type]  # `plain` has seen to the dtype


def array_of(written: Listed, place: str) -> Array:
    """The array a text spells out, read-only.

    Raises:
        Invalid: with the place of the first entry that doesn't fit.
    """
    leaves = _flatten(written, place)
    try:
        array = _converted(leaves, written.dtype).reshape(written.shape)
    except _Misfit:
        raise _first_misfit(leaves, written, place) from None
    array.flags.writeable = False
    return array


def layout(record: DocumentRecord[Listed]) -> bytes:
    """The text of a document, one node, wire or array a line, so that version control shows what changed."""
    training = record.training
    columns = [("parameters", training.parameters), ("optimizer", training.optimizer), ("history", training.history)]
    arrays = [f'   "{name}": {_block("{}", _entries(column), 3)}' for name, column in columns]
    parts = [
        f'  "nodes": {_block("[]", _lines(record.nodes, "nodes"), 2)}',
        f'  "wires": {_block("[]", _lines(record.wires, "wires"), 2)}',
        f'  "settings": {canonical(record.settings, "settings").decode()}',
        '  "training": {\n' + ",\n".join([f'   "step": {training.step}', *arrays, *_course(training)]) + "\n  }",
    ]
    drawn = (("groups", record.groups), ("frames", record.frames), ("comments", record.comments))
    parts += [f'  "{name}": {_block("[]", _lines(found, name), 2)}' for name, found in drawn if found]
    if record.exercise is not None:
        parts.append(f'  "exercise": {_exercise(record.exercise)}')
    document = " {\n" + ",\n".join(parts) + "\n }"
    return f'{{\n "format": "{FORMAT}",\n "version": {VERSION},\n "document":{document}\n}}\n'.encode()


def _course(training: TrainingRecord[Listed]) -> Iterator[str]:
    """The changes of a training, a line each; what was watched; what its last step went by."""
    if training.changes:
        yield f'   "changes": {_block("[]", _lines(training.changes, "training.changes"), 3)}'
    if training.watched:
        yield f'   "watched": {msgspec.json.encode(training.watched, order="deterministic").decode()}'
    if training.how is not None:
        yield f'   "how": {canonical(training.how, "training.how").decode()}'


def _exercise(record: ExerciseRecord) -> str:
    """An exercise, a question a line."""
    title = canonical(record, "exercise.title").decode().partition('"questions":')[0]
    lines = _lines(record.questions, "exercise.questions")
    return f'{title}"questions": {_block("[]", lines, 3)}}}'


def _entries(column: dict[str, Listed]) -> list[str]:
    return [
        f"{msgspec.json.encode(name).decode()}: {canonical(column[name], name).decode()}" for name in sorted(column)
    ]


def _lines(records: Sequence[msgspec.Struct], place: str) -> list[str]:
    return [canonical(record, f"{place}[{i}]").decode() for i, record in enumerate(records)]


def _block(brackets: str, lines: list[str], indent: int) -> str:
    if not lines:
        return brackets
    space = "\n" + " " * (indent + 1)
    return brackets[0] + space + f",{space}".join(lines) + "\n" + " " * indent + brackets[1]


def _nest(entries: list[Any], shape: Sequence[int]) -> Any:
    for n in reversed(shape):
        entries = [entries[i : i + n] for i in range(0, len(entries), n)]
    return entries[0]


def _flatten(written: Listed, place: str) -> list[Any]:
    """The entries in C order, once every list has been found as long as the shape says."""
    if math.prod(max(n, 1) for n in written.shape) >= limits.INTEGER // 8:
        raise TooLarge("an array that can exist", f"shape {list(written.shape)}", place=f"{place}.shape")
    level = [written.data]
    for axis, n in enumerate(written.shape):
        for i, item in enumerate(level):
            if type(item) is not list or len(item) != n:
                index = _index(i, written.shape[:axis])
                found = f"a list of {len(item)}" if type(item) is list else shown(item)
                raise Invalid(f"a list of {n}", found, place=f"{place}.data{index}")
        level = list(chain.from_iterable(level))
    return level


def _converted(leaves: list[Any], dtype: str) -> Array:
    if not set(map(type, leaves)) <= _MAY_BE[dtype]:
        raise _Misfit
    try:
        return _floats(leaves, dtype) if dtype in _BITS else np.array(leaves, dtype)
    except (OverflowError, ValueError):
        raise _Misfit from None


def _floats(leaves: list[Any], dtype: str) -> Array:
    with np.errstate(over="ignore"):
        array = np.array([0.0 if type(leaf) is str else leaf for leaf in leaves], np.float64).astype(dtype)
    if not np.isfinite(array).all():
        raise _Misfit
    bits = array.view(_BITS[dtype])
    texts = [i for i, leaf in enumerate(leaves) if type(leaf) is str]
    for i in texts:
        bits[i] = _hexadecimal(leaves[i], 2 * array.itemsize)
    if np.isfinite(array[texts]).any():
        raise _Misfit
    return array


def _hexadecimal(text: str, digits: int) -> int:
    if len(text) != digits or not set(text) <= set("0123456789abcdef"):
        raise _Misfit
    return int(text, 16)


def _first_misfit(leaves: list[Any], written: Listed, place: str) -> Invalid:
    for i, leaf in enumerate(leaves):
        try:
            _converted([leaf], written.dtype)
        except _Misfit:
            where = f"{place}.data{_index(i, written.shape)}"
            return Invalid(_EXPECTED[written.dtype], shown(leaf), place=where)
    return Invalid("entries that fit", "others", place=place)


def _index(flat: int, shape: Sequence[int]) -> str:
    steps: list[str] = []
    for n in reversed(shape):
        flat, step = divmod(flat, n)
        steps.append(f"[{step}]")
    return "".join(reversed(steps))
