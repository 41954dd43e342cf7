"""The commands, run in this process the way the program runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradstudio.cli import main, networks
from gradstudio.cli.examples import find, shipped
from gradstudio.document.commands import change_settings, connect, delete
from gradstudio.document.model import Document, Node, Patch
from gradstudio.files import write


class Result(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output, which must be one strict JSON value."""
        assert self.code == 0, self.err
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(word: str) -> Any:
    raise AssertionError(f"{word} is no JSON")


@pytest.fixture
def run(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in an empty folder."""

    def runner(*words: object) -> Result:
        code = main([str(word) for word in words])
        return Result(code, *capsys.readouterr())

    return runner


@pytest.fixture
def linear(in_tmp_path: Path) -> Path:
    """A copy of the linear spiral classifier, in the folder the commands run in."""
    return Path(shutil.copy(find("spiral-linear").path, in_tmp_path / "linear.grad"))


def example(name: str) -> Path:
    """The shipped file."""
    return find(name).path


# --- examples, new --------------------------------------------------------------------------------------------------


def test_examples_are_listed(run: Any) -> None:
    """The list holds name, title and the path of a file that is there, for every example."""
    listed = run("examples", "--json").json
    assert [set(entry) for entry in listed] == [{"name", "title", "path"}] * len(shipped())
    assert all(Path(entry["path"]).is_file() for entry in listed)
    assert "sum-times-z" in run("examples").out


@pytest.mark.parametrize("out", ["mine.grad", "mine.grad.json"])
def test_new_writes_an_example(run: Any, out: str) -> None:
    """A new network computes what its example computes, in either form of a file."""
    assert run("new", "sum-times-z", out).code == 0
    nodes = {node["name"]: node["value"] for node in run("gradients", out, "--json").json["nodes"]}
    assert nodes["f"] == -12


def test_new_writes_a_network_from_one_line(run: Any) -> None:
    """One line is a network that is written; a part that doesn't fit is refused and writes nothing."""
    assert run("new", "spiral-20-relu-3-svm", "net.grad").code == 0
    assert run("check", "net.grad").code == 0
    refused = run("new", "8-pool-3", "bad.grad")
    assert refused.code != 0
    assert "“pool”" in refused.err
    assert not Path("bad.grad").exists()


def test_new_keeps_what_it_overwrites(run: Any, in_tmp_path: Path) -> None:
    """The file that was there stays as NAME~."""
    run("new", "product", "a.grad")
    before = (in_tmp_path / "a.grad").read_bytes()
    assert run("new", "max", "a.grad").code == 0
    assert (in_tmp_path / "a.grad~").read_bytes() == before


# --- gradients ------------------------------------------------------------------------------------------------------


def test_gradients_of_a_circuit(run: Any) -> None:
    """The contract of a scalar circuit: objective, and for each node name, gate, shape, value and gradient."""
    report = run("gradients", example("sum-times-z"), "--json").json
    assert report["objective"] == "f"
    assert report["nodes"][-1] == {"name": "f", "gate": "multiply", "shape": [], "value": -12.0, "gradient": 1.0}
    assert {n["name"]: n["gradient"] for n in report["nodes"]} == {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1}


def test_arrays_are_summarised_or_whole(run: Any) -> None:
    """An array is shape, norm, min and max, and nested lists under --full."""
    short = {n["name"]: n for n in run("gradients", example("norm-squared"), "--json").json["nodes"]}
    whole = {n["name"]: n for n in run("gradients", example("norm-squared"), "--json", "--full").json["nodes"]}
    assert short["W"]["value"] == {"shape": [2, 2], "norm": pytest.approx(0.99**0.5), "min": -0.3, "max": 0.8}
    assert whole["W"]["value"] == [[0.1, 0.5], [-0.3, 0.8]]
    assert whole["q"]["gradient"] == pytest.approx([0.44, 0.52])
    assert whole["f"]["value"] == pytest.approx(0.116)


def test_ports_of_a_layer_have_rows_of_their_own(run: Any) -> None:
    """Weights and further outputs are NODE.PORT, and data and labels have no gradient."""
    nodes = {n["name"]: n for n in run("gradients", example("spiral"), "--json").json["nodes"]}
    assert nodes["hidden.W"]["shape"] == [2, 100]
    assert nodes["hidden.W"]["gradient"]["norm"] > 0
    assert nodes["spiral.labels"]["gradient"] is None


def test_the_table_shows_values_and_gradients(run: Any) -> None:
    """Without --json there is a table with the numbers of every node, and no colour codes in a pipe."""
    out = run("gradients", example("sigmoid-neuron")).out
    assert "0.73105858" in out
    assert "-0.39322387" in out
    assert "\x1b" not in out


def test_nan_is_null_in_json(run: Any, in_tmp_path: Path) -> None:
    """A NaN value is null in JSON, nan in the table, and names with brackets are shown as they are."""
    document = Document()
    nodes = {1: Node(1, "constant", "x", {"value": np.array(-1.0)}), 2: Node(2, "log", "[red]f")}
    document.apply(Patch("Draw", nodes))
    document.apply(connect(document, 1, "value", 2, "x"))
    write(document, in_tmp_path / "nan.grad")
    assert run("gradients", "nan.grad", "--json").json["nodes"][-1]["value"] is None
    table = run("gradients", "nan.grad").out
    assert "nan" in table
    assert "[red]f" in table


def test_what_cannot_be_computed_is_named(run: Any, in_tmp_path: Path) -> None:
    """A node without its input is left out and named on standard error; the rest is shown."""
    document = Document()
    document.apply(Patch("Draw", {1: Node(1, "constant", "x"), 2: Node(2, "exp", "f")}))
    write(document, in_tmp_path / "half.grad")
    result = run("gradients", "half.grad", "--json")
    assert [node["name"] for node in result.json["nodes"]] == ["x"]
    assert "f" in result.err


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_reports_bands(run: Any) -> None:
    """The contract: worst error and its band, and both for every node."""
    report = run("check", example("staged"), "--json").json
    assert set(report) == {"worst", "band", "nodes"}
    assert report["band"] == "right"
    assert report["worst"] == max(node["error"] for node in report["nodes"])
    assert all(set(node) == {"name", "error", "band"} for node in report["nodes"])
    assert "right" in run("check", example("staged")).out


# --- train ----------------------------------------------------------------------------------------------------------


def test_train_reports_the_contract(run: Any, linear: Path) -> None:
    """The report holds exactly the promised fields, and the history starts at step 0 and ends at the last."""
    report = run("train", linear, "--json").json
    assert set(report) == {
        "steps", "epochs", "loss", "accuracy", "seconds", "steps_per_second", "history", "validation", "run",
        "learning_rate", "changes", "stopped",
    }  # fmt: skip
    assert (report["steps"], report["history"][0][0], report["history"][-1][0]) == (200, 0, 200)
    assert round(dict(map(tuple, report["history"]))[190], 6) == 0.786302
    assert report["history"][-1][1] == report["loss"]
    assert round(report["accuracy"], 4) == 0.4933


def test_training_without_out_writes_nothing(run: Any, linear: Path, in_tmp_path: Path) -> None:
    """Without --out nothing but the run's own folder is written."""
    before = linear.read_bytes()
    assert "loss" in run("train", linear, "--steps", 3).out
    assert sorted(in_tmp_path.iterdir()) == [linear, linear.with_name("linear.runs")]
    assert linear.read_bytes() == before


def test_the_same_command_writes_the_same_bytes(run: Any, linear: Path, in_tmp_path: Path) -> None:
    """Training twice from one seed gives one file, and another seed gives another."""
    for seed, out in ((3, "a.grad"), (3, "b.grad"), (4, "c.grad")):
        assert run("train", linear, "--steps", 20, "--seed", seed, "--out", out).code == 0
    a, b, c = ((in_tmp_path / name).read_bytes() for name in ("a.grad", "b.grad", "c.grad"))
    assert a == b
    assert a != c


def test_training_goes_on_from_the_file(run: Any, linear: Path, in_tmp_path: Path) -> None:
    """30 steps and 20 more make the bytes that 50 steps make."""
    run("train", linear, "--steps", 30, "--out", "half.grad")
    run("train", "half.grad", "--steps", 20, "--out", "both.grad")
    run("train", linear, "--steps", 50, "--out", "once.grad")
    assert (in_tmp_path / "both.grad").read_bytes() == (in_tmp_path / "once.grad").read_bytes()


def test_a_seed_starts_anew_and_redraws_pinned_starts(run: Any, linear: Path) -> None:
    """With --seed training so far is forgotten and the pinned start of W is drawn from that seed."""
    run("train", linear, "--steps", 30, "--out", "half.grad")
    fresh = run("train", "half.grad", "--steps", 5, "--seed", 0, "--json").json
    assert fresh["history"][0][0] == 0
    assert fresh["history"][0][1] != run("train", linear, "--steps", 5, "--json").json["history"][0][1]
    assert fresh["history"] == run("train", linear, "--steps", 5, "--seed", 0, "--json").json["history"]


def test_a_seed_leaves_typed_parameters_alone(run: Any) -> None:
    """The value of a Parameter gate isn't random, so --seed keeps it."""
    seeded = run("train", example("sigmoid-neuron"), "--steps", 1, "--seed", 5, "--json").json
    assert seeded["history"][0][1] == pytest.approx(0.73105858, abs=5e-9)


def test_accuracy_is_null_where_nothing_is_classified(run: Any) -> None:
    """A circuit has a loss and no accuracy."""
    assert run("train", example("sigmoid-neuron"), "--steps", 1, "--json").json["accuracy"] is None


# --- export, version, help ------------------------------------------------------------------------------------------


def test_export_writes_a_script(run: Any, in_tmp_path: Path) -> None:
    """The script and its arrays are written and named."""
    assert "spiral.npz" in run("export", example("spiral"), "spiral.py").out
    assert (in_tmp_path / "spiral.py").is_file()


def test_version_names_the_contract(run: Any) -> None:
    """--version prints the version of the program and of the JSON contract."""
    assert run("--version") == (0, "gradstudio 0.1.0 (JSON contract 1)\n", "")


COMMANDS = ("open", "train", "gradients", "check", "picture", "window", "new", "examples", "export", "demo")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Any, command: str) -> None:
    """--help explains each command and ends with 0."""
    result = run(command, "--help")
    assert result.code == 0
    assert "Usage: gradstudio " + command in result.out


