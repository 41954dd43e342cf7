"""What the inspector shows when nothing is selected: the network and how it is trained."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.model import Node
from gradstudio.engine.gate import Kind
from gradstudio.engine.optimizers import RULES
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import ChoiceField, Field
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.inspector.pace import PaceForm
from gradstudio.ui.inspector.parts import Fact, FactGrid, Notice, Section, label
from gradstudio.ui.inspector.settingfields import choice_field, number_field, setting_text
from gradstudio.ui.texts import grouped, number

EVERY_END = ""
MOST_LOOKED_AT = 20_000
"""In a network of more nodes nobody looks for frozen ones whenever something changes."""


class NetworkPage(QWidget):
    """Counts, what is minimised, and the settings of the training.

    Attributes:
        fields: by name of the setting.
        pace: how training goes on, among them.
        finder: the button that wants the learning rate finder.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.fields: dict[str, Field] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(14)
        self._summary = label(role="dim")
        self._frozen = label(role="dim")
        self.pace = PaceForm(studio)
        self.fields |= self.pace.fields
        self._notice = Notice()
        self._facts = FactGrid()
        self._result = Section(say("Now"), studio.theme)
        self._result.add(self._facts)
        box.addWidget(label(say("Network"), "title"))
        box.addWidget(self._summary)
        box.addWidget(self._notice)
        box.addWidget(self._result)
        box.addWidget(self._objective_section())
        box.addWidget(self._training_section())
        box.addWidget(self.pace)
        self.refresh()
        self.show_numbers(studio.snapshot())

    def refresh(self) -> None:
        """Show what the document says."""
        document = self._studio.document
        nodes, wires = len(document.nodes), len(document.wires)
        self._summary.setText(say("{} nodes · {} wires").format(grouped(nodes), grouped(wires)))
        self._name_objective()
        for name, field in self.fields.items():
            field.show_value(setting_text(self._studio, name))
        settings = document.settings
        self.fields["momentum"].setVisible(settings.optimizer in ("momentum", "nesterov"))
        self.pace.refresh()
        self._say_frozen()

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """Show what was computed last."""
        self._facts.show_facts(_result_facts(snapshot) if snapshot is not None else ())
        self._result.setVisible(bool(self._facts.texts()))
        problems = snapshot.problems if snapshot is not None else ()
        others = len(problems) - 1
        more = say("{} more nodes have problems.").format(others) if others > 1 else ""
        more = say("One more node has a problem.") if others == 1 else more
        self._notice.say(problems[0].message if problems else "", more)

    def _objective_section(self) -> Section:
        section = Section(say("Objective"), self._studio.theme)
        field = ChoiceField(
            say("Minimise"),
            [],
            self._set_objective,
            help_text=say("Gradients are taken of this node's output, and training makes it small."),
        )
        field.box.entered.connect(self._offer_objectives)
        self._objective = self.fields["objective"] = field
        section.add(field)
        return section

    def _set_objective(self, value: object, _token: Hashable) -> None:
        node = None if value == EVERY_END else int(str(value))
        self._studio.edit(lambda: commands.set_objective(self._studio.document, node))

    def _name_objective(self) -> None:
        """Offer only what is chosen: a list of thousands of nodes is made when somebody looks at it."""
        chosen = self._studio.document.settings.objective
        choices = [(EVERY_END, say("every end"))]
        if chosen is not None:
            choices.append((str(chosen), self._studio.document.nodes[chosen].name))
        self._objective.set_choices(choices)

    def _offer_objectives(self) -> None:
        choices = [(EVERY_END, say("every end"))]
        choices += [(str(node.id), node.name) for node in self._studio.document.nodes.values() if _minimisable(node)]
        self._objective.set_choices(choices)

    def _training_section(self) -> Section:
        section = Section(say("Training"), self._studio.theme)
        optimizers = [(rule.id, say(rule.title)) for rule in RULES]
        precisions = [("float32", say("float32 (fast)")), ("float64", say("float64 (exact)"))]
        self._choice(section, "optimizer", say("Optimiser"), optimizers, say("How a step follows from the gradient."))
        section.add(self._rate_row())
        self._text(section, "momentum", say("Momentum"), say("Share of the last step that is kept, from 0 to 1."))
        self._text(section, "steps", say("Steps"), say("How many steps a run makes."))
        self._text(section, "batch_size", say("Batch size"), say("Samples a step; empty: the whole set."), say("all"))
        self._text(section, "seed", say("Seed"), say("The same seed gives the same start values and batches."))
        self._choice(section, "dtype", say("Precision"), precisions, say("What numbers are computed with."))
        section.add(self._frozen)
        return section

    def _rate_row(self) -> QWidget:
        """The learning rate, and a way to find one."""
        words = say("Step size; can be changed while it runs.")
        self.fields["learning_rate"] = number_field(self._studio, "learning_rate", say("Learning rate"), words)
        self.finder = QPushButton(say("Find…"))
        self.finder.setToolTip(say("Train a copy with a rate that grows, and take one where the loss falls."))
        self.finder.setAccessibleName(say("Find a learning rate"))
        self.finder.setStyleSheet("padding: 5px 10px;")
        row = QWidget()
        box = QHBoxLayout(row)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(0)
        box.addWidget(self.fields["learning_rate"], 1)
        box.addWidget(self.finder, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _choice(self, section: Section, name: str, title: str, choices: list[tuple[str, str]], help_text: str) -> None:
        self.fields[name] = choice_field(self._studio, name, title, choices, help_text)
        section.add(self.fields[name])

    def _text(self, section: Section, name: str, title: str, help_text: str, empty: str = "") -> None:
        self.fields[name] = number_field(self._studio, name, title, help_text, empty)
        section.add(self.fields[name])

    def _say_frozen(self) -> None:
        nodes = self._studio.document.nodes
        looked = nodes.values() if len(nodes) <= MOST_LOOKED_AT else ()
        names = [node.name for node in looked if node.frozen]
        more = " …" if len(names) > 5 else ""
        self._frozen.setText(say("Frozen: {}").format(", ".join(names[:5]) + more) if names else "")
        self._frozen.setVisible(bool(names))


def _minimisable(node: Node) -> bool:
    return node.known and any(port.kind is Kind.REAL and port.gradient for port in node.kind.outputs)


def _result_facts(snapshot: Snapshot) -> list[Fact]:
    facts = []
    if snapshot.loss is not None:
        facts.append(Fact(say("objective"), snapshot.objective, number(snapshot.loss, 6), "value"))
    if snapshot.accuracy is not None:
        facts.append(Fact(say("accuracy"), "", f"{100 * snapshot.accuracy:.1f} %", "value"))
    return facts
