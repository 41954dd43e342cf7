"""JSON into records; what msgspec says of a misfit becomes a refusal with place, expectation and finding."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

from gradstudio.files.errors import Damaged, Invalid, join, shown
from gradstudio.files.schema import CHOICES, Scalar, Stored

T = TypeVar("T")

_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_EXPECTED = re.compile(r"Expected `(?P<types>[^`]+)`(?P<bound>.*?)(?:, got `\w+`)?$")
_FIELD = re.compile(r"Object (?P<kind>missing required|contains unknown) field `(?P<name>[^`]*)`")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def decode(text: bytes, kind: type[T], array: Any = Stored) -> T:
    """JSON as a record of this kind.

    Raises:
        Invalid: with the place that doesn't fit.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise invalid(error, text, array) from None
    except msgspec.DecodeError as error:
        raise Damaged("JSON", f"something else ({error})", place="document") from None


def invalid(error: msgspec.ValidationError, data: bytes, array: Any) -> Invalid:
    """The refusal for `error`, raised while `data` was read.

    Args:
        error: what msgspec says.
        data: the JSON it was said of.
        array: the type of arrays in it, `Stored` or `Listed`.
    """
    said, _, path = str(error).partition(" - at `$")
    tree = json.loads(data)
    place = ""
    for step in _steps(path.rstrip("`")):
        if step is ...:
            return _in_mapping(tree, place, array)
        tree = tree[step]
        place = join(place, step)
    return _refusal(said, tree, place)


def _steps(path: str) -> list[Any]:
    found = _STEP.findall(path)
    return [name or (... if index == "..." else int(index)) for name, index in found]


def _in_mapping(mapping: dict[str, Any], place: str, array: Any) -> Invalid:
    """The refusal of an entry: msgspec doesn't tell at which key it stopped, so they are tried one by one."""
    kind = Scalar | array if place.endswith("params") else array
    for key, value in mapping.items():
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            inner = invalid(error, json.dumps(value).encode(), array)
            inner.place = join(place, key) + (f".{inner.place}" if inner.place else "")
            return inner
    return Invalid("valid entries", "others", place=place)


def _refusal(said: str, value: Any, place: str) -> Invalid:
    field = _FIELD.match(said)
    if field:
        name = field["name"]
        missing = field["kind"].startswith("missing")
        expected = f"a field “{name}”" if missing else f"no field “{name}”"
        return Invalid(expected, "none" if missing else shown(value.get(name)), place=join(place, name))
    name = place.rpartition(".")[2]
    if said.startswith("Invalid enum value") and name in CHOICES:
        return Invalid("one of " + ", ".join(CHOICES[name]), shown(value), place=place)
    return Invalid(_expectation(said), shown(value), place=place)


def _expectation(said: str) -> str:
    wanted = _EXPECTED.match(said)
    if not wanted:
        return f"something else ({said})"
    words = " or ".join(_WORDS.get(kind, kind) for kind in wanted["types"].split(" | "))
    bound = wanted["bound"].strip()
    return f"{words} {bound}" if bound else words
