"""Frames and comments by mouse and keyboard: made, moved with what lies on them, resized, written on; and undone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands, remarks
from gradstudio.document.regions import Comment, Frame
from gradstudio.ui.canvas import CanvasView, arrange, dressing, groups
from gradstudio.ui.canvas.describe import tooltip
from gradstudio.ui.canvas.markdown import Page, PageCache
from gradstudio.ui.canvas.metrics import AREA_LEAST, GRID
from gradstudio.ui.canvas.scene import Part, Scene
from tests.ui.canvas.hands import ALT, CTRL, SHIFT, Hands
from tests.ui.canvas.test_scene import same

Rect = remarks.Rect


def frame(hands: Hands, rect: Rect = (-20, -50, 150, 380), title: str = "Data") -> int:
    """A frame around x, y and z; its id."""
    patch, area = remarks.add_frame(hands.document, rect, title)
    hands.studio.do(patch)
    return area


def comment(hands: Hands, rect: Rect = (300, 300, 200, 80), text: str = "Some **words**") -> int:
    """A comment; its id."""
    patch, area = remarks.add_comment(hands.document, rect, text)
    hands.studio.do(patch)
    return area


def at(hands: Hands, area: int, x: float, y: float) -> QPointF:
    """A point of a sheet: 0 and 1 are its edges."""
    rect = hands.view.scene.areas.rect(area)
    return hands.view.to_view(QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()))


def title_of(hands: Hands, area: int) -> QPointF:
    """A point in the title bar of a frame."""
    rect = hands.view.scene.areas.rect(area)
    return hands.view.to_view(QPointF(rect.left() + 40, rect.top() + 16))


def rect_of(hands: Hands, area: int) -> Rect:
    """Where the document has a frame or comment."""
    record: Frame | Comment = hands.document.frames.get(area) or hands.document.comments[area]
    return remarks.rect_of(record)


def sound(hands: Hands) -> bool:
    """Whether the canvas shows what the document says."""
    return same(hands.view.scene, Scene(hands.document))


# --- frames --------------------------------------------------------------------------------------------------------


def test_a_frame_is_put_around_the_selection(hands: Hands) -> None:
    """The command puts a frame around what is selected and asks for its title; both are one step."""
    before = files.dumps(hands.document)
    hands.click(hands.header("x"))
    hands.click(hands.header("y"), SHIFT)
    groups.add_frame(hands.view)
    hands.type("Inputs")
    hands.key(Qt.Key.Key_Return)
    ((area, record),) = hands.document.frames.items()
    assert record.title == "Inputs"
    sheet = hands.view.scene.areas.rect(area)
    assert sheet.contains(hands.view.node_rect(hands.node("x").id))
    assert not sheet.contains(hands.view.node_rect(hands.node("z").id))
    assert hands.studio.areas() == (area,)
    hands.studio.undo()
    assert files.dumps(hands.document) == before
    assert not hands.studio.history.can_undo


def test_what_lies_on_a_frame_moves_with_it(hands: Hands) -> None:
    """Dragged by its title a frame takes along what lies on it, nothing else; Escape and undo put all back."""
    area, inner = frame(hands), comment(hands, (-10, 250, 100, 50))
    before, places = files.dumps(hands.document), hands.places()
    start = title_of(hands, area)
    hands.drag(start, start + QPointF(50, 30))
    assert files.dumps(hands.document) == before
    assert hands.view.scene.areas.rect(area).left() == 30
    assert hands.view.node_rect(hands.node("x").id).left() == places["x"][0] + 50
    hands.key(Qt.Key.Key_Escape)
    assert hands.view.scene.areas.rect(area).left() == -20
    hands.drop(start, start + QPointF(50, 30))
    for name in "xyz":
        assert hands.places()[name] == (places[name][0] + 50, places[name][1] + 30)
    assert hands.places()["q"] == places["q"]
    assert rect_of(hands, area)[:2] == (30, -20)
    assert rect_of(hands, inner)[:2] == (40, 280)
    assert sound(hands)
    hands.studio.undo()
    assert files.dumps(hands.document) == before


def test_with_alt_a_frame_moves_alone(hands: Hands) -> None:
    """Alt leaves what lies on a frame where it is."""
    area, places = frame(hands), hands.places()
    start = title_of(hands, area)
    hands.drop(start, start + QPointF(100, 0), ALT)
    assert rect_of(hands, area)[0] == 80
    assert hands.places() == places


def test_arrow_keys_move_a_frame_with_its_nodes(hands: Hands) -> None:
    """A selected frame goes by the arrows, and what lies on it."""
    area, places = frame(hands), hands.places()
    hands.click(title_of(hands, area))
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_Right)
    assert rect_of(hands, area)[0] == 0
    assert hands.places()["x"] == (places["x"][0] + 20, places["x"][1])
    assert hands.places()["q"] == places["q"]


@pytest.mark.parametrize(
    ("x", "y", "by", "expected"),
    [
        (1.0, 0.95, (33, 40), (-20, -50, 180, 380)),
        (0.0, 0.95, (-33, 40), (-50, -50, 180, 380)),
        (0.5, 1.0, (40, 41), (-20, -50, 150, 420)),
        (1.0, 1.0, (52, 18), (-20, -50, 200, 400)),
        (0.0, 0.0, (18, -12), (0, -60, 130, 390)),
        (1.0, 0.95, (-500, 0), (-20, -50, 80, 380)),
        (0.0, 0.95, (500, 0), (50, -50, 80, 380)),
    ],
)
def test_a_frame_is_resized_by_its_rim(
    hands: Hands, x: float, y: float, by: tuple[float, float], expected: Rect
) -> None:
    """Each edge and corner follows the mouse from grid point to grid point, down to a least size; one step."""
    area, places, steps = frame(hands), hands.places(), len(hands.studio.history.titles)
    start = at(hands, area, x, y)
    hands.drop(start, start + QPointF(*by))
    assert rect_of(hands, area) == pytest.approx(expected, abs=0.01)
    assert hands.places() == places
    assert hands.studio.history.titles[steps:] == ("Resize frame Data",)
    assert sound(hands)


def test_escape_while_resizing(hands: Hands) -> None:
    """Escape leaves a frame as large as it was, and makes no step."""
    area, steps = frame(hands), len(hands.studio.history.titles)
    start = at(hands, area, 1.0, 1.0)
    hands.drag(start, start + QPointF(100, 100))
    assert hands.view.scene.areas.rect(area).width() == 250
    hands.key(Qt.Key.Key_Escape)
    assert hands.view.scene.areas.rect(area).width() == 150
    assert len(hands.studio.history.titles) == steps


def test_inside_a_frame_one_works_as_on_the_canvas(hands: Hands) -> None:
    """The middle of a frame isn't it: there a band is drawn; nodes and wires on it are what is hit."""
    area = frame(hands, (-40, -60, 700, 420))
    middle = QPointF(400, 330)
    assert hands.view.scene.hit(middle, 1.0).part is Part.EMPTY
    hands.drop(hands.view.to_view(QPointF(150, 0)), hands.view.to_view(QPointF(400, 100)))
    assert hands.selected() == {"q"}
    assert hands.studio.areas() == ()
    hit = hands.view.scene.hit(hands.view.to_scene(title_of(hands, area)), 1.0)
    assert (hit.part, hit.area, hit.header) == (Part.AREA, area, True)


