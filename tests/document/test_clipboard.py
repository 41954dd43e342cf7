"""Copy, paste and duplicate: exact, strict, and never a crash."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document import commands
from gradstudio.document.inserting import piece_of
from gradstudio.document.legality import check
from gradstudio.document.model import Document, Node, same_params
from gradstudio.document.reasons import Reason, Refused
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Value
from tests.document.build import Net, course, picture, spiral
from tests.document.strategies import documents


def refusal(doc: Document, text: str) -> str:
    """The sentence with which a text is refused, after checking that nothing has happened."""
    before = picture(doc)
    with pytest.raises(Refused) as caught:
        commands.paste(doc, text, 0, 0)
    assert caught.value.reason is Reason.CLIPBOARD
    assert picture(doc) == before
    return caught.value.message


def spoilt(change: dict[str, Any]) -> str:
    """A good clipboard text with some entries changed; keys are ways like "nodes/0/gate"."""
    net = course()
    clip = json.loads(commands.copy(net.doc, net.doc.nodes))
    for way, value in change.items():
        *path, last = [int(step) if step.isdecimal() else step for step in way.split("/")]
        at = clip
        for step in path:
            at = at[step]
        at[last] = value
    return json.dumps(clip)


def test_the_text_is_plain_json() -> None:
    """What is copied is the documented JSON, with the wires between the copied nodes and no others."""
    net = course()
    q, f = net.id("q"), net.id("f")
    net.do(commands.move(net.doc, {q: (10, 20)}))
    assert json.loads(commands.copy(net.doc, [f, q, q])) == {
        "gradstudio": 1,
        "nodes": [
            {"id": q, "gate": "add", "name": "q", "x": 10.0, "y": 20.0, "params": {}},
            {"id": f, "gate": "multiply", "name": "f", "x": 0.0, "y": 0.0, "params": {}},
        ],
        "wires": [{"source": q, "output": "z", "target": f, "input": "x"}],
    }


def test_paste_makes_the_same_network_again() -> None:
    """Pasted nodes have fresh ids, free names, their params and wires, and lie as they lay, from the given corner."""
    net = spiral()
    places = {node: (100 + 30 * k, 50 - 7 * k) for k, node in enumerate(net.doc.nodes)}
    net.do(commands.move(net.doc, places))
    originals = list(net.doc.nodes.values())
    patch, fresh = commands.paste(net.doc, commands.copy(net.doc, net.doc.nodes), 1000, 2000)
    assert patch.title == "Paste 6 nodes"
    net.do(patch)
    assert not {*fresh} & {node.id for node in originals}
    copies = [net.doc.nodes[i] for i in fresh]
    assert [node.name for node in copies] == ["data2", "hidden2", "relu2", "scores2", "loss2", "decay2"]
    for node, other in zip(originals, copies, strict=True):
        assert (node.gate, node.x + 900, node.y + 1985) == (other.gate, other.x, other.y)
        assert same_params(node.params, other.params)
    twin = {node.id: i for node, i in zip(originals, fresh, strict=True)}
    wires = [(w.source, w.output, w.target, w.input) for w in net.doc.wires.values()]
    assert wires[7:] == [(twin[a], output, twin[b], taken) for a, output, b, taken in wires[:7]]
    assert net.shape("loss2.loss") == ()


@settings(max_examples=60, deadline=None)
@given(documents(), st.data())
def test_anything_can_be_copied_and_pasted(doc: Document, data: st.DataObject) -> None:
    """Copies of any part of any document paste into any other, with params and inner wires to the bit and in order."""
    chosen = sorted(data.draw(st.sets(st.sampled_from(list(doc.nodes)), min_size=1))) if doc.nodes else []
    if not chosen:
        return
    text = commands.copy(doc, chosen)
    for target in (Document(), doc.copy()):
        patch, fresh = commands.paste(target, text, 3, 4)
        target.apply(patch)
        twin = dict(zip(chosen, fresh, strict=True))
        for old, new in twin.items():
            assert doc.nodes[old].gate == target.nodes[new].gate
            assert same_params(doc.nodes[old].params, target.nodes[new].params)
        inner = [w for w in doc.wires.values() if {w.source, w.target} <= set(chosen)]
        made = [target.wires[i] for i in patch.wires]
        assert [(w.source, w.output, w.target, w.input) for w in made] == [
            (twin[w.source], w.output, twin[w.target], w.input) for w in inner
        ]
        assert piece_of(target, fresh, [*patch.frames, *patch.comments]).corner() == (3, 4)


@pytest.mark.parametrize(
    "value",
    [
        np.array(3.5), np.zeros((0, 3)), np.array([[1e-308, -0.0], [5e-324, 1.7976931348623157e308]]),
        np.array([0.1, 1 / 3, 2**53 + 2.0]), np.zeros((2, 0, 1)), np.ones((1, 1, 1, 2)),
    ],
)  # fmt: skip
def test_arrays_survive_to_the_bit(value: np.ndarray) -> None:
    """Arrays of any shape, empty ones and scalars too, come out of the clipboard as they went in."""
    net = Net()
    c = net.add("constant", value=value)
    patch, (new,) = commands.paste(net.doc, commands.copy(net.doc, [c]), 0, 0)
    net.do(patch)
    assert same_params(net.doc.nodes[new].params, MappingProxyType({"value": value}))


def test_a_placeholder_keeps_its_data() -> None:
    """A gate that isn't known here is copied and pasted with all its values, of whatever kind."""
    params: dict[str, Value] = {
        "half": np.array([[1.5, np.inf]], np.float16), "codes": np.array([1, -7]), "mask": np.array([True]),
        "bytes": np.arange(3, dtype=np.uint8), "text": "σ", "big": 2**62, "share": -0.0, "flag": False, "none": None,
    }  # fmt: skip
    net = Net()
    net.place(Node(1, "from_the_future", "p", params))
    patch, (new,) = commands.paste(net.doc, commands.copy(net.doc, [1]), 0, 0)
    net.do(patch)
    assert net.doc.nodes[new].gate == "from_the_future"
    assert same_params(net.doc.nodes[new].params, params)


