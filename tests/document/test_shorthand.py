"""Networks from one line."""

from __future__ import annotations

import pytest

import gradstudio.gates  # noqa: F401 (registers the gates)
from gradstudio.document.compile import compile_document
from gradstudio.document.history import History
from gradstudio.document.model import Document
from gradstudio.document.shapes import infer
from gradstudio.document.shorthand import LIFT, NotShorthand, looks_like, network


def made(text: str) -> tuple[Document, list[str]]:
    """The document of a text, and its gates from left to right."""
    doc = Document()
    patch, nodes = network(doc, text)
    doc.apply(patch)
    return doc, [doc.nodes[i].gate for i in nodes]


def node(doc: Document, name: str) -> int:
    """The id of the node of this name."""
    found = doc.named(name)
    assert found is not None
    return found.id


def test_numbers_are_layers_and_words_are_gates() -> None:
    """784-256-relu-10 is an input, Dense 256, ReLU and Dense 10, wired in a row."""
    doc, gates = made("784-256-relu-10")
    assert gates == ["random", "dense", "relu", "dense"]
    shapes = infer(doc)
    assert [shapes.of(node(doc, name), port) for name, port in (("input", "x"), ("dense2", "z"))] == [
        (32, 784),
        (32, 10),
    ]


def test_a_convolutional_network_fits_together() -> None:
    """Images, filters with values, pools and a flatten give a network that compiles without a problem."""
    doc, gates = made("1x28x28-conv 8 3-relu-pool 2-conv 16-relu-pool-flatten-10")
    assert gates[1:5] == ["conv2d", "relu", "max_pool2d", "conv2d"]
    assert compile_document(doc).problems == ()


def test_a_loss_gets_the_labels_of_the_data() -> None:
    """Behind data with labels a loss is fed by the scores and by them, with any of the three separators."""
    doc, gates = made("spiral - 50 -> tanh → 3 - cross entropy")
    assert gates[-1] == "softmax_cross_entropy"
    assert {wire.output for wire in doc.wires_into(node(doc, "data_loss"))} == {"z", "labels"}
    assert compile_document(doc).unfinished is None


@pytest.mark.parametrize("text", ["sine-4-tanh-1-mse", "line - 1 - mae", "step-4-relu-1-huber"])
def test_a_regression_on_numbers_that_are_drawn(text: str) -> None:
    """Data may be called by how its name begins, and a loss compares with its numbers, not with where they are."""
    doc, gates = made(text)
    assert gates[0].endswith("_data")
    loss = list(doc.nodes.values())[-1]
    assert {(wire.input, wire.output) for wire in doc.wires_into(loss.id)} == {("prediction", "z"), ("target", "y")}
    assert compile_document(doc).unfinished is None


def test_layers_stand_above_the_wire_of_the_labels() -> None:
    """Data and loss are in line with each other, and the layers between them higher."""
    doc, _ = made("spiral-50-tanh-3-svm")
    first, *layers, loss = (node.y for node in doc.nodes.values())
    assert first == loss
    assert {first - y for y in layers} == {LIFT}


def test_one_line_is_one_step() -> None:
    """Undoing takes the whole network away."""
    history = History(Document())
    patch, _ = network(history.document, "2-3-relu-1")
    history.do(patch)
    history.undo()
    assert not history.document.nodes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10-foo-3", "“foo” is no gate"),
        ("relu-3", "“relu”: a network begins with"),
        ("8-pool-3", "“pool” takes nothing that comes before it"),
        ("8-dense 0-3", "units needs a whole number from 1"),
        ("8", "needs an input and at least one layer"),
        ("8--3", "needs an input and at least one layer"),
    ],
)
def test_a_part_that_does_not_fit_is_named(text: str, sentence: str) -> None:
    """What can't be read is refused with the part and a sentence, and nothing is added."""
    doc = Document()
    with pytest.raises(NotShorthand, match=sentence):
        network(doc, text)
    assert not doc.nodes


@pytest.mark.parametrize(
    ("text", "meant"), [("784-10", True), ("2-8-relu-1", True), ("x = -2", False), ("relu", False)]
)
def test_a_gate_is_no_network(text: str, meant: bool) -> None:
    """Only a text of several parts with a number of units among them is taken for a network."""
    assert looks_like(text) is meant
