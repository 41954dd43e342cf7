"""More data than memory: pictures on the disk, a network trained on them, and how much memory that takes.

`python -m benchmarks.large_data --gigabytes 10 --steps 300 --json FILE` writes an IDX file of random pictures with
labels into a folder of its own, trains a small network on it through a data node, and
reports resident memory at its highest and how long a step waits for its batch. Random pictures teach nothing; they
can't be packed or cached better than real ones either.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

import gradstudio.gates  # noqa: F401  fills the catalogue
from gradstudio.data.preparation import Preparation
from gradstudio.data.reading import RECOGNISE
from gradstudio.data.record import DataRecord, text_of
from gradstudio.data.shelf import SHELF
from gradstudio.document.model import Document, Node, Patch, Settings, Wire
from gradstudio.training.trainer import Trainer

SIDE, CLASSES, BATCH = 32, 10, 128
PIECE = 2**14


def write(folder: Path, bytes_wanted: float) -> Path:
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


def network(path: Path) -> Document:
    """A multilayer perceptron fed by the file."""
    how = Preparation(
        ("image",),
        "label",
        "classification",
        scaling="min-max",
        split="random",
        validation=0.0,
        test=0.1,
        layout="flat",
    )
    table, digest = SHELF.load(path)
    SHELF.install()
    record = DataRecord("idx", table.name, digest, RECOGNISE, how)
    nodes = [
        Node(1, "data", "data", {"record": text_of(record)}), Node(2, "dense", "hidden", {"units": 64}),
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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def measure(path: Path, steps: int) -> dict[str, float]:
    """Train so many steps."""
    began = time.perf_counter()
    trainer = Trainer(network(path))
    opened = time.perf_counter() - began
    feeds, waited = list(trainer._feeds), [0.0]

    def timed(chosen: npt.NDArray[np.intp]) -> None:
        start = time.perf_counter()
        for feed in feeds:
            feed(chosen)
        waited[0] += time.perf_counter() - start

    trainer._feeds = [timed]
    began = time.perf_counter()
    for _ in trainer.run(steps):
        pass
    seconds = time.perf_counter() - began
    return {
        "gigabytes": path.stat().st_size / 2**30, "samples": float(trainer.compiled.samples or 0),
        "open_seconds": opened, "steps_per_second": steps / seconds, "share_waiting": waited[0] / seconds,
        "resident_megabytes": resident(),
    }  # fmt: skip


def main() -> None:
    """Write, train, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10.0)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="where the file is written; one of its own by default")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        row = measure(write(Path(folder), options.gigabytes * 2**30), options.steps)
    print("\n".join(f"{name:20} {value:12,.3f}" for name, value in row.items()))
    if options.json is not None:
        options.json.write_text(json.dumps(row) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
