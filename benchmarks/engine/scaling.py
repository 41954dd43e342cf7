"""How the cost of our step, and of making it ready, grows: with gates, with layers and with the batch."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

from rich import box
from rich.table import Table

from benchmarks.engine.peers import OURS
from benchmarks.engine.process import Worker
from benchmarks.engine.report import digits, duration
from benchmarks.engine.rounds import PATIENCE, Options

Row: TypeAlias = dict[str, Any]

FAMILIES = {
    "circuit": (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
    "deep": (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
    "layers": (10, 20, 50, 100, 200),
    "batch": (16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096),
}
"""Sizes of each family of `workloads.make`."""

WHAT = {
    "circuit": "scalar gates, shallow",
    "deep": "scalar gates, deep",
    "layers": "Dense layers of 64 units, batch 64",
    "batch": "batch of an MLP 64-128-10",
}


def measure_growth(options: Options, largest: int) -> Iterator[Row]:
    """A row for each size up to the largest of each family.

    Each has the keys of the other rows, and further: size, build_ms (adding nodes), compile_ms (the plan), calls.
    """
    for family, sizes in FAMILIES.items():
        for size in sizes:
            if size <= largest:
                options.tell(f"{family} {size:,}")
                yield from _point(family, size, options)


def _point(family: str, size: int, options: Options) -> Iterator[Row]:
    name = f"{family}:{size}"
    with Worker(OURS, options.pythons[OURS], options.threads) as worker:
        built = worker.ask(options.build_patience, do="build", workload=name)
        timed = [
            worker.ask(options.seconds + PATIENCE, do="time", seconds=options.seconds) for _ in range(options.rounds)
        ]
        if worker.absent:
            options.tell(f"{name}: {worker.absent}")
            return
    us = statistics.median(statistics.median(answer["us"]) for answer in timed)
    yield {"workload": name, "peer": OURS, "median_us": us, "ratio": None, "size": size, **built["facts"]}


def growth_table(rows: list[Row]) -> Table:
    """The curves as a table: what each size costs, and what one more of it costs beyond the size before.

    Where cost grows linearly the last column stays the same from row to row.
    """
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("what", "size", "step", "step ÷ size", "build", "compile", "step per further one"):
        made.add_column(title, justify="left" if title == "what" else "right", no_wrap=True)
    for before, row in pairwise([{}, *rows]):
        family, size, us = row["workload"].partition(":")[0], row["size"], row["median_us"]
        same = bool(before) and before["workload"].startswith(f"{family}:")
        further = _nanoseconds((us - before["median_us"]) / (size - before["size"])) if same else ""
        made.add_row(
            "" if same else WHAT[family], f"{size:,}", duration(us), _nanoseconds(us / size),
            duration(row["build_ms"] * 1e3), duration(row["compile_ms"] * 1e3), further,
        )  # fmt: skip
    return made


def _nanoseconds(us: float) -> str:
    return f"{digits(us * 1e3)} ns"
