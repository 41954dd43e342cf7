"""What a look has made ready for a plan is kept while the plan is there: the next time it only reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from gradstudio.engine.plan import Plan

L = TypeVar("L", bound=Hashable)
R = TypeVar("R")
Rooms: TypeAlias = "WeakKeyDictionary[Plan, dict[L, R]]"
"""By plan, what each look has made ready for it."""


def room_of(rooms: Rooms[L, R], plan: Plan, look: L, make: Callable[[], R], most: int) -> R:
    """What a look has made ready for a plan, made where it isn't there; of each plan the newest few are kept."""
    kept = rooms.setdefault(plan, {})
    if look not in kept:
        made = make()
        while len(kept) >= most:
            del kept[next(iter(kept))]
        kept[look] = made
    return kept[look]
