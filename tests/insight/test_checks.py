"""The gradient check of a network and of gates by themselves: what is wrong is found, and where."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.engine.alone import alone
from gradstudio.engine.catalog import CATALOG, register
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, Category
from gradstudio.engine.gradcheck import Band
from gradstudio.gates.common import OneVariable
from gradstudio.insight.checks import Check, Checked
from gradstudio.resources import resource
from tests.training.networks import network


def example(name: str) -> Document:
    """A shipped network."""
    return files.read(resource("examples", f"{name}.grad"))


def run(document: Document, *names: str) -> list[Checked]:
    """The whole network's check, or that of the named gates by themselves."""
    nodes = [node.id for node in document.nodes.values() if node.name in names]
    return list(Check(document, nodes).run(lambda: False))


@pytest.fixture
def off_by_a_tenth() -> Iterator[None]:
    """A gate whose backward pass is wrong: a tenth too much at its second entry."""

    @register
    class Off(OneVariable):
        """x², with a slip."""

        id = "off_by_a_tenth"
        title = "Off"
        category = Category.ARITHMETIC
        help = "The square, wrong on the way back."
        rule = "It slips."

        def forward(self, x: Array) -> Array:
            self.x = x
            return x * x

        def backward(self, dz: Array) -> Array:
            slip = np.ones(np.shape(self.x))
            slip.reshape(-1)[1:2] = 1.1
            return np.asarray(2 * self.x * dz * slip)

    yield
    CATALOG.unregister(Off)


def slipping() -> Document:
    """exp, then the wrong gate, then a sum."""
    return network(
        {
            "x": ("parameter", {"value": np.array([0.5, 1.0, -0.3])}),
            "e": ("exp", {}),
            "w": ("off_by_a_tenth", {}),
            "s": ("sum", {}),
        },
        [("x.value", "e.x"), ("e.z", "w.x"), ("w.z", "s.x")],
    )


@pytest.mark.parametrize("name", ["sum-times-z", "staged", "net-3-4-2", "norm-squared", "softmax-row", "svm-row"])
def test_the_whole_network_is_right(name: str) -> None:
    """Every array of the course's networks is in the band “right”, each with the node it belongs to."""
    document = example(name)
    found = run(document)
    assert found
    assert {made.found.band for made in found} == {Band.RIGHT}
    assert all(made.node in document.nodes for made in found)


@pytest.mark.parametrize(
    ("name", "gates"), [("spiral", ("relu", "scores", "data_loss", "reg_loss")), ("attention", ()), ("cnn", ("conv",))]
)
def test_gates_by_themselves_are_right(name: str, gates: tuple[str, ...]) -> None:
    """Each gate alone, with weights and labels, several wires at a port, whatever upstream is: none is wrong."""
    document = example(name)
    chosen = gates or tuple(node.name for node in document.nodes.values() if node.input_ports())[:6]
    found = run(document, *chosen)
    assert {made.node for made in found} == {n.id for n in document.nodes.values() if n.name in chosen}
    assert {made.found.band for made in found} <= {Band.RIGHT, Band.FINE}


def test_a_wrong_gate_is_found_by_itself_and_the_entry_is_named(off_by_a_tenth: None) -> None:
    """Through the whole network all arrays before it are wrong; alone just the wrong gate is, at its second entry."""
    document = slipping()
    whole = {made.name: made.found.band for made in run(document)}
    assert whole == {"x": Band.WRONG, "e": Band.WRONG, "w": Band.RIGHT, "s": Band.RIGHT}
    alone_ = run(document, "e", "w", "s")
    assert {made.name: made.found.band for made in alone_} == {"e.x": Band.RIGHT, "w.x": Band.WRONG, "s.x": Band.RIGHT}
    worst = max(alone_, key=lambda made: made.found.error)
    assert worst.worst == "w.x[1]"
    assert worst.found.error == pytest.approx(0.1 / 1.1, rel=1e-3)


def test_a_kink_is_no_error() -> None:
    """At a tie of max and at ReLU's 0 entries are left out and counted, by themselves as in the network."""
    document = network(
        {
            "x": ("parameter", {"value": np.array([0.0, 1.0])}),
            "r": ("relu", {}),
            "m": ("max", {}),
            "s": ("sum", {}),
        },
        [("x.value", "r.x"), ("r.z", "m.x"), ("x.value", "m.y"), ("m.z", "s.x")],
    )
    for found in (run(document), run(document, "r", "m")):
        assert sum(made.found.kinks for made in found) >= 2
        assert all(made.found.band is Band.RIGHT for made in found)


def test_random_parts_are_frozen_and_told() -> None:
    """Dropout drops the same entries at every point, so its gradient is right; its name is told."""
    document = network(
        {
            "x": ("parameter", {"value": np.linspace(-1, 1, 40).reshape(4, 10)}),
            "d": ("dropout", {}),
            "q": ("square", {}),
            "s": ("sum", {}),
        },
        [("x.value", "d.x"), ("d.z", "q.x"), ("q.z", "s.x")],
    )
    check = Check(document)
    assert check.random == ("d",)
    assert {made.found.band for made in check.run(lambda: False)} == {Band.RIGHT}
    assert {made.found.band for made in run(document, "d")} == {Band.RIGHT}


def test_batch_statistics_are_checked_without_their_state() -> None:
    """BatchNorm alone is checked at its input, scale and shift; its running averages have no gradient."""
    document = network(
        {
            "x": ("parameter", {"value": np.random.default_rng(0).standard_normal((6, 3))}),
            "n": ("batch_norm", {}),
            "q": ("square", {}),
            "s": ("sum", {}),
        },
        [("x.value", "n.x"), ("n.z", "q.x"), ("q.z", "s.x")],
    )
    found = run(document, "n")
    assert [made.name for made in found] == ["n.x", "n.gamma", "n.beta"]
    assert {made.found.band for made in found} == {Band.RIGHT}


def test_it_stops_between_two_entries() -> None:
    """Cancelled in the middle of an array no further result comes."""
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 30

    check = Check(example("net-3-4-2"))
    found = list(check.run(stop))
    assert 0 < len(found) < check.total
    assert len(asked) == 31


def test_nothing_to_check_says_so() -> None:
    """A gate without computed inputs, a source, and an empty network have nothing to check."""
    document = example("sum-times-z")
    with pytest.raises(EngineError, match="has no inputs that are computed"):
        run(document, "x")
    with pytest.raises(EngineError, match="No array"):
        Check(Document())
    loose = network({"e": ("exp", {})}, [])
    with pytest.raises(EngineError, match="has no inputs that are computed"):
        run(loose, "e")


def test_labels_alone_have_no_gradient() -> None:
    """A gate that takes nothing but labels and data of no gradient refuses to be checked alone."""
    document = example("spiral")
    check = Check(document)
    spiral = next(i for i, node in enumerate(check.checker.plan.graph.nodes) if node.name == "spiral")
    with pytest.raises(EngineError, match="nothing that comes in has a gradient"):
        alone(check.checker.plan, spiral)
