"""The data at hand: tables by the digest of their files, from which data nodes get their arrays."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from gradstudio.data.digest import digest
from gradstudio.data.errors import DataProblem, NotAtHand, OnItsWay
from gradstudio.data.places import HOW_TO_GET
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
        self._awaited: set[str] = set()

    def load(self, path: Path, reading: Reading = RECOGNISE) -> tuple[Table, str]:
        """Read a file or folder and put it on the shelf; gives the table and its digest.

        Raises:
            DataProblem: if it can't be read.
        """
        table, found = read(path, reading), digest(path)
        self.put(path, reading, table, found)
        return table, found

    def put(self, path: Path, reading: Reading, table: Table, found: str) -> None:
        """Put a table that was read on the shelf, with the digest of its file."""
        with self._lock:
            self._places[found] = path
            self._tables[found, msgspec.json.encode(reading)] = table
            self._refusals.pop(found, None)

    def has(self, record: DataRecord) -> bool:
        """Whether its arrays can be had."""
        return bool(record.columns) or record.kind == "shipped" or record.digest in self._places

    def place(self, record: DataRecord) -> Path | None:
        """Where its file lies; None where that isn't known."""
        with self._lock:
            return self._places.get(record.digest)

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            for kept in (self._tables, self._places, self._refusals, self._prepared, self._awaited):
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
        table, found = self.load(place, record.reading)
        if found != record.digest:
            raise changed(place.name, record.digest, found)
        return table

    def prepared(self, wanted: Wanted) -> Prepared:
        """What a data node's record makes of its table.

        Raises:
            ShapeError: if the record can't be used.
            DataProblem: if its table isn't at hand, or can't be prepared so.
        """
        key = _key(wanted)
        known = self._known(key)
        if known is None:
            record = record_of(wanted.record)
            table = self.table(record) if wanted.table is None else unpacked(record, wanted.table, wanted.absent)
            known = prepare(table, record.preparation)
            self.keep(wanted, known)
        return known

    def keep(self, wanted: Wanted, made: Prepared) -> None:
        """Remember what was prepared of a record."""
        with self._lock:
            self._prepared[_key(wanted)] = made
            while len(self._prepared) > MOST_PREPARED:
                self._prepared.popitem(last=False)

    def is_prepared(self, wanted: Wanted) -> bool:
        """Whether its arrays are there at once."""
        return self._known(_key(wanted)) is not None

    def _known(self, key: str) -> Prepared | None:
        with self._lock:
            known = self._prepared.get(key)
            if known is not None:
                self._prepared.move_to_end(key)
            return known

    def expect(self, records: Iterable[str]) -> None:
        """These are being read in another thread: until they are there, asking for them is refused at once."""
        with self._lock:
            self._awaited.update(records)

    def expect_no_more(self, records: Iterable[str]) -> None:
        """These are there now, or won't come."""
        with self._lock:
            self._awaited.difference_update(records)

    def awaits(self, record: str) -> bool:
        """Whether it is being read."""
        return record in self._awaited

    def provide(self, wanted: Wanted) -> Parts:
        """The features of a part, and what is to be told of them.

        Raises:
            ShapeError: in the sentence of whatever is in the way.
        """
        try:
            if self.awaits(wanted.record):
                raise OnItsWay("it", "nothing yet", "Wait.", name=record_of(wanted.record).name)
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


def _key(wanted: Wanted) -> str:
    return wanted.record + "".join(_sum(array) for array in (wanted.table, wanted.absent) if array is not None)


def _sum(array: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def gone(name: str) -> NotAtHand:
    """A file that isn't at hand."""
    advice = HOW_TO_GET.get(name, "Put it beside the network, or choose it again.")
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
