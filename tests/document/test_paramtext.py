"""Params as one line of text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradstudio.document.paramtext import edit_params, params_line
from gradstudio.engine.errors import ParamError
from tests.document.build import Net


def net_with(gate: str, **params: Any) -> tuple[Net, int]:
    """A net of one node."""
    net = Net()
    return net, net.add(gate, **params)


def test_the_line_tells_every_param() -> None:
    """Params stand in their order, called as their fields are, truths as yes and no."""
    net, dense = net_with("dense", units=100)
    line = params_line(net.doc.nodes[dense])
    assert line.startswith("units 100, ")
    assert "bias yes" in line


def test_the_number_of_a_source_is_not_among_them() -> None:
    """The value of a constant is its value, not one of its parameters."""
    net, node = net_with("constant", value=2.0)
    assert "value" not in params_line(net.doc.nodes[node])


def test_the_line_read_back_changes_nothing() -> None:
    """What is written is what is read: the line of a node makes an edit that changes nothing."""
    for gate in ("dense", "clip", "conv2d", "reshape", "dropout", "leaky_relu"):
        net, node = net_with(gate)
        before = net.doc.nodes[node]
        net.do(edit_params(net.doc, node, params_line(before, editable=True)))
        assert len(net.history.titles) == 1, gate


def test_several_params_are_one_step() -> None:
    """Two values changed in one line are one step of the history, taken back at once."""
    net, node = net_with("dense", units=100)
    net.do(edit_params(net.doc, node, "units 7, bias no"))
    changed = net.doc.nodes[node]
    assert (changed.params["units"], changed.params["bias"]) == (7, False)
    net.history.undo()
    assert net.doc.nodes[node].params["units"] == 100


@pytest.mark.parametrize("line", ["units=7", "Units: 7", "UNITS 7,", " units  7 "])
def test_people_write_in_many_ways(line: str) -> None:
    """Capitals, blanks, an equals sign, a colon and a comma at the end don't matter."""
    net, node = net_with("dense", units=100)
    net.do(edit_params(net.doc, node, line))
    assert net.doc.nodes[node].params["units"] == 7


def test_commas_between_brackets_separate_entries() -> None:
    """An array is read as a whole."""
    net, node = net_with("dense", units=2)
    start = next(w.start for w in net.doc.nodes[node].kind.weights if w.start)
    net.do(edit_params(net.doc, node, f"{start} [[1, 2], [3, 4]], units 2"))
    assert np.array_equal(np.asarray(net.doc.nodes[node].params[start]), [[1, 2], [3, 4]])
    assert "[[1, 2], [3, 4]]" in params_line(net.doc.nodes[node])


def test_a_long_array_is_told_by_its_shape_and_not_typed() -> None:
    """An array of many entries shows its shape, and is no part of what can be typed."""
    net, node = net_with("dense", units=100)
    start = next(w.start for w in net.doc.nodes[node].kind.weights if w.start)
    net.do(edit_params(net.doc, node, f"{start} {np.ones((2, 100)).tolist()}"))
    assert "2×100" in params_line(net.doc.nodes[node])
    assert "2×100" not in params_line(net.doc.nodes[node], editable=True)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    """A misspelled param is refused in a sentence that lists those there are."""
    net, node = net_with("dense", units=100)
    with pytest.raises(ParamError, match=r"Dense has no parameter that “unitz 7” begins with; it has units, "):
        edit_params(net.doc, node, "unitz 7")


def test_a_value_that_is_refused_changes_nothing() -> None:
    """Where one value of the line is refused, none is set."""
    net, node = net_with("dense", units=100)
    with pytest.raises(ParamError):
        edit_params(net.doc, node, "bias no, units many")
    assert len(net.history.titles) == 1
