"""`gradstudio train`."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from gradstudio import files
from gradstudio.accelerate import accelerated
from gradstudio.cli import networks
from gradstudio.cli.evaluate import judge
from gradstudio.cli.failures import InputError
from gradstudio.cli.freezing import freeze
from gradstudio.cli.keeping import interrupted_run, keeper_for
from gradstudio.cli.options import said
from gradstudio.cli.order import network_of
from gradstudio.cli.output import GLANCE, number, print_json, progress, say
from gradstudio.cli.stopping import gently
from gradstudio.document.commands import change_settings, set_training
from gradstudio.document.compile import compile_document
from gradstudio.document.model import Patch, Training
from gradstudio.document.trained import unpinned
from gradstudio.training.curve import HELD, RATE
from gradstudio.training.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gradstudio.cli.keeping import Keeper
    from gradstudio.cli.options import LearningOptions
    from gradstudio.cli.order import Order
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
    def epochs(self) -> float | None:
        """How often it has gone through the training rows; None where there are none."""
        samples = self.trainer.compiled.samples
        if not samples:
            return None
        return self.steps * min(self.trainer.settings.batch_size or samples, samples) / samples

    @property
    def rate(self) -> float:
        """Steps a second."""
        return self.steps / self.seconds if self.seconds > 0 else 0.0


def train_file(order: Order, *, as_json: bool) -> int:
    """Read or make a network, train it, write it, and say what came of it."""
    if order.out is not None:
        networks.refuse_bad_target(order.out)
    keeper: Keeper | None
    if order.keeping.resume:
        document, steps, keeper = resumed(order)
    else:
        document = network_of(order)
        steps, keeper = steps_of(order.learning, document), keeper_for(order.keeping, order.home)
    if order.seed is not None:
        restart(document, order.seed)
    run = train(document, steps, keeper)
    keep(run, document)
    if order.out is not None:
        files.write(document, order.out)
    judged = None if order.judge is None else judge(document, order.judge)
    if keeper is not None and judged is not None and order.judge == "test":
        keeper.tested(judged.report.get("loss"), judged.report.get("accuracy"))
    kept = "" if keeper is None else keeper.told()
    if as_json:
        number = None if keeper is None or keeper.kept is None else keeper.kept.number
        print_json(report(run) | {"run": number} | ({} if judged is None else {"judged": judged.report}))
        return 0
    say(summary(run) + (f" Written to {order.out}." if order.out is not None else "") + kept)
    if judged is not None:
        say(judged.sentence)
    return 0


def steps_of(learning: LearningOptions, document: Document) -> int:
    """Put what was said of the training into the settings of a network; how many steps are to be made now."""
    document.apply(change_settings(document, **learning.settings()))
    freeze(document, learning.freeze or (), learning.unfreeze or ())
    samples = compile_document(document).samples if learning.epochs is not None else None
    steps = learning.steps_for(samples, document.settings.batch_size)
    if steps is not None and learning.schedule is not None:
        document.apply(change_settings(document, steps=steps))
    return steps or document.settings.steps


def resumed(order: Order) -> tuple[Document, int, Keeper]:
    """The network of a run that was interrupted, the steps that are left of it, and what keeps it.

    Raises:
        InputError: if there is none, or something was said that belongs to the start of a run.
    """
    keeper = keeper_for(order.keeping, order.home)
    if order.home is None or keeper is None:
        raise InputError("--resume needs the network's file, beside which its runs are kept, and no --no-keep.")
    if order.seed is not None or order.data is not None or said(order.learning, "steps"):
        raise InputError("--resume goes on as the run began: of seed, data and settings only --steps can be said.")
    run, document = interrupted_run(order.home)
    keeper.go_on_with(run)
    return document, order.learning.steps or max(1, run.goal - document.training.step), keeper


def restart(document: Document, seed: int) -> None:
    """Forget all training and have every random start value drawn from a seed, those the file pins too."""
    nodes = {i: unpinned(node) for i, node in document.nodes.items()}
    document.apply(Patch("Start anew", nodes, settings=replace(document.settings, seed=seed), training=Training()))


def train(document: Document, steps: int, keeper: Keeper | None = None) -> Run:
    """Train with a progress bar where somebody can see it; `keeper` keeps the run, whichever way it ends.

    Raises:
        GraphError: if there is nothing to train, or the network isn't complete.
        NotFinite: if it diverges, in the last step too.
    """
    trainer = Trainer(document)
    trainer.refuse_untrainable()
    first, began = trainer.step, time.perf_counter()
    if keeper is None:
        _make_steps(trainer, steps, None)
    else:
        keeper.begin(trainer, steps)
        with keeper.watching(trainer), gently():
            _make_steps(trainer, steps, keeper)
    seconds = time.perf_counter() - began
    with nullcontext() if keeper is None else keeper.finishing(trainer):
        trainer.finish()
    return Run(trainer, trainer.step - first, seconds)


def _make_steps(trainer: Trainer, steps: int, keeper: Keeper | None) -> None:
    first, look = trainer.step, time.perf_counter()
    with progress("Training", steps) as show, accelerated(LONG):
        for done in trainer.run(steps):
            now = time.perf_counter()
            if keeper is not None:
                keeper.look(trainer, now)
            if now - look > GLANCE:
                look = now
                show(done - first, f"loss {number(trainer.loss)}")


def keep(run: Run, document: Document) -> None:
    """Put what training has made of a network into it."""
    document.apply(set_training(document, run.trainer.training(), f"Train {run.steps:,} steps"))


def save(run: Run, document: Document, out: Path) -> None:
    """Write the trained network."""
    keep(run, document)
    files.write(document, out)


def report(run: Run) -> dict[str, object]:
    """The result as docs/command-line.md promises it."""
    columns = run.trainer.history()
    steps, losses = columns["step"].tolist(), columns["loss"].tolist()
    return {
        "steps": run.steps,
        "epochs": run.epochs,
        "loss": run.trainer.loss,
        "accuracy": run.trainer.accuracy,
        "seconds": run.seconds,
        "steps_per_second": run.rate,
        "history": [[int(step), loss] for step, loss in zip(steps, losses, strict=True)],
        "validation": validation(columns),
        "learning_rate": rates(run.trainer),
        "changes": [list(astuple(change)) for change in run.trainer.changes],
        "stopped": run.trainer.verdict or None,
    }


def rates(trainer: Trainer) -> float | list[list[float]]:
    """The learning rate there was throughout, or step and rate wherever it is another than before."""
    columns = trainer.history()
    if RATE not in columns:
        return trainer.rate
    pairs = list(zip(columns["step"].tolist(), columns[RATE].tolist(), strict=True))
    return [[int(step), rate] for i, (step, rate) in enumerate(pairs) if not i or rate != pairs[i - 1][1]]


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
    if run.epochs is not None and run.epochs != run.steps:
        steps += f", {run.epochs:.4g} epoch{'' if run.epochs == 1 else 's'},"
    made = f"{steps} in {run.seconds:.1f} s ({run.rate:,.0f} a second): loss {number(run.trainer.loss)}{told}."
    return f"{made} {run.trainer.verdict}".rstrip()
