"""`gradstudio sweep`: a network trained with many settings, and which were best."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradstudio import files
from gradstudio.cli import networks
from gradstudio.cli.failures import InputError, RunError
from gradstudio.cli.output import console, number, print_json, progress, say
from gradstudio.cli.stopping import Stopped
from gradstudio.runs import Outcome, Store, axes
from gradstudio.runs.places import beside, is_shipped
from gradstudio.runs.sweep import Metric, Plan, usual_metric
from gradstudio.runs.sweeping import Done, Sweeping
from gradstudio.runs.sweepkept import free_name, made_already, sweeps
from gradstudio.runs.sweeptext import plan_of
from gradstudio.runs.targets import NotASweep
from gradstudio.training.threads import cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradstudio.document.model import Document
    from gradstudio.runs import Run

WAIT = 0.05
"""Seconds between two looks at how far it is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sweep is asked for on the command line.

    Attributes:
        over: the axes as text.
        random: trials to draw; None for a grid.
        seed: they are drawn with.
        steps: of each trial; None for the network's own number.
        metric: what is best; None for the usual one.
        name: of the sweep; None for a free one, or, to go on, for the last one that fits.
        workers: trained at once; None for all cores but one.
        resume: whether to go on with a sweep that was stopped.
        keep: whether trials are kept as runs.
        out: where the best network is written.
    """

    over: tuple[str, ...]
    random: int | None = None
    seed: int = 0
    steps: int | None = None
    metric: str | None = None
    name: str | None = None
    workers: int | None = None
    resume: bool = False
    keep: bool = True
    out: Path | None = None


def sweep_file(path: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Carry a sweep out and say what came of it."""
    if wanted.out is not None:
        networks.refuse_bad_target(wanted.out)
    document = networks.read(path)
    store = None if not wanted.keep or is_shipped(path) else Store(beside(path))
    try:
        plan, known = _planned(document, wanted, store)
        sweeping = Sweeping(
            document, plan, store, path=path, workers=wanted.workers or max(1, cores() - 1), known=known
        )  # fmt: skip
    except NotASweep as error:
        raise InputError(f"--over: {error}") from None
    done = _carried_out(sweeping, store)
    best = sweeping.best
    _write_best(sweeping, best, wanted.out)
    if as_json:
        print_json(report(plan, done, best))
    else:
        _print(plan, done, best, wanted.out)
    if best is None:
        raise RunError(f"No trial came to its end. The first one: {done[0].run.message}")
    return 0


def _planned(document: Document, wanted: Wanted, store: Store | None) -> tuple[Plan, dict[int, Run]]:
    """The plan, and the trials of it that were made before."""
    runs = () if store is None else store.listing().runs
    if wanted.resume and not wanted.over:
        plan = _noted(document, wanted, runs)
    else:
        plan = Plan(
            tuple(axes.parse(document, text) for text in wanted.over),
            wanted.steps or document.settings.steps,
            wanted.random,
            wanted.seed,
            Metric(wanted.metric) if wanted.metric else usual_metric(document),
            wanted.name or free_name(runs),
        )
        plan.trials()
    if not wanted.resume:
        if wanted.name in sweeps(runs):
            raise InputError(
                f"There is a sweep “{wanted.name}” already: go on with it (--resume), or name it otherwise."
            )
        return plan, {}
    names = [plan.name] if wanted.name or not wanted.over else list(reversed(sweeps(runs)))
    for name in names:
        named = replace(plan, name=name)
        if store is not None and (known := made_already(store, named, document)):
            return named, known
    where = "nowhere" if store is None else f"in {store.folder}"
    raise InputError(
        f"There is nothing to go on with: {where} no trial is kept of this sweep of this network. Leave --resume out, "
        "or give the same network and the same --over, --random, --seed and --steps."
    )


def _noted(document: Document, wanted: Wanted, runs: Sequence[Run]) -> Plan:
    """The plan of the sweep named, or of the last one, as it is noted with its trials."""
    kept = sweeps(runs)
    name = wanted.name or next(reversed(kept), "")
    if name not in kept:
        raise InputError(
            f"There is nothing to go on with: no sweep {f'“{name}”' if name else 'is kept'}. Say --over what."
        )
    return plan_of(document, kept[name], name)


