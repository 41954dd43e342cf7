"""The Jacobian on demand: its entries, its structure in words, windows of what is too large, and the product."""

from __future__ import annotations

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.document.compile import compile_document
from gradstudio.engine.errors import EngineError
from gradstudio.engine.jacobian import Structure
from gradstudio.engine.plan import Plan
from gradstudio.insight.jacobians import JacobianLook, Matrix
from gradstudio.resources import resource
from gradstudio.training.looks import Scene


def matrix(example: str, node: str, by: str, **chosen: int) -> Matrix:
    """What a look sees of a shipped network, in float64."""
    document = files.read(resource("examples", f"{example}.grad"))
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    record = document.named(node)
    assert record is not None
    return JacobianLook(record.id, 0, by, **chosen).see(Scene(plan, compiled, document, 0, lambda: False))


def test_a_small_one_is_shown_whole_and_times_upstream_is_downstream() -> None:
    """Worked example 9: of q = Wx by W it is 4 × 2, and its product with upstream is what flows on the wire."""
    found = matrix("norm-squared", "q", "x")
    assert found.whole
    np.testing.assert_allclose(found.entries, [[0.2, 0], [0.4, 0], [0, 0.2], [0, 0.4]])
    assert found.entry_text(1, 0) == "∂z[0]/∂x[0, 1] = 0.4"
    assert found.difference == 0
    assert found.lines()[0] == "4 × 2 entries or 64 bytes."
    assert "largest difference 0 where downstream reaches 0.208" in found.lines()[-1]


def test_relu_of_4096_is_a_diagonal_that_is_never_built() -> None:
    """Worked example 12: a window of the 4096 × 4096 diagonal of 0 and 1, and how large the whole would be."""
    found = matrix("relu-vector", "relu", "x", row=1000, column=1000)
    assert found.structure is Structure.DIAGONAL
    assert found.shape == (4096, 4096)
    assert (found.rows, found.columns) == (range(1000, 1064), range(1000, 1064))
    assert set(np.unique(found.entries)) <= {0.0, 1.0}
    assert np.count_nonzero(found.entries - np.diag(np.diag(found.entries))) == 0
    said = " ".join(found.lines())
    assert "4,096 × 4,096 entries or 128.0 MiB" in said
    assert "The whole is never built" in said
    assert found.difference == 0


def test_a_batch_of_a_hundred_thousand_numbers_costs_a_window() -> None:
    """Of 300 × 100 by 300 × 100 a window and its product are there; the whole would take gigabytes."""
    found = matrix("spiral", "relu", "x")
    assert found.shape == (30_000, 30_000)
    assert found.entries.shape == (64, 64)
    assert found.difference == 0
    assert "6.7 GiB" in found.lines()[0]


def test_one_sample_has_a_block_of_its_own() -> None:
    """Of a layer the block of sample 5 is Wᵀ, and times that sample's upstream gradient it is its downstream one."""
    whole, block = matrix("spiral", "scores", "x"), matrix("spiral", "scores", "x", sample=5)
    assert whole.samples == 300
    assert whole.structure is Structure.BLOCKS
    assert "Structure: block diagonal." in whole.lines()[1]
    assert (block.rows, block.columns) == (range(500, 600), range(15, 18))
    assert block.place(3, 1) == ("[5, 3]", "[5, 1]")
    assert block.difference == pytest.approx(0, abs=1e-15)
    assert block.scale > 0
    again = matrix("spiral", "scores", "x", sample=6)
    np.testing.assert_allclose(block.entries, again.entries)


def test_a_comparison_that_takes_too_long_is_left_out_and_says_so() -> None:
    """Where thousands of backward passes were needed the product isn't compared."""
    found = matrix("cnn", "conv", "W")
    assert found.difference is None
    assert "would take 18,432 backward passes" in found.lines()[-1]


def test_a_wrong_backward_shows_in_the_product() -> None:
    """What is on the wire is compared, not what the matrix was made of: a wire that is off shows as a difference."""
    document = files.read(resource("examples", "norm-squared.grad"))
    compiled = compile_document(document)
    plan = Plan(compiled.graph, np.float64)
    plan.run()
    q = document.named("q")
    assert q is not None
    share = plan.contribution(compiled.slots[q.id, "z"].node, 0)
    assert share is not None
    share += 0.25
    found = JacobianLook(q.id, 0, "x").see(Scene(plan, compiled, document, 0, lambda: False))
    assert found.difference == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("node", "by", "reason"), [("data_loss", "labels", "no gradient"), ("relu", "y", "no input y")]
)
def test_what_has_no_jacobian_says_why(node: str, by: str, reason: str) -> None:
    """Labels have none, and an input that isn't there is told."""
    with pytest.raises(EngineError, match=reason):
        matrix("spiral", node, by)
