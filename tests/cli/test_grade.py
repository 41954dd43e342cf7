"""`gradstudio grade`: a class is marked, and what can't be marked is refused in a sentence."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gradstudio import files
from gradstudio.cli import main
from gradstudio.cli.examples import find
from gradstudio.document import exercising
from gradstudio.document.history import History
from gradstudio.files import answers


@pytest.fixture
def grade(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command on an exercise about (x + y)·z: the gradients at the wires q>f, x>q and at z."""
    document = files.read(find("sum-times-z").path)
    history = History(document)
    by_ends = {(w.source, w.target): w.id for w in document.wires.values()}
    ids = {node.name: node.id for node in document.nodes.values()}
    history.do(exercising.set_title(document, "Chain rule"))
    history.do(exercising.ask_wire(document, by_ends[ids["q"], ids["f"]], "gradient"))
    history.do(exercising.ask_wire(document, by_ends[ids["x"], ids["q"]], "gradient"))
    history.do(exercising.ask_output(document, ids["z"], "value", "gradient"))
    files.write(document, "exercise.grad")

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["grade", "exercise.grad", *(str(word) for word in words)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def told(name: str, given: tuple[Any, ...], learner: str = "") -> Path:
    """A file of answers."""
    path = Path(f"{name}.json")
    answers.write(answers.made("Chain rule", learner, given), path)
    return path


def test_a_class_is_marked_in_a_table(grade: Any) -> None:
    """Each learner has a row with a point for each right answer, the total and the likely mistakes."""
    code, out, err = grade(told("ada", (-4, -4, 3), "Ada Lovelace"), told("ben", (3, 1, None)))
    assert (code, err) == (0, "")
    ada, ben = (next(line for line in out.splitlines() if name in line) for name in ("Ada Lovelace", "ben"))
    assert "3 / 3" in ada
    assert "0 / 3" in ben
    assert "1: swapped the inputs, 2: forgot the upstream factor" in ben
    assert "2  the gradient on the wire from x to q" in out
    assert "3  the gradient at z" in out


def test_json_and_csv_say_the_same(grade: Any) -> None:
    """--json has points, mistakes and questions; --csv a line for each learner, safe to open in a spreadsheet."""
    paths = told("ada", (-4, 4, 3), "Ada"), told("eve", (-4, -4, None), "=cmd()")
    code, out, _ = grade(*paths, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["exercise"] == "Chain rule"
    assert found["questions"][0] == {"asks": "gradient", "where": "on the wire from q to f", "text": ""}
    assert [(p["name"], p["total"]) for p in found["learners"]] == [("Ada", 2), ("=cmd()", 2)]
    assert found["learners"][0]["marks"][1] == {"points": 0, "answered": True, "mistake": "sign"}
    assert found["learners"][1]["marks"][2] == {"points": 0, "answered": False, "mistake": None}
    code, out, _ = grade(*paths, "--csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows == [
        ["name", "question 1", "question 2", "question 3", "total"], ["Ada", "1", "0", "1", "2"],
        ["'=cmd()", "1", "1", "0", "2"],
    ]  # fmt: skip


HEAD = '{"format": "gradstudio-answers", "version": 1, "exercise": "Chain rule", "name": "", '
BROKEN = [
    ("{", "expected JSON"),
    ("[]", "expected answers to an exercise"),
    ('{"format": "x"}', "format: expected “gradstudio-answers”"),
    ('{"format": "gradstudio-answers", "version": 2}', "version: expected version 1 or older"),
    ('{"format": "gradstudio-answers", "version": 1, "exercise": "Chain rule", "name": ""}',
     "answers: expected a field “answers”, found none"),
    (HEAD + '"answers": [1, 2]}',
     "answers: expected 3, one for each question, found 2"),
    ('{"format": "gradstudio-answers", "version": 1, "exercise": "Other", "name": "", "answers": [1, 2, 3]}',
     'exercise: expected answers to "Chain rule", found "Other"'),
    (HEAD + '"answers": [1, "x", 3]}',
     'answers[1]: expected a number, a list of numbers, or null, found "x"'),
    (HEAD + '"answers": [[1, null], 2, 3]}',
     "answers[0][1]: expected a number or a list of numbers, found null"),
    (HEAD + '"answers": [true, 2, 3]}',
     "answers[0]: expected a number, a list of numbers, or null, found true"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_broken_answers_are_refused_and_the_others_marked(grade: Any, text: str, sentence: str) -> None:
    """A file that can't be marked is named with place, expected and found; the code is 2, the class is marked."""
    bad = Path("bad.json")
    bad.write_text(text, encoding="utf-8")
    code, out, err = grade(bad, told("ada", (-4, -4, 3), "Ada"))
    assert code == 2
    assert "bad.json" in err
    assert sentence in err
    assert "3 / 3" in out


def test_what_is_no_exercise_is_refused(grade: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A network without questions, a file that isn't there, both forms at once: code 2 and a sentence."""
    path = told("ada", (1, 2, 3))
    assert main(["grade", str(find("product").path), str(path)]) == 2
    assert "There is no exercise in this network" in capsys.readouterr().err
    assert main(["grade", "nothing.grad", str(path)]) == 2
    assert grade(path, "--json", "--csv")[0] == 2
    assert grade("missing.json")[0] == 2


def test_answers_come_back_as_they_were_written(in_tmp_path: Path) -> None:
    """Numbers, arrays, gaps and names of any script are read as written, and make the same bytes again."""
    given = answers.made("Kettenregel “1”", "Ünal Ö", (-4, [[0.5, 1e-9], [2, 3]], None, 0.1))
    data = answers.dumps(given)
    assert answers.dumps(answers.loads(data)) == data
    assert answers.loads(data).name == "Ünal Ö"
    answers.write(given, "a.json")
    assert answers.read("a.json") == answers.loads(data)
