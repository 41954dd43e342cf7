"""What a node shows and where its ports sit: worked out once per node from its gate, drawn by `bodies`.

Every first port sits at the same height, so that nodes in a row are joined by straight wires.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontMetricsF

from gradstudio.document.model import Node
from gradstudio.engine.gate import Array, Category, Gate, Kind, Port, shape_text
from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.figures import number
from gradstudio.ui.canvas.ink import fonts, shelf_of, tint_of

Points: TypeAlias = tuple[tuple[float, float], ...]
_MOST_GLYPHS = 512
_HINT, _LEAST_HINT = 120, 50
"""Room for the hint in a header, and the least an elided one needs to say anything."""
_glyphs: dict[tuple[type[Gate], tuple[object, ...]], Points] = {}
FROST = 17.0
"""Room for the mark of a frozen node at the right of its header."""
_Traits: TypeAlias = tuple[Category | None, float, float, str, str, bool, bool, bool]
"""Category, width, height, hint, tag, and whether it is muted, a closed group, or frozen."""
_MOST_LOOKS = 4096
_looks: dict[tuple[_Traits, Sides, int], Look] = {}


class Mark(StrEnum):
    """How a port is drawn; form tells what colour alone must not."""

    DOT = "dot"
    SQUARE = "square"
    RING = "ring"
    PILL = "pill"


@dataclass(frozen=True, slots=True)
class Spot:
    """A port's place: its height below the node's top edge (inputs sit on the left edge, outputs on the right).

    Attributes:
        name: of the port.
        y: below the top edge.
        mark: labels are squares, weights rings, inputs that take many wires pills.
        label: the name where it is written on the node, else empty.
        weight: whether it is a learnable array.
    """

    name: str
    y: float
    mark: Mark
    label: str
    weight: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """All that nodes may share: one picture is drawn per look, and equal looks are one object (`_shared`).

    Attributes:
        category: of the gate; None for a placeholder.
        width: of the box.
        height: of the box.
        inputs: spots on the left edge.
        outputs: spots on the right edge, weights last.
        hint: the gate's symbol or title, dim, at the right of the header.
        glyph: points of the activation curve in a box from (0, 0) to (1, 1), y downwards.
        names: of all outputs.
        tag: the colour somebody gave it; empty for its category's own.
        muted: whether it passes an input through.
        sheets: whether it is a closed group, drawn as a stack of sheets.
        frozen: whether its weights aren't trained.
        shelf: index of its category's colours.
        tint: index of the colour it has from afar: its tag's, or its category's.
        ends: outputs a network may end in, of a node with inputs: those that aren't weights.
        lowest_end: how low the last output sits that isn't a weight; -1 where there is none.
    """

    category: Category | None
    width: float
    height: float
    inputs: tuple[Spot, ...]
    outputs: tuple[Spot, ...]
    hint: str
    glyph: Points
    names: tuple[str, ...]
    tag: str
    muted: bool
    sheets: bool
    frozen: bool
    shelf: int
    tint: int
    ends: tuple[Spot, ...]
    lowest_end: float

    @property
    def way(self) -> tuple[Spot, Spot] | None:
        """The input and the output between which a muted node's line is drawn."""
        for output in self.outputs[: 1 if self.muted else 0]:
            square = output.mark is Mark.SQUARE
            for spot in self.inputs:
                if (spot.mark is Mark.SQUARE) is square:
                    return spot, output
        return None


class Face(NamedTuple):
    """What one node shows.

    Attributes:
        look: what it shares with others.
        title: its name, elided to the header.
        caption: a few words in the body, elided.
        literal: whether the caption is the node's own value (green).
        caption_x: where the caption starts.
        note: the lines below the node.
    """

    look: Look
    title: str
    caption: str
    literal: bool
    caption_x: float
    note: tuple[str, ...] = ()

    def input_y(self, port: str) -> float | None:
        """Height of an input below the top edge."""
        return _height(self.look.inputs, port)

    def output_y(self, port: str) -> float | None:
        """Height of an output below the top edge."""
        return _height(self.look.outputs, port)


