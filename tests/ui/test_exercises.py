"""Exercises in the window: made by a teacher, worked on by a learner, handed in, and marked on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from gradstudio import files
from gradstudio.cli import main
from gradstudio.document import commands, exercising, grouping
from gradstudio.ui.exercisefiling import write_answers
from gradstudio.ui.predicting import read_answer

RETURN, TAB, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape


def wire(window, source, target):
    """The id of the wire between two nodes."""
    document = window.studio.document
    ends = document.named(source).id, document.named(target).id
    return next(w.id for w in document.wires.values() if (w.source, w.target) == ends)


def panel(window):
    """The exercise panel, shown."""
    window.actions_by_id["exercise_panel"].trigger()
    return window.docks["exercise"].widget()


def tell(window, text, key=RETURN):
    """Type an answer into the card."""
    field = window.card.field
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)


@pytest.fixture
def asked(make_window, hand):
    """A window on (x + y)·z with an exercise: the gradients at q>f and x>q, the value of f."""
    window = make_window("sum-times-z")
    canvas = window.canvas
    for source, target in (("q", "f"), ("x", "q")):
        window.studio.select((), (wire(window, source, target),))
        QTest.keyClick(canvas, Qt.Key.Key_E)
    window.studio.select((window.studio.document.named("f").id,))
    QTest.keyClick(canvas, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    hand(window).settle()
    return window


def test_a_teacher_makes_an_exercise_with_keys_and_the_panel(asked) -> None:
    """E and Shift+I ask, the panel names, words, orders and removes; each is a step of undo."""
    window, document = asked, asked.studio.document
    assert [q.asks for q in document.exercise] == ["gradient", "gradient", "value"]
    page = panel(window)
    page.heading.setFocus()
    QTest.keyClicks(page.heading, "Chain rule")
    QTest.keyClick(page.heading, RETURN)
    assert document.exercise.title == "Chain rule"
    assert window.studio.selection()[0]
    page.list.setCurrentRow(1)
    page.wording.setFocus()
    QTest.keyClicks(page.wording, "What reaches x?")
    QTest.keyClick(page.wording, RETURN)
    assert document.exercise.questions[1].text == "What reaches x?"
    QTest.mouseClick(page.up, Qt.MouseButton.LeftButton)
    assert document.exercise.questions[0].text == "What reaches x?"
    QTest.mouseClick(page.kind, Qt.MouseButton.LeftButton)
    assert document.exercise.questions[0].asks == "value"
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert len(document.exercise.questions) == 2
    assert document.named("f") is not None
    for _ in range(4):
        window.studio.undo()
    assert [q.text for q in document.exercise] == ["", "", ""]
    assert page.list.count() == 3


def test_what_is_asked_is_hidden_everywhere(asked, hand) -> None:
    """At the wires stands ?, and neither inspector, sheet, panels nor tooltips tell what is asked for."""
    window = asked
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    readings, document = window.canvas.readings, window.studio.document
    q, f = document.named("q").id, document.named("f").id
    assert readings.wire(wire(window, "q", "f"))[1:] == ("3", "?")
    assert readings.wire(wire(window, "z", "f"))[1:] == ("-4", "3")
    assert readings.end(f, "z").value == "?"
    snapshot = window.studio.snapshot()
    assert (q, "z") not in snapshot.gradients
    assert wire(window, "q", "f") not in snapshot.contributions
    assert (f, "z") not in snapshot.values
    assert snapshot.loss is None
    assert not snapshot.seen
    window.studio.select((f,))
    assert not any("-4 × 1 = -4" in text for *_, text in window.inspector.page.backward.texts())
    window.predicting.leave()
    assert window.canvas.readings.wire(wire(window, "q", "f"))[1:] == ("3", "-4")


def test_a_learner_answers_by_keyboard_alone(asked, hand) -> None:
    """Enter checks and a right answer leads on; a wrong one is explained and stays; Tab goes on, Escape ends it."""
    window = asked
    QTest.keyClick(window.canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    hand(window).settle()
    card, predicting = window.card, window.predicting
    assert card.isVisible()
    assert card.text.text() == "The gradient on the wire from q to f?"
    tell(window, "3")
    assert predicting.current == 0
    assert "swapped" in card.verdict.text()
    assert window.canvas.readings.wire(wire(window, "q", "f")).gradient == "3 ✗"
    tell(window, "-4")
    assert predicting.current == 1
    assert window.canvas.readings.wire(wire(window, "q", "f")).gradient == "-4 ✓"
    tell(window, "1", TAB)
    assert predicting.current == 2
    assert "local gradient" in predicting.given[1].verdict.sentence
    tell(window, "-12")
    assert predicting.current == 1
    assert card.field.text() == "1"
    tell(window, "-4.0")
    assert predicting.points == 3
    assert not card.isVisible()
    assert window.canvas.hasFocus()
    assert panel(window).status.text() == "3 of 3 right"


def test_the_card_stays_in_view_beside_its_label(asked, hand) -> None:
    """Whatever is asked, the card lies in the canvas, and follows when one pans."""
    window = asked
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    for index in range(3):
        window.predicting.go(index)
        assert window.canvas.rect().contains(window.card.geometry())
    before = window.card.pos()
    window.predicting.go(0)
    window.canvas.pan(-30, 0)
    assert window.card.pos() != before


def test_the_card_covers_no_node_where_there_is_room(make_window, hand) -> None:
    """Below the label at the wire from mul to add lies add; the card goes to its left and leaves it to be seen."""
    window = make_window("exercise")
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    window.predicting.go(2)
    tell(window, "1")
    card = window.canvas.camera.rect_to_scene(QRectF(window.card.geometry()))
    assert not len(window.canvas.scene.nodes.within(card, 0.0))


def test_every_gradient_can_be_predicted_without_an_exercise(make_window, hand) -> None:
    """Of the staged example all shares and sums are asked for, backward from f; sums stand at their forks."""
    window = make_window("staged")
    hand(window).settle()
    window.actions_by_id["predict_gradients"].trigger()
    hand(window).settle()
    document = window.studio.document
    questions = window.predicting.questions
    assert questions[0].wire in {w.id for w in document.wires_into(document.named("f").id)}
    sums = [q for q in questions if q.node is not None]
    assert {document.nodes[q.node].name for q in sums} == {"x", "y"}
    assert window.canvas.readings.fork(document.named("x").id, "value") == "Σ = ?"
    window.predicting.go(questions.index(next(q for q in sums if document.nodes[q.node].name == "y")))
    tell(window, "1.583")
    assert "goes 2 ways" in window.card.verdict.text()
    tell(window, "1.592")
    assert window.predicting.right(questions.index(sums[0])) or window.predicting.right(questions.index(sums[1]))
    window.actions_by_id["end_exercise"].trigger()
    window.actions_by_id["predict_values"].trigger()
    assert all(q.asks == "value" for q in window.predicting.questions)


def test_small_arrays_are_asked_and_typed(make_window, hand) -> None:
    """A vector is typed as a list; its transpose and a wrong shape are told."""
    window = make_window("norm-squared")
    document = window.studio.document
    node = document.named("W")
    window.studio.do(exercising.ask_output(document, node.id, node.output_ports()[0].name, "gradient"))
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    tell(window, "[[0.088, 0.104], [0.176, 0.208]]")
    assert "transpose" in window.card.verdict.text()
    tell(window, "[0.088]")
    assert "Expected an array of 2×2" in window.card.verdict.text()
    tell(window, "[[0.088, 0.176], [0.104, 0.208]]")
    assert window.predicting.points == 1


def test_answers_are_handed_in_and_marked_on_the_command_line(asked, hand, tmp_path: Path, capsys) -> None:
    """The window writes the exercise and a learner's answers; `gradstudio grade` gives the same marks."""
    window = asked
    window.studio.do(exercising.set_title(window.studio.document, "Chain rule"))
    files.write(window.studio.document, tmp_path / "exercise.grad")
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    tell(window, "-4")
    tell(window, "1", TAB)
    write_answers(window, "Ada", tmp_path / "ada.json")
    assert "Answers saved" in window.toast.text
    assert json.loads((tmp_path / "ada.json").read_text(encoding="utf-8"))["answers"] == [-4, 1, None]
    assert main(["grade", str(tmp_path / "exercise.grad"), str(tmp_path / "ada.json"), "--json"]) == 0
    learner = json.loads(capsys.readouterr().out)["learners"][0]
    assert (learner["name"], learner["total"]) == ("Ada", window.predicting.points)
    assert [m["points"] for m in learner["marks"]] == [1, 0, 0]


