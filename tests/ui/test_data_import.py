"""Data of one's own: dropped, looked at, prepared, and a network that learns from it, in one step."""

import threading

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from gradstudio import files
from gradstudio.data.drafts import Source
from gradstudio.data.preparing import prepare
from gradstudio.data.record import record_of
from gradstudio.document.model import Document
from gradstudio.document.shapes import infer
from gradstudio.engine.supply import SUPPLY
from gradstudio.training.snapshot import Status
from tests.ui.owndata import choose, dialogs, drop, fruits, read, until

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture(autouse=True)
def _own_supply():
    """Nothing that is read here stays on the shelf of the process."""
    from gradstudio.data.shelf import SHELF

    before = SUPPLY.provider
    SUPPLY.provider = None
    yield
    SHELF.clear()
    SUPPLY.provider = before
    SUPPLY.changed()


def asked(window, path=None):
    """The dialog, opened by its shortcut; with a file, once it is read."""
    window.canvas.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_I, CONTROL | ALT)
    (dialog,) = dialogs(window)
    if path is not None:
        dialog.take(Source.of_file(path))
    return read(dialog)


def column(dialog, name) -> None:
    """Select a column, and no other."""
    dialog.columns.clearSelection()
    dialog.columns.selectRow(dialog.drafting.looked.table.names.index(name))


def test_a_dropped_file_becomes_a_network_that_trains(make_window, tmp_path) -> None:
    """A CSV dropped on the start page, Enter: data, layers, loss and settings are there in one step; Train learns."""
    window = make_window(Document())
    assert window.starting.shown
    drop(window, fruits(tmp_path), QPointF(700, 400))
    (dialog,) = dialogs(window)
    read(dialog)
    assert dialog.sentence.text().startswith(
        "42 samples to train on, 10 to validate, 8 to test; 5 features and 2 classes to tell. X is 42\u00a0×\u00a05. "
        "2 missing cells filled with the mean."
    )
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    document = window.studio.document
    gates = [node.gate for node in document.nodes.values()]
    assert gates == ["data", "dense", "relu", "dense", "softmax_cross_entropy"]
    assert len(window.studio.history.titles) == 1
    assert (document.settings.optimizer, document.settings.batch_size) == ("adam", 42)
    assert infer(document).problems == ()
    window.studio.train(200)
    until(lambda: window.studio.status is Status.IDLE and window.studio.document.training.step == 200)
    assert document.training.history["accuracy"][-1] == 1.0
    window.studio.undo()
    window.studio.undo()
    assert not document.nodes
    assert document.settings == Document().settings


def test_a_drop_on_the_canvas_places_the_node_there(make_window, tmp_path) -> None:
    """In a network that has nodes a dropped file becomes a data node where it was dropped, and nothing else changes."""
    window = make_window("sum-times-z")
    before, settings = dict(window.studio.document.nodes), window.studio.document.settings
    at = QPointF(window.canvas.mapTo(window, window.canvas.rect().center()))
    where = window.canvas.to_scene(QPointF(window.canvas.rect().center()))
    drop(window, fruits(tmp_path), at)
    (dialog,) = dialogs(window)
    read(dialog)
    assert not dialog.layers.wanted.isChecked()
    dialog.accept()
    document = window.studio.document
    (new,) = [node for i, node in document.nodes.items() if i not in before]
    assert new.gate == "data"
    assert window.studio.selection()[0] == (new.id,)
    assert abs(new.x - where.x()) < 120
    assert new.y >= where.y() - 60
    assert {i: node for i, node in document.nodes.items() if i in before} == before
    assert document.settings == settings


def test_what_was_recognised_can_be_changed(make_window, tmp_path) -> None:
    """Delimiter, decimal comma, encoding and header are shown as found; another choice reads the file again."""
    window = make_window(Document())
    dialog = asked(window, fruits(tmp_path))
    shown = {name: box.currentText() for name, box in dialog.reading.boxes.items() if not box.isHidden()}
    assert shown == {
        "delimiter": "semicolon (found)", "decimal": "comma (found)", "encoding": "utf-8 (found)",
        "header": "names (found)",
    }  # fmt: skip
    choose(dialog.reading.boxes["header"], False)
    read(dialog)
    assert dialog.drafting.looked.table.names == ("column 1", "column 2", "column 3", "column 4")
    choose(dialog.reading.boxes["header"], "guess")
    read(dialog)
    assert dialog.drafting.looked.table.names[-1] == "kind"