def _height(spots: tuple[Spot, ...], port: str) -> float | None:
    for spot in spots:
        if spot.name == port:
            return spot.y
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The ports of a node, and the room their names take on the left and on the right; equal ones are one object."""

    inputs: tuple[Spot, ...]
    outputs: tuple[Spot, ...]
    left: float
    right: float


def face_of(node: Node, gate: Gate | None) -> Face:
    """The face of a node with its gate; a grey placeholder with the gate's id where there is none."""
    if gate is None:
        return _lay_out(node, node.gate, "", False, None, _sides((), ()), ())
    caption, literal = _caption(gate)
    kind = type(gate)
    weights = tuple(w.name for w in gate.active_weights()) if gate.weights else ()
    sides = _sides_of(kind, weights)  # type: ignore[arg-type] # mypy takes a class for one of its instances
    hint = _say("muted") if node.muted else "" if literal else _hint(node.name, kind)
    return _lay_out(node, hint, caption, literal, kind.category, sides, _glyph(gate))


def box_face(
    name: str, hint: str, inputs: tuple[Spot, ...], outputs: tuple[Spot, ...], color: str = "", *, sheets: bool
) -> Face:
    """The face of a closed group, or of what a group is connected to outside."""
    node = Node(0, "", name, color=color)
    return _lay_out(node, hint, "", False, None, _sides(inputs, outputs), (), sheets=sheets)


def port_label(name: str) -> str:
    """A port's name, elided to what has room on a node."""
    return elided(name, fonts().port_width, m.PORT_LABEL)


