"""The inspector: facts with numbers, fields that check themselves, one page for each kind of selection."""

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QToolButton

from gradstudio.document import commands
from gradstudio.document.model import Document, Node, Patch
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category, Gate, Param, Port
from gradstudio.ui.fields import BlockField, ChoiceField, FlagField, TextField, step_number
from gradstudio.ui.inspector.data import PARAMS
from gradstudio.ui.inspector.network import NetworkPage
from gradstudio.ui.inspector.node import NodePage, NodesPage, PlaceholderPage
from gradstudio.ui.inspector.wire import WirePage
from gradstudio.ui.texts import amount, array_text, as_typed, exact, grouped, matrix, number, seconds


def select(window, *names):
    """Select nodes by name."""
    window.studio.select([window.studio.document.named(name).id for name in names])
    return window.inspector.page


def value(window, name, param="value"):
    """A param of a node in the document."""
    return window.studio.document.named(name).params[param]


# --- facts ---------------------------------------------------------------------------------------------------------


def test_a_scalar_gate_is_explained_with_its_numbers(make_window) -> None:
    """f = q·z shows upstream 1 and z × 1 = -4 for q, q × 1 = 3 for z."""
    window = make_window("sum-times-z")
    page = select(window, "f")
    rows = page.backward.texts()
    assert rows[0] == ("upstream", "∂f/∂f", "1")
    assert [text for *_, text in rows[1:]] == [
        "∂f/∂x = y × upstream = -4 × 1 = -4",
        "∂f/∂y = x × upstream = 3 × 1 = 3",
    ]
    assert page.forward.texts() == [("", "f", "-12")]


def test_an_array_gate_shows_shapes_and_norms(make_window, hand) -> None:
    """ReLU of the spiral shows norms in bars, the share of zeros, and where it is flat."""
    window = make_window("spiral", panels=True)
    page = select(window, "relu")
    hand(window).settle()
    rows = {word: (symbol, text) for word, symbol, text in page.backward.texts()}
    snapshot, node = window.studio.snapshot(), window.studio.document.named("relu")
    assert rows["upstream"] == ("‖∂L/∂z‖", number(snapshot.gradients[node.id, "z"].norm))
    assert rows["result"][0] == "‖∂L/∂x‖"
    assert "%" in rows["flat at"][1]
    assert "300×100" in page._shapes.text()
    assert "zeros" in [word for word, *_ in page.forward.texts()]


def test_weights_have_gradients_of_their_own(make_window) -> None:
    """Dense shows ‖∂L/∂W‖ and ‖∂L/∂b‖."""
    window = make_window("spiral")
    page = select(window, "scores")
    symbols = [symbol for word, symbol, _ in page.backward.texts() if word == "weight"]
    assert symbols[0] == "‖∂L/∂W‖"
    assert "∂L/∂b" in symbols[1]


def test_facts_are_those_of_the_present_network_only(make_window, hand) -> None:
    """Between an edit and its numbers the page shows none; then the new ones."""
    window = make_window("sum-times-z")
    page = select(window, "f")
    x = window.studio.document.named("x").id
    window.studio.do(lambda: commands.set_param(window.studio.document, [x], "value", 1.0))
    assert page.forward.texts() == []
    assert not page._backward_section.isVisible()
    hand(window).settle()
    assert page.forward.texts() == [("", "f", "-24")]
    assert page._backward_section.isVisible()


def test_a_node_that_cant_be_computed_says_why(make_window, hand) -> None:
    """An unwired gate shows the sentence of its problem."""
    window = make_window()
    window.canvas.place_gate("multiply")
    hand(window).settle()
    page = window.inspector.page
    assert page.problem.isVisible()
    assert "x" in page.problem.headline.text()


# --- typing ----------------------------------------------------------------------------------------------------------


def test_typing_a_value_is_one_step_of_undo(make_window, hand) -> None:
    """-2.5 typed key by key changes the value with every key that is valid, and is one entry of the history."""
    window = make_window("sum-times-z")
    page = select(window, "x")
    me = hand(window)
    me.type_into(page.form.fields["value"].editor, "-2.5")
    assert value(window, "x") == -2.5
    assert len(window.studio.history.titles) == 1
    me.type_into(page.form.fields["value"].editor, "7")
    QTest.keyClick(page.form.fields["value"].editor, Qt.Key.Key_Return)
    QTest.keyClicks(page.form.fields["value"].editor, "8")
    assert value(window, "x") == 8
    assert len(window.studio.history.titles) >= 2
    me.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert value(window, "x") == 7
    assert page.form.fields["value"].editor.text() == "7"


