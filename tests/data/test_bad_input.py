"""Bad input: each gives one sentence with the place and a remedy."""

import gzip
import io
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gradstudio.data import errors
from gradstudio.data.errors import DataProblem
from gradstudio.data.preparation import Preparation
from gradstudio.data.preparing import prepare
from gradstudio.data.reading import Reading, read


def said(path: Path, **reading) -> DataProblem:
    """What is said of a file that can't be read."""
    with pytest.raises(DataProblem) as caught:
        read(path, Reading(**reading))
    assert str(caught.value).startswith(f"{path.name}: ")
    assert re.fullmatch(r".* found .*\. [A-Z][^.]*(\.[^.]+)*\.", str(caught.value)), "a remedy ends it"
    return caught.value


CSV = {
    "too many cells": ("a,b\n1,2\n1,2,3\n4\n", "Malformed", "line 3", "2 cells as in the first row"),
    "too few cells": ("a,b\n1,2\n1\n", "Malformed", "line 3", "found 1 in “1”"),
    "open quote": ('a,b\n1,2\n1,"2\n3,4\n', "Malformed", "line 3", "closing quote"),
    "empty": ("", "Empty", "", "an empty file"),
    "blank": ("\n \n", "Empty", "", "an empty file"),
    "header only": ("a,b\n", "Empty", "", "below the header"),
    "binary junk": ("\0\1\2PNG" * 40, "Foreign", "", "bytes of another kind"),
}


@pytest.mark.parametrize("case", CSV)
def test_a_broken_csv_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    """Of a broken CSV the first wrong line is named, what was expected there, and what to do."""
    text, kind, place, words = CSV[case]
    path = tmp_path / "a.csv"
    path.write_text(text)
    problem = said(path)
    assert (type(problem).__name__, problem.place) == (kind, place)
    assert words in str(problem)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    """Where an encoding was said that the file isn't in, the line of the first wrong byte is named."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n\xff,3\n")
    assert said(path, encoding="utf-8").place == "line 3"
    assert "utf-8, cp1252" in said(path, encoding="no such").advice


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    """A gzip file cut short, or changed, is damaged, and not half read."""
    path = tmp_path / "a.csv.gz"
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    path.write_bytes(packed[:-10])
    assert "ends too early" in said(path).found
    path.write_bytes(packed[:30] + bytes([packed[30] ^ 255]) + packed[31:])
    assert isinstance(said(path), errors.Damaged)


def test_idx_with_lying_sizes(tmp_path: Path) -> None:
    """Sizes that promise more than there is, even more than any memory holds, are refused before anything is built."""
    path = tmp_path / "x-images-idx3-ubyte"
    for sizes in ((3, 2, 2), (2**31, 2**31, 2**31)):
        path.write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, *sizes) + b"0" * 8)
        problem = said(path)
        assert isinstance(problem, errors.Damaged)
        assert (problem.place, problem.found) == ("byte 16", "8")
    path.write_bytes(b"\0\0\x08")
    assert isinstance(said(path), errors.Foreign)
    path.write_bytes(struct.pack(">4B2I", 0, 0, 8, 3, 1, 1))
    assert isinstance(said(path), errors.Damaged)


def test_idx_labels_of_another_set(tmp_path: Path) -> None:
    """Labels that aren't as many as the pictures are refused."""
    (tmp_path / "x-images-idx3-ubyte").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 2, 1, 1) + b"01")
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 3) + b"012")
    with pytest.raises(errors.Malformed, match="x-labels-idx1-ubyte: expected 2 labels"):
        read(tmp_path / "x-images-idx3-ubyte")


def test_images_that_are_none_or_differ(tmp_path: Path) -> None:
    """A folder without pictures, a picture that isn't one and one of another size are named; a side puts that right."""
    assert isinstance(said(tmp_path), errors.Empty)
    for name, size in (("cats/1.png", (4, 3)), ("dogs/1.png", (4, 4))):
        (tmp_path / name).parent.mkdir()
        Image.new("L", size).save(tmp_path / name)
    problem = said(tmp_path)
    assert (problem.place, problem.expected, problem.found) == (
        "dogs/1.png", "4 × 3 pixels as in the first picture", "4 × 4",
    )  # fmt: skip
    assert read(tmp_path, Reading(side=2)).columns[0].values.shape == (2, 1, 2, 2)
    (tmp_path / "dogs" / "2.png").write_bytes(b"no picture")
    assert said(tmp_path, side=2).place == "dogs/2.png"


