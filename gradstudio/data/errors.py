"""What can be wrong with data: one family of refusals, each with the place, what was expected, found, and a remedy."""

from __future__ import annotations

from pathlib import Path

LONGEST_SHOWN = 40


class DataProblem(Exception):
    """Data can't be read or prepared. The message is for the person; the attributes are for programs.

    Attributes:
        name: the file or folder, without the way to it; empty where there is none.
        place: where in it, e.g. "line 7, column “age”"; empty where the whole is meant.
        expected: what should be there.
        found: what is there.
        advice: a sentence on what to do.
    """

    def __init__(self, expected: str, found: str, advice: str, *, place: str = "", name: str = "") -> None:
        super().__init__(expected, found, advice)
        self.expected = expected
        self.found = found
        self.advice = advice
        self.place = place
        self.name = name

    def __str__(self) -> str:
        where = "".join(f"{part}: " for part in (self.name, self.place) if part)
        return f"{where}expected {self.expected}, found {self.found}. {self.advice}"


class NotReadable(DataProblem):
    """The operating system refuses to hand it over."""


class Foreign(DataProblem):
    """It is something else than its name or the reader says."""


class Damaged(DataProblem):
    """It was data, but bytes are missing or its sizes don't add up."""


class Empty(DataProblem):
    """There is nothing in it to learn from."""


class Malformed(DataProblem):
    """Its rows, cells or pictures don't fit each other."""


class TooLarge(DataProblem):
    """It goes beyond what is read; nothing was built."""


class Unsuited(DataProblem):
    """It is whole, but can't be prepared as asked."""


class NotAtHand(DataProblem):
    """A network names it, and it isn't here, or is here with other contents."""


class OnItsWay(NotAtHand):
    """It is being read just now."""

    def __str__(self) -> str:
        return f"{self.name} is being read; its numbers appear as soon as it is."


def shown(text: object) -> str:
    """Something of a file in a message: in quotes, and cut where it is long."""
    words = str(text).replace("\n", " ")
    return f"“{words[:LONGEST_SHOWN]}…”" if len(words) > LONGEST_SHOWN else f"“{words}”"


def count(n: int, word: str) -> str:
    """A number of things: "1 row", "1,200 rows"."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def refused(path: Path, error: OSError) -> NotReadable:
    """What the operating system said, as one of ours."""
    problem = NotReadable("a file that can be read", error.strerror or str(error), "Choose another file.")
    problem.name = path.name
    return problem


__all__ = [
    "Damaged", "DataProblem", "Empty", "Foreign", "Malformed", "NotAtHand", "NotReadable", "OnItsWay", "TooLarge",
    "Unsuited", "count", "refused", "shown",
]  # fmt: skip
