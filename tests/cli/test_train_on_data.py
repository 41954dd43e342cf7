"""`gradstudio train --data`: a network for a file in one command, files that moved or changed, and epochs."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from gradstudio.cli import main, networks, options
from gradstudio.cli.app import train
from gradstudio.data.batches import steps_of
from gradstudio.data.preparation import Preparation
from gradstudio.data.reading import CellType
from gradstudio.data.record import record_of
from gradstudio.data.shelf import SHELF
from gradstudio.engine.supply import SUPPLY


@pytest.fixture(autouse=True)
def nothing_at_hand():
    """As in a process of its own: no table is on the shelf, and nobody answers after the test."""
    SHELF.clear()
    before = SUPPLY.provider
    yield
    SUPPLY.provider = before
    SHELF.clear()
    SUPPLY.changed()


@pytest.fixture
def run(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command as in a process of its own; gives exit code, standard output and standard error."""

    def runner(*words: object) -> tuple[int, str, str]:
        SHELF.clear()
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return runner


@pytest.fixture
def own(in_tmp_path: Path) -> Path:
    """A table of 100 rows whose class follows from its first column."""
    path = in_tmp_path / "own.csv"
    rows = [f"{i % 7},{i * 3 % 11},{'big' if i % 7 > 3 else 'small'}" for i in range(100)]
    path.write_text("a,b,kind\n" + "\n".join(rows) + "\n")
    return path


def record(path: str) -> Any:
    """What a network file says of its data."""
    document = networks.without_data(Path(path))
    return next(record_of(str(node.params["record"])) for node in document.nodes.values() if node.params.get("record"))


