"""Bad input through the window: each gives one sentence with place and remedy, and nothing has changed."""

import gzip
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from gradstudio import files
from gradstudio.data.drafts import Source
from tests.ui.owndata import choose, dialogs, drop, read, until


def text(content: str, name: str = "bad.csv") -> Callable[[Path], Path]:
    """Makes a file with this text in it."""
    return data(content.encode(), name)


def data(content: bytes, name: str = "bad.csv") -> Callable[[Path], Path]:
    """Makes a file with these bytes in it."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def pictures(*sizes: tuple[int, int]) -> Callable[[Path], Path]:
    """Makes a folder with a picture of each size, each in a class of its own."""

    def make(folder: Path) -> Path:
        root = folder / "pictures"
        root.mkdir()
        for i, size in enumerate(sizes):
            (root / f"class{i}").mkdir()
            Image.new("L", size).save(root / f"class{i}" / "one.png")
        return root

    return make


def wide(folder: Path) -> Path:
    """A table with 10,000 columns, of which one is broken."""
    path = folder / "wide.csv"
    names, cells = (",".join(f"{letter}{i}" for i in range(10_000)) for letter in ("c", "1"))
    path.write_text(f"{names}\n{cells.replace('1', '2')}\n{cells}\n1,2,3\n")
    return path


IDX = struct.pack(">4B3I", 0, 0, 8, 3, 2**31, 2**31, 2**31) + b"0" * 8
CASES = {
    "wrong column counts": (
        text("a,b\n1,2\n1,2,3\n"), "bad.csv: line 3: expected 2 cells as in the first row, found 3",
    ),
    "mixed types": (
        text("a,b\n1,x\n2,y\nabc,x\n4,y\n5,x\n6,y\n"),
        "bad.csv: line 4, column “a”: expected a number as in the other rows, found “abc” (1 such cell)",
    ),
    "empty": (text(""), "bad.csv: expected rows of cells, found an empty file"),
    "header only": (text("a,b\n"), "bad.csv: expected rows below the header, found none"),
    "one class": (text("a,b\n1,x\n2,x\n"), "bad.csv: column “b”: expected two classes or more, found only “x”"),
    "infinity": (
        text("a,b\n1,x\ninf,y\n3,x\n4,y\n"),
        "bad.csv: line 3, column “a”: expected a finite number, found infinity",
    ),
    "huge numbers": (text("a,b\n1,1.5\n2,1e200\n3,2.5\n"), "expected a number up to 3.4e+38, found 1e+200"),
    "binary junk": (data(b"\0\1\2PNG" * 40), "bad.csv: expected text with rows of cells, found bytes of another kind"),
    "truncated gzip": (
        data(gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-9], "bad.csv.gz"), "found one that ends too early",
    ),
    "lying sizes": (data(IDX, "x-images-idx3-ubyte"), "x-images-idx3-ubyte: byte 16: expected "),
    "pictures of different sizes": (pictures((4, 3), (4, 4)), "pictures: class1/one.png: expected 4 × 3 pixels"),
    "no pictures": (pictures(), "pictures: expected pictures (PNG, JPEG, …) in a folder for each class, found none"),
    "10,000 columns": (wide, "wide.csv: line 4: expected 10,000 cells as in the first row, found 3"),
    "a workbook": (data(b"PK\3\4rest", "bad.xlsx"), "found a workbook or an archive. Save the sheet as CSV"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_told_in_a_sentence_and_changes_nothing(make_window, tmp_path, case: str) -> None:
    """What can't be read or learned from is told in the dialog; Enter takes nothing over; all is as it was."""
    make, said = CASES[case]
    window = make_window("sum-times-z")
    studio, path = window.studio, make(tmp_path)
    before, state = files.dumps(studio.document), (studio.selection(), window.windowTitle(), studio.modified)
    drop(window, path, QPointF(700, 400))
    (dialog,) = dialogs(window)
    read(dialog)
    sentence = dialog.sentence.text()
    assert said in sentence
    assert re.fullmatch(r".*: expected .* found .*\. [A-Z][^.]*(\.[^.]+)*\.", sentence), "a remedy ends it"
    assert dialog.sentence.property("role") == "error"
    assert not dialog.accept_.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    until(lambda: not dialogs(window))
    assert files.dumps(studio.document) == before
    assert (studio.selection(), window.windowTitle(), studio.modified) == state
    assert studio.history.titles == ()


@pytest.mark.parametrize(("content", "said"), [
    ("a,b,c\n1,7,x\n2,7,y\n3,7,x\n4,7,y\n", "Column “b” says 7 in every training row: leave it out."),
    ("a,b\nNaN,x\n2,y\n3,x\n4,y\n5,x\n6,y\n", "1 missing cell filled with the mean."),
])  # fmt: skip
def test_what_does_no_harm_is_told_and_taken(make_window, tmp_path, content: str, said: str) -> None:
    """Constant columns and NaN are no reason to refuse a table: they are told beside what the network will get."""
    window = make_window("sum-times-z")
    drop(window, text(content)(tmp_path), QPointF(700, 400))
    (dialog,) = dialogs(window)
    read(dialog)
    assert said in dialog.sentence.text()
    assert dialog.chosen() is not None
    dialog.reject()


def test_a_file_dropped_on_the_start_page_and_given_up_leaves_the_page(make_window, tmp_path) -> None:
    """The start page is there again after a refused file was given up."""
    window = make_window()
    assert window.starting.shown
    drop(window.canvas, text("")(tmp_path), QPointF(300, 200))
    (dialog,) = dialogs(window)
    read(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.starting.shown


def test_another_reading_puts_right_what_could_not_be_read(make_window, tmp_path) -> None:
    """What a refusal advises can be done at once: another delimiter, a side for pictures, numbers for a column."""
    window = make_window("sum-times-z")
    dialog = window.data.import_path(text("a;b,c\n1;2,x\n3;4\n")(tmp_path))
    read(dialog)
    choose(dialog.reading.boxes["delimiter"], ",")
    read(dialog)
    assert "line 3: expected 2 cells as in the first row, found 1" in dialog.sentence.text()
    assert dialog.chosen() is None
    choose(dialog.reading.boxes["delimiter"], ";")
    read(dialog)
    assert dialog.drafting.looked.table.names == ("a", "b,c")
    dialog.take(Source.of_file(pictures((4, 3), (4, 4))(tmp_path)))
    read(dialog)
    assert "Say a side to scale all of them to." in dialog.sentence.text()
    choose(dialog.reading.boxes["side"], 16)
    read(dialog)
    assert dialog.drafting.looked.summaries[0].shape == (1, 16, 16)
    dialog.take(Source.of_file(CASES["mixed types"][0](tmp_path)))
    read(dialog)
    assert [index.row() for index in dialog.columns.selectionModel().selectedRows()] == [0]
    choose(dialog.picked.type, "number")
    choose(dialog.choices.fields["missing"].box, "drop")
    read(dialog)
    assert "1 row with missing values left out." in dialog.sentence.text()
    assert dialog.chosen() is not None
    dialog.reject()