def test_the_save_button_asks_for_a_file(asked, hand) -> None:
    """Save answers… opens a dialog that proposes the learner's name."""
    window = asked
    page = panel(window)
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    page.learner.setText("Ada Lovelace")
    QTest.mouseClick(page.save, Qt.MouseButton.LeftButton)
    dialog = window.findChild(QFileDialog)
    assert dialog.isVisible()
    assert dialog.selectedFiles()[0].endswith("Ada-Lovelace.json")
    dialog.reject()


def test_edits_training_and_stepping_end_it_with_a_sentence(asked, hand) -> None:
    """Another value, a step-through and another network show all numbers again."""
    window = asked
    told: list[str] = []
    window.studio.messageShown.connect(told.append)
    window.actions_by_id["try_exercise"].trigger()
    x = window.studio.document.named("x").id
    window.studio.do(commands.set_param(window.studio.document, [x], "value", 1.0))
    hand(window).settle()
    assert not window.predicting.open
    assert any("was edited" in sentence for sentence in told)
    assert window.canvas.readings.wire(wire(window, "q", "f"))[1:] == ("6", "-4")
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    window.steps.begin()
    assert not window.predicting.open
    assert not window.card.isVisible()
    assert window.canvas.readings.wire(wire(window, "q", "f")).value == ""
    window.actions_by_id["try_exercise"].trigger()
    assert not window.steps.open
    assert window.canvas.readings.wire(wire(window, "q", "f")).gradient == "?"


