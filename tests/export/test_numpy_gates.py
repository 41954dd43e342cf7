"""Gates whose code is more than a line each, in whole scripts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradstudio.document.model import Document, Patch
from gradstudio.export.numpy_code import numpy_script
from tests.export.test_numpy_code import agrees, drawn

TABLE = [[0.5, -1.0, 2.0, 1.5], [3.0, 0.25, -0.75, 1.0], [-2.0, 1.25, 0.1, -0.6]]
X: Any = ("x", "parameter", {"value": TABLE})


def towards(document: Document, name: str) -> Document:
    """The document with this node as its objective."""
    node = document.named(name)
    assert node is not None
    document.apply(Patch("Objective", settings=replace(document.settings, objective=node.id)))
    return document


def test_several_outputs_bring_back_several_gradients(tmp_path: Path) -> None:
    """Both parts of a split are used, one of them twice."""
    nodes: list[Any] = [X, ("parts", "split", {"size": 1}), ("p", "multiply", {}), ("f", "add", {})]
    wires = [
        ("x", "parts", "x"),
        ("parts", "p", "x"),
        ("parts:rest", "p", "y"),
        ("p", "f", "x"),
        ("parts:rest", "f", "y"),
    ]
    agrees(drawn(nodes, wires), tmp_path)


def test_an_output_nothing_comes_back_to_has_gradient_0(tmp_path: Path) -> None:
    """The script says so where the objective depends on one part alone."""
    nodes: list[Any] = [X, ("parts", "split", {}), ("f", "square", {}), ("beside", "exp", {})]
    wires = [("x", "parts", "x"), ("parts:rest", "f", "x"), ("parts", "beside", "x")]
    document = towards(drawn(nodes, wires), "f")
    assert "dparts_first = np.zeros_like(parts_first)" in numpy_script(document, "f", "f.npz").text
    agrees(document, tmp_path)


def test_an_end_may_be_one_of_several_outputs(tmp_path: Path) -> None:
    """A part nobody reads is an end of the network: its gradient is 1."""
    nodes: list[Any] = [X, ("parts", "split", {}), ("f", "square", {})]
    agrees(drawn(nodes, [("x", "parts", "x"), ("parts:rest", "f", "x")]), tmp_path)


def test_many_inputs_of_which_some_want_no_gradient(tmp_path: Path) -> None:
    """A list of gradients is unpacked, with a place for what nobody wants."""
    nodes: list[Any] = [
        X,
        ("labels", "labels", {"value": [2, 0, 0, 1]}),
        ("picked", "gather", {"axis": 0}),
        ("kept", "slice", {"axis": 0, "begin": 1}),
        ("all", "concatenate", {"axis": 0}),
        ("f", "gelu", {}),
    ]
    wires = [("x", "picked", "x"), ("labels", "picked", "indices"), ("x", "kept", "x")]
    wires += [("picked", "all", "x"), ("kept", "all", "x"), ("x", "all", "x"), ("all", "f", "x")]
    document = drawn(nodes, wires)
    text = numpy_script(document, "f", "f.npz").text
    assert "\nimport math\n" in text
    assert "np.add.at(" in text
    agrees(document, tmp_path)


def test_only_what_needs_math_imports_it() -> None:
    """A script without the error function does without the module."""
    assert "import math" not in numpy_script(drawn([X, ("f", "silu", {})], [("x", "f", "x")]), "f", "f.npz").text


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([("reshape", {"sizes": "2, -1"}), ("transpose", {}), ("softmax", {"axis": 1})], "np.swapaxes"),
        ([("transpose", {}), ("log_softmax", {})], ".T"),
        ([("pad", {"widths": "1, 0:2", "value": 3.0}), ("square", {})], "np.pad"),
        ([("broadcast", {"sizes": "2, -1, -1"}), ("tanh", {})], "unbroadcast"),
        ([("variance", {"axis": 1, "sample": True}), ("sqrt", {})], "ddof=1"),
        ([("reduce_max", {"axes": "1, 0"})], "np.cumsum"),
        ([("prelu", {"per_feature": True}), ("log_sum_exp", {"axis": 0})], "np.log(np.sum"),
        ([("expand_dims", {}), ("squeeze", {"axis": -1}), ("flatten", {}), ("norm", {})], "np.expand_dims"),
        ([("step", {"straight_through": "everywhere"}), ("square", {})], "np.heaviside"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_chains(steps: list[Any], code: str, tmp_path: Path) -> None:
    """Chains of gates give the engine's numbers, each with the code of its own settings."""
    nodes: list[Any] = [X, *((f"s{i}", gate, params) for i, (gate, params) in enumerate(steps))]
    wires = [(nodes[i][0], nodes[i + 1][0], "x") for i in range(len(steps))]
    document = drawn(nodes, wires)
    assert code in numpy_script(document, "f", "f.npz").text
    agrees(document, tmp_path)


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]], "dx = df @ y.T"),
        ([[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0], "dx = np.multiply.outer(df, y)"),
        ([1.0, 2.0], [[5.0], [6.0]], "dx = df @ y.T"),
        ([[[1.0, 2.0]], [[3.0, 4.0]]], [[5.0, 0.5], [6.0, 7.0]], "dy = np.sum(np.swapaxes(x, -1, -2) @ df"),
        ([[1.0, 2.0]], [[[5.0, 0.5], [6.0, 7.0]]] * 3, "dx = df @ np.swapaxes(y, -1, -2)"),
        ([1.0, 2.0], [[[5.0, 0.5], [6.0, 7.0]]] * 3, "dx = (y @ df[..., None])[..., 0]"),
    ],
)
def test_matmul_has_the_code_of_its_ranks(x: Any, y: Any, code: str, tmp_path: Path) -> None:
    """Vectors, matrices and batches each have the shortest code that is right for them."""
    nodes: list[Any] = [("x", "parameter", {"value": x}), ("y", "parameter", {"value": y}), ("f", "matmul", {})]
    document = drawn(nodes, [("x", "f", "x"), ("y", "f", "y")])
    assert code in numpy_script(document, "f", "f.npz").text
    agrees(document, tmp_path)
