"""The exercise of a file: records to and fro, and what it is refused for."""

from __future__ import annotations

import msgspec

from gradstudio.document.exercising import exercise_problem
from gradstudio.document.model import Document
from gradstudio.document.questions import NO_EXERCISE, Exercise, Question
from gradstudio.files.errors import Invalid
from gradstudio.files.schema import ExerciseRecord, QuestionRecord


def record_of(exercise: Exercise) -> ExerciseRecord | None:
    """The record of an exercise; None where there is none."""
    if not exercise:
        return None
    questions = (QuestionRecord(q.asks, q.wire, q.node, q.port, q.text) for q in exercise.questions)
    return ExerciseRecord(exercise.title, tuple(questions))


def exercise_of(record: ExerciseRecord | None) -> Exercise:
    """The exercise of a record.

    Raises:
        Invalid: for an empty one, which is never written.
    """
    if record is None:
        return NO_EXERCISE
    if not (record.title or record.questions):
        raise Invalid("an exercise with a title or a question, or none at all", "an empty one", place="exercise")
    return Exercise(record.title, tuple(Question(**msgspec.structs.asdict(q)) for q in record.questions))


def check(document: Document, exercise: Exercise) -> None:
    """Refuse an exercise that no edit could lead to.

    Raises:
        Invalid: with the place.
    """
    problem = exercise_problem(document, exercise)
    if problem is not None:
        place, sentence = problem
        raise Invalid("an exercise about this network", sentence.rstrip("."), place=f"exercise.{place}")