def test_what_isnt_valid_changes_nothing_and_is_told_at_the_field(make_window, hand) -> None:
    """A red field with the sentence below it; Escape brings the old value back."""
    window = make_window("spiral")
    page = select(window, "hidden")
    field = page.form.fields["units"]
    hand(window).type_into(field.editor, "many")
    assert field.editor.property("invalid") is True
    assert field.error.isVisible()
    assert "whole number from 1 to 65536" in field.error.text()
    QTest.keyClick(field.editor, Qt.Key.Key_Return)
    assert value(window, "hidden", "units") == 100
    assert window.studio.history.titles == ()
    QTest.keyClick(field.editor, Qt.Key.Key_Escape)
    assert field.editor.text() == "100"
    assert not field.error.isVisible()
    assert field.editor.property("invalid") is False


def test_a_layers_size_is_committed_when_the_field_is_left(make_window, hand) -> None:
    """Typing 120 doesn't rebuild the layer with 1 and 12 units on the way."""
    window = make_window("spiral")
    page = select(window, "hidden")
    field = page.form.fields["units"]
    hand(window).type_into(field.editor, "120")
    assert value(window, "hidden", "units") == 100
    page.name.editor.setFocus()
    assert value(window, "hidden", "units") == 120


def test_arrows_step_the_last_digit(make_window, hand) -> None:
    """Up and Down change a number by a unit of its last digit, Shift by ten."""
    assert step_number("0.1", 1) == "0.2"
    assert step_number("1e-3", 1) == "2e-3"
    assert step_number("-2", -10) == "-12"
    assert step_number("[1, 2]", 1) is None
    assert step_number("nan", 1) is None
    window = make_window("sum-times-z")
    page = select(window, "x")
    editor = page.form.fields["value"].editor
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Up)
    QTest.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert value(window, "x") == 9


def test_a_name_is_unique_and_checked_while_it_is_typed(make_window, hand) -> None:
    """A taken name is refused at the field; a free one is taken with Enter."""
    window = make_window("sum-times-z")
    page = select(window, "x")
    me = hand(window)
    me.type_into(page.name.editor, "y")
    assert page.name.error.isVisible()
    assert "y" in page.name.error.text()
    me.type_into(page.name.editor, "input")
    assert not page.name.error.isVisible()
    QTest.keyClick(page.name.editor, Qt.Key.Key_Return)
    assert window.studio.document.named("input") is not None
    assert window.studio.history.undo_title.startswith("Rename")


def test_an_array_is_typed_as_nested_lists(make_window, hand) -> None:
    """A matrix has several lines; it is taken as soon as it is one."""
    window = make_window("norm-squared")
    page = select(window, "W")
    field = page.form.fields["value"]
    assert isinstance(field, BlockField)
    assert field.edit.toPlainText() == "[[0.1, 0.5],\n [-0.3, 0.8]]"
    field.edit.setFocus()
    field.edit.selectAll()
    QTest.keyClicks(field.edit, "[[1, 2], [3, 4]")
    assert field.error.isVisible()
    QTest.keyClicks(field.edit, "]")
    assert not field.error.isVisible()
    assert np.array_equal(value(window, "W"), [[1, 2], [3, 4]])
    assert len(window.studio.history.titles) == 1


class Every(Gate):
    """A gate with a param of every kind."""

    id = "every_of_test"
    title = "Every"
    category = Category.ARITHMETIC
    help = "Has everything."
    inputs = (Port("x"),)
    params: ClassVar = {
        "whole": Param("int", 3, "A whole number.", low=0, high=9, unit="px"),
        "real": Param("float", 0.5, "A number."),
        "flag": Param("bool", False, "Yes or no."),
        "choice": Param("choice", "b", "One of three.", choices=("a", "b", "c")),
        "words": Param("text", "hello", "Words."),
        "list": Param("array", None, "Numbers.", optional=True, advanced=True),
    }

    def shape(self, x):
        return x


