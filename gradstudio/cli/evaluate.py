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
from gradstudio.cli.keeping import note_test
from gradstudio.cli.output import console, number, print_json, say
from gradstudio.cli.owndata import link, refuse_missing
from gradstudio.data.digest import digest
from gradstudio.data.errors import Unsuited, shown
from gradstudio.data.nodes import data_node, fitted_of
from gradstudio.data.reading import Reading, read
from gradstudio.data.record import record_of
from gradstudio.data.table import Type
from gradstudio.document.model import Patch
from gradstudio.insight.answer import Answer
from gradstudio.insight.answering import Answering, Answers
from gradstudio.training import metrics

if TYPE_CHECKING:
    from gradstudio.cli.options import ReadingOptions
    from gradstudio.data.table import Table
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array
    from gradstudio.engine.supply import Rows
    from gradstudio.insight.judging import Judged

MOST_CLASSES = 30
"""A larger confusion matrix isn't printed."""
TITLES = {"loss": "loss", "accuracy": "accuracy", "r2": "R²", "mae": "MAE", "rmse": "RMSE"}
"""Of what a report tells, beside top-k accuracy."""
TOP = "top_"


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good a network is on some rows.

    Attributes:
        report: as docs/command-line.md promises it.
        sentence: the same in a sentence.
    """

    report: dict[str, Any]
    sentence: str


def judge(document: Document, part: str) -> Judgement:
    """How good a network is on a part of its own data."""
    found = report(_judged(document, _own(document, part)))
    return Judgement(found, _sentence(found, f"the {part} part"))


def evaluate_file(
    path: Path,
    part: str | None,
    data: Path | None,
    origin: Path | None,
    reading: ReadingOptions,
    *,
    top: int | None,
    as_json: bool,
) -> int:
    """Say how good a network is on a part of its data, or on a file of the same columns.

    Args:
        path: the network.
        part: of its data; None for the test part, or all rows where there is a file.
        data: a file with the same columns.
        origin: the file it was trained with, where that lies elsewhere.
        reading: how the file of rows is read, where not as the one it was trained with.
        top: of how many of the likeliest classes one has to be right; None for 5 of more than 5 classes.
        as_json: whether JSON is printed.
    """
    document = _document(path, data, origin)
    if data is not None and part is not None and not _is_own(document, data):
        raise InputError(
            f"{data.name} isn't the file the network was trained with: all its rows are judged. Leave --part out."
        )
    whole = data is not None and part is None
    asked = _from_file(document, data, reading, told=True) if whole and data else _own(document, part or "test")
    found = report(_judged(document, asked), top)
    if not whole and part in (None, "test"):
        note_test(document, path, found)
    if as_json:
        print_json(found)
    else:
        _print(found, asked)
    return 0


def _judged(document: Document, asked: Asked) -> Judged:
    """How a network does on rows whose truth is known."""
    if asked.truth is None:
        raise InputError(f"There is no truth to compare with in {asked.what}.")
    judged = _answering(document).judge(asked.rows, asked.truth, asked.names)
    assert judged is not None, "nobody stops it"
    return judged


def predict_file(
    path: Path, data: Path, out: Path, origin: Path | None, reading: ReadingOptions, *, as_json: bool
) -> int:
    """Write what a network says of the rows of a file."""
    networks.refuse_bad_target(out, (".csv", ".npz"))
    document = _document(path, data, origin)
    asked = _from_file(document, data, reading, told=False)
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


def _document(path: Path, data: Path | None, origin: Path | None) -> Document:
    """The network, with the file it was trained with: beside it, beside the rows it is asked about, or where said."""
    document = networks.read(path, *([data.absolute().parent] if data is not None else []))
    if origin is not None:
        link(document, origin)
    elif data is not None and data.exists() and _is_own(document, data, shipped=False):
        link(document, data)
    refuse_missing(document, "--trained-on")
    return document


def _is_own(document: Document, data: Path, *, shipped: bool = True) -> bool:
    """Whether a file is the one the network was trained with, by its contents; or has those of a shipped table."""
    node = data_node(document)
    record = None if node is None else record_of(str(node.params["record"]))
    return record is not None and record.digest == digest(data) and (shipped or record.kind != "shipped")


def report(judged: Judged, top: int | None = None) -> dict[str, Any]:
    """What docs/command-line.md promises of `evaluate`."""
    score = judged.score
    found: dict[str, Any] = {"rows": score.rows, "loss": score.loss}
    if not isinstance(score, metrics.ClassScore):
        if top is not None:
            raise InputError(f"The network tells a number, and there is no top-{top} of numbers. Leave --top out.")
        return found | {"r2": score.r2, "mae": score.mae, "rmse": score.rmse}
    found |= {"accuracy": score.accuracy}
    k = top or (metrics.TOP if score.top is not None else 0)
    if k:
        found |= {f"{TOP}{k}": score.within(k)}
    return found | {
        "classes": list(score.names),
        "precision": score.each.precision,
        "recall": score.each.recall,
        "f1": score.each.f1,
        "support": score.each.support,
        "macro": score.macro._asdict(),
        "confusion": score.confusion,
    }


def _answering(document: Document) -> Answering:
    made = Answering(document)
    networks.complain(document, made.trainer.compiled)
    return made


def _own(document: Document, part: str) -> Asked:
    """A part of the network's own data; all of it where the source has no parts."""
    node = data_node(document)
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
    return Asked(
        rows, truth, fitted_of(node).classes, f"the {part} part of {record_of(str(node.params['record'])).name}"
    )


