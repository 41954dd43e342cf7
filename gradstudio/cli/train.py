"""`gradstudio train`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gradstudio import files
from gradstudio.accelerate import accelerated
from gradstudio.cli import networks
from gradstudio.cli.output import GLANCE, number, print_json, progress, say
from gradstudio.document.commands import set_training
from gradstudio.document.model import Patch, Training
from gradstudio.document.trained import unpinned
from gradstudio.training.curve import HELD
from gradstudio.training.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array


LONG = 1.0
"""Seconds from which on a run is worth loading the engine's accelerator."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run.

    Attributes:
        trainer: with the values and gradients of the trained network.
        steps: steps made.
        seconds: time they took.
    """

    trainer: Trainer
    steps: int
    seconds: float

    @property
    def rate(self) -> float:
        """Steps a second."""
        return self.steps / self.seconds if self.seconds > 0 else 0.0


def train_file(path: Path, steps: int | None, seed: int | None, out: Path | None, *, as_json: bool) -> int:
    """Read a network, train it, write it, and say what came of it."""
    if out is not None:
        networks.refuse_bad_target(out)
    document = networks.read(path)
    if seed is not None:
        restart(document, seed)
    run = train(document, steps or document.settings.steps)
    if out is not None:
        save(run, document, out)
    if as_json:
        print_json(report(run))
    else:
        say(summary(run) + (f" Written to {out}." if out is not None else ""))
    return 0


def restart(document: Document, seed: int) -> None:
    """Forget all training and have every random start value drawn from a seed, those the file pins too."""
    nodes = {i: unpinned(node) for i, node in document.nodes.items()}
    document.apply(Patch("Start anew", nodes, settings=replace(document.settings, seed=seed), training=Training()))


def train(document: Document, steps: int) -> Run:
    """Train with a progress bar where somebody can see it.

    Raises:
        GraphError: if there is nothing to train, or the network isn't complete.
        NotFinite: if it diverges, in the last step too.
    """
    trainer = Trainer(document)
    first, began = trainer.step, time.perf_counter()
    look = began
    with progress("Training", steps) as show, accelerated(LONG):
        for done in trainer.run(steps):
            now = time.perf_counter()
            if now - look > GLANCE:
                look = now
                show(done - first, f"loss {number(trainer.loss)}")
        seconds = time.perf_counter() - began
    trainer.finish()
    return Run(trainer, trainer.step - first, seconds)


def save(run: Run, document: Document, out: Path) -> None:
    """Write the trained network."""
    document.apply(set_training(document, run.trainer.training(), f"Train {run.steps:,} steps"))
    files.write(document, out)


def report(run: Run) -> dict[str, object]:
    """The result as docs/command-line.md promises it."""
    columns = run.trainer.history()
    steps, losses = columns["step"].tolist(), columns["loss"].tolist()
    return {
        "steps": run.steps,
        "loss": run.trainer.loss,
        "accuracy": run.trainer.accuracy,
        "seconds": run.seconds,
        "steps_per_second": run.rate,
        "history": [[int(step), loss] for step, loss in zip(steps, losses, strict=True)],
        "validation": validation(columns),
    }


def validation(columns: Mapping[str, Array]) -> list[list[float]]:
    """Step, loss and accuracy of the rows held back, wherever they were evaluated."""
    held = [columns[name] for name in ("step", *HELD) if name in columns]
    if len(held) == 1:
        return []
    rows = zip(*(column.tolist() for column in held), strict=True)
    return [[int(step), loss, share] for step, loss, share in rows if not math.isnan(loss)]


def summary(run: Run) -> str:
    """The result in a sentence."""
    accuracy = run.trainer.accuracy
    told = "" if accuracy is None else f", accuracy {accuracy:.2%}"
    steps = f"{run.steps:,} step{'' if run.steps == 1 else 's'}"
    return f"{steps} in {run.seconds:.1f} s ({run.rate:,.0f} a second): loss {number(run.trainer.loss)}{told}."
