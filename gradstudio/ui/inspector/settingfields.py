"""Fields of the training's settings: text to a setting's value and back, and what takes it into the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any

from gradstudio.document import commands
from gradstudio.document.settings import checked
from gradstudio.engine.gate import parse_numbers
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import ChoiceField, TextField
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.texts import exact

_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
"""10,000 as people write it; a comma elsewhere may be meant as a decimal point, and is refused."""
_FRACTIONS = (
    "learning_rate", "momentum", "factor", "weight_decay", "clip_norm", "clip_value", "threshold", "least_rate",
    "stop_delta",
)  # fmt: skip


def setting_parser(name: str) -> Callable[[str], object]:
    """Text -> a setting's value, or the sentence why not."""
    words = name.replace("_", " ")

    def parse(raw: str) -> object:
        text = raw.strip().replace("−", "-")
        if name not in _FRACTIONS and _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        if not text:
            return checked(name, None)
        return checked(name, parse_numbers(words, text, say("a number")))

    return parse


def setting_committer(studio: Studio, name: str) -> Callable[[object, Hashable], None]:
    """What takes a setting's new value into the document."""

    def commit(value: object, token: Hashable) -> None:
        change: dict[str, Any] = {name: value}
        studio.edit(lambda: commands.change_settings(studio.document, **change), ("setting", name, token))

    return commit


def setting_text(studio: Studio, name: str) -> str:
    """A setting as it is typed."""
    value = getattr(studio.document.settings, name)
    if value is None:
        return ""
    return exact(value) if isinstance(value, float) else str(value)


def choice_field(studio: Studio, name: str, title: str, choices: list[tuple[str, str]], help_text: str) -> ChoiceField:
    """A setting that is one of some words."""
    return ChoiceField(title, choices, setting_committer(studio, name), help_text=help_text)


def number_field(studio: Studio, name: str, title: str, help_text: str, empty: str = "") -> TextField:
    """A setting that is a number; what `empty` says stands in the field where it isn't set."""
    commit, live = setting_committer(studio, name), name in _FRACTIONS
    return TextField(title, setting_parser(name), commit, help_text=help_text, live=live, steps=True, empty=empty)
