"""From a file of one's own to a trained and judged predictor, on the command line."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from gradstudio.cli import main, networks
from gradstudio.resources import resource
from gradstudio.training import metrics


def made(folder: Path) -> Path:
    """A table whose class follows from its first column."""
    path = folder / "own.csv"
    rows = [f"{i % 7},{i * 3 % 11},{'big' if i % 7 > 3 else 'small'}" for i in range(120)]
    path.write_text("a,b,kind\n" + "\n".join(rows) + "\n")
    return path


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """What was printed as JSON."""
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_from_a_table_to_answers(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table becomes a network, is learned, judged on rows held back, and answers rows without a target."""
    made(in_tmp_path)
    assert main(["new", "16-relu", "net.grad", "--data", "own.csv"]) == 0
    assert "2 classes to tell" in capsys.readouterr().out
    assert main(["train", "net.grad", "--steps", "400", "--out", "net.grad"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "net.grad", "--json"]) == 0
    found = told(capsys)
    assert found["classes"] == ["big", "small"]
    assert found["accuracy"] == 1
    assert np.asarray(found["confusion"]).sum() == found["rows"] == 18
    assert found["macro"] == {"precision": 1, "recall": 1, "f1": 1}
    (in_tmp_path / "few.csv").write_text("b,a\n4,6\n4,0\n")
    assert main(["predict", "net.grad", "few.csv", "out.csv"]) == 0
    with (in_tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["prediction"] for row in rows] == ["big", "small"]
    assert float(rows[0]["p(big)"]) + float(rows[0]["p(small)"]) == pytest.approx(1)


