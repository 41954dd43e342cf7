"""What is seen of a weight: its entries or blocks of them, and pictures where images come in."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gradstudio.document.model import Settings
from gradstudio.engine.errors import GraphError
from gradstudio.insight.weights import (
    MOST,
    WeightLook,
    block_name,
    entry_name,
    image_shape,
    pixel_entry,
    reduced,
    weights_of,
)
from gradstudio.training.looks import Scene
from gradstudio.training.trainer import Trainer
from tests.training.networks import network, spiral


def scene(document):
    """A network after both passes."""
    trainer = Trainer(document)
    trainer.evaluate()
    return Scene(trainer.plan, trainer.compiled, document, trainer.step, lambda: False)


def fed_by(sizes, *between):
    """A Dense layer of five units fed by random numbers of a shape."""
    names = ["x", *between, "hidden"]
    nodes = {"x": ("random", {"sizes": sizes}), **{gate: (gate, {}) for gate in between}}
    wires = [(f"{a}.{'x' if a == 'x' else 'z'}", f"{b}.x") for a, b in itertools.pairwise(names)]
    return network({**nodes, "hidden": ("dense", {"units": 5})}, wires, Settings(dtype="float64"))


def ident(document, name):
    """The id of a node."""
    return document.named(name).id


def see(document, name, port="W"):
    """What a look sees of a weight, and the scene."""
    there = scene(document)
    return WeightLook(ident(document, name), port).see(there), there


def shown_of(node, there):
    """The pictures of a node's W."""
    return WeightLook(node, "W").see(there).weight.pictures


def test_a_weight_and_its_gradient_are_the_plans():
    """What is seen are the plan's own numbers, copied: entry by entry, with the gradient beside each."""
    document = spiral()
    seen, there = see(document, "hidden")
    slot = there.compiled.slots[ident(document, "hidden"), "W"]
    np.testing.assert_array_equal(seen.weight.extreme, there.plan.value(slot))
    np.testing.assert_array_equal(seen.gradient.extreme, there.plan.gradient(slot))
    assert not np.shares_memory(seen.weight.mean, there.plan.value(slot))
    assert seen.gradient.numbers.norm == pytest.approx(float(np.linalg.norm(there.plan.gradient(slot))))
    assert seen.picture is None


def test_large_matrices_keep_mean_and_extreme_of_each_block():
    """A matrix larger than the limit is reduced to blocks; each keeps its mean and its entry furthest from 0."""
    array = np.random.default_rng(0).standard_normal((700, 1030))
    array[655, 1027] = -50.0
    field = reduced(array)
    assert field.block == (3, 5)
    assert max(field.mean.shape) <= MOST
    np.testing.assert_allclose(field.mean[4, 7], array[12:15, 35:40].mean())
    assert field.extreme[218, 205] == -50.0
    np.testing.assert_allclose(field.mean[-1, -1], array[699:, 1025:].mean())
    assert field.numbers.low == -50.0


def test_entries_and_blocks_have_the_names_people_index_them_by():
    """A cell is called by the indices of its entry, and a block by its first and last."""
    assert entry_name("W", (4, 9), 3, 7) == "W[3, 7]"
    assert entry_name("b", (4,), 0, 2) == "b[2]"
    assert entry_name("w", (), 0, 0) == "w"
    assert entry_name("W", (8, 3, 5, 5), 2, 31) == "W[2, 1, 1, 1]"
    assert block_name("W", (700, 9), (3, 1), 233, 4) == "W[699, 4]"
    assert block_name("W", (700, 9), (3, 1), 1, 4) == "W[3, 4] … W[5, 4]"


@pytest.mark.parametrize(
    ("sizes", "between", "picture"),
    [
        ("3, 64", (), (5, 8, 8, 1)),
        ("3, 192", (), (5, 8, 8, 3)),
        ("3, 1, 6, 4", ("flatten",), (5, 6, 4, 1)),
        ("3, 3, 2, 4", ("flatten",), (5, 2, 4, 3)),
        ("3, 64", ("dropout",), (5, 8, 8, 1)),
        ("3, 63", (), None),
        ("3, 16", (), None),
        ("3, 64", ("relu",), None),
    ],
)
def test_layers_fed_by_images_have_templates(sizes, between, picture):
    """Images are told by axes or number of pixels, through gates that move entries; an entry is a pixel's weight."""
    seen, _ = see(fed_by(sizes, *between), "hidden")
    if picture is None:
        assert seen.picture is None
        return
    assert seen.weight.pictures.shape == picture
    weight = seen.weight.extreme.reshape(-1)
    last = tuple(n - 1 for n in picture)
    assert seen.weight.pictures[last] == weight[pixel_entry(seen.picture, *last)]
    assert seen.weight.pictures[0, 1, 2, 0] == weight[pixel_entry(seen.picture, 0, 1, 2)]


def test_a_template_shows_what_its_unit_looks_for():
    """A unit whose weights are an image has that image as its template, whether colours come first or last."""
    image = np.random.default_rng(1).standard_normal((8, 8, 3))
    for flat, sizes, between in ((image, "2, 192", ()), (image.transpose(2, 0, 1), "2, 3, 8, 8", ("flatten",))):
        document = fed_by(sizes, *between)
        there, node = scene(document), ident(document, "hidden")
        there.plan.value(there.compiled.slots[node, "W"])[:, 2] = flat.reshape(-1)
        np.testing.assert_array_equal(shown_of(node, there)[2], image)


def test_filters_are_pictures():
    """The filters of a convolution are pictures, one for each channel; behind colours one picture in colour."""
    document = network(
        {"x": ("random", {"sizes": "2, 2, 8, 8"}), "conv": ("conv2d", {"filters": 4, "kernel": 3})},
        [("x.x", "conv.x")],
    )
    seen, _ = see(document, "conv")
    assert seen.weight.pictures.shape == (8, 3, 3, 1)
    assert seen.picture.across == 2
    np.testing.assert_array_equal(seen.weight.pictures[5, :, :, 0], seen.weight.extreme[2, 9:].reshape(3, 3))


def test_flat_data_is_an_image_only_where_it_may_be():
    """64, 784 and 3·32² are images; lengths that are no square, or a small one, are not."""
    assert image_shape((5, 784), 784) == (28, 28, 1, False)
    assert image_shape((5, 3072), 3072) == (32, 32, 3, False)
    assert image_shape((5, 28, 28), 784) == (28, 28, 1, True)
    assert image_shape((5, 49), 49) is None
    assert image_shape((5, 65), 65) is None


def test_what_is_not_computed_says_why():
    """A layer without input has no weights yet, and says what to do."""
    document = network({"hidden": ("dense", {"units": 3})}, [])
    assert weights_of(document) == [(ident(document, "hidden"), name) for name in ("W", "b")]
    with pytest.raises(GraphError, match="hidden has no W yet"):
        see(document, "hidden")
