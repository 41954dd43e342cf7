"""What the inspector shows when nothing is selected: the network and how it is trained."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.model import Node
from gradstudio.document.settings import checked
from gradstudio.engine.gate import Kind, parse_numbers
from gradstudio.engine.optimizers import RULES
from gradstudio.engine.schedules import SCHEDULES
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import ChoiceField, Field, TextField
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.inspector.parts import Fact, FactGrid, Notice, Section, label
from gradstudio.ui.texts import exact, grouped, number

EVERY_END = ""
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
"""10,000 as people write it; a comma elsewhere may be meant as a decimal point, and is refused."""
_FRACTIONS = ("learning_rate", "momentum", "factor", "weight_decay", "clip_norm", "clip_value")


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


class NetworkPage(QWidget):
    """Counts, what is minimised, and the settings of the training.

    Attributes:
        fields: by name of the setting.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.fields: dict[str, Field] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(14)
        self._summary = label(role="dim")
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
        box.addWidget(self._pace_section())
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
        self.fields["period"].setVisible(settings.schedule != "constant")
        self.fields["factor"].setVisible(settings.schedule in ("step", "exponential"))

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
        self._text(section, "learning_rate", say("Learning rate"), say("Step size; can be changed while it runs."))
        self._text(section, "momentum", say("Momentum"), say("Share of the last step that is kept, from 0 to 1."))
        self._text(section, "steps", say("Steps"), say("How many steps a run makes."))
        self._text(section, "batch_size", say("Batch size"), say("Samples a step; empty: the whole set."), say("all"))
        self._text(section, "seed", say("Seed"), say("The same seed gives the same start values and batches."))
        self._choice(section, "dtype", say("Precision"), precisions, say("What numbers are computed with."))
        return section

    def _pace_section(self) -> Section:
        """How the steps change on the way, and what holds them back."""
        section = Section(say("Schedule and limits"), self._studio.theme, foldable=True)
        schedules = [(name, say(name.capitalize())) for name in SCHEDULES]
        whole = say("Steps of the schedule's period; empty: those of a run.")
        self._choice(section, "schedule", say("Schedule"), schedules, say("How the learning rate changes on the way."))
        self._text(section, "period", say("Period"), whole, say("a run"))
        self._text(section, "factor", say("Factor"), say("What a period multiplies the learning rate by."))
        self._text(section, "warmup", say("Warm-up"), say("Steps in which the learning rate grows to its full size."))
        self._text(section, "weight_decay", say("Weight decay"), say("λ: pulls every parameter towards 0."))
        self._text(
            section, "clip_norm", say("Clip norm"), say("Largest norm of all gradients together."), say("no limit")
        )
        self._text(section, "clip_value", say("Clip value"), say("Largest entry of a gradient."), say("no limit"))
        return section

    def _choice(self, section: Section, name: str, title: str, choices: list[tuple[str, str]], help_text: str) -> None:
        self.fields[name] = ChoiceField(title, choices, setting_committer(self._studio, name), help_text=help_text)
        section.add(self.fields[name])

    def _text(self, section: Section, name: str, title: str, help_text: str, empty: str = "") -> None:
        live = name in _FRACTIONS
        commit = setting_committer(self._studio, name)
        field = TextField(title, setting_parser(name), commit, help_text=help_text, live=live, steps=True, empty=empty)
        self.fields[name] = field
        section.add(field)


def _minimisable(node: Node) -> bool:
    return node.known and any(port.kind is Kind.REAL and port.gradient for port in node.kind.outputs)


def _result_facts(snapshot: Snapshot) -> list[Fact]:
    facts = []
    if snapshot.loss is not None:
        facts.append(Fact(say("objective"), snapshot.objective, number(snapshot.loss, 6), "value"))
    if snapshot.accuracy is not None:
        facts.append(Fact(say("accuracy"), "", f"{100 * snapshot.accuracy:.1f} %", "value"))
    return facts