def test_broken_files_of_numpy(tmp_path: Path) -> None:
    """Pickled objects, arrays cut short, of different lengths and without rows are refused."""
    path = tmp_path / "a.npy"
    np.save(path, np.zeros(1))
    path.write_bytes(path.read_bytes().replace(b"'<f8'", b"'|O' "))
    assert "may hold code" in said(path).found
    np.save(path, np.zeros((4, 4)))
    path.write_bytes(path.read_bytes()[:-1])
    assert isinstance(said(path), errors.Damaged)
    np.save(path, np.zeros((0, 4)))
    assert isinstance(said(path), errors.Empty)
    np.save(path, np.zeros(3, complex))
    assert isinstance(said(path), errors.Foreign)
    packed = tmp_path / "a.npz"
    np.savez(packed, X=np.zeros((3, 2)), y=np.zeros(2))
    assert said(packed).place == "array “y”"
    packed.write_bytes(packed.read_bytes()[:100])
    assert isinstance(said(packed), errors.Damaged)


def test_broken_parquet_and_foreign_files(tmp_path: Path) -> None:
    """A Parquet file that isn't one, a workbook, an unknown ending and a file that isn't there are refused by name."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1junk")
    assert isinstance(said(tmp_path / "a.parquet"), errors.Damaged)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04rest")
    assert "as CSV" in said(tmp_path / "a.xlsx").advice
    (tmp_path / "a.doc").write_bytes(b"x")
    assert isinstance(said(tmp_path / "a.doc"), errors.Foreign)
    assert isinstance(said(tmp_path / "gone.csv"), errors.NotReadable)


PREPARED = {
    "mixed types": ("a,b\n1,x\n2,y\nabc,x\n4,y\n5,x\n6,y\n", "line 4, column “a”", "found “abc”"),
    "one class": ("a,b\n1,x\n2,x\n", "column “b”", "two classes or more, found only “x”"),
    "infinity": ("a,b\n1,x\ninf,y\n", "line 3, column “a”", "found infinity"),
    "huge numbers": ("a,b\n1,x\n1e200,y\n", "line 3, column “a”", "found 1e+200"),
    "missing": ("a,b\n1,x\n,y\n", "line 3, column “a”", "an empty cell (1 such cell)"),
    "texts": ("a,b\none,1\ntwo,2\nthree,1\n", "column “a”", "found texts"),
    "no such column": ("z,b\n1,x\n2,y\n", "", "the columns z, b"),
}


@pytest.mark.parametrize("case", PREPARED)
def test_what_cannot_be_learned_from_is_refused(case: str, tmp_path: Path) -> None:
    """A table is shown whatever is in it; what a network can't learn from is named when it is prepared."""
    text, place, words = PREPARED[case]
    path = tmp_path / "a.csv"
    path.write_text(text)
    how = Preparation(("a",), "b", "classification", scaling="none", validation=0, test=0)
    with pytest.raises(errors.Unsuited) as caught:
        prepare(read(path), how)
    assert caught.value.place == place
    assert words in str(caught.value)


def test_nan_is_missing_and_constants_are_told(tmp_path: Path) -> None:
    """NaN is a missing value; a column that says the same everywhere is warned of, and does no harm."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\nNaN,7,x\n2,7,y\n3,7,x\n4,7,y\n")
    how = Preparation(("a", "b"), "c", "classification", missing="drop", validation=0, test=0)
    made = prepare(read(path), how)
    assert made.warnings[0] == "1 row with missing values left out."
    assert made.warnings[1].startswith("Column “b” says 7 in every training row")
    assert np.isfinite(made.training.X).all()


def test_ten_thousand_columns(tmp_path: Path) -> None:
    """A table of 10,000 columns is read and prepared like any other."""
    path = tmp_path / "wide.csv"
    with io.StringIO() as text:
        text.write(",".join(f"c{i}" for i in range(10_000)) + "\n")
        for row in range(4):
            text.write(",".join(str(row * i % 7) for i in range(10_000)) + "\n")
        path.write_text(text.getvalue())
    found = read(path)
    how = Preparation(found.names[:-1], found.names[-1], "regression", validation=0, test=0)
    assert prepare(found, how).training.X.shape == (4, 9_999)


@pytest.mark.parametrize("broken", ["7", "7,8,9"])
def test_a_wrong_row_far_down_is_found(broken: str, tmp_path: Path) -> None:
    """A row of too few or too many cells is named wherever it is, though all rows looked at first were right."""
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "1,2\n" * 500 + broken + "\n" + "3,4\n" * 20)
    assert said(path).place == "line 502"
