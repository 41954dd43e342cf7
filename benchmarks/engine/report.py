"""The results as JSON rows, as a table for the terminal, and as a page of documentation."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.engine.peers import FLOOR, OURS, REFERENCE
from benchmarks.engine.rounds import Outcome

Row: TypeAlias = dict[str, Any]

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
"""Between these two lines of a page stands what the benchmark wrote."""


def rows(outcome: Outcome) -> list[Row]:
    """One row for each peer; `ratio` is its time over that of PyTorch eager, null where that is absent."""
    found = []
    for peer, measured in outcome.measured.items():
        row = {
            "workload": outcome.workload.name,
            "peer": peer,
            "median_us": outcome.median(peer),
            "ratio": outcome.ratio(peer, REFERENCE),
            "ratio_spread": outcome.spread(peer, REFERENCE),
            "first_s": measured.built["first_s"],
        }
        if peer == OURS:
            row |= {"floor_ratio": outcome.ratio(OURS, FLOOR), "compile_ms": measured.built["facts"]["compile_ms"]}
        found.append(row)
    return found


def cell(outcome: Outcome, peer: str) -> str:
    """Time of a step, and ours relative to it: "274 µs × 0.165"."""
    median = outcome.median(peer)
    if median is None:
        return "–"
    ours = outcome.ratio(OURS, peer)
    return duration(median) if peer == OURS or ours is None else f"{duration(median)} × {digits(ours)}"


def duration(us: float) -> str:
    """Microseconds with three digits and a fitting unit."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if us >= size:
            return f"{digits(us / size)} {unit}"
    return f"{digits(us)} µs"


def digits(number: float) -> str:
    """Three significant digits, never with an exponent."""
    decimals = 2 - math.floor(math.log10(abs(number))) if number else 0
    return f"{number:.{max(0, decimals)}f}"


def tables(outcomes: Sequence[Outcome], peers: Sequence[str], console: Console) -> Iterator[Table]:
    """The whole table for the terminal, in as many pieces as its width asks for."""
    wide, shown = console.options.update(width=10_000), list[str]()
    for peer in peers:
        if shown and console.measure(table(outcomes, [*shown, peer]), options=wide).maximum > console.width:
            yield table(outcomes, shown)
            shown = []
        shown.append(peer)
    yield table(outcomes, shown)


def table(outcomes: Sequence[Outcome], peers: Sequence[str]) -> Table:
    """These columns of the table."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column("workload", no_wrap=True)
    for peer in peers:
        made.add_column(peer, justify="right", no_wrap=True)
    for outcome in outcomes:
        made.add_row(outcome.workload.name, *(cell(outcome, peer) for peer in peers))
    return made


def notes(outcomes: Iterable[Outcome]) -> list[str]:
    """A line for each peer and reason for which cells are empty, with the workloads."""
    found: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        for peer, reason in outcome.absent.items():
            found.setdefault((peer, reason), []).append(outcome.workload.name)
    return [f"{peer} ({', '.join(names)}): {reason}" for (peer, reason), names in found.items()]


def machine(threads: int) -> str:
    """What it was measured on."""
    cores, memory = os.cpu_count(), ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    used = "one thread" if threads == 1 else f"{threads} threads"
    return f"{_processor()}, {cores} cores{memory}, {platform.system()}, Python {platform.python_version()}; {used}"


def software(outcomes: Iterable[Outcome]) -> str:
    """Versions of all that was measured."""
    found = {
        name: version
        for o in outcomes
        for measured in o.measured.values()
        for name, version in measured.versions.items()
    }
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()) if name != "python")


def markdown(outcomes: Sequence[Outcome], peers: Sequence[str], threads: int) -> str:
    """The table with machine, date and versions, for a page."""
    titles = ["| " + " | ".join(["workload", "", *peers]) + " |", "|" + "---|" * (len(peers) + 2)]
    lines = [
        "| " + " | ".join([o.workload.name, o.workload.title, *(cell(o, peer) for peer in peers)]) + " |"
        for o in outcomes
    ]
    empty = [f"- {note}" for note in notes(outcomes)]
    head = [
        f"Measured on {datetime.now(UTC):%d %B %Y}: {machine(threads)}.",
        f"Versions: {software(outcomes)}.",
    ]
    return "\n".join([*head, "", *titles, *lines, *(["", "Not measured:", "", *empty] if empty else []), ""])


def write_page(path: Path, text: str) -> None:
    """Put text between the two marks of a page; a page without them, or none, becomes the text alone."""
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    if BEGIN in page and END in page:
        before, _, rest = page.partition(BEGIN)
        text = f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}"
    path.write_text(text, encoding="utf-8")


def _processor() -> str:
    """The processor's name, as the system tells it."""
    listing = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*:\s*(.*)", listing.read_text(encoding="utf-8")) if listing.exists() else []
    return names[0].strip() if names else platform.processor() or platform.machine()
