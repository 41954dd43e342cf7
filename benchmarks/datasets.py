"""Real data, beside PyTorch: `python -m benchmarks.datasets` (`--models mlp,cnn`, `--epochs N`, `--json FILE`).

The shipped examples fashion-mlp and fashion-cnn, as `gradstudio train fashion-cnn --evaluate test` trains them:
Fashion-MNIST (on Debian: `apt-get install dataset-fashion-mnist`), its own test set held back. The time of an epoch is
that of its steps alone. PyTorch, where it is installed, makes as many steps of the same network on batches of the same
size with as many threads, in turn. All of it takes less than four minutes on two cores. Rows: {"model",
"test_accuracy", "epoch_seconds", "torch_epoch_seconds"}, the last null without PyTorch.
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
from gradstudio.cli import networks
from gradstudio.cli.evaluate import judge
from gradstudio.cli.examples import find
from gradstudio.cli.owndata import refuse_missing
from gradstudio.cli.train import keep, train
from gradstudio.data.batches import Batches, steps_of
from gradstudio.document.model import Patch
from gradstudio.training.threads import leave_a_core
from gradstudio.training.trainer import Trainer

MODELS = ("mlp", "cnn")
"""Of each there is an example fashion-NAME."""
TIMED = 150
"""Steps of a turn."""
TURNS = 5


class Row(TypedDict):
    """One model measured."""

    model: str
    test_accuracy: float
    epoch_seconds: float
    torch_epoch_seconds: float | None


def measure(model: str, epochs: float | None) -> Row:
    """Time, train and judge one model; by default for as many epochs as its file says."""
    document = networks.read(find(f"fashion-{model}").path)
    refuse_missing(document, "--data")
    trainer = Trainer(document)
    samples, batch = trainer.compiled.samples or 1, document.settings.batch_size
    ours, theirs = _epochs(trainer, model, samples / (batch or samples))
    steps = document.settings.steps if epochs is None else steps_of(epochs, samples, batch)
    document.apply(Patch("Epochs", settings=replace(document.settings, steps=steps)))
    keep(train(document, steps), document)
    return {
        "model": model,
        "test_accuracy": round(float(judge(document, "test").report["accuracy"]), 4),
        "epoch_seconds": round(ours, 3),
        "torch_epoch_seconds": None if theirs is None else round(theirs, 3),
    }


def _epochs(trainer: Trainer, model: str, steps: float) -> tuple[float, float | None]:
    """Seconds of an epoch here and in PyTorch, in turns of some steps each."""
    other = _torch(trainer, model)
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
    return steps * statistics.median(ours[1:]), steps * statistics.median(theirs[1:]) if theirs else None


def _torch(trainer: Trainer, model: str) -> Any:
    """What makes so many steps in PyTorch; None where it isn't installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) - 1) if hasattr(os, "sched_getaffinity") else 1)
    (source,) = trainer.compiled.sources
    x, y = (torch.tensor(np.asarray(array)) for array in source.arrays)
    nn = torch.nn
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    if model == "cnn":
        first, second = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
        body = (first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        net = nn.Sequential(*body, nn.Linear(32 * 7 * 7, 10))
    settings = trainer.settings
    rule = torch.optim.Adam(net.parameters(), settings.learning_rate)
    batches = Batches(len(x), settings.batch_size, settings.seed)

    def steps(count: int) -> None:
        for step in range(count):
            chosen = torch.from_numpy(np.array(batches.indices(step)))
            rule.zero_grad()
            nn.functional.cross_entropy(net(x[chosen]), y[chosen]).backward()
            rule.step()

    return steps


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.datasets", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default=",".join(MODELS), help="mlp, cnn; both by default")
    parser.add_argument("--epochs", type=float, help="train so long; by default as the examples say, 10")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    leave_a_core()
    rows = []
    with accelerated(0.0):
        for name in asked.models.split(","):
            rows.append(measure(name, asked.epochs))
            print(msgspec.json.encode(rows[-1]).decode(), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
