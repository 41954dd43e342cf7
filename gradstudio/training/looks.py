"""Looks: what one sheet or panel wants to see of a network, beside what every snapshot shows.

A look is a small frozen record that says what is wanted ("the sheet of node 7", "the weights of node 3 as pictures")
and knows how to see it in a plan. Whoever shows something watches its looks (`Watch.looks`) and finds what they saw in
`Snapshot.seen`, keyed by the look itself. Nothing else needs to know it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gradstudio.engine.errors import EngineError

if TYPE_CHECKING:
    from gradstudio.document.compile import Compiled
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array
    from gradstudio.engine.plan import Plan
    from gradstudio.engine.running import Stop

SHARE = 0.008
"""While training runs looking takes this share of the time at most, all looks together."""


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """What a look sees: a network whose plan has run forward and backward.

    Attributes:
        plan: values and gradients at one step. They may be read, not kept and not written to.
        compiled: what the plan was made of.
        document: the same revision of the document. Its training state is that of the run's beginning.
        step: training steps done.
        stop: whether to give up, because the network has been edited: to be asked now and then by what takes long.
        update: makes what the next update would add to every parameter, flat as `Plan.parameters`: a new array, at the
            cost of some passes over the parameters. None where nothing is trained.
        frozen: nodes whose weights aren't trained.
    """

    plan: Plan
    compiled: Compiled
    document: Document
    step: int
    stop: Stop
    update: Callable[[], Array] | None = None
    frozen: frozenset[int] = frozenset()


class Look(Protocol):
    """One thing somebody wants to see: hashable, equal to another that wants the same."""

    def __hash__(self) -> int: ...

    def see(self, scene: Scene) -> Any:
        """See it, in the thread that trains, between two steps.

        While training runs this should take a millisecond rather than ten: the longer it takes, the more seldom it
        comes.

        Returns:
            Something that doesn't change afterwards: copies of arrays, never the plan's own. `Unfinished` where there
            is more to be done than one turn should take: of a network that stands still it soon has the next one.

        Raises:
            EngineError: if there is a reason to tell why it can't be seen.
        """
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Unfinished:
    """What a look says that needs further turns.

    Attributes:
        meanwhile: what is shown until then; None for nothing.
    """

    meanwhile: Any = None


class Sightings:
    """What the looks that are watched have seen last.

    Attributes:
        unfinished: whether some look at a network that stands still needs a further turn.
    """

    def __init__(self) -> None:
        self._looks: tuple[Look, ...] = ()
        self._seen: dict[Look, Any] = {}
        self._exact: set[Look] = set()
        self._next = 0
        self._due = 0.0
        self.unfinished = False

    @property
    def seen(self) -> Mapping[Look, Any]:
        """What has been seen last; a copy."""
        return dict(self._seen)

    def attend(self, looks: Iterable[Look]) -> None:
        """Look at these from now on; what those among them have seen is remembered."""
        self._looks = tuple(looks)
        self._seen = {look: self._seen[look] for look in self._looks if look in self._seen}
        self._exact &= self._seen.keys()
        self._next = 0
        self._due = 0.0

    def moved(self) -> None:
        """The plan has run again: what has been seen is of an earlier state."""
        self._exact.clear()

    def glance(self, scene: Scene) -> None:
        """While training runs: let the next look have its turn, if time has come for one."""
        now = time.perf_counter()
        if self._looks and now >= self._due:
            self._see(self._looks[self._next % len(self._looks)], scene)
            self._next += 1
            self._due = now + (time.perf_counter() - now) / SHARE

    def look(self, scene: Scene) -> None:
        """Of a network that stands still: let every look see it as it is, until stopped."""
        self.unfinished = False
        for look in self._looks:
            if scene.stop():
                return
            if look not in self._exact:
                if self._see(look, scene):
                    self._exact.add(look)
                else:
                    self.unfinished = True

    def _see(self, look: Look, scene: Scene) -> bool:
        """Let it see; says whether it has seen all it wants."""
        try:
            seen = look.see(scene)
        except EngineError as error:
            seen = error
        finished = not isinstance(seen, Unfinished)
        self._seen[look] = seen if finished else seen.meanwhile
        return finished
