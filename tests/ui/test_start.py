"""The start page: there while the network is empty, with pictures, for mouse and keyboard, gone when one builds."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gradstudio import files
from gradstudio.ui import starting
from gradstudio.ui.canvas.gestures.drop import GATE_MIME
from gradstudio.ui.canvas.thumbnail import of_example
from gradstudio.ui.dialogs.from_text import FromText
from gradstudio.ui.filing import examples
from gradstudio.ui.gatesearch import GateSearch
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.startpage import Card, Choice, in_two_lines
from gradstudio.ui.theme import DARK, LIGHT, ui_font
from tests.ui.conftest import example

LEFT, COPY, NONE = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def page(window):
    """The page, which must be there."""
    assert window.starting.shown
    assert window.starting.page.isVisible()
    return window.starting.page


def card(window, title):
    """The template of this title."""
    return next(card for card in page(window).cards if card.entry.title == title)


def line(window, title):
    """The line of this title."""
    return next(line for line in page(window).lines if line.entry.title == title)


def click(choice) -> None:
    """Click in its middle."""
    QTest.mouseClick(choice, LEFT, NONE, choice.rect().center())


def wait_for_pictures(window) -> None:
    """Let the window draw until every card has its picture."""
    while any(card.picture is None for card in page(window).cards):
        QApplication.processEvents()


def names(window) -> set[str]:
    """The nodes by name."""
    return {node.name for node in window.studio.document.nodes.values()}


def focused(window):
    """What has the keyboard."""
    return window.focusWidget()


def test_an_empty_window_shows_it_and_a_network_does_not(make_window) -> None:
    """It comes with an empty network and goes with another one, whichever way these come."""
    window = make_window()
    assert [card.entry.title for card in page(window).cards] == [title for title, _, _ in examples(templates_only=True)]
    window.studio.open_document(example("max"), None, "max.grad")
    assert not window.starting.shown
    window.studio.new()
    assert window.starting.shown
    assert not make_window("spiral").starting.shown


def test_a_template_is_opened_by_a_click(make_window) -> None:
    """The circuit is there as a network of one's own, fitted into the view; the page is gone."""
    window = make_window()
    click(card(window, "(x+y)·z"))
    assert names(window) == {"x", "y", "z", "q", "f"}
    assert window.studio.path is None
    assert not window.starting.shown
    assert window.canvas.visible_area().contains(window.canvas.scene.bounds())


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_every_template_has_a_picture_in_the_themes_colours(make_window, theme) -> None:
    """The pictures are drawn one after the other, in colours of the theme, and again when it changes."""
    window = make_window()
    window.studio.set_theme(theme)
    wait_for_pictures(window)
    for card in page(window).cards:
        assert card.picture is not None
        card.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # wherever an earlier test has left the mouse
        image = card.grab().toImage()
        seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(int(card._frame().height()))}
        assert len(seen) > 4, card.entry.title
        assert theme.field in {image.pixelColor(30, y).name() for y in range(image.height())}


def test_pictures_are_drawn_once_for_all_windows(make_window) -> None:
    """A second page takes the pictures that the first has drawn."""
    first = make_window()
    wait_for_pictures(first)
    drawn = of_example.cache_info().misses
    second = make_window()
    wait_for_pictures(second)
    assert of_example.cache_info().misses == drawn


def test_it_goes_when_a_node_is_added_and_comes_when_all_are_gone(make_window, hand) -> None:
    """The first node hides it, by keyboard as by command; undo shows it again."""
    window = make_window()
    me = hand(window)
    me.key(Qt.Key.Key_Tab)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, GateSearch)
    QTest.keyClicks(popup.field, "x=-2")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert names(window) == {"x"}
    assert not window.starting.shown
    window.studio.undo()
    assert window.starting.shown