def _say(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


def _caption(gate: Gate) -> tuple[str, bool]:
    """The words in the body, and whether they are the node's own value: a parameter only starts with what was typed."""
    value = getattr(gate, "value", None) if "value" in gate.params else None
    if not isinstance(value, np.ndarray):
        return gate.caption(), False
    entries = _entries_text(value)
    text = entries or shape_text(value.shape)
    return (f"start {text}", False) if gate.weights else (text, bool(entries))


def _entries_text(value: Array) -> str:
    """The numbers themselves, of a few; nothing of more."""
    if value.size == 1:
        return number(float(value.reshape(-1)[0]))
    if value.size <= 4 and value.ndim == 1:
        return "[" + ", ".join(number(float(v)) for v in value) + "]"
    return ""


def _hint(name: str, kind: type[Gate]) -> str:
    """The gate's symbol, or its title; nothing where the name says it already."""
    plain = _plain(name)
    if kind.symbol:
        return "" if plain == _plain(kind.symbol) else kind.symbol
    return "" if plain in _own_words(kind.title, kind.id) else kind.title


@lru_cache(maxsize=512)
def _own_words(title: str, gate_id: str) -> frozenset[str]:
    return frozenset((_plain(title), _plain(gate_id)))


def _plain(text: str) -> str:
    """Letters only, small, without a number at the end: "ReLU 2" is "relu"."""
    letters = text if text.isalnum() else "".join([c for c in text if c.isalnum()])
    return letters.lower().rstrip("0123456789")


@lru_cache(maxsize=512)
def _sides_of(kind: type[Gate], weights: tuple[str, ...]) -> Sides:
    return _sides(_spots(kind.inputs, ()), _spots(kind.outputs, weights))


@lru_cache(maxsize=512)
def _sides(inputs: tuple[Spot, ...], outputs: tuple[Spot, ...]) -> Sides:
    return Sides(inputs, outputs, _column(inputs), _column(outputs))


@lru_cache(maxsize=512)
def _spots(ports: tuple[Port, ...], weights: tuple[str, ...]) -> tuple[Spot, ...]:
    named = len(ports) + len(weights) > 1
    marks = [(port.name, mark_of(port)) for port in ports] + [(name, Mark.RING) for name in weights]
    return tuple(
        Spot(name, m.FIRST_PORT + i * m.PITCH, mark, name if named else "", i >= len(ports))
        for i, (name, mark) in enumerate(marks)
    )


def mark_of(port: Port) -> Mark:
    """How a port is drawn that isn't a weight."""
    if port.many:
        return Mark.PILL
    return Mark.SQUARE if port.kind is Kind.LABELS else Mark.DOT


def _glyph(gate: Gate) -> Points:
    """The activation curve, worked out once for equal gates."""
    if gate.category is not Category.ACTIVATION:
        return ()
    values = tuple(getattr(gate, name) for name in gate.params)
    if not all(isinstance(v, (int, float, str)) for v in values):
        return ()
    key = (type(gate), values)
    if key not in _glyphs:
        if len(_glyphs) >= _MOST_GLYPHS:
            _glyphs.clear()
        _glyphs[key] = _curve(gate)
    return _glyphs[key]


def _curve(gate: Gate) -> Points:
    """The activation curve from -4 to 4, scaled to a unit box."""
    xs = np.linspace(-4.0, 4.0, 65)
    curve = gate.curve(xs)
    if curve is None or not np.isfinite(curve[0]).all():
        return ()
    ys = np.asarray(curve[0], float)
    low, high = float(ys.min()), float(ys.max())
    span = high - low or 1.0
    return tuple(((x + 4) / 8, 1 - (y - low) / span) for x, y in zip(xs.tolist(), ys.tolist(), strict=True))


def _lay_out(
    node: Node,
    hint: str,
    caption: str,
    literal: bool,
    category: Category | None,
    sides: Sides,
    glyph: Points,
    *,
    sheets: bool = False,
) -> Face:
    f, name, left, right = fonts(), node.name, sides.left, sides.right
    title_width = f.title_width.horizontalAdvance(name)
    toggle = m.TOGGLE if sheets else FROST if node.frozen else 0.0
    hint, hint_width = _hint_shown(hint, min(_HINT, math.floor(m.MAX_WIDTH - 2 * m.MARGIN - title_width - toggle)))
    hint_width += toggle
    wanted = max(
        m.MIN_WIDTH,
        m.GLYPH_WIDTH if glyph else 0.0,
        2 * m.MARGIN + title_width + hint_width,
        left + right + (min(f.caption_width.horizontalAdvance(caption), 170.0) if caption else 0.0) + 4,
    )
    width = min(m.MAX_WIDTH, math.ceil(wanted / m.GRID) * m.GRID)
    rows = max(len(sides.inputs), len(sides.outputs), 1)
    height = m.FIRST_PORT + (rows - 1) * m.PITCH + m.FOOT
    if glyph:
        height = max(height, m.GLYPH_TOP + m.GLYPH_HEIGHT + 12)
    room = width - 2 * m.MARGIN - hint_width
    title = name if title_width <= room else f.title_width.elidedText(name, Qt.TextElideMode.ElideRight, room)
    caption = "" if glyph else elided(caption, f.caption_width, width - left - right - 2)
    look = _shared((category, width, height, hint, node.color, node.muted, sheets, node.frozen), sides, glyph)
    return Face(look, title, caption, literal, left, note_lines(node.note, width) if node.note else ())


def _shared(traits: _Traits, sides: Sides, glyph: Points) -> Look:
    """The one look of these traits; a look keeps its glyph, so that no other one gets the same id."""
    key = traits, sides, id(glyph)
    look = _looks.get(key)
    if look is None:
        if len(_looks) >= _MOST_LOOKS:
            _looks.clear()
        category, width, height, hint, tag, muted, sheets, frozen = traits
        plain = tuple(spot for spot in sides.outputs if not spot.weight)
        look = _looks[key] = Look(
            category, width, height, sides.inputs, sides.outputs, hint, glyph,
            names=tuple(spot.name for spot in sides.outputs),
            tag=tag, muted=muted, sheets=sheets, frozen=frozen,
            shelf=shelf_of(category),
            tint=tint_of(category, tag),
            ends=plain if sides.inputs else (),
            lowest_end=plain[-1].y if plain else -1.0,
        )  # fmt: skip
    return look


@lru_cache(maxsize=512)
def note_lines(note: str, width: float) -> tuple[str, ...]:
    """The first lines of a note, folded to what has room below a node of this width; the last one elided."""
    measure, room = fonts().note_below_width, max(width, m.NOTE_WIDTH) - m.NOTE_INDENT
    lines: list[str] = []
    for paragraph in note.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and measure.horizontalAdvance(longer) > room:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
        if len(lines) > m.NOTE_LINES:
            lines[m.NOTE_LINES - 1] += " …"
            break
    return tuple(elided(line, measure, room) for line in lines[: m.NOTE_LINES]) if note else ()


@lru_cache(maxsize=512)
def _hint_shown(hint: str, room: float) -> tuple[str, float]:
    """The hint, elided, and the width it takes of the header; nothing where the name needs the room."""
    short = fonts().hint_width.horizontalAdvance(hint) + 10 <= room
    shown = hint if short else elided(hint, fonts().hint_width, room - 10) if room > _LEAST_HINT else ""
    return shown, fonts().hint_width.horizontalAdvance(shown) + 10 if shown else 0.0


@lru_cache(maxsize=512)
def _column(spots: tuple[Spot, ...]) -> float:
    """How much of the width a side's port names take."""
    widest = max((fonts().port_width.horizontalAdvance(spot.label) for spot in spots), default=0.0)
    return m.MARGIN + (widest + 8 if widest else 0.0)


def elided(text: str, measure: QFontMetricsF, width: float) -> str:
    """The text, cut with an ellipsis to a width."""
    if not text or measure.horizontalAdvance(text) <= width:
        return text
    return measure.elidedText(text, Qt.TextElideMode.ElideRight, width)
