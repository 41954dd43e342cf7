"""Filling in a gate's code templates, and leaving out the lines nobody needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{(\w+)\}")
CHOICE = re.compile(r"(?<== )(?P<one>.+?) if \{(?P<port>\w+)\}\.ndim == (?P<rank>\d) else (?P<more>.+)")
TARGET = re.compile(r"(?:np\.add\.at\(\{(?P<added>\w+)\}, |\{(?P<written>\w+)\}(?:\[[^=]*\])? = )")
"""What a line writes: an array, some of its entries, or sums at some of them."""


def filled(template: str, words: Mapping[str, str]) -> list[str]:
    """The lines of a template with every placeholder replaced.

    A line that names something that isn't there (b of a layer without bias) is left out.
    """
    lines = [line for line in template.split("\n") if line and words.keys() >= set(PLACEHOLDER.findall(line))]
    return [PLACEHOLDER.sub(lambda match: words[match[1]], line) for line in lines]


def decided(template: str, ranks: Mapping[str, int]) -> str:
    """The template with each choice "A if {x}.ndim == 1 else B" made for arrays with so many axes.

    B may be such a choice again.
    """
    made = CHOICE.sub(lambda m: m["one"] if ranks.get(m["port"]) == int(m["rank"]) else m["more"], template)
    return made if made == template else decided(made, ranks)


def needed(template: str, wanted: set[str]) -> str:
    """The lines of a template that the wanted targets depend on."""
    kept: list[str] = []
    read = set(wanted)
    for line in reversed(template.split("\n")):
        target = TARGET.match(line)
        if target is not None and (target["added"] or target["written"]) in read:
            kept.append(line)
            read |= set(PLACEHOLDER.findall(line[target.end() :]))
    return "\n".join(reversed(kept))
