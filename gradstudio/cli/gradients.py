"""`gradstudio gradients`: every node's forward value in green and gradient in red."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradstudio.cli import networks
from gradstudio.cli.output import console, number, print_json
from gradstudio.engine import statistics
from gradstudio.engine.gate import shape_text

if TYPE_CHECKING:
    from pathlib import Path

    from gradstudio.engine.gate import Array

FEW = 6
"""Vectors of at most so many entries are shown whole in the table."""


def show_gradients(path: Path, *, full: bool, as_json: bool) -> int:
    """Evaluate a network and print its values and gradients."""
    trainer = networks.evaluated(networks.read(path))
    rows = networks.rows(trainer)
    if as_json:
        nodes = [_record(row, full=full) for row in rows]
        print_json({"objective": trainer.compiled.objective_name, "nodes": nodes})
    else:
        _print_table(trainer.compiled.objective_name, rows, full=full)
    networks.complain(trainer.document, trainer.compiled)
    return 0


def _record(row: networks.Row, *, full: bool) -> dict[str, object]:
    gradient = None if row.gradient is None else _json_value(row.gradient, full=full)
    value = _json_value(row.value, full=full)
    return {"name": row.name, "gate": row.gate, "shape": list(row.value.shape), "value": value, "gradient": gradient}


def _json_value(array: Array, *, full: bool) -> object:
    """A number for a scalar; an array whole, or in a few numbers."""
    if full or array.ndim == 0:
        return array
    numbers = statistics.summary(array)
    return {"shape": list(array.shape), "norm": numbers.norm, "min": numbers.low, "max": numbers.high}


def _print_table(objective: str, rows: list[networks.Row], *, full: bool) -> None:
    table = Table(title=f"Gradients of {objective}" if objective else "Nothing to differentiate", title_justify="left")
    table.add_column("node", style="bold")
    table.add_column("gate", style="dim")
    table.add_column("shape", style="dim")
    table.add_column("value", style="green", justify="right")
    table.add_column("gradient", style="red", justify="right")
    for row in rows:
        gradient = "" if row.gradient is None else _cell(row.gradient, full=full)
        table.add_row(Text(row.name), row.gate, shape_text(row.value.shape), _cell(row.value, full=full), gradient)
    console().print(table)


def _cell(array: Array, *, full: bool) -> str:
    if array.ndim == 0:
        return number(float(array))
    if full or array.size <= FEW:
        return _listed(array)
    numbers = statistics.summary(array)
    return f"‖·‖ {number(numbers.norm)}  {number(numbers.low)} … {number(numbers.high)}"


def _listed(array: Array) -> str:
    if array.ndim == 0:
        return number(float(array))
    return "[" + ", ".join(_listed(part) for part in array) + "]"
