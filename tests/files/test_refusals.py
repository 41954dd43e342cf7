"""A file that says something wrong is refused with the place, what was expected and what was found."""

import json
from typing import Any

import numpy as np
import pytest

from gradstudio import files
from gradstudio.document.model import Document, Node, Patch, Training, Wire
from tests.files.forge import changed, header_of, parts, refused, sealed, with_header
from tests.files.networks import example, frozen


def put(path: str, value: Any) -> Any:
    """A change that puts a value at a path like `nodes.1.params.units`."""

    def change(tree: Any) -> None:
        *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
        for step in steps:
            tree = tree[step]
        if isinstance(tree, list) and last == len(tree):
            tree.append(value)
        else:
            tree[last] = value

    return change


def drop(path: str) -> Any:
    """A change that takes a field away."""

    def change(tree: Any) -> None:
        *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
        for step in steps:
            tree = tree[step]
        del tree[last]

    return change


WIRE = {"id": 99, "source": 1, "output": "z", "target": 12, "input": "x"}

WRONG = [
    # what is wrong, the change, the place, in what was expected, in what was found
    ("text for a number", put("nodes/1/params/units", "ten"), "nodes[1].params.units", "whole number from 1", '"ten"'),
    ("number out of range", put("nodes/1/params/units", 0), "nodes[1].params.units", "from 1 to 65536", "0"),
    ("unknown param", put("nodes/1/params/size", 3), "nodes[1].params.size", "units, bias", "size"),
    (
        "array for a number",
        put("nodes/0/params/rate", {"tensor": "params/1.value"}),
        "nodes[0].params.rate.tensor",
        "params/1.rate",
        "params/1.value",
    ),
    ("list for a param", put("nodes/1/params/units", [1]), "nodes[1].params.units", "a whole number", "[1]"),
    (
        "null for a param that needs a value",
        put("nodes/1/params/units", None),
        "nodes[1].params.units",
        "a whole number",
        "null",
    ),
    ("no such choice", put("nodes/0/params/mode", "c"), "nodes[0].params.mode", "one of a, b", '"c"'),
    (
        "integer of 65 bits",
        put("nodes/3/params/k", 2**64),
        "nodes[3].params.k",
        "9223372036854775807",
        "18446744073709551616",
    ),
    ("id 0", put("nodes/0/id", 0), "nodes[0].id", ">= 1", "0"),
    ("id as text", put("nodes/0/id", "1"), "nodes[0].id", "a whole number", '"1"'),
    ("id true", put("nodes/0/id", True), "nodes[0].id", "a whole number", "true"),
    ("id twice", put("nodes/1/id", 5), "nodes[2].id", "an id of its own", "5, as in nodes[1]"),
    ("name twice", put("nodes/2/name", "x"), "nodes[2].name", "a name of its own", '"x", as in nodes[0]'),
    ("empty name", put("nodes/0/name", ""), "nodes[0].name", "name", ""),
    ("endless name", put("nodes/0/name", "n" * 101), "nodes[0].name", "name", ""),
    ("control character in a name", put("nodes/0/name", "a\nb"), "nodes[0].name", "name", ""),
    ("empty gate", put("nodes/0/gate", ""), "nodes[0].gate", "length >= 1", '""'),
    ("place off the canvas", put("nodes/0/x", 1e300), "nodes[0].x", "1000000000.0", "1e+300"),
    ("missing field", drop("nodes/0/gate"), "nodes[0].gate", "a field “gate”", "none"),
    ("unknown field", put("nodes/0/colour", "red"), "nodes[0].colour", "no field “colour”", '"red"'),
    ("unknown part", put("layers", []), "layers", "no field “layers”", "[]"),
    ("missing part", drop("wires"), "wires", "a field “wires”", "none"),
    ("nodes as an object", put("nodes", {}), "nodes", "a list", "{}"),
    ("wire from nowhere", put("wires/0/source", 77), "wires[0].source", "the id of a node", "77"),
    ("wire to nowhere", put("wires/0/target", 77), "wires[0].target", "the id of a node", "77"),
    ("wire id twice", put("wires/1/id", 20), "wires[1].id", "an id of its own", "20, as in wires[0]"),
    ("no such output", put("wires/0/output", "q"), "wires[0]", "ports its gates have", "q"),
    ("no such input", put("wires/0/input", "q"), "wires[0]", "ports its gates have", "q"),
    ("dot off the canvas", put("wires/0/via", [[0, 2e9]]), "wires[0].via[0][1]", "a number <= 1000000000.0", "2"),
    ("dot of three numbers", put("wires/0/via", [[0, 1, 2]]), "wires[0].via[0]", "", ""),
    ("too many dots", put("wires/0/via", [[0, 1]] * 101), "wires[0].via", "", ""),
    ("two wires at one input", put("wires/6", WIRE), "wires[", "one wire at this input", ""),
    (
        "the same wire twice",
        put("wires/6", {"id": 99, "source": 2, "output": "z", "target": 5, "input": "x"}),
        "wires[",
        "each wire once",
        "",
    ),
    ("cycle", put("wires/6", {"id": 99, "source": 12, "output": "z", "target": 5, "input": "x"}), "", "circle", ""),
    (
        "wire to itself",
        put("wires/6", {"id": 99, "source": 5, "output": "z", "target": 5, "input": "x"}),
        "wires[6]",
        "",
        "",
    ),
    ("objective that isn't there", put("settings/objective", 77), "settings.objective", "node", "77"),
    (
        "unknown optimiser",
        put("settings/optimizer", "magic"),
        "settings.optimizer",
        "one of sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw",
        '"magic"',
    ),
    ("learning rate 0", put("settings/learning_rate", 0), "settings.", "trained with", ""),
    ("negative learning rate", put("settings/learning_rate", -0.5), "settings.", "trained with", ""),
    ("no steps", put("settings/steps", 0), "settings.", "trained with", ""),
    ("half a step", put("settings/steps", 1.5), "settings.steps", "a whole number", "1.5"),
    ("empty batch", put("settings/batch_size", 0), "settings.", "trained with", ""),
    ("negative seed", put("settings/seed", -1), "settings.seed", ">= 0", "-1"),
    ("unknown precision", put("settings/dtype", "float16"), "settings.dtype", "float32", '"float16"'),
    ("missing setting", drop("settings/seed"), "settings.seed", "a field “seed”", "none"),
    ("negative step", put("training/step", -1), "training.step", ">= 0", "-1"),
    ("number for an array", put("training/history/loss", 1), "training.history.loss", "an object", "1"),
    (
        "tensor by another name",
        put("training/history/loss/tensor", "history/step"),
        "training.history.loss.tensor",
        "“history/loss”",
        '"history/step"',
    ),
    (
        "tensor that isn't there",
        put("training/history/accuracy", {"tensor": "history/accuracy"}),
        "training.history.accuracy.tensor",
        "“history/accuracy”",
        "none",
    ),
    ("tensor of nothing", drop("training/history/loss"), "tensors", "nothing refers to", '"history/loss"'),
]


