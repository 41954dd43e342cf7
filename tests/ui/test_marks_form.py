"""The inspector's fields for several nodes: what they have in common, and what is marked on them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.document import commands
from gradstudio.engine.catalog import CATALOG
from gradstudio.ui.fields import TextField
from gradstudio.ui.inspector.node import NodePage, NodesPage
from gradstudio.ui.inspector.properties import common_params


def choose(window, *names):
    """Select nodes and give the page of the inspector."""
    window.studio.select([window.studio.document.named(name).id for name in names])
    return window.inspector.page


def nodes(window, *names):
    return [window.studio.document.named(name) for name in names]


def layers(window):
    """Two kinds of layers, wired to nothing."""
    document = window.studio.document
    window.studio.do(commands.add_node(document, "maxout", 0, 0, name="m")[0])
    window.studio.do(commands.add_node(document, "dense", 0, 0, name="d", params={"units": 7})[0])
    return choose(window, "m", "d")


# --- what they have in common ---------------------------------------------------------------------------------------


def test_nodes_of_several_kinds_share_params(make_window, hand) -> None:
    """Units of a Dense and of a Maxout are edited together, in one step; params only one of them has aren't shown."""
    window = make_window()
    page = layers(window)
    assert isinstance(page, NodesPage)
    assert page.form is not None
    shared = set(common_params([CATALOG.get("maxout"), CATALOG.get("dense")]))
    assert set(page.form.fields) == shared
    field = page.form.fields["units"]
    assert isinstance(field, TextField)
    assert field.edit.placeholderText() == "several values"
    steps = window.studio.history.index
    hand(window).type_into(field.edit, "12")
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert [node.params["units"] for node in nodes(window, "m", "d")] == [12, 12]
    assert window.studio.history.index == steps + 1
    window.studio.undo()
    assert nodes(window, "d")[0].params["units"] == 7


def test_a_value_one_of_them_cannot_take_changes_none(make_window, hand) -> None:
    """The sentence of the gate that refuses is shown at the field, and all nodes stay as they were."""
    window = make_window()
    page = layers(window)
    field = page.form.fields["units"]
    steps = window.studio.history.index
    hand(window).type_into(field.edit, "0")
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert "whole number" in field.error.text()
    assert window.studio.history.index == steps


def test_what_only_looks_alike_is_not_shared() -> None:
    """A param counts as shared only where kind, choices and unit agree in every gate."""
    assert set(common_params([CATALOG.get("dense")])) == set(CATALOG.get("dense").params)
    assert common_params([CATALOG.get("dense"), CATALOG.get("add")]) == {}


def test_the_page_says_what_is_selected(make_window) -> None:
    """Names and the number of each gate are told; nodes without anything in common still have their marks."""
    window = make_window("spiral")
    page = choose(window, "hidden", "scores", "relu")
    assert isinstance(page, NodesPage)
    words = {label.text() for label in page.findChildren(type(page.marks.muted.error))}
    assert {"3 nodes", "hidden, scores, relu", "2 Dense, 1 ReLU"} <= words
    assert page.form is None
    assert page.marks.isVisible()


# --- marks ----------------------------------------------------------------------------------------------------------


def test_marks_of_several_nodes_are_one_step_each(make_window, hand) -> None:
    """Muting, painting and a note go to all selected nodes, each in one step that undo takes back."""
    window = make_window("spiral")
    page = choose(window, "hidden", "relu")
    marks = page.marks
    marks.muted.box.click()
    assert [node.muted for node in nodes(window, "hidden", "relu")] == [True, True]
    marks.color.swatches["teal"].click()
    assert [node.color for node in nodes(window, "hidden", "relu")] == ["teal", "teal"]
    hand(window).type_into(marks.note.edit, "look here")
    assert [node.note for node in nodes(window, "hidden", "relu")] == ["look here", "look here"]
    assert window.studio.history.titles == ("Mute 2 nodes", "Paint 2 nodes teal", "Write a note at 2 nodes")
    for _ in range(3):
        window.studio.undo()
    assert [(node.muted, node.color, node.note) for node in nodes(window, "hidden", "relu")] == [(False, "", "")] * 2


