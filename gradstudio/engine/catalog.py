"""Gate id -> gate class. Gate modules register here; everything else looks up here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from gradstudio.engine.errors import UnknownGate
from gradstudio.engine.gate import Category, Gate

G = TypeVar("G", bound=type[Gate])


class Catalog:
    """All known gate classes. `listeners` are called with no argument after each change."""

    def __init__(self) -> None:
        self._gates: dict[str, type[Gate]] = {}
        self._aliases: dict[str, str] = {}
        self.listeners: list[Callable[[], None]] = []

    def register(self, gate: G) -> G:
        """Add a gate class; usable as a decorator.

        Raises:
            ValueError: if its id (or one it replaces) is taken by another class.
        """
        for name in (gate.id, *gate.replaces):
            known = self._gates.get(self._aliases.get(name, name))
            if not name or (known is not None and known.__qualname__ != gate.__qualname__):
                raise ValueError(f"gate id “{name}” of {gate.__qualname__} is empty or taken by {known}")
        self._gates[gate.id] = gate
        self._aliases.update(dict.fromkeys(gate.replaces, gate.id))
        self._changed()
        return gate

    def unregister(self, gate: type[Gate]) -> None:
        """Take a gate class out again."""
        self._gates.pop(gate.id, None)
        self._aliases = {old: new for old, new in self._aliases.items() if new != gate.id}
        self._changed()

    @contextmanager
    def including(self, gate: type[Gate]) -> Iterator[None]:
        """A gate class known only inside the with block."""
        self.register(gate)
        try:
            yield
        finally:
            self.unregister(gate)

    def get(self, gate_id: str) -> type[Gate]:
        """The class of this id, or of the newer id that replaces it.

        Raises:
            UnknownGate: if there is none.
        """
        try:
            return self._gates[self._aliases.get(gate_id, gate_id)]
        except KeyError:
            raise UnknownGate(f"There is no gate “{gate_id}” in this version of GradStudio.") from None

    def __contains__(self, gate_id: object) -> bool:
        return isinstance(gate_id, str) and self._aliases.get(gate_id, gate_id) in self._gates

    def __iter__(self) -> Iterator[type[Gate]]:
        """All classes, by shelf and then in the order of registration."""
        shelves = list(Category)
        return iter(sorted(self._gates.values(), key=lambda gate: shelves.index(gate.category)))

    def __len__(self) -> int:
        return len(self._gates)

    def _changed(self) -> None:
        for listener in tuple(self.listeners):
            listener()


CATALOG = Catalog()
register = CATALOG.register
