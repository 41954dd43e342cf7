"""Evaluate: the verdict on rows that were held back, from the menu's key to the panels, with what is lacking told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import set_param
from gradstudio.document.model import Document
from gradstudio.insight.evaluating import Evaluation, evaluate
from gradstudio.training.metrics import ClassScore, NumberScore, mistakes
from gradstudio.ui.dialogs.evaluate import EvaluateDialog
from gradstudio.ui.panels.confusion import ConfusionPanel
from gradstudio.ui.panels.predictions import PredictionsPanel
from gradstudio.ui.window import MainWindow
from tests.insight.classifiers import answered, diabetes, digits
from tests.training.networks import course_circuit, spiral


@pytest.fixture(autouse=True)
def _data() -> Iterator[None]:
    """Data nodes are answered."""
    with answered():
        yield


def evaluated(document: Document, part: str = "test") -> Evaluation:
    """The verdict on a network."""
    found = evaluate(document, part)
    assert found is not None
    return found


@pytest.fixture
def card(qtbot: Any) -> Callable[[Document], EvaluateDialog]:
    """Shows the card of a network and waits for the verdict."""

    def make(document: Document) -> EvaluateDialog:
        dialog = EvaluateDialog(document)
        qtbot.addWidget(dialog, before_close_func=lambda made: made.job.cancel())
        with qtbot.waitSignal(dialog.job.ended):
            dialog.start()
        qtbot.waitUntil(lambda: not dialog.progress.isVisible())
        return dialog

    return make


def test_from_the_key_to_the_panels(make_window: Callable[..., MainWindow], hand: Any, qtbot: Any) -> None:
    """Ctrl+T after training: the card tells the test part's numbers, and its buttons show that part in both panels."""
    window = make_window(digits(steps=60, batch_size=50))
    hands = hand(window)
    window.studio.train()
    hands.settle()
    hands.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(EvaluateDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    score = evaluated(window.studio.document).judged.score
    assert isinstance(score, ClassScore)
    right = int(score.confusion.trace())
    assert dialog.headline.text() == f"{right} of 450 right: {100 * right / 450:.1f} %"
    assert dialog.sentence.text() == "Judged on 450 samples it was never trained on: the test part."
    assert not dialog.warning.isVisible()
    assert dialog.table.rowCount() == 10
    cell = dialog.table.item(3, 2)
    assert cell is not None
    assert cell.text() == f"{score.each.recall[3]:.3f}"
    worst = mistakes(score.confusion, 1)[0]
    assert dialog.confused.text().startswith(f"Most often: “{worst.true}” taken for “{worst.said}” ({worst.samples})")
    QTest.mouseClick(dialog.confusion_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.predictions_button, Qt.MouseButton.LeftButton)
    hands.settle()
    confusion, predictions = (window.docks[name].widget() for name in ("confusion", "predictions"))
    assert isinstance(confusion, ConfusionPanel)
    assert isinstance(predictions, PredictionsPanel)
    assert confusion.matrix.score is not None
    assert confusion.matrix.score.confusion.tolist() == score.confusion.tolist()
    assert predictions.model.judged is not None
    assert predictions.model.judged.total == 450
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_run_goes_on(make_window: Callable[..., MainWindow], hand: Any, qtbot: Any) -> None:
    """Evaluated in the middle of a run, the network is judged with what it has learned so far, and goes on learning."""
    window = make_window(digits(steps=1_000_000, batch_size=50))
    window.studio.train()
    qtbot.waitUntil(lambda: window.studio.session.step > 50)
    window.actions_by_id["evaluate"].trigger()
    dialog = window.findChild(EvaluateDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    assert window.studio.running
    assert not dialog.warning.isVisible()
    dialog.reject()
    window.studio.pause()


def test_closing_the_window_ends_the_work(make_window: Callable[..., MainWindow]) -> None:
    """A window that goes while it evaluates waits for that to stop: no thread is left that would tell a dead card."""
    window = make_window(digits())
    window.actions_by_id["evaluate"].trigger()
    window.close_now()
    assert "gradstudio-evaluate" not in {thread.name for thread in threading.enumerate()}


def test_what_is_lacking_is_told(card: Callable[[Document], EvaluateDialog]) -> None:
    """Without a test part, and before the first step, the card says so and by which samples it judges instead."""
    dialog = card(spiral())
    assert dialog.sentence.text().startswith("Judged on the 120 samples it learned from.")
    assert dialog.warning.isVisible()
    lines = dialog.warning.text().split("\n")
    assert lines[0].startswith("There is no test part: data reads no file")
    assert lines[1].startswith("The network hasn't been trained yet")


def test_a_regression_has_its_errors(card: Callable[[Document], EvaluateDialog]) -> None:
    """A number that is told has no table of classes, but R² and errors."""
    dialog = card(diabetes())
    score = evaluated(diabetes()).judged.score
    assert isinstance(score, NumberScore)
    assert dialog.headline.text() == f"Off by {score.mae:.3g} on average, R² {score.r2:.3g}"
    assert not dialog.table.isVisible()


def test_what_can_not_be_evaluated_says_why(card: Callable[[Document], EvaluateDialog]) -> None:
    """A circuit without an answer has no verdict, but a sentence that says what to do."""
    dialog = card(course_circuit())
    assert dialog.headline.text() == "There is nothing to evaluate"
    assert "no answer for each sample" in dialog.sentence.text()
    assert not dialog.confusion_button.isEnabled()


def test_without_a_test_part_the_validation_part_judges() -> None:
    """The strictest part there is judges; stopped before the end there is no verdict."""
    document = digits()
    node = next(n for n in document.nodes.values() if n.gate == "data")
    text = str(node.params["record"]).replace('"test":0.25', '"test":0.0')
    document.apply(set_param(document, [node.id], "record", text))
    found = evaluated(document)
    assert found.part == "validation"
    assert "No row is in the test part" in found.lacks
    assert evaluate(document, "validation", lambda: True) is None
