"""How runs differ, and a run's network brought back."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace

from gradstudio import files
from gradstudio.document.commands import add_node, delete
from gradstudio.document.history import History
from gradstudio.document.model import Document, Settings
from gradstudio.runs import Result, Run
from gradstudio.runs.comparing import Difference, as_csv, differences, differing, how_trained, told_apart
from gradstudio.runs.restoring import restoring

ONE = Run(number=1, step=10, settings=Settings(learning_rate=0.1), result=Result(loss=0.5), began=0.0)
OTHER = Run(
    number=2, step=20, settings=Settings(learning_rate=0.3, batch_size=32), varied={"units": 8},
    result=Result(loss=0.25, accuracy=1.0), began=90.0,
)  # fmt: skip


def test_what_differs_is_told() -> None:
    """Of settings and what was varied, just what isn't the same everywhere is told, of each run its own."""
    names = differing([ONE, OTHER, ONE])
    assert names == ("learning_rate", "batch_size", "units")
    assert told_apart(ONE, names) == "learning rate 0.1, batch size none"
    assert told_apart(OTHER, names) == "learning rate 0.3, batch size 32, units 8"
    assert differing([ONE, ONE]) == differing([]) == ()


def test_two_runs_are_compared() -> None:
    """Each difference of settings and result is named with both values, and nothing else is."""
    found = differences(ONE, OTHER)
    assert Difference("learning_rate", 0.1, 0.3) in found
    assert Difference("units", None, 8) in found
    assert Difference("loss", 0.5, 0.25) in found
    assert Difference("accuracy", None, 1.0) in found
    assert {one.what for one in found} == {
        "learning_rate", "batch_size", "units", "steps made", "loss", "accuracy",
    }  # fmt: skip
    assert differences(ONE, ONE) == []


def test_a_table_has_a_row_for_each_run() -> None:
    """The CSV table reads back: numbers in full, and a column for all that differs."""
    rows = list(csv.DictReader(io.StringIO(as_csv([ONE, replace(OTHER, name='a "b", c', note="two\nlines")]))))
    assert [(row["run"], row["loss"], row["learning_rate"], row["units"]) for row in rows] == [
        ("1", "0.5", "0.1", ""),
        ("2", "0.25", "0.3", "8"),
    ]
    assert (rows[1]["name"], rows[1]["note"], rows[1]["when"]) == ('a "b", c', "two\nlines", "1970-01-01T00:01:30Z")


def test_how_a_run_was_trained_is_told() -> None:
    """Optimiser, rate and batches in a few words."""
    assert [how_trained(run.settings) for run in (ONE, OTHER)] == ["adam 0.1", "adam 0.3, batches of 32"]


def test_a_network_is_brought_back_and_undone(trained: Callable[..., tuple[Run, Document]]) -> None:
    """Bringing a run back makes the document what the run left, to the byte; undo makes it what it was before."""
    _, kept = trained()
    document = kept.copy()
    history = History(document)
    hidden = document.named("hidden")
    assert hidden is not None
    history.do(delete(document, [hidden.id]))
    history.do(add_node(document, "relu", 5.0, 5.0)[0])
    before = files.dumps(document)
    history.do(restoring(document, kept, "Restore run 1"))
    assert files.dumps(document) == files.dumps(kept)
    history.undo()
    assert files.dumps(document) == before
