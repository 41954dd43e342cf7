"""CSV and TSV: what is recognised, and what can be said instead."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.data.delimited import parse_csv
from gradstudio.data.quick import Form, quickly
from gradstudio.data.reading import Reading, read
from gradstudio.data.table import Table, Type


def table(text: str | bytes, **reading) -> Table:
    """The table in a text."""
    data = text if isinstance(text, bytes) else text.encode()
    return parse_csv(data, "a.csv", Reading(**reading))


def values(found: Table, name: str) -> list[float]:
    """The numbers of a column."""
    return list(found.column(name).values.tolist())


def test_types_are_recognised() -> None:
    """Numbers, dates, categories and texts are told apart, whatever is missing in between."""
    found = table("n,d,c,t\n1,2020-01-02,x,one\n2,,y,two\n?,2020-01-03,x,three\n4,2020-01-04,y,four\n")
    assert [column.type for column in found.columns] == [Type.NUMBER, Type.DATE, Type.CATEGORY, Type.TEXT]
    assert [int(column.absent().sum()) for column in found.columns] == [1, 1, 0, 0]
    assert found.preview()[0] == ["1", "2020-01-02", "x", "one"]
    assert found.column("c").categories == ("x", "y")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    """The character that divides all rows alike is taken for the delimiter."""
    found = table(f"a{delimiter}b\n1{delimiter}x y\n2{delimiter}z\n3{delimiter}z\n")
    assert found.names == ("a", "b")
    assert values(found, "a") == [1, 2, 3]


def test_decimal_commas_and_thousands() -> None:
    """With a decimal comma 1.234,5 is a thousand and more; with a point 1,234.5 is."""
    assert values(table("a;b\n1,5;1.234,5\n-2,25;7\n"), "b") == [1234.5, 7]
    assert values(table('a,b\n1.5,"1,234.5"\n2.5,7\n'), "b") == [1234.5, 7]
    assert values(table("a;b\n1,5;2\n1,25;3\n"), "a") == [1.5, 1.25]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(encoding: str) -> None:
    """Names with umlauts come out right in the encodings spreadsheets write."""
    found = table("Größe,b\n1,ä\n2,ö\n3,ä\n4,ö\n".encode(encoding))
    assert found.names == ("Größe", "b")
    assert found.column("b").categories == ("ä", "ö")


def test_a_header_is_found_where_there_is_one() -> None:
    """A first row of numbers is data; words above numbers are names, some of them twice; it can be said either way."""
    assert table("1,2\n3,4\n").names == ("column 1", "column 2")
    assert table("a,b\n3,4\n").names == ("a", "b")
    assert len(table("x,y\ny,x\nx,y\n")) == 3
    assert len(table("x,y\ny,x\nx,y\n", header=True)) == 2
    assert len(table("x,x\ny,z\nz,y\n")) == 3
    assert table("a,a,\n1,2,3\n4,5,6\n").names == ("a", "a 2", "column 3")


def test_dates_in_several_forms() -> None:
    """Day.month.year, year-month-day with a time, and slashes become days since 1970."""
    assert values(table("a\n02.01.1970\n03.01.1970\n"), "a") == [1, 2]
    assert values(table("a\n1970-01-02 12:00\n1970-01-03 00:00\n"), "a") == [1.5, 2]
    found = table("a\n03/01/1970\n04/01/1970\n")
    assert values(found, "a") == [2, 3]
    assert "day first" in found.notes[-1]
    assert values(table("a\n01/13/1970\n01/14/1970\n"), "a") == [12, 13]


def test_types_can_be_said() -> None:
    """What is said of a column holds: odd cells of a number are missing then, numbers can be categories."""
    assert np.isnan(values(table("a,b\n1,2\nx,3\n4,4\n", types={"a": "number"}), "a")[1])
    assert table("a,b\n10,2\n2,3\n", types={"a": "category"}).column("a").categories == ("10", "2")


def test_lines_are_those_of_the_file() -> None:
    """Blank lines and line breaks within quotes don't shift the line a row is said to be in."""
    found = table('a,b\n\n"x\ny",1\n  \nz,2\n')
    assert found.lines is not None
    assert found.lines.tolist() == [3, 6]
    assert found.column("a").text(0) == "x\ny"


def test_gzipped_files_are_read(tmp_path: Path) -> None:
    """A .csv.gz is read like what is in it."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))
    assert values(read(path), "a") == [1, 3]


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\t"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=8)))
def test_any_cells_come_back(rows: list[list[str]]) -> None:
    """Whatever is written by the csv module is read as the same cells, but for blanks around them."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([f"n{i}" for i in range(len(rows[0]))])
    writer.writerows(rows)
    types = {f"n{i}": "text" for i in range(len(rows[0]))}
    found = table(text.getvalue(), header=True, delimiter=",", types=types, missing=("",))
    assert [[cell.strip() for cell in row] for row in rows] == [
        [cell.strip() for cell in row] for row in found.preview(len(rows))
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(allow_nan=False), st.sampled_from(["u", "v", "NA", ""])), min_size=3, max_size=30))
def test_the_quick_way_is_the_careful_one(rows: list[tuple[float, str]]) -> None:
    """Whether a file can be read in one go or every cell is looked at, the same table comes of it."""
    text = "a,b\n" + "".join(f"{number!r},{word}\n" for number, word in rows)
    form = Form("a.csv", ",", ".", True, [line.split(",") for line in text.splitlines()])
    with pytest.MonkeyPatch.context() as patch:
        quick = table(text, header=True)
        patch.setattr("gradstudio.data.delimited.quickly", lambda *_: None)
        careful = table(text, header=True)
    assert quickly(text.encode(), form, Reading()) is not None
    assert quick.preview(len(rows)) == careful.preview(len(rows))
    assert [column.type for column in quick.columns] == [column.type for column in careful.columns]
    assert quick.lines is not None
    assert careful.lines is not None
    assert quick.lines.tolist() == careful.lines.tolist()
    assert values(quick, "a") == [number for number, _ in rows]