def test_a_band_takes_frames_whole_and_comments_by_a_touch(hands: Hands) -> None:
    """A band that holds a frame selects it; a comment needs only be touched; Ctrl takes out again."""
    area, words = frame(hands, (200, 220, 120, 90)), comment(hands, (340, 240, 100, 60))
    hands.drop(QPointF(230, 270), QPointF(450, 390))
    assert set(hands.studio.areas()) == {area, words}
    hands.drop(QPointF(395, 290), QPointF(450, 320), CTRL)
    assert set(hands.studio.areas()) == {area}
    hands.key(Qt.Key.Key_Delete)
    assert area not in hands.document.frames
    assert words in hands.document.comments


def test_a_title_is_edited_in_place(hands: Hands) -> None:
    """A double click on the title, or F2, edits it; it may be emptied."""
    area = frame(hands)
    hands.double_click(title_of(hands, area))
    hands.type("Numbers")
    hands.key(Qt.Key.Key_Return)
    assert hands.document.frames[area].title == "Numbers"
    hands.view.rename()
    hands.key(Qt.Key.Key_Delete)
    hands.key(Qt.Key.Key_Return)
    assert hands.document.frames[area].title == ""


def test_frames_are_painted_copied_and_found_by_layout(hands: Hands) -> None:
    """Frames have colours, are copied with what is selected besides, and stay around their nodes when laid out."""
    area = frame(hands)
    hands.click(title_of(hands, area))
    dressing.paint(hands.view, "red")
    assert hands.document.frames[area].color == "red"
    hands.key(Qt.Key.Key_C, CTRL)
    hands.view.paste()
    assert len(hands.document.frames) == 2
    assert hands.studio.areas() == (max(hands.document.frames),)
    hands.view.delete()
    hands.studio.do(commands.move(hands.document, {hands.node("z").id: (10, 180)}))
    arrange.tidy(hands.view)
    sheet = hands.view.scene.areas.rect(area)
    for name in "xyz":
        assert sheet.contains(hands.view.node_rect(hands.node(name).id)), name
    assert sound(hands)


