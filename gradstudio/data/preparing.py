"""A table and a preparation become arrays: dropped, split, filled, encoded, scaled, in this order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gradstudio.data.errors import Empty, Unsuited, count, shown
from gradstudio.data.fitting import (
    ABSENT,
    TOGETHER,
    Feature,
    arrays_of,
    as_categories,
    numbers_of,
    refuse_infinite,
    refuse_unsound,
)
from gradstudio.data.preparation import Fitted, Part, Preparation, Prepared
from gradstudio.data.samples import LARGE, Blocks, Scaled, arranged, flat
from gradstudio.data.splitting import Split, split
from gradstudio.data.table import Column, Rows, Table, Type

FLOAT32 = float(np.finfo(np.float32).max)
MOST_CLASSES = 10_000
MOST_FEATURES = 1_000_000
FILE_BLOCK_BYTES = 2**24
"""Of features read together where rows lie in groups in their file: for any part all of a group is looked at."""


def prepare(table: Table, how: Preparation) -> Prepared:
    """Make a table ready for a network.

    Raises:
        Unsuited: if it can't be; the sentence names line and column.
        Empty: if no row is left.
    """
    _refuse_senseless(table, how)
    rows, dropped = _kept(table, how)
    target = table.column(how.target).take(rows)
    classes = as_categories(target) if how.task == "classification" else None
    if classes is not None:
        _refuse_classes(classes, table, how)
    labels = classes.values if classes is not None else np.zeros(len(rows), np.int64)
    parts = split(len(rows), how.split, how.validation, how.test, how.seed, labels)
    features, constant = _fitted(table, rows[parts.training], how)
    names = classes.categories if classes is not None else ()
    fitted = Fitted(features, how.target, how.task, names, how.layout)
    training, validation, test = (_part(table, rows[one], fitted) for one in parts)
    for part in (training, validation, test):
        _refuse_enormous(part, table, fitted)
    warnings = (*dropped, *constant, *_unseen(labels, parts, names))
    return Prepared(training, validation, test, fitted, warnings)


def features_of(table: Table, fitted: Fitted, kind: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
    """The features of a table's rows.

    Args:
        table: with the columns that were fitted.
        fitted: what is done to them.
        kind: of the numbers; None for that of the features.

    Raises:
        Unsuited: if a column is missing, or a cell can't be made into a feature.
    """
    features = fitted.features
    if len(features) == 1 and features[0].type is Type.ARRAY:
        return arranged(features[0].apply(table.column(features[0].name), table), fitted.layout)
    plain = np.float32 if all(feature.type is Type.ARRAY for feature in features) else np.float64
    across = np.empty((sum(feature.width for feature in features), len(table)), kind or plain)
    at = 0
    for feature in features:  # laid down one after the other, and turned once: faster than cell by cell
        across[at : at + feature.width] = flat(feature.apply(table.column(feature.name), table)).T
        at += feature.width
    return np.ascontiguousarray(across.T)


def _refuse_senseless(table: Table, how: Preparation) -> None:
    """Look at what was asked for, before anything is computed."""
    if not how.features:
        raise Unsuited("a column to learn from", "none", "Choose features.", name=table.name)
    if not how.target:
        raise Unsuited("a column to tell", "none", "Choose a target.", name=table.name)
    if how.target in how.features or len(set(how.features)) < len(how.features):
        found = "it is among the features" if how.target in how.features else "one of them twice"
        raise Unsuited("features and a target that differ", found, "Choose each column once.", name=table.name)
    if not (0 <= how.validation < 1 and 0 <= how.test < 1 and how.validation + how.test < 1):
        found = f"{how.validation:g} and {how.test:g}"
        raise Unsuited("shares from 0 that leave rows to train", found, "Make them smaller.", name=table.name)
    for name in (*how.features, how.target):
        _refuse_type(table, table.column(name), how)


def _refuse_type(table: Table, column: Column, how: Preparation) -> None:
    if column.odd is not None:
        raise Unsuited(
            "a number as in the other rows", f"{shown(column.odd.text)} ({count(column.odd.count, 'such cell')})",
            "Correct it, or say that the column holds numbers (then it is missing) or categories.",
            place=table.place(column.odd.row, column), name=table.name,
        )  # fmt: skip
    place = f"column {shown(column.name)}"
    if column.type is Type.TEXT and not (column.name == how.target and how.task == "classification"):
        advice = "Leave the column out, or give it the type category."
        raise Unsuited("numbers, dates or categories", "texts", advice, place=place, name=table.name)
    if column.name == how.target:
        wrong = column.type is Type.ARRAY or (how.task == "regression" and column.type is not Type.NUMBER)
        if wrong:
            expected = "numbers to tell" if how.task == "regression" else "classes to tell"
            advice = "Choose another target or task."
            raise Unsuited(expected, f"cells of {column.type}", advice, place=place, name=table.name)


def _kept(table: Table, how: Preparation) -> tuple[Rows, tuple[str, ...]]:
    """The rows that are used, and a sentence where that isn't all of them."""
    target = table.column(how.target)
    gone = target.absent()
    for name in (how.target, *how.features):
        if how.missing_of(name) == "refuse":
            _refuse_gaps(table.column(name), table)
        elif how.missing_of(name) == "drop" and name != how.target:
            gone = gone | table.column(name).absent()
    rows = np.flatnonzero(~gone)
    if not len(rows):
        advice = "Choose what stands for missing values, or leave columns out."
        raise Empty("rows without missing values", "none", advice, name=table.name)
    left = len(table) - len(rows)
    return rows, (f"{count(left, 'row')} with missing values left out.",) if left else ()