def test_columns_are_chosen_by_key_and_by_list(make_window, tmp_path) -> None:
    """T makes the selected column the target and F a feature, X leaves it out; the task and the sentence follow."""
    window = make_window(Document())
    dialog = asked(window, fruits(tmp_path))
    column(dialog, "size")
    dialog.columns.setFocus()
    QTest.keyClick(dialog.columns, Qt.Key.Key_T)
    read(dialog)
    how = dialog.drafting.how
    assert (how.target, how.task, how.features) == ("size", "regression", ("weight", "colour", "kind"))
    assert "one number to tell, “size”" in dialog.sentence.text()
    column(dialog, "colour")
    choose(dialog.picked.use, "out")
    read(dialog)
    assert dialog.drafting.how.features == ("weight", "kind")
    column(dialog, "size")
    QTest.keyClick(dialog.columns, Qt.Key.Key_X)
    read(dialog)
    assert dialog.sentence.text() == "fruits.csv: expected a column to tell, found none. Choose a target."
    assert not dialog.accept_.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_missing_values_are_chosen_for_all_and_for_one(make_window, tmp_path) -> None:
    """Refused, the first gap is named with line and column; one column can have a choice of its own."""
    window = make_window(Document())
    dialog = asked(window, fruits(tmp_path))
    choose(dialog.choices.fields["missing"].box, "refuse")
    read(dialog)
    assert "line 9, column “weight”" in dialog.sentence.text()
    column(dialog, "weight")
    choose(dialog.picked.missing, "drop")
    read(dialog)
    assert dialog.drafting.how.gaps == {"weight": "drop"}
    assert "2 rows with missing values left out." in dialog.sentence.text()
    dialog.accept()
    (node,) = [node for node in window.studio.document.nodes.values() if node.gate == "data"]
    assert record_of(node.params["record"]).preparation.gaps == {"weight": "drop"}
    assert files.loads(files.dumps(window.studio.document)).nodes[node.id].params == node.params


def test_shares_seed_and_layers_are_checked_where_they_are_typed(make_window, tmp_path, hand) -> None:
    """A share, a batch size or a layer that can't be is told; nothing is taken over before it is right."""
    window = make_window(Document())
    dialog, me = asked(window, fruits(tmp_path)), hand(window)
    test = dialog.choices.fields["test"]
    me.type_into(test.edit, "120")
    assert test.error.text() == "Expected a share from 0 to 99 %, found 120 %."
    assert dialog.sentence.text() == test.error.text()
    QTest.keyClick(test.edit, Qt.Key.Key_Return)
    assert dialog.isVisible()
    me.type_into(test.edit, "30")
    read(dialog)
    assert dialog.drafting.how.test == 0.3
    me.type_into(dialog.layers.field, "64-foo")
    assert "“foo” is no gate" in dialog.sentence.text()
    assert dialog.chosen() is None
    me.type_into(dialog.layers.field, "8-tanh")
    me.type_into(dialog.layers.batch, "0")
    assert "The batch size needs a whole number above 0" in dialog.sentence.text()
    me.type_into(dialog.layers.batch, "16")
    assert dialog.chosen() is not None
    dialog.accept()
    assert window.studio.document.settings.batch_size == 16


@pytest.mark.parametrize(("row", "gates"), [
    (0, ["data", "dense", "relu", "dense", "softmax_cross_entropy"]),
    (4, [
        "data_numbers", "dense", "relu", "dense", "constant", "multiply", "constant", "add", "mean_squared_error"
    ]),
    (5, ["spiral", "dense", "relu", "dense", "softmax_cross_entropy"]),
    (12, ["sine_data", "dense", "relu", "dense", "mean_squared_error"]),
])  # fmt: skip
def test_examples_need_no_file(make_window, row: int, gates: list[str]) -> None:
    """Shipped tables and data that is drawn are chosen by arrow keys and Enter, and become networks likewise."""
    window = make_window(Document())
    dialog = asked(window)
    examples = dialog.begin.examples
    examples.setFocus()
    for _ in range(row):
        QTest.keyClick(examples, Qt.Key.Key_Down)
    QTest.keyClick(examples, Qt.Key.Key_Return)
    read(dialog)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert [node.gate for node in window.studio.document.nodes.values()] == gates
    assert infer(window.studio.document).problems == ()


