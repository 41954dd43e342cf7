"""`gradstudio check`: every gradient held against centred differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradstudio.cli import networks
from gradstudio.cli.failures import InputError
from gradstudio.cli.output import console, print_json, progress
from gradstudio.document.compile import compile_document
from gradstudio.engine.gradcheck import Band, GradientChecker, NodeCheck, band
from gradstudio.training.threads import leave_a_core

if TYPE_CHECKING:
    from pathlib import Path

COLOURS = {Band.RIGHT: "green", Band.FINE: "green", Band.DOUBTFUL: "yellow", Band.WRONG: "red"}


def check_file(path: Path, *, as_json: bool) -> int:
    """Check a network and print the bands; returns 1 where a gradient is wrong."""
    results = check(path)
    worst = max((result.error for result in results), default=0.0)
    if as_json:
        nodes = [{"name": r.name, "error": r.error, "band": r.band.value} for r in results]
        print_json({"worst": worst, "band": band(worst).value, "nodes": nodes})
    else:
        _print_table(results, worst)
    return 1 if band(worst) is Band.WRONG else 0


def check(path: Path) -> list[NodeCheck]:
    """The check of every array with a gradient, in topological order.

    Raises:
        InputError: if there is nothing to differentiate.
    """
    leave_a_core()
    document = networks.read(path)
    compiled = compile_document(document)
    if not compiled.loss:
        reason = compiled.problems[0].message if compiled.problems else "The network has no complete output."
        raise InputError(f"There is no gradient to check. {reason}")
    checker = GradientChecker(compiled.graph)
    results: list[NodeCheck] = []
    with progress("Checking", len(checker.slots())) as show:
        for result in checker.run():
            results.append(result)
            show(len(results), result.name)
    networks.complain(document, compiled)
    return results


def _print_table(results: list[NodeCheck], worst: float) -> None:
    table = Table(title="Gradient check", title_justify="left")
    table.add_column("node", style="bold")
    table.add_column("relative error", justify="right")
    table.add_column("band")
    table.add_column("entries", justify="right", style="dim")
    table.add_column("kinks", justify="right", style="dim")
    for r in results:
        colour = COLOURS[r.band]
        table.add_row(
            Text(r.name), f"{r.error:.2e}", f"[{colour}]{r.band.value}[/]", str(r.checked), str(r.kinks or "")
        )
    out = console()
    out.print(table)
    out.print(f"Worst: {worst:.2e}, [{COLOURS[band(worst)]}]{band(worst).value}[/].")
