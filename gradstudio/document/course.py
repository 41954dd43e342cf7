"""How a network is trained, what training has made of it, and what was changed on the way. Frozen records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from gradstudio.engine.gate import Array

OptimizerName: TypeAlias = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
ScheduleName: TypeAlias = Literal["constant", "step", "exponential", "cosine", "one-cycle", "plateau"]
Told: TypeAlias = bool | int | float | str | None
EMPTY: Mapping[Any, Any] = MappingProxyType({})
PLATEAU: ScheduleName = "plateau"
"""The schedule that watches the loss rather than the step."""
FREEZE, UNFREEZE, LOWERED, STOPPED = "freeze", "unfreeze", "plateau", "early stop"
"""What a change may be called beside the name of a setting."""
KINDS = (FREEZE, UNFREEZE, LOWERED, STOPPED)
MOST_CHANGES = 1000
"""So many changes are kept of a training; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the network is trained and computed.

    Attributes:
        optimizer: one of `engine.optimizers`.
        learning_rate: step size, > 0.
        momentum: of "momentum" and "nesterov", 0 to 1.
        steps: how many steps a run makes.
        batch_size: samples a step; None is the whole set.
        seed: of start values and batches.
        dtype: "float32" or "float64".
        objective: the node whose output is minimised; None adds up every end of the graph.
        schedule: how the learning rate changes: one of `engine.schedules`.
        period: steps of the schedule's period; None is the length of a run.
        factor: what a period of "step" and "exponential", or a plateau, multiplies the learning rate by, more than 0,
            at most 1.
        warmup: steps in which the learning rate grows to its full size.
        clip_norm: the largest norm of all gradients together; None for no limit.
        clip_value: the largest entry of a gradient; None for no limit.
        weight_decay: λ of the decay that is added to the gradients (with "adamw", taken from the parameters).
        patience: of "plateau": steps without a lower loss after which the learning rate is lowered.
        threshold: of "plateau": a loss is lower once it is by this share.
        least_rate: of "plateau": the learning rate isn't lowered below this.
        stop_patience: steps without a lower loss after which training stops early; None: it doesn't.
        stop_delta: for that a loss is lower once it is by more than this.
    """

    optimizer: OptimizerName = "adam"
    learning_rate: float = 0.01
    momentum: float = 0.9
    steps: int = 2000
    batch_size: int | None = None
    seed: int = 0
    dtype: Literal["float32", "float64"] = "float32"
    objective: int | None = None
    schedule: ScheduleName = "constant"
    period: int | None = None
    factor: float = 0.5
    warmup: int = 0
    clip_norm: float | None = None
    clip_value: float | None = None
    weight_decay: float = 0.0
    patience: int = 200
    threshold: float = 1e-4
    least_rate: float = 0.0
    stop_patience: int | None = None
    stop_delta: float = 0.0

    @property
    def watches(self) -> bool:
        """Whether training goes by how the loss falls."""
        return self.schedule == PLATEAU or self.stop_patience is not None


@dataclass(frozen=True, slots=True)
class How:
    """What a training step goes by.

    Attributes:
        settings: in force.
        frozen: ids of the nodes whose weights aren't trained.
    """

    settings: Settings
    frozen: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Something that was changed while a network was being trained.

    Attributes:
        step: the first step made with it.
        what: a setting's name, or one of `KINDS`.
        before: what it was.
        after: what it is from then on; of a node its name; where training stopped early the step it went back to.
    """

    step: int
    what: str
    before: Told
    after: Told


@dataclass(frozen=True, eq=False, slots=True)
class Training:
    """What training has made of the network so far; arrays are read-only.

    Attributes:
        step: steps done.
        parameters: "17.W" -> array; empty before the first step (start values come from gates and seed).
        optimizer: "17.W/m" -> array, whatever the optimiser keeps; "17.W/best" the best weights so far.
        history: columns of the learning curve by name ("step", "loss", "accuracy"; "validation_loss" and
            "validation_accuracy" where rows are held back; "learning_rate" where it changed), each 1-D of equal length.
        changes: what was changed on the way, in the order of the steps.
        watched: how the loss has fallen so far, where training goes by that: see `training.watching`.
        how: what the last step went by; None before the first, or where nobody knows.
    """

    step: int = 0
    parameters: Mapping[str, Array] = field(default_factory=lambda: EMPTY)
    optimizer: Mapping[str, Array] = field(default_factory=lambda: EMPTY)
    history: Mapping[str, Array] = field(default_factory=lambda: EMPTY)
    changes: tuple[Adjustment, ...] = ()
    watched: Mapping[str, float] = field(default_factory=lambda: EMPTY)
    how: How | None = None


def adjusted(before: How, after: How, step: int, names: Mapping[int, str]) -> Iterator[Adjustment]:
    """What is different from this step on.

    Args:
        before: what the steps before it went by.
        after: what this one goes by.
        step: the first one with it.
        names: of the nodes that can be frozen, or minimised; of others nothing is told.
    """
    old, new = before.settings, after.settings
    for name in (setting.name for setting in fields(Settings)):
        was, now = getattr(old, name), getattr(new, name)
        if was != now and not (name == "steps" and _without_end(old) and _without_end(new)):
            told = (names.get(value) if name == "objective" else value for value in (was, now))
            yield Adjustment(step, name, *told)
    for what, nodes in ((FREEZE, after.frozen - before.frozen), (UNFREEZE, before.frozen - after.frozen)):
        yield from (Adjustment(step, what, None, names[node]) for node in sorted(nodes) if node in names)


def _without_end(settings: Settings) -> bool:
    """Whether the steps of a run change nothing but where it ends."""
    return settings.schedule in ("constant", PLATEAU) or settings.period is not None
