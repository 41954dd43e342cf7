"""`gradstudio data`, and networks that need a file beside them."""

import json
from pathlib import Path

import pytest

from gradstudio import files
from gradstudio.cli import main
from gradstudio.data import places
from gradstudio.data.digest import digest
from gradstudio.data.preparation import Preparation
from gradstudio.data.reading import RECOGNISE, read
from gradstudio.data.record import DataRecord, text_of
from gradstudio.data.shelf import SHELF
from gradstudio.engine.supply import SUPPLY
from tests.document.build import Net

TABLE = "size;kind;price\n1,5;a;10\n2,5;b;20\n?;a;30\n4;a;40\n5;b;50\n"


@pytest.fixture(autouse=True)
def nobody_answers():
    """Whoever a test has made answer for data nodes is gone after it."""
    before = SUPPLY.provider
    yield
    SUPPLY.provider = before
    SUPPLY.changed()


def test_what_is_recognised_is_printed(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Columns with their types, gaps and ranges, how the file was read, and what could be told of it."""
    (in_tmp_path / "a.csv").write_text(TABLE)
    assert main(["data", "a.csv"]) == 0
    said = capsys.readouterr().out
    assert "a.csv: 5 rows, 3 columns" in said
    assert "semicolon between cells, decimal comma" in said
    assert "To tell: price (regression) from 2 columns." in said


def test_the_same_as_json(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json come types, missing counts, statistics, the digest, a suggestion and the balance of classes."""
    (in_tmp_path / "a.csv").write_text(TABLE)
    assert main(["data", "a.csv", "--target", "kind", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(c["name"], c["type"], c["missing"]) for c in told["columns"]] == [
        ("size", "number", 1), ("kind", "category", 0), ("price", "number", 0),
    ]  # fmt: skip
    assert told["columns"][2]["mean"] == 30
    assert told["balance"] == {"a": 3, "b": 2}
    assert told["suggestion"]["target"] == "kind"
    assert told["digest"] == digest(in_tmp_path / "a.csv")


def test_shipped_tables_have_names(capsys: pytest.CaptureFixture[str]) -> None:
    """A shipped table is told of by its name."""
    assert main(["data", "iris", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["balance"] == {"setosa": 50, "versicolor": 50, "virginica": 50}


def test_an_installed_set_has_a_name(
    in_tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set of data the system keeps is called by its name, unless there is a file of that name."""
    (in_tmp_path / "installed").mkdir()
    (in_tmp_path / "installed" / "own.csv").write_text("a,b\n1,2\n3,4\n")
    monkeypatch.setattr(places, "INSTALLED", (in_tmp_path / "installed",))
    assert main(["data", "own.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 2
    assert main(["new", "4-relu", "net.grad", "--data", "own.csv"]) == 0
    (in_tmp_path / "own.csv").write_text("a,b\n1,2\n3,4\n5,6\n")
    capsys.readouterr()
    assert main(["data", "own.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 3


def test_what_is_wrong_ends_with_two(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input ends with exit code 2 and one sentence that names the line, and so do options that make no sense."""
    (in_tmp_path / "a.csv").write_text("a,b\n1,2\n3\n")
    assert main(["data", "a.csv"]) == 2
    assert "a.csv: line 3: expected 2 cells" in capsys.readouterr().err
    assert main(["data", "a.csv", "--type", "a=colour"]) == 2
    assert "COLUMN=TYPE" in capsys.readouterr().err
    (in_tmp_path / "b.csv").write_text("a,b\none,2\ntwo,3\nthree,4\n")
    assert main(["data", "b.csv"]) == 0
    assert "Not ready to learn from" in capsys.readouterr().out


def test_a_network_finds_the_file_beside_it(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Training takes the data that lies beside the network, and says what is missing where it doesn't."""
    path = in_tmp_path / "own.csv"
    path.write_text("a,c\n" + "".join(f"{i % 5},{'xy'[i % 2]}\n" for i in range(40)))
    how = Preparation(("a",), "c", "classification")
    net = Net()
    net.add("data", "data", record=text_of(DataRecord("csv", path.name, digest(path), RECOGNISE, how)))
    net.add("dense", "scores", units=2)
    net.add("softmax_cross_entropy", "loss")
    for source, target in (("data.X", "scores.x"), ("scores.z", "loss.scores"), ("data.labels", "loss.labels")):
        net.wire(source, target)
    files.write(net.doc, in_tmp_path / "net.grad")
    assert main(["train", "net.grad", "--steps", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["steps"] == 3
    assert [row[0] for row in told["validation"]] == [0]
    assert len(read(path)) == 40
    path.write_text("other\n1\n")
    SHELF.clear()  # as in another process
    assert main(["train", "net.grad", "--steps", "3"]) == 2
    assert "own.csv: expected the contents this network was made with" in capsys.readouterr().err
