"""Typed settings of a gate, and how they are read from text."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from gradstudio.engine.errors import ParamError
from gradstudio.engine.memory import amount, memory_limit
from gradstudio.engine.types import Array, Value

WORD = 2**63
"""Whole numbers from here on fit into no file and no array."""


@dataclass(frozen=True, slots=True)
class Param:
    """A typed setting of a gate, from which inspector, file and checks are made.

    Attributes:
        kind: "int", "float", "bool", "choice", "text" or "array".
        default: its value where none is given (None only if `optional`).
        help: one sentence.
        title: label in the inspector; the name with spaces where empty.
        low: smallest value allowed.
        high: largest value allowed.
        unit: shown behind the field.
        choices: the values of a "choice".
        optional: may be None, shown as an empty field.
        advanced: folded away in the inspector until asked for.
    """

    kind: Literal["int", "float", "bool", "choice", "text", "array"]
    default: Any
    help: str
    title: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    advanced: bool = False

    def check(self, name: str, value: object) -> Value:
        """The value in its normal form (arrays: read-only float64).

        Raises:
            ParamError: with a sentence that says what was expected and found.
        """
        if value is None:
            if self.optional:
                return None
            raise ParamError(f"{name} needs {self.expects()}, found nothing.")
        if self.kind == "array":
            _refuse_huge(name, value)
        normal = _NORMAL[self.kind](value)
        if normal is None or (self.kind == "choice" and normal not in self.choices):
            raise ParamError(f"{name} needs {self.expects()}, found {_shown(value)}.")
        if isinstance(normal, (int, float)) and not isinstance(normal, bool):
            self._refuse_outside(name, normal)
        return normal

    def parse(self, name: str, text: str) -> Value:
        """The value typed as text, e.g. "100", "1e-3", "[[0.1, 0.5], [-0.3, 0.8]]".

        Raises:
            ParamError: if the text isn't such a value.
        """
        text = text.strip()
        if not text and self.optional:
            return None
        if self.kind in ("text", "choice"):
            return self.check(name, text)
        if self.kind == "bool":
            if text.lower() in ("true", "false", "yes", "no", "1", "0"):
                return text.lower() in ("true", "yes", "1")
            raise ParamError(f"{name} needs {self.expects()}, found “{text}”.")
        return self.check(name, parse_numbers(name, text.replace("−", "-"), self.expects()))

    def expects(self) -> str:
        """What it takes, in words: "a whole number from 1 to 65536"."""
        words = {
            "int": "a whole number",
            "float": "a number",
            "bool": "yes or no",
            "text": "a text",
            "array": "a number or a list of numbers",
            "choice": "one of " + ", ".join(self.choices),
        }[self.kind]
        if self.low is not None and self.high is not None:
            return f"{words} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{words} of at least {self.low:g}"
        if self.high is not None:
            return f"{words} of at most {self.high:g}"
        return words

    def _refuse_outside(self, name: str, number: float) -> None:
        low_ok = self.low is None or number >= self.low
        high_ok = self.high is None or number <= self.high
        if not (low_ok and high_ok):
            raise ParamError(f"{name} needs {self.expects()}, found {_brief(number)}.")
        if isinstance(number, int) and not -WORD <= number < WORD:
            raise ParamError(f"{name} needs {self.expects()}, below 2⁶³ in size, found {_brief(number)}.")


def parse_numbers(name: str, text: str, expects: str) -> object:
    """A number or a nested list of numbers from text; never evaluated as code.

    Raises:
        ParamError: if the text is anything else.
    """
    try:
        return json.loads(_tidy_number(text), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ParamError(f"{name} needs {expects}, found “{text[:40]}”.") from None


def _tidy_number(text: str) -> str:
    text = text.removeprefix("+")
    if text.startswith((".", "-.")):
        text = text.replace(".", "0.", 1)
    return text + "0" if text.endswith(".") else text


def _refuse_constant(word: str) -> object:
    raise ValueError(word)


def _bool(value: object) -> bool | None:
    return bool(value) if isinstance(value, (bool, np.bool_)) else None


def _int(value: object) -> int | None:
    return int(value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else None


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _refuse_huge(name: str, value: object) -> None:
    """An array is copied as float64: before that it must be sure to fit, whatever little memory it takes itself."""
    size = np.size(value) * 8 if isinstance(value, np.ndarray) else 0
    if size > memory_limit():
        raise ParamError(
            f"{name} needs an array that fits into memory, {amount(memory_limit())} as float64, found "
            f"{amount(size)}. Use a smaller one."
        )


def _array(value: object) -> Array | None:
    if isinstance(value, (str, bool, bytes)):
        return None
    try:
        array = np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    array.flags.writeable = False
    return array if np.isfinite(array).all() else None


def _brief(number: float) -> str:
    return f"{number:g}" if abs(number) < 10**300 else "a number of hundreds of digits"


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) >= 10**300:
        return _brief(value)
    text = str(value).replace("\n", " ")
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


_NORMAL: Mapping[str, Callable[[object], Value]] = MappingProxyType(
    {"bool": _bool, "int": _int, "float": _float, "text": _text, "choice": _text, "array": _array}
)