def _carried_out(sweeping: Sweeping, store: Store | None) -> tuple[Done, ...]:
    """All trials, with a bar while they are trained; stopped, those that are done stay."""
    told: set[int] = set()
    sweeping.start()
    try:
        with progress("Sweeping", len(sweeping.trials)) as show:
            while sweeping.running:
                show(len(sweeping.done), _note(sweeping))
                _complain(sweeping.done, told)
                time.sleep(WAIT)
    except Stopped:
        sweeping.stop()
        _farewell(sweeping, store)
        raise
    finally:
        sweeping.stop()
    _complain(sweeping.done, told)
    return sweeping.done


def _note(sweeping: Sweeping) -> str:
    best = sweeping.best
    if best is None:
        return ""
    return f"best {sweeping.plan.metric.words} {number(sweeping.plan.metric.of(best.run.result))}"


def _complain(done: Sequence[Done], told: set[int]) -> None:
    """Say on standard error, once for each trial, why one isn't kept, and what made room for it."""
    for one in done:
        if one.trial.number not in told:
            told.add(one.trial.number)
            if one.problem:
                sys.stderr.write(f"gradstudio: trial {one.trial.number} isn't kept: {one.problem}\n")
            if one.dropped:
                sys.stderr.write(f"gradstudio: {one.dropped}\n")


def _farewell(sweeping: Sweeping, store: Store | None) -> None:
    count = len(sweeping.done)
    kept = "nothing is kept of them" if store is None else f"they are kept as “{sweeping.plan.name}”"
    more = "" if store is None or not count else "; the same command with --resume goes on"
    sys.stderr.write(f"\n{count} of {len(sweeping.trials)} trials are done, {kept}{more}.\n")


def _write_best(sweeping: Sweeping, best: Done | None, out: Path | None) -> None:
    if out is None or best is None:
        return
    network = sweeping.network(best)
    if network is None:
        raise RunError("The best network is too large to be kept, so it can't be written.")
    files.write(network, out)


def report(plan: Plan, done: Sequence[Done], best: Done | None) -> dict[str, object]:
    """The result as docs/command-line.md promises it."""
    return {
        "sweep": plan.name,
        "metric": plan.metric.value,
        "best": None if best is None else best.trial.number,
        "trials": [_row(plan, one) for one in done],
    }


def _row(plan: Plan, one: Done) -> dict[str, object]:
    result = one.run.result
    return {
        "trial": one.trial.number,
        "values": dict(one.trial.values),
        "outcome": one.run.outcome.value,
        "metric": plan.metric.of(result),
        **{metric.value: metric.of(result) for metric in Metric},
        "step": one.run.step,
        "seconds": one.run.seconds,
        "run": one.run.number or None,
        "message": one.run.message or None,
    }


def _print(plan: Plan, done: Sequence[Done], best: Done | None, out: Path | None) -> None:
    table = Table(title=f"Sweep “{plan.name}”, the best first", title_justify="left")
    table.add_column("trial", justify="right", style="bold")
    for key in plan.keys:
        table.add_column(Text(key), justify="right")
    shown = [plan.metric, *(metric for metric in Metric if metric is not plan.metric)]
    shown = [metric for metric in shown if any(metric.of(one.run.result) is not None for one in done)]
    for metric in shown:
        table.add_column(metric.words, justify="right")
    table.add_column("run", justify="right", style="dim")
    if any(one.run.message for one in done):
        table.add_column("", style="dim")
    for one in sorted(done, key=lambda one: (plan.metric.rank(one.run.result), one.trial.number)):
        cells = [axes.said(one.trial.values[key]) for key in plan.keys]
        cells += [number(metric.of(one.run.result)) for metric in shown]
        why = "" if one.run.outcome is Outcome.FINISHED else f"{one.run.outcome.value}: {one.run.message}"
        row = [Text(cell) for cell in (*cells, str(one.run.number or ""), why)]
        table.add_row(str(one.trial.number), *row[: len(table.columns) - 1])
    console().print(table)
    if best is not None:
        values = ", ".join(f"{key} {axes.said(value)}" for key, value in best.trial.values.items())
        kept = f" It is run {best.run.number}." if best.run.number else ""
        written = f" Written to {out}." if out is not None else ""
        measure = f"{plan.metric.words} {number(plan.metric.of(best.run.result))}"
        say(f"Best: trial {best.trial.number}, {values}: {measure}.{kept}{written}")
