"""Real data, beside PyTorch: `python -m benchmarks.datasets` (`--data FOLDER`, `--models mlp,cnn`, `--json FILE`).

Fashion-MNIST (on Debian: `apt-get install dataset-fashion-mnist`), its own test set held back: a network for it is made
as `gradstudio new` makes it, trained for some epochs and judged on the test set. The time of an epoch is that of its
steps alone. PyTorch, where it is installed, makes the same steps on the same batches with as many threads, in turn.
Rows: {"model", "test_accuracy", "epoch_seconds", "torch_epoch_seconds"}, the last null without PyTorch.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("OPENBLAS_L2_SIZE", None)

import msgspec
import numpy as np

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.accelerate import accelerated
from gradstudio.cli.newnet import network_for
from gradstudio.data.beside import answer
from gradstudio.document.model import Document, Patch
from gradstudio.insight.answering import Answering
from gradstudio.training.metrics import accuracy
from gradstudio.training.threads import leave_a_core
from gradstudio.training.trainer import Trainer

FOLDER = Path("/usr/share/datasets/fashion-mnist")
LAYERS = {"mlp": "256-relu-128-relu", "cnn": "conv 16 3-relu-maxpool-conv 32 3-relu-maxpool-flatten"}
EPOCHS = {"mlp": 12, "cnn": 8}
TESTED = 1 / 7
"""Of the 70,000 pictures the last 10,000 are the test set."""
TIMED = 150
"""Steps of a turn."""
TURNS = 5


class Row(TypedDict):
    """One model measured."""

    model: str
    test_accuracy: float
    epoch_seconds: float
    torch_epoch_seconds: float | None


def made(model: str, folder: Path) -> Document:
    """The network, the test set held back and nothing for validation."""
    how = {"split": "order", "validation": 0.0, "test": TESTED}
    document, _, _ = network_for(LAYERS[model], str(folder), None, how)
    return document


def measure(model: str, folder: Path) -> Row:
    """Time, train and judge one model."""
    document = made(model, folder)
    rows = (Trainer(document).compiled.samples or 1) // (document.settings.batch_size or 1)
    ours, theirs = _epochs(document, model, rows)
    steps = EPOCHS[model] * rows
    document.apply(Patch("Epochs", settings=replace(document.settings, steps=steps)))
    trainer = Trainer(document)
    for _ in trainer.run(steps):
        pass
    document.apply(Patch("Train", training=trainer.training()))
    return {
        "model": model,
        "test_accuracy": round(_tested(document), 4),
        "epoch_seconds": round(ours, 3),
        "torch_epoch_seconds": None if theirs is None else round(theirs, 3),
    }


def _tested(document: Document) -> float:
    """Share of the test set that is classified right."""
    node = next(n for n in document.nodes.values() if n.params.get("record"))
    other = document.copy()
    other.apply(Patch("Test", {node.id: replace(node, params={**node.params, "part": "test"})}))
    asked = Answering(other)
    rows, truth = asked.own_rows()
    assert truth is not None
    return accuracy(asked.ask(rows).read, np.asarray(truth.take(np.arange(len(truth)))))


def _epochs(document: Document, model: str, rows: int) -> tuple[float, float | None]:
    """Seconds of an epoch here and in PyTorch, in turns of some steps each."""
    trainer, other = Trainer(document), _torch(document, model)
    ours, theirs = [], []
    for _ in range(TURNS + 1):
        start = time.perf_counter()
        for _ in trainer.run(TIMED):
            pass
        ours.append((time.perf_counter() - start) / TIMED)
        if other is not None:
            start = time.perf_counter()
            other(TIMED)
            theirs.append((time.perf_counter() - start) / TIMED)
    seconds = rows * statistics.median(ours[1:])
    return seconds, rows * statistics.median(theirs[1:]) if theirs else None


def _torch(document: Document, model: str) -> Any:
    """What makes so many steps in PyTorch; None where it isn't installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) - 1) if hasattr(os, "sched_getaffinity") else 1)
    trainer = Trainer(document)
    (source,) = trainer.compiled.sources
    x, y = (torch.tensor(np.asarray(array)) for array in source.arrays)
    x = x.float()
    nn = torch.nn
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    if model == "cnn":
        first, second = nn.Conv2d(1, 16, 3), nn.Conv2d(16, 32, 3)
        sizes = trainer.plan.value(trainer.compiled.classifier[0]) if trainer.compiled.classifier else None
        assert sizes is not None
        body = (first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(10))
        net = nn.Sequential(*body)
    net(x[:2])
    rule = torch.optim.Adam(net.parameters(), document.settings.learning_rate)
    batch, at = document.settings.batch_size or len(x), np.random.default_rng(0)

    def steps(count: int) -> None:
        for _ in range(count):
            chosen = torch.tensor(at.choice(len(x), batch, replace=False))
            rule.zero_grad()
            nn.functional.cross_entropy(net(x[chosen]), y[chosen]).backward()
            rule.step()

    return steps


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.datasets", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default=",".join(LAYERS), help="mlp, cnn; both by default")
    parser.add_argument("--data", type=Path, default=FOLDER, help=f"folder of Fashion-MNIST; {FOLDER} by default")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    leave_a_core()
    answer()
    rows = []
    with accelerated(0.0):
        for name in asked.models.split(","):
            rows.append(measure(name, asked.data))
            print(msgspec.json.encode(rows[-1]).decode(), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
