"""A disk on which any chosen operation fails, once or always."""

import errno
from collections.abc import Callable
from functools import partial
from typing import Any

from gradstudio.files.atomic import Disk

OPERATIONS = (
    "resolve", "kind", "create", "write", "sync", "close", "keep_mode", "link", "copy", "rename", "sync_folder",
    "remove",
)  # fmt: skip


class FaultyDisk(Disk):
    """Real operations, counted; the chosen ones raise instead, before or after they did their work.

    Attributes:
        done: names of the operations asked for, in their order.
    """

    def __init__(self, fails: dict[str, int], number: int = errno.EIO, *, after: bool = False) -> None:
        self._fails = dict(fails)
        self._number = number
        self._after = after
        self.done: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return partial(self._do, name, found) if name in OPERATIONS else found

    def _do(self, name: str, operation: Callable[..., Any], *arguments: Any) -> Any:
        self.done.append(name)
        failing = self._fails.get(name) == self.done.count(name)
        if failing and not self._after:
            raise OSError(self._number, "injected")
        result = operation(*arguments)
        if failing:
            raise OSError(self._number, "injected")
        return result


class ShortDisk(Disk):
    """Takes a few bytes at a time, as a disk may."""

    def write(self, descriptor: int, data: memoryview) -> int:
        """At most seven bytes."""
        return super().write(descriptor, data[:7])
