"""How training goes on: the schedule of the learning rate, what holds steps back, and when it ends early."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradstudio.document.course import PLATEAU, Settings
from gradstudio.document.watched import BEST, BEST_STEP, STOPPED
from gradstudio.engine.schedules import SCHEDULES
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import Field
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.inspector.parts import Section, label
from gradstudio.ui.inspector.settingfields import choice_field, number_field
from gradstudio.ui.texts import grouped, number

_FOR = {
    "period": ("step", "exponential", "cosine", "one-cycle"),
    "factor": ("step", "exponential", PLATEAU),
    "patience": (PLATEAU,),
    "threshold": (PLATEAU,),
    "least_rate": (PLATEAU,),
}
"""The schedules a setting says something to."""


class PaceForm(QWidget):
    """Three sections, folded where everything in them is as usual; what is set stands beside their titles.

    Attributes:
        fields: by name of the setting.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.fields: dict[str, Field] = {}
        self._schedule, self._limits, self._stop = (
            Section(title, studio.theme, foldable=True)
            for title in (say("Schedule"), say("Decay and limits"), say("Early stopping"))
        )
        self._lowest = label("", "dim")
        self._add_schedule()
        self._add_limits()
        self._add_stop()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for section in (self._schedule, self._limits, self._stop):
            box.addWidget(section)
        self._say_what_is_set()
        for section, told in zip((self._schedule, self._limits, self._stop), self._told(), strict=True):
            section.unfold(bool(told))

    def refresh(self) -> None:
        """Show what the document says, and only the fields that matter for it."""
        settings = self._studio.document.settings
        for name, schedules in _FOR.items():
            self.fields[name].setVisible(settings.schedule in schedules)
        self.fields["stop_delta"].setVisible(settings.stop_patience is not None)
        self._say_what_is_set()
        self._lowest.setText(self._lowest_so_far(settings))
        self._lowest.setVisible(settings.stop_patience is not None)

    def _say_what_is_set(self) -> None:
        for section, told in zip((self._schedule, self._limits, self._stop), self._told(), strict=True):
            section.say_aside(told)

    def _told(self) -> Sequence[str]:
        """What is set in each section, in few words; nothing where all is as usual."""
        s = self._studio.document.settings
        schedule = _titles()[s.schedule].lower() if s.schedule != "constant" else ""
        warm = say("warm-up {}").format(grouped(s.warmup)) if s.warmup else ""
        decay = f"λ {number(s.weight_decay)}" if s.weight_decay else ""
        limits = [f"{mark} ≤ {number(x)}" for mark, x in (("‖g‖", s.clip_norm), ("|g|", s.clip_value)) if x is not None]
        stop = say("after {} steps").format(grouped(s.stop_patience)) if s.stop_patience is not None else ""
        return ", ".join(filter(None, (schedule, warm))), ", ".join(filter(None, (decay, *limits))), stop

    def _lowest_so_far(self, settings: Settings) -> str:
        """What early stopping knows by now."""
        watched = self._studio.document.training.watched
        if settings.stop_patience is None or BEST not in watched:
            return say("Once it stops, the weights of the lowest loss are put back.")
        step = grouped(int(watched.get(BEST_STEP, 0.0)))
        if watched.get(STOPPED):
            return say("Stopped early: the weights of step {0} are back, with a loss of {1}.").format(
                step, number(watched[BEST])
            )
        return say("Lowest so far: {0} at step {1}. Once it stops, its weights are put back.").format(
            number(watched[BEST]), step
        )

    def _add_schedule(self) -> None:
        schedules = list(_titles().items())
        words = say("How the learning rate changes on the way; a plateau is where the loss falls no more.")
        self.fields["schedule"] = choice_field(self._studio, "schedule", say("Schedule"), schedules, words)
        self._schedule.add(self.fields["schedule"])
        whole = say("Steps of the schedule's period; empty: those of a run.")
        self._number(self._schedule, "period", say("Period"), whole, say("a run"))
        words = say("What a period, or a plateau, multiplies the learning rate by.")
        self._number(self._schedule, "factor", say("Factor"), words)
        words = say(
            "Steps without a lower loss after which the rate is lowered. Watched is the loss of the rows held back, "
            "where there are any, else the training loss of each epoch."
        )
        self._number(self._schedule, "patience", say("Patience"), words)
        self._number(self._schedule, "threshold", say("Threshold"), say("A loss is lower once it is by this share."))
        self._number(self._schedule, "least_rate", say("Least rate"), say("The rate isn't lowered below this."))
        words = say("Steps in which the learning rate grows to its full size.")
        self._number(self._schedule, "warmup", say("Warm-up"), words)

    def _add_limits(self) -> None:
        words = say("λ: pulls every parameter towards 0; frozen ones stay.")
        self._number(self._limits, "weight_decay", say("Weight decay"), words)
        words = say("Largest norm of all gradients together, those of frozen nodes left out.")
        self._number(self._limits, "clip_norm", say("Clip norm"), words, say("no limit"))
        self._number(
            self._limits, "clip_value", say("Clip value"), say("Largest entry of a gradient."), say("no limit")
        )

    def _add_stop(self) -> None:
        words = say(
            "Steps without a lower loss after which training ends, with the weights of the lowest one. Watched is the "
            "loss of the rows held back where there are any, else the training loss of each epoch."
        )
        self._number(self._stop, "stop_patience", say("Patience"), words, say("off"))
        words = say("A loss is lower once it is by more than this.")
        self._number(self._stop, "stop_delta", say("Least gain"), words)
        self._stop.add(self._lowest)

    def _number(self, section: Section, name: str, title: str, help_text: str, empty: str = "") -> None:
        self.fields[name] = number_field(self._studio, name, title, help_text, empty)
        section.add(self.fields[name])


def _titles() -> dict[str, str]:
    """The schedules as the window calls them."""
    return {name: say("On a plateau") if name == PLATEAU else say(name.capitalize()) for name in SCHEDULES}