# --- refusals -------------------------------------------------------------------------------------------------------

BAD = {
    "no such file": ("train", "nowhere.grad"),
    "a folder": ("gradients", "."),
    "an unknown example": ("new", "spiril", "a.grad"),
    "an unknown option": ("train", "linear.grad", "--speed", "9"),
    "an unknown command": ("trian", "linear.grad"),
    "no file at all": ("train",),
    "steps below 1": ("train", "linear.grad", "--steps", "0"),
    "steps that are no number": ("train", "linear.grad", "--steps", "many"),
    "a negative seed": ("train", "linear.grad", "--seed", "-1"),
    "a seed beyond all": ("train", "linear.grad", "--steps", "1", "--seed", "4294967296", "--out", "a.grad"),
    "steps beyond all": ("train", "linear.grad", "--steps", "1000000001"),
    "a name no file can have": ("train", "a" * 300 + ".grad"),
    "an output with another ending": ("train", "linear.grad", "--out", "linear.txt"),
    "an output in no folder": ("train", "linear.grad", "--out", "nowhere/linear.grad"),
    "a broken file": ("check", "broken.grad"),
    "an empty file": ("check", "empty.grad"),
    "a script with another ending": ("export", "linear.grad", "linear.txt"),
    "nothing to train": ("train", "circuit.grad"),
    "an empty network": ("gradients", "nothing.grad"),
    "nothing to check": ("check", "nothing.grad"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_with_2_and_a_sentence(run: Any, linear: Path, in_tmp_path: Path, case: str) -> None:
    """Bad input ends with 2, prints one line on standard error, and nothing on standard output."""
    broken = bytearray(linear.read_bytes())
    broken[len(broken) // 2] ^= 1
    (in_tmp_path / "broken.grad").write_bytes(broken)
    (in_tmp_path / "empty.grad").write_bytes(b"")
    shutil.copy(example("sum-times-z"), in_tmp_path / "circuit.grad")
    write(Document(), in_tmp_path / "nothing.grad")
    result = run(*BAD[case])
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("gradstudio: ")
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err


def test_a_near_miss_gets_a_hint(run: Any) -> None:
    """An example that is nearly spelled right is suggested."""
    assert "Did you mean spiral" in run("new", "spiril", "a.grad").err


def test_divergence_ends_with_1_and_writes_nothing(run: Any, linear: Path, in_tmp_path: Path) -> None:
    """NaN or infinity while training is a failure with a sentence that names the node, and no file is written."""
    document = networks.read(linear)
    document.apply(change_settings(document, learning_rate=1e6))
    write(document, in_tmp_path / "wild.grad")
    result = run("train", "wild.grad", "--out", "out.grad", "--json")
    assert (result.code, result.out) == (1, "")
    assert "pass gives" in result.err
    assert not (in_tmp_path / "out.grad").exists()


def test_divergence_in_the_last_step_is_a_failure_too(run: Any, in_tmp_path: Path) -> None:
    """Where only the last update leads to infinity nothing is reported as trained, and no file is written."""
    document = networks.read(example("spiral"))
    document.apply(change_settings(document, learning_rate=1e6, dtype="float32"))
    write(document, in_tmp_path / "wild.grad")
    codes = {}
    for steps in range(1, 8):
        result = run("train", "wild.grad", "--steps", steps, "--out", f"{steps}.grad", "--json")
        codes[steps] = result.code
        assert (in_tmp_path / f"{steps}.grad").exists() == (result.code == 0)
        assert result.code == 1 or result.json["loss"] is not None
        assert result.code == 0 or f"At step {steps} the" in result.err or codes[steps - 1] != 0
    assert set(codes.values()) == {0, 1}


def test_an_unfinished_network_is_not_trained(run: Any, in_tmp_path: Path) -> None:
    """Where the loss lacks a wire the layer before it is not minimised in its place; its gradients are shown."""
    document = networks.read(example("spiral-linear"))
    document.apply(delete(document, [], [next(w.id for w in document.wires.values() if w.input == "labels")]))
    write(document, in_tmp_path / "half.grad")
    refused = run("train", "half.grad")
    assert refused.code == 2
    assert "isn't complete" in refused.err
    assert "input labels isn't connected" in refused.err
    for command in ("gradients", "check"):
        shown = run(command, "half.grad", "--json")
        assert shown.json["nodes"]
        assert shown.err.count("input labels isn't connected") == 1
    assert "not computed" in run("export", "half.grad", "half.py").err


def test_too_much_memory_is_refused_with_1(run: Any, in_tmp_path: Path) -> None:
    """A network larger than the machine is refused before anything is allocated."""
    nodes = {1: Node(1, "spiral", "spiral", {"per_class": 100_000, "classes": 5})}
    nodes |= {i: Node(i, "dense", f"d{i}", {"units": 65536}) for i in (2, 3)}
    document = Document()
    document.apply(Patch("Draw", nodes))
    document.apply(connect(document, 1, "X", 2, "x"))
    document.apply(connect(document, 2, "z", 3, "x"))
    write(document, in_tmp_path / "huge.grad")
    result = run("train", "huge.grad")
    assert result.code == 1
    assert "memory" in result.err
