"""The data at hand: tables by the digest of their files, from which data nodes get their arrays."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path

import msgspec
import numpy as np

from gradstudio.data.digest import digest
from gradstudio.data.errors import DataProblem, NotAtHand
from gradstudio.data.preparation import Prepared
from gradstudio.data.preparing import prepare
from gradstudio.data.reading import RECOGNISE, Reading, read
from gradstudio.data.record import DataRecord, record_of, unpacked
from gradstudio.data.shipped import SHIPPED, read_shipped
from gradstudio.data.table import Table
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array
from gradstudio.engine.supply import SUPPLY, Parts, Supply, Wanted
from gradstudio.resources import resource

MOST_PREPARED = 8
"""Prepared tables that are kept."""


class Shelf:
    """Tables that were read, and what was prepared of them. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tables: dict[tuple[str, bytes], Table] = {}
        self._places: dict[str, Path] = {}
        self._refusals: dict[str, DataProblem] = {}
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()

    def load(self, path: Path, reading: Reading = RECOGNISE) -> tuple[Table, str]:
        """Read a file or folder and put it on the shelf; gives the table and its digest.

        Raises:
            DataProblem: if it can't be read.
        """
        table, found = read(path, reading), digest(path)
        with self._lock:
            self._places[found] = path
            self._tables[found, msgspec.json.encode(reading)] = table
            self._refusals.pop(found, None)
        return table, found

    def has(self, record: DataRecord) -> bool:
        """Whether its arrays can be had."""
        return bool(record.columns) or record.kind == "shipped" or record.digest in self._places

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            for kept in (self._tables, self._places, self._refusals, self._prepared):
                kept.clear()

    def refuse(self, record: DataRecord, problem: DataProblem) -> None:
        """Remember why the file of a record isn't at hand."""
        with self._lock:
            self._refusals[record.digest] = problem

    def table(self, record: DataRecord) -> Table:
        """The table a record tells of.

        Raises:
            DataProblem: if it isn't at hand or can't be read.
        """
        if record.kind == "shipped":
            return read_shipped(record.name)
        with self._lock:
            known = self._tables.get((record.digest, msgspec.json.encode(record.reading)))
            place = self._places.get(record.digest)
        if known is not None:
            return known
        if place is None:
            raise self._refusals.get(record.digest) or gone(record.name)
        return self.load(place, record.reading)[0]

    def prepared(self, wanted: Wanted) -> Prepared:
        """What a data node's record makes of its table.

        Raises:
            ShapeError: if the record can't be used.
            DataProblem: if its table isn't at hand, or can't be prepared so.
        """
        with self._lock:
            key = wanted.record + "".join(_sum(array) for array in (wanted.table, wanted.absent) if array is not None)
            known = self._prepared.get(key)
            if known is None:
                record = record_of(wanted.record)
                table = self.table(record) if wanted.table is None else unpacked(record, wanted.table, wanted.absent)
                known = self._prepared[key] = prepare(table, record.preparation)
            self._prepared.move_to_end(key)
            while len(self._prepared) > MOST_PREPARED:
                self._prepared.popitem(last=False)
        return known

    def provide(self, wanted: Wanted) -> Parts:
        """The features of a part, and what is to be told of them.

        Raises:
            ShapeError: in the sentence of whatever is in the way.
        """
        try:
            part = self.prepared(wanted).part(wanted.part)  # type: ignore[arg-type]
        except DataProblem as problem:
            raise ShapeError(str(problem)) from problem
        if not len(part.rows):
            raise ShapeError(f"No row is in the {wanted.part} part: give it a share of the rows, or choose another.")
        return part.X, part.y

    def install(self, supply: Supply = SUPPLY) -> None:
        """Answer the data nodes of this process."""
        supply.provider = self.provide
        supply.changed()


def _sum(array: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def gone(name: str) -> NotAtHand:
    """A file that isn't at hand."""
    advice = "Put it beside the network, or choose it again."
    return NotAtHand("the file this network was made with", "none of this name", advice, name=name)


def changed(name: str, expected: str, found: str) -> NotAtHand:
    """A file with other contents than it had."""
    return NotAtHand(
        f"the contents this network was made with ({brief(expected)})", f"others ({brief(found)})",
        "Choose the file as it was, or prepare the data anew.", name=name,
    )  # fmt: skip


def brief(sha: str) -> str:
    """A digest in a message."""
    return f"{sha[:15]}…"


def shipped_record(name: str) -> DataRecord:
    """The record of a shipped table, prepared as is best to begin with."""
    from gradstudio.data.shipped import preparation_of

    found = digest(resource("data", SHIPPED[name].file))
    return DataRecord("shipped", name, found, RECOGNISE, preparation_of(read_shipped(name)))


SHELF = Shelf()
"""That of the process."""
