"""The inspector's page for a wire: what it carries, and what comes back along it."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from gradstudio.document.model import Wire
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import shape_text
from gradstudio.insight.telling import fork_text
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.inspector.facts import objective_letter, partial, say, value_facts
from gradstudio.ui.inspector.node import column
from gradstudio.ui.inspector.parts import Fact, FactGrid, Section, align, label
from gradstudio.ui.texts import matrix


class WirePage(QWidget):
    """One wire."""

    def __init__(self, studio: Studio, wire: Wire) -> None:
        super().__init__()
        self._studio = studio
        self._wire = wire
        box = column(self)
        self._title = label(role="title")
        self._ends = label(role="dim")
        box.addWidget(self._title)
        box.addWidget(self._ends)
        self.value = FactGrid()
        self.gradient = FactGrid()
        self._value_section = Section(say("Value"), studio.theme)
        self._value_section.add(self.value)
        self._gradient_section = Section(say("Gradient"), studio.theme)
        self._gradient_section.add(self.gradient)
        self.sum = label(role="gradient")
        self._gradient_section.add(self.sum)
        self._gradient_section.add(
            label(say("What this wire alone brings back; where a value branches, the gradients add."), "faint")
        )
        box.addWidget(self._value_section)
        box.addWidget(self._gradient_section)
        self.refresh()
        self.show_numbers(studio.snapshot())

    def refresh(self) -> None:
        """Show what the document says."""
        wire, document = self._wire, self._studio.document
        source, target = document.nodes[wire.source], document.nodes[wire.target]
        self._title.setText(f"{source.name} → {target.name}")
        shape = infer(document).of(wire.source, wire.output)
        known = f"  ·  {shape_text(shape)}" if shape is not None else ""
        self._ends.setText(
            say("from {} to {}").format(f"{source.name}.{wire.output}", f"{target.name}.{wire.input}") + known
        )

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """Show what was computed last."""
        wire = self._wire
        value = snapshot.values.get((wire.source, wire.output)) if snapshot else None
        gradient = snapshot.contributions.get(wire.id) if snapshot else None
        goal = objective_letter(snapshot) if snapshot else "L"
        self.value.show_facts(_whole(wire.output, value_facts(wire.output, value), value.array) if value else ())
        name = partial(goal, wire.output, norm=False)
        self.gradient.show_facts(
            _whole(name, value_facts(name, gradient, "gradient"), gradient.array, "gradient") if gradient else ()
        )
        self._show_sum(snapshot)
        align(self.value, self.gradient)
        self._value_section.setVisible(value is not None)
        self._gradient_section.setVisible(gradient is not None)

    def _show_sum(self, snapshot: Snapshot | None) -> None:
        """Where this wire's share meets those of the others that leave the same output."""
        wire, document = self._wire, self._studio.document
        text = fork_text(document, snapshot, wire.source, wire.output) if snapshot is not None else ""
        self.sum.setText(say("At {} they add: {}").format(document.nodes[wire.source].name, text.replace("−", "-")))
        self.sum.setVisible(bool(text))


def _whole(name: str, facts: list[Fact], array: object, role: str = "value") -> list[Fact]:
    """The facts, with every entry of an array that is small enough to be kept in the snapshot."""
    if isinstance(array, np.ndarray) and array.size > 1 and len(facts) > 1 and array.ndim <= 2:
        return [*facts, Fact("", name, matrix(array, 3), role)]
    return facts