def test_duplicate() -> None:
    """A duplicate lies a little further, keeps the wires between its nodes, and shares nothing but frozen values."""
    net = course()
    patch, (q, f) = commands.duplicate(net.doc, [net.id("f"), net.id("q")], dx=5, dy=7)
    assert patch.title == "Duplicate 2 nodes"
    net.do(patch)
    assert [(net.doc.nodes[i].name, net.doc.nodes[i].x, net.doc.nodes[i].y) for i in (q, f)] == [
        ("q2", 5, 7), ("f2", 5, 7),
    ]  # fmt: skip
    assert [(w.source, w.target, w.input) for w in net.doc.wires_into(f)] == [(q, f, "x")]
    assert net.doc.wires_into(q) == ()
    net.history.undo()
    assert len(net.doc.nodes) == 5


def test_names_in_one_paste_differ() -> None:
    """Two nodes that would get one name get two."""
    net = course()
    net.add("exp", "x2")
    patch, _ = commands.duplicate(net.doc, [net.id("x"), net.id("x2")])
    net.do(patch)
    assert [node.name for node in net.doc.nodes.values()][-2:] == ["x3", "x4"]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "hello", "\x00", "{", "null", "[]", "1e999", "{}", '{"gradstudio": 1}', "NaN", "\ud800", '"\\ud800"',
        '{"gradstudio": true, "nodes": [], "wires": []}', '{"gradstudio": 2, "nodes": [], "wires": []}',
        '{"gradstudio": 1, "nodes": {}, "wires": []}', '{"gradstudio": 1, "nodes": [], "wires": [], "code": "x"}',
        "[" * 100_000, '{"a":' * 100_000,
    ],
)  # fmt: skip
def test_text_that_is_no_copy_is_refused(text: str) -> None:
    """Whatever else is in the clipboard is refused in a sentence that tells what would do."""
    assert refusal(course().doc, text).startswith("The clipboard doesn't hold nodes of GradStudio")