@pytest.mark.parametrize(
    ("change", "place", "expected", "found"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG]
)
def test_wrong_documents(change, place, expected, found):
    """Each thing that can be wrong is refused at its place, in words that tell what to look for."""
    problem = refused(changed(files.dumps(example()), change), files.Invalid)
    assert problem.place.startswith(place)
    assert expected in problem.expected
    assert found in problem.found


TRAINED = [
    ("unknown node", "parameters/77.W", (2, 3), "training.parameters.77.W", "the id of a node"),
    ("zero before the id", "parameters/02.W", (2, 3), "training.parameters.02.W", "17.W"),
    ("node without weights", "parameters/5.W", (2, 3), "training.parameters.5.W", "it has none"),
    ("unknown weight", "parameters/2.U", (2, 3), "training.parameters.2.U", "W, b"),
    ("wrong shape", "parameters/2.W", (3, 2), "training.parameters.2.W", "shape 2×3"),
    ("wrong shape of the optimiser's", "optimizer/2.b/m", (4,), "training.optimizer.2.b/m", "shape 3"),
    ("no name of a weight", "parameters/W", (1,), "training.parameters.W", "17.W"),
    ("huge id", "parameters/" + "9" * 5000 + ".W", (1,), "training.parameters.99", "17.W"),
    ("history of another length", "history/loss", (4,), "training.history.", "as many as"),
    ("history that is no column", "history/loss", (3, 1), "training.history.loss", "a list of numbers"),
]


@pytest.mark.parametrize(("name", "shape", "place", "expected"), [r[1:] for r in TRAINED], ids=[r[0] for r in TRAINED])
def test_wrong_training(name, shape, place, expected):
    """A trained array of a wrong shape, or of a node or weight that isn't there, is refused at its place."""
    document, tensors = parts(files.dumps(example()))
    column, _, key = name.partition("/")
    document["training"][column][key] = {"tensor": name}
    tensors[name] = np.zeros(shape, np.float32)
    problem = refused(sealed(document, tensors), files.Invalid)
    assert problem.place.startswith(place)
    assert expected in problem.expected


