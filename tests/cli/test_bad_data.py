"""Bad files of data, through every command that reads one: one sentence with place and remedy, and nothing written."""

from __future__ import annotations

import gzip
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gradstudio.cli import main
from gradstudio.data.shelf import SHELF
from gradstudio.engine.supply import SUPPLY

ROWS = "a,b,kind\n" + "".join(f"{i},{i % 3},{'xy'[i % 2]}\n" for i in range(40))
PACKED = gzip.compress(ROWS.encode() * 30)
PIXELS = np.zeros((12, 2, 2), np.uint8).tobytes()


def pictures(path: Path, *sizes: tuple[int, int]) -> None:
    """A folder of two classes with a picture of each size."""
    for number, size in enumerate(sizes):
        inner = path / "uv"[number % 2]
        inner.mkdir(parents=True, exist_ok=True)
        Image.new("L", size).save(inner / f"{number}.png")


def idx(path: Path, *sizes: int, bytes_held: bytes = PIXELS) -> None:
    """Pictures whose head tells these sizes."""
    path.write_bytes(struct.pack(f">4B{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + bytes_held)


def labels_of_another_set(path: Path) -> None:
    """12 pictures with 13 labels beside them."""
    idx(path, 12, 2, 2)
    idx(path.with_name("x-labels-idx1-ubyte"), 13, bytes_held=bytes(13))


def broken_picture(path: Path) -> None:
    """A file in a folder of pictures that is none."""
    pictures(path, (3, 3), (3, 3))
    (path / "u" / "9.png").write_bytes(b"no picture")


def cut_short(path: Path) -> None:
    """An array of which the last number is missing."""
    np.save(path, np.eye(9))
    path.write_bytes(path.read_bytes()[:-8])


def python_objects(path: Path) -> None:
    """An array whose head says that objects follow."""
    np.save(path, np.zeros(1))
    path.write_bytes(path.read_bytes().replace(b"'<f8'", b"'|O' "))


def nan_in_arrays(path: Path) -> None:
    """Eight pictures, one of them with NaN in it."""
    pixels = np.ones((8, 3, 3))
    pixels[2, 1, 1] = np.nan
    np.savez(path, X=pixels, y=np.arange(8) % 2)


UNREADABLE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "too many cells": ("a.csv", lambda p: p.write_text(ROWS + "1,2,3,4\n"), "a.csv: line 42: expected 3 cells"),
    "too few cells": ("a.csv", lambda p: p.write_text(ROWS + "1\n"), "a.csv: line 42: expected 3 cells"),
    "open quote": ("a.csv", lambda p: p.write_text('a,b\n1,"2\n3,4\n'), "a.csv: line 2: expected a closing quote"),
    "empty": ("a.csv", lambda p: p.write_text(""), "found an empty file"),
    "header alone": ("a.csv", lambda p: p.write_text("a,b\n"), "expected rows below the header"),
    "binary junk": ("a.csv", lambda p: p.write_bytes(bytes(range(256)) * 40), "found bytes of another kind"),
    "truncated gzip": ("a.csv.gz", lambda p: p.write_bytes(PACKED[:-9]), "found one that ends too early"),
    "changed gzip": ("a.csv.gz", lambda p: p.write_bytes(PACKED[:-6] + b"12" + PACKED[-4:]), "a.csv.gz: byte"),
    "lying sizes": ("x-images-idx3-ubyte", lambda p: idx(p, 2**31, 28, 28), "byte 16: expected 1,683,627,180,032"),
    "truncated IDX": ("x-images-idx3-ubyte", lambda p: idx(p, 12, 2, 3), "byte 16: expected 72 bytes"),
    "packed and cut IDX": (
        "x-images-idx3-ubyte.gz", lambda p: p.write_bytes(gzip.compress(bytes(4000))[:-5]), "ends too early",
    ),
    "no IDX": ("x-images-idx3-ubyte", lambda p: p.write_bytes(b"IDX or not"), "expected an IDX file"),
    "labels of another set": ("x-images-idx3-ubyte", labels_of_another_set, "x-labels-idx1-ubyte: expected 12 labels"),
    "pictures of two sizes": ("photos", lambda p: pictures(p, (4, 4), (5, 4)), "v/1.png: expected 4 × 4 pixels"),
    "a picture that is none": ("photos", broken_picture, "photos: u/9.png: expected a picture"),
    "folder without pictures": ("photos", lambda p: (p / "u").mkdir(parents=True), "photos: expected pictures"),
    "Python objects": ("a.npy", python_objects, "which may hold code"),
    "NPY cut short": ("a.npy", cut_short, "a whole file"),
    "NPZ of two lengths": ("a.npz", lambda p: np.savez(p, X=np.eye(3), y=np.zeros(2)), "array “y”: expected 3 rows"),
    "Parquet that is none": ("a.parquet", lambda p: p.write_bytes(b"PAR1junk"), "expected a whole Parquet file"),
    "a workbook": ("a.xlsx", lambda p: p.write_bytes(b"PK\x03\x04rest"), "Save the sheet as CSV"),
    "an unknown ending": ("a.doc", lambda p: p.write_bytes(b"text"), "found a file ending in “.doc”"),
    "no such file": ("a.csv", lambda p: None, "a.csv: expected a"),
}  # fmt: skip
"""A name, how the file is made, and words of the sentence it gives."""

UNSUITED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "mixed types": ("a.csv", lambda p: p.write_text(ROWS + "abc,1,x\n"), "line 42, column “a”: expected a number"),
    "one class only": ("a.csv", lambda p: p.write_text("a,b\n" + "1,x\n2,x\n" * 9), "column “b”: expected two classes"),
    "infinity": ("a.csv", lambda p: p.write_text(ROWS + "inf,1,x\n"), "line 42, column “a”: expected a finite number"),
    "a number of 400 digits": ("a.csv", lambda p: p.write_text(ROWS + "1e400,1,x\n"), "line 42, column “a”"),
    "a huge number to tell": (
        "a.csv", lambda p: p.write_text("a,b\n" + "".join(f"{i},{i / 7}\n" for i in range(30)) + "3,1e200\n"),
        "line 32, column “b”: expected a number up to 3.4e+38",
    ),
    "texts alone": ("a.csv", lambda p: p.write_text("a\none\ntwo\nthree\nfour\n"), "expected two columns"),
    "NaN in arrays": ("a.npz", nan_in_arrays, "row 3, column “X”: expected finite numbers"),
}  # fmt: skip
"""Tables that can be looked at, but not learned."""