def _from_file(document: Document, data: Path, reading: ReadingOptions, *, told: bool) -> Asked:
    """The rows of a file, prepared as those the network was trained with."""
    node = data_node(document)
    if node is None and told:
        raise InputError("The network has no data node that says how rows of a file are prepared.")
    if node is None:
        return Asked(_as_they_are(read(data, reading.on(Reading()))), None, (), data.name)
    fitted = fitted_of(node)
    table = read(data, reading.on(record_of(str(node.params["record"])).reading))
    return Asked(fitted.apply(table), fitted.labels(table) if told else None, fitted.classes, data.name)


def _as_they_are(table: Table) -> Array:
    """Rows for a network that draws its own data: the one array of a file, or all numbers of a row in their order."""
    arrays = [column for column in table.columns if column.type is Type.ARRAY]
    if len(arrays) == 1:
        return np.asarray(arrays[0].values)
    for column in table.columns:
        if column.type is not Type.NUMBER:
            place, found = f"column {shown(column.name)}", f"one of type {column.type.value}"
            advice = "Take the column out: the network has no data node that says how it is prepared."
            raise Unsuited("numbers as the network takes them", found, advice, place=place, name=table.name)
        bad = np.flatnonzero(~np.isfinite(np.asarray(column.values)))
        if len(bad):
            place, found = table.place(int(bad[0]), column), column.text(int(bad[0])) or "none"
            raise Unsuited("a finite number", found, "Correct the cell.", place=place, name=table.name)
    return np.stack([np.asarray(column.values) for column in table.columns], axis=1)


def _sentence(found: dict[str, Any], what: str) -> str:
    """Rows, loss and what is counted."""
    told = ((_title(key), key) for key, value in found.items() if value is not None)
    said = (f"{title} {_shown(key, found[key])}" for title, key in told if title)
    return f"{found['rows']:,} rows of {what}: {', '.join(said)}."


def _print(found: dict[str, Any], asked: Asked) -> None:
    say(_sentence(found, asked.what))
    if "classes" not in found:
        return
    names, matrix = found["classes"], found["confusion"]
    table = Printed("class", "precision", "recall", "F1", "rows", box=None, pad_edge=False)
    for i, name in enumerate(names):
        numbers = (_ratio(found[key][i]) for key in ("precision", "recall", "f1"))
        table.add_row(Text(name), *numbers, f"{found['support'][i]:,}")
    means = map(_ratio, found["macro"].values())
    table.add_row(Text("mean of classes", style="dim"), *means, f"{found['rows']:,}")
    console().print(table)
    if len(names) <= MOST_CLASSES:
        say("\nTrue classes down, what the network says across:")
        grid = Printed("", *map(escape, names), box=None, pad_edge=False)
        for name, row in zip(names, matrix.tolist(), strict=True):
            grid.add_row(Text(name), *(f"{n:,}" for n in row))
        console().print(grid)


def _ratio(value: float) -> str:
    """A number from 0 to 1; a dash where there is nothing to divide by."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def _title(key: str) -> str | None:
    """Of an entry of a report; None for one that isn't told in its sentence."""
    return f"top-{key.removeprefix(TOP)} accuracy" if key.startswith(TOP) else TITLES.get(key)


def _shown(key: str, value: float) -> str:
    return f"{value:.2%}" if key == "accuracy" or key.startswith(TOP) else number(value)


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
