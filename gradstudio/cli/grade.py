"""`gradstudio grade`: the answers of a class held against an exercise."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gradstudio.cli import networks
from gradstudio.cli.failures import BAD_INPUT, InputError
from gradstudio.cli.output import console, print_json
from gradstudio.document.exercising import where
from gradstudio.files import answers as answer_files
from gradstudio.files.errors import FileProblem, shown
from gradstudio.insight.marking import keys, mark, points

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gradstudio.document.model import Document
    from gradstudio.insight.prediction import Key, Verdict


@dataclass(frozen=True, slots=True)
class Marked:
    """One learner's answers, marked.

    Attributes:
        name: of the learner; that of the file where none was given.
        verdicts: one for each question; None for one without an answer.
    """

    name: str
    verdicts: tuple[Verdict | None, ...]

    @property
    def total(self) -> int:
        """One point for each right answer."""
        return points(self.verdicts)


def grade(exercise: Path, files: Sequence[Path], *, as_json: bool, as_csv: bool) -> int:
    """Mark answers and print a table; 2 where a file can't be marked, the others are marked all the same.

    Raises:
        InputError: if there is no exercise, or both forms of output are asked for.
    """
    if as_json and as_csv:
        raise InputError("Either --json or --csv, not both.")
    document = networks.read(exercise)
    known = keys(document)
    marked, broken = [], 0
    for path in files:
        try:
            marked.append(_marked(document, known, path))
        except (FileProblem, InputError) as problem:
            broken += 1
            sys.stderr.write(f"gradstudio: not marked: {problem}\n")
    if as_json:
        print_json(_record(document, marked))
    elif as_csv:
        sys.stdout.write(_csv(document, marked))
    else:
        _print_table(document, marked)
    return BAD_INPUT if broken else 0


def _marked(document: Document, known: Sequence[Key], path: Path) -> Marked:
    found = answer_files.read(path)
    wanted = document.exercise.title
    if found.exercise != wanted:
        raise InputError(f"{path}: exercise: expected answers to {shown(wanted)}, found {shown(found.exercise)}.")
    if len(found.answers) != len(known):
        raise InputError(
            f"{path}: answers: expected {len(known)}, one for each question, found {len(found.answers)}. "
            "Write null for a question without an answer."
        )
    return Marked(found.name.strip() or path.stem, mark(known, found.answers))


def _record(document: Document, marked: Sequence[Marked]) -> dict[str, object]:
    questions = [{"asks": q.asks, "where": where(document, q), "text": q.text} for q in document.exercise]
    learners = [{"name": m.name, "total": m.total, "marks": [_mark(v) for v in m.verdicts]} for m in marked]
    return {"exercise": document.exercise.title, "questions": questions, "learners": learners}


def _mark(verdict: Verdict | None) -> dict[str, object]:
    if verdict is None:
        return {"points": 0, "answered": False, "mistake": None}
    mistake = None if verdict.mistake is None else verdict.mistake.name.lower()
    return {"points": int(verdict.right), "answered": True, "mistake": mistake}


def _csv(document: Document, marked: Sequence[Marked]) -> str:
    """A line for each learner: name, points, total. A spreadsheet must not take a name for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", *(f"question {i}" for i in range(1, len(document.exercise.questions) + 1)), "total"])
    for learner in marked:
        name = f"'{learner.name}" if learner.name.startswith(("=", "+", "-", "@", "\t", "\r")) else learner.name
        writer.writerow([name, *(points([v]) for v in learner.verdicts), learner.total])
    return text.getvalue()


def _print_table(document: Document, marked: Sequence[Marked]) -> None:
    count = len(document.exercise.questions)
    table = Table(title=Text(document.exercise.title or "Exercise"), title_justify="left")
    table.add_column("name", style="bold")
    for i in range(1, count + 1):
        table.add_column(str(i), justify="center")
    table.add_column("total", justify="right")
    table.add_column("likely mistakes", style="dim")
    for learner in marked:
        table.add_row(
            Text(learner.name), *map(_cell, learner.verdicts), f"{learner.total} / {count}", Text(_mistakes(learner))
        )
    out = console()
    out.print(table)
    for i, question in enumerate(document.exercise, 1):
        out.print(Text(f"{i}  the {question.asks} {where(document, question)}"))


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "[dim]·[/]"
    return "[green]1[/]" if verdict.right else "[red]0[/]"


def _mistakes(learner: Marked) -> str:
    """What was likely wrong, by question."""
    found = ((i, v.mistake) for i, v in enumerate(learner.verdicts, 1) if v is not None and v.mistake is not None)
    return ", ".join(f"{i}: {mistake.value}" for i, mistake in found)
