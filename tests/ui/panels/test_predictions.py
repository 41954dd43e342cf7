"""The predictions panel: every sample with its truth and answer, sorted, filtered, and sent through the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest

from gradstudio.engine.gate import Array
from gradstudio.insight.answer import Answer
from gradstudio.insight.cells import Cells
from gradstudio.insight.judging import Judged
from gradstudio.training.metrics import ranks, score_classes
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.predictions import PredictionsPanel
from gradstudio.ui.panels.predictions_model import Column, PredictionsModel, Wish
from gradstudio.ui.panels.rowreader import RowReader
from gradstudio.ui.samples import Samples
from tests.insight.classifiers import answered, diabetes, digits
from tests.training.networks import spiral

LEFT = Qt.MouseButton.LeftButton
ROLE = Qt.ItemDataRole


@pytest.fixture(autouse=True)
def _data() -> Iterator[None]:
    """Data nodes are answered."""
    with answered():
        yield


def panel_of(studio: Studio) -> PredictionsPanel:
    """A panel with samples of its own."""
    return PredictionsPanel(studio, Samples(studio))


def texts(panel: PredictionsPanel, column: Column, rows: int = 5) -> list[str]:
    """The first cells of a column."""
    return [str(panel.model.data(panel.model.index(row, column))) for row in range(rows)]


def trained(show: Callable[..., Any], wait: Callable[[Studio], None]) -> PredictionsPanel:
    """The panel of a network that tells most digits."""
    panel: PredictionsPanel = show(panel_of, digits(steps=40, batch_size=50), size=(640, 320))
    panel.studio.train()
    wait(panel.studio)
    return panel


def test_every_sample_has_its_row(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """A row tells number, truth, answer, share and loss as they were judged; a picture is shown as one."""
    panel = trained(show, wait)
    judged = panel.model.judged
    assert judged is not None
    assert panel.model.rowCount() == judged.total == 989
    assert texts(panel, Column.TRUE) == [str(n) for n in judged.truth[:5]]
    at = int(np.flatnonzero(judged.wrong)[0])
    assert panel.model.text(at, Column.SAID) == f"{judged.said[at]}  ✗"
    assert panel.model.text(at, Column.SURE) == f"{100 * judged.share[at]:.1f} %"
    assert panel.model.text(at, Column.COST) == f"{judged.cost[at]:.4g}"
    picture = panel.model.data(panel.model.index(0, Column.SAMPLE), ROLE.DecorationRole)
    assert isinstance(picture, QPixmap)
    assert (picture.width(), picture.height()) == (36, 36)
    spoken = panel.model.data(panel.model.index(at, Column.SAID), ROLE.AccessibleTextRole)
    assert spoken == f"Said: {judged.said[at]}  ✗"


def test_sorted_and_filtered_by_keyboard(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """Only what is wrong, and the largest loss first: chosen in the lists, with no other sample left."""
    panel = trained(show, wait)
    judged = panel.model.judged
    assert judged is not None
    panel.only.setFocus()
    QTest.keyClick(panel.only, Qt.Key.Key_Down)
    panel.order.setFocus()
    QTest.keyClick(panel.order, Qt.Key.Key_Down)
    order = panel.model.order
    assert set(order.tolist()) == set(np.flatnonzero(judged.wrong).tolist())
    assert (np.diff(judged.cost[order]) <= 0).all()
    assert panel.score.whole.startswith(f"{len(order)} of 989")
    assert panel.view.horizontalHeader().sortIndicatorSection() == Column.COST


def test_a_click_on_a_title_sorts(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """A click on a column's title orders by it, a second one the other way round; the list names that order."""
    panel = trained(show, wait)
    header, judged = panel.view.horizontalHeader(), panel.model.judged
    assert judged is not None
    place = header.sectionViewportPosition(Column.SURE) + 10
    for expected in (False, True):
        QTest.mouseClick(header.viewport(), LEFT, pos=header.viewport().rect().topLeft().__class__(place, 8))
        found = np.diff(judged.share[panel.model.order])
        assert ((found <= 0) if expected else (found >= 0)).all()
    assert panel.order.currentText() == "Surest first"


