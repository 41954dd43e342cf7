"""A learner's answers to an exercise, as a small JSON file: written by the window, or by hand.

`{"format": "gradstudio-answers", "version": 1, "exercise": TITLE, "name": NAME, "answers": [-4, [1, 2], null]}`: an
answer for each question in their order; null where there is none.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from gradstudio.files import blame, limits, strictjson
from gradstudio.files.atomic import DISK, Disk
from gradstudio.files.errors import Invalid, NotAGradFile, TooLarge, TooNew, shown
from gradstudio.files.storage import bytes_of, naming, write_bytes

FORMAT: Literal["gradstudio-answers"] = "gradstudio-answers"
VERSION = 1
LARGEST_FILE = limits.MiB
DEEPEST = 8
"""Lists within lists of an answer."""


class Answers(Struct, frozen=True, forbid_unknown_fields=True):
    """What one learner has told.

    Attributes:
        format: always "gradstudio-answers".
        version: of this format.
        exercise: title of the exercise.
        name: of the learner; may be empty.
        answers: numbers, nested lists of numbers, or None, one for each question.
    """

    format: Literal["gradstudio-answers"]
    version: Annotated[int, Meta(ge=1)]
    exercise: Annotated[str, Meta(max_length=limits.NAME)]
    name: Annotated[str, Meta(max_length=limits.NAME)]
    answers: Annotated[tuple[Any, ...], Meta(max_length=limits.QUESTIONS)]


class _Stamp(Struct, frozen=True):
    format: str = ""
    version: int = 0


def made(exercise: str, name: str, answers: tuple[Any, ...]) -> Answers:
    """Answers as they are written now."""
    return Answers(FORMAT, VERSION, exercise, name, answers)


def read(path: str | os.PathLike[str]) -> Answers:
    """The answers in a file.

    Raises:
        FileProblem: if it can't be read, or holds something else.
    """
    with naming(path) as file:
        return loads(bytes_of(file))


def write(answers: Answers, path: str | os.PathLike[str], disk: Disk = DISK) -> None:
    """Write answers into a file, all of them or none.

    Raises:
        FileProblem: if it can't be written.
    """
    write_bytes(dumps(answers), path, disk)


def dumps(answers: Answers) -> bytes:
    """The bytes of a file; what is returned can be read."""
    fields = msgspec.structs.asdict(answers)
    told = ",\n".join(f"  {json.dumps(answer)}" for answer in fields.pop("answers"))
    head = ",\n".join(f" {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in fields.items())
    data = f'{{\n{head},\n "answers": [\n{told}\n ]\n}}\n'.encode()
    loads(data)
    return data


def loads(data: bytes) -> Answers:
    """The answers in the bytes of a file.

    Raises:
        FileProblem: if they hold something else.
    """
    if len(data) > LARGEST_FILE:
        raise TooLarge(f"at most {LARGEST_FILE:,} bytes of answers", f"{len(data):,}")
    strictjson.check(data, "answers", NotAGradFile)
    if not data.lstrip().startswith(b"{"):
        raise NotAGradFile("answers to an exercise", "other JSON")
    stamp = blame.decode(data, _Stamp)
    if stamp.format != FORMAT:
        found = shown(stamp.format) if stamp.format else "none"
        raise NotAGradFile(f"“{FORMAT}”", found, place="format", advice="Answers are saved from the Exercise panel.")
    if stamp.version > VERSION:
        advice = "A newer GradStudio wrote this file: update GradStudio to read it."
        raise TooNew(f"version {VERSION} or older", f"version {stamp.version}", place="version", advice=advice)
    answers = blame.decode(data, Answers)
    for i, answer in enumerate(answers.answers):
        _check(answer, f"answers[{i}]", DEEPEST)
    return answers


def _check(answer: object, place: str, deep: int) -> None:
    """Refuse what is neither a number nor lists of numbers; null only stands for a whole answer."""
    if answer is None and "][" not in place:
        return
    if isinstance(answer, list) and deep:
        for i, entry in enumerate(answer):
            _check(entry, f"{place}[{i}]", deep - 1)
        return
    if isinstance(answer, bool) or not isinstance(answer, (int, float)):
        expected = "a number, a list of numbers, or null" if "][" not in place else "a number or a list of numbers"
        raise Invalid(expected, shown(answer), place=place)
