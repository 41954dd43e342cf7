"""Muted, coloured and noted nodes on the canvas; notes written in place; twins and other gates."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from gradstudio.document import commands
from gradstudio.document.model import COLORS, Document
from gradstudio.ui.canvas import dressing
from gradstudio.ui.canvas.bodies import MUTED
from gradstudio.ui.canvas.describe import node_text
from gradstudio.ui.canvas.face import note_lines
from gradstudio.ui.canvas.ink import Ink, blend
from gradstudio.ui.canvas.metrics import HEADER, MARGIN, NOTE_LINES
from gradstudio.ui.theme import DARK, LIGHT
from tests.ui.canvas.hands import SHIFT, Hands, network


def choose(hands: Hands, *names: str) -> None:
    hands.studio.select([hands.node(name).id for name in names])


def pixel(hands: Hands, at: QPointF) -> QColor:
    return hands.view.grab().toImage().pixelColor(at.toPoint())


# --- muted ----------------------------------------------------------------------------------------------------------


def test_muting_toggles_and_undoes(hands: Hands) -> None:
    """The selected nodes are muted together, and unmuted where all are; each is one step."""
    choose(hands, "q", "f")
    dressing.toggle_muted(hands.view)
    assert (hands.node("q").muted, hands.node("f").muted) == (True, True)
    assert hands.studio.history.undo_title == "Mute 2 nodes"
    choose(hands, "q", "x")
    dressing.toggle_muted(hands.view)
    assert hands.node("x").muted
    choose(hands, "q", "f")
    dressing.toggle_muted(hands.view)
    assert (hands.node("q").muted, hands.node("f").muted) == (False, False)
    hands.undo_all()
    assert not any(node.muted for node in hands.document.nodes.values())


def test_a_muted_node_says_so(hands: Hands) -> None:
    """Its header says “muted” and its body shows the way through: it isn't told by colour alone."""
    choose(hands, "q")
    view = hands.view
    row = view.scene.nodes.row[hands.node("q").id]
    assert view.scene.nodes.look(row).way is None
    dressing.toggle_muted(view)
    look = view.scene.nodes.look(view.scene.nodes.row[hands.node("q").id])
    assert look.hint == "muted"
    assert look.way is not None
    assert [spot.name for spot in look.way] == ["x", "z"]


def test_freezing_takes_what_has_weights(hands: Hands) -> None:
    """Of the selected nodes those with weights are frozen together, and trained again where all are; one step each."""
    hands.studio.do(commands.add_node(hands.document, "dense", 0, 300, name="d")[0])
    choose(hands, "d", "q")
    dressing.toggle_frozen(hands.view)
    assert (hands.node("d").frozen, hands.node("q").frozen) == (True, False)
    assert hands.studio.history.undo_title == "Freeze d"
    assert dressing.all_frozen(hands.view)
    dressing.toggle_frozen(hands.view)
    assert not hands.node("d").frozen
    choose(hands, "q")
    assert not dressing.can_freeze(hands.view)
    hands.undo_all()
    assert not any(node.frozen for node in hands.document.nodes.values())


def test_a_frozen_node_shows_a_flake(hands: Hands) -> None:
    """Its header has a flake of snow, and its tooltip says what that means: it isn't told by colour alone."""
    hands.studio.do(commands.add_node(hands.document, "dense", 0, 300, name="d")[0])
    view, x = hands.view, hands.node("d").id
    view.make_visible([x])
    hands.studio.do(commands.set_frozen(hands.document, [x], True))
    assert view.scene.nodes.look(view.scene.nodes.row[x]).frozen
    rect = view.node_rect(x)
    flake = view.to_view(rect.topRight() + QPointF(-MARGIN - 2, HEADER / 2))
    frozen = pixel(hands, flake)
    hands.studio.undo()
    assert frozen != pixel(hands, flake)
    hands.studio.redo()
    assert "Frozen: training leaves" in node_text(view, hands.node("d"))


def test_numbers_of_a_muted_node_are_those_that_pass(hands: Hands) -> None:
    """The wire behind a muted node carries the value that came in, and the one before it the gradient that went out."""
    choose(hands, "q")
    dressing.toggle_muted(hands.view)
    hands.settle()
    assert hands.view.readings.wire(hands.wire("q", "f").id).value == "-2"
    assert hands.view.readings.wire(hands.wire("x", "q").id).gradient == "-4"
    assert hands.view.readings.wire(hands.wire("y", "q").id).gradient == ""


