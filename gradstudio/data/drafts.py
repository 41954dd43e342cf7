"""What somebody is choosing about data, before anything of it is in a network: Qt-free, and without side effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from gradstudio.data.digest import digest
from gradstudio.data.errors import DataProblem, count
from gradstudio.data.preparation import Preparation, Prepared, suggested
from gradstudio.data.preparing import prepare
from gradstudio.data.progress import told
from gradstudio.data.reading import RECOGNISE, Reading, read
from gradstudio.data.record import DataRecord, Origin
from gradstudio.data.shipped import SHIPPED, preparation_of, read_shipped
from gradstudio.data.summary import Summary, summary
from gradstudio.data.table import Column, Table, Type
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.types import Array
from gradstudio.resources import resource

From: TypeAlias = Literal["file", "shipped", "toy", "kept"]
TOYS = (
    "spiral", "circles", "moons", "blobs", "xor_points", "checkerboard", "line_data", "sine_data", "step_data",
)  # fmt: skip
"""Gates that draw data from a seed: examples beside the shipped tables."""
FIRST = 50
"""Rows that are shown."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """Where data comes from.

    Attributes:
        kind: a file or folder, a table that comes with GradStudio, a gate that draws data, or a table in the network.
        name: of the file, table or gate.
        path: of a file or folder.
        kept: the table that lies in the network.
        record: what the network says of that; values and absent: its cells, and which are missing.
    """

    kind: From
    name: str
    path: Path | None = None
    kept: Table | None = None
    record: DataRecord | None = None
    values: Array | None = None
    absent: Array | None = None

    @classmethod
    def of_file(cls, path: Path) -> Source:
        """A file or folder."""
        return cls("file", path.name, path)

    @property
    def is_read(self) -> bool:
        """Whether it is said how it is read: then delimiter, header and the like can be changed."""
        return self.kind == "file"


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been chosen so far.

    Attributes:
        source: where the data comes from.
        reading: how it is read.
        preparation: what is done to it; None for what is likely.
    """

    source: Source
    reading: Reading = RECOGNISE
    preparation: Preparation | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Looked:
    """What comes of a draft.

    Attributes:
        draft: as it was looked at, with the preparation that was found likely.
        table: all there is; first: its first rows.
        digest: of the file; empty where there is none.
        summaries: of its columns.
        prepared: what a network would get; None where there is a problem.
        problem: why it can't be prepared so; None where it can.
    """

    draft: Draft
    table: Table
    first: Table
    digest: str
    summaries: tuple[Summary, ...]
    prepared: Prepared | None
    problem: DataProblem | None

    @property
    def record(self) -> DataRecord | None:
        """What a network file would say of it; None where it can't be prepared, or needs none."""
        source, how = self.draft.source, self.draft.preparation
        if self.prepared is None or how is None or source.kind == "toy":
            return None
        if source.record is not None and source.kind == "kept":
            return msgspec.structs.replace(source.record, preparation=how)
        kind: Origin = "shipped" if source.kind == "shipped" else self.table.kind  # type: ignore[assignment]
        return DataRecord(kind, self.table.name, self.digest, self.draft.reading, how)


def look(draft: Draft, before: Looked | None = None) -> Looked:
    """Read what is drafted and prepare it. What was read before and hasn't been asked for otherwise isn't read again.

    Raises:
        DataProblem: if it can't be read.
    """
    source = draft.source
    if before is not None and before.draft.source is source and before.draft.reading == draft.reading:
        table, first, found, summaries = before.table, before.first, before.digest, before.summaries
    else:
        table, found = _table(draft)
        first, summaries = _first(table), tuple(_summaries(table))
    try:
        how = _fitting(draft.preparation, table, source)
    except DataProblem as problem:
        return Looked(replace(draft, preparation=None), table, first, found, summaries, None, problem)
    draft = replace(draft, preparation=how)
    try:
        return Looked(draft, table, first, found, summaries, prepare(table, how), None)
    except DataProblem as problem:
        return Looked(draft, table, first, found, summaries, None, problem)


def _table(draft: Draft) -> tuple[Table, str]:
    source = draft.source
    if source.kind == "toy":
        return toy_table(source.name), ""
    if source.kind == "shipped":
        return read_shipped(source.name), digest(resource("data", SHIPPED[source.name].file))
    if source.kept is not None and source.record is not None:
        return source.kept, source.record.digest
    path = source.path or Path(source.name)
    return read(path, draft.reading), digest(path)


def _first(table: Table) -> Table:
    """The first rows, in memory: of a large file no more than these are read."""
    file = next((column.values.file for column in table.columns if hasattr(column.values, "file")), None)
    if file is None:
        return table.take(slice(0, FIRST))
    rows: Table = file.rows(np.arange(min(FIRST, len(table))))
    return rows


def _summaries(table: Table) -> Sequence[Summary]:
    made = []
    for i, column in enumerate(table.columns):
        told(i, len(table.columns))
        made.append(summary(column))
    return made


def _fitting(how: Preparation | None, table: Table, source: Source) -> Preparation:
    """What was chosen, where the table still has the columns; else what is likely."""
    if how is not None and {*how.features, how.target} <= {*table.names, ""}:
        return how
    if source.kind == "toy":
        task: Literal["classification", "regression"] = "classification" if table.names[-1] == "label" else "regression"
        names = table.names
        return Preparation(names[:-1], names[-1], task, scaling="none", validation=0.0, test=0.0)
    return preparation_of(table) if source.kind == "shipped" else suggested(table)


def toy_table(gate_id: str) -> Table:
    """The points a gate draws, as a table."""
    made = CATALOG.get(gate_id)().forward()
    X, y = (np.asarray(array) for array in made)
    columns = [Column(f"x{j + 1}", Type.NUMBER, X[:, j].astype(np.float64)) for j in range(X.shape[1])]
    name = "label" if y.ndim == 1 else "y"
    columns.append(Column(name, Type.NUMBER, y.reshape(len(y)).astype(np.float64)))
    return Table(tuple(columns), gate_id, "toy")


def summed_up(looked: Looked) -> str:
    """What the network will get, in a sentence or two."""
    made, how = looked.prepared, looked.draft.preparation
    if made is None or how is None:
        return ""
    size = " × ".join(f"{n:,}" for n in made.training.X.shape)
    held = (made.validation, "validate"), (made.test, "test")
    parts = [f"{count(len(made.training.rows), 'sample')} to train on"]
    parts += [f"{len(part.rows):,} to {word}" for part, word in held if len(part.rows)]
    features, classes = count(len(made.fitted.names), "feature"), len(made.fitted.classes)
    what = f"{classes} classes to tell" if classes else f"one number to tell, “{how.target}”"
    return f"{', '.join(parts)}; {features} and {what}. X is {size}.{_filled(looked, how)}"


def _filled(looked: Looked, how: Preparation) -> str:
    """What becomes of missing cells."""
    filled: dict[str, int] = {}
    features = frozenset(how.features)
    for one in looked.summaries:
        way = how.missing_of(one.name)
        if one.missing and one.name in features and way not in ("refuse", "drop"):
            filled[way] = filled.get(way, 0) + one.missing
    words = {"constant": f"the number {how.fill:g}"}
    told_ = [f"{count(n, 'missing cell')} filled with {words.get(way, f'the {way}')}" for way, n in filled.items()]
    return "".join(f" {one[0].upper()}{one[1:]}." for one in told_)