def test_differing_marks_show_as_such(make_window) -> None:
    """Where nodes differ, the box is half ticked, no colour is marked, and the note says so."""
    window = make_window("spiral")
    document = window.studio.document
    relu = document.named("relu").id
    window.studio.do(commands.set_muted(document, [relu], True))
    window.studio.do(commands.set_color(document, [relu], "red"))
    window.studio.do(commands.set_note(document, [relu], "mine"))
    marks = choose(window, "hidden", "relu").marks
    assert marks.muted.box.checkState() is Qt.CheckState.PartiallyChecked
    assert not any(swatch.isChecked() for swatch in marks.color.swatches.values())
    assert marks.note.edit.placeholderText() == "several values"
    page = choose(window, "relu")
    assert isinstance(page, NodePage)
    assert page.marks.muted.box.isChecked()
    assert page.marks.color.swatches["red"].isChecked()
    assert page.marks.note.edit.toPlainText() == "mine"


def test_colours_by_keyboard(make_window) -> None:
    """The colours are gone along with the arrow keys or Tab, and chosen with Space or Enter."""
    window = make_window("spiral")
    page = choose(window, "relu")
    swatches = page.marks.color.swatches
    swatches["red"].setFocus()
    QTest.keyClick(swatches["red"], Qt.Key.Key_Return)
    assert nodes(window, "relu")[0].color == "red"
    QTest.keyClick(swatches["red"], Qt.Key.Key_Tab)
    swatches["orange"].setFocus()
    QTest.keyClick(swatches["orange"], Qt.Key.Key_Space)
    assert nodes(window, "relu")[0].color == "orange"
    assert all(swatch.accessibleName() for swatch in swatches.values())


def test_a_note_that_cannot_be_is_told_at_the_field(make_window) -> None:
    """A note too long is refused there, and nothing changes."""
    window = make_window("spiral")
    field = choose(window, "relu").marks.note
    field.edit.setFocus()
    field.edit.setPlainText("x" * 2001)
    assert "at most 2,000 characters" in field.error.text()
    assert nodes(window, "relu")[0].note == ""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_marks_fit_a_narrow_inspector(make_window, theme: str) -> None:
    """The row of colours never makes the page wider than the dock."""
    window = make_window("spiral", size=(1000, 700))
    window.choose_theme(theme)
    page = choose(window, "relu")
    window.docks["inspector"].widget().resize(270, 600)
    assert page.minimumSizeHint().width() <= 300


def test_a_muted_gate_is_not_explained(make_window, hand) -> None:
    """The lecture's line with numbers plugged in would be of a gate that isn't computed."""
    window = make_window("sum-times-z")
    for muted in (False, True):
        patch = commands.set_muted(window.studio.document, [window.studio.document.named("f").id], muted)
        window.studio.do(patch)
        page = choose(window, "f")
        hand(window).settle()
        assert any("×" in text for _, _, text in page.backward.texts()) is not muted


# --- frozen ---------------------------------------------------------------------------------------------------------


def test_layers_are_frozen_from_the_inspector(make_window) -> None:
    """The field freezes all chosen layers in one step, while training runs as well; nodes without weights have none."""
    window = make_window()
    page = layers(window)
    assert page.marks.frozen.isVisibleTo(page)
    page.marks.frozen.box.click()
    assert [node.frozen for node in nodes(window, "m", "d")] == [True, True]
    window.studio.undo()
    assert [node.frozen for node in nodes(window, "m", "d")] == [False, False]
    window.studio.do(commands.add_node(window.studio.document, "add", 0, 0, name="s")[0])
    assert not choose(window, "s").marks.frozen.isVisibleTo(window.inspector.page)