def _refuse_gaps(column: Column, table: Table) -> None:
    absent = column.absent()
    if absent.any():
        raise Unsuited(
            "a value", f"an empty cell ({count(int(absent.sum()), 'such cell')})",
            "Fill it in, or choose what stands for missing values.",
            place=table.place(int(absent.argmax()), column), name=table.name,
        )  # fmt: skip


def _refuse_classes(classes: Column, table: Table, how: Preparation) -> None:
    place = f"column {shown(how.target)}"
    if len(classes.categories) < 2 or len(np.unique(classes.values)) < 2:
        found = f"only {shown(classes.categories[0])}"
        raise Unsuited("two classes or more", found, "Choose another target.", place=place, name=table.name)
    if len(classes.categories) > MOST_CLASSES:
        found = f"{len(classes.categories):,}"
        advice = "Choose regression, or another target."
        raise Unsuited(f"at most {MOST_CLASSES:,} classes", found, advice, place=place, name=table.name)


def _fitted(table: Table, training: Rows, how: Preparation) -> tuple[tuple[Feature, ...], list[str]]:
    """What is done to each column, and a sentence on each that says the same in all rows that train."""
    features, constant = [], []
    for name in how.features:
        column = table.column(name)
        if hasattr(column.values, "file"):  # read once for all that is asked of it
            column = replace(column, values=np.asarray(column.values))
        features.append(_fit(table, column, training, how))
        constant += _constant(column, training)
    return tuple(features), constant


def _fit(table: Table, column: Column, training: Rows, how: Preparation) -> Feature:
    name = column.name
    if column.type is Type.ARRAY:
        if not isinstance(column.values, np.memmap):
            refuse_unsound(column.values, np.arange(len(column)), column, table)
        shift, scale = arrays_of(column, training, how.scaling, table)
        return Feature(name, Type.ARRAY, shift=shift, scale=scale, shape=tuple(column.values.shape[1:]))
    if column.type is Type.CATEGORY:
        absent = (ABSENT,) if how.missing_of(name) not in ("refuse", "drop") and column.absent().any() else ()
        return Feature(name, Type.CATEGORY, (*column.categories, *absent), how.categories == "one-hot")
    fill = _fill(table, column, training, how)
    refuse_infinite(column, table)
    low, size = numbers_of(column, training, how.scaling, fill)
    return Feature(name, column.type, fill=fill, shift=(low,), scale=(size,))