@pytest.fixture(autouse=True)
def nothing_at_hand(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """As in a process of its own; a network that was made with a good file lies there."""
    before = SUPPLY.provider
    (in_tmp_path / "good.csv").write_text(ROWS)
    assert main(["new", "4", "net.grad", "--data", "good.csv"]) == 0
    capsys.readouterr()
    yield
    SUPPLY.provider = before
    SHELF.clear()
    SUPPLY.changed()


def lying_there(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(folder: Path, capsys: Any, words: list[str], sentence: str) -> None:
    """A command ends with 2 and one line that holds a sentence and ends with what to do; no file has changed."""
    before = lying_there(folder)
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert re.fullmatch(r"gradstudio: [^\n]*expected [^\n]* found [^\n]*\. [A-Z][^\n]*\.\n", err)
    assert lying_there(folder) == before


COMMANDS = (
    "data {}", "train 4 --data {} --out out.grad", "train net.grad --data {} --out net.grad",
    "train net.grad --data {} --anew --out net.grad", "evaluate net.grad --data {}", "predict net.grad {} out.csv",
)  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_refused_by_every_command(
    case: str, in_tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken file gives the same sentence whoever reads it, and leaves everything as it was."""
    name, make, sentence = UNREADABLE[case]
    make(in_tmp_path / name)
    for command in COMMANDS:
        SHELF.clear()
        words = [word.replace("{}", name) for word in command.split()]
        alone = command.startswith("train net.grad") and "--anew" not in command
        expected = "expected the contents this network was made with" if alone and case != "no such file" else sentence
        refused(in_tmp_path, capsys, words, expected)


@pytest.mark.parametrize("case", UNSUITED)
def test_what_cannot_be_learned_is_shown_and_refused(
    case: str, in_tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table a network can't learn from is shown by `data` with the reason, and refused by `new` and `train`."""
    name, make, sentence = UNSUITED[case]
    make(in_tmp_path / name)
    assert main(["data", name]) == 0
    assert sentence in capsys.readouterr().out
    refused(in_tmp_path, capsys, ["new", "4", "out.grad", "--data", name], sentence)
    refused(in_tmp_path, capsys, ["train", "4", "--data", name, "--out", "out.grad"], sentence)


def test_what_is_done_about_gaps_and_constants_is_said(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing cells that are filled in and a column that always says the same are told of, and training goes on."""
    rows = "".join(f"{'' if i == 4 else i},7,{'xy'[i % 2]}\n" for i in range(40))
    Path("gaps.csv").write_text("a,b,kind\n" + rows)
    for words in (["new", "4", "out.grad"], ["train", "4", "--steps", "2"]):
        assert main([*words, "--data", "gaps.csv"]) == 0
        out, err = capsys.readouterr()
        assert "Column “b” says 7 in every training row: leave it out." in err
        assert "1 missing cell is filled with the mean of the training rows: --missing chooses otherwise." in err
        assert main([*words, "--data", "gaps.csv", "--missing", "drop", "--without", "b"]) == 0
        out, err = capsys.readouterr()
        assert err == "gradstudio: 1 row with missing values left out.\n"
        assert out