def test_pictures_get_channels_for_convolutions(make_window) -> None:
    """Layers that begin with a convolution want an axis for the channels, and the dialog gives it."""
    window = make_window(Document())
    dialog = asked(window)
    dialog.take(Source("shipped", "digits"))
    read(dialog)
    assert dialog.drafting.how.layout == "flat"
    dialog.layers.field.setText("conv 4 3-relu-flatten")
    read(dialog)
    assert dialog.drafting.how.layout == "channels"
    assert dialog.chosen().looked.prepared.training.X.shape[1:] == (1, 8, 8)


def test_a_dataset_of_the_palette_asks_which_data(make_window, hand, tmp_path) -> None:
    """The Dataset gate dragged from the palette asks for its data; cancelled it is XOR; a double click asks again."""
    window = make_window("sum-times-z")
    hand(window).drag_gate("data", window.canvas.visible_area().center() + QPointF(0, 150))
    (dialog,) = dialogs(window)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    node = window.studio.document.named("data")
    assert node.params.get("record", "") == ""
    body = window.canvas.to_view(window.canvas.node_rect(node.id).center()).toPoint()
    QTest.mouseDClick(window.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, body)
    (dialog,) = dialogs(window)
    dialog.take(Source.of_file(fruits(tmp_path)))
    read(dialog)
    dialog.accept()
    (node,) = [one for one in window.studio.document.nodes.values() if one.gate == "data"]
    assert record_of(node.params["record"]).name == "fruits.csv"
    assert window.studio.history.titles[-1] == "Choose data of data"


def test_edit_opens_the_present_choices_and_is_one_step(make_window, tmp_path) -> None:
    """Edit… shows what was chosen; what is changed is one step, and undo brings the choices before back."""
    window = make_window(Document())
    asked(window, fruits(tmp_path)).accept()
    document = window.studio.document
    node = next(iter(document.nodes))
    before, steps = document.nodes[node], len(window.studio.history.titles)
    facts = window.inspector.page.data.facts.texts()
    assert facts["samples"] == "42 / 10 / 8"
    assert (facts["from"], facts["kept"]) == ("fruits.csv", "in its file, unchanged")
    window.inspector.page.data.edit.click()
    (dialog,) = dialogs(window)
    read(dialog)
    assert dialog.drafting.how == record_of(before.params["record"]).preparation
    assert dialog.layers.wanted.isHidden()
    choose(dialog.choices.fields["scaling"].box, "min-max")
    read(dialog)
    dialog.accept()
    assert len(window.studio.history.titles) == steps + 1
    assert record_of(document.nodes[node].params["record"]).preparation.scaling == "min-max"
    assert window.inspector.page.data.facts.texts()["numbers"] == "from 0 to 1"
    window.studio.undo()
    assert document.nodes[node] == before


def test_a_table_goes_into_the_network_and_out_again(make_window, tmp_path) -> None:
    """Embedded, the rows give the same numbers without their file; linked again the bytes are those from before."""
    window = make_window(Document())
    asked(window, fruits(tmp_path)).accept()
    document = window.studio.document
    window.studio.settle()
    node = next(iter(document.nodes))
    linked = document.nodes[node].params
    page = window.inspector.page.data
    assert not page.embed.isHidden()
    page.embed.click()
    assert document.nodes[node].params["table"].shape == (60, 4)
    assert infer(document).problems == ()
    assert not page.link.isHidden()
    assert page.embed.isHidden()
    page.edit.click()
    (dialog,) = dialogs(window)
    read(dialog)
    choose(dialog.choices.fields["scaling"].box, "none")
    read(dialog)
    dialog.accept()
    assert infer(document).problems == ()
    assert document.nodes[node].params["table"] is not None
    window.studio.undo()
    page.link.click()
    assert document.nodes[node].params["record"] == linked["record"]
    assert document.nodes[node].params.get("table") is None
    assert infer(document).problems == ()