def test_a_gate_is_dragged_right_through_it(make_window) -> None:
    """A drag over the page hides it, so that its ghost is seen; away again, the page is back; dropped, it is gone."""
    window = make_window()
    target = page(window).viewport()
    carried = QMimeData()
    carried.setData(GATE_MIME, b"relu")
    for leave in (True, False):
        enter = QDragEnterEvent(QPoint(30, 30), COPY, carried, LEFT, NONE)
        QApplication.sendEvent(target if leave else window.canvas, enter)
        assert enter.isAccepted()
        assert not window.starting.shown
        if leave:
            QApplication.sendEvent(window.canvas, QDragLeaveEvent())
            assert window.starting.shown
    QApplication.sendEvent(window.canvas, QDropEvent(QPointF(200, 200), COPY, carried, LEFT, NONE))
    assert [node.gate for node in window.studio.document.nodes.values()] == ["relu"]
    assert not window.starting.shown


def test_clicks_beside_the_cards_are_the_canvass(make_window) -> None:
    """A double click on the page's empty places asks for a gate, as it does beside the page."""
    window = make_window()
    body = page(window).widget()
    gap = next(
        point
        for point in (QPoint(x, y) for y in range(body.height() - 1, 0, -3) for x in range(0, body.width(), 7))
        if body.childAt(point) is None or not isinstance(body.childAt(point), Choice)
    )
    below = body.childAt(gap) or body
    QTest.mouseDClick(below, LEFT, NONE, below.mapFrom(body, gap))
    opened = QApplication.activePopupWidget()
    assert isinstance(opened, GateSearch)
    opened.close()


def test_the_keyboard_reaches_everything(make_window, hand) -> None:
    """An arrow goes from the canvas to the first card, arrows to each card and line, Enter opens, Escape goes back."""
    window = make_window()
    me = hand(window)
    me.key(Qt.Key.Key_Down)
    assert focused(window) is page(window).cards[0]
    met = {focused(window)}
    ways = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up)
    for _ in range(3):
        for way in ways:
            for _ in range(9):
                me.key(way)
                met.add(focused(window))
    for start in page(window).cards:
        start.setFocus()
        for way in ways:
            QTest.keyClick(focused(window), way)
            met.add(focused(window))
    assert met >= set(page(window).cards)
    assert met & set(page(window).lines)
    page(window).cards[0].setFocus()
    me.key(Qt.Key.Key_Escape)
    assert focused(window) is window.canvas
    assert window.starting.shown
    me.key(Qt.Key.Key_Up)
    assert isinstance(focused(window), Card)
    me.key(Qt.Key.Key_Return)
    assert names(window) == {"x", "y", "z", "q", "f"}
    assert focused(window) is window.canvas


def test_tab_leads_through_it_and_out(make_window) -> None:
    """From a card Tab goes to the next one, Shift+Tab back; each choice has a name and says what it is."""
    window = make_window()
    for a, b in pairwise(page(window).cards):
        a.setFocus()
        QTest.keyClick(a, Qt.Key.Key_Tab)
        assert focused(window) is b
        QTest.keyClick(b, Qt.Key.Key_Backtab, SHIFT)
        assert focused(window) is a
    for choice in (*page(window).cards, *page(window).lines):
        assert choice.accessibleName()
        assert choice.accessibleDescription() or choice.entry.title.startswith("All")


def test_it_can_be_sent_away(make_window, hand) -> None:
    """Escape on the canvas, or “Empty canvas”, leaves nothing but the hint; another empty network has it again."""
    window = make_window()
    with_page = window.canvas.grab().toImage()
    hand(window).key(Qt.Key.Key_Escape)
    assert not window.starting.shown
    assert window.canvas.hints
    assert window.canvas.grab().toImage() != with_page
    window.studio.new()
    click(line(window, "Empty canvas"))
    assert not window.starting.shown
    window.canvas.place_gate("relu")
    window.studio.undo()
    assert not window.starting.shown


