"""`gradstudio runs`: what is kept beside a network, listed, named, compared and brought back."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gradstudio import files
from gradstudio.cli import main
from gradstudio.runs import Outcome, Run, Store
from tests.training.networks import spiral


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command beside a network with two runs, and gives its code, output and errors."""
    monkeypatch.chdir(tmp_path)
    files.write(spiral(4, steps=30), tmp_path / "net.grad")
    for words in (["--steps", "30"], ["--steps", "10", "--learning-rate", "0.5"]):
        assert main(["train", "net.grad", *words]) == 0
    capsys.readouterr()

    def run(*words: str) -> tuple[int, str, str]:
        return main(["runs", *words]), *capsys.readouterr()

    return run


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The runs of that network."""
    return Store(tmp_path / "net.runs")


def test_runs_are_listed(told: Any) -> None:
    """A table with a row for each run and what differs; `list` is the same as no command."""
    code, out, err = told("net.grad")
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", 3)
    assert lines[1].split()[0] == "1"
    assert lines[2].rstrip().endswith("learning rate 0.5")
    assert told("list", "net.grad")[1] == out


def test_the_best_come_first(told: Any, store: Store) -> None:
    """Sorted by loss the lowest is first, whatever number it has; the JSON says everything of each."""
    listed = json.loads(told("net.grad", "--sort", "loss", "--json")[1])
    losses = [run["loss"] for run in listed]
    assert losses == sorted(losses)
    assert {run["run"] for run in listed} == {1, 2}
    assert listed[0]["settings"]["optimizer"] == "adam"
    assert [run["run"] for run in json.loads(told("net.grad", "--sort", "steps", "--json")[1])] == [2, 1]


def test_what_a_crash_has_ended_is_not_running(told: Any, store: Store) -> None:
    """A run that somebody trains is running; one that nobody trains any more is called interrupted."""
    store.add(Run(step=7, goal=30, outcome=Outcome.RUNNING), spiral(4))
    assert "7 (running)" in told("net.grad")[1]
    store.close()
    assert "7 (interrupted)" in told("net.grad")[1]


def test_csv_is_for_spreadsheets(told: Any) -> None:
    """--csv prints one row for each run, numbers in full."""
    rows = list(csv.DictReader(io.StringIO(told("net.grad", "--csv")[1])))
    assert [(row["run"], row["learning_rate"]) for row in rows] == [("1", "0.02"), ("2", "0.5")]


def test_a_run_is_named_noted_and_found_by_its_name(told: Any, store: Store) -> None:
    """A name and a note are kept; commands take the name in place of the number."""
    assert told("rename", "net.grad", "2", "[b]ig")[:2] == (0, "Run 2 is called [b]ig.\n")
    assert told("note", "net.grad", "[b]ig", "too fast")[0] == 0
    assert (store.get(2).name, store.get(2).note) == ("[b]ig", "too fast")
    assert "too fast" in told("show", "net.grad", "[b]ig")[1]
    assert json.loads(told("show", "net.grad", "2", "--json")[1])["note"] == "too fast"
    assert "[b]ig" in told("compare", "net.grad", "1", "2")[1]


def test_two_runs_are_compared(told: Any) -> None:
    """Settings and results in which two runs differ are told, and nothing else."""
    found = {
        one["what"]: (one["one"], one["other"])
        for one in json.loads(told("compare", "net.grad", "1", "2", "--json")[1])
    }
    assert found["learning_rate"] == (0.02, 0.5)
    assert found["steps made"] == (30, 10)
    assert "momentum" not in found
    assert told("compare", "net.grad", "1", "1")[1] == "No difference.\n"


def test_a_run_is_brought_back(told: Any, store: Store, tmp_path: Path) -> None:
    """restore writes the network as the run left it, byte for byte; it may take the network's own place."""
    assert told("restore", "net.grad", "2", "net.grad")[1] == "Run 2 at step 10 written to net.grad.\n"
    assert (tmp_path / "net.grad").read_bytes() == store.network_path(2).read_bytes()
    assert told("restore", "net.grad", "2", "x.grad", "--best")[2].endswith("Of run 2 no best state is kept.\n")


def test_runs_are_deleted_all_or_none(told: Any, store: Store) -> None:
    """One run that isn't there keeps all of them; one that is being trained, too."""
    assert told("delete", "net.grad", "1", "7")[0] == 2
    assert len(store.listing().runs) == 2
    going = Store(store.folder)
    going.add(store.get(1).but({"outcome": Outcome.RUNNING}), store.network(1))
    assert "is being trained" in told("delete", "net.grad", "1", "3")[2]
    going.close()
    assert told("delete", "net.grad", "1", "3")[1] == "Deleted: run 1, run 3.\n"
    assert [run.number for run in store.listing().runs] == [2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.grad",), "There is no file nowhere.grad, and no folder"),
        (("show", "net.grad", "9"), "There is no run 9 in"),
        (("net.grad", "--sort", "colour"), "See gradstudio runs list --help"),
        (("rename", "net.grad", "1", "a\nb"), "at most 100 characters and no line break"),
        ((), "See gradstudio runs --help"),
    ],
)
def test_what_cannot_be_done_is_said(told: Any, words: tuple[str, ...], said: str) -> None:
    """Bad input ends with 2 and one sentence."""
    code, out, err = told(*words)
    assert (code, out) == (2, "")
    assert said in err


def test_bad_files_are_told_of_and_hide_nothing(told: Any, store: Store) -> None:
    """A spoilt record is passed over with a sentence on standard error; the others are listed."""
    (store.folder / "run-0001.json").write_text("{")
    code, out, err = told("net.grad")
    assert (code, len(out.splitlines())) == (0, 2)
    assert err.startswith("gradstudio: Passed over: ")


def test_a_network_without_runs_says_how_to_get_one(told: Any, tmp_path: Path) -> None:
    """An empty list teaches."""
    files.write(spiral(4), tmp_path / "new.grad")
    assert "gradstudio train new.grad makes one" in told("new.grad")[1]