def test_reading_can_be_stopped_and_shows_how_far_it_is(make_window, tmp_path, monkeypatch) -> None:
    """While a file is read the window goes on, a bar shows how far it is, and Stop reading leaves the first page."""
    from gradstudio.data import drafts
    from gradstudio.data.progress import told

    go_on = threading.Event()

    def slowly(path, reading):
        while not go_on.wait(0.01):
            told(3, 4)
        told(4, 4)
        raise AssertionError("nobody waits for this")

    monkeypatch.setattr(drafts, "read", slowly)
    window = make_window(Document())
    dialog = window.data.import_path(fruits(tmp_path))
    until(lambda: dialog.progress.isVisible() and dialog.progress.value() == 750)
    assert dialog.sentence.text() == "Reading…"
    assert not dialog.accept_.isEnabled()
    dialog.stop.click()
    assert not dialog.drafting.busy
    assert not dialog.progress.isVisible()
    assert dialog.begin.isVisible()
    dialog.reject()
    assert not window.studio.document.nodes
    go_on.set()


def test_of_quick_choices_the_last_counts(make_window, tmp_path, monkeypatch) -> None:
    """Choices made while a table is being prepared wait for it: one is prepared at a time, then the last of them."""
    dialog = asked(make_window(Document()), fruits(tmp_path))
    go_on, seeds, original = threading.Event(), [], prepare

    def slowly(table, how):
        seeds.append(how.seed)
        go_on.wait(20)
        return original(table, how)

    monkeypatch.setattr("gradstudio.data.drafts.prepare", slowly)
    for seed in (1, 2, 3):
        dialog.drafting.prepare_with(seed=seed)
    assert dialog.chosen() is None
    go_on.set()
    read(dialog)
    assert seeds == [1, 3]
    assert dialog.chosen().looked.draft.preparation.seed == 3


def test_the_first_rows_are_shown_as_they_stand(make_window, tmp_path) -> None:
    """The preview has the lines of the file, cells as they were read, and small pictures of pictures."""
    window = make_window(Document())
    dialog = asked(window, fruits(tmp_path))
    model = dialog.preview.model()
    assert [model.index(7, j).data() for j in range(4)] == ["5.2", "", "green", "pear"]
    assert model.headerData(7, Qt.Orientation.Vertical) == "9"
    dialog.take(Source("shipped", "digits"))
    read(dialog)
    picture = model.index(0, 0).data(Qt.ItemDataRole.DecorationRole)
    assert (picture.width(), picture.height()) == (28, 28)
    assert np.ptp([picture.toImage().pixelColor(x, 14).lightness() for x in range(28)]) > 100
    assert msgspec.json.encode(dialog.drafting.how)


def test_words_are_seen_in_full_where_there_is_room(make_window, tmp_path) -> None:
    """Long names, what columns hold and every choice fit their places; a narrow window scrolls what doesn't."""
    names = ["Durchschnittliche Bewegungszahl", "Jahresbruttoeinkommen", "Art"]
    rows = [f"{i * 377.25},{i * i * 1000.5},{'ab'[i % 2]}" for i in range(40)]
    path = tmp_path / "long.csv"
    path.write_text("\n".join([",".join(names), *rows]))
    dialog = asked(make_window(size=(1400, 900)), path)
    QTest.qWait(1)
    view = dialog.columns
    assert dialog.focusWidget() is view
    assert all(view.columnWidth(at) >= view.sizeHintForColumn(at) for at in range(view.model().columnCount()))
    assert not view.horizontalScrollBar().maximum()
    boxes = [*dialog.reading.boxes.values(), dialog.picked.use, dialog.picked.type, dialog.picked.missing]
    assert all(box.shown() == box.currentText() for box in boxes if box.isVisible())
    dialog.resize(860, 520)
    QTest.qWait(1)
    assert view.horizontalScrollBar().maximum() > 0


def test_enter_presses_the_button_it_is_on(make_window) -> None:
    """In a dialog that was just opened Enter asks for a file."""
    dialog = asked(make_window())
    assert dialog.begin.choose.hasFocus()
    QTest.keyClick(dialog.begin.choose, Qt.Key.Key_Return)
    (asking,) = dialog.findChildren(QFileDialog)
    assert asking.windowTitle() == "Choose data"
    asking.reject()
