"""The benchmarks of data: their rows say what they promise, on small files."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from benchmarks import large_data, loading
from benchmarks.waiting import Waits, network
from gradstudio.data.shelf import SHELF
from gradstudio.engine.supply import SUPPLY
from gradstudio.training.trainer import Trainer


@pytest.fixture(autouse=True)
def nothing_stays():
    """What a benchmark has put on the shelf is gone after the test."""
    before = SUPPLY.provider
    yield
    SUPPLY.provider = before
    SHELF.clear()
    SUPPLY.changed()


def test_loading_is_measured_beside_pandas_where_that_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row holds the file's size and seconds, and a peer's where there is one."""
    monkeypatch.setattr(loading, "ROWS", 200)
    monkeypatch.setattr(loading, "TURNS", 2)
    (path,) = loading.files(tmp_path, ["mixed"])
    row = loading.measure(path)
    assert (row["file"], row["megabytes"]) == ("mixed.csv", round(path.stat().st_size / 1e6, 1))
    assert row["seconds"] > 0
    assert (row["ratio"] is None) == (importlib.util.find_spec("pandas") is None)


def test_waits_are_part_of_the_steps() -> None:
    """Steps take longer than the waits in them, and every step waits once."""
    waits = Waits(Trainer(network("digits")))
    found = waits.measure(20)
    assert len(waits.each) == 20
    assert 0 < found["share_waiting"] < 1
    assert 0 < found["longest_wait"] < 20 / found["steps_per_second"]


@pytest.mark.parametrize("form", large_data.WRITERS)
def test_large_files_are_made_and_trained_on(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form of file is read from the disk, and some steps are made on it."""
    monkeypatch.setattr(large_data, "WARM", 3)
    for module in ("frames", "numpyfiles", "preparing"):
        monkeypatch.setattr(f"gradstudio.data.{module}.LARGE", 0)
    path = large_data.WRITERS[form](tmp_path, 0.0)
    row = large_data.measure(path, 5)
    assert row["samples"] == 230
    assert np.isfinite(list(row.values())).all()
    assert 0 < row["share_waiting"] < 1
