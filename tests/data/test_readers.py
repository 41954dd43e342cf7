"""NPY, NPZ, Parquet, IDX and folders of images become tables; a digest tells whether they are still the same."""

import gzip
import struct
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from gradstudio.data.digest import digest
from gradstudio.data.errors import Damaged
from gradstudio.data.preparation import Preparation, suggested
from gradstudio.data.preparing import prepare
from gradstudio.data.reading import read
from gradstudio.data.summary import summaries
from gradstudio.data.table import Column, Table, Type

FASHION = Path("/usr/share/datasets/fashion-mnist")


def test_npy_stays_on_the_disk(tmp_path: Path) -> None:
    """A matrix is a column for each of its columns, pictures are one; both are looked at where they lie."""
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(3, 2))
    assert read(tmp_path / "a.npy").preview() == [["0", "1"], ["2", "3"], ["4", "5"]]
    np.save(tmp_path / "b.npy", np.zeros((3, 2, 2), np.uint8))
    (column,) = read(tmp_path / "b.npy").columns
    assert column.type is Type.ARRAY
    assert isinstance(column.values, np.memmap)


def test_npz_has_a_column_for_each_array(tmp_path: Path) -> None:
    """Numbers, texts, dates and arrays in one file are columns of one table."""
    days = np.array(["1970-01-02", "NaT"], "datetime64[D]")
    np.savez(tmp_path / "a.npz", X=np.ones((2, 3)), y=np.array(["b", "a"]), d=days, n=[1, 2])
    table = read(tmp_path / "a.npz")
    assert [column.type for column in table.columns] == [Type.ARRAY, Type.CATEGORY, Type.DATE, Type.NUMBER]
    assert table.preview() == [["3", "b", "1970-01-02", "1"], ["3", "a", "", "2"]]


def test_parquet_knows_its_types(tmp_path: Path) -> None:
    """Numbers, truths, texts and dates keep their types, gaps and names; lists are left out and named."""
    frame = pl.DataFrame(
        {
            "n": [1, None], "b": [True, False], "t": ["x", None], "d": ["1970-01-02", "1970-01-03"],
            "l": [[1], [2]], "f": [1.5, float("inf")],
        }
    ).with_columns(pl.col("d").str.to_date())  # fmt: skip
    frame.write_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert table.preview() == [["1", "true", "x", "1970-01-02", "1.5"], ["", "false", "", "1970-01-03", "inf"]]
    assert [column.type.value for column in table.columns] == ["number", "category", "category", "date", "number"]
    assert "“l” is left out" in table.notes[0]


def write_idx(folder: Path, first: str, pictures: np.ndarray, labels: np.ndarray, pack: bool) -> None:
    """Write pictures and labels as the MNIST family does."""
    for what, array in (("images-idx3", pictures), ("labels-idx1", labels)):
        head = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        data = head + array.astype(np.uint8).tobytes()
        path = folder / f"{first}-{what}-ubyte{'.gz' if pack else ''}"
        path.write_bytes(gzip.compress(data) if pack else data)


@pytest.mark.parametrize("pack", [True, False])
def test_idx_pictures_find_their_labels(tmp_path: Path, pack: bool) -> None:
    """Whichever of the two files is chosen both are read; of a folder the training pictures come first."""
    random = np.random.default_rng(0)
    first, second = (random.integers(0, 256, (n, 2, 3)) for n in (4, 2))
    write_idx(tmp_path, "train", first, np.arange(4), pack)
    write_idx(tmp_path, "t10k", second, np.arange(2), pack)
    for what in ("images-idx3", "labels-idx1"):
        table = read(tmp_path / f"train-{what}-ubyte{'.gz' if pack else ''}")
        assert (table.columns[0].values == first).all()
        assert table.columns[1].values.tolist() == [0, 1, 2, 3]
    whole = read(tmp_path)
    assert (whole.columns[0].values == np.concatenate([first, second])).all()
    assert whole.columns[1].values.tolist() == [0, 1, 2, 3, 0, 1]


def test_a_test_set_of_its_own_tests(tmp_path: Path) -> None:
    """Of a folder with both, the rows suggested to test are those of the test set, all of them and no other."""
    pictures = np.arange(180).reshape(30, 2, 3)
    write_idx(tmp_path, "train", pictures[:23], np.arange(23) % 2, False)
    write_idx(tmp_path, "t10k", pictures[23:], np.arange(7) % 2, False)
    table = read(tmp_path)
    ready = prepare(table, suggested(table))
    assert ready.test.rows.tolist() == list(range(23, 30))
    assert ready.test.y.tolist() == [0, 1, 0, 1, 0, 1, 0]
    alone = read(tmp_path / "train-images-idx3-ubyte")
    assert suggested(alone).split == "stratified"


