"""What is written is read back bit for bit, in both forms."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from safetensors.numpy import load

from gradstudio import files
from gradstudio.document.model import Document, Node, Patch, Training, Wire, same_value
from gradstudio.engine.catalog import CATALOG
from tests.files.networks import UNKNOWN, Layer, assert_same, documents, example, frozen, same

FORMS = pytest.mark.parametrize(
    ("dumps", "loads"), [(files.dumps, files.loads), (files.dumps_text, files.loads_text)], ids=["grad", "json"]
)


@FORMS
@given(documents())
@settings(max_examples=150, deadline=None)
def test_read_gives_what_was_written(dumps, loads, document):
    """Reading gives the same document bit for bit, and writing that gives the same bytes."""
    data = dumps(document)
    found = loads(data)
    assert_same(found, document)
    assert dumps(found) == data


@given(documents())
@settings(max_examples=50, deadline=None)
def test_both_forms_say_the_same(document):
    """A document that went through its text form makes the bytes it made before."""
    assert files.dumps(files.loads_text(files.dumps_text(document))) == files.dumps(document)


@FORMS
def test_empty_document(dumps, loads):
    """A document without nodes is a file too."""
    assert_same(loads(dumps(Document())), Document())


@FORMS
def test_not_a_number_survives(dumps, loads):
    """A diverged training is kept as it was: signs and payloads of NaN, infinities, negative zero, denormals."""
    bits = np.array([0x7FC00001, 0xFF800001, 0x7F800000, 0xFF800000, 0x80000000, 1], np.uint32)
    document = example()
    training = Training(1, {}, {}, {"loss": frozen(bits.view(np.float32))})
    document.apply(Patch("Train", training=training))
    assert loads(dumps(document)).training.history["loss"].view(np.uint32).tolist() == bits.tolist()


@FORMS
def test_ids_are_kept(dumps, loads):
    """Ids stay what they are, and a new id is none of them."""
    found = loads(dumps(example()))
    assert list(found.nodes) == [1, 2, 5, 9, 12]
    assert list(found.wires) == [20, 21, 22, 23, 24, 25]
    assert found.new_id() == 26


@FORMS
def test_unknown_gate_is_kept(dumps, loads):
    """A gate nobody knows here opens as a placeholder and is written back with params, arrays and wires unchanged."""
    document = example()
    with CATALOG.including(type("Fancy", (Layer,), {"id": UNKNOWN, "replaces": ()})):
        assert document.nodes[9].known
    found = loads(dumps(document))
    grey = found.nodes[9]
    assert not grey.known
    assert type(grey.params["k"]) is int
    assert type(grey.params["r"]) is float
    assert grey.params["t"] is True
    assert grey.params["n"] is None
    assert grey.params["a"].dtype == np.int64
    assert len(found.wires_into(9)) == len(found.wires_out_of(9)) == 1
    assert dumps(found) == dumps(document)


@FORMS
def test_old_gate_ids_are_kept(dumps, loads):
    """A node under an id that its gate has since replaced opens as that gate, and is written under its old id."""
    document = Document()
    document.apply(Patch("Add", {1: Node(1, "files_ancient", "x", {"units": 4})}))
    with CATALOG.including(type("Modern", (Layer,), {"id": "files_modern", "replaces": ("files_ancient",)})):
        found = loads(dumps(document))
        assert found.nodes[1].kind.id == "files_modern"
        assert dumps(found) == dumps(document)


@FORMS
def test_arrays_are_read_only(dumps, loads):
    """Arrays of a document that was read can't be changed behind its back."""
    found = loads(dumps(example()))
    for array in (found.nodes[1].params["value"], *found.training.parameters.values(), found.nodes[9].params["a"]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@FORMS
def test_order_of_editing_leaves_no_trace(dumps, loads):
    """Two documents that hold the same make the same bytes, in whatever order they were built."""
    document = example()
    other = Document()
    for node in reversed([*document.nodes.values()]):
        backwards = replace(node, params=dict(reversed([*node.params.items()])))
        other.apply(Patch("Add", {node.id: backwards}))
    for wire in reversed([*document.wires.values()]):
        other.apply(Patch("Connect", wires={wire.id: wire}))
    training = document.training
    parameters, optimizer, history = (
        dict(reversed([*c.items()])) for c in (training.parameters, training.optimizer, training.history)
    )
    turned = replace(training, parameters=parameters, optimizer=optimizer, history=history)
    other.apply(Patch("Train", settings=document.settings, training=turned))
    assert dumps(other) == dumps(document)


def test_same_bytes_in_every_process(tmp_path):
    """The bytes don't depend on the process or on Python's hash seed."""
    code = (
        "import sys; sys.path[:0] = ['.']\n"
        "from gradstudio import files\n"
        "from gradstudio.engine.catalog import CATALOG\n"
        "from tests.files.networks import GATES, example\n"
        "[CATALOG.register(gate) for gate in GATES]\n"
        "sys.stdout.buffer.write(files.dumps(example()) + files.dumps_text(example()))"
    )
    root = Path(__file__).parents[2]

    def bytes_with(seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True
        ).stdout

    assert bytes_with("0") == bytes_with("4242") == files.dumps(example()) + files.dumps_text(example())


def test_any_tool_reads_the_weights():
    """A `.grad` file is a safetensors file: its ecosystem reads the arrays by name."""
    tensors = load(files.dumps(example()))
    assert tensors["parameters/2.W"].tobytes() == example().training.parameters["2.W"].tobytes()
    assert sorted(tensors) == [
        "history/loss",
        "history/step",
        "optimizer/2.W/m",
        "optimizer/2.b/m",
        "parameters/2.W",
        "parameters/2.b",
        "params/1.value",
        "params/9.a",
        "params/9.b",
    ]


def test_the_digest_is_as_documented():
    """Whoever follows docs/file-format.md computes the digest that is in the file."""
    data = files.dumps(example())
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    text = header.pop("__metadata__")["gradstudio"]
    document = text.split('"document":', 1)[1].rsplit(',"digest":', 1)[0].encode()
    digest = hashlib.sha256(f"gradstudio 1\n{len(document)}\n".encode() + document)
    for name, info in sorted(header.items()):
        line = json.dumps([name, info["dtype"], info["shape"]], separators=(",", ":"), ensure_ascii=False)
        start, stop = info["data_offsets"]
        digest.update(line.encode() + b"\n" + data[end + start : end + stop])
    assert json.loads(text)["digest"] == f"sha256:{digest.hexdigest()}"


def test_text_is_a_record_a_line():
    """In the text form every node, wire and array has a line of its own, so that a change touches one line."""
    before = files.dumps_text(example()).decode().splitlines()
    document = example()
    node = document.nodes[2]
    document.apply(Patch("Move", {2: Node(node.id, node.gate, node.name, node.params, 5.0, 6.0)}))
    after = files.dumps_text(document).decode().splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_text_can_be_written_by_hand():
    """Whole numbers stand for real ones, records may come in any order, and spaces don't matter."""
    told = json.loads(files.dumps_text(example()))
    told["document"]["nodes"].reverse()
    told["document"]["nodes"][-1]["params"]["rate"] = 2
    told["document"]["nodes"][-1]["params"]["value"] = {"dtype": "float64", "shape": [2], "data": [1, -2.5]}
    told["document"]["training"] = {"step": 0, "parameters": {}, "optimizer": {}, "history": {}}
    found = files.loads_text(json.dumps(told, indent=4).encode())
    assert same_value(found.nodes[1].params["value"], np.array([1.0, -2.5]))
    assert type(found.nodes[1].params["rate"]) is float


def test_training_that_no_longer_fits_is_not_written():
    """Weights of another shape than the layer has now stay for undo, but the file holds only what fits."""
    document = example()
    layer = document.nodes[2]
    undo = document.apply(Patch("Units", {2: Node(2, layer.gate, layer.name, {"units": 5}, layer.x, layer.y)}))
    assert document.training.parameters["2.W"].shape == (2, 3)
    found = files.loads(files.dumps(document))
    assert not found.training.parameters
    assert not found.training.optimizer
    assert found.training.step == 3
    document.apply(undo)
    assert same(files.loads(files.dumps(document)), example())


def test_training_of_a_deleted_node_is_not_written():
    """What was trained of a node that is gone isn't written."""
    document = Document()
    document.apply(Patch("Add", {1: Node(1, "files_value", "x")}, training=example().training))
    assert not files.loads(files.dumps(document)).training.parameters


def test_unfinished_networks_are_saved():
    """A node without its wires and shapes that don't fit are work in progress, not damage."""
    document = Document()
    nodes = [
        Node(1, "files_value", "x", {"value": frozen(np.zeros(3))}),
        Node(2, "files_layer", "l"),
        Node(3, "files_plus", "f"),
    ]
    document.apply(Patch("Make", {n.id: n for n in nodes}, {4: Wire(4, 1, "z", 2, "x")}))
    assert_same(files.loads(files.dumps(document)), document)


def test_nothing_is_shared_with_the_bytes():
    """A document that was read holds on to its own arrays, not to the whole file."""
    data = bytearray(files.dumps(example()))
    found = files.loads(bytes(data))
    total = sum(a.nbytes for a in found.training.parameters.values())
    bases = [array.base for array in found.training.parameters.values()]
    assert all(base is None or getattr(base, "nbytes", len(data)) <= total for base in bases)
