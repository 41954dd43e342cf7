"""What is done to gradients before an optimiser sees them: clipping and weight decay, into arrays of their own.

Source of clipping by norm: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks",
ICML 2013, algorithm 1.
"""

from __future__ import annotations

import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.engine.statistics import norm


class Treatment:
    """Clips the gradients, then adds λ × parameters.

    The gradients themselves stay as they are, to be looked at.

    Args:
        parameters: all of them, flat.
        gradients: theirs, flat.
        clip_value: no entry is larger than this; None for no limit.
        clip_norm: all together have no larger norm than this; None for no limit.
        weight_decay: λ.
        frozen: parts that aren't trained, and have no share in the norm.

    Attributes:
        gradients: what an optimiser is to be given: an array of the treatment's own, or the gradients where nothing is
            to be done.
    """

    def __init__(
        self,
        parameters: Array,
        gradients: Array,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        weight_decay: float = 0.0,
        frozen: tuple[slice, ...] = (),
    ) -> None:
        self._parameters, self._given = parameters, gradients
        self._value, self._norm, self._decay = clip_value, clip_norm, parameters.dtype.type(weight_decay)
        self._frozen = frozen
        self._works = clip_value is not None or clip_norm is not None or weight_decay > 0
        self.gradients = np.empty_like(gradients) if self._works else gradients
        self._work = np.empty_like(parameters) if weight_decay > 0 else None

    def apply(self) -> None:
        """Make `gradients` of the present ones."""
        if not self._works:
            return
        np.copyto(self.gradients, self._given)
        for part in self._frozen:
            self.gradients[part] = 0
        if self._value is not None:
            np.clip(self.gradients, -self._value, self._value, out=self.gradients)
        if self._norm is not None and (size := norm(self.gradients)) > self._norm:
            np.multiply(self.gradients, self.gradients.dtype.type(self._norm / size), out=self.gradients)
        if self._work is not None:
            np.multiply(self._parameters, self._decay, out=self._work)
            np.add(self.gradients, self._work, out=self.gradients)
