"""How the parameters of a network follow its gradients: optimiser, what is done to gradients before, what is frozen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradstudio.document.course import How, Settings
from gradstudio.engine.gate import Array
from gradstudio.engine.graph import Slot
from gradstudio.engine.optimizers import OPTIMIZERS, Adam, Momentum, Optimizer
from gradstudio.engine.plan import Plan
from gradstudio.engine.treatment import Treatment
from gradstudio.training.beginnings import as_arrays, beginnings, put_off


class Rule:
    """Moves the parameters of a plan.

    Args:
        plan: holds parameters and gradients.
        places: "17.W" -> the slot of a parameter.
        how: settings in force, and which nodes are frozen.
        kept: what optimisers have kept of the parameters before.
        step: training steps done.

    Attributes:
        optimizer: of the settings.
    """

    def __init__(self, plan: Plan, places: Mapping[str, Slot], how: How, kept: Mapping[str, Array], step: int) -> None:
        self._plan, self._places, self._how = plan, places, how
        self._began: dict[str, int] = {}
        self.optimizer = self._make(kept, step)
        self._treatment = self._make_treatment()

    @property
    def everything_frozen(self) -> bool:
        """Whether no parameter is moved."""
        return self._plan.parameters.size > 0 and not self.optimizer.active

    def use(self, how: How, step: int) -> bool:
        """Go by other settings, or with other nodes frozen, from this step on; whether it keeps other arrays now."""
        before = self._how
        changed = how.settings.optimizer != before.settings.optimizer or how.frozen != before.frozen
        kept = self.state(step) if changed else {}
        self._how = how
        if changed:
            self.optimizer = self._make(kept, step)
        self._set(self.optimizer, how.settings)
        self._treatment = self._make_treatment()
        return changed

    def move(self, step: int) -> None:
        """The update that ends a step."""
        self._plan.quietly(self._update, self.optimizer, step)

    def preview(self, step: int, rate: float) -> Array:
        """What `move` would add to each parameter, flat as `Plan.parameters`; nothing is changed."""
        rule = self.optimizer
        trial = type(rule)(self._plan.parameters.copy(), rate)
        self._set(trial, self._how.settings)
        trial.learning_rate, trial.active = rate, rule.active
        if isinstance(rule, Adam) and isinstance(trial, Adam):
            trial.begin_like(rule)
        for name, kept in rule.state.items():
            trial.state[name][...] = kept
        self._plan.quietly(self._update, trial, step)
        return np.subtract(trial.parameters, self._plan.parameters, out=trial.parameters)

    def state(self, step: int) -> dict[str, Array]:
        """What the optimiser keeps, as copies: "17.W/m" -> array."""
        found = {
            f"{key}/{name}": read_only(view)
            for name, flat in self.optimizer.state.items()
            for key, view in self.views(flat).items()
        }
        if isinstance(self.optimizer, Adam):
            views = self.views(self.optimizer.parameters)
            found |= {name: read_only(array) for name, array in as_arrays(self._began, views).items()}
            still = {name: array for name, array in found.items() if self._is_frozen(name)}
            found |= put_off(still, step - self._since)
        return found

    def views(self, flat: Array) -> dict[str, Array]:
        """The part of a flat array that belongs to each parameter, in its shape."""
        by_slot = self._plan.views(flat)
        return {key: by_slot[slot] for key, slot in self._places.items() if slot in by_slot}

    def _update(self, optimizer: Optimizer, step: int) -> None:
        self._treatment.apply()
        optimizer.update(self._treatment.gradients, step)

    def _make(self, kept: Mapping[str, Array], step: int) -> Optimizer:
        optimizer = OPTIMIZERS[self._how.settings.optimizer](self._plan.parameters, self._how.settings.learning_rate)
        self._since = step  # sums of what is frozen grow no older from here on
        self._set(optimizer, self._how.settings)
        optimizer.active = self._parts(frozen=False)
        for name, flat in optimizer.state.items():
            for key, view in self.views(flat).items():
                saved = kept.get(f"{key}/{name}")
                if saved is not None and saved.shape == view.shape:
                    view[...] = saved
        if isinstance(optimizer, Adam):
            self._begin_sums(optimizer, kept, step)
        return optimizer

    @staticmethod
    def _set(optimizer: Optimizer, settings: Settings) -> None:
        optimizer.learning_rate, optimizer.weight_decay = settings.learning_rate, settings.weight_decay
        if isinstance(optimizer, Momentum):
            optimizer.momentum = settings.momentum

    def _begin_sums(self, adam: Adam, kept: Mapping[str, Array], step: int) -> None:
        """Have it count the steps from where its sums began, parameter by parameter."""
        self._began = beginnings(kept, self.views(adam.parameters), step)
        steps = np.zeros(adam.parameters.size, np.int64)
        for key, view in self.views(steps).items():
            view[...] = self._began[key]
        adam.begin(steps)

    def _make_treatment(self) -> Treatment:
        s, plan = self._how.settings, self._plan
        decay = 0.0 if self.optimizer.decoupled else s.weight_decay
        return Treatment(plan.parameters, plan.gradients, s.clip_value, s.clip_norm, decay, self._parts(frozen=True))

    def _parts(self, *, frozen: bool) -> tuple[slice, ...]:
        """The parts of the flat parameters that are frozen, or that aren't."""
        size = self._plan.parameters.size
        if not self._how.frozen:
            return () if frozen else (slice(0, size),)
        chosen = np.zeros(size + 2, np.int8)
        for key, view in self.views(chosen[1:-1]).items():
            view[...] = self._is_frozen(key) is frozen
        edges = np.flatnonzero(np.diff(chosen)).tolist()
        return tuple(slice(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True))

    def _is_frozen(self, key: str) -> bool:
        return int(key.partition(".")[0]) in self._how.frozen


def arrays_beside(settings: Settings) -> int:
    """How many arrays training keeps of each parameter.

    They are the optimiser's, the guard's copies, one of what is kept, what gradients are treated in, and the best
    weights with a copy of them.
    """
    rule = OPTIMIZERS[settings.optimizer]
    treated = settings.clip_norm is not None or settings.clip_value is not None
    decays = settings.weight_decay > 0 and not rule.decoupled
    best = 2 if settings.stop_patience is not None else 0
    return len(rule.slots) + 2 * (1 + len(rule.slots)) + (treated or decays) + decays + best


def read_only(array: Array) -> Array:
    """A copy nobody can change."""
    copy = np.array(array)
    copy.flags.writeable = False
    return copy