@pytest.mark.parametrize(
    "steps", [(0, 1, 1), (2, 1, 0), (-1, 0, 1), (0, 1, 4), (0, 0.5, 1), (0, 1, np.nan), (0, 1, np.inf)]
)
def test_steps_no_run_could_have_made(steps):
    """The steps of a learning curve are whole numbers that grow, none after the last: others are refused."""
    document, tensors = parts(files.dumps(example()))
    tensors["history/step"] = np.array(steps, np.float64)
    problem = refused(sealed(document, tensors), files.Invalid)
    assert problem.place == "training.history.step"
    assert "whole numbers that grow, from 0 to 3" in problem.expected


def test_trained_whole_numbers():
    """A trained array holds real numbers."""
    document, tensors = parts(files.dumps(example()))
    tensors["parameters/2.W"] = np.zeros((2, 3), np.int64)
    problem = refused(sealed(document, tensors), files.Invalid)
    assert (problem.place, problem.found) == ("training.parameters.2.W", "int64")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_params_are_finite(value):
    """NaN and infinity are no values of a param."""
    document, tensors = parts(files.dumps(example()))
    tensors["params/1.value"] = np.array(value)
    assert refused(sealed(document, tensors), files.Invalid).place == "nodes[0].params.value"


def test_params_are_float64():
    """An array param of a known gate is of float64, as the gate itself keeps it."""
    document, tensors = parts(files.dumps(example()))
    tensors["params/1.value"] = np.zeros(2, np.float32)
    problem = refused(sealed(document, tensors), files.Invalid)
    assert (problem.place, problem.found) == ("nodes[0].params.value", "float32")


def test_long_cycle_is_refused():
    """A circle of 5,000 placeholders is found without going deep."""
    nodes = [{"id": i, "gate": "g", "name": f"n{i}", "params": {}, "x": 0, "y": 0} for i in range(1, 5001)]
    wires = [{"id": i, "source": i, "output": "o", "target": i % 5000 + 1, "input": "i"} for i in range(1, 5001)]
    document, _ = parts(files.dumps(Document()))
    problem = refused(sealed({**document, "nodes": nodes, "wires": wires}, {}), files.Invalid)
    assert "circle" in problem.expected


JSON = [
    ("NaN", b'{"a": NaN}', files.Damaged, "NaN"),
    ("Infinity", b'{"a": -Infinity}', files.Damaged, "Infinity"),
    ("a key twice", b'{"a": 1, "a": 1}', files.Invalid, "“a” twice"),
    ("deep nesting", b"[" * 100_000 + b"]" * 100_000, files.TooLarge, "100001"),
    ("deep nesting never closed", b'{"a":' * 100_000, files.TooLarge, "100001"),
    ("endless number", b"1" * 5000, files.Invalid, ""),
    ("lone surrogate", b'{"nodes": "\\ud800"}', files.FileProblem, ""),
    ("trailing text", b"{} {}", files.Damaged, ""),
    ("an open text", b'{"a": "', files.Damaged, ""),
    ("quotes without end", b'"\\"' * 100_000, files.Damaged, ""),
    ("a list", b"[]", files.Invalid, "[]"),
]


@pytest.mark.parametrize(("text", "kind", "found"), [row[1:] for row in JSON], ids=[row[0] for row in JSON])
def test_traps_of_json(text, kind, found):
    """What readers of JSON let through or die of is refused, in the document and around it."""
    problem = refused(sealed(text, {}), kind)
    assert found in problem.found
    envelope = with_header({"__metadata__": {"gradstudio": text.decode()}})
    refused(envelope)
    refused(with_header(text))
    with pytest.raises(files.FileProblem):
        files.loads_text(text)


def test_numbers_beyond_every_range():
    """1e999 is no number, rather than infinity."""
    document, tensors = parts(files.dumps(example()))
    text = json.dumps(document).replace('"x": 10.5', '"x": 1e999')
    problem = refused(sealed(text.encode(), tensors), files.Invalid)
    assert problem.place.startswith("nodes[0]")


