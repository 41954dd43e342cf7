"""More data than memory: a network trained on a file of many gigabytes, and how much memory and waiting that takes.

`python -m benchmarks.large_data --form idx|npy|parquet --gigabytes 10 --steps 300 --json FILE` writes a file into a
folder of its own (pictures with labels, a matrix whose last column is a class, or such a table), trains a
small network on it through a data node, and reports resident memory at its highest, how long a step waits for its
batch, and how long the file took to be opened: looked through for its digest, its classes and its scale. Random
numbers teach nothing; they can't be packed or cached better than real ones either.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

import gradstudio.gates  # noqa: F401  fills the catalogue
from benchmarks.waiting import WARM, Waits
from gradstudio.data.preparation import suggested
from gradstudio.data.reading import RECOGNISE
from gradstudio.data.record import DataRecord, text_of
from gradstudio.data.shelf import SHELF
from gradstudio.document.model import Document, Node, Patch, Settings, Wire
from gradstudio.training.trainer import Trainer

SIDE, CLASSES, BATCH, UNITS = 32, 10, 128, 256
PIECE = 2**14
WIDTH = 256
"""Columns of the matrix and of the table."""
GROUP = 2**17
"""Rows of the table that lie together."""


def write_idx(folder: Path, bytes_wanted: float) -> Path:
    """An IDX file of pictures, and one of labels beside it."""
    count = max(2 * BATCH, int(bytes_wanted / SIDE**2))
    random = np.random.default_rng(0)
    path = folder / "train-images-idx3-ubyte"
    with path.open("wb") as file:
        file.write(b"\0\0\x08\x03" + np.array([count, SIDE, SIDE], ">i4").tobytes())
        for start in range(0, count, PIECE):
            file.write(random.integers(0, 256, (min(PIECE, count - start), SIDE, SIDE), np.uint8).tobytes())
    labels = np.resize(np.arange(CLASSES, dtype=np.uint8), count)
    head = b"\0\0\x08\x01" + np.array([count], ">i4").tobytes()
    path.with_name("train-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return path


def rows_of_numbers(count: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Rows of features, each with its class at the end."""
    rows = random.standard_normal((count, WIDTH), np.float32)
    rows[:, -1] = random.integers(0, CLASSES, count)
    return rows


def write_npy(folder: Path, bytes_wanted: float) -> Path:
    """A matrix of float32."""
    count, path, random = max(2 * BATCH, int(bytes_wanted / (4 * WIDTH))), folder / "rows.npy", np.random.default_rng(0)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (count, WIDTH)})
        for start in range(0, count, PIECE):
            file.write(rows_of_numbers(min(PIECE, count - start), random).tobytes())
    return path


def write_parquet(folder: Path, bytes_wanted: float) -> Path:
    """A table of float32 in groups of rows, written piece by piece."""
    count, path, random = (
        max(2 * BATCH, int(bytes_wanted / (4 * WIDTH))),
        folder / "rows.parquet",
        np.random.default_rng(0),
    )
    parts = []
    for start in range(0, count, GROUP):
        rows = rows_of_numbers(min(GROUP, count - start), random)
        parts.append(folder / f"part{start:012}.parquet")
        pl.DataFrame(rows, [f"c{i}" for i in range(WIDTH)]).write_parquet(parts[-1], compression="uncompressed")
    pl.scan_parquet(parts).sink_parquet(path, compression="uncompressed", row_group_size=GROUP)
    for part in parts:
        part.unlink()
    return path


WRITERS = {"idx": write_idx, "npy": write_npy, "parquet": write_parquet}


def network(path: Path) -> Document:
    """A multilayer perceptron fed by the file."""
    table, digest = SHELF.load(path)
    SHELF.install()
    how = msgspec.structs.replace(suggested(table), split="random", validation=0.0, test=0.1)
    record = DataRecord(table.kind, table.name, digest, RECOGNISE, how)  # type: ignore[arg-type]
    nodes = [
        Node(1, "data", "data", {"record": text_of(record)}), Node(2, "dense", "hidden", {"units": UNITS}),
        Node(3, "relu", "relu"), Node(4, "dense", "scores", {"units": CLASSES}),
        Node(5, "softmax_cross_entropy", "loss"),
    ]  # fmt: skip
    ends = [(1, "X", 2, "x"), (2, "z", 3, "x"), (3, "z", 4, "x"), (4, "z", 5, "scores"), (1, "labels", 5, "labels")]
    wires = {10 + i: Wire(10 + i, *end) for i, end in enumerate(ends)}
    document = Document()
    settings = Settings(batch_size=BATCH, learning_rate=1e-4)
    document.apply(Patch("Make", {node.id: node for node in nodes}, wires, settings))
    return document


def resident() -> float:
    """Megabytes of resident memory at their highest; pages of the file that the system keeps for others included."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells there is handed on from the process that started this one
        line = next(one for one in status.read_text(encoding="ascii").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def measure(path: Path, steps: int) -> dict[str, float]:
    """Train so many steps."""
    began = time.perf_counter()
    trainer = Trainer(network(path))
    opened = time.perf_counter() - began
    waits = Waits(trainer)
    first = waits.measure(WARM)["longest_wait"]
    found = waits.measure(steps)
    return {
        "gigabytes": path.stat().st_size / 2**30, "samples": float(trainer.compiled.samples or 0),
        "open_seconds": opened, "first_wait": first, **found, "resident_megabytes": resident(),
    }  # fmt: skip


def measured_apart(path: Path, steps: int) -> dict[str, float]:
    """The same in a process of its own, whose memory is that of reading and training alone."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measure, path, steps).result()


def main() -> None:
    """Write, train, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10.0)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="where the file is written; one of its own by default")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--form", choices=tuple(WRITERS), default="idx")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = WRITERS[options.form](Path(folder), options.gigabytes * 2**30)
        row = measured_apart(path, options.steps)
    print("\n".join(f"{name:20} {value:12,.3f}" for name, value in row.items()))
    if options.json is not None:
        options.json.write_text(json.dumps(row) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
