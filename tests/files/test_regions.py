"""Groups, frames and comments in a file: kept, left out where there are none, and refused where they are wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gradstudio import files
from gradstudio.document.model import Document, Patch
from gradstudio.document.regions import Comment, Exposed, Frame, Group
from tests.files.forge import changed, parts, refused
from tests.files.networks import assert_same, example
from tests.files.test_golden import GOLDEN
from tests.files.test_refusals import drop, put


def ordered() -> Document:
    """The example with a group in a group, a frame and a comment, the same every time."""
    document = example()
    outer = Group(30, "outer", None, 10.5, -20.0, "teal", True, (Exposed("data", 2, "x"),), (Exposed("all", 5, "z"),))
    inner = Group(31, "inner", 30, 0.0, 1 / 3, "", False, (), (Exposed("weights", 2, "W"),))
    frame = Frame(32, "Layer “1”", -5.0, 0.25, 300.0, 200.0, "red", 30)
    comment = Comment(33, "# Title\n\n- **one**\n- two", 1e-7, 2.0, 240.0, 80.0)
    plain = Frame(34, "", 0.0, 0.0, 1.0, 1.0)
    nodes = {2: replace(document.nodes[2], group=31), 5: replace(document.nodes[5], group=30)}
    document.apply(
        Patch("Order", nodes, groups={30: outer, 31: inner}, frames={32: frame, 34: plain}, comments={33: comment})
    )
    return document


@pytest.mark.parametrize(
    ("dumps", "loads"), [(files.dumps, files.loads), (files.dumps_text, files.loads_text)], ids=["grad", "json"]
)
def test_they_come_back(dumps: Any, loads: Any) -> None:
    """All of it is read as it was written, bit for bit, and writes the same bytes again."""
    data = dumps(ordered())
    found = loads(data)
    assert_same(found, ordered())
    assert dumps(found) == data
    assert found.members(31) == (2,)


def test_without_them_nothing_is_said_of_them() -> None:
    """A file without groups, frames and comments has no such fields; so older files keep their bytes."""
    tree, _ = parts(files.dumps(example()))
    assert set(tree) == {"nodes", "settings", "training", "wires"}
    assert "group" not in tree["nodes"][0]
    tree, _ = parts(files.dumps(ordered()))
    assert set(tree) == {"nodes", "settings", "training", "wires", "groups", "frames", "comments"}
    assert tree["frames"][1] == {"id": 34, "title": "", "x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}
    assert tree["nodes"][1]["group"] == 31


@pytest.mark.parametrize("name", ["version1-ordered.grad", "version1-ordered.grad.json"])
def test_old_files_with_them_are_read(name: str) -> None:
    """The first files with groups in them give the document they were made of, for ever, and the same bytes."""
    assert_same(files.read(GOLDEN / name), ordered())
    dumps = files.dumps_text if name.endswith(".json") else files.dumps
    assert dumps(ordered()) == (GOLDEN / name).read_bytes()


def test_in_the_text_form_each_has_a_line() -> None:
    """A group, a frame and a comment are a line each, so that version control shows what changed."""
    lines = files.dumps_text(ordered()).decode().splitlines()
    assert sum('"name":"outer"' in line for line in lines) == 1
    assert sum('"title":"Layer “1”"' in line for line in lines) == 1
    assert sum('"text":"# Title' in line for line in lines) == 1


NEW = {"id": 77, "name": "new", "x": 0.0, "y": 0.0, "collapsed": True, "inputs": [], "outputs": []}
PORT = {"name": "p", "node": 2, "port": "b"}

WRONG = [
    # what is wrong, the change, the place, in what was expected, in what was found
    ("node in no group", put("nodes/0/group", 99), "nodes[0].group", "the id of a group", "99"),
    ("node in a frame", put("nodes/0/group", 32), "nodes[0].group", "the id of a group", "32"),
    ("parent that isn't there", put("groups/1/parent", 99), "groups[1].parent", "the id of a group", "99"),
    ("frame in no group", put("frames/0/group", 99), "frames[0].group", "the id of a group", "99"),
    ("comment in no group", put("comments/0/group", 99), "comments[0].group", "the id of a group", "99"),
    ("its own parent", put("groups/1/parent", 31), "groups[", "at most 20 deep", "a circle"),
    ("circle of parents", put("groups/0/parent", 31), "groups[", "at most 20 deep", "a circle"),
    ("id twice", put("groups/1/id", 30), "groups[1].id", "an id of its own", "30, as in groups[0]"),
    ("id of a group and a frame", put("frames/0/id", 30), "frames[0].id", "no group, frame or comment", "groups[0]"),
    ("id of a frame and a comment", put("comments/0/id", 32), "comments[0].id", "no group", "frames[0]"),
    ("id of 0", put("groups/0/id", 0), "groups[0].id", ">= 1", "0"),
    ("group without nodes", put("groups/2", NEW), "groups[2]", "can be", "no node in it"),
    ("empty name", put("groups/0/name", " "), "groups[0]", "can be", "needs a name"),
    ("name with a control character", put("groups/0/name", "a\x07"), "groups[0]", "can be", "U+0007"),
    ("unknown colour", put("groups/0/color", "pink"), "groups[0]", "can be", "“pink”"),
    ("group off the canvas", put("groups/0/x", 1e12), "groups[0].x", "1000000000.0", "1000000000000.0"),
    ("neither open nor closed", put("groups/0/collapsed", 1), "groups[0].collapsed", "true or false", "1"),
    ("no ports", drop("groups/0/inputs"), "groups[0].inputs", "a field", "none"),
    ("port of no node", put("groups/0/inputs/0/node", 99), "groups[0].inputs[0]", "in the group", "node 99"),
    ("port of a node outside", put("groups/0/inputs/0/node", 12), "groups[0].inputs[0]", "in the group", "“f”"),
    ("port that isn't there", put("groups/0/inputs/0/port", "q"), "groups[0].inputs[0]", "in the group", "no input"),
    ("output among the inputs", put("groups/0/inputs/0/port", "W"), "groups[0].inputs[0]", "in the group", "no input"),
    ("port without a name", put("groups/0/inputs/0/name", ""), "groups[0]", "can be", "needs a name"),
    ("two ports of a name", put("groups/0/outputs/1", PORT | {"name": "all"}), "groups[0]", "can be", "named “all”"),
    ("a port twice", put("groups/1/outputs/1", PORT | {"port": "W"}), "groups[1]", "can be", "there twice"),
    ("unknown field of a group", put("groups/0/locked", True), "groups[0].locked", "no field", "true"),
    ("unknown field of a port", put("groups/0/inputs/0/side", "in"), "groups[0].inputs[0].side", "no field", '"in"'),
    ("frame without width", put("frames/0/width", 0), "frames[0]", "can be", "greater than 0"),
    ("frame turned over", put("frames/0/height", -5), "frames[0]", "can be", "greater than 0"),
    ("frame over the edge", put("frames/0/x", 1e9), "frames[0]", "can be", "can't be at"),
    ("title with a line break", put("frames/0/title", "a\nb"), "frames[0]", "can be", "U+000A"),
    ("long comment", put("comments/0/text", "x" * 10_001), "comments[0]", "can be", "at most 10,000"),
    ("hidden turn of direction", put("comments/0/text", "a\u202e"), "comments[0]", "can be", "U+202E"),
    ("number for a text", put("comments/0/text", 5), "comments[0].text", "a text", "5"),
    ("groups as an object", put("groups", {}), "groups", "a list", "{}"),
]


@pytest.mark.parametrize(
    ("change", "place", "expected", "found"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG]
)
def test_what_is_wrong_is_refused(change: Any, place: str, expected: str, found: str) -> None:
    """Each thing that can be wrong with a group, a frame or a comment is refused at its place, in words that tell."""
    problem = refused(changed(files.dumps(ordered()), change), files.Invalid)
    assert problem.place.startswith(place)
    assert expected in problem.expected
    assert found in problem.found


def test_too_many_are_refused_before_they_are_built() -> None:
    """More groups than the limit are refused by their number alone."""

    def fill(tree: Any) -> None:
        tree["groups"] = [NEW | {"id": i + 1} for i in range(10_001)]

    assert refused(changed(files.dumps(example()), fill)).place == "groups"


def test_groups_too_deep_in_each_other() -> None:
    """21 groups in each other are refused, 20 are opened."""

    def nested(count: int) -> Any:
        def fill(tree: Any) -> None:
            tree["groups"] = [NEW | {"id": i + 1} | ({"parent": i} if i else {}) for i in range(count)]
            tree["nodes"][0]["group"] = count

        return fill

    assert len(files.loads(changed(files.dumps(example()), nested(20))).groups) == 20
    assert "20 deep" in refused(changed(files.dumps(example()), nested(21))).expected


def test_what_would_be_refused_on_reading_is_not_written() -> None:
    """A document with a broken group makes no file."""
    document = ordered()
    document.apply(Patch("Break", comments={33: Comment(33, "\x00")}))
    with pytest.raises(files.Invalid, match=r"comments\[0\]"):
        files.dumps(document)
    with pytest.raises(files.Invalid):
        files.dumps_text(document)


def test_text_by_hand() -> None:
    """A person may write groups into the text form; what isn't given has its usual value."""
    tree = json.loads(files.dumps_text(example()))
    tree["document"]["groups"] = [NEW]
    tree["document"]["nodes"][1]["group"] = 77
    found = files.loads_text(json.dumps(tree).encode())
    assert found.groups[77] == Group(77, "new")