# --- comments ------------------------------------------------------------------------------------------------------


def test_a_comment_is_written_where_it_is_wanted(hands: Hands) -> None:
    """The command opens a field; Ctrl+Enter makes a comment as high as its words, in one step; none of no words."""
    groups.add_comment(hands.view, QPointF(303, 298))
    assert hands.view.writing.isVisible()
    hands.type("# One")
    hands.key(Qt.Key.Key_Return)
    hands.type("two")
    hands.key(Qt.Key.Key_Return, CTRL)
    assert not hands.view.writing.isVisible()
    ((area, record),) = hands.document.comments.items()
    assert record.text == "# One\ntwo"
    assert (record.x, record.y) == (300, 300)
    assert record.height == pytest.approx(hands.view.text_height(record.text, record.width))
    assert hands.studio.areas() == (area,)
    assert len(hands.studio.history.titles) == 1
    groups.add_comment(hands.view, QPointF(0, 400))
    hands.key(Qt.Key.Key_Return, CTRL)
    groups.add_comment(hands.view, QPointF(0, 400))
    hands.type("never mind")
    hands.key(Qt.Key.Key_Escape)
    assert len(hands.document.comments) == 1
    assert sound(hands)


def test_a_comment_is_edited_in_place(hands: Hands) -> None:
    """A double click or Enter opens its Markdown; clicking elsewhere keeps it, and it grows with its words."""
    area = comment(hands)
    hands.double_click(at(hands, area, 0.5, 0.5))
    assert hands.view.writing.toPlainText() == "Some **words**"
    hands.key(Qt.Key.Key_A, CTRL)
    hands.type("- one")
    for word in ("two", "three", "four", "five", "six"):
        hands.key(Qt.Key.Key_Return)
        hands.type(f"- {word}")
    hands.view.setFocus(Qt.FocusReason.MouseFocusReason)
    QApplication.processEvents()
    assert hands.document.comments[area].text.startswith("- one\n- two")
    assert hands.document.comments[area].height > 100
    hands.click(at(hands, area, 0.5, 0.5))
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Return)
    assert hands.view.writing.isVisible()
    hands.key(Qt.Key.Key_Escape)
    hands.studio.undo()
    assert rect_of(hands, area) == (300, 300, 200, 80)


def test_words_that_cannot_be_are_told_and_given_up(hands: Hands) -> None:
    """A comment that is too long is refused in a sentence; the field stays open to be corrected."""
    area = comment(hands)
    hands.double_click(at(hands, area, 0.5, 0.5))
    hands.view.writing.setPlainText("x" * 10_001)
    hands.key(Qt.Key.Key_Return, CTRL)
    assert hands.view.writing.isVisible()
    assert "at most 10,000" in hands.messages[-1]
    hands.key(Qt.Key.Key_Escape)
    assert hands.document.comments[area].text == "Some **words**"


def test_a_comment_that_goes_closes_its_field(hands: Hands) -> None:
    """Undoing what made a comment, while it is edited, closes the field and changes nothing else."""
    area = comment(hands)
    hands.double_click(at(hands, area, 0.5, 0.5))
    hands.studio.undo()
    assert not hands.view.writing.isVisible()
    assert not hands.document.comments


def test_a_comment_is_moved_and_lies_under_nodes(hands: Hands) -> None:
    """Dragged anywhere a comment follows; a node on it is what is hit there."""
    area = comment(hands, (200, 20, 200, 320))
    start = at(hands, area, 0.5, 0.95)
    hands.drop(start, start + QPointF(100, 0))
    assert rect_of(hands, area)[0] == 300
    hands.studio.undo()
    hands.click(hands.at("q"))
    assert hands.selected() == {"q"}
    assert hands.studio.areas() == ()


def test_tidy_words(hands: Hands, view: CanvasView) -> None:
    """Markdown is read as such: headings, lists and emphasis, and no HTML."""
    page = Page("# Title\n\n**b** *i* `c` <b>x</b>\n\n- one\n- two", 200.0, QColor("red"))
    assert page.toPlainText() == "Title\nb i c <b>x</b>\none\ntwo"
    block = page.begin()
    assert block.blockFormat().headingLevel() == 1
    assert block.next().begin().fragment().charFormat().fontWeight() > 400


