"""The values a sweep goes through: a list, or a range that is divided or drawn from, evenly or by factors.

As text: `optimizer=adam,sgd`, `hidden.units=16,32,64`, `momentum=0.5..0.99:4` (four values, evenly),
`lr=0.001..1:log:5` (five values, each the same factor from the next), `seed=0..9` (every whole number).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradstudio.runs.targets import NotASweep, Scalar, Target, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradstudio.document.model import Document

LOG = "log"
MOST_VALUES = 1000
_DIGITS = 4
"""Values of a range have so many digits that tell: what is shown is what is used."""
_FORM = "NAME=VALUE,VALUE,… or NAME=LOW..HIGH:COUNT or NAME=LOW..HIGH:log:COUNT"


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that varies, and over what.

    Attributes:
        key: of its target.
        values: the list; empty for a range.
        low: the range's lower end.
        high: its upper end.
        count: values of a grid; 0 where none is given.
        log: whether values differ by a factor rather than by a difference.
        whole: whether they are whole numbers.
    """

    key: str
    values: tuple[Scalar, ...] = ()
    low: float = 0.0
    high: float = 0.0
    count: int = 0
    log: bool = False
    whole: bool = False

    @property
    def is_range(self) -> bool:
        """Whether it is a range rather than a list."""
        return not self.values

    @property
    def size(self) -> float:
        """How many values it may have; infinite for a range of numbers."""
        if not self.is_range:
            return len(self.values)
        return self.high - self.low + 1 if self.whole else math.inf

    def grid(self) -> tuple[Scalar, ...]:
        """Its values in a grid, each once.

        Raises:
            NotASweep: for a range that says neither how many nor is of whole numbers.
        """
        if not self.is_range:
            return self.values
        count = self.count or (int(self.high - self.low) + 1 if self.whole and not self.log else 0)
        if not 1 <= count <= MOST_VALUES:
            raise NotASweep(f"{self} needs a number of values for a grid, 1 to {MOST_VALUES}: {self.text(5)}.")
        places = [i / (count - 1) for i in range(count)] if count > 1 else [0.0]
        return tuple(dict.fromkeys(self._between(place) for place in places))

    def draw(self, u: float) -> Scalar:
        """The value for a number drawn evenly from 0 to 1, 1 left out."""
        if not self.is_range:
            return self.values[int(u * len(self.values))]
        if self.whole and not self.log:
            return int(self.low) + int(u * (int(self.high) - int(self.low) + 1))
        return self._between(u)

    def _between(self, share: float) -> int | float:
        """The value at a share of the way from one end to the other."""
        if self.log:
            found = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            found = self.low + share * (self.high - self.low)
        found = min(max(float(f"{found:.{_DIGITS}g}"), self.low), self.high)
        return round(found) if self.whole else found

    def text(self, count: int | None = None) -> str:
        """It as it is written: `lr=0.001..1:log:5`."""
        if not self.is_range:
            return f"{self.key}={','.join(said(value) for value in self.values)}"
        many = self.count if count is None else count
        parts = [f"{said(self.low)}..{said(self.high)}", *([LOG] if self.log else []), *([str(many)] if many else [])]
        return f"{self.key}={':'.join(parts)}"

    def __str__(self) -> str:
        return self.text()


def said(value: Scalar) -> str:
    """A value as it is written."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def worded(key: str) -> str:
    """What a key is called in words: settings without their underscores, params as they are."""
    return key if "." in key else key.replace("_", " ")


def parse(document: Document, text: str) -> Axis:
    """An axis from text.

    Raises:
        NotASweep: if it isn't one.
    """
    name, equals, spec = text.rpartition("=")
    if not (equals and name.strip() and spec.strip()):
        raise NotASweep(f"“{text}” isn't of the form {_FORM}.")
    return parse_for(target(document, name), text)


def parse_for(found: Target, text: str) -> Axis:
    """The axis of a target from text.

    Raises:
        NotASweep: if it isn't one.
    """
    spec = text.rpartition("=")[2]
    if not spec.strip():
        raise NotASweep(f"{found.key} needs values: {found.key}={suggested(found)}.")
    if ".." in spec:
        return _range(found, spec.strip(), text)
    values = tuple(dict.fromkeys(found.parse(part) for part in spec.split(",")))
    return Axis(found.key, values, whole=found.kind == "int")


def suggested(found: Target) -> str:
    """Values that are worth trying, around the present one, as they are written."""
    for text in _suggestions(found):
        try:
            parse_for(found, f"{found.key}={text}")
        except NotASweep:
            continue
        return text
    return said(found.now)


def _suggestions(found: Target) -> Iterator[str]:
    now = found.now
    if found.kind == "choice":
        yield ",".join(found.choices)
    elif found.kind == "bool":
        yield "yes,no"
    elif found.name == "seed":
        yield "0..4"
    elif found.kind == "int" and isinstance(now, int) and now > 0:
        yield f"{max(1, now // 2)},{now},{2 * now}" if now > 1 else f"{now},{2 * now}"
        yield f"{now},{2 * now}"
    elif found.kind == "int":
        yield "none,16,64" if now is None else "0,1,10,100"
    elif isinstance(now, (int, float)) and now > 0:
        yield f"{said(now / 10)}..{said(now * 10)}:{LOG}:5"
        yield f"{said(now / 2)}..{said(float(now))}:5"
    elif found.kind == "float":
        yield "0,0.0001,0.001,0.01"
        yield "none,0.1,1,10"


def ranged(found: Target, low: float, high: float, count: int = 0, *, log: bool = False) -> Axis:
    """A range of a target.

    Raises:
        NotASweep: if it has no such range.
    """
    if not found.numeric:
        some = ",".join(found.choices[:3]) or "yes,no"
        raise NotASweep(f"{found.key} has no range: write its values with commas, {found.key}={some}.")
    if not low < high:
        raise NotASweep(f"The range of {found.key} goes from {said(low)} to {said(high)}: the larger end comes last.")
    if log and low <= 0:
        raise NotASweep(f"A range by factors begins above 0; that of {found.key} begins at {said(low)}.")
    whole = found.kind == "int"
    for end in (low, high):
        found.check(int(end) if whole and end == int(end) else end)
    return Axis(found.key, (), float(low), float(high), count, log, whole)


def _range(found: Target, spec: str, text: str) -> Axis:
    ends, *options = spec.split(":")
    low, _, high = ends.partition("..")
    log, count = False, 0
    for option in (one.strip().lower() for one in options):
        if option == LOG:
            log = True
        elif option.isdecimal() and 1 <= int(option) <= MOST_VALUES:
            count = int(option)
        else:
            wanted = f"log, or a number of values from 1 to {MOST_VALUES}"
            raise NotASweep(f"“:{option}” of “{text}” isn't {wanted}: {found.key}={_example(found)}:{LOG}:4.")
    return ranged(found, _end(found, low, text), _end(found, high, text), count, log=log)


def _example(found: Target) -> str:
    """A range as it is written."""
    return "8..64" if found.kind == "int" else "0.001..1"


def _end(found: Target, word: str, text: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise NotASweep(
            f"“{word.strip()}” isn't a number: “{text}” needs a range such as {found.key}={_example(found)}."
        )
    return number
