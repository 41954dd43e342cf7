"""`gradstudio evaluate` and `gradstudio predict`: what a trained network makes of rows it wasn't trained on."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape
from rich.table import Table as Printed
from rich.text import Text

from gradstudio.cli import networks
from gradstudio.cli.failures import InputError, RunError
from gradstudio.cli.output import console, number, print_json, say
from gradstudio.data.reading import read
from gradstudio.data.record import record_of
from gradstudio.data.shelf import SHELF
from gradstudio.document.model import Patch
from gradstudio.engine.supply import Wanted
from gradstudio.insight.answer import Answer
from gradstudio.insight.answering import Answering, Answers
from gradstudio.training import metrics

if TYPE_CHECKING:
    from gradstudio.data.preparation import Fitted
    from gradstudio.document.model import Document, Node
    from gradstudio.engine.gate import Array
    from gradstudio.engine.supply import Rows

MOST_CLASSES = 30
"""A larger confusion matrix isn't printed."""
TOP = 5


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """Rows, and what is known of them.

    Attributes:
        rows: their features.
        truth: their classes or numbers; None where they aren't known.
        names: of the classes; empty where they have none.
        what: where the rows come from, for people.
    """

    rows: Array | Rows
    truth: Array | Rows | None
    names: tuple[str, ...]
    what: str


def evaluate_file(path: Path, part: str, data: Path | None, *, as_json: bool) -> int:
    """Say how good a network is on a part of its data, or on a file of the same columns."""
    document = networks.read(path)
    asked = _from_file(document, data, told=True) if data is not None else _own(document, part)
    if asked.truth is None:
        raise InputError(f"There is no truth to compare with in {asked.what}.")
    answers = _answering(document).ask(asked.rows, asked.truth)
    found = report(answers, asked)
    if as_json:
        print_json(found)
    else:
        _print(found, answers, asked)
    return 0


def predict_file(path: Path, data: Path, out: Path, *, as_json: bool) -> int:
    """Write what a network says of the rows of a file."""
    networks.refuse_bad_target(out, (".csv", ".npz"))
    document = networks.read(path)
    asked = _from_file(document, data, told=False)
    answers = _answering(document).ask(asked.rows)
    try:
        (_write_csv if out.suffix == ".csv" else _write_npz)(out, answers, asked.names)
    except OSError as error:
        raise RunError(f"{out} can't be written: {error.strerror or error}.") from error
    if as_json:
        print_json({"rows": len(answers.read), "classes": list(asked.names), "file": str(out)})
    else:
        say(f"{len(answers.read):,} rows of {data.name} answered, written to {out}.")
    return 0


def report(answers: Answers, asked: Asked) -> dict[str, Any]:
    """What docs/command-line.md promises of `evaluate`."""
    truth = _whole(asked.truth)
    found: dict[str, Any] = {"rows": len(answers.read), "loss": answers.loss}
    if answers.kind is Answer.NUMBER:
        said, true = answers.read, truth.reshape(-1).astype(np.float64)
        return found | {
            "r2": metrics.r_squared(said, true),
            "mae": metrics.mean_absolute_error(said, true),
            "rmse": metrics.root_mean_square_error(said, true),
        }
    true, count = truth.reshape(-1).astype(np.int64), answers.read.shape[-1]
    matrix = metrics.confusion(answers.classes, true, count)
    each = metrics.per_class(matrix)
    found |= {"accuracy": metrics.accuracy(answers.read, true)}
    if count > TOP:
        found |= {f"top_{TOP}": metrics.top_k(answers.read, true, TOP)}
    return found | {
        "classes": list(asked.names) or [str(i) for i in range(count)],
        "precision": each.precision,
        "recall": each.recall,
        "f1": each.f1,
        "support": each.support,
        "confusion": matrix,
    }


def _answering(document: Document) -> Answering:
    made = Answering(document)
    networks.complain(document, made.trainer.compiled)
    return made