def test_a_file_is_learned_by_one_command(run: Any, own: Path) -> None:
    """Layers in one line and a file become a trained network that is judged on the rows held back."""
    words = ("16-relu", "--data", "own.csv", "--without", "b", "--batch", 20, "--learning-rate", 0.02, "--test", 0.2)
    code, out, _ = run("train", *words, "--epochs", 30, "--evaluate", "test", "--out", "net.grad", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["judged"]["rows"] == 20
    assert told["judged"]["accuracy"] == 1
    assert told["steps"] == steps_of(30, 65, 20) == 98
    assert told["epochs"] == pytest.approx(98 * 20 / 65)
    how = record("net.grad").preparation
    assert (how.features, how.target, how.test) == (("a",), "kind", 0.2)
    settings = networks.without_data(Path("net.grad")).settings
    assert (settings.batch_size, settings.learning_rate, settings.steps) == (20, 0.02, 98)


def test_a_file_that_moved_is_linked_after_a_look_at_its_contents(run: Any, own: Path) -> None:
    """A file elsewhere is told in one sentence, taken where it is said to be, and refused if its contents differ."""
    assert run("new", "4", "net.grad", "--data", "own.csv")[0] == 0
    before = Path("net.grad").read_bytes()
    Path("elsewhere").mkdir()
    own.rename("elsewhere/named.csv")
    code, out, err = run("train", "net.grad", "--out", "out.grad")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "own.csv: expected the file this network was made with" in err
    assert err.rstrip().endswith("--data FILE.")
    assert run("train", "net.grad", "--epochs", 1, "--data", "elsewhere/named.csv")[0] == 0
    Path("other.csv").write_text("a,b,kind\n1,2,x\n3,4,y\n")
    code, _, err = run("train", "net.grad", "--data", "other.csv", "--out", "out.grad")
    assert code == 2
    assert "other.csv: expected the contents this network was made with" in err
    assert "--anew" in err
    assert not Path("out.grad").exists()
    assert Path("net.grad").read_bytes() == before


def test_another_file_takes_its_place_when_asked(run: Any, own: Path) -> None:
    """With --anew another file is learned, prepared as the first one unless said otherwise."""
    assert run("new", "4", "net.grad", "--data", "own.csv", "--scaling", "min-max")[0] == 0
    Path("more.csv").write_text(own.read_text() + "6,1,big\n" * 100)
    words = ("train", "net.grad", "--data", "more.csv", "--anew", "--validation", 0, "--out", "more.grad")
    assert run(*words, "--steps", 2)[0] == 0
    found = record("more.grad")
    assert (found.name, found.preparation.scaling, found.preparation.validation) == ("more.csv", "min-max", 0)
    Path("less.csv").write_text("b,kind\n1,x\n2,y\n")
    code, _, err = run("train", "net.grad", "--data", "less.csv", "--anew")
    assert code == 2
    assert "expected a column “a”" in err


def test_preparation_alone_can_be_changed(run: Any, own: Path) -> None:
    """Options on how rows are prepared change those of the network's own file; what isn't said stays."""
    assert run("new", "4", "net.grad", "--data", "own.csv", "--split", "order")[0] == 0
    assert run("train", "net.grad", "--split-seed", 7, "--test", 0.5, "--steps", 1, "--out", "o.grad")[0] == 0
    before, after = record("net.grad"), record("o.grad")
    assert after.digest == before.digest
    assert (after.preparation.split, after.preparation.seed, after.preparation.test) == ("order", 7, 0.5)


def test_rows_are_judged_with_the_file_it_was_trained_on_elsewhere(run: Any, own: Path) -> None:
    """evaluate and predict find that file beside the rows asked about, or where --trained-on says."""
    assert run("new", "4", "net.grad", "--data", "own.csv")[0] == 0
    Path("elsewhere").mkdir()
    own.rename("elsewhere/own.csv")
    Path("few.csv").write_text("b;a\n4;6\n4;0\n")
    assert "--trained-on FILE." in run("predict", "net.grad", "few.csv", "out.csv")[2]
    assert not Path("out.csv").exists()
    assert run("predict", "net.grad", "few.csv", "out.csv", "--trained-on", "elsewhere/own.csv")[0] == 0
    assert run("evaluate", "net.grad", "--part", "validation", "--data", "elsewhere/own.csv")[1].startswith("15 rows")
    assert run("evaluate", "net.grad", "--data", "elsewhere/own.csv")[1].startswith("100 rows")
    code, _, err = run(
        "evaluate", "net.grad", "--part", "test", "--data", "few.csv", "--trained-on", "elsewhere/own.csv"
    )
    assert code == 2
    assert "Leave --part out." in err


def test_an_example_is_called_by_its_name(run: Any) -> None:
    """Every command takes the name of an example for its file, and a file of that name first."""
    code, out, _ = run("train", "spiral-linear", "--epochs", 3, "--json")
    assert (code, json.loads(out)["steps"]) == (0, 3)
    assert "-12" in run("gradients", "sum-times-z")[1]
    Path("product").write_text("no network")
    assert run("gradients", "product")[0] == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("spiral", "--epochs", 1, "--steps", 1), "Say --steps or --epochs, not both."),
        (("sum-times-z", "--epochs", 1), "--epochs needs a number above 0 and rows of data"),
        (("spiral", "--optimizer", "sgdd"), "The optimizer is one of sgd, "),
        (("spiral", "--data", "own.csv"), "The network learns from no file"),
        (("spiral", "--scaling", "none"), "no node that gives the rows of a file"),
        (("8-wings", "--data", "own.csv"), "“wings” is no gate"),
        (("8", "--data", "own.csv", "--target", "z"), "expected a column “z”"),
        (("8", "--data", "own.csv", "--without", "z"), "expected a column “z”"),
        (("8", "--data", "own.csv", "--type", "a=colour"), "--type needs COLUMN=TYPE"),
        (("8", "--data", "own.csv", "--validation", 0.6, "--test", 0.6), "shares from 0 that leave rows to train"),
        (("8",), "There is no file 8."),
    ],
)
def test_what_makes_no_sense_is_refused(run: Any, own: Path, words: tuple[object, ...], sentence: str) -> None:
    """Each ends with exit code 2 and one sentence, and nothing is written."""
    code, out, err = run("train", *words, "--out", "out.grad")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
    assert not Path("out.grad").exists()


@pytest.mark.parametrize("name", ["task", "categories", "missing", "scaling", "split", "layout"])
def test_the_options_offer_what_preparations_take(name: str) -> None:
    """The choices of an option are those of the field it sets; so are the types of columns."""
    choice = next(kind for kind in get_args(get_type_hints(options.PreparingOptions)[name]) if kind is not type(None))
    assert {one.value for one in choice} == set(get_args(get_type_hints(Preparation)[name]))
    assert get_args(CellType) == options.CELL_TYPES


def test_commands_share_one_declaration_of_their_options() -> None:
    """The parser sees each option of a group under the group's own name and default."""
    seen = inspect.signature(train).parameters
    for group in (options.ReadingOptions, options.PreparingOptions, options.LearningOptions):
        assert {one.name: one.default for one in fields(group)}.items() <= {
            name: one.default for name, one in seen.items()
        }.items()


def test_digits_are_told_by_one_command(run: Any) -> None:
    """Without any option a small network tells at least 97 % of the quarter of the digits it hasn't seen."""
    code, out, _ = run("train", "64-relu", "--data", "digits", "--evaluate", "test", "--json")
    assert code == 0
    judged = json.loads(out)["judged"]
    assert judged["rows"] == 450
    assert judged["accuracy"] >= 0.97
