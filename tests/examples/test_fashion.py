"""The networks for Fashion-MNIST: they find their pictures where the system keeps them, or say where to get them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradstudio.cli import networks
from gradstudio.cli.examples import find
from gradstudio.cli.train import train
from gradstudio.data.finding import find_files
from gradstudio.data.places import INSTALLED
from gradstudio.data.shelf import SHELF, Shelf
from gradstudio.document.compile import compile_document
from gradstudio.engine.supply import SUPPLY

NAMES = ("fashion-mlp", "fashion-cnn")
installed = pytest.mark.skipif(
    not any((folder / "fashion-mnist").exists() for folder in INSTALLED),
    reason="the package dataset-fashion-mnist isn't installed",
)


@pytest.fixture(autouse=True)
def nothing_stays():
    """What a test brings onto the shelf is gone after it: 200 MB of pictures."""
    before = SUPPLY.provider
    yield
    SUPPLY.provider = before
    SHELF.clear()
    SUPPLY.changed()


@pytest.mark.parametrize("name", NAMES)
def test_where_the_pictures_are_absent_one_sentence_says_how_to_get_them(name: str, tmp_path: Path) -> None:
    """A network whose pictures aren't there opens all the same and names the package that holds them."""
    document = networks.without_data(find(name).path)
    (missing,) = find_files(document, [tmp_path], Shelf())
    assert str(missing.problem) == (
        "fashion-mnist: expected the file this network was made with, found none of this name. "
        "Install it (on Debian: apt-get install dataset-fashion-mnist), or choose its folder."
    )


@installed
def test_the_examples_take_the_installed_pictures() -> None:
    """Both are complete, train on the 60,000 pictures that are for it, and have as many parameters as they say."""
    for name, parameters in (("fashion-mlp", 235_146), ("fashion-cnn", 160 + 4_640 + 15_690)):
        compiled = compile_document(networks.read(find(name).path))
        assert compiled.problems == ()
        assert compiled.samples == 60_000
        sizes = [compiled.graph.shape(slot) for slot in compiled.parameters.values()]
        assert sum(int(np.prod(size)) for size in sizes) == parameters


@installed
def test_a_thirtieth_of_the_training_tells_most_pictures_of_the_test_set() -> None:
    """After 300 steps the multilayer perceptron tells over 75 % of the 10,000 test pictures; benchmarks do the rest."""
    from gradstudio.cli.evaluate import judge
    from gradstudio.cli.train import keep

    document = networks.read(find("fashion-mlp").path)
    keep(train(document, 300), document)
    found = judge(document, "test").report
    assert found["rows"] == 10_000
    assert found["accuracy"] > 0.75
