"""Which rows train, which validate and which test."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradstudio.data.table import Rows

How: TypeAlias = Literal["random", "stratified", "order"]


class Split(NamedTuple):
    """The rows of each part, ascending; each row lies in exactly one."""

    training: Rows
    validation: Rows
    test: Rows


def split(n: int, how: How, validation: float, test: float, seed: int, classes: npt.NDArray[np.int64]) -> Split:
    """Divide rows into three parts.

    Args:
        n: rows in all.
        how: "random"; "stratified", with the same share of each class in every part; or "order": the first rows train,
            the next validate, the last test.
        validation: share of rows that validate.
        test: share of rows that test.
        seed: what "random" and "stratified" draw by.
        classes: of each row, for "stratified".
    """
    if how == "order":
        return Split(*_pieces(np.arange(n), validation, test))
    random = np.random.default_rng(seed)
    if how == "random":
        return Split(*(np.sort(part) for part in _pieces(random.permutation(n), validation, test)))
    groups = [random.permutation(np.flatnonzero(classes == one)) for one in np.unique(classes)]
    parts = zip(*(_pieces(rows, validation, test) for rows in groups), strict=True)
    return Split(*(np.sort(np.concatenate(part)) for part in parts))


def _pieces(rows: Rows, validation: float, test: float) -> tuple[Rows, Rows, Rows]:
    """The rows in pieces of these shares; the first one, which trains, is never empty."""
    n = len(rows)
    held = min(round(n * (validation + test)), n - 1)
    tested = min(round(n * test), held)
    return rows[: n - held], rows[n - held : n - tested], rows[n - tested :]