def _whole(truth: Array | Rows | None) -> Array:
    assert truth is not None
    return np.asarray(truth if isinstance(truth, np.ndarray) else truth.take(np.arange(len(truth))))


def _data_node(document: Document) -> Node | None:
    """The node whose file the network learns from."""
    return next((n for n in document.nodes.values() if n.known and n.params.get("record")), None)


def _own(document: Document, part: str) -> Asked:
    """A part of the network's own data; all of it where the source has no parts."""
    node = _data_node(document)
    if node is None:
        rows, truth = Answering(document).own_rows()
        return Asked(rows, truth, (), "the network's own data")
    other = document.copy()
    other.apply(Patch("Choose the part", {node.id: replace(node, params={**node.params, "part": part})}))
    answering = Answering(other)
    problems = {problem.node: problem.message for problem in answering.trainer.compiled.problems}
    if node.id in problems:
        raise InputError(problems[node.id])
    rows, truth = answering.own_rows()
    return Asked(rows, truth, _fitted(node).classes, f"the {part} part of {record_of(str(node.params['record'])).name}")


def _fitted(node: Node) -> Fitted:
    table, absent = node.params.get("table"), node.params.get("absent")
    arrays = [one if isinstance(one, np.ndarray) else None for one in (table, absent)]
    return SHELF.prepared(Wanted(str(node.params["record"]), "training", *arrays)).fitted


def _from_file(document: Document, data: Path, *, told: bool) -> Asked:
    """The rows of a file, prepared as those the network was trained with."""
    node = _data_node(document)
    if node is None:
        raise InputError("The network has no data node that says how rows of a file are prepared.")
    fitted = _fitted(node)
    table = read(data, record_of(str(node.params["record"])).reading)
    return Asked(fitted.apply(table), fitted.labels(table) if told else None, fitted.classes, data.name)


def _print(found: dict[str, Any], answers: Answers, asked: Asked) -> None:
    titles = {
        "loss": "loss",
        "accuracy": "accuracy",
        f"top_{TOP}": f"top-{TOP} accuracy",
        "r2": "R²",
        "mae": "MAE",
        "rmse": "RMSE",
    }
    said = ", ".join(
        f"{title} {_shown(key, found[key])}" for key, title in titles.items() if found.get(key) is not None
    )
    say(f"{found['rows']:,} rows of {asked.what}: {said}.")
    if answers.kind is Answer.NUMBER:
        return
    names, matrix = found["classes"], found["confusion"]
    table = Printed("class", "precision", "recall", "F1", "rows", box=None, pad_edge=False)
    for i, name in enumerate(names):
        numbers = (f"{found[key][i]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(Text(name), *numbers, f"{found['support'][i]:,}")
    console().print(table)
    if len(names) <= MOST_CLASSES:
        say("\nTrue classes down, what the network says across:")
        grid = Printed("", *map(escape, names), box=None, pad_edge=False)
        for name, row in zip(names, matrix.tolist(), strict=True):
            grid.add_row(Text(name), *(f"{n:,}" for n in row))
        console().print(grid)


def _shown(key: str, value: float) -> str:
    return f"{value:.2%}" if key in ("accuracy", f"top_{TOP}") else number(value)


def _write_csv(out: Path, answers: Answers, names: tuple[str, ...]) -> None:
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if answers.kind is Answer.NUMBER:
            writer.writerow(["prediction"])
            writer.writerows([repr(value)] for value in answers.read.tolist())
            return
        titles = names or tuple(str(i) for i in range(answers.read.shape[-1]))
        writer.writerow(["prediction", *(f"p({name})" for name in titles)])
        for row, chosen in zip(answers.read.tolist(), answers.classes.tolist(), strict=True):
            writer.writerow([titles[chosen], *map(repr, row)])


def _write_npz(out: Path, answers: Answers, names: tuple[str, ...]) -> None:
    if answers.kind is Answer.NUMBER:
        np.savez(out, prediction=answers.read)
    else:
        np.savez(out, prediction=answers.classes, shares=answers.read, classes=np.array(names))