def test_every_kind_of_param_gets_its_field(make_window, hand) -> None:
    """Fields are built from the params: title, help, unit, range; advanced ones are folded away."""
    with CATALOG.including(Every):
        window = make_window()
        window.canvas.place_gate(Every.id)
        page = window.inspector.page
        fields = page.form.fields
        assert {name: type(f) for name, f in fields.items()} == {
            "whole": TextField, "real": TextField, "flag": FlagField, "choice": ChoiceField, "words": TextField,
            "list": TextField,
        }  # fmt: skip
        assert fields["whole"].title == "Whole"
        assert "from 0 to 9" in fields["whole"].editor.toolTip()
        assert fields["whole"]._unit.text() == "px"
        assert not fields["list"].isVisible()
        page.form.findChild(QToolButton, "fold").click()
        assert fields["list"].isVisible()
        fields["flag"].box.setFocus()
        QTest.keyClick(fields["flag"].box, Qt.Key.Key_Space)
        fields["choice"].box.setFocus()
        QTest.keyClick(fields["choice"].box, Qt.Key.Key_Down)
        me = hand(window)
        me.type_into(fields["words"].editor, "good bye")
        me.type_into(fields["real"].editor, "1e-3")
        assert node_params(window) == {"flag": True, "choice": "c", "words": "good bye", "real": 0.001}
        me.type_into(fields["whole"].editor, "12")
        assert "from 0 to 9" in fields["whole"].error.text()
        window.canvas.delete()


def node_params(window):
    """Params of the only node."""
    (node,) = window.studio.document.nodes.values()
    return dict(node.params)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_several_nodes_of_one_kind_are_changed_together(make_window, hand) -> None:
    """Differing values show as such; a new one goes into all of them in one step."""
    window = make_window("sum-times-z")
    page = select(window, "x", "y", "z")
    assert isinstance(page, NodesPage)
    assert page.form is not None
    field = page.form.fields["value"]
    assert isinstance(field, TextField)
    assert field.edit.text() == ""
    assert field.edit.placeholderText() == "several values"
    hand(window).type_into(field.editor, "6")
    assert [float(value(window, n)) for n in "xyz"] == [6, 6, 6]
    assert len(window.studio.history.titles) == 1
    assert select(window, "x", "f").form is None


def test_a_wire_shows_what_it_carries(make_window) -> None:
    """Its ends, its value, and the gradient it alone brings back."""
    window = make_window("norm-squared")
    document = window.studio.document
    w = document.named("W")
    (wire,) = document.wires_out_of(w.id)
    window.studio.select((), (wire.id,))
    page = window.inspector.page
    assert isinstance(page, WirePage)
    assert "2×2" in page._ends.text()
    assert "0.5" in page.value.texts()[0][2]
    assert "0.176" in page.gradient.texts()[0][2]


def test_a_placeholder_is_explained(make_window) -> None:
    """A node of an unknown gate says what it keeps and what can't be done."""
    document = Document()
    document.apply(Patch("Add", {1: Node(1, "warp", "warp1", {"factor": 9.0})}))
    window = make_window(document)
    page = select(window, "warp1")
    assert isinstance(page, PlaceholderPage)
    texts = [label.text() for label in page.findChildren(type(window.bar.name))]
    assert any("no gate “warp”" in text for text in texts)
    assert "9" in texts


def test_nothing_selected_shows_the_networks_settings(make_window, hand) -> None:
    """Counts, objective and training; each field changes its setting, a refused one says why."""
    window = make_window("spiral")
    page = window.inspector.page
    assert isinstance(page, NetworkPage)
    optimizer, batch = page.fields["optimizer"], page.fields["batch_size"]
    assert isinstance(optimizer, ChoiceField)
    assert isinstance(batch, TextField)
    me = hand(window)
    me.type_into(page.fields["learning_rate"].editor, "-1")
    assert "above 0" in page.fields["learning_rate"].error.text()
    me.type_into(page.fields["learning_rate"].editor, "0.25")
    me.type_into(page.fields["batch_size"].editor, "32")
    me.type_into(page.fields["seed"].editor, "7")
    page.fields["steps"].editor.setFocus()
    optimizer.box.setFocus()
    QTest.keyClick(optimizer.box, Qt.Key.Key_Down)
    settings = window.studio.document.settings
    assert (settings.learning_rate, settings.batch_size, settings.seed) == (0.25, 32, 7)
    assert settings.optimizer == "momentum"
    assert page.fields["momentum"].isVisible()
    me.type_into(page.fields["batch_size"].editor, " ")
    page.fields["steps"].editor.setFocus()
    assert window.studio.document.settings.batch_size is None
    assert batch.edit.placeholderText() == "all"


