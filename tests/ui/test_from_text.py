"""New from text: the line is told and drawn while it is typed, and becomes a network of one's own."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton

from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.engine.gate import Category
from gradstudio.ui.canvas import thumbnail
from gradstudio.ui.canvas.ink import Ink, shelf_of
from gradstudio.ui.dialogs.from_text import EXAMPLES, FromText
from gradstudio.ui.theme import DARK, LIGHT
from tests.ui.conftest import example

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
ENTER = Qt.Key.Key_Return


def asked(window):
    """The dialog, opened by its shortcut."""
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_N, CONTROL | ALT)
    (dialog,) = [found for found in window.findChildren(FromText) if found.isVisible()]
    return dialog


def colors(widget) -> set[str]:
    """The colours of a widget's pixels."""
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}


def test_a_line_becomes_a_network(make_window) -> None:
    """Ctrl+Alt+N, a line, Enter: the network is there, fits the view, and is one step that can be undone."""
    window = make_window("sum-times-z")
    dialog = asked(window)
    assert dialog.field.hasFocus()
    QTest.keyClicks(dialog.field, "8-4-tanh-2")
    assert dialog.sentence.text() == (
        "4 nodes · 46 parameters: Random 32×8 → Dense 4 units → Tanh → Dense 2 units."
    )  # fmt: skip
    QTest.keyClick(dialog.field, ENTER)
    document = window.studio.document
    assert [node.gate for node in document.nodes.values()] == ["random", "dense", "tanh", "dense"]
    assert window.studio.path is None
    assert window.studio.history.titles == ("Add 8-4-tanh-2",)
    assert window.canvas.visible_area().contains(window.canvas.scene.bounds())
    assert window.focusWidget() is window.canvas
    window.studio.undo()
    assert not document.nodes


def test_what_is_wrong_is_said_and_nothing_can_be_created(make_window) -> None:
    """Each line that is no network has its sentence; Create waits, and Enter leaves the dialog open."""
    window = make_window("sum-times-z")
    dialog = asked(window)
    assert not dialog.create_.isEnabled()
    for line, said in (("8-foo-2", "“foo” is no gate"), ("8", "at least one layer"), ("relu-3", "begins with")):
        dialog.field.clear()
        QTest.keyClicks(dialog.field, line)
        assert said in dialog.sentence.text()
        assert dialog.sentence.property("role") == "error"
        assert not dialog.create_.isEnabled()
        QTest.keyClick(dialog.field, ENTER)
        assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert len(window.studio.document.nodes) == 5


def test_changes_are_asked_about_first(make_window) -> None:
    """Cancel keeps the network that isn't saved; Discard gives way to the new one."""
    window = make_window("sum-times-z")
    window.studio.do(commands.add_node(window.studio.document, "constant", 0, 400)[0])
    for kind, count in ((QMessageBox.StandardButton.Cancel, 6), (QMessageBox.StandardButton.Discard, 3)):
        dialog = asked(window)
        dialog.field.setText("8-4-2")
        QTest.keyClick(dialog.field, ENTER)
        (box,) = [found for found in window.findChildren(QMessageBox, "unsaved") if found.isVisible()]
        box.button(kind).click()
        QTest.qWait(1)
        assert len(window.studio.document.nodes) == count


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_line_that_is_offered_is_a_network(make_window, number) -> None:
    """A click on one puts it into the field; it can be created, and is drawn."""
    window = make_window()
    dialog = asked(window)
    button = dialog.findChildren(QPushButton, "chip")[number]
    block = Ink(DARK).far[shelf_of(Category.LAYER)].name()
    assert block not in colors(dialog._drawing)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.field.text() == EXAMPLES[number]
    assert dialog.create_.isEnabled()
    assert block in colors(dialog._drawing)
    dialog.reject()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("name", ["sum-times-z", "spiral", "attention", "micrograd"])
def test_a_thumbnail_shows_each_shelf_in_its_colour(qapp, theme, name) -> None:
    """Whatever its size, a network fits into its picture, with its blocks tinted by category, on nothing."""
    document = example(name)
    picture = thumbnail.thumbnail(document, theme, QSize(180, 100), 2.0)
    assert picture.size() == QSize(360, 200)
    image = picture.toImage()
    edge = [image.pixelColor(x, y).alpha() for x in range(360) for y in (0, 199)]
    assert not any(edge)
    hues = {
        image.pixelColor(x, y).name() for x in range(360) for y in range(200) if image.pixelColor(x, y).alpha() == 255
    }
    shelves = {node.kind.category for node in document.nodes.values()}
    assert len(hues) >= len(shelves)


def test_a_thumbnail_of_nothing_is_empty(qapp) -> None:
    """An empty document gives a picture with nothing on it."""
    image = thumbnail.thumbnail(Document(), DARK, QSize(40, 30)).toImage()
    assert not any(image.pixelColor(x, y).alpha() for x in range(40) for y in range(30))
