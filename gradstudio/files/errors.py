"""What can be wrong with a file: one family of refusals, each with the place, what was expected and what was found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gradstudio.engine.gate import shape_text

LONGEST_SHOWN = 60


class FileProblem(Exception):
    """A file can't be read or written. The message is for the person; the attributes are for programs.

    Attributes:
        place: where in the file, e.g. `nodes[17].params.units`; empty where the whole file is meant.
        expected: what should be there.
        found: what is there.
        advice: a sentence on what to do; may be empty.
        path: the file, where one was read or written.
    """

    def __init__(self, expected: str, found: str, *, place: str = "", advice: str = "") -> None:
        super().__init__(expected, found)
        self.place = place
        self.expected = expected
        self.found = found
        self.advice = advice
        self.path: Path | None = None

    def __str__(self) -> str:
        where = "".join(f"{part}: " for part in (self.path, self.place) if part)
        advice = f" {self.advice}" if self.advice else ""
        return f"{where}expected {self.expected}, found {self.found}.{advice}"


class NotAGradFile(FileProblem):
    """It is something else than a network of GradStudio."""


class Damaged(FileProblem):
    """It was a network, but bytes are missing or changed."""


class TooNew(FileProblem):
    """A newer version of GradStudio wrote it."""


class Invalid(FileProblem):
    """It is whole, but says something that makes no network."""


class TooLarge(FileProblem):
    """It goes beyond a limit of the format; nothing was built."""


class NotReadable(FileProblem):
    """The operating system refuses to hand the file over."""


class NotWritable(FileProblem):
    """The operating system refuses to take the file; what was there before is unharmed."""


def shown(value: object) -> str:
    """A value of a file in a message: as JSON, and cut where it is long."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {shape_text(value.shape)}"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def join(place: str, step: object) -> str:
    """A place one step further in: `nodes` and 17 make `nodes[17]`."""
    if isinstance(step, int):
        return f"{place}[{step}]"
    return f"{place}.{step}" if place else str(step)


__all__ = [
    "Damaged", "FileProblem", "Invalid", "NotAGradFile", "NotReadable", "NotWritable", "TooLarge", "TooNew", "join",
    "shown",
]  # fmt: skip