def test_without_an_exercise_the_panel_says_how_to_make_one(make_window, hand) -> None:
    """An empty panel tells the keys, and its button predicts every gradient at once."""
    window = make_window("product")
    page = panel(window)
    hand(window).settle()
    assert "press E" in page.notice.text.text()
    assert not window.actions_by_id["try_exercise"].isEnabled()
    QTest.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    assert window.predicting.open
    assert not page.save.isVisible()
    assert page.end.isVisible()


def test_a_question_inside_a_closed_group_opens_the_way_to_it(make_window, hand) -> None:
    """With q and f in a closed group, the question about the wire between them is asked inside the group."""
    window = make_window("sum-times-z")
    document = window.studio.document
    inner = [document.named(name).id for name in ("q", "f")]
    window.studio.do(exercising.ask_wire(document, wire(window, "q", "f"), "gradient"))
    patch, made = grouping.group(document, inner, (), (), name="g", at=(0, 0), collapsed=True)
    window.studio.do(patch)
    hand(window).settle()
    assert wire(window, "q", "f") not in window.canvas.scene.wires.row
    window.actions_by_id["try_exercise"].trigger()
    hand(window).settle()
    assert window.studio.stage.inside == made
    assert wire(window, "q", "f") in window.canvas.scene.wires.row
    assert window.canvas.rect().contains(window.card.geometry())


@pytest.mark.parametrize(
    ("text", "answer"),
    [("-4", -4), (" −0.5 ", -0.5), ("[1, 2]", [1, 2]), (".5", 0.5), ("four", None), ("true", None), ("NaN", None)],
)
def test_what_is_typed_is_read_as_numbers_only(text, answer) -> None:
    """Numbers and lists are read, whatever minus is typed; words, truth values and NaN are not."""
    assert read_answer(text) == answer


def test_an_exercise_and_one_sample_on_the_canvas_exclude_each_other(make_window, hand) -> None:
    """Beginning an exercise brings the batch back, whose numbers are asked; showing a sample ends the exercise."""
    window = make_window("spiral")
    studio = window.studio
    node = studio.document.named("loss").id
    studio.do(exercising.ask_output(studio.document, node, studio.document.nodes[node].output_ports()[0].name, "value"))
    window.samples.show(3)
    hand(window).settle()
    window.actions_by_id["try_exercise"].trigger()
    assert window.samples.number is None
    hand(window).settle()
    tell(window, str(studio.computed.loss))
    assert window.predicting.points == 1
    window.samples.show(3)
    assert not window.predicting.open