def test_nothing_is_loaded_for_a_comment(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures and links in a comment of a stranger's file reach for no file and no address."""
    asked: list[str] = []
    monkeypatch.setattr("builtins.open", lambda *a, **k: asked.append(str(a)))
    page = Page("![x](file:///etc/hostname) ![y](https://example.org/y.png) [z](javascript:1)", 200.0, QColor("red"))
    for name in ("file:///etc/hostname", "https://example.org/y.png"):
        assert page.resource(2, name) is None
    image = QImage(200, 100, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    page.drawContents(painter)
    painter.end()
    assert asked == []


@pytest.mark.parametrize("text", ["> " * 4999, "- " * 4999, "*" * 10_000, "[" * 10_000, "x" * 10_000, "|a" * 5000])
def test_hostile_words_are_only_words(qapp: object, text: str) -> None:
    """Ten thousand characters made to trouble a reader are laid out and painted like others."""
    cache = PageCache(QColor("white"), QColor("red"))
    image = QImage(200, 100, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    cache.draw(painter, text, QRectF(0, 0, 200, 100))
    painter.end()
    assert cache.height(text, 200.0) > 0


def test_pictures_of_words_are_made_once(qapp: object) -> None:
    """The same words at the same scale are one picture; a huge one isn't made at all."""
    cache = PageCache(QColor("white"), QColor("red"))
    size = QRectF(0, 0, 200, 100).size()
    first = cache.picture("Words", size, 1.0, 1.0)
    assert first is not None
    assert cache.picture("Words", size, 1.0, 1.0) is first
    assert cache.picture("Words", size, 2.0, 1.0) is not first
    assert cache.picture("Words", size * 100.0, 1.0, 1.0) is None


def test_sheets_are_painted_behind_nodes(hands: Hands) -> None:
    """A frame tints the canvas where nothing lies on it, and leaves nodes as they are."""

    def pixel(point: QPointF) -> tuple[int, ...]:
        image = hands.view.grab().toImage()
        return image.pixelColor(point.toPoint()).getRgb()  # type: ignore[return-value]

    empty, node = hands.view.to_view(QPointF(130, 153)), hands.at("x")
    before = pixel(empty), pixel(node)
    frame(hands, (-40, -60, 190, 420))
    hands.studio.do(remarks.paint(hands.document, hands.document.frames, "red"))
    QApplication.processEvents()
    assert pixel(node) == before[1]
    changed = np.array(pixel(empty)) - np.array(before[0])
    assert changed[0] > 3
    assert changed[0] > changed[1]


def test_a_frame_is_resized_by_keys(hands: Hands) -> None:
    """Alt, Shift and an arrow move its right or lower edge by a grid step, one step of undo each, never too small."""
    document = hands.document
    patch, frame = remarks.add_frame(document, (0.0, 300.0, 200.0, 120.0), "Head")
    document.apply(patch)
    hands.studio.select((), (), (frame,))
    before, places = files.dumps(document), hands.places()
    hands.key(Qt.Key.Key_Right, ALT | SHIFT)
    hands.key(Qt.Key.Key_Down, ALT | SHIFT)
    assert remarks.rect_of(document.frames[frame]) == (0.0, 300.0, 200.0 + GRID, 120.0 + GRID)
    hands.undo_all()
    assert files.dumps(document) == before
    for _ in range(40):
        hands.key(Qt.Key.Key_Left, ALT | SHIFT)
    assert document.frames[frame].width == AREA_LEAST[0]
    assert hands.places() == places


def test_cut_words_are_told_whole(hands: Hands) -> None:
    """The tooltip of a frame or a comment has all its words where they are cut, and is empty where they are seen."""
    document, long = hands.document, "Aktivierungsfunktionsableitung und Verlustfunktion"
    ids = {}
    for y, words in ((300.0, "Head"), (450.0, long)):
        patch, ids[words] = remarks.add_frame(document, (0.0, y, 160.0, 100.0), words)
        document.apply(patch)
    for y, words in ((600.0, "short"), (700.0, f"{long} {long}\n\n<b>{long}</b>")):
        patch, ids[words] = remarks.add_comment(document, (0.0, y, 160.0, 60.0), words)
        document.apply(patch)
    for words, area in ids.items():
        rect = hands.view.scene.area_rect(area)
        said = tooltip(hands.view, QPointF(rect.left() + 30, rect.top() + 12))
        assert (said == "") == (words in ("Head", "short"))
        assert "<b>Aktiv" not in said or words == long
