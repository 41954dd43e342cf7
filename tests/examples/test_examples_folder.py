from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from gradstudio.cli import networks
from gradstudio.cli.examples import shipped
from scripts import make_examples

WIDTH, HEIGHT = 180, 110
"""Room a node and the numbers beside it take on the canvas."""
NAMES = [entry.name for entry in make_examples.EXAMPLES]
WANTED = (
    "product", "max", "sum-times-z", "sigmoid-gates", "sigmoid-neuron", "patterns", "staged", "micrograd",
    "norm-squared", "two-layer", "spiral-linear", "spiral", "welcome", "mlp", "cnn", "attention",
)  # fmt: skip


def test_the_script_makes_the_shipped_bytes(tmp_path: Path) -> None:
    """Running scripts/make_examples.py writes exactly the files that are shipped."""
    make_examples.write_all(tmp_path)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made == {file.name: file.read_bytes() for file in make_examples.FOLDER.iterdir()}


def test_every_worked_example_is_shipped() -> None:
    """The index lists each wanted example, with a title and a sentence."""
    index = {example.name: example for example in shipped()}
    assert set(WANTED) <= set(index)
    assert all(example.title and example.description.endswith(".") for example in index.values())


@pytest.mark.parametrize("name", NAMES)
def test_no_two_nodes_overlap(name: str) -> None:
    """Nodes of an example keep their distance, and every wire between neighbours runs from left to right."""
    document = networks.without_data(make_examples.FOLDER / f"{name}.grad")
    for a, b in itertools.combinations(document.nodes.values(), 2):
        assert abs(a.x - b.x) >= WIDTH or abs(a.y - b.y) >= HEIGHT, (a.name, b.name)
    for wire in document.wires.values():
        begin, end = document.nodes[wire.source], document.nodes[wire.target]
        assert begin.x < end.x, (begin.name, end.name)


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_small(name: str) -> None:
    """No example file is larger than a megabyte."""
    assert (make_examples.FOLDER / f"{name}.grad").stat().st_size < 1_000_000
