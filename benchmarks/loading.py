"""How long files of data take to become tables, beside pandas: `python -m benchmarks.loading` (`--json FILE`).

Made tables as CSV: 100,000 rows of 20 numbers; as many of numbers, categories, dates and gaps; 1,000,000 rows of four
numbers and a class. pandas, where it is installed, reads the same file in turn, and a ratio is taken within one turn,
so that a slow minute of the machine hits both. pandas leaves categories and dates as texts; GradStudio has recognised
them by then. Fashion-MNIST is read from its gzipped IDX files, where it is installed. Seconds are medians; those of
the processor count all threads, and say more than the clock on a busy machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from gradstudio.data.places import INSTALLED
from gradstudio.data.reading import read

TURNS = 9
ROWS, TALL = 100_000, 1_000_000


class Row(TypedDict):
    """One file measured; without a peer its columns are None."""

    file: str
    megabytes: float
    seconds: float
    processor_seconds: float
    pandas_seconds: float | None
    pandas_processor_seconds: float | None
    ratio: float | None
    processor_ratio: float | None


def numeric(random: np.random.Generator) -> list[Sequence[str]]:
    """Twenty columns of numbers."""
    return [_numbers(random.normal(size=ROWS), "%.6f") for _ in range(20)]


def mixed(random: np.random.Generator) -> list[Sequence[str]]:
    """Numbers with and without gaps, categories, dates."""
    days = np.datetime64("2020-01-01") + random.integers(0, 1000, ROWS)
    plain = [_numbers(random.normal(size=ROWS), "%.4f") for _ in range(4)]
    kinds = [[f"kind {n}" for n in random.integers(0, count, ROWS)] for count in (2, 5, 50, 500)]
    gaps = [_with_gaps(plain[0], random, 0.02), _with_gaps(plain[1], random, 0.1), _with_gaps(kinds[2], random, 0.05)]
    return [plain[2], plain[3], *gaps, *kinds, [str(day) for day in days]]


def tall(random: np.random.Generator) -> list[Sequence[str]]:
    """A million rows of four numbers and a class."""
    classes = [str(n) for n in random.integers(0, 10, TALL)]
    return [*(_numbers(random.normal(size=TALL), "%.4f") for _ in range(4)), classes]


def _numbers(values: np.ndarray, form: str) -> list[str]:
    return [form % value for value in values.tolist()]


def _with_gaps(cells: Sequence[str], random: np.random.Generator, share: float) -> list[str]:
    return ["" if gone else cell for cell, gone in zip(cells, random.random(len(cells)) < share, strict=True)]


TABLES: dict[str, Callable[[np.random.Generator], list[Sequence[str]]]] = {
    "numeric": numeric, "mixed": mixed, "tall": tall,
}  # fmt: skip


def files(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """The made tables, and Fashion-MNIST where it is installed."""
    for name in names:
        if name in TABLES:
            path, columns = folder / f"{name}.csv", TABLES[name](np.random.default_rng(0))
            with path.open("w", encoding="utf-8") as file:
                file.write(",".join(f"c{i}" for i in range(len(columns))) + "\n")
                file.writelines(",".join(row) + "\n" for row in zip(*columns, strict=True))
            yield path
        yield from (home / name for home in INSTALLED if name not in TABLES and (home / name).exists())


def measure(path: Path) -> Row:
    """Read one file again and again, here and with pandas in turn."""
    ours, theirs = [], []
    peer = _pandas() if path.suffix == ".csv" else None
    for _ in range(TURNS + 1):
        ours.append(_timed(lambda: read(path)))
        if peer is not None:
            theirs.append(_timed(lambda: peer(path)))
    here, there = _middle(ours), _middle(theirs)
    pairs = [list(zip(a, b, strict=True)) for a, b in zip(ours[1:], theirs[1:], strict=bool(theirs))]
    ratios = [statistics.median(a / b for a, b in column) for column in zip(*pairs, strict=True)] or [None, None]
    size = sum(f.stat().st_size for f in ([path] if path.is_file() else path.iterdir()))
    return {
        "file": path.name, "megabytes": round(size / 1e6, 1), "seconds": here[0], "processor_seconds": here[1],
        "pandas_seconds": there[0], "pandas_processor_seconds": there[1], "ratio": ratios[0],
        "processor_ratio": ratios[1],
    }  # fmt: skip


def _pandas() -> Callable[[Path], object] | None:
    if importlib.util.find_spec("pandas") is None:
        return None
    reader: Callable[[Path], object] = importlib.import_module("pandas").read_csv
    return reader


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    made = work()
    seconds = time.perf_counter() - clock, time.process_time() - processor
    del made
    return seconds


def _middle(turns: Sequence[tuple[float, float]]) -> tuple[Any, Any]:
    if not turns:
        return None, None
    clock, processor = zip(*turns[1:], strict=True)
    return statistics.median(clock), statistics.median(processor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.loading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", default=",".join((*TABLES, "fashion-mnist")), help="which of them; all by default")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for path in files(Path(folder), asked.files.split(",")):
            rows.append(measure(path))
            print(_told(rows[-1]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _told(row: Row) -> str:
    beside = "" if row["ratio"] is None else (
        f"  pandas {row['pandas_seconds']:.3f} s, {row['pandas_processor_seconds']:.3f}"
        f"  × {row['ratio']:.2f}, {row['processor_ratio']:.2f}"
    )  # fmt: skip
    took = f"{row['seconds']:.3f} s, {row['processor_seconds']:.3f} of the processor"
    return f"{row['file']:16} {row['megabytes']:6.1f} MB  {took}{beside}"


if __name__ == "__main__":
    sys.exit(main())