def test_the_objective_is_chosen_in_the_inspector(make_window, hand) -> None:
    """Minimise lists what has a gradient; choosing a node makes it the objective."""
    window = make_window("sum-times-z")
    page = window.inspector.page
    box = page.fields["objective"].box
    box.setFocus()
    assert [box.itemText(i) for i in range(box.count())] == ["every end", "x", "y", "z", "q", "f"]
    box.setCurrentIndex(box.findText("q"))
    box.activated.emit(box.currentIndex())
    hand(window).settle()
    assert window.studio.document.settings.objective == window.studio.document.named("q").id
    assert window.studio.snapshot().objective == "q"


def test_the_page_follows_selection_and_deletion(make_window) -> None:
    """A deleted node's page goes; a renamed one's field follows."""
    window = make_window("sum-times-z")
    page = select(window, "f")
    assert isinstance(page, NodePage)
    window.studio.do(lambda: commands.rename(window.studio.document, window.studio.document.named("f").id, "out"))
    assert window.inspector.page is page
    assert page.name.editor.text() == "out"
    window.canvas.delete()
    assert isinstance(window.inspector.page, NetworkPage)


def test_every_gate_has_a_page_in_both_themes(make_window) -> None:
    """Formula, help, rule and fields of each gate can be shown: as it is placed, and selected in the other theme."""
    window, placed = make_window(), {}
    window.choose_theme("light")
    for gate in CATALOG:
        window.canvas.place_gate(gate.id)
        ((placed[gate.id],), _) = window.studio.selection()
        shows_its_page(window, gate)
    window.choose_theme("dark")
    for gate in CATALOG:
        window.studio.select([placed[gate.id]])
        shows_its_page(window, gate)


def shows_its_page(window, gate) -> None:
    """The page of this gate is there with all of its fields, and is painted."""
    told = set(PARAMS) if "record" in gate.params else set()
    assert set(window.inspector.page.form.fields) == set(gate.params) - told, gate.id
    assert not window.inspector.grab().isNull(), gate.id


# --- words -----------------------------------------------------------------------------------------------------------


def test_numbers_are_written_as_people_do() -> None:
    """Four digits that count, exact ones where they are typed, groups of thousands, minutes and seconds."""
    assert [number(x) for x in (-12.0, 0.73105858, float("nan"), float("inf"))] == ["-12", "0.7311", "NaN", "∞"]
    assert [exact(x) for x in (-2.0, 0.1, 1e-5, 1 / 3)] == ["-2", "0.1", "1e-05", "0.3333333333333333"]
    assert grouped(10000) == "10\u202f000"
    assert [amount(x) for x in (0.25, 46.217, 5258.4, -159e3, 2e9)] == [
        "0.25", "46.22", "5\u202f258", "-159\u202f000", "2e+09",
    ]  # fmt: skip
    assert [seconds(s) for s in (0.4, 61, 3 * 3600 + 5)] == ["0:01", "1:01", "3:00:05"]
    assert as_typed(None) == ""
    assert array_text(np.array([[1.0, 2.5], [3, 4]])) == "[[1, 2.5],\n [3, 4]]"
    assert matrix(np.array([[1.0, -20], [300, 4]])) == "  1  -20\n300    4"


def test_panels_at_the_bottom_leave_inspector_and_palette_readable(make_window) -> None:
    """However many panels lie side by side below, no page of the inspector loses its right end to them."""
    window = make_window("sum-times-z", (1000, 700), panels=True)
    for name in ("problems", "table"):
        window.actions_by_id[name].trigger()
    window.docks.load_visible()
    select(window, "f")
    QTest.qWait(20)
    area = window.inspector.findChild(QScrollArea)
    assert area.viewport().width() >= area.widget().minimumSizeHint().width()
    assert window.palette_.width() >= 150


def test_a_choice_that_does_not_fit_ends_in_dots(make_window) -> None:
    """In a narrow field the words of a choice are elided; with room they are whole, and they are painted so."""
    page = make_window("sum-times-z").inspector.page
    editor = page.fields["optimizer"].editor
    editor.setFixedWidth(90)
    assert editor.shown().endswith("…")
    narrow = editor.grab().toImage()
    editor.setFixedWidth(300)
    assert editor.shown() == editor.currentText()
    assert editor.grab().toImage().width() > narrow.width()
