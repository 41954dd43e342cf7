"""The inspector's pages for nodes: one, several, and placeholders of gates nobody knows here."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.model import Node, NodeId
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import shape_text
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import TextField
from gradstudio.ui.inspector.data import PARAMS, DataForm, is_data
from gradstudio.ui.inspector.facts import backward_facts, forward_facts, node_health, node_problem, say
from gradstudio.ui.inspector.formula import FormulaView
from gradstudio.ui.inspector.marks import MarksForm
from gradstudio.ui.inspector.parts import Chip, Fact, FactGrid, Notice, Section, align, label
from gradstudio.ui.inspector.properties import PropertyForm, common_params
from gradstudio.ui.texts import as_typed


def column(page: QWidget) -> QVBoxLayout:
    """The layout of a page."""
    box = QVBoxLayout(page)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(14)
    return box


class NodePage(QWidget):
    """One node: its gate, its numbers, its properties."""

    def __init__(self, studio: Studio, node: Node) -> None:
        super().__init__()
        self._studio = studio
        self._id = node.id
        gate = node.kind
        box = column(self)
        box.addLayout(self._header(node))
        self.problem = Notice()
        self.health = Notice()
        self.backward = FactGrid()
        self.forward = FactGrid()
        self._backward_section = Section(say("Backward"), studio.theme)
        self._backward_section.add(self.backward)
        self._forward_section = Section(say("Output"), studio.theme)
        self._forward_section.add(self.forward)
        self.data = DataForm(studio, node.id) if is_data(node) else None
        box.addWidget(self.problem)
        if self.data is not None:
            own = Section(say("Data"), studio.theme)
            own.add(self.data)
            box.addWidget(own)
        for part in (self._backward_section, self._forward_section):
            box.addWidget(part)
        properties = Section(say("Properties"), studio.theme)
        self.name = self._name_field()
        self.form = PropertyForm(studio, (node.id,), gate, without=PARAMS if self.data is not None else ())
        properties.add(self.name)
        properties.add(self.form)
        box.addWidget(properties)
        marks = Section(say("On the canvas"), studio.theme)
        self.marks = MarksForm(studio, (node.id,))
        marks.add(self.marks)
        box.addWidget(marks)
        self._health_section = Section(say("Health"), studio.theme)
        self._health_section.add(self.health)
        box.addWidget(self._health_section)
        self.refresh()
        self.show_numbers(studio.snapshot())

    def refresh(self) -> None:
        """Show what the document says."""
        node = self._studio.document.nodes[self._id]
        self.name.show_value(node.name)
        self.form.refresh()
        self.marks.refresh()
        if self.data is not None:
            self.data.refresh()
        self._shapes.setText(self._shape_line(node))
        self._shapes.setVisible(bool(self._shapes.text()))

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """Show what was computed last; nothing where the numbers are those of another network."""
        node = self._studio.document.nodes[self._id]
        self.backward.show_facts(backward_facts(self._studio.document, node, snapshot) if snapshot else ())
        self.forward.show_facts(forward_facts(node, snapshot) if snapshot else ())
        align(self.backward, self.forward)
        self._backward_section.setVisible(bool(self.backward.texts()))
        self._forward_section.setVisible(bool(self.forward.texts()))
        told = self.data is not None and bool(self.data.told)
        self.problem.say(node_problem(node, snapshot) if snapshot and not told else "")
        self.health.say(*(node_health(node, snapshot) if snapshot else ("", "")))
        self._health_section.setVisible(bool(self.health.headline.text()))

    def _header(self, node: Node) -> QVBoxLayout:
        gate = node.kind
        box = QVBoxLayout()
        box.setSpacing(7)
        color = self._studio.theme.category[gate.category]
        box.addWidget(Chip(gate.title, gate.category.value, color))
        self._shapes = label(role="faint")
        box.addWidget(self._shapes)
        if gate.formula:
            box.addSpacing(2)
            box.addWidget(FormulaView(gate.formula, self._studio.theme))
            box.addSpacing(2)
        box.addWidget(label(gate.help, "dim"))
        if gate.rule:
            self.rule = label(gate.rule)
            box.addWidget(self.rule)
        return box

    def _name_field(self) -> TextField:
        def parse(raw: str) -> object:
            commands.rename(self._studio.document, self._id, raw)
            return raw

        def commit(value: object, token: Hashable) -> None:
            merge = ("name", self._id, token)
            self._studio.edit(lambda: commands.rename(self._studio.document, self._id, str(value)), merge)

        return TextField(say("Name"), parse, commit, help_text=say("Unique in this network."), live=False)

    def _shape_line(self, node: Node) -> str:
        """What goes in and comes out, as far as shapes are known: "input 300×2 · output 300×100"."""
        shapes = infer(self._studio.document)
        document = self._studio.document
        into = [shapes.of(wire.source, wire.output) for wire in document.wires_into(node.id)]
        out = [shapes.of(node.id, port.name) for port in node.kind.outputs]
        parts = []
        for words, found in ((say("input"), into), (say("output"), out)):
            known = [shape_text(shape) for shape in found if shape is not None]
            if known:
                parts.append(f"{words} {', '.join(dict.fromkeys(known))}")
        return "  ·  ".join(parts)


class NodesPage(QWidget):
    """Several nodes: what they have in common.

    Attributes:
        form: the params they have in common; None where there are none.
        marks: whether they are muted, their colour and note.
    """

    def __init__(self, studio: Studio, nodes: Sequence[Node]) -> None:
        super().__init__()
        box = column(self)
        box.addWidget(label(say("{} nodes").format(len(nodes)), "title"))
        names = ", ".join(node.name for node in nodes[:12]) + (" …" if len(nodes) > 12 else "")
        box.addWidget(label(names, "dim"))
        kinds = _kinds(nodes)
        if kinds:
            box.addWidget(label(kinds, "faint"))
        self.form: PropertyForm | None = None
        gates = list(dict.fromkeys(node.kind for node in nodes if node.known))
        if gates and all(node.known for node in nodes) and common_params(gates):
            one = say("Properties of every {}").format(gates[0].title) if len(gates) == 1 else ""
            section = Section(one or say("Properties they have in common"), studio.theme)
            self.form = PropertyForm(studio, [node.id for node in nodes], *gates)
            section.add(self.form)
            box.addWidget(section)
        section = Section(say("On the canvas"), studio.theme)
        self.marks = MarksForm(studio, [node.id for node in nodes])
        section.add(self.marks)
        box.addWidget(section)

    def refresh(self) -> None:
        """Show what the document says."""
        self.marks.refresh()
        if self.form is not None:
            self.form.refresh()

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """Several nodes have no numbers in common."""


def _kinds(nodes: Sequence[Node]) -> str:
    """How many of each gate there are: "2 Dense, 1 ReLU"; nothing where all are of one."""
    titles = [node.kind.title if node.known else node.gate for node in nodes]
    counts = {title: titles.count(title) for title in dict.fromkeys(titles)}
    return ", ".join(f"{count} {title}" for title, count in counts.items()) if len(counts) > 1 else ""


class PlaceholderPage(QWidget):
    """A node of a gate this version doesn't know: what it keeps, and what can be done."""

    def __init__(self, studio: Studio, node: Node) -> None:
        super().__init__()
        self._studio = studio
        self._id: NodeId = node.id
        box = column(self)
        box.addWidget(label(node.name, "title"))
        notice = Notice()
        notice.say(
            say("This version of GradStudio has no gate “{}”.").format(node.gate),
            say("The node keeps its settings and wires, and is saved as it is. Nothing after it can be computed."),
        )
        box.addWidget(notice)
        notice.show()
        kept = Section(say("What it keeps"), studio.theme)
        facts = FactGrid()
        facts.show_facts([Fact(name, "", as_typed(value)) for name, value in node.params.items()])
        kept.add(facts)
        box.addWidget(kept)
        kept.setVisible(bool(node.params))

    def refresh(self) -> None:
        """Nothing of it can be edited."""

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """It computes nothing."""