def test_ways_to_begin(make_window) -> None:
    """New from text opens its dialog, All examples lists every one and opens what is chosen."""
    window = make_window()
    click(line(window, "New from text…"))
    (dialog,) = [found for found in window.findChildren(FromText) if found.isVisible()]
    dialog.reject()
    click(line(window, "All examples…"))
    (menu,) = window.findChildren(QMenu, "start.examples")
    assert [action.text() for action in menu.actions()] == [title for title, _, _ in examples()]
    next(action for action in menu.actions() if action.text() == "Maximum").trigger()
    menu.close()
    assert names(window) == {"x", "y", "f"}


def test_recent_files_are_listed_and_opened(make_window, tmp_path) -> None:
    """The newest first; the folder stands beside names that are twice; none: no heading."""
    preferences = Preferences()
    window = make_window(preferences=preferences)
    assert page(window)._heading.isHidden()
    for folder, name in (("a", "net"), ("b", "net"), ("b", "other")):
        (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / folder / f"{name}.grad"
        files.write(example("max"), path)
        preferences.add_recent(path)
    window.studio.open_document(example("max"), None)
    window.studio.new()
    listed = [(entry.entry.title, entry.entry.aside) for entry in page(window)._recent]
    assert listed == [("other.grad", ""), ("net.grad", "b"), ("net.grad", "a")]
    click(line(window, "other.grad"))
    assert window.studio.path == tmp_path / "b" / "other.grad"


@pytest.mark.parametrize("size", [(900, 560), (1000, 700), (1280, 800), (1760, 1080), (2600, 1400)])
def test_it_fits_into_every_window(make_window, size) -> None:
    """The page lies in the canvas, cards lie beside each other, and what doesn't fit can be scrolled to."""
    window = make_window(size=size, panels=True)
    shown = page(window)
    assert window.canvas.rect().contains(shown.geometry())
    boxes = [(card.mapTo(shown.widget(), QPoint(0, 0)), card.size()) for card in shown.cards]
    for (at, size_), (other, _) in pairwise(boxes):
        assert other.x() >= at.x() + size_.width() or other.y() >= at.y() + size_.height()
    last = boxes[-1][0].y() + boxes[-1][1].height()
    assert last <= shown.viewport().height() + shown.verticalScrollBar().maximum()
    assert max(at.x() + size_.width() for at, size_ in boxes) <= shown.viewport().width()


def test_what_has_the_keyboard_is_scrolled_to(make_window) -> None:
    """In a small window the arrows bring each card into view."""
    window = make_window(size=(900, 560), panels=True)
    shown = page(window)
    assert shown.verticalScrollBar().maximum() > 0
    for choice in (shown.cards[-1], shown.lines[0], shown.cards[0]):
        choice.setFocus()
        assert shown.viewport().rect().contains(QRect(choice.mapTo(shown.viewport(), QPoint(0, 0)), choice.size()))


def test_a_template_that_is_missing_leaves_its_picture_out(make_window, monkeypatch, tmp_path) -> None:
    """A file that can't be read is a card without a picture, that says so."""
    broken = tmp_path / "broken.grad"
    broken.write_bytes(b"nothing")
    monkeypatch.setattr(starting, "examples", lambda **_: [("Broken", "A sentence.", broken)])
    window = make_window()
    wait_for_pictures(window)
    assert page(window).cards[0].picture.isNull()
    assert "can't be read" in page(window).cards[0].accessibleDescription()


def test_a_window_that_closes_draws_no_more(make_window) -> None:
    """No timer is left behind by a window closed before its pictures were drawn."""
    window = make_window()
    shown = page(window)
    shown.dress(LIGHT)
    window.close_now()
    assert not shown._later.isActive()


def test_a_description_stays_in_its_card(qapp) -> None:
    """Neither of its two lines is wider than the card, even where its first word is."""
    metrics = QFontMetrics(ui_font())
    shown = in_two_lines(metrics, "1/(1+e^-(w0x0+w1x1+w2)) built from gates", 120)
    assert all(metrics.horizontalAdvance(line) <= 120 for line in shown.split("\n"))
    assert "…" in shown.split("\n")[0]
