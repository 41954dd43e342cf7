"""Params of a gate given from outside, checked and in their normal form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gradstudio.engine.errors import ParamError
from gradstudio.engine.gate import Gate, Value


def checked_params(gate: type[Gate], params: Mapping[str, object]) -> Mapping[str, Value]:
    """Params in their normal form.

    Raises:
        ParamError: for a param the gate hasn't, or a value it can't take, in its field's sentence.
    """
    checked: dict[str, Value] = {}
    for name, value in params.items():
        if name not in gate.params:
            known = ", ".join(gate.params) or "none"
            raise ParamError(f"{gate.title} has no parameter “{name}”; it has {known}.")
        checked[name] = gate.params[name].check(label(gate, name), value)
    gate(**checked)
    return MappingProxyType(checked)


def label(gate: type[Gate], name: str) -> str:
    """What a param's field is called."""
    param = gate.params.get(name)
    return param.title if param is not None and param.title else name.replace("_", " ")