# --- coloured -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("color", COLORS)
def test_colours_are_painted(hands: Hands, color: str) -> None:
    """A painted node has its colour in the header and in the small map; without it, its category's again."""
    view = hands.view
    rect = view.node_rect(hands.node("q").id)
    header = view.to_view(rect.topLeft() + QPointF(rect.width() / 2, 24))
    before = pixel(hands, header)
    choose(hands, "q")
    dressing.paint(view, color)
    hands.studio.select()
    assert pixel(hands, header).name() == view.ink.tag_header[color].name()
    assert hands.studio.history.undo_title == f"Paint q {color}"
    choose(hands, "q")
    dressing.paint(view, "")
    hands.studio.select()
    assert pixel(hands, header) == before


def test_colours_are_seen_from_afar(hands: Hands) -> None:
    """In the overview a painted node is a block of its colour."""
    choose(hands, "q")
    dressing.paint(hands.view, "green")
    hands.studio.select()
    hands.view.set_scale(0.2)
    hands.view.center_on(hands.node("q").id)
    at = hands.view.to_view(hands.view.node_rect(hands.node("q").id).center())
    ink = hands.view.ink
    assert pixel(hands, at).name() == ink.far[int(hands.view.scene.nodes.tint[hands.view.scene.nodes.row[4]])].name()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_words_stand_out_from_every_colour(qapp, theme) -> None:
    """Titles and hints on painted headers, muted ones too, and captions on painted bodies have at least 4.5 : 1."""
    ink = Ink(theme)
    for header in (*ink.tag_header.values(), *ink.header):
        assert contrast(ink.text, header) >= 4.5
        assert contrast(ink.hint, header) >= 4.5
        pale = blend(header, ink.canvas, MUTED)
        assert min(contrast(ink.dim, pale), contrast(ink.hint, pale)) >= 4.5
    for body in ink.tag_body.values():
        assert contrast(ink.dim, body) >= 4.5
        assert contrast(ink.value, body) >= 4.5


def contrast(a: QColor, b: QColor) -> float:
    def light(color: QColor) -> float:
        shares = color.redF(), color.greenF(), color.blueF()
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = max(light(a), light(b)), min(light(a), light(b))
    return (high + 0.05) / (low + 0.05)


# --- notes ----------------------------------------------------------------------------------------------------------


def test_a_note_is_written_below_its_node(hands: Hands) -> None:
    """Type, Shift+Enter for a line, Enter: the note is there in one step, and undo takes it off."""
    choose(hands, "q")
    dressing.write_note(hands.view)
    assert hands.view.noting.isVisible()
    hands.type("the sum")
    hands.key(Qt.Key.Key_Return, SHIFT)
    hands.type("of both")
    hands.key(Qt.Key.Key_Return)
    assert hands.node("q").note == "the sum\nof both"
    assert not hands.view.noting.isVisible()
    assert hands.view.hasFocus()
    assert hands.studio.history.undo_title == "Write a note at q"
    hands.studio.undo()
    assert hands.node("q").note == ""


def test_escape_leaves_the_note_as_it_was(hands: Hands) -> None:
    """Escape closes the field and changes nothing."""
    hands.studio.do(commands.set_note(hands.document, [hands.node("q").id], "before"))
    choose(hands, "q")
    dressing.write_note(hands.view)
    assert hands.view.noting.toPlainText() == "before"
    hands.type("after")
    hands.key(Qt.Key.Key_Escape)
    assert hands.node("q").note == "before"
    assert hands.view.hasFocus()
    assert hands.studio.history.undo_title == "Write a note at q"
    hands.studio.undo()
    assert not hands.studio.history.can_undo


def test_tab_keeps_the_note(hands: Hands) -> None:
    """Tab commits the note and gives the focus back to the canvas."""
    choose(hands, "q")
    dressing.write_note(hands.view)
    hands.type("sum")
    hands.key(Qt.Key.Key_Tab)
    assert hands.node("q").note == "sum"
    assert hands.view.hasFocus()


def test_clicking_elsewhere_keeps_the_note(hands: Hands) -> None:
    """The field commits when the focus goes; several nodes get one note."""
    choose(hands, "x", "y")
    dressing.write_note(hands.view)
    hands.type("inputs")
    hands.view.setFocus()
    assert (hands.node("x").note, hands.node("y").note) == ("inputs", "inputs")


def test_a_note_that_is_refused_stays_in_the_field(hands: Hands) -> None:
    """A note too long is told why, and can be shortened."""
    choose(hands, "q")
    dressing.write_note(hands.view)
    hands.view.noting.setPlainText("x" * 2001)
    hands.key(Qt.Key.Key_Return)
    assert hands.view.noting.isVisible()
    assert "at most 2,000 characters" in hands.messages[-1]
    hands.key(Qt.Key.Key_Escape)
    assert hands.node("q").note == ""


def test_a_node_deleted_while_its_note_is_written(hands: Hands) -> None:
    """The field closes with the node, and nothing else happens."""
    choose(hands, "q")
    dressing.write_note(hands.view)
    hands.studio.do(commands.delete(hands.document, [hands.node("q").id]))
    assert not hands.view.noting.isVisible()


