"""What somebody types to get a node: "dense 100", "x = -2", "h1 = conv 8 3 same", "parameter w = 0.5", "[1, 2, 3]".

A text is read in one or two ways: some of its words name a gate, what follows are values for its params.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gradstudio.document.legality import name_problem
from gradstudio.document.model import Document
from gradstudio.document.params import checked_params, label
from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Gate, Param, Value

VALUE = "value"
"""The param of a source that is its number or array."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NAMED = re.compile(r"([^\s=\[\]]+)\s*:?=\s*(.*)", re.DOTALL)
_TOKEN = re.compile(r"[^\s=\[\]]+=\[[^=]*\]|\[[^=]*\]|\S+")
_YES, _NO = ("yes", "true", "on"), ("no", "false", "off")


@dataclass(frozen=True, slots=True)
class Typed:
    """One way to read a text.

    Attributes:
        words: the gate is searched by; empty where only a value was typed.
        values: for its params, in their order.
        named: for its params by name.
        name: of the new node; None where none was typed.
    """

    words: str
    values: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    name: str | None = None

    @property
    def bare(self) -> bool:
        """Whether it says nothing but which gate."""
        return not (self.values or self.named or self.name)


@dataclass(frozen=True, slots=True)
class Filled:
    """A gate with what was typed for it.

    Attributes:
        params: values that were typed, checked.
        name: of the new node, or None.
        problem: why it can't be made so, in a sentence; empty where it can.
        shown: the params in words: "units 100".
    """

    params: dict[str, Value] = field(default_factory=dict)
    name: str | None = None
    problem: str = ""
    shown: str = ""


def readings(text: str) -> tuple[Typed, ...]:
    """The ways to read a text, the plainest first: all of it as words, then its end as values."""
    text = text.strip().replace("−", "-").replace(":=", "=")
    plain = Typed(text)
    named = _NAMED.fullmatch(text)
    if named is not None:
        name, rest = named[1], named[2].strip()
        return (_read(rest, name),) if rest else (Typed("", (), (), name),)
    read = _read(text, None)
    return (plain,) if read == plain else (plain, read)


def _read(text: str, name: str | None) -> Typed:
    """Words up to the first value; whatever comes then is a value too."""
    words: list[str] = []
    values: list[str] = []
    named: list[tuple[str, str]] = []
    for token in _TOKEN.findall(re.sub(r"\s*=\s*", "=", text)):
        key, equals, value = token.partition("=")
        if equals and key and value:
            named.append((key, value))
        elif values or named or _is_value(token):
            values.append(token.rstrip(","))
        else:
            words.append(token)
    return Typed(" ".join(words), tuple(values), tuple(named), name)


def _is_value(token: str) -> bool:
    return token.startswith("[") or _NUMBER.fullmatch(token.rstrip(",")) is not None


def fill(doc: Document, gate: type[Gate], typed: Typed) -> Filled:
    """A gate with the values and the name that were typed, or why it can't take them."""
    if typed.bare:
        return Filled()
    filling = _Filling(gate)
    try:
        name = filling.take_named(typed)
        filling.take(typed.values)
        params = dict(checked_params(gate, filling.params))
        _refuse_name(doc, name)
    except ParamError as error:
        return Filled(problem=str(error))
    return Filled(params, name, shown=filling.shown())


class _Filling:
    """Params of one gate, being filled."""

    def __init__(self, gate: type[Gate]) -> None:
        self.gate = gate
        self.params: dict[str, Value] = {}
        order = sorted(gate.params, key=lambda name: gate.params[name].advanced)
        self._open = [name for name in order if gate.params[name].kind != "array" or name == VALUE]

    def take_named(self, typed: Typed) -> str | None:
        """Values given by name; returns the name of the node, which "w = 0.5" may give as well."""
        name = typed.name
        for key, text in typed.named:
            param = self._called(key)
            if param is not None:
                self._set(param, self._parsed(param, text))
            elif VALUE in self._open and name is None:
                name = key
                self._set(VALUE, self._parsed(VALUE, text))
            else:
                known = ", ".join(label(self.gate, n) for n in self.gate.params) or "none"
                raise ParamError(f"{self.gate.title} has no parameter “{key}”; it has {known}.")
        return name

    def take(self, values: tuple[str, ...]) -> None:
        """Values in the order of the params; each goes to the first that takes it."""
        if VALUE in self._open and len(values) > 1:
            values = (f"[{', '.join(values)}]",)
        for text in values:
            self._take_one(text)

    def _take_one(self, text: str) -> None:
        refused: ParamError | None = None
        if text in self._open and self.gate.params[text].kind == "bool":
            self._set(text, True)
            return
        for name in self._open:
            if self.gate.params[name].kind == "bool" and text not in (*_YES, *_NO):
                continue
            try:
                value = self._parsed(name, text)
            except ParamError as error:
                refused = refused or error
            else:
                self._set(name, value)
                return
        none = "no more values" if self.params else "no values"
        raise refused or ParamError(f"{self.gate.title} takes {none}; take “{text}” away.")

    def _called(self, key: str) -> str | None:
        """The param of a name, or of the beginning of one."""
        key = key.casefold()
        names = {name: label(self.gate, name).casefold().replace(" ", "_") for name in self.gate.params}
        exact = next((name for name, title in names.items() if key in (name, title)), None)
        return exact or next((n for n, title in names.items() if n.startswith(key) or title.startswith(key)), None)

    def _parsed(self, name: str, text: str) -> Value:
        param: Param = self.gate.params[name]
        if param.kind == "bool" and text in (*_YES, *_NO):
            return text in _YES
        return param.parse(label(self.gate, name), text)

    def _set(self, name: str, value: Value) -> None:
        self.params[name] = value
        if name in self._open:
            self._open.remove(name)

    def shown(self) -> str:
        """The values in words."""
        return " · ".join(self._said(name, value) for name, value in self.params.items())

    def _said(self, name: str, value: Value) -> str:
        text = _plain(value)
        return text if name == VALUE else f"{label(self.gate, name)} {text}"


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, str)) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    return _entries(value.tolist())


def _entries(value: object) -> str:
    """Numbers and lists of them, as they would be typed."""
    if isinstance(value, list):
        return f"[{', '.join(_entries(entry) for entry in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _refuse_name(doc: Document, name: str | None) -> None:
    if name is None:
        return
    problem = name_problem(name)
    if problem is None and doc.named(name) is not None:
        problem = f"There is a node “{name}” already; give this one another name."
    if problem is not None:
        raise ParamError(problem)