def test_a_cell_of_the_matrix_has_its_samples(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """Asked for what of a class was taken for another, just these are shown, of the part that was asked for."""
    panel = trained(show, wait)
    panel.show_cell("test", 8, 1)
    wait(panel.studio)
    judged = panel.model.judged
    assert judged is not None
    assert judged.total == 450
    chosen = panel.model.order
    assert len(chosen)
    assert (judged.truth[chosen] == 8).all()
    assert (judged.said[chosen] == 1).all()
    assert panel.only.currentText() == "“8” taken for “1”"


def test_a_sample_goes_through_the_canvas_and_back(show: Callable[..., Any], wait: Callable[[Studio], None]) -> None:
    """Enter at a row sends its sample through, marks it, and Escape brings the batch back; a click does the same."""
    panel = trained(show, wait)
    studio, samples = panel.studio, panel.samples
    panel.choose("test")
    wait(studio)
    judged = panel.model.judged
    assert judged is not None
    panel.view.setFocus()
    panel.view.selectRow(3)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    wait(studio)
    loss = studio.document.named("loss")
    assert loss is not None
    snapshot = studio.snapshot()
    assert snapshot is not None
    assert snapshot.values[loss.id, "loss"].scalar == pytest.approx(judged.cost[3], rel=1e-4)
    assert samples.seen is not None
    assert samples.seen.truth == judged.truth[3]
    assert texts(panel, Column.NUMBER)[3] == "▸ 4"
    assert "sample 4 is on the canvas" in panel.score.whole
    QTest.keyClick(panel.view, Qt.Key.Key_Escape)
    wait(studio)
    assert samples.number is None
    assert texts(panel, Column.NUMBER)[3] == "4"
    QTest.mouseClick(panel.view.viewport(), LEFT, pos=panel.view.visualRect(panel.model.index(1, 2)).center())
    wait(studio)
    assert samples.part == "test"
    assert texts(panel, Column.NUMBER)[:2] == ["1", "▸ 2"]
    samples.leave()


def test_while_training_runs_nothing_is_judged(
    show: Callable[..., Any], wait: Callable[[Studio], None], qtbot: Any
) -> None:
    """The table stays as it was, says of which step it is, and costs nothing; at rest it is of the newest step."""
    panel = trained(show, wait)
    panel.studio.train(100_000)
    panel.refresh()
    assert not panel.studio.session.watch.looks
    assert "as of step 40" in panel.score.whole
    assert panel.model.rowCount() == 989
    qtbot.waitUntil(lambda: panel.studio.session.step > 45)
    panel.studio.pause()
    wait(panel.studio)
    assert panel.model.judged is not None
    assert panel.model.judged.step == panel.studio.session.step > 40
    panel.hide()
    assert not panel.studio.session.watch.looks


def test_rows_of_a_table_are_told_as_they_were(show: Callable[..., Any]) -> None:
    """The cells of a row are those of the file, not scaled; the tooltip has their names; errors stand for shares."""
    panel = show(panel_of, diabetes())
    cells = panel.model.data(panel.model.index(0, Column.SAMPLE))
    assert cells.startswith("59, 2, 32.1, 101, 157, 93.2")
    tip = panel.model.data(panel.model.index(0, Column.SAMPLE), ROLE.ToolTipRole)
    assert tip.startswith("age: 59\nsex: 2\n")
    assert panel.model.headerData(Column.SURE, Qt.Orientation.Horizontal) == "Error"
    assert panel.only.count() == 1


def test_points_drawn_at_random_have_numbers(show: Callable[..., Any]) -> None:
    """Samples that come from no table are told by their numbers."""
    panel = show(panel_of, spiral())
    assert panel.model.rowCount() == 120
    assert len(texts(panel, Column.SAMPLE)[0].split(", ")) == 2


def test_from_a_cell_to_the_canvas(make_window: Callable[..., Any], hand: Any) -> None:
    """In the window: a click on a cell shows its samples, a click on one of them sends it through, Escape goes back."""
    window = make_window(digits(steps=40, batch_size=50), (1400, 900))
    hands = hand(window)
    window.studio.train()
    hands.settle()
    window.docks["activation"].show()
    window.actions_by_id["confusion"].trigger()
    hands.settle()
    confusion = window.docks["confusion"].widget()
    matrix = confusion.matrix
    count = int(confusion.seen.score.confusion[0, 0])
    QTest.mouseClick(matrix.viewport(), LEFT, pos=matrix.rect_of(0, 0).center().toPoint())
    hands.settle()
    panel = window.docks["predictions"].widget()
    assert panel.isVisible()
    assert panel.only.currentText() == "“0” told right"
    assert panel.model.rowCount() == count
    QTest.mouseClick(panel.view.viewport(), LEFT, pos=panel.view.visualRect(panel.model.index(0, 2)).center())
    hands.settle()
    assert window.sample_bar.isVisible()
    assert window.sample_bar.words.text().startswith("of 989  ·  it is 0, the network says 0 (")
    QTest.keyClick(panel.view, Qt.Key.Key_Escape)
    hands.settle()
    assert not window.sample_bar.isVisible()


class Disk:
    """Rows that are read slowly; never all at once."""

    block = 10

    def __init__(self, rows: Array) -> None:
        self.shape = rows.shape
        self._rows = rows
        self.most = 0

    ndim = 2

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: slice) -> Array:
        return self.take(np.arange(len(self))[rows])

    def take(self, rows: Any) -> Array:
        """Some of them."""
        self.most = max(self.most, len(rows))
        return np.asarray(self._rows[rows])

    def ahead(self, rows: Any) -> None:
        """Nothing to do."""


def test_rows_on_the_disk_come_by_themselves(qtbot: Any) -> None:
    """A row that isn't in memory is read in another thread, and told of once it is there."""
    rows = np.arange(200.0).reshape(100, 2)
    disk = Disk(rows)
    reader = RowReader(disk)
    with qtbot.waitSignal(reader.arrived):
        assert reader.get(7) is None
    np.testing.assert_array_equal(reader.get(7), rows[7])
    reader.stop()
    assert disk.most < 50


def test_sixty_thousand_samples_are_only_read_where_they_are_seen() -> None:
    """Of many samples in any order no row is touched until its cell is asked for."""
    count = 60_000
    random = np.random.default_rng(1)
    truth, said = random.integers(0, 10, count), random.integers(0, 10, count)
    score = score_classes(said, truth, ranks(np.eye(10)[said], truth), tuple("0123456789"))
    disk, cost = Disk(np.zeros((count, 784), np.float32)), random.random(count)
    judged = Judged(Answer.PROBABILITIES, np.arange(count), disk, truth, said, cost, cost, score, 0, 0.0)
    model = PredictionsModel()
    model.show_judged(judged, Cells(spiral(), disk.shape))
    model.wish = Wish(wrong=True)
    model.sort(Column.COST, Qt.SortOrder.DescendingOrder)
    assert model.rowCount() == int((truth != said).sum())
    assert model.text(int(model.order[0]), Column.COST) == f"{cost[truth != said].max():.4g}"
    assert disk.most == 0
    assert model.pictures
    model.stop()
