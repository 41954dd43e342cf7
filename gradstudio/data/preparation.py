"""What is to be done to a table before a network sees it, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct, structs

from gradstudio.data.errors import Unsuited
from gradstudio.data.fitting import Feature
from gradstudio.data.splitting import How
from gradstudio.data.table import Column, Rows, Table, Type, Values

Task: TypeAlias = Literal["classification", "regression"]
Missing: TypeAlias = Literal["refuse", "drop", "mean", "median", "constant"]
PartName: TypeAlias = Literal["training", "validation", "test"]


class Preparation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be done to a table.

    Attributes:
        features: names of the columns a network is to learn from.
        target: name of the column it is to tell.
        task: whether that is a class or a number.
        categories: categories among the features become one-hot rows, or their index.
        missing: rows with missing values are refused or dropped, or numbers are filled in: with the mean or the median
            of the training part, or with `fill`. A missing category then is a category of its own.
        fill: the number "constant" fills in.
        gaps: what is done about missing values in columns for which that is another.
        scaling: numbers get mean 0 and deviation 1, or the range 0 to 1, or stay; as found on the training part.
        split: how rows are divided; see `splitting.split`.
        validation: share of rows that validate.
        test: share of rows that test.
        seed: what a random split draws by.
        layout: pictures are given as they lie in the file, flat, or with an axis for their channels.
    """

    features: tuple[str, ...]
    target: str
    task: Task
    categories: Literal["one-hot", "index"] = "one-hot"
    missing: Missing = "refuse"
    fill: float = 0.0
    gaps: Mapping[str, Missing] = {}
    scaling: Literal["standardise", "min-max", "none"] = "standardise"
    split: How = "random"
    validation: float = 0.15
    test: float = 0.15
    seed: int = 0
    layout: Literal["as it is", "flat", "channels"] = "as it is"

    def missing_of(self, name: str) -> Missing:
        """What is done about missing values in a column."""
        return self.gaps.get(name, self.missing)


class Fitted(Struct, frozen=True, forbid_unknown_fields=True):
    """What was found on the training part: enough to prepare new rows the same way.

    Attributes:
        features: what is done to each column.
        target: name of the column that is told.
        task: whether that is a class or a number.
        classes: their names, in the order of their labels.
        layout: of pictures, as in `Preparation`.
    """

    features: tuple[Feature, ...]
    target: str
    task: Task
    classes: tuple[str, ...] = ()
    layout: Literal["as it is", "flat", "channels"] = "as it is"

    @property
    def names(self) -> tuple[str, ...]:
        """Of all features."""
        return tuple(name for feature in self.features for name in feature.names)

    def apply(self, table: Table) -> npt.NDArray[Any]:
        """The features of new rows, prepared like those the network was trained with.

        Raises:
            Unsuited: if a column is missing, or a cell can't be made into a feature.
        """
        from gradstudio.data.preparing import features_of

        return features_of(table, self)

    def inverse(self, X: npt.NDArray[Any]) -> Mapping[str, Values]:
        """The cells that features stand for, by column."""
        found, at, flat = {}, 0, X.reshape(len(X), -1)
        for feature in self.features:
            found[feature.name] = feature.inverse(flat[:, at : at + feature.width])
            at += feature.width
        return found

    def labels(self, table: Table) -> Values:
        """The target of rows: labels of classes, or numbers in a column of their own.

        Raises:
            Unsuited: at a cell without one, or with a class not known.
        """
        column = table.column(self.target)
        if self.task == "classification":
            return Feature(self.target, Type.CATEGORY, self.classes).codes(column, table)
        return Feature(self.target, Type.NUMBER).apply(column, table)


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Rows that train, validate or test.

    Attributes:
        X: their features, one row each.
        y: labels from 0 (N) for classes, numbers (N×1) for regression.
        rows: where they stand in the table, ascending.
    """

    X: Any
    y: Values
    rows: Rows


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A table made ready.

    Attributes:
        training: the part that trains; the others likewise.
        fitted: what was found on the training part.
        warnings: sentences on what a person should know: rows dropped, constant columns, classes out of balance.
    """

    training: Part
    validation: Part
    test: Part
    fitted: Fitted
    warnings: tuple[str, ...]

    def part(self, name: PartName) -> Part:
        """The part of this name."""
        found: Part = getattr(self, name)
        return found

    def balance(self) -> Mapping[str, tuple[int, int, int]]:
        """How many rows each class has in each part."""
        parts = self.training, self.validation, self.test
        return {
            name: tuple(int((part.y == label).sum()) for part in parts)  # type: ignore[misc]
            for label, name in enumerate(self.fitted.classes)
        }


def suggested(table: Table, target: str | None = None) -> Preparation:
    """A first guess for a table: its last column, or the one asked for, is told from all others but texts.

    A test set of its own stays one.

    Raises:
        Unsuited: if there are no two columns to begin with, or not the one asked for.
    """
    asked = None if target is None else table.column(target)
    plain = [column for column in table.columns if column.type is not Type.TEXT or column.odd is not None]
    usable = plain if asked is None or asked in plain else [*plain, asked]
    targets = [column for column in usable if column.type in (Type.CATEGORY, Type.NUMBER)]
    if (asked is None and not targets) or len(usable) < 2:
        advice = "Add a column, or give texts that are classes the type category."
        raise Unsuited("two columns of numbers or categories", f"{len(usable)}", advice, name=table.name)
    told = targets[-1] if asked is None else asked
    features = [column for column in usable if column is not told]
    pictures = any(column.type is Type.ARRAY and column.values.ndim > 2 for column in features)
    task = likely_task(told)
    made = Preparation(
        features=tuple(column.name for column in features),
        target=told.name,
        task=task,
        missing="mean" if any(column.absent().any() for column in features) else "refuse",
        scaling="min-max" if pictures else "standardise",
        split="stratified" if task == "classification" else "random",
        layout="flat" if pictures else "as it is",
    )
    if not table.tested:
        return made
    return structs.replace(made, split="order", test=table.tested / len(table))


def likely_task(column: Column) -> Task:
    """Whether a column is likely to tell classes or numbers."""
    return "classification" if _few(column) else "regression"


def _few(column: Column) -> bool:
    """Whether a column tells classes: categories, texts, or a few whole numbers that come again and again."""
    if column.type is not Type.NUMBER:
        return True
    values = column.values[~column.absent()]
    if not len(values) or not (values == np.rint(values)).all():
        return False
    return len(np.unique(values)) <= min(20, len(values) / 4)
