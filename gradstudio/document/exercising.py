"""An exercise made and changed. Commands: each makes a patch and changes nothing."""

from __future__ import annotations

from dataclasses import replace

from gradstudio.document.bounds import name_problem, note_problem
from gradstudio.document.model import Document, Patch
from gradstudio.document.ordering import has_port
from gradstudio.document.questions import (
    ASKS,
    LONGEST_QUESTION,
    MOST_QUESTIONS,
    NO_EXERCISE,
    Asks,
    Exercise,
    Question,
    without,
)
from gradstudio.document.reasons import Reason, Refused


def ask(doc: Document, question: Question, index: int | None = None) -> Patch:
    """One more question, at the end or at a place among the others.

    Raises:
        Refused: if what it asks of isn't there, or that is asked already.
    """
    questions = list(doc.exercise.questions)
    if any(known.place == question.place for known in questions):
        raise Refused(Reason.EXERCISE, f"The {question.asks} {where(doc, question)} is asked already.")
    questions.insert(len(questions) if index is None else index, question)
    return _changed(doc, replace(doc.exercise, questions=tuple(questions)), f"Ask the {question.asks} of a wire")


def ask_wire(doc: Document, wire: int, asks: Asks, text: str = "") -> Patch:
    """A question about what a wire carries, or brings back."""
    return ask(doc, Question(asks, wire=wire, text=text))


def ask_output(doc: Document, node: int, port: str, asks: Asks, text: str = "") -> Patch:
    """A question about an output or weight: its value, or all of its gradient."""
    return ask(doc, Question(asks, node=node, port=port, text=text))


def reword(doc: Document, index: int, text: str) -> Patch:
    """Other words for a question; they may be empty.

    Raises:
        Refused: for a place without a question, or a text it can't have.
    """
    return _with(doc, index, replace(_question(doc, index), text=text.strip()), "Reword a question")


def ask_for(doc: Document, index: int, asks: Asks) -> Patch:
    """Let a question ask for the value, or for the gradient, where it is.

    Raises:
        Refused: for a place without a question, or if that is asked already.
    """
    changed = replace(_question(doc, index), asks=asks)
    return _with(doc, index, changed, f"Ask for the {asks}")


def move_question(doc: Document, index: int, to: int) -> Patch:
    """A question to another place among the others.

    Raises:
        Refused: for a place without a question.
    """
    question = _question(doc, index)
    rest = [q for i, q in enumerate(doc.exercise.questions) if i != index]
    rest.insert(max(0, to), question)
    return _changed(doc, replace(doc.exercise, questions=tuple(rest)), "Move a question")


def drop_question(doc: Document, index: int) -> Patch:
    """A question away.

    Raises:
        Refused: for a place without a question.
    """
    _question(doc, index)
    rest = tuple(q for i, q in enumerate(doc.exercise.questions) if i != index)
    return _changed(doc, replace(doc.exercise, questions=rest), "Remove a question")


def set_title(doc: Document, title: str) -> Patch:
    """Another title; it may be empty.

    Raises:
        Refused: for one it can't have.
    """
    return _changed(doc, replace(doc.exercise, title=title.strip()), "Name the exercise")


def drop_exercise(doc: Document) -> Patch:
    """The exercise away."""
    return Patch("Remove the exercise", exercise=NO_EXERCISE) if doc.exercise else Patch("Nothing")


def settled(doc: Document, patch: Patch) -> Patch:
    """The patch, with the questions away that ask of what goes: every edit passes here (`History.do`)."""
    exercise = doc.exercise if patch.exercise is None else patch.exercise
    if not exercise.questions or not (patch.wires or patch.nodes):
        return patch
    after = without(
        exercise,
        (i for i, wire in patch.wires.items() if wire is None),
        (i for i, node in patch.nodes.items() if node is None),
    )
    lost = [
        i
        for i, q in enumerate(after.questions)
        if q.node is not None
        and (node := patch.nodes.get(q.node)) is not None
        and not has_port(node, q.port, output=True)
    ]
    if lost:
        after = replace(after, questions=tuple(q for i, q in enumerate(after.questions) if i not in lost))
    return patch if after is exercise else replace(patch, exercise=after)


def exercise_problem(doc: Document, exercise: Exercise) -> tuple[str, str] | None:
    """What speaks against an exercise about a network: where ("title", "questions[2].wire"), and a sentence."""
    title = name_problem(exercise.title, "exercise") if exercise.title else None
    if title is not None:
        return "title", title
    if len(exercise.questions) > MOST_QUESTIONS:
        count = f"{len(exercise.questions):,}"
        return "questions", f"An exercise has at most {MOST_QUESTIONS:,} questions; this one has {count}."
    asked: dict[object, int] = {}
    for i, question in enumerate(exercise.questions):
        problem = _question_problem(doc, question)
        if problem is not None:
            return f"questions[{i}]{problem[0]}", problem[1]
        first = asked.setdefault(question.place, i)
        if first != i:
            return f"questions[{i}]", f"It asks the same as question {first + 1}."
    return None


def _question_problem(doc: Document, question: Question) -> tuple[str, str] | None:
    if question.asks not in ASKS:
        return ".asks", f"A question asks for a value or a gradient, not for “{question.asks}”."
    if (question.wire is None) is (question.node is None) or bool(question.port) is (question.node is None):
        return "", "A question is asked of a wire, or of a node's output: of one of the two."
    if question.wire is not None and question.wire not in doc.wires:
        return ".wire", f"There is no wire {question.wire}."
    if question.node is not None:
        node = doc.nodes.get(question.node)
        if node is None:
            return ".node", f"There is no node {question.node}."
        if not has_port(node, question.port, output=True):
            return ".port", f"“{node.name}” has no output “{question.port}”."
    text = note_problem(question.text, "question", LONGEST_QUESTION)
    return None if text is None else (".text", text)


def where(doc: Document, question: Question) -> str:
    """Of what a question asks, in words: "on the wire from q to f", "at x"."""
    wire = None if question.wire is None else doc.wires.get(question.wire)
    if wire is not None:
        return f"on the wire from {doc.nodes[wire.source].name} to {doc.nodes[wire.target].name}"
    node = None if question.node is None else doc.nodes.get(question.node)
    if node is None:
        return "of something that is gone"
    return f"at {node.name}" if len(node.output_ports()) == 1 else f"at {node.name}.{question.port}"


def _question(doc: Document, index: int) -> Question:
    if 0 <= index < len(doc.exercise.questions):
        return doc.exercise.questions[index]
    raise Refused(Reason.EXERCISE, f"There is no question {index + 1}.")


def _with(doc: Document, index: int, question: Question, title: str) -> Patch:
    questions = list(doc.exercise.questions)
    questions[index] = question
    return _changed(doc, replace(doc.exercise, questions=tuple(questions)), title)


def _changed(doc: Document, exercise: Exercise, title: str) -> Patch:
    problem = exercise_problem(doc, exercise)
    if problem is not None:
        raise Refused(Reason.EXERCISE, problem[1])
    return Patch(title, exercise=exercise)