def test_a_folder_of_images(tmp_path: Path) -> None:
    """Each folder is a class; grey pictures have one channel and coloured ones three, channels first."""
    for name, colour in (("a/1.png", (255, 0, 1)), ("b/1.png", (0, 9, 0)), ("b/2.png", (1, 2, 3))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (3, 2), colour).save(tmp_path / name)
    table = read(tmp_path)
    assert table.columns[0].values.shape == (3, 3, 2, 3)
    assert table.columns[0].values[:, :, 0, 0].tolist() == [[255, 0, 1], [0, 9, 0], [1, 2, 3]]
    assert [table.columns[1].text(i) for i in range(3)] == ["a", "b", "b"]


def test_a_digest_tells_of_any_change(tmp_path: Path) -> None:
    """The digest of a file or folder changes with a byte or a name in it, and not with where it lies."""
    for home in ("one", "two"):
        (tmp_path / home / "a").mkdir(parents=True)
        Image.new("L", (2, 2)).save(tmp_path / home / "a" / "1.png")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    (tmp_path / "two" / "a" / "1.png").rename(tmp_path / "two" / "a" / "2.png")
    assert digest(tmp_path / "one") != digest(tmp_path / "two")
    write_idx(tmp_path, "train", np.zeros((1, 1, 1)), np.zeros(1), False)
    before = digest(tmp_path / "train-images-idx3-ubyte")
    write_idx(tmp_path, "train", np.zeros((1, 1, 1)), np.ones(1), False)
    assert digest(tmp_path / "train-images-idx3-ubyte") != before


def test_columns_in_numbers() -> None:
    """Ranges, means, histograms and counts of a table are those of its cells, however large they are."""
    values = np.array([1.0, 2.0, np.nan, np.inf, 6.0])
    huge = np.array([1e300, -1e300, 1e300, -1e300, 0])
    column, enormous = summaries(Table((Column("a", Type.NUMBER, values), Column("h", Type.NUMBER, huge))))
    assert (column.missing, column.infinite, column.least, column.greatest, column.mean) == (1, 1, 1, 6, 3)
    assert column.histogram is not None
    assert sum(column.histogram.counts) == 3
    assert (enormous.mean, enormous.greatest) == (0, 1e300)
    assert np.isfinite(enormous.deviation or np.nan)


@pytest.mark.skipif(not FASHION.exists(), reason="the package dataset-fashion-mnist isn't installed")
def test_fashion_mnist() -> None:
    """The real pictures are 60,000 that train and 10,000 that test, with 7,000 of each class."""
    table = read(FASHION)
    assert table.columns[0].values.shape == (70_000, 28, 28)
    assert np.bincount(table.columns[1].values.astype(int)).tolist() == [7000] * 10
    how = Preparation(("image",), "label", "classification", split="order", validation=0, test=1 / 7, scaling="min-max")
    made = prepare(table.take(slice(59_000, None)), how)
    assert made.training.X.max() == 1


def test_gzipped_files_are_unpacked_side_by_side(tmp_path: Path) -> None:
    """Training and test pictures that are gzipped come one behind the other; whatever is wrong with one is told."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3, 2), np.uint8)
    parts = {"train-images-idx3-ubyte.gz": pixels[:3], "t10k-images-idx3-ubyte.gz": pixels[3:]}
    held = {name: struct.pack(">4B3I", 0, 0, 8, 3, *part.shape) + part.tobytes() for name, part in parts.items()}

    def put(name: str, data: bytes) -> None:
        (tmp_path / name).write_bytes(data)

    for name, data in held.items():
        put(name, gzip.compress(data))
    assert np.array_equal(read(tmp_path).columns[0].values, pixels)
    name, data = "t10k-images-idx3-ubyte.gz", held["t10k-images-idx3-ubyte.gz"]
    put(name, gzip.compress(data[:20]) + gzip.compress(data[20:]))
    assert np.array_equal(read(tmp_path).columns[0].values, pixels)
    wrong = {
        "expected 12 bytes for sizes of 2 × 3 × 2, found 13": gzip.compress(data + b"x"),
        "found 11": gzip.compress(data[:-1]),
        "ends too early": gzip.compress(data)[:-3],
        "changed bytes": gzip.compress(data)[:-8] + bytes(8),
    }
    for words, packed in wrong.items():
        put(name, packed)
        with pytest.raises(Damaged, match=words):
            read(tmp_path)