def _fill(table: Table, column: Column, training: Rows, how: Preparation) -> float | None:
    """What stands for a missing number."""
    missing = how.missing_of(column.name)
    if missing in ("refuse", "drop"):
        return None
    if missing == "constant":
        return how.fill
    values = column.values[training]
    values = values[np.isfinite(values)]
    if not len(values):
        raise Unsuited(
            "a number in the training part", "missing values only", "Leave the column out.",
            place=f"column {shown(column.name)}", name=table.name,
        )  # fmt: skip
    return float(np.median(values) if missing == "median" else values.mean())


def _part(table: Table, rows: Rows, fitted: Fitted) -> Part:
    values = [table.column(feature.name).values for feature in fitted.features]
    labels = fitted.labels(Table((table.column(fitted.target).take(rows),), table.name, table.kind))
    file = next((one.file for one in values if hasattr(one, "file")), None)
    if file is not None:
        empty = np.empty((0, len(fitted.names)), np.float32)
        return Part(features_in_file(file.rows, rows, fitted) if len(rows) else empty, labels, rows)
    if _large(values):
        return Part(Scaled(values[0], rows, fitted), labels, rows)
    return Part(features_of(table.take(rows), fitted), labels, rows)


def features_in_file(read: Callable[[Rows], Table], rows: Rows, fitted: Fitted) -> Blocks:
    """The features of rows of a file, some of them read at a time."""

    def block(start: int, stop: int) -> npt.NDArray[np.float32]:
        return features_of(read(rows[start:stop]), fitted, np.float32)

    together = FILE_BLOCK_BYTES // (4 * max(1, len(fitted.names)))
    share = len(rows) / (int(rows[-1]) - int(rows[0]) + 1)  # what lies between them is read as well
    return Blocks(block, len(rows), max(1, int(together * share)))


def _large(values: Sequence[Any]) -> bool:
    """Whether the features are an array on the disk that is better left there."""
    return len(values) == 1 and isinstance(values[0], np.memmap) and 4 * math.prod(values[0].shape) > LARGE


def _refuse_enormous(part: Part, table: Table, fitted: Fitted) -> None:
    """Features a network of float32 could not hold."""
    if not isinstance(part.X, np.ndarray):
        return
    for what, array in (("X", part.X), ("y", part.y)):
        if array.dtype == np.float64 and array.size and not np.abs(array).max() <= FLOAT32:
            row, at = divmod(int(np.abs(array).argmax()), array.shape[1])
            column = table.column(_owner(fitted, at) if what == "X" else fitted.target)
            raise Unsuited(
                f"a number up to {FLOAT32:.1e}", f"{array[row, at]:.3g}", "Scale the column, or correct the cell.",
                place=table.place(int(part.rows[row]), column), name=table.name,
            )  # fmt: skip


def _owner(fitted: Fitted, at: int) -> str:
    names = [feature.name for feature in fitted.features for _ in range(feature.width)]
    return names[at]


def _constant(column: Column, training: Rows) -> list[str]:
    """A sentence on a column that says the same in all rows that train."""
    if column.type is Type.ARRAY:
        return []
    first = column.values[training[0]]
    for start in range(0, len(training), TOGETHER):
        if not (column.values[training[start : start + TOGETHER]] == first).all():
            return []
    return [f"Column “{column.name}” says {column.text(int(training[0]))} in every training row: leave it out."]


def _unseen(labels: npt.NDArray[np.int64], parts: Split, names: tuple[str, ...]) -> list[str]:
    """A sentence on each class that doesn't train, and one where classes are far out of balance."""
    counts = np.bincount(labels[parts.training], minlength=len(names))[: len(names)]
    silent = [name for name, n in zip(names, counts, strict=True) if not n]
    found = [f"No row of class “{name}” trains: choose a stratified split." for name in silent]
    if len(names) and counts.min() and counts.max() >= 10 * counts.min():
        most, least = int(counts.argmax()), int(counts.argmin())
        found.append(
            f"Class “{names[most]}” has {counts[most]:,} training rows, class “{names[least]}” {counts[least]:,}: "
            "accuracy alone will say little; give the loss class weights."
        )
    return found
