"""Copied nodes as a text that survives a mail: a record a line when written, and found again between other words."""

from __future__ import annotations

import re
from collections.abc import Mapping

_START = re.compile(r'\{\s*"gradstudio"')
_QUOTED = re.compile(r"^[ \t]*(?:[>|][ \t]?)+", re.MULTILINE)
_BREAK = re.compile(r"[ \t]*(?:\r\n|\r|\n)[ \t]*")


def lines(records: Mapping[str, list[str]]) -> str:
    """The whole of a clipboard's text, given its records by kind; kinds of which there are none stay out of it."""
    always = ("nodes", "wires")
    blocks = [f'"{what}":[{_block(found)}]' for what, found in records.items() if found or what in always]
    return f'{{"gradstudio":1,{",".join(blocks)}}}'


def _block(records: list[str]) -> str:
    return "\n" + ",\n".join(records) + "\n" if records else ""


def mended(text: str) -> str:
    """The text without what a mail puts around and into it: greetings, quote marks, broken lines, hard spaces."""
    text = _BREAK.sub(" ", _QUOTED.sub("", text)).replace("\u00a0", " ")
    start = _START.search(text)
    return text[start.start() : text.rfind("}") + 1] if start is not None else ""
