"""A layer that was opened keeps the node it was in the file, in both forms, and what is no node is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradstudio.document.commands import set_param
from gradstudio.document.model import Document
from gradstudio.document.opening import close_group, open_node
from gradstudio.document.reasons import Refused
from gradstudio.files import Invalid, dumps, dumps_text, loads, loads_text
from tests.training.networks import spiral


def opened() -> tuple[Document, int, bytes]:
    """A network whose hidden layer, with pinned biases, is open; the group; and the file before."""
    document = spiral()
    hidden = next(node for node in document.nodes.values() if node.gate == "dense")
    units = hidden.params["units"]
    assert isinstance(units, int)
    document.apply(set_param(document, [hidden.id], "start_b", np.linspace(-1, 1, units)))
    before = dumps(document)
    patch, group = open_node(document, hidden.id)
    document.apply(patch)
    return document, group, before


def test_both_forms_of_a_file_keep_it() -> None:
    """Read from either form, array params included, it closes into the very layer it was."""
    document, group, before = opened()
    for again in (loads(dumps(document)), loads_text(dumps_text(document))):
        assert dumps(again) == dumps(document)
        again.apply(close_group(again, group))
        assert dumps(again) == before


def spoiled(**fields: object) -> bytes:
    """The text form with other fields in the group's origin."""
    document, _, _ = opened()
    text = json.loads(dumps_text(document))
    (group,) = text["document"]["groups"]
    group["origin"] |= fields
    return json.dumps(text).encode()


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"params": {"units": 0}}, "origin.params.units"),
        ({"params": {"colour": 1}}, "origin.params"),
        ({"name": ""}, "origin.name"),
        ({"id": 0}, "origin.id"),
        ({"weights": []}, "origin"),
    ],
)
def test_what_is_no_node_is_refused_with_its_place(fields: dict[str, object], place: str) -> None:
    """A param out of its range or unknown, an empty name, an id that can't be, an unknown field: each is named."""
    with pytest.raises(Invalid) as caught:
        loads_text(spoiled(**fields))
    assert place in str(caught.value)


def test_a_layer_of_a_gate_nobody_knows_stays_open() -> None:
    """Where this version doesn't know the closed gate it says so, and the file is written back as it was."""
    again = loads_text(spoiled(gate="hyperdense", params={}))
    (group,) = again.groups
    with pytest.raises(Refused, match="doesn't know its gate “hyperdense”"):
        close_group(again, group)
    assert loads(dumps(again)).groups[group].origin is not None