def test_an_empty_copy_pastes_nothing() -> None:
    """A copy of no nodes is told from text that is no copy."""
    net = course()
    assert "nothing in the clipboard" in refusal(net.doc, commands.copy(net.doc, []))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nodes/0/gate": 5}, "nodes[0].gate"),
        ({"nodes/1/x": "left"}, "nodes[1].x"),
        ({"nodes/1/id": -1}, "nodes[1].id"),
        ({"nodes/1/id": 10**30}, "nodes[1].id"),
        ({"nodes/1/code": "import os"}, "nodes[1]"),
        ({"nodes/0/params": {"value": None}}, "nodes[0].params). value needs"),
        ({"nodes/0/params": {"value": "text"}}, "nodes[0].params). value needs"),
        ({"nodes/0/params": {"value": [[1], [2, 3]]}}, "nodes[0].params.value): expected lists of equal length"),
        ({"nodes/0/params": {"value": ["1"]}}, "expected nested lists of numbers"),
        ({"nodes/0/params": {"value": [True]}}, "expected nested lists of numbers"),
        ({"nodes/0/params": {"value": [10**400]}}, "nodes[0].params.value"),
        ({"nodes/0/params": {"value": {"x": 1}}}, "expected an array as dtype, shape and base64"),
        ({"nodes/0/params": {"value": {"dtype": "O", "shape": [1], "base64": "AAAA"}}}, "expected one of <f8"),
        ({"nodes/0/params": {"value": {"dtype": "<f8", "shape": [2], "base64": "AAAA"}}}, "expected the bytes of"),
        ({"nodes/0/params": {"value": {"dtype": "<f8", "shape": [2**40], "base64": ""}}}, "expected the bytes of"),
        ({"nodes/0/params": {"value": {"dtype": "<f8", "shape": [], "base64": "%%"}}}, "expected an array as"),
        ({"nodes/0/params": {"wings": 2}}, "Constant has no parameter “wings”"),
        ({"nodes/0/name": "a\nb"}, "control character U+000A"),
        ({"nodes/0/name": ""}, "A node needs a name"),
        ({"nodes/0/x": 1e200}, "can't be at"),
        ({"nodes/1/id": 1}, "ids of their own"),
        ({"wires/0/source": 77}, "wires[0]): expected the ids of two of its nodes, found 77"),
        ({"wires/0/output": "q"}, "“x” has no output “q”; it has value."),
        ({"wires/0/input": "q"}, "“q” has no input “q”; it has x, y."),
        ({"wires/0/input": "y"}, "has another wire already"),
        ({"wires/0/source": 4, "wires/0/output": "z"}, "“q” feeds itself"),
        ({"wires/0/source": 5, "wires/0/output": "z"}, "is on a cycle"),
        ({"wires/1": {"source": 1, "output": "value", "target": 4, "input": "x"}}, "is there twice"),
        ({"nodes/0/gate": "labels", "nodes/0/params": {}, "wires/0/output": "labels"}, "labels carries class labels"),
    ],
)  # fmt: skip
def test_a_spoilt_copy_is_refused_with_the_place(change: dict[str, Any], words: str) -> None:
    """A copy that somebody changed is refused with what is wrong and where, and nothing of it is pasted."""
    message = refusal(Document(), spoilt(change))
    assert words in message, message
    assert message.startswith("The clipboard")
    assert len(message) < 400


@settings(max_examples=300, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.sampled_from([*'"{}[],:09e-\\ÿ', "", "null"]), st.integers(0, 3))
def test_no_change_to_a_copy_ever_crashes(where: float, other: str, cut: int) -> None:
    """A copy with any character changed, added or cut out is a legal network or is refused; nothing else happens."""
    net = spiral()
    text = commands.copy(net.doc, net.doc.nodes)
    at = int(where * len(text))
    doc = Document()
    try:
        patch, _ = commands.paste(doc, text[:at] + other + text[at + cut :], 0, 0)
    except Refused:
        return
    doc.apply(patch)
    assert not [finding for finding in check(doc) if finding.reason.structural]