def test_rows_of_another_file_are_judged_the_same(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The training part, and the file itself with all its rows, are judged by the network as trained."""
    made(in_tmp_path)
    main(["new", "8-relu", "net.grad", "--data", "own.csv"])
    main(["train", "net.grad", "--steps", "5", "--out", "net.grad"])
    capsys.readouterr()
    assert main(["evaluate", "net.grad", "--data", "own.csv", "--json"]) == 0
    whole = told(capsys)
    parts = []
    for part in ("training", "validation", "test"):
        assert main(["evaluate", "net.grad", "--part", part, "--json"]) == 0
        parts.append(told(capsys))
    assert whole["rows"] == sum(part["rows"] for part in parts) == 120  # type: ignore[misc]
    assert np.array_equal(whole["confusion"], np.sum([part["confusion"] for part in parts], axis=0))  # type: ignore[arg-type]


def test_the_loss_of_the_training_part_is_the_trainers(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Judged on all rows it learned from, a network has the loss the engine computes for them."""
    made(in_tmp_path)
    main(["new", "8-relu", "net.grad", "--data", "own.csv"])
    capsys.readouterr()
    document = networks.read(Path("net.grad"))
    document.settings = type(document.settings)(batch_size=None)
    trainer = networks.evaluated(document)
    assert main(["evaluate", "net.grad", "--part", "training", "--json"]) == 0
    found = told(capsys)
    assert found["loss"] == pytest.approx(trainer.loss, rel=1e-5)
    assert found["accuracy"] == trainer.accuracy


def test_a_regression(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target of numbers is told by R² and errors; what is built learns one that is far from 0 in a few steps."""
    assert main(["new", "16-relu", "net.grad", "--data", "diabetes"]) == 0
    assert main(["train", "net.grad", "--steps", "200", "--out", "net.grad"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "net.grad", "--json"]) == 0
    found = told(capsys)
    assert found.keys() == {"rows", "loss", "r2", "mae", "rmse"}
    assert found["loss"] == pytest.approx(float(found["rmse"]) ** 2, rel=1e-4)  # type: ignore[arg-type]
    assert float(found["r2"]) > 0.2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["predict", "net.grad", "own.csv", "out.txt"], "must end in .csv or .npz"),
        (["predict", "net.grad", "none.csv", "out.csv"], "none.csv"),
        (["evaluate", "spiral.grad", "--data", "own.csv"], "no data node"),
        (["new", "wings", "x.grad", "--data", "own.csv"], "“wings” is no gate"),
        (["new", "8", "x.grad", "--data", "iris", "--target", "a"], "has its own target"),
    ],
)
def test_what_cannot_be_done_is_told(
    in_tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    """Each ends with exit code 2 and one sentence."""
    made(in_tmp_path)
    main(["new", "4", "net.grad", "--data", "own.csv"])
    main(["new", "spiral", "spiral.grad"])
    capsys.readouterr()
    assert main(words) == 2
    assert sentence in capsys.readouterr().err


def test_metrics_by_hand() -> None:
    """Confusion, precision, recall, F1, top-k, R² and errors of a case that can be reckoned by hand."""
    matrix = metrics.confusion(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0]), 3)
    assert matrix.tolist() == [[1, 0, 1], [1, 2, 0], [0, 0, 0]]
    each = metrics.per_class(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0]), 3)
    assert each.precision[:2].tolist() == [0.5, 1]
    assert each.recall[:2].tolist() == [0.5, pytest.approx(2 / 3)]
    assert each.f1[:2].tolist() == [0.5, pytest.approx(0.8)]
    assert np.isnan(each.recall[2])
    scores = np.array([[3.0, 2, 1], [3, 2, 1], [1, 1, 1]])
    assert metrics.top_k(scores, np.array([0, 2, 1]), 2) == pytest.approx(2 / 3)
    said, true = np.array([1.0, 2, 3]), np.array([1.0, 2, 5])
    assert metrics.r_squared(said, true) == pytest.approx(1 - 4 / (26 / 3))
    assert metrics.mean_absolute_error(said, true) == pytest.approx(2 / 3)
    assert metrics.root_mean_square_error(said, true) == pytest.approx((4 / 3) ** 0.5)
    assert np.isnan(metrics.r_squared(said, np.ones(3)))


def test_top_k_by_choice(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How often one of the K likeliest classes is right is told for any K, and refused where numbers are told."""
    main(["new", "4-relu", "net.grad", "--data", "iris"])
    capsys.readouterr()
    shares = []
    for k in (1, 2, 3):
        assert main(["evaluate", "net.grad", "--top", str(k), "--json"]) == 0
        found = told(capsys)
        assert "top_5" not in found
        assert k > 1 or found["top_1"] == found["accuracy"]
        shares.append(float(str(found[f"top_{k}"])))
    assert shares[0] <= shares[1] <= shares[2] == 1
    main(["evaluate", "net.grad", "--top", "2"])
    assert f"top-2 accuracy {shares[1]:.2%}" in capsys.readouterr().out
    main(["new", "", "line.grad", "--data", "diabetes"])
    assert main(["evaluate", "line.grad", "--top", "2"]) == 2
    assert "Leave --top out" in capsys.readouterr().err


def test_a_network_that_draws_its_data_answers_rows_as_they_are(
    in_tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers in their order, from a table or an array, are answered; a gap is told with its place."""
    main(["new", "moons-4-relu-2-svm", "net.grad"])
    points = np.array([[0.5, 0.25], [-1.0, 2.0]])
    np.savez("points.npz", X=points)
    Path("points.csv").write_text("x,y\n0.5,0.25\n-1,2\n")
    for name in ("points.npz", "points.csv"):
        assert main(["predict", "net.grad", name, f"{name}.npz"]) == 0
    said = [np.load(f"{name}.npz")["prediction"].tolist() for name in ("points.npz", "points.csv")]
    assert said[0] == said[1]
    assert len(said[0]) == 2
    Path("points.csv").write_text("x,y\n0.5,0.25\n-1,\n3,1\n")
    capsys.readouterr()
    assert main(["predict", "net.grad", "points.csv", "out.csv"]) == 2
    assert "line 3, column “y”: expected a finite number, found none" in capsys.readouterr().err
    Path("points.csv").write_text("x,y,kind\n0.5,0.25,a\n-1,2,b\n3,1,a\n")
    assert main(["predict", "net.grad", "points.csv", "out.csv"]) == 2
    assert "column “kind”: expected numbers" in capsys.readouterr().err
    assert not Path("out.csv").exists()


def test_the_file_of_a_shipped_table_is_asked_about_like_any_other(
    in_tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of the table a network learned from is answered and judged, though the network needs no file."""
    shutil.copy(resource("data", "iris.csv"), in_tmp_path / "flowers.csv")
    main(["new", "4-relu", "net.grad", "--data", "iris"])
    assert main(["predict", "net.grad", "flowers.csv", "out.csv"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "net.grad", "--data", "flowers.csv", "--json"]) == 0
    assert told(capsys)["rows"] == 150
