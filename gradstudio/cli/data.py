"""`gradstudio data`: what is recognised in a file of data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table as Printed
from rich.text import Text

from gradstudio.cli.options import PreparingOptions, ReadingOptions, said
from gradstudio.cli.output import console, print_json, say
from gradstudio.cli.owndata import is_shipped
from gradstudio.data.digest import digest
from gradstudio.data.errors import DataProblem, count
from gradstudio.data.places import named
from gradstudio.data.preparation import Preparation
from gradstudio.data.preparing import prepare
from gradstudio.data.reading import read
from gradstudio.data.shipped import SHIPPED, read_shipped
from gradstudio.data.summary import Summary, summaries
from gradstudio.data.table import Table
from gradstudio.resources import resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_SHOWN = 60
"""Columns that are printed."""


def show_data(file: str, reading: ReadingOptions, preparing: PreparingOptions, *, as_json: bool) -> int:
    """Read a file and say what was recognised, and what comes of preparing it so.

    Raises:
        DataProblem: if it can't be read.
    """
    shipped = is_shipped(file)
    path = resource("data", SHIPPED[file].file) if shipped else named(file)
    table = read_shipped(file) if shipped else read(path, reading.alone())
    found = summaries(table)
    how, balance = _prepared(table, preparing)
    if as_json:
        print_json(report(table, path, found, how, balance))
        return 0
    _print(table, found)
    _print_target(how, balance)
    return 0


def report(
    table: Table, path: Path, found: Sequence[Summary], how: Preparation | str, balance: Mapping[str, int]
) -> dict[str, Any]:
    """What docs/command-line.md promises."""
    return {
        "file": table.name,
        "kind": table.kind,
        "digest": digest(path),
        "rows": len(table),
        "notes": list(table.notes),
        "columns": [_column(table, one) for one in found],
        "suggestion": msgspec.to_builtins(how) if isinstance(how, Preparation) else None,
        "problem": how if isinstance(how, str) else None,
        "balance": dict(balance),
    }


def _column(table: Table, one: Summary) -> dict[str, Any]:
    odd = table.column(one.name).odd
    told = asdict(one) | {"type": one.type.value, "constant": one.constant}
    told["odd"] = None if odd is None else {"place": table.place(odd.row), "text": odd.text, "count": odd.count}
    told["counts"] = dict(one.counts)
    return told


def _prepared(table: Table, preparing: PreparingOptions) -> tuple[Preparation | str, Mapping[str, int]]:
    """A preparation that works, or what is in its way; and how often each class occurs."""
    try:
        how = preparing.on(table)
        made = prepare(table, how)
    except DataProblem as problem:
        if said(preparing):
            raise
        return str(problem), {}
    return how, {name: sum(counts) for name, counts in made.balance().items()}


def _print(table: Table, found: Sequence[Summary]) -> None:
    printed = Printed(
        title=f"{table.name}: {count(len(table), 'row')}, {count(len(found), 'column')}", title_justify="left"
    )
    for name in ("column", "type", "missing", "distinct", "what it holds"):
        printed.add_column(name, justify="right" if name in ("missing", "distinct") else "left")
    for one in found[:MOST_SHOWN]:
        shape = "" if one.shape is None else " " + "×".join(str(n) for n in one.shape)
        distinct = "" if one.distinct is None else f"{one.distinct:,}"
        missing = f"{one.missing:,}" if one.missing else ""
        printed.add_row(Text(one.name), one.type.value + shape, missing, distinct, Text(_words(table, one)))
    console().print(printed)
    if len(found) > MOST_SHOWN:
        say(f"{count(len(found) - MOST_SHOWN, 'more column')}: see --json.")
    for note in table.notes:
        say(note)


def _words(table: Table, one: Summary) -> str:
    odd = table.column(one.name).odd
    remarks = [one.words()]
    if one.constant:
        remarks.append("the same in every row")
    if one.infinite:
        remarks.append(f"{one.infinite:,} infinite")
    if odd is not None:
        remarks.append(f"numbers but for {count(odd.count, 'cell')}: {table.place(odd.row)} has “{odd.text}”")
    return "; ".join(filter(None, remarks))


def _print_target(how: Preparation | str, balance: Mapping[str, int]) -> None:
    if isinstance(how, str):
        say(f"Not ready to learn from: {how}")
        return
    say(f"To tell: {how.target} ({how.task}) from {count(len(how.features), 'column')}.")
    if balance:
        total = sum(balance.values())
        shown = [f"{name} {n:,} ({n / total:.0%})" for name, n in list(balance.items())[:12]]
        say("Classes: " + ", ".join(shown) + ("." if len(balance) <= 12 else ", …"))