def test_place_of_a_key_that_comes_twice():
    """The place of a key that comes twice is the object it is in."""
    document, tensors = parts(files.dumps(example()))
    text = json.dumps(document).replace('"units": 3', '"units": 3, "units": 4').encode()
    problem = refused(sealed(text, tensors), files.Invalid)
    assert problem.place == "document.nodes[1].params"
    assert "units" in problem.found


def test_newer_version_is_refused_by_name():
    """A file of a newer version is refused as that, even where all the rest of it has changed."""
    text = json.dumps({"format": "gradstudio", "version": 3, "shards": [1, 2]})
    problem = refused(with_header({"__metadata__": {"gradstudio": text}, "t": {"dtype": "F8_E4M3"}}), files.TooNew)
    assert "version 3" in problem.found
    assert "update GradStudio" in str(problem)
    with pytest.raises(files.TooNew):
        files.loads_text(text.encode())


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, None, True])
def test_versions_that_are_none(version):
    """A version is a whole number from 1."""
    text = json.dumps({"format": "gradstudio", "version": version, "document": {}, "digest": ""})
    assert refused(with_header({"__metadata__": {"gradstudio": text}}), files.Invalid).place == "version"


OTHER = [
    ("nothing", b""),
    ("seven bytes", b"\x02\0\0\0\0\0\0"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    ("an archive", b"PK\x03\x04" + bytes(100)),
    ("a pickle", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x02os"),
    ("a text", b"Dear reader, this is no network at all."),
    ("a container without a document", with_header({"__metadata__": {"format": "pt"}})),
    ("a container without metadata", with_header({})),
]


@pytest.mark.parametrize("data", [row[1] for row in OTHER], ids=[row[0] for row in OTHER])
def test_other_files(data):
    """A file of another kind is called that."""
    refused(data, files.NotAGradFile)
    with pytest.raises(files.NotAGradFile):
        files.loads_text(data)


def test_further_metadata():
    """A second key of metadata would be lost on saving, so it is refused."""
    header, body = header_of(files.dumps(example()))
    header["__metadata__"]["author"] = "somebody"
    assert refused(with_header(header, body), files.Invalid).place == "__metadata__"


TEXT_ARRAYS = [
    ("too short", {"dtype": "float64", "shape": [2], "data": [1.0]}, "data", "a list of 2", "a list of 1"),
    (
        "ragged",
        {"dtype": "float64", "shape": [2, 2], "data": [[1.0, 2.0], [3.0]]},
        "data[1]",
        "a list of 2",
        "a list of 1",
    ),
    ("too deep", {"dtype": "float64", "shape": [1], "data": [[1.0]]}, "data[0]", "a number", "[1.0]"),
    ("no list", {"dtype": "float64", "shape": [1], "data": 1.0}, "data", "a list of 1", "1.0"),
    ("text in it", {"dtype": "float64", "shape": [2, 2], "data": [[1, 2], [3, "x"]]}, "data[1][1]", "a number", '"x"'),
    ("true in it", {"dtype": "float64", "shape": [2], "data": [1.0, True]}, "data[1]", "a number", "true"),
    (
        "bits of a finite number",
        {"dtype": "float64", "shape": [1], "data": ["3ff0000000000000"]},
        "data[0]",
        "isn't finite",
        "3ff",
    ),
    ("bits too few", {"dtype": "float64", "shape": [1], "data": ["7ff8"]}, "data[0]", "16 hexadecimal", "7ff8"),
    ("beyond float32", {"dtype": "float32", "shape": [1], "data": [1e300]}, "data[0]", "a number", "1e+300"),
    (
        "beyond int64",
        {"dtype": "int64", "shape": [1], "data": [2**63]},
        "data[0]",
        "whole number",
        "9223372036854775808",
    ),
    ("half an int64", {"dtype": "int64", "shape": [1], "data": [0.5]}, "data[0]", "whole number", "0.5"),
    ("beyond uint8", {"dtype": "uint8", "shape": [1], "data": [256]}, "data[0]", "0 to 255", "256"),
    ("number for a switch", {"dtype": "bool", "shape": [1], "data": [1]}, "data[0]", "true or false", "1"),
    ("unknown dtype", {"dtype": "complex64", "shape": [1], "data": [1]}, "dtype", "float32", "complex64"),
    ("negative shape", {"dtype": "float64", "shape": [-1], "data": []}, "shape[0]", ">= 0", "-1"),
    ("shape beyond memory", {"dtype": "float64", "shape": [0, 2**40, 2**40], "data": []}, "shape", "can exist", ""),
]


@pytest.mark.parametrize(
    ("array", "place", "expected", "found"), [r[1:] for r in TEXT_ARRAYS], ids=[r[0] for r in TEXT_ARRAYS]
)
def test_wrong_arrays_in_text(array, place, expected, found):
    """An array that isn't what its dtype and shape say is refused at its first wrong entry."""
    told = json.loads(files.dumps_text(example()))
    told["document"]["nodes"][3]["params"]["a"] = array
    with pytest.raises(files.FileProblem) as caught:
        files.loads_text(json.dumps(told).encode())
    assert caught.value.place == f"nodes[3].params.a.{place}"
    assert expected in caught.value.expected
    assert found in caught.value.found


def test_the_two_forms_are_not_mixed():
    """A container can't hold arrays as lists, nor a text name tensors."""
    listed = {"dtype": "float64", "shape": [], "data": 1.0}
    problem = refused(changed(files.dumps(example()), put("nodes/0/params/value", listed)), files.Invalid)
    assert problem.place.startswith("nodes[0].params.value")
    told = json.loads(files.dumps_text(example()))
    told["document"]["nodes"][0]["params"]["value"] = {"tensor": "params/1.value"}
    with pytest.raises(files.Invalid):
        files.loads_text(json.dumps(told).encode())


def test_syntax_error_in_text_has_its_line():
    """A slip of the pen in the text form is told by line and column."""
    text = files.dumps_text(example()).replace(b'"wires": [', b'"wires": [,')
    with pytest.raises(files.Invalid, match=r"line \d+, column \d+"):
        files.loads_text(text)


ODD: Any = np.int64(1)
UNWRITABLE = [
    ("NaN for a param", Node(1, "g", "n", {"p": float("nan")}), "nodes[0].params.p"),
    ("NaN in an array", Node(1, "g", "n", {"p": frozen(np.array([np.nan]))}), "nodes[0].params.p"),
    ("complex numbers", Node(1, "g", "n", {"p": frozen(np.array([1j]))}), "nodes[0].params.p"),
    ("an integer of 70 bits", Node(1, "g", "n", {"p": 2**70}), "nodes[0].params.p"),
    ("a lone surrogate", Node(1, "g", "n\ud800", {}), "nodes[0].name"),
    ("a lone surrogate in a text", Node(1, "g", "n", {"p": "\ud800"}), "nodes[0]"),
    ("a value of another type", Node(1, "g", "n", {"p": ODD}), "nodes[0]"),
    ("no place", Node(1, "g", "n", {}, float("nan"), 0.0), "nodes[0]"),
    ("a param out of range", Node(1, "files_layer", "n", {"units": 0}), "nodes[0].params.units"),
]


@pytest.mark.parametrize(("node", "place"), [row[1:] for row in UNWRITABLE], ids=[row[0] for row in UNWRITABLE])
@pytest.mark.parametrize("dumps", [files.dumps, files.dumps_text], ids=["grad", "json"])
def test_nothing_is_written_that_could_not_be_read(dumps, node, place):
    """A document that no file could give back is refused before a file is touched."""
    document = Document()
    document.apply(Patch("Add", {node.id: node}))
    with pytest.raises(files.Invalid) as caught:
        dumps(document)
    assert caught.value.place == place


def test_broken_wires_are_not_written():
    """A circle that got into a document somehow isn't saved."""
    document = Document()
    nodes = {i: Node(i, "g", f"n{i}") for i in (1, 2)}
    document.apply(Patch("Make", nodes, {3: Wire(3, 1, "o", 2, "i"), 4: Wire(4, 2, "o", 1, "i")}))
    with pytest.raises(files.Invalid):
        files.dumps(document)


def test_lonely_history_is_written():
    """A history of no rows is one."""
    document = Document()
    document.apply(Patch("Train", training=Training(0, {}, {}, {"loss": frozen(np.zeros(0))})))
    assert files.loads(files.dumps(document)).training.history["loss"].shape == (0,)


def test_message_reads_as_a_sentence(tmp_path):
    """The message names the file, the place, what was expected and what was found."""
    path = tmp_path / "net.grad"
    path.write_bytes(changed(files.dumps(example()), put("nodes/1/params/units", "ten")))
    with pytest.raises(files.Invalid) as caught:
        files.read(path)
    assert str(caught.value) == f'{path}: nodes[1].params.units: expected a whole number from 1 to 65536, found "ten".'
    assert caught.value.path == path
