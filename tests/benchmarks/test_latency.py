"""`python -m benchmarks.latency`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.documents import document
from benchmarks.engine.workloads import make
from benchmarks.latency import add_node, add_wire, change_value, main


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_rows_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each workload: intervals, holds and a share of throughput, or the time an edit takes."""
    file = tmp_path / "rows.json"
    assert main(["--workloads", "a,edit_1000", "--seconds", "0.2", "--rounds", "1", "--json", str(file)]) == 0
    frames, edits, shown = json.loads(file.read_text(encoding="utf-8"))
    assert [frames["workload"], edits["workload"], shown["workload"]] == ["a", "edit_1000", "edit_1000_shown"]
    assert shown["p50_ms"] > edits["p50_ms"]
    assert frames["p99_ms"] >= frames["p50_ms"] > 0
    assert frames["throughput_share"] > 0
    assert frames["held_max_ms"] >= frames["held_p99_ms"] >= frames["held_p50_ms"] > 0
    assert frames["late_p99_ms"] > 0
    assert "painting" in frames["longest"]
    assert "held_p99_ms" not in edits
    assert edits["p99_ms"] >= edits["p50_ms"] > 0
    assert edits["throughput_share"] is None
    assert "edit_1000" in capsys.readouterr().out


@pytest.mark.parametrize("edit", [change_value, add_node, add_wire])
def test_every_edit_changes_the_graph(edit: object) -> None:
    """Each edit of the benchmark is one that asks for another computation."""
    doc = document(make("g3"))
    assert callable(edit)
    assert doc.computes_differently(edit(doc))
