"""Exported predictors: a script that needs numpy alone says of a file's rows what `gradstudio predict` says of them."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradstudio import files
from gradstudio.cli import main, networks
from gradstudio.data.nodes import data_node
from gradstudio.data.record import record_of
from gradstudio.data.shelf import SHELF
from gradstudio.document.model import Document
from gradstudio.engine.errors import GraphError
from gradstudio.export import rows_template
from gradstudio.export.predictor import told_column
from gradstudio.insight.predictor import export_predictor, predictor_of
from tests.training.networks import spiral

ALONE = """
import runpy, sys
class Only:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("gradstudio", "polars", "msgspec", "PySide6", "torch"):
            raise ImportError(name)
sys.meta_path.insert(0, Only())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script with nothing of the studio and its libraries at hand but numpy."""
CITIES = ("Bern", "Zürich", "Genf, Stadt")


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs an exported script in a process of its own."""
    command = [sys.executable, "-I", "-X", "utf8", "-c", ALONE, *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def answers(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Header, first column and numbers of a file of answers."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    if header == ["prediction"]:
        return header, [], np.array([[float(row[0])] for row in rows])
    return header, [row[0] for row in rows], np.array([[float(cell) for cell in row[1:]] for row in rows])


def agree(network: str, rows: str) -> np.ndarray:
    """Answers the rows with the network and with its predictor, and holds one against the other."""
    assert main(["export", network, "alone.py", "--predictor"]) == 0
    assert main(["predict", network, rows, "known.csv"]) == 0
    ran = alone("alone.py", rows, "told.csv")
    assert ran.returncode == 0, ran.stderr
    known, told = answers(Path("known.csv")), answers(Path("told.csv"))
    assert told[:2] == known[:2]
    np.testing.assert_allclose(told[2], known[2], rtol=1e-6, atol=1e-6)
    return told[2]


def people(folder: Path, name: str, count: int, *, comma: bool = False, gaps: bool = True) -> Path:
    """A table of numbers, dates and cities, with cells that are missing; the class follows from two columns."""
    random = np.random.default_rng(count)
    path, rows = folder / name, []
    for i in range(count):
        size, day, city = random.normal(1_500, 400), 1 + i % 28, CITIES[i % 3]
        told = f"{size:,.2f}" if not comma else f"{size:_.2f}".replace(".", ",").replace("_", ".")
        note = "" if gaps and i % 9 == 4 else ("a" if i % 2 else "b")
        sized = "NA" if gaps and i % 7 == 3 else told
        rows.append([sized, f"2020-0{1 + i % 9}-{day:02}", city, note, "big" if size > 1_500 and i % 3 else "small"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";" if comma else ",")
        writer.writerows([["size", "when", "city", "note", "kind"], *rows])
    return path


def test_a_table_of_all_kinds_of_columns(in_tmp_path: Path) -> None:
    """Numbers, dates, categories and gaps are prepared as by the studio; running averages stand, nothing is dropped."""
    people(in_tmp_path, "people.csv", 150)
    people(in_tmp_path, "new.csv", 40)
    people(in_tmp_path, "comma.csv", 23, comma=True)
    assert main(["new", "12-batch norm-relu-dropout", "net.grad", "--data", "people.csv", "--target", "kind"]) == 0
    assert main(["train", "net.grad", "--steps", "60", "--out", "net.grad"]) == 0
    shares = agree("net.grad", "new.csv")
    assert shares.shape == (40, 2)
    assert np.ptp(shares[:, 0]) > 0.1
    agree("net.grad", "comma.csv")


def test_columns_in_another_order_and_others_beside_them(in_tmp_path: Path) -> None:
    """Rows to be answered need no target, may have their columns in any order, and a byte order mark before them."""
    people(in_tmp_path, "people.csv", 120, gaps=False)
    main(["new", "4-relu", "net.grad", "--data", "people.csv", "--target", "kind"])
    text = "city;id;note;when;size\r\nBern;7;a;2020-03-01;1,200.5\r\nZürich;8;b;2020-04-01;900\r\n"
    Path("new.csv").write_bytes(text.encode("utf-8-sig"))
    assert agree("net.grad", "new.csv").shape == (2, 2)


def test_a_regression_and_no_place_to_write(in_tmp_path: Path) -> None:
    """A number for each row; without a second word the answers are printed."""
    assert main(["new", "8-tanh", "net.grad", "--data", "diabetes"]) == 0
    assert main(["train", "net.grad", "--steps", "50", "--out", "net.grad"]) == 0
    node = data_node(networks.read(Path("net.grad")))
    assert node is not None
    table = SHELF.table(record_of(str(node.params["record"])))
    with Path("rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([table.names, *table.preview(30)])
    told = agree("net.grad", "rows.csv")
    ran = alone("alone.py", "rows.csv")
    assert [float(line) for line in ran.stdout.split()[1:]] == told[:, 0].tolist()


def test_pictures_come_as_arrays(in_tmp_path: Path) -> None:
    """A network that tells pictures, by convolutions or flat, is fed from an NPZ file, scaled as it was trained."""
    source = np.load(Path(__file__).parents[2] / "resources" / "data" / "digits.npz")
    np.savez("rows.npz", **{name: source[name][:25] for name in source.files})
    for layers in ("16-relu", "conv 4 3-relu-flatten-16-relu"):
        assert main(["new", layers, "net.grad", "--data", "digits"]) == 0
        assert main(["train", "net.grad", "--steps", "20", "--out", "net.grad"]) == 0
        assert agree("net.grad", "rows.npz").shape == (25, 10)


def test_a_matrix_has_its_columns_by_number(in_tmp_path: Path) -> None:
    """A network that learns an NPY matrix is fed from another one, or from a CSV without a header."""
    random = np.random.default_rng(5)
    rows = random.normal(size=(80, 4))
    np.save("train.npy", np.column_stack([rows, rows @ [1.0, -2, 0, 3]]))
    np.save("rows.npy", np.column_stack([rows[:20], np.zeros(20)]))
    np.savetxt("rows.csv", np.column_stack([rows[:20], np.zeros(20)]), delimiter=",")
    assert main(["new", "", "net.grad", "--data", "train.npy"]) == 0
    assert main(["train", "net.grad", "--steps", "30", "--out", "net.grad"]) == 0
    np.testing.assert_allclose(agree("net.grad", "rows.npy"), agree("net.grad", "rows.csv"), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("size,when,city\n1,2020-01-01,Bern\n", "expected a column 'note', found size, when, city"),
        ("size,when,city,note\n1,2020-01-01,Basel,a\n", "line 2, column 'city': expected one of"),
        ("size,when,city,note\n1,2020-01-01,Bern,a\nx,2020-01-01,Bern,a\n", "line 3, column 'size': expected a number"),
        ("size,when,city,note\n1,soon,Bern,a\n", "line 2, column 'when': expected a date"),
        ("size,when,city,note\n,2020-01-01,Bern,a\n", "line 2, column 'size': expected a value"),
        ("size,when,city,note\n1,2020-01-01,Bern\n", "line 2: expected 4 cells, found 3"),
        ("", "expected rows of cells, found none"),
    ],
)
def test_rows_that_do_not_fit_are_named(in_tmp_path: Path, text: str, sentence: str) -> None:
    """A predictor says in one sentence what is wrong with a file, by line and column."""
    people(in_tmp_path, "people.csv", 60, gaps=False)
    main(["new", "", "net.grad", "--data", "people.csv", "--target", "kind"])
    _, data = predictor_of(networks.read(Path("net.grad")))
    columns = [told_column(feature, data.fitted.layout) for feature in data.fitted.features]
    reading = {"delimiter": None, "decimal": None, "encoding": None, "missing": data.reading.missing}
    Path("bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(rows_template.Trouble, match=re.escape(sentence)):
        rows_template.read_features("bad.csv", columns, reading)


def test_bad_words_end_with_a_sentence(in_tmp_path: Path) -> None:
    """Without a file, or with one that isn't there, the script says so and ends with 2, without a traceback."""
    assert main(["new", "", "net.grad", "--data", "iris"]) == 0
    assert main(["export", "net.grad", "alone.py", "--predictor"]) == 0
    for words, said in ((("alone.py",), "usage: alone.py ROWS"), (("alone.py", "none.csv"), "none.csv")):
        ran = alone(*words)
        assert ran.returncode == 2
        assert said in ran.stderr
        assert "Traceback" not in ran.stderr


def test_what_answers_no_rows_is_no_predictor(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A network that learns from no file is refused in a sentence, and nothing is written."""
    files.write(spiral(), Path("spiral.grad"))
    assert main(["export", "spiral.grad", "alone.py", "--predictor"]) == 2
    assert "learns from no file" in capsys.readouterr().err
    assert not Path("alone.py").exists()
    with pytest.raises(GraphError, match="learns from no file"):
        export_predictor(Document(), in_tmp_path / "x.py", "x")
