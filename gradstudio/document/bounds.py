"""What a name, a place, a colour, a note may be: each question is answered with why not, in a sentence, or None."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from gradstudio.document.model import COLORS, Dot

LONGEST_NAME = 100
LONGEST_NOTE = 2000
LONGEST_TEXT = 10_000
MOST_DOTS = 100
_FAR = 1e9


def name_problem(name: str, what: str = "node") -> str | None:
    """Why a node (or what else) can't have this name, in a sentence, whoever else has it; None where it can."""
    if not name.strip():
        return f"A {what} needs a name; this one is empty."
    if name != name.strip():
        return "A name can't begin or end with a space."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}."
    for character in name:
        if _invisible(character):
            return f"A name can't contain the control character U+{ord(character):04X}; take it out."
    return None


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTIONS


_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def place_problem(x: float, y: float, what: str = "node") -> str | None:
    """Why a node (or what else) can't be at this place, in a sentence, or None where it can."""
    if abs(x) <= _FAR and abs(y) <= _FAR:
        return None
    return f"A {what} can't be at ({x:g}, {y:g}); the canvas goes from {-_FAR:,.0f} to {_FAR:,.0f}."


def dots_problem(via: Iterable[Dot]) -> str | None:
    """Why a wire can't be led through these dots, in a sentence, or None where it can."""
    places = tuple(via)
    if len(places) > MOST_DOTS:
        return f"A wire has at most {MOST_DOTS} dots; this one would have {len(places)}."
    return next((problem for x, y in places if (problem := place_problem(x, y, "dot")) is not None), None)


def note_problem(note: str, what: str = "note", most: int = LONGEST_NOTE) -> str | None:
    """Why a node can't have this note, in a sentence, or None where it can; it may be empty and of several lines."""
    if len(note) > most:
        return f"A {what} has at most {most:,} characters; this one has {len(note):,}."
    for character in note:
        if character != "\n" and _invisible(character):
            return f"A {what} can't contain the control character U+{ord(character):04X}; take it out."
    return None


def size_problem(x: float, y: float, width: float, height: float, what: str) -> str | None:
    """Why a frame or comment can't have this rectangle, in a sentence, or None where it can."""
    if not (0 < width < math.inf and 0 < height < math.inf):
        return f"A {what} can't be {width:g} wide and {height:g} high; both are greater than 0."
    return place_problem(x, y, what) or place_problem(x + width, y + height, what)


def color_problem(color: str) -> str | None:
    """Why a node can't have this colour, in a sentence, or None where it can; empty is its category's own."""
    if not color or color in COLORS:
        return None
    return f"There is no colour “{color[:40]}”; there are {', '.join(COLORS)}."
