"""A form made from a gate's params: one field each, checked where it is typed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.model import NodeId, Patch, same_value
from gradstudio.engine.gate import Gate, Param, Value, shape_text
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import BlockField, ChoiceField, Field, FlagField, TextField
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.inspector.parts import Section
from gradstudio.ui.texts import LARGEST_TYPED, as_typed


class PropertyForm(QWidget):
    """The params that nodes of one gate, or of several, have in common, edited for all of them at once.

    Attributes:
        fields: by param name.
    """

    def __init__(
        self, studio: Studio, nodes: Sequence[NodeId], *gates: type[Gate], without: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._studio = studio
        self._nodes = tuple(nodes)
        self._gates = gates
        self._params = {name: param for name, param in common_params(gates).items() if name not in without}
        self.fields: dict[str, Field] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        folded = Section(say("Advanced"), studio.theme, foldable=True)
        for name, param in self._params.items():
            field = self._field(name, param)
            self.fields[name] = field
            if param.advanced:
                folded.add(field)
            else:
                box.addWidget(field)
        if any(param.advanced for param in self._params.values()):
            box.addWidget(folded)
        else:
            folded.deleteLater()
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says."""
        for name, field in self.fields.items():
            values = [self._value(node, name) for node in self._nodes if node in self._studio.document.nodes]
            if values:
                mixed = any(not same_value(values[0], other) for other in values[1:])
                if isinstance(field, TextField):
                    field.empty = _hint(values[0])
                field.show_value(_shown(values[0]), mixed=mixed)

    def _value(self, node: NodeId, name: str) -> Value:
        record = self._studio.document.nodes[node]
        value: Value = record.params[name] if name in record.params else record.kind.params[name].default
        return np.asarray(value, dtype=np.float64) if _is_array(self._params[name], value) else value

    def _field(self, name: str, param: Param) -> Field:
        title = title_of(name, param)

        def parse(raw: str) -> object:
            return param.parse(name, raw)

        def commit(value: object, token: Hashable) -> None:
            merge = ("param", self._nodes, name, token)
            self._studio.edit(lambda: self._patch(name, value), merge)

        if param.kind == "bool":
            return FlagField(title, commit, help_text=param.help)
        if param.kind == "choice":
            return ChoiceField(title, [(c, c) for c in param.choices], commit, help_text=param.help)
        if param.kind == "array" and self._is_block(name):
            return BlockField(title, parse, commit, help_text=param.help, unit=param.unit)
        return TextField(
            title,
            parse,
            commit,
            help_text=f"{param.help} {param.expects()[:1].upper()}{param.expects()[1:]}.".strip(),
            unit=param.unit,
            live=param.kind in ("float", "array") or not any(gate.weights for gate in self._gates),
            steps=param.kind in ("int", "float", "array"),
        )

    def _patch(self, name: str, value: object) -> Patch:
        return commands.set_param(self._studio.document, self._nodes, name, value)

    def _is_block(self, name: str) -> bool:
        """Whether an array wants several lines: where one of the nodes has a matrix there."""
        values = [self._value(node, name) for node in self._nodes]
        return any(isinstance(v, np.ndarray) and v.ndim > 1 and v.size <= LARGEST_TYPED for v in values)


def common_params(gates: Sequence[type[Gate]]) -> dict[str, Param]:
    """The params all these gates have, of one kind and with the same choices; as the first of them declares them."""
    first, *others = gates
    return {
        name: param
        for name, param in first.params.items()
        if all(_alike(param, gate.params.get(name)) for gate in others)
    }


def _alike(param: Param, other: Param | None) -> bool:
    same = ("kind", "choices", "unit", "optional")
    return other is not None and all(getattr(param, field) == getattr(other, field) for field in same)


def title_of(name: str, param: Param) -> str:
    """A param's title as a label: "Points per class", "α"."""
    title = param.title or name.replace("_", " ")
    return title[:1].upper() + title[1:] if len(title) > 1 else title


def _is_array(param: Param, value: Value) -> bool:
    return param.kind == "array" and value is not None


def _shown(value: Value) -> str:
    return "" if _too_large(value) else as_typed(value)


def _too_large(value: Value) -> bool:
    return isinstance(value, np.ndarray) and value.size > LARGEST_TYPED


def _hint(value: Value) -> str:
    """What stands in an empty field: that it is optional, or how large the array is that isn't typed by hand."""
    if isinstance(value, np.ndarray) and _too_large(value):
        return say("an array of {}").format(shape_text(value.shape))
    return say("not set") if value is None else ""
