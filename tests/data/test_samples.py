"""Samples that stay on the disk are the same as those in memory, and are drawn a few blocks at a time."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.data import preparing
from gradstudio.data.batches import MIXED, Batches
from gradstudio.data.errors import Unsuited
from gradstudio.data.preparation import Preparation, suggested
from gradstudio.data.preparing import prepare
from gradstudio.data.reading import read
from gradstudio.data.samples import Blocks, Scaled
from gradstudio.data.summary import summaries
from gradstudio.data.table import Column, Table, Type


@pytest.mark.parametrize("layout", ["flat", "channels"])
@pytest.mark.parametrize("scaling", ["standardise", "min-max", "none"])
def test_pictures_on_the_disk_are_those_in_memory(tmp_path: Path, monkeypatch, layout, scaling) -> None:
    """Left on the disk, pictures are scaled and arranged to the same bits as when all are held."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 4, 4), dtype=np.uint8)
    np.save(tmp_path / "a.npy", pixels)
    (column,) = read(tmp_path / "a.npy").columns
    table = Table((column, Column("label", Type.NUMBER, np.arange(30.0) % 3)))
    how = Preparation(("array",), "label", "classification", scaling=scaling, layout=layout)
    held = prepare(table, how)
    monkeypatch.setattr(preparing, "LARGE", 0)
    left = prepare(table, how)
    assert isinstance(left.training.X, Scaled)
    assert left.training.X.shape == held.training.X.shape
    rows = np.array([5, 0, 11])
    assert (left.training.X.take(rows) == held.training.X[rows]).all()
    assert (left.test.X[:2] == held.test.X[:2]).all()
    assert left.fitted == held.fitted


@settings(deadline=None)
@given(st.integers(1, 50), st.integers(1, 9), st.lists(st.integers(0, 10**6), max_size=20))
def test_blocks_give_the_rows_asked_for(n: int, block: int, wanted: list[int]) -> None:
    """Rows in any order, twice or not at all, come out of blocks as they do out of an array."""
    whole = np.arange(2 * n).reshape(n, 2)
    rows = np.array(wanted, np.intp) % n
    blocks = Blocks(lambda start, stop: whole[start:stop], n, block)
    assert (blocks.take(rows) == whole[rows]).all()
    assert (blocks[1:4] == whole[1:4]).all()


def test_a_large_parquet_file_is_read_in_parts(tmp_path: Path, monkeypatch) -> None:
    """Left in its file a table has the same statistics, split, features and classes as one that is held."""
    random = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "a": random.standard_normal(90), "b": [None if i % 9 == 0 else i for i in range(90)],
            "kind": ["uvw"[i % 3] for i in range(90)], "told": ["xy"[i % 2] for i in range(90)],
        }
    )  # fmt: skip
    frame.write_parquet(tmp_path / "a.parquet", row_group_size=10)
    how = Preparation(("a", "b", "kind"), "told", "classification", missing="median", split="stratified")
    held = read(tmp_path / "a.parquet")
    monkeypatch.setattr("gradstudio.data.frames.LARGE", 0)
    monkeypatch.setattr(preparing, "FILE_BLOCK_BYTES", 150)
    left = read(tmp_path / "a.parquet")
    assert left.preview() == held.preview()
    assert summaries(left) == summaries(held)
    whole, parts = prepare(held, how), prepare(left, how)
    assert parts.fitted == whole.fitted
    for name in ("training", "validation", "test"):
        expected, found = whole.part(name), parts.part(name)
        rows = np.random.default_rng(1).permutation(len(expected.rows))
        assert isinstance(found.X, Blocks)
        assert (found.X.take(rows) == expected.X[rows].astype(np.float32)).all()
        assert (found.y == expected.y).all()


@settings(deadline=None)
@given(st.integers(20, 300), st.integers(1, 12), st.integers(2, 40), st.integers(0, 99))
def test_local_batches_show_every_sample_once(n: int, size: int, block: int, seed: int) -> None:
    """Mixed within a few blocks at a time an epoch still shows every sample once, in an order seed and step decide."""
    batches = Batches(n, size, seed, block)
    steps = range(-(-n // size))
    row = np.concatenate([batches.indices(step) for step in steps])[:n]
    assert sorted(row.tolist()) == list(range(n))
    assert np.array_equal(Batches(n, size, seed, block).indices(7), batches.indices(7))  # type: ignore[arg-type]


def test_local_batches_stay_near() -> None:
    """One batch draws from a few blocks only, and an epoch from all of them, in no order of theirs."""
    batches = Batches(1000, 40, 0, 10)
    homes = [np.unique(batches.indices(step) // 10) for step in range(25)]  # type: ignore[operator]
    assert max(map(len, homes)) <= MIXED
    assert [home.tolist() for home in homes] != sorted(home.tolist() for home in homes)


def test_rows_got_ahead_are_those_asked_for() -> None:
    """What is got ahead is handed out where it is what is taken, in whatever order threads run; other rows are read."""
    whole = np.arange(2000).reshape(1000, 2)
    blocks = Blocks(lambda start, stop: whole[start:stop].copy(), 1000, 8)
    random = np.random.default_rng(0)
    for _ in range(100):
        wanted, other, further = random.integers(0, 1000, (3, 20))
        blocks.ahead(lambda: wanted)  # noqa: B023 (taken in this round)
        assert (blocks.take(other) == whole[other]).all()
        blocks.ahead(lambda: further)  # noqa: B023
        for rows in (wanted[:12], wanted[12:], further[:5], other, further[5:]):
            assert (blocks.take(rows) == whole[rows]).all()


def test_a_large_matrix_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last column is told from all others, which are scaled each by itself and read a few rows at a time."""
    random = np.random.default_rng(0)
    matrix = random.normal([1, 100, -5], [1, 20, 0.1], (60, 3)).astype(np.float32)
    told = np.arange(60) % 3
    np.save(tmp_path / "a.npy", np.column_stack([matrix, told.astype(np.float32)]))
    monkeypatch.setattr("gradstudio.data.numpyfiles.LARGE", 0)
    monkeypatch.setattr(preparing, "LARGE", 0)
    for pieces in (2**25, 40):
        monkeypatch.setattr("gradstudio.data.fitting.PIECE", pieces)
        monkeypatch.setattr("gradstudio.data.numpyfiles.PIECE", pieces)
        table = read(tmp_path / "a.npy")
        assert table.names == ("columns 1 to 3", "column 4")
        made = prepare(table, suggested(table))
        assert isinstance(made.training.X, Scaled)
        assert np.array_equal(made.test.y, told[made.test.rows])
        rows = matrix[made.training.rows]
        expected = (rows - rows.mean(axis=0)) / rows.std(axis=0)
        assert np.allclose(made.training.X[:], expected, rtol=0, atol=1e-4)


def test_nan_in_a_large_matrix_is_named_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NaN among the features of a matrix on the disk is refused before any training."""
    matrix = np.arange(80.0).reshape(20, 4) % 7
    matrix[13, 1] = np.nan
    np.save(tmp_path / "a.npy", matrix)
    monkeypatch.setattr("gradstudio.data.numpyfiles.LARGE", 0)
    monkeypatch.setattr(preparing, "LARGE", 0)
    table = read(tmp_path / "a.npy")
    how = Preparation(("columns 1 to 3",), "column 4", "regression", validation=0, test=0)
    with pytest.raises(Unsuited, match=r"a\.npy: row 14, column “columns 1 to 3”: expected finite numbers"):
        prepare(table, how)
