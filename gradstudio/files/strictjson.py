"""JSON without its traps: nesting is bounded before it is parsed, and a key that comes twice is refused."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import numpy as np

from gradstudio.files import limits
from gradstudio.files.errors import Damaged, FileProblem, Invalid, TooLarge, join

_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class _Twice(dict[str, Any]):
    """An object in which a key came twice."""

    key = ""


class _TooMany(Exception):
    """More objects than the limit."""


class _KeyTwice(Exception):
    """A key came twice; where is found in a second pass."""


def check(data: bytes, part: str, broken: type[FileProblem] = Damaged) -> None:
    """Refuse JSON that is malformed, nested too deep, has too many objects or a key twice in one of them.

    Args:
        data: the JSON.
        part: what it is, for messages: "header".
        broken: what to raise where it isn't JSON at all.

    Raises:
        FileProblem: with the place.
    """
    _check_depth(data, part)
    left = limits.OBJECTS

    def looked_at(pairs: list[tuple[str, Any]]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooMany
        if len(dict(pairs)) < len(pairs):
            raise _KeyTwice

    try:
        json.loads(data.decode("utf-8"), object_pairs_hook=looked_at, parse_constant=_refuse)
    except _TooMany:
        raise TooLarge(f"at most {limits.OBJECTS:,} objects", "more", place=part) from None
    except _KeyTwice:
        raise _twice(data, part) from None
    except json.JSONDecodeError as error:
        place = f"{part}, line {error.lineno}, column {error.colno}"
        raise broken("JSON", f"something else ({error.msg})", place=place) from None
    except UnicodeDecodeError as error:
        raise broken("text in UTF-8", f"byte {data[error.start]:#04x}", place=f"{part}, byte {error.start}") from None
    except ValueError as error:
        raise Invalid("JSON with numbers of a sensible length", str(error), place=part) from None


def _check_depth(data: bytes, part: str) -> None:
    brackets = np.frombuffer(_STRING.sub(b"", data).translate(None, _NOT_BRACKETS), np.uint8)
    if brackets.size > limits.BRACKETS:
        raise TooLarge(f"at most {limits.BRACKETS:,} brackets", f"{brackets.size:,}", place=part)
    opening = (brackets == ord("[")) | (brackets == ord("{"))
    depth = int(np.cumsum(np.where(opening, 1, -1), dtype=np.int32).max(initial=0))
    if depth > limits.DEPTH:
        raise TooLarge(f"at most {limits.DEPTH} brackets within brackets", f"{depth}", place=part)


def _refuse(word: str) -> NoReturn:
    raise json.JSONDecodeError(f"{word} is no JSON number", word, 0)


def _twice(data: bytes, part: str) -> Invalid:
    def marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        twice = _Twice(made)
        keys = [key for key, _ in pairs]
        twice.key = next(key for i, key in enumerate(keys) if key in keys[:i])
        return twice

    place, key = next(_find(json.loads(data, object_pairs_hook=marked), ""), (part, ""))
    return Invalid("each key once", f"the key “{key[: limits.WORD]}” twice", place=place or part)


def _find(tree: Any, place: str) -> Any:
    if isinstance(tree, _Twice):
        yield place, tree.key
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in children:
        yield from _find(child, join(place, key))
