"""`python -m benchmarks.engine`, without the peers that would have to be installed."""

from __future__ import annotations

import argparse
import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.engine.__main__ import conclude, main, parse
from benchmarks.engine.environment import Environment
from benchmarks.engine.peers import PEERS
from benchmarks.engine.process import Worker, environment
from benchmarks.engine.rounds import Outcome
from benchmarks.engine.workloads import TITLES, make

QUICK = ["--seconds", "0.01", "--rounds", "1"]


def test_rows_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run writes a row for each peer and the floor, and prints the table and who is absent."""
    file, page = tmp_path / "rows.json", tmp_path / "page.md"
    asked = ["--workloads", "a", "--peers", "gradstudio,numpy", "--json", str(file), "--markdown", str(page)]
    assert main([*QUICK, *asked]) == 0
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert [(row["workload"], row["peer"]) for row in rows] == [("a", "gradstudio"), ("a", "numpy"), ("a", "floor")]
    assert all({"workload", "peer", "median_us", "ratio"} <= row.keys() for row in rows)
    assert all(row["median_us"] > 0 and row["ratio"] is None for row in rows)
    assert rows[0]["floor_ratio"] > 0
    assert "gradstudio" in capsys.readouterr().out
    assert "| a | XOR MLP" in page.read_text(encoding="utf-8")


def test_a_peer_that_cannot_be_had(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no environment can be made its peers are reported as absent, and all else is measured."""
    taken = tmp_path / "taken"
    taken.write_text("a file, no folder", encoding="utf-8")
    asked = ["--workloads", "a", "--peers", "numpy,torch:eager", "--peers-env", str(taken / "env")]
    assert main([*QUICK, *asked]) == 0
    said = capsys.readouterr().out
    assert "torch:eager (a): no environment for it" in said.replace("\n", " ")
    assert "µs" in said


def test_growth(tmp_path: Path) -> None:
    """--scaling writes rows under names of their own, each with its size and compile time."""
    file = tmp_path / "rows.json"
    assert main([*QUICK, "--scaling", "--largest", "16", "--json", str(file)]) == 0
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert [row["workload"] for row in rows] == ["layers:10", "batch:16"]
    assert all({"workload", "peer", "median_us", "ratio", "size", "compile_ms"} <= row.keys() for row in rows)


def test_differing_losses_fail_the_run() -> None:
    """Where peers computed different things the exit code is 1, and the sentence is printed."""
    console = Console(width=120, record=True, file=StringIO())
    wrong = [Outcome(make("a"), {}, {}, ["a: losses of jax differ"])]
    asked = argparse.Namespace(threads=1, markdown=None)
    assert conclude(wrong, ["jax"], asked, console) == 1
    assert "NOT THE SAME: a: losses of jax differ" in console.export_text()
    assert conclude([Outcome(make("a"), {}, {}, [])], ["jax"], asked, console) == 0


def test_all_means_all() -> None:
    """--peers all and --workloads all name every one of them."""
    asked = parse(["--peers", "all", "--workloads", "all"])
    assert asked.peers == list(PEERS)
    assert asked.workloads == list(TITLES)


@pytest.mark.parametrize(
    "words", [["--peers", "theano"], ["--workloads", "a,z"], ["--rounds", "0"], ["--threads", "x"]]
)
def test_unknown_names_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A name or number that can't be is refused, and those that can be are told."""
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_what_slows_numpy_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers get no settings of OpenBLAS but the number of threads."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "HASWELL")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    given = environment(threads=3)
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & given.keys()
    assert given["OPENBLAS_NUM_THREADS"] == given["OMP_NUM_THREADS"] == "3"


def test_a_worker_that_does_not_start() -> None:
    """A peer whose library is missing is absent, with what Python said."""
    with Worker("micrograd", sys.executable, threads=1) as worker:
        assert "micrograd" in worker.absent
        assert worker.ask(1.0, do="build", workload="a") == {"absent": worker.absent}


def test_ours_needs_no_environment(tmp_path: Path) -> None:
    """Nothing is made where no peer has packages."""
    assert Environment(tmp_path / "env").provide([PEERS["gradstudio"], PEERS["numpy"]]) == {}
    assert not (tmp_path / "env").exists()