def test_an_older_id_is_read_as_the_newer_one() -> None:
    """A copy of a gate that has another id since is pasted as the gate it has become."""

    class Renamed(CATALOG.get("exp")):  # type: ignore[misc]
        id = "test_newer"
        replaces = ("test_older",)

    net = Net()
    net.place(replace(Node(1, "exp", "e"), gate="test_older"))
    text = commands.copy(net.doc, [1])
    with CATALOG.including(Renamed):
        patch, (new,) = commands.paste(net.doc, text, 0, 0)
        node = patch.nodes[new]
        assert node is not None
        assert node.gate == "test_newer"


def mailed(text: str, width: int, quote: str, newline: str) -> str:
    """A text as a mail may bring it: between words, broken at blanks and after records, quoted."""

    def broken(record: str) -> list[str]:
        return textwrap.wrap(record, width, break_long_words=False) or [""]

    body = "\n".join(line for record in text.split("\n") for line in broken(record))
    quoted = "\n".join(f"{quote}{line}" for line in f"Hello,\nhere they are:\n\n{body}\n\n-- \nAda".split("\n"))
    return quoted.replace("\n", newline)


@pytest.mark.parametrize("quote", ["", "> ", ">> ", "| "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_text_comes_back_from_a_mail(quote: str, newline: str) -> None:
    """Copied nodes are found between greetings, behind quote marks and over broken lines."""
    net = course()
    net.do(commands.rename(net.doc, net.id("q"), "the sum of both inputs of this network"))
    net.do(commands.set_note(net.doc, [net.id("f")], "what is minimised here, and why"))
    patch, _ = commands.paste(Document(), mailed(commands.copy(net.doc, net.doc.nodes), 60, quote, newline), 0, 0)
    made = [node for node in patch.nodes.values() if node is not None]
    assert [node.name for node in made] == ["x", "y", "z", "the sum of both inputs of this network", "f"]
    assert made[4].note == "what is minimised here, and why"
    assert len(patch.wires) == 4


def test_each_record_has_a_line() -> None:
    """No line of a copied circuit is much longer than a record, so that mail programs have no need to break it."""
    net = course()
    lines = commands.copy(net.doc, net.doc.nodes).split("\n")
    assert len(lines) == 5 + 4 + 3
    assert max(len(line) for line in lines) < 120


def test_marks_are_copied() -> None:
    """Muted nodes, colours and notes are copied, pasted and duplicated."""
    net = course()
    q = net.id("q")
    net.do(commands.set_muted(net.doc, [q], True))
    net.do(commands.set_note(net.doc, [q], "a sum\nof two"))
    net.do(commands.set_color(net.doc, [q], "teal"))
    made = commands.paste(net.doc, commands.copy(net.doc, [q]), 0, 0)[0], commands.duplicate(net.doc, [q])[0]
    for patch in made:
        (node,) = [node for node in patch.nodes.values() if node is not None]
        assert (node.muted, node.color, node.note) == (True, "teal", "a sum\nof two")


def test_marks_of_a_text_are_judged() -> None:
    """A colour nobody has and a note too long are refused like any other record no edit could make."""
    assert "There is no colour “pink”" in refusal(Document(), spoilt({"nodes/0/color": "pink"}))
    assert "at most 2,000 characters" in refusal(Document(), spoilt({"nodes/0/note": "x" * 2001}))
    assert "nodes[0].muted" in refusal(Document(), spoilt({"nodes/0/muted": 1}))


def test_duplicates_with_what_feeds_them() -> None:
    """Twins may be fed by the same outputs as the originals; otherwise only the wires between them are doubled."""
    net = course()
    q, f = net.id("q"), net.id("f")
    inner, _ = commands.duplicate(net.doc, [q, f])
    assert len(inner.wires) == 1
    patch, (q2, f2) = commands.duplicate(net.doc, [q, f], incoming=True)
    net.do(patch)
    assert {(w.source, w.input) for w in net.doc.wires_into(q2)} == {(net.id("x"), "x"), (net.id("y"), "y")}
    assert {(w.source, w.input) for w in net.doc.wires_into(f2)} == {(q2, "x"), (net.id("z"), "y")}
    assert not net.doc.wires_out_of(f2)
