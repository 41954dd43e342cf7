"""The confusion panel: the matrix is the network's own, by mouse and keyboard; of numbers, points and their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from gradstudio.document.commands import set_param
from gradstudio.insight.judging import Judged, JudgeLook
from gradstudio.training.metrics import ClassScore, confusion, ranks, score_classes
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.confusion import FEWEST, WORTH, ConfusionPanel, rows_for
from gradstudio.ui.panels.matrix import MatrixView
from gradstudio.ui.samples import Samples
from gradstudio.ui.theme import DARK
from tests.insight.classifiers import answered, diabetes, digits
from tests.training.networks import spiral

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _data() -> Iterator[None]:
    """Data nodes are answered."""
    with answered():
        yield


def panel_of(studio: Studio) -> ConfusionPanel:
    """A panel with samples of its own."""
    return ConfusionPanel(studio, Samples(studio))


def scored(panel: ConfusionPanel) -> ClassScore:
    """What the panel shows."""
    assert panel.seen is not None
    assert isinstance(panel.seen.score, ClassScore)
    return panel.seen.score


def test_each_part_has_its_own_matrix(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """The rows that train are shown first; chosen by keyboard, those that test come in their place, all of them."""
    panel = show(panel_of, digits())
    assert panel.score.whole.endswith("989 rows".replace(",", "\u202f"))
    panel.part.setFocus()
    for _ in range(2):
        QTest.keyClick(panel.part, Qt.Key.Key_Down)
    wait(panel.studio)
    assert panel.look == JudgeLook("test")
    assert scored(panel).rows == 450
    assert panel.matrix.score is scored(panel)
    assert panel.accessibleDescription().startswith("Test: accuracy ")


def test_it_follows_training_with_fewer_rows(
    show: Callable[..., Any], wait: Callable[[Studio], None], qtbot: Any
) -> None:
    """While training runs some rows are judged, at rest all of them, of the newest step; hidden, nobody looks."""
    panel = show(panel_of, digits(steps=10**6, batch_size=20))
    before = scored(panel).accuracy
    looks = sorted(panel.studio.session.watch.looks, key=lambda look: look.brief)
    assert looks[0] == JudgeLook("training")
    assert [look.brief for look in looks] == [False, True]
    panel.studio.train()
    panel.refresh()
    assert panel.look.brief
    qtbot.waitUntil(lambda: panel.seen.step >= 40, timeout=20_000)
    assert panel.look.brief
    panel.studio.pause()
    wait(panel.studio)
    assert panel.look == JudgeLook("training")
    assert panel.seen.step == panel.studio.snapshot().step
    assert scored(panel).accuracy > before + 0.3
    panel.hide()
    assert not panel.studio.session.watch.looks


def test_as_many_rows_as_time_allows() -> None:
    """A quick network is judged by more rows than a slow one, and by no fewer than the least."""
    made = np.zeros(1000)
    score = score_classes(made.astype(int), made.astype(int), made.astype(int), ("a", "b"))
    numbers = np.arange(1000)
    seen = Judged(None, numbers, made, made, made, made, made, score, 0, seconds=0.0)  # type: ignore[arg-type]
    assert rows_for(None) == rows_for(seen) == FEWEST
    quick = Judged(None, numbers, made, made, made, made, made, score, 0, seconds=WORTH / 5)  # type: ignore[arg-type]
    assert rows_for(quick) == 5000


def test_a_cell_is_told_and_taken(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """The mouse over a cell tells its samples in words; a click, or Enter at it, asks for them."""
    panel = show(panel_of, digits(steps=30), size=(560, 420))
    panel.studio.train()
    wait(panel.studio)
    matrix, wanted = panel.matrix, []
    panel.cellWanted.connect(lambda *cell: wanted.append(cell))
    QTest.mouseClick(matrix.viewport(), LEFT, pos=matrix.rect_of(8, 1).center().toPoint())
    count = scored(panel).confusion[8, 1]
    assert wanted == [("training", 8, 1)]
    assert panel.word.whole.startswith(f"“8” taken for “1”: {count} of {scored(panel).each.support[8]} rows")
    matrix.setFocus()
    QTest.keyClick(matrix, Qt.Key.Key_Home)
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert wanted[1:] == [("training", 1, 1)]
    assert panel.word.whole.startswith("“1” told right: ")
    assert panel.accessibleDescription() == panel.word.whole


def test_a_hundred_classes_scroll(qtbot: Any) -> None:
    """Of a hundred classes with long names every cell can be reached, and the names stay beside their rows."""
    names = tuple(f"a class with a very long name, number {i}" for i in range(100))
    random = np.random.default_rng(0)
    true = random.integers(0, 100, 5000)
    said = np.where(random.random(5000) < 0.8, true, random.integers(0, 100, 5000))
    matrix = MatrixView()
    qtbot.addWidget(matrix)
    matrix.dress(DARK)
    matrix.resize(500, 300)
    matrix.show()
    matrix.show_score(score_classes(said, true, ranks(np.eye(100)[said], true), names))
    QTest.keyClick(matrix, Qt.Key.Key_End)
    assert matrix.cell == (99, 99)
    place = matrix.rect_of(99, 99)
    assert matrix.cell_at(place.center()) == (99, 99)
    assert place.right() < matrix.viewport().width()
    assert place.bottom() <= matrix.viewport().height()
    assert matrix.cell_at(QPointF(place.right() + 5, place.center().y())) is None
    picture = matrix.grab().toImage()
    full = picture.pixelColor((matrix.rect_of(98, 98).topLeft() + QPointF(3, 3)).toPoint())
    assert full.blue() > full.red() + 30
    QTest.keyClick(matrix, Qt.Key.Key_Home)
    assert matrix.rect_of(0, 0).left() >= 60


def test_shares_make_the_colours(qtbot: Any) -> None:
    """What is told right is blue, what is told wrong orange, the stronger the larger its share of the row."""
    truth, said = np.array([0] * 10 + [1] * 10), np.array([0] * 9 + [1] + [0] * 5 + [1] * 5)
    score = score_classes(said, truth, (said != truth).astype(int), ("a", "b"))
    assert score.confusion.tolist() == confusion(said, truth, 2).tolist() == [[9, 1], [5, 5]]
    matrix = MatrixView()
    qtbot.addWidget(matrix)
    matrix.dress(DARK)
    matrix.resize(400, 200)
    matrix.show()
    matrix.show_score(score)
    picture = matrix.grab().toImage()

    def color(row: int, column: int) -> tuple[int, int]:
        pixel = picture.pixelColor((matrix.rect_of(row, column).topLeft() + QPointF(5, 5)).toPoint())
        return pixel.red(), pixel.blue()

    (right_red, right_blue), (few_red, few_blue), (many_red, many_blue) = color(0, 0), color(0, 1), color(1, 0)
    assert right_blue > right_red + 50
    assert many_red > many_blue + 50
    assert few_red - few_blue < many_red - many_blue


def test_numbers_are_points_over_the_truth(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """Of a regression every sample is a point, what is said over what is true; Enter sends one through the canvas."""
    panel = show(panel_of, diabetes(steps=50, learning_rate=2.0), size=(600, 300))
    panel.studio.train()
    wait(panel.studio)
    panel.choose("test")
    wait(panel.studio)
    seen, fit = panel.seen, panel.fit
    np.testing.assert_array_equal(fit.plot.points.at, np.stack([seen.truth, seen.said], axis=1))
    assert panel.score.whole.startswith(f"R² {seen.score.r2:.4g}  ·  MAE {seen.score.mae:.4g}")
    assert fit.errors.isVisible()
    assert int(fit.errors.layers[0].counts.sum()) == len(seen.said)
    fit.plot.setFocus()
    QTest.keyClick(fit.plot, Qt.Key.Key_End)
    assert panel.word.whole.startswith(f"Sample {len(seen.said)}: true ")
    QTest.keyClick(fit.plot, Qt.Key.Key_Return)
    wait(panel.studio)
    assert (panel.samples.number, panel.samples.part) == (len(seen.said) - 1, "test")
    assert panel.samples.seen.truth == pytest.approx(seen.truth[-1])


def test_a_network_without_a_file_has_no_parts(show: Callable[..., Any]) -> None:
    """Samples drawn at random all train: there is a matrix, and no other part to choose."""
    panel = show(panel_of, spiral())
    assert scored(panel).rows == 120
    assert not panel.part.isVisible()


def test_what_cannot_be_judged_says_why(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """A part no row is in is told of in a sentence, with the choice of parts still there."""
    document = digits()
    node = next(n for n in document.nodes.values() if n.gate == "data")
    text = str(node.params["record"]).replace('"validation":0.2', '"validation":0.0')
    document.apply(set_param(document, [node.id], "record", text))
    panel = show(panel_of, document)
    panel.choose("validation")
    wait(panel.studio)
    assert "No row is in the validation part" in panel.notice.text.text()
    assert panel.part.isVisible()
