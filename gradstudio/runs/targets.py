"""What of a network may vary in a sweep: the settings of its training, and the params of its nodes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from gradstudio.document.course import OptimizerName, ScheduleName
from gradstudio.document.model import Document, Node, Settings
from gradstudio.document.params import label
from gradstudio.document.reasons import SettingsError
from gradstudio.document.settings import checked
from gradstudio.engine.errors import ParamError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradstudio.engine.param import Param

Scalar: TypeAlias = bool | int | float | str | None
Kind: TypeAlias = Literal["int", "float", "bool", "choice", "text"]
ALIASES = {
    "lr": "learning_rate", "rate": "learning_rate", "batch": "batch_size", "wd": "weight_decay",
    "optimiser": "optimizer",
}  # fmt: skip
CHOICES = {
    "optimizer": get_args(OptimizerName), "schedule": get_args(ScheduleName), "dtype": ("float32", "float64"),
}  # fmt: skip
NONE = ("none", "all")
"""Words for a setting or param that isn't set; all: the whole set as one batch."""
_WHOLE = ("batch_size", "period", "stop_patience")
"""Whole numbers whose default is none."""


class NotASweep(ValueError):
    """What was asked for can't be swept over; the message is a sentence with the place and a remedy."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that may vary.

    Attributes:
        key: "learning_rate", or "hidden.units".
        title: what it is called in words.
        kind: of its values.
        now: its present value.
        choices: of a choice.
        node: its node; None for a setting.
        param: the param's declaration; None for a setting.
    """

    key: str
    title: str
    kind: Kind
    now: Scalar
    choices: tuple[str, ...] = ()
    node: Node | None = None
    param: Param | None = None

    @property
    def name(self) -> str:
        """The setting or param without its node."""
        return self.key.rpartition(".")[2]

    @property
    def numeric(self) -> bool:
        """Whether it has a range."""
        return self.kind in ("int", "float")

    def check(self, value: Scalar) -> Scalar:
        """The value in its normal form.

        Raises:
            NotASweep: if it can't be that.
        """
        try:
            if self.param is None:
                found: Scalar = checked(self.name, value)
                return found
            return self.param.check(self.key, value)  # type: ignore[return-value]
        except (SettingsError, ParamError) as error:
            raise NotASweep(f"{self.key} can't be {_shown(value)}: {error}") from None

    def parse(self, text: str) -> Scalar:
        """A value from text.

        Raises:
            NotASweep: if it isn't one.
        """
        text = text.strip()
        if text.lower() in NONE and self.kind not in ("choice", "text"):
            return self.check(None)
        if self.param is not None:
            try:
                return self.check(self.param.parse(self.key, text))  # type: ignore[arg-type]
            except ParamError as error:
                raise NotASweep(f"{error} Write the values with commas between them.") from None
        return self.check(self._number(text) if self.numeric else text)

    def _number(self, text: str) -> int | float:
        try:
            return int(text) if self.kind == "int" else float(text)
        except ValueError:
            kind = "a whole number" if self.kind == "int" else "a number"
            raise NotASweep(f"{self.key} needs {kind}, found {_shown(text)}.") from None


def targets(document: Document) -> tuple[Target, ...]:
    """Everything that may vary: settings first, then params node by node. Arrays and the objective don't."""
    return (*_settings(document), *(one for node in document.nodes.values() for one in _params(node)))


def target(document: Document, key: str) -> Target:
    """The target of a key: `lr`, `optimizer`, `hidden.units`.

    Raises:
        NotASweep: if there is none, with the nearest there are.
    """
    key = key.strip()
    known = {one.key: one for one in targets(document)}
    if found := known.get(ALIASES.get(key, key)) or known.get(key.replace("-", "_").replace(" ", "_")):
        return found
    raise NotASweep(_unknown(document, key, known))


def _unknown(document: Document, key: str, known: dict[str, Target]) -> str:
    name, dot, param = key.rpartition(".")
    node = document.named(name) if dot else None
    if node is not None:
        there = ", ".join(one.name for one in known.values() if one.node is not None and one.node.id == node.id)
        return f"“{name}” has no param “{param}” that can vary; it has {there or 'none'}."
    near = difflib.get_close_matches(key, [*ALIASES, *known], 3, 0.4)
    if dot and not near:
        names = difflib.get_close_matches(name, [n.name for n in document.nodes.values()], 3, 0.0)
        return f"There is no node “{name}”; the nearest are {', '.join(names) or 'none'}."
    hint = f"do you mean {' or '.join(near)}?" if near else "write a setting such as lr, or NODE.PARAM."
    return f"There is nothing called “{key}” to vary; {hint}"


def _settings(document: Document) -> Iterator[Target]:
    for field in fields(Settings):
        now = getattr(document.settings, field.name)
        if field.name == "objective":
            continue
        kind: Kind = "choice" if field.name in CHOICES else "float"
        if type(field.default) is int or field.name in _WHOLE:
            kind = "int"
        yield Target(field.name, field.name.replace("_", " "), kind, now, CHOICES.get(field.name, ()))


def _params(node: Node) -> Iterator[Target]:
    if not node.known:
        return
    for name, param in node.kind.params.items():
        if param.kind != "array" and name != "record":
            now = node.params.get(name, param.default)
            title = f"{node.name}: {label(node.kind, name)}"
            yield Target(f"{node.name}.{name}", title, param.kind, now, param.choices, node, param)


def _shown(value: object) -> str:
    text = str(value)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
