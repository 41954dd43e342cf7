"""Which columns a network learns from and which it tells, as somebody chooses them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from gradstudio.data.preparation import Missing, Preparation, likely_task
from gradstudio.data.reading import CellType, Reading
from gradstudio.data.table import Table, Type

Use: TypeAlias = Literal["feature", "target", "out"]


def use_of(how: Preparation, name: str) -> Use:
    """What a column is used for."""
    return "target" if name == how.target else "feature" if name in how.features else "out"


def uses_of(how: Preparation, names: Sequence[str]) -> list[Use]:
    """What many columns are used for."""
    features = frozenset(how.features)
    return ["target" if name == how.target else "feature" if name in features else "out" for name in names]


def used(how: Preparation, table: Table, names: Sequence[str], use: Use) -> Preparation:
    """The preparation with columns used for something else.

    Of several the first becomes the target. What was the target before becomes a feature, unless it holds texts. The
    task is what is likely for a new target, and with it the split.
    """
    if use == "target":
        return _aimed(how, table, names[0])
    chosen = {*how.features, *names} if use == "feature" else {*how.features} - {*names}
    target = "" if how.target in names else how.target
    features = tuple(name for name in table.names if name in chosen and name != target)
    return msgspec.structs.replace(how, features=features, target=target)


def _aimed(how: Preparation, table: Table, target: str) -> Preparation:
    if target == how.target:
        return how
    before = how.target if how.target and table.column(how.target).type is not Type.TEXT else ""
    chosen = {*how.features, before} - {target}
    features = tuple(name for name in table.names if name in chosen)
    changed = msgspec.structs.replace(how, features=features, target=target)
    column = table.column(target)
    return changed if column.type in (Type.ARRAY, Type.DATE) else tasked(changed, likely_task(column))


def tasked(how: Preparation, task: Literal["classification", "regression"]) -> Preparation:
    """The preparation for another task; only classes can have their share in each part."""
    split = how.split
    if task != how.task and split != "order":
        split = "stratified" if task == "classification" else "random"
    return msgspec.structs.replace(how, task=task, split=split)


def filled(how: Preparation, names: Sequence[str], missing: Missing | None) -> Preparation:
    """The preparation with another choice about missing values in some columns; None: as in all others."""
    gaps = {name: way for name, way in how.gaps.items() if name not in names}
    if missing is not None and missing != how.missing:
        gaps |= dict.fromkeys(names, missing)
    return msgspec.structs.replace(how, gaps=gaps)


def typed(reading: Reading, names: Sequence[str], kind: CellType | None) -> Reading:
    """The reading with columns said to hold something; None: what is recognised."""
    types = {name: one for name, one in reading.types.items() if name not in names}
    return msgspec.structs.replace(reading, types=types | (dict.fromkeys(names, kind) if kind is not None else {}))
