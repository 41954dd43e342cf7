"""At which step Adam's sums of a parameter began: its bias correction counts from there.

Kept among the optimiser's arrays, under names like "17.W/began", where that isn't step 0: after another optimiser, or
for a layer that was added to a trained network. Full of one number, it is an array like the others in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradstudio.engine.gate import Array
from gradstudio.engine.optimizers import Adam

BEGAN = "began"


def beginnings(kept: Mapping[str, Array], views: Mapping[str, Array], step: int) -> dict[str, int]:
    """The step at which the sums of each parameter began: this one, where none of its shape are kept."""
    return {key: _began(kept, key, view, step) for key, view in views.items()}


def _began(kept: Mapping[str, Array], key: str, view: Array, step: int) -> int:
    sums = [kept.get(f"{key}/{name}") for name in Adam.slots]
    if any(array is None or array.shape != view.shape for array in sums):
        return step
    return _of(kept, key)


def _of(kept: Mapping[str, Array], key: str) -> int:
    """Files may say nonsense: what isn't a step is taken for the first one."""
    array = kept.get(f"{key}/{BEGAN}")
    number = float(array.flat[0]) if array is not None and array.size else 0.0
    return int(number) if 0 <= number < 2**53 else 0


def as_arrays(began: Mapping[str, int], views: Mapping[str, Array]) -> dict[str, Array]:
    """What to keep of this: an array for each parameter whose sums didn't begin at step 0."""
    return {f"{key}/{BEGAN}": np.full(views[key].shape, float(step)) for key, step in began.items() if step}


def put_off(kept: Mapping[str, Array], passed: int) -> dict[str, Array]:
    """What is kept of muted nodes, their sums as old as they were before so many steps without them."""
    sums = {name.rpartition("/")[0]: array for name, array in kept.items() if name.endswith(f"/{Adam.slots[0]}")}
    later = {key: _of(kept, key) + passed for key in sums}
    return {**kept, **as_arrays(later, sums)}
