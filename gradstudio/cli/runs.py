"""`gradstudio runs`: the runs that are kept beside a network."""

from __future__ import annotations

import math
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
from rich.markup import escape
from rich.table import Table as Printed
from rich.text import Text

from gradstudio import files
from gradstudio.cli import networks
from gradstudio.cli.failures import InputError
from gradstudio.cli.output import console, number, print_json, say
from gradstudio.runs import Outcome, Run, Store
from gradstudio.runs.comparing import as_csv as table_of
from gradstudio.runs.comparing import differences, differing, row, shown, title, told_apart
from gradstudio.runs.places import beside

if TYPE_CHECKING:
    from pathlib import Path


def show_runs(network: Path, order: str, *, as_json: bool, as_csv: bool) -> int:
    """List the runs of a network, and say on standard error what was passed over."""
    store = _store(network)
    listing = store.listing()
    for complaint in listing.complaints:
        sys.stderr.write(f"gradstudio: {complaint}\n")
    found = sorted(listing.runs, key=lambda run: _sorted_by(run, order))
    if as_json:
        print_json([told(run) for run in found])
    elif as_csv:
        sys.stdout.write(table_of(found))
    elif not found:
        say(f"No runs in {beside(network)} yet: gradstudio train {network} makes one.")
    else:
        _print(found, {run.number for run in found if run.outcome is Outcome.RUNNING and not store.going_on(run)})
    return 0


def show_run(network: Path, which: str, *, as_json: bool) -> int:
    """Tell all that is known of a run."""
    store = _store(network)
    run = _find(store, which)
    if as_json:
        print_json(told(run))
        return 0
    known = {title(name): shown(value) for name, value in told(run).items() if _worth_saying(name, value)}
    table = Printed(box=None, pad_edge=False, show_header=False)
    for name, value in known.items():
        table.add_row(name, Text(value))
    for change in run.changes:
        said = f"{title(change.setting)} {shown(change.old)} → {shown(change.new)}"
        table.add_row(f"at step {change.step:,}", Text(said))
    for name, value in (asdict(run.settings) | dict(run.varied)).items():
        table.add_row(title(name), Text(shown(value)))
    table.add_row("network", Text(str(store.network_path(run.number)) if run.has_network else "not kept"))
    console().print(table)
    return 0


def rename_run(network: Path, which: str, name: str) -> int:
    """Give a run a name."""
    store = _store(network)
    run = _find(store, which)
    try:
        store.rename(run.number, name)
    except ValueError as error:
        raise InputError(str(error)) from None
    say(f"Run {run.number} is called {name}." if name.strip() else f"Run {run.number} has no name now.")
    return 0


def annotate_run(network: Path, which: str, text: str) -> int:
    """Write a note on a run."""
    store = _store(network)
    run = _find(store, which)
    try:
        store.annotate(run.number, text)
    except ValueError as error:
        raise InputError(str(error)) from None
    say(f"Noted on {run.title}." if text.strip() else f"{run.title} has no note now.")
    return 0


def delete_runs(network: Path, which: list[str]) -> int:
    """Take runs away; none of them where one isn't there, or is being trained."""
    store = _store(network)
    found = {run.number: run for run in (_find(store, word) for word in which)}
    for run in found.values():
        if store.going_on(run):
            raise InputError(f"{run.title} is being trained; stop it first.")
    for run_number in found:
        store.delete(run_number)
    say(f"Deleted: {', '.join(run.title for run in found.values())}.")
    return 0


def restore_run(network: Path, which: str, out: Path, *, best: bool) -> int:
    """Write the network as a run left it."""
    networks.refuse_bad_target(out)
    store = _store(network)
    run = _find(store, which)
    if best and run.best is None:
        raise InputError(f"Of {run.title} no best state is kept.")
    if not run.has_network:
        raise InputError(f"The network of {run.title} isn't kept: it was too large, or not sound.")
    document = store.network(run.number, best=best)
    files.write(document, out)
    say(f"{run.title.capitalize()} at step {document.training.step:,} written to {out}.")
    return 0


def compare_runs(network: Path, one: str, other: str, *, as_json: bool) -> int:
    """Say in what two runs differ."""
    store = _store(network)
    first, second = _find(store, one), _find(store, other)
    found = differences(first, second)
    if as_json:
        print_json([{"what": d.what, "one": d.one, "other": d.other} for d in found])
        return 0
    if not found:
        say("No difference.")
        return 0
    table = Printed("", escape(first.title), escape(second.title), box=None, pad_edge=False)
    for difference in found:
        table.add_row(title(difference.what), Text(shown(difference.one)), Text(shown(difference.other)))
    console().print(table)
    return 0


def told(run: Run) -> dict[str, Any]:
    """A run as docs/command-line.md promises it."""
    changes = [msgspec.to_builtins(change) for change in run.changes]
    more = {"settings": asdict(run.settings), "varied": dict(run.varied), "changes": changes}
    return row(run) | more | {"message": run.message, "bytes": run.size}


def _store(network: Path) -> Store:
    folder = beside(network)
    if not (network.is_file() or folder.is_dir()):
        raise InputError(f"There is no file {network}, and no folder {folder} with runs.")
    return Store(folder)


def _find(store: Store, which: str) -> Run:
    """The run of this number or name.

    Raises:
        InputError: if there is none, or the name is that of several.
    """
    runs = store.listing().runs
    found = [run for run in runs if run.name == which] or [run for run in runs if str(run.number) == which.lstrip("#")]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{len(found)} runs are called {which}; give the number: {_numbers(found)}.")
    raise InputError(f"There is no run {which} in {store.folder}. There are {_numbers(runs)}.")


def _numbers(runs: list[Run] | tuple[Run, ...]) -> str:
    return ", ".join(str(run.number) for run in runs) or "none"


def _print(runs: list[Run], interrupted: set[int]) -> None:
    names = differing(runs)
    titles = ("run", "name", "when", "steps", "loss", "validation", "accuracy", "test", "differs in")
    table = Printed(*titles, box=None, pad_edge=False)
    for run in runs:
        result = run.result
        how = "interrupted" if run.number in interrupted else str(run.outcome)
        steps = f"{run.steps:,}" + ("" if run.outcome is Outcome.FINISHED else f" ({how})")
        share = result.accuracy if result.validation_accuracy is None else result.validation_accuracy
        tested = _share(result.test_accuracy) or number(result.test_loss)
        when = str(row(run)["when"]).replace("T", " ").rstrip("Z")
        numbers = (steps, number(result.loss), number(result.validation_loss), _share(share), tested)
        table.add_row(str(run.number), Text(run.name), when, *numbers, Text(told_apart(run, names)))
    console().print(table)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"


def _worth_saying(name: str, value: object) -> bool:
    return name not in ("settings", "varied", "changes") and value not in (None, "")


def _sorted_by(run: Run, order: str) -> tuple[float, str, int]:
    """The best first, and the oldest, shortest and quickest; what was never measured comes last."""
    result = run.result
    share = result.accuracy if result.validation_accuracy is None else result.validation_accuracy
    tested = result.test_loss if result.test_accuracy is None else -result.test_accuracy
    key = {
        "when": run.began,
        "steps": float(run.steps),
        "seconds": run.seconds,
        "loss": result.loss,
        "validation": result.validation_loss,
        "accuracy": None if share is None else -share,
        "test": tested,
    }.get(order, 0.0)
    return (math.inf if key is None else key, run.name if order == "name" else "", run.number)
