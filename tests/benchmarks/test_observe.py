"""`python -m benchmarks.observe`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.documents import document
from benchmarks.engine.workloads import make
from benchmarks.observe import SCREENFUL, everything, main


def test_rows_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run writes a row for each workload, with the cost in percent, and prints it."""
    file = tmp_path / "rows.json"
    assert main(["--workloads", "a,g3", "--seconds", "0.01", "--rounds", "2", "--json", str(file)]) == 0
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert [row["workload"] for row in rows] == ["a", "g3"]
    assert all(row["cost_percent"] < 100 and row["steps_per_second"] > 0 for row in rows)
    assert "%" in capsys.readouterr().out


def test_everything_is_a_screenful_of_a_large_circuit() -> None:
    """Of a small network all is watched, of a large circuit as many nodes as fit a screen, and their wires."""
    small, large = everything(document(make("b"))), document(make("g3"))
    assert (small.nodes, small.links) == (None, None)
    assert small.activation is not None
    watch = everything(large)
    assert len(watch.nodes or ()) == SCREENFUL
    assert {large.wires[link].target for link in watch.links or ()} == set(watch.nodes or ())
