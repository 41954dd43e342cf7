"""An exercise in a file: kept, left out where there is none, and refused where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gradstudio import files
from gradstudio.document.model import Document, Patch
from gradstudio.document.questions import Exercise, Question
from tests.files.forge import changed, parts, refused
from tests.files.networks import assert_same, example
from tests.files.test_golden import GOLDEN
from tests.files.test_refusals import drop, put


def asked() -> Document:
    """The example with two questions, the same every time."""
    document = example()
    wire = next(iter(document.wires))
    questions = (
        Question("gradient", wire=wire, text="What does this wire bring back?\nThink of the fork."),
        Question("value", node=2, port="z"),
        Question("gradient", node=2, port="W", text='ü “quoted” "questions": []'),
    )
    document.apply(Patch("Ask", exercise=Exercise("Chain rule “1”", questions)))
    return document


@pytest.mark.parametrize(
    ("dumps", "loads"), [(files.dumps, files.loads), (files.dumps_text, files.loads_text)], ids=["grad", "json"]
)
def test_it_comes_back(dumps: Any, loads: Any) -> None:
    """Title, questions and texts are read as they were written, and make the same bytes again."""
    data = dumps(asked())
    found = loads(data)
    assert_same(found, asked())
    assert found.exercise == asked().exercise
    assert dumps(found) == data


def test_without_one_nothing_is_said_of_it() -> None:
    """A file without an exercise has no such field, so older files keep their bytes; a question says what it has."""
    assert "exercise" not in parts(files.dumps(example()))[0]
    tree = parts(files.dumps(asked()))[0]["exercise"]
    assert tree["title"] == "Chain rule “1”"
    assert tree["questions"][1] == {"asks": "value", "node": 2, "port": "z"}
    assert set(tree["questions"][0]) == {"asks", "wire", "text"}


@pytest.mark.parametrize(("name", "dumps"), [
    ("version1-exercise.grad", files.dumps), ("version1-exercise.grad.json", files.dumps_text),
])  # fmt: skip
def test_old_files_with_one_are_read(name: str, dumps: Any) -> None:
    """The first files with an exercise give the document they were made of, for ever, and the same bytes."""
    assert_same(files.read(GOLDEN / name), asked())
    assert dumps(asked()) == (GOLDEN / name).read_bytes()


def test_a_question_is_a_line_of_the_text_form() -> None:
    """Version control shows which question changed."""
    lines = files.dumps_text(asked()).decode().splitlines()
    assert sum('"asks"' in line for line in lines) == 3
    assert json.loads(files.dumps_text(asked()))["document"]["exercise"]["questions"][1]["port"] == "z"


WRONG = [
    ("wire that isn't there", put("exercise/questions/0/wire", 999), "exercise.questions[0].wire", "wire 999"),
    ("node that isn't there", put("exercise/questions/1/node", 999), "exercise.questions[1].node", "node 999"),
    ("port that isn't there", put("exercise/questions/1/port", "q"), "exercise.questions[1].port", "no output “q”"),
    ("wire and node", put("exercise/questions/0/node", 2), "exercise.questions[0]", "one of the two"),
    ("neither", drop("exercise/questions/0/wire"), "exercise.questions[0]", "one of the two"),
    ("asked twice", put("exercise/questions/2", {"asks": "value", "node": 2, "port": "z"}), "exercise.questions[2]",
     "the same as question 2"),
    ("nothing there is to ask for", put("exercise/questions/0/asks", "hessian"), "exercise.questions[0].asks",
     "hessian"),
    ("an answer in it", put("exercise/questions/0/answer", 4), "exercise.questions[0].answer", "4"),
    ("no title", drop("exercise/title"), "exercise.title", "none"),
    ("a title of two lines", put("exercise/title", "a\nb"), "exercise.title", "control character"),
    ("empty", put("exercise", {"title": "", "questions": []}), "exercise", "an empty one"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place", "found"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_wrong_ones_are_refused(change: Any, place: str, found: str) -> None:
    """What no edit could lead to is refused, with its place and what was found."""
    problem = refused(changed(files.dumps(asked()), change))
    assert problem.place == place
    assert found in problem.found