def test_a_note_is_painted_and_wiped(hands: Hands) -> None:
    """Below the node stands what fits of the note; without the note the canvas looks as before."""
    view = hands.view
    hands.settle()
    before = view.grab().toImage()
    hands.studio.do(commands.set_note(hands.document, [hands.node("q").id], "words " * 40))
    hands.settle()
    rect = view.camera.rect_to_view(view.node_rect(hands.node("q").id)).toRect()
    below = rect.translated(0, rect.height()).adjusted(0, 8, 0, -20)

    def differs() -> bool:
        image = view.grab().toImage()
        return any(
            image.pixel(x, y) != before.pixel(x, y)
            for x in range(below.left(), below.right())
            for y in range(below.top(), below.bottom())
        )

    assert differs()
    hands.studio.undo()
    hands.settle()
    assert not differs()


def test_a_note_comes_into_view_with_a_strip(hands: Hands) -> None:
    """Panning so that only the note of a node is in the new strip paints it as painting everything does."""
    view = hands.view
    hands.studio.do(commands.set_note(hands.document, [hands.node("f").id], "a note with some words in it"))
    hands.settle()
    bottom = view.to_view(view.node_rect(hands.node("f").id).bottomLeft()).y()
    view.pan(0, round(view.height() - bottom))
    view.grab()
    view.pan(0, -40)
    scrolled = view.grab().toImage()
    view.update()
    assert view.grab().toImage() == scrolled


def test_notes_are_folded_and_cut(qapp) -> None:
    """A note is folded between words, keeps its own lines, and ends with an ellipsis where there is more."""
    assert note_lines("", 90) == ()
    assert note_lines("one\ntwo", 90) == ("one", "two")
    folded = note_lines("several words that do not fit into one line of the canvas at all, by far", 90)
    assert len(folded) == NOTE_LINES
    assert folded[-1].endswith("…")
    assert note_lines("short", 90) == ("short",)
    assert note_lines("x" * 300, 90)[0].endswith("…")


# --- twins and other gates ------------------------------------------------------------------------------------------


def test_twins_with_what_feeds_them(hands: Hands) -> None:
    """The twins are selected, lie below, are wired to the same sources, and undo takes them away in one step."""
    before = hands.wires()
    choose(hands, "q", "f")
    dressing.duplicate_fed(hands.view)
    assert hands.selected() == {"q2", "f2"}
    assert hands.wires() - before == {"x.value>q2.x", "y.value>q2.y", "q2.z>f2.x", "z.value>f2.y"}
    old, new = (hands.view.scene.bounds([hands.node(n).id for n in names]) for names in (("q", "f"), ("q2", "f2")))
    assert new.top() > old.bottom()
    hands.studio.undo()
    assert hands.wires() == before
    assert not hands.studio.history.can_undo


def test_another_gate_in_its_place(hands: Hands) -> None:
    """Wires that find a port stay; that others went is told; undo brings all back."""
    before = hands.wires()
    choose(hands, "q")
    dressing.replace_gate(hands.view, "multiply")
    assert (hands.node("q").gate, hands.wires()) == ("multiply", before)
    assert hands.messages == []
    dressing.replace_gate(hands.view, "exp")
    assert hands.wires() == before - {"y.value>q.y"}
    assert hands.messages == ["1 wire found no port at the new gate and went. Undo brings all back."]
    hands.undo_all()
    assert hands.wires() == before


def test_nothing_selected_is_nothing_done(make_hands: Callable[[Document], Hands]) -> None:
    """Without a selection none of this makes a step or opens a field."""
    hands = make_hands(network({"x": ("constant", 0, 0, {})}))
    dressing.toggle_muted(hands.view)
    dressing.paint(hands.view, "red")
    dressing.write_note(hands.view)
    dressing.duplicate_fed(hands.view)
    assert not hands.studio.history.can_undo
    assert not hands.view.noting.isVisible()


def test_tooltips_tell_the_whole_note(hands: Hands) -> None:
    """The tooltip of a node says that it is muted, and all of its note."""
    hands.studio.do(commands.set_muted(hands.document, [hands.node("q").id], True))
    hands.studio.do(commands.set_note(hands.document, [hands.node("q").id], "words " * 60 + "<end>"))
    text = node_text(hands.view, hands.node("q"))
    assert "Muted: its first fitting input passes through." in text
    assert "&lt;end&gt;" in text


def test_notes_are_part_of_the_picture(hands: Hands) -> None:
    """The whole of the network reaches below a node with a note: it isn't cut off in a picture or when all is shown."""
    lowest = max(hands.document.nodes.values(), key=lambda node: node.y)
    before = hands.view.scene.bounds()
    hands.studio.do(commands.set_note(hands.document, [lowest.id], "three\nlines\nof note"))
    assert hands.view.scene.bounds().bottom() > before.bottom()
